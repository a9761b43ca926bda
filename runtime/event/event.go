package event

import "time"

// Sink takes events. The engine calls it from many goroutines, so it must be
// safe for that, and soon done: delivery waits for it.
type Sink func(Event)

// Discard is a Sink for callers that want no events.
func Discard(Event) {}

// Kind says what an event is about. New kinds may come with a minor version;
// readers ignore those they do not know.
type Kind string

// The kinds. The fields each one sets, beside Kind and Time, are in brackets.
const (
	RunStarted         Kind = "run_started"         // [Total: rows to send; Resumed]
	StageStarted       Kind = "stage_started"       // planning [Activation, Stage]
	StageFinished      Kind = "stage_finished"      // planning [Activation, Stage, Rows]
	PluginStarted      Kind = "plugin_started"      // [Destination]
	ActivationStarted  Kind = "activation_started"  // [Activation, Total]
	BatchSent          Kind = "batch_sent"          // [Activation, Operation, Rows, Attempt]
	BatchAnswered      Kind = "batch_answered"      // [Activation, Operation, Rows, Attempt, Requests, Outcomes, Done, Total, Fault]
	RowsRetried        Kind = "rows_retried"        // rows put off [Activation, Operation, Rows, Attempt, WaitMS, Fault]
	RowsSettled        Kind = "rows_settled"        // unknown outcomes cleared up by reading [Activation, Operation, Rows, Outcomes]
	Throttled          Kind = "throttled"           // [Destination, Limit, WaitMS]
	CircuitOpened      Kind = "circuit_opened"      // [Destination, WaitMS, Fault]
	CircuitClosed      Kind = "circuit_closed"      // [Destination]
	Committed          Kind = "committed"           // [Activation, Serial]
	ActivationFinished Kind = "activation_finished" // [Activation, Status, Outcomes, Requests, Done, Total]
	RunFinished        Kind = "run_finished"        // [Status, Outcomes, Requests]
)

// Event is one thing that happened. Fields a kind does not set are zero and
// left out of the JSON.
type Event struct {
	Kind        Kind      `json:"type"`
	Time        time.Time `json:"time"`
	Activation  string    `json:"activation,omitempty"`  // address
	Destination string    `json:"destination,omitempty"` // address
	Stage       string    `json:"stage,omitempty"`       // extract, map, check, diff, guard
	Operation   string    `json:"operation,omitempty"`   // of the change set: send, update, ...
	Limit       string    `json:"limit,omitempty"`
	Fault       string    `json:"fault,omitempty"` // class of a batch-wide fault
	Status      string    `json:"status,omitempty"`
	Rows        int64     `json:"rows,omitempty"`
	Done        int64     `json:"done,omitempty"` // rows with a lasting outcome so far
	Total       int64     `json:"total,omitempty"`
	Attempt     int       `json:"attempt,omitempty"`
	Requests    int64     `json:"requests,omitempty"`
	WaitMS      int64     `json:"wait_ms,omitempty"`
	Serial      int64     `json:"serial,omitempty"`
	Resumed     bool      `json:"resumed,omitempty"`
	Outcomes    Outcomes  `json:"outcomes,omitzero"`
}

// Outcomes counts rows by what the destination did with them.
type Outcomes struct {
	Created   int64 `json:"created,omitempty"`
	Updated   int64 `json:"updated,omitempty"`
	Unchanged int64 `json:"unchanged,omitempty"`
	Absent    int64 `json:"absent,omitempty"`
	Exists    int64 `json:"exists,omitempty"`
	Rejected  int64 `json:"rejected,omitempty"`
	Unknown   int64 `json:"unknown,omitempty"`
	Removed   int64 `json:"removed,omitempty"`
}

// Lasting is the number of rows that are settled for good.
func (o Outcomes) Lasting() int64 {
	return o.Created + o.Updated + o.Unchanged + o.Absent + o.Exists + o.Rejected + o.Removed
}

// Plus adds two counts.
func (o Outcomes) Plus(p Outcomes) Outcomes {
	return Outcomes{
		Created: o.Created + p.Created, Updated: o.Updated + p.Updated, Unchanged: o.Unchanged + p.Unchanged,
		Absent: o.Absent + p.Absent, Exists: o.Exists + p.Exists, Rejected: o.Rejected + p.Rejected,
		Unknown: o.Unknown + p.Unknown, Removed: o.Removed + p.Removed,
	}
}
