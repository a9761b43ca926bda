package sdk

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Op is what a batch does. All rows of a batch have one op.
type Op = protocol.Op

// The operations.
const (
	Send    = protocol.Op_OP_SEND    // create or update by key, whichever applies
	Create  = protocol.Op_OP_CREATE  // create; an existing record is outcome "exists"
	Update  = protocol.Op_OP_UPDATE  // update by destination id where known, else by key; a missing record is "absent"
	Rekey   = protocol.Op_OP_REKEY   // change the key of the record with this destination id, or prior key
	Delete  = protocol.Op_OP_DELETE  // a missing record is "absent"
	Archive = protocol.Op_OP_ARCHIVE // a missing record is "absent"
	Clear   = protocol.Op_OP_CLEAR   // empty the sent fields; a missing record is "absent"
	Append  = protocol.Op_OP_APPEND  // add a record without a key
)

// Batch is rows of one object for one operation. It is read only and safe for
// concurrent use.
type Batch struct {
	Object   string
	Op       Op
	Resend   bool      // an earlier attempt at these rows has an unknown outcome
	Deadline time.Time // no request starts after it; zero for none. MayStart asks for you.
	Key      []Values
	Prior    []Values // the key as last acknowledged; Rekey only
	Fields   []Values

	changeSet string
	rec       arrow.RecordBatch
	dest      *array.String
	sent      []*array.Boolean
}

// Len returns the number of rows.
func (b *Batch) Len() int { return int(b.rec.NumRows()) }

// DestID returns the row's id in the destination, "" where leat does not know
// it.
func (b *Batch) DestID(row int) string {
	if b.dest.IsNull(row) {
		return ""
	}
	return b.dest.Value(row)
}

// Sent reports whether the field is to be written in this row. A field that is
// sent and null is to be cleared; one that is not sent must stay untouched. Its
// value is then what leat has sent before, null where it never sent any.
func (b *Batch) Sent(row, field int) bool {
	s := b.sent[field]
	return !s.IsNull(row) && s.Value(row)
}

// ChangeID names the row's change: the same whenever the change is sent again,
// another for every other change. It is 32 hex digits, and tells nothing of
// the row's values.
func (b *Batch) ChangeID(row int) string {
	ordinal := b.rec.Column(0).(*array.Int64).Value(row)
	sum := sha256.Sum256([]byte(b.changeSet + "/" + strconv.FormatInt(ordinal, 10)))
	return hex.EncodeToString(sum[:16])
}

func decodeBatch(open *protocol.WriteOpen, in *protocol.WriteBatch) (*Batch, error) {
	prior := in.GetOp() == Rekey
	want, err := protocol.WriteSchema(open, prior)
	if err != nil {
		return nil, err
	}
	rec, err := protocol.DecodeBatch(in.GetArrow(), want)
	if err != nil {
		return nil, err
	}
	b := &Batch{Object: open.GetObject(), Op: in.GetOp(), Resend: in.GetResend(), changeSet: open.GetChangeSet(), rec: rec}
	if ms := in.GetDeadlineUnixMs(); ms != 0 {
		b.Deadline = time.UnixMilli(ms)
	}
	b.dest = rec.Column(1).(*array.String)
	next := 2
	take := func(cols []*protocol.Column) []Values {
		out := make([]Values, len(cols))
		for i, c := range columnsOf(cols) {
			out[i] = newValues(c, rec.Column(next))
			next++
		}
		return out
	}
	b.Key = take(open.GetKey())
	if prior {
		b.Prior = take(open.GetKey())
	}
	b.Fields = take(open.GetFields())
	for range open.GetFields() {
		b.sent = append(b.sent, rec.Column(next).(*array.Boolean))
		next++
	}
	return b, nil
}

func (b *Batch) release() { b.rec.Release() }
