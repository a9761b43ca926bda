package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// Outcome is what the destination did with one row. The values are those of
// the plugin protocol and of the outcomes file.
type Outcome byte

// The outcomes.
const (
	None      Outcome = 0 // no answer yet
	Created   Outcome = 1
	Updated   Outcome = 2
	Unchanged Outcome = 3
	Absent    Outcome = 4 // nothing there to update or remove
	Exists    Outcome = 5 // create found a record
	Rejected  Outcome = 6
	Retry     Outcome = 7 // nothing happened
	Unknown   Outcome = 8 // sent, no answer
	Removed   Outcome = 9
)

// Lasting reports whether the outcome settles the row: it is neither sent
// again nor asked about.
func (o Outcome) Lasting() bool {
	return o != None && o != Retry && o != Unknown
}

// Range is a half-open interval of a change set's rows, in one phase and one
// operation, sent as a part of one batch.
type Range struct {
	Activation int // index in the plan
	From, To   int64
	Attempt    int // 1 for the first; unique per row
}

// Answer is what the destination said about the rows of one range.
type Answer struct {
	Range
	// Resent says that an earlier attempt at these rows had an unknown outcome,
	// so that "updated" does not tell who created the record.
	Resent     bool
	Outcomes   []byte      // one Outcome a row
	IDs        []string    // empty, or one destination id a row ("" where not known)
	Rejections []Rejection // ordered by row
}

// Rejection says why a row was refused. Text is the vendor's and may hold
// values of the row: it goes to state and nowhere else.
type Rejection struct {
	Row       int64  `json:"row"` // of the change set
	Class     string `json:"class"`
	Code      string `json:"code,omitempty"`
	Field     string `json:"field,omitempty"`
	Text      string `json:"text,omitempty"`
	Transient bool   `json:"transient,omitempty"`
}

// Version is the version of both files.
const Version = 1

// maxPayload bounds one frame: a longer length is damage, not data.
const maxPayload = 256 << 20

type kind byte

const (
	kindHeader    kind = 1
	kindReserved  kind = 2
	kindAcked     kind = 3
	kindCommitted kind = 4
	kindSettled   kind = 5
)

// Lengths of the payloads of the journal file, by kind.
var payloadLen = map[kind]int{
	kindHeader:    1 + 2 + 32,
	kindReserved:  1 + 2 + 8 + 8 + 2,
	kindAcked:     1 + 2 + 8 + 8 + 2,
	kindCommitted: 1 + 2 + 8,
	kindSettled:   1,
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const frameHead = 8

// errBad says that a payload with a right checksum has a wrong shape.
var errBad = errors.New("malformed record")

// appendFrame appends a frame around the payload that fill appends.
func appendFrame(dst []byte, fill func([]byte) []byte) []byte {
	start := len(dst)
	dst = fill(append(dst, 0, 0, 0, 0, 0, 0, 0, 0))
	payload := dst[start+frameHead:]
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(dst[start+4:], crc32.Checksum(payload, castagnoli))
	return dst
}

func appendHeader(dst []byte, digest [32]byte) []byte {
	return appendFrame(dst, func(b []byte) []byte {
		b = append(b, byte(kindHeader))
		b = binary.LittleEndian.AppendUint16(b, Version)
		return append(b, digest[:]...)
	})
}

func appendRange(dst []byte, k kind, r Range) []byte {
	return appendFrame(dst, func(b []byte) []byte {
		b = append(b, byte(k))
		b = binary.LittleEndian.AppendUint16(b, uint16(r.Activation))
		b = binary.LittleEndian.AppendUint64(b, uint64(r.From))
		b = binary.LittleEndian.AppendUint64(b, uint64(r.To))
		return binary.LittleEndian.AppendUint16(b, uint16(r.Attempt))
	})
}

func appendCommitted(dst []byte, activation int, serial int64) []byte {
	return appendFrame(dst, func(b []byte) []byte {
		b = append(b, byte(kindCommitted))
		b = binary.LittleEndian.AppendUint16(b, uint16(activation))
		return binary.LittleEndian.AppendUint64(b, uint64(serial))
	})
}

func appendSettled(dst []byte) []byte {
	return appendFrame(dst, func(b []byte) []byte { return append(b, byte(kindSettled)) })
}

// record is a decoded payload of the journal file; which fields are set
// depends on the kind.
type record struct {
	kind   kind
	digest [32]byte
	rng    Range
	serial int64
}

func decodeRecord(p []byte) (record, error) {
	if len(p) == 0 {
		return record{}, errBad
	}
	r := record{kind: kind(p[0])}
	if want, ok := payloadLen[r.kind]; !ok || len(p) != want {
		return record{}, errBad
	}
	le := binary.LittleEndian
	switch r.kind {
	case kindHeader:
		if v := le.Uint16(p[1:]); v != Version {
			return record{}, fmt.Errorf("version %d: %w", v, errVersion)
		}
		copy(r.digest[:], p[3:])
	case kindReserved, kindAcked:
		from, to := le.Uint64(p[3:]), le.Uint64(p[11:])
		r.rng = Range{Activation: int(le.Uint16(p[1:])), From: int64(from), To: int64(to), Attempt: int(le.Uint16(p[19:]))}
		if r.rng.From < 0 || r.rng.To <= r.rng.From || r.rng.To-r.rng.From > maxPayload {
			return record{}, errBad
		}
	case kindCommitted:
		r.rng.Activation, r.serial = int(le.Uint16(p[1:])), int64(le.Uint64(p[3:]))
	}
	return r, nil
}

// answerJSON is the payload of a frame of the outcomes file.
type answerJSON struct {
	V          int         `json:"v"`
	Activation int         `json:"a"`
	From       int64       `json:"from"`
	To         int64       `json:"to"`
	Attempt    int         `json:"attempt"`
	Resent     bool        `json:"resent,omitempty"`
	Outcomes   []byte      `json:"outcomes"`
	IDs        []string    `json:"ids,omitempty"`
	Rejections []Rejection `json:"rejections,omitempty"`
}

func appendAnswer(dst []byte, a Answer) ([]byte, error) {
	p, err := json.Marshal(answerJSON{V: Version, Activation: a.Activation, From: a.From, To: a.To, Attempt: a.Attempt,
		Resent: a.Resent, Outcomes: a.Outcomes, IDs: a.IDs, Rejections: a.Rejections})
	if err != nil {
		return dst, fmt.Errorf("encode outcomes: %w", err)
	}
	return appendFrame(dst, func(b []byte) []byte { return append(b, p...) }), nil
}

func decodeAnswer(p []byte) (Answer, error) {
	var j answerJSON
	if err := json.Unmarshal(p, &j); err != nil {
		return Answer{}, errBad // the decoder's words may quote the payload
	}
	if j.V != Version {
		return Answer{}, fmt.Errorf("version %d: %w", j.V, errVersion)
	}
	a := Answer{Range: Range{Activation: j.Activation, From: j.From, To: j.To, Attempt: j.Attempt},
		Resent: j.Resent, Outcomes: j.Outcomes, IDs: j.IDs, Rejections: j.Rejections}
	if a.From < 0 || a.To <= a.From || a.Activation < 0 || int64(len(a.Outcomes)) != a.To-a.From ||
		(len(a.IDs) != 0 && len(a.IDs) != len(a.Outcomes)) {
		return Answer{}, errBad
	}
	for _, r := range a.Rejections {
		if r.Row < a.From || r.Row >= a.To {
			return Answer{}, errBad
		}
	}
	return a, nil
}

// Causes of a refusal to read a file.
var (
	errVersion = errors.New("written by another version of leat")
	errCorrupt = errors.New("damaged in the middle")
	errLost    = errors.New("the journal and the outcomes disagree")

	errOtherPlan = errors.New("written for another plan")
)

// scan calls yield with every whole payload of data and returns the length of
// the good part. What follows it is a torn tail, unless another whole frame
// stands behind it: then the file is damaged in the middle and the error
// wraps errCorrupt. A payload that yield refuses ends the scan with its error.
func scan(data []byte, yield func(payload []byte) error) (good int, err error) {
	for good < len(data) {
		n, ok := frameAt(data[good:])
		if !ok {
			for o := good + 1; o+frameHead < len(data); o++ {
				if n, ok := frameAt(data[o:]); ok && n > 0 {
					return good, fmt.Errorf("byte %d: %w", good, errCorrupt)
				}
			}
			return good, nil
		}
		if err := yield(data[good+frameHead : good+frameHead+n]); err != nil {
			return good, fmt.Errorf("byte %d: %w", good, err)
		}
		good += frameHead + n
	}
	return good, nil
}

// frameAt reports whether a whole frame with a right checksum starts data, and
// the length of its payload. An empty payload is none: zeroes after a crash
// would pass its checksum.
func frameAt(data []byte) (n int, ok bool) {
	if len(data) < frameHead {
		return 0, false
	}
	length := binary.LittleEndian.Uint32(data)
	if length == 0 || length > maxPayload || int(length) > len(data)-frameHead {
		return 0, false
	}
	n = int(length)
	return n, crc32.Checksum(data[frameHead:frameHead+n], castagnoli) == binary.LittleEndian.Uint32(data[4:])
}
