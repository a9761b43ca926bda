package sdk

import (
	"time"

	"github.com/leat-dev/leat/plugins/protocol"
)

// RejectClass says why a row was refused.
type RejectClass = protocol.RejectClass

// The classes of refusal.
const (
	InvalidValue    = protocol.RejectClass_REJECT_INVALID_VALUE
	UnknownField    = protocol.RejectClass_REJECT_UNKNOWN_FIELD
	ReadOnly        = protocol.RejectClass_REJECT_READ_ONLY
	MissingRequired = protocol.RejectClass_REJECT_MISSING_REQUIRED
	Conflict        = protocol.RejectClass_REJECT_CONFLICT // key or unique value taken by another record
	NotFound        = protocol.RejectClass_REJECT_NOT_FOUND
	Permission      = protocol.RejectClass_REJECT_PERMISSION
	TooLarge        = protocol.RejectClass_REJECT_TOO_LARGE
	OtherReason     = protocol.RejectClass_REJECT_OTHER
)

// Rejection says why the destination refused a row.
type Rejection struct {
	Class     RejectClass
	Code      string // vendor's code; no values
	Field     string // destination field, where known
	Text      string // vendor's words; may hold values; leat keeps it in state only
	Transient bool   // may succeed later with the same payload
}

// Outcomes records what became of each row of one batch. Setting a row again
// replaces its outcome. It is not safe for concurrent use.
type Outcomes struct {
	byRow      []byte
	ids        []string // nil until the first id is known
	rejections map[int]Rejection
	retryAfter time.Duration
	requests   int64
	throttle   func(Throttle)
}

// Throttle is what the destination said about a limit's state.
type Throttle struct {
	Limit     string        // name of a declared Limit
	Remaining int64         // calls left in the window
	Reset     time.Duration // until the window ends; 0 when it did not say
}

// NewOutcomes returns outcomes for a batch of n rows, none set. The server
// makes them; tests may.
func NewOutcomes(n int) *Outcomes { return &Outcomes{byRow: make([]byte, n)} }

// Created says that the row made a record. id is the record's id in the
// destination, "" when it has none; so in all methods below.
func (o *Outcomes) Created(row int, id string) { o.set(row, protocol.Outcome_OUTCOME_CREATED, id) }

// Updated says that an existing record now holds what was sent.
func (o *Outcomes) Updated(row int, id string) { o.set(row, protocol.Outcome_OUTCOME_UPDATED, id) }

// Unchanged says that the record held it already and was not written.
func (o *Outcomes) Unchanged(row int, id string) { o.set(row, protocol.Outcome_OUTCOME_UNCHANGED, id) }

// Absent says that there was no record to update or remove.
func (o *Outcomes) Absent(row int) { o.set(row, protocol.Outcome_OUTCOME_ABSENT, "") }

// Exists says that a create found a record, which was left as it is.
func (o *Outcomes) Exists(row int, id string) { o.set(row, protocol.Outcome_OUTCOME_EXISTS, id) }

// Removed says that the record was deleted or archived.
func (o *Outcomes) Removed(row int) { o.set(row, protocol.Outcome_OUTCOME_REMOVED, "") }

// Retry says that nothing happened and the row may be sent again.
func (o *Outcomes) Retry(row int) { o.set(row, protocol.Outcome_OUTCOME_RETRY, "") }

// Unknown says that the row was sent and its outcome cannot be told.
func (o *Outcomes) Unknown(row int) { o.set(row, protocol.Outcome_OUTCOME_UNKNOWN, "") }

// Reject says that the destination refused the row.
func (o *Outcomes) Reject(row int, r Rejection) {
	o.set(row, protocol.Outcome_OUTCOME_REJECTED, "")
	if o.rejections == nil {
		o.rejections = make(map[int]Rejection)
	}
	o.rejections[row] = r
}

// Forget drops every outcome recorded so far, for a batch that is stored as a
// whole and was not: with the error Write then returns, all rows share its
// fate.
func (o *Outcomes) Forget() {
	clear(o.byRow)
	o.ids, o.rejections = nil, nil
}

// IsSet reports whether the row has an outcome.
func (o *Outcomes) IsSet(row int) bool { return o.byRow[row] != 0 }

// Len returns the number of rows.
func (o *Outcomes) Len() int { return len(o.byRow) }

// CountRequest counts one call to the destination.
func (o *Outcomes) CountRequest() { o.requests++ }

// RetryAfter sets how long the destination asked to wait before rows with
// outcome retry are sent again.
func (o *Outcomes) RetryAfter(d time.Duration) { o.retryAfter = max(o.retryAfter, d) }

// Throttle passes the state of a limit on to the host at once.
func (o *Outcomes) Throttle(t Throttle) {
	if o.throttle != nil {
		o.throttle(t)
	}
}

func (o *Outcomes) set(row int, out protocol.Outcome, id string) {
	o.byRow[row] = byte(out)
	if id != "" && o.ids == nil {
		o.ids = make([]string, len(o.byRow))
	}
	if o.ids != nil {
		o.ids[row] = id
	}
	if o.rejections != nil {
		delete(o.rejections, row)
	}
}

// fill gives every row without an outcome this one.
func (o *Outcomes) fill(out protocol.Outcome) {
	for row, b := range o.byRow {
		if b == 0 {
			o.set(row, out, "")
		}
	}
}

// fail applies a fault: rows without an outcome become retry or unknown.
func (o *Outcomes) fail(f *Fault) {
	if f.Sent {
		o.fill(protocol.Outcome_OUTCOME_UNKNOWN)
	} else {
		o.fill(protocol.Outcome_OUTCOME_RETRY)
	}
	o.RetryAfter(f.RetryAfter)
}

func (o *Outcomes) proto(sequence int64, f *Fault) *protocol.BatchOutcome {
	out := &protocol.BatchOutcome{Sequence: sequence, Outcomes: o.byRow, DestIds: o.ids,
		RetryAfterMs: o.retryAfter.Milliseconds(), Requests: o.requests}
	if f != nil {
		out.Fault = string(f.Class)
	}
	for row := range o.byRow {
		if r, ok := o.rejections[row]; ok {
			out.Rejections = append(out.Rejections, &protocol.Rejection{Index: int32(row), Class: r.Class,
				Code: r.Code, Field: r.Field, Text: r.Text, Transient: r.Transient})
		}
	}
	return out
}
