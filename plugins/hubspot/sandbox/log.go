package sandbox

import (
	"encoding/json"
	"io"
	"time"
)

// The types of log entries.
const (
	// LogRequest is a request as it came in.
	LogRequest = "request"
	// LogCommit is one record created, changed or archived. It is written with the change, before the answer.
	LogCommit = "commit"
	// LogRefuse is one record, or one whole request, refused.
	LogRefuse = "refuse"
	// LogAnswer is the end of a request. It is written before the answer itself.
	LogAnswer = "answer"
)

// Entry is one line of the log. It holds the values that were sent: see the package comment.
type Entry struct {
	Seq       int64     `json:"seq"` // from 1, without gaps; the order of commits
	Type      string    `json:"type"`
	At        time.Time `json:"at"`
	RequestID string    `json:"request_id"` // the correlationId of error answers
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Object    string    `json:"object,omitempty"`
	Op        string    `json:"op,omitempty"` // create, update, upsert, archive, read, search, list, ..., seed
	Inputs    int       `json:"inputs,omitempty"`

	// Of a commit or a refused record.
	Index      int               `json:"index"` // place in the batch, from 0
	RecordID   string            `json:"record_id,omitempty"`
	Key        string            `json:"key,omitempty"`         // the id of the input as sent
	IDProperty string            `json:"id_property,omitempty"` // the property Key is a value of; none for a record id
	Created    bool              `json:"created,omitempty"`
	Properties map[string]string `json:"properties,omitempty"` // as sent; "" clears

	// Of a refusal.
	Category string   `json:"category,omitempty"`
	Codes    []string `json:"codes,omitempty"` // of its errors, as PROPERTY_DOESNT_EXIST

	// Of an answer.
	Status    int    `json:"status,omitempty"`    // 0 when none was written
	Delivered bool   `json:"delivered,omitempty"` // to be written whole to a client that is still connected
	Fault     string `json:"fault,omitempty"`     // the faults that fired, as "429#2"
}

// journal is the log. Its owner serialises calls.
type journal struct {
	seq     int64
	entries []Entry
	keep    int // 0: all
	out     io.Writer
	failed  error // the first failure of out
}

// add numbers an entry, keeps it and writes it out.
func (j *journal) add(e Entry) {
	j.seq++
	e.Seq = j.seq
	j.entries = append(j.entries, e)
	if j.keep > 0 && len(j.entries) > 2*j.keep {
		j.entries = append([]Entry(nil), j.entries[len(j.entries)-j.keep:]...)
	}
	if j.out == nil || j.failed != nil {
		return
	}
	line, err := json.Marshal(e)
	if err == nil {
		_, err = j.out.Write(append(line, '\n'))
	}
	j.failed = err
}

// since copies the entries after a sequence number.
func (j *journal) since(seq int64) []Entry {
	kept := j.entries
	if j.keep > 0 && len(kept) > j.keep {
		kept = kept[len(kept)-j.keep:]
	}
	skip := 0
	if len(kept) > 0 && seq >= kept[0].Seq {
		skip = min(len(kept), int(seq-kept[0].Seq)+1)
	}
	return append([]Entry{}, kept[skip:]...)
}
