//go:build duckdb_arrow

package state

import (
	"iter"
	"time"

	"github.com/leat-dev/leat/compiler/plan"
)

// Rejection is why a destination refused a row. Text may hold row values: it
// goes into state and nowhere else.
type Rejection struct {
	Class, Code, Field, Text string
	Transient                bool // may succeed later with the same payload
}

// Outcome is what the destination answered about one row of a change set.
// Code is numbered like protocol.Outcome: 1 created, 2 updated, 3 unchanged,
// 4 absent, 5 exists, 6 rejected, 7 retry, 8 unknown, 9 removed. Retry, and
// no outcome at all, leave the state as it was.
type Outcome struct {
	Row       int64 // of the change set
	Code      byte
	DestID    string // "" where not known
	Resent    bool   // an earlier attempt at the row had an unknown outcome
	Rejection *Rejection
}

// CommitRequest is one activation's part of a plan, with its answers.
type CommitRequest struct {
	Plan       string                    // the plan's digest
	Activation *plan.Activation          // of that plan
	AsOf       string                    // of that plan
	ChangeSet  string                    // path of the change set; "" when it has no rows
	Outcomes   iter.Seq2[Outcome, error] // any order, each row at most once; nil: none
	Now        time.Time                 // becomes synced_at and last_refused
	Memory     string                    // DuckDB memory limit; "" is the default
	Threads    int
}

// Committed tells what a commit did.
type Committed struct {
	Serial   int64
	Counts   map[string]int64 // live rows by status
	Repeated bool             // this plan had been committed before; nothing was done
}
