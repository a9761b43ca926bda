package engine

import (
	"context"
	"time"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// Request is one run over one stored plan. Everything but Tuning is required.
type Request struct {
	Plan    *plan.Document
	Digest  string // of the plan
	Run     string // id of this run
	Version string // of leat
	Folder  Folder
	FS      journal.FS
	State   State
	// Changes opens the change set of an activation by index.
	Changes func(activation int) (ChangeSet, error)
	// Start starts the plugin process for an activation's destination. It is
	// called once for each destination, and again after the process died.
	Start func(ctx context.Context, activation *plan.Activation) (Plugin, error)
	// Env looks an environment variable up.
	Env    func(name string) (string, bool)
	Clock  Clock
	Random func() float64 // in [0, 1); called by one goroutine at a time
	Events event.Sink
	Tuning Tuning
}

// Tuning holds the numbers of delivery. Zero fields take their default.
type Tuning struct {
	MaxAttempts  int           // of a row, 8
	BackoffFirst time.Duration // upper bound of the first wait, 500ms; doubles
	BackoffMax   time.Duration // 60s
	BatchTimeout time.Duration // from sending to the plugin's deadline, 2m
	AnswerGrace  time.Duration // past the deadline until the answer counts as unknown, 15s
	BreakerAfter int           // faults in a row, 5
	BreakerPause time.Duration // 15s; doubles
	BreakerTries int           // probes, 3
}

func (t Tuning) withDefaults() Tuning {
	orInt := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	orInt(&t.MaxAttempts, 8)
	orInt(&t.BreakerAfter, 5)
	orInt(&t.BreakerTries, 3)
	orTime(&t.BackoffFirst, 500*time.Millisecond)
	orTime(&t.BackoffMax, time.Minute)
	orTime(&t.BatchTimeout, 2*time.Minute)
	orTime(&t.AnswerGrace, 15*time.Second)
	orTime(&t.BreakerPause, 15*time.Second)
	return t
}

// Status is how a run, or one activation of it, ended.
type Status string

// The statuses, each with the exit code of the command line.
const (
	StatusDone        Status = "done"        // 0: every row has its answer and state has it
	StatusRejected    Status = "rejected"    // 6: done but for refused rows, or stopped by the reject rate
	StatusIncomplete  Status = "incomplete"  // 1: rows were left unsent; apply again resumes
	StatusInterrupted Status = "interrupted" // 7: the context ended; apply again resumes
	StatusRefused     Status = "refused"     // 1: a check failed before anything was written
	StatusGuard       Status = "guard"       // 3: a guard stopped it; nothing was written
	StatusStale       Status = "stale"       // 4: plan and world do not fit; nothing was written
)

// Result tells what a run did. Activations has one entry for each of the plan,
// in its order; it is nil when nothing was begun.
type Result struct {
	Status      Status
	Activations []ActivationResult
	Diagnostics diag.Diagnostics // sorted
}

// ActivationResult counts all rows the plan sends, those that an earlier run of
// it sent included.
type ActivationResult struct {
	Address  string
	Status   Status
	Outcomes event.Outcomes
	Unsent   int64 // rows nothing happened to
	Requests int64 // calls this run made
	Serial   int64 // of state after the run; 0 when it did not change
}

// stop is a refusal before the first write.
type stop struct {
	status Status
	diags  diag.Diagnostics
}

func (s *stop) add(status Status, d ...diag.Diagnostic) {
	if s.status == "" || status == StatusStale {
		s.status = status
	}
	s.diags.Append(d...)
}

func (s *stop) result() Result { return Result{Status: s.status, Diagnostics: s.diags.Sorted()} }

// place is the range of an activation's block.
func place(a *plan.Activation) diag.Range {
	r := diag.Range{Filename: a.Range.Filename}
	r.Start.Line, r.End.Line = a.Range.Line, a.Range.Line
	if r.Filename != "" {
		r.Start.Column, r.End.Column = 1, 1
	}
	return r
}
