package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"

	"github.com/leat-dev/leat/lang/diag"
)

// Plan names whose journal it is, and bounds what may stand in it.
type Plan struct {
	Digest [32]byte
	Rows   []int64 // rows of each activation's change set, by index
}

// Recovery is what an earlier run left in a journal. It is never changed.
type Recovery struct {
	// Settled says that a later apply closed the run.
	Settled bool
	// Empty says that nothing was ever reserved or committed.
	Empty bool

	activations  []activation
	journalSize  int64
	outcomesSize int64
}

// activation holds five bytes a row, and only as far as rows were reserved.
type activation struct {
	reserved []Range
	rows     []Outcome
	last     []int32 // by row: 1 + index of the last reservation that covers it
	serial   int64
}

// State is what is known about a row.
type State byte

// The states of a row after a crash.
const (
	Unsent  State = iota // nothing happened
	Known                // the answer is in the outcomes file
	InDoubt              // reserved, and no answer or "unknown"
)

// Span is a run of rows in one state. A span in doubt never crosses the bounds
// of the range that was reserved for it.
type Span struct {
	State    State
	From, To int64
	Attempt  int // the highest attempt at any of its rows; 0 when never reserved
}

// Read reads a journal without opening it for writing. A folder without one
// gives an empty Recovery. Damage is a diagnostic.
func Read(fsys FS, dir string, plan Plan) (*Recovery, diag.Diagnostics, error) {
	r := &Recovery{Empty: true, activations: make([]activation, len(plan.Rows))}
	answers := make(map[Range][]byte)
	size, diags, err := Answers(fsys, dir, func(a Answer) error {
		answers[a.Range] = a.Outcomes
		return nil
	})
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	r.outcomesSize = size
	data, err := readFile(fsys, filepath.Join(dir, JournalFile))
	if err != nil {
		return nil, nil, err
	}
	if err := r.replay(data, plan, answers); err != nil {
		return nil, refuse(JournalFile, err), nil
	}
	return r, nil, nil
}

// Answers calls yield with every answer of the outcomes file, in the order
// written: a later answer about a row replaces an earlier one. It returns the
// length of the file without a torn tail. An error of yield is returned as it is.
func Answers(fsys FS, dir string, yield func(Answer) error) (size int64, diags diag.Diagnostics, err error) {
	data, err := readFile(fsys, filepath.Join(dir, OutcomesFile))
	if err != nil {
		return 0, nil, err
	}
	var stopped error
	good, err := scan(data, func(p []byte) error {
		a, err := decodeAnswer(p)
		if err != nil {
			return err
		}
		stopped = yield(a)
		return stopped
	})
	if stopped != nil {
		return 0, nil, stopped
	}
	if err != nil {
		return 0, refuse(OutcomesFile, err), nil
	}
	return int64(good), nil, nil
}

func readFile(fsys FS, path string) ([]byte, error) {
	data, err := fsys.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return data, nil
}

func (r *Recovery) replay(data []byte, plan Plan, answers map[Range][]byte) error {
	headed := false
	seen := make(map[Range]bool, len(answers))
	good, err := scan(data, func(p []byte) error {
		rec, err := decodeRecord(p)
		if err != nil {
			return err
		}
		if headed == (rec.kind == kindHeader) {
			return errBad
		}
		if rec.kind == kindHeader {
			headed = true
			if rec.digest != plan.Digest {
				return errOtherPlan
			}
			return nil
		}
		r.Empty = false
		return r.apply(rec, plan, answers, seen)
	})
	if err == nil && len(seen) < len(answers) {
		err = errLost // an answer to a range that was never reserved
	}
	r.journalSize = int64(good)
	return err
}

// apply replays one record. The last reservation that covers a row decides:
// its answer where there is one, else the row is in doubt.
func (r *Recovery) apply(rec record, plan Plan, answers map[Range][]byte, seen map[Range]bool) error {
	if rec.kind == kindSettled {
		r.Settled = true
		return nil
	}
	if rec.rng.Activation >= len(plan.Rows) || rec.rng.To > plan.Rows[rec.rng.Activation] {
		return errBad
	}
	a := &r.activations[rec.rng.Activation]
	switch rec.kind {
	case kindCommitted:
		a.serial = rec.serial
	case kindAcked:
		if answers[rec.rng] == nil {
			return errLost // acknowledged, but the answer is gone
		}
	case kindReserved:
		codes, answered := answers[rec.rng]
		if answered {
			seen[rec.rng] = true
		}
		a.reserve(rec.rng, codes)
	}
	return nil
}

func (a *activation) reserve(rng Range, codes []byte) {
	if more := rng.To - int64(len(a.rows)); more > 0 {
		a.rows = append(a.rows, make([]Outcome, more)...)
		a.last = append(a.last, make([]int32, more)...)
	}
	a.reserved = append(a.reserved, rng)
	for i := range rng.To - rng.From {
		code := Unknown
		if codes != nil {
			code = Outcome(codes[i])
		}
		a.rows[rng.From+i] = code
		a.last[rng.From+i] = int32(len(a.reserved))
	}
}

// Serial is the serial under which state last took the activation's outcomes,
// 0 when it never did.
func (r *Recovery) Serial(activation int) int64 { return r.activations[activation].serial }

// Counts returns the number of rows of the activation by their last outcome.
// Rows in doubt count as Unknown, rows never answered are not counted.
func (r *Recovery) Counts(activation int) (counts [Removed + 1]int64) {
	for _, o := range r.activations[activation].rows {
		if o != None && o <= Removed {
			counts[o]++
		}
	}
	return counts
}

// Spans cuts the rows [from, to) of an activation into runs of one state, in
// order and without gaps.
func (r *Recovery) Spans(index int, from, to int64) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		a := &r.activations[index]
		for at := from; at < to; {
			s := a.spanAt(at, to)
			if !yield(s) {
				return
			}
			at = s.To
		}
	}
}

func (a *activation) spanAt(from, to int64) Span {
	s := Span{State: a.state(from), From: from, To: from}
	first := a.lastAt(from)
	for ; s.To < to; s.To++ {
		if s.To >= int64(len(a.rows)) && s.State == Unsent {
			s.To = to // nothing was ever reserved from here on
			break
		}
		last := a.lastAt(s.To)
		if a.state(s.To) != s.State || (s.State == InDoubt && last != first) {
			break
		}
		if last > 0 {
			s.Attempt = max(s.Attempt, a.reserved[last-1].Attempt)
		}
	}
	return s
}

func (a *activation) state(row int64) State {
	switch {
	case row >= int64(len(a.rows)) || a.rows[row] == None || a.rows[row] == Retry:
		return Unsent
	case a.rows[row] == Unknown:
		return InDoubt
	}
	return Known
}

func (a *activation) lastAt(row int64) int32 {
	if row >= int64(len(a.last)) {
		return 0
	}
	return a.last[row]
}

// refuse turns the reason a file cannot be used into a diagnostic.
func refuse(file string, err error) diag.Diagnostics {
	switch {
	case errors.Is(err, errOtherPlan):
		return diag.Diagnostics{diag.New(diag.JournalForeign, diag.Range{},
			"The file %q in the plan's folder was written for another plan. Make a new plan; the folder was changed by hand or copied.", file)}
	case errors.Is(err, errVersion):
		return diag.Diagnostics{diag.New(diag.JournalVersion, diag.Range{},
			"The file %q of the unfinished run has a version this leat does not read. Finish the run with the version of leat that began it.", file)}
	}
	return diag.Diagnostics{diag.New(diag.JournalDamaged, diag.Range{},
		"The file %q of the unfinished run cannot be trusted (%v), so leat cannot tell which rows were sent. Restore the state folder from a backup, or "+
			"look at the destination and then start afresh with a new plan after moving the plan's folder away.", file, err)}
}
