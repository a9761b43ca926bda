package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// settleSpan takes up rows that an earlier run left in doubt, in the very
// batch they were in.
func (r *run) settleSpan(a *activation, op *plan.Operation, s journal.Span, wg *sync.WaitGroup) error {
	if a.account == nil {
		return r.leaveUnknown(a, s)
	}
	c := &cutter{maxRows: s.To - s.From, maxBytes: 1 << 62}
	return c.cut(a.changes.Rows(r.base, s.From, s.To), s.From, s.To, func(rec arrow.RecordBatch, from int64) bool {
		t := task{a: a, op: op, rec: rec, runs: []rows{{from, from + rec.NumRows()}}, attempt: s.Attempt}
		return r.begin(t, wg, func(t task) []task {
			if a.classOf(op) == neither && a.plan.Delivery.OnUnknown != onUnknownResend {
				t.rec.Release()
				if err := r.leaveUnknown(a, s); err != nil {
					r.fatal(err)
				}
				return nil
			}
			if a.classOf(op) == readable {
				return r.readBack(t)
			}
			t.resend = true
			return []task{t}
		})
	})
}

// leaveUnknown records that rows stay unknown: nothing can tell, and
// on_unknown is "skip".
func (r *run) leaveUnknown(a *activation, s journal.Span) error {
	rng := journal.Range{Activation: a.index, From: s.From, To: s.To, Attempt: s.Attempt + 1}
	if err := r.journal.Reserve(rng); err != nil {
		return err
	}
	codes := make([]byte, s.To-s.From)
	for i := range codes {
		codes[i] = byte(journal.Unknown)
	}
	a.mu.Lock()
	a.recorded = true
	a.skipped += s.To - s.From
	a.mu.Unlock()
	return r.journal.Record(journal.Answer{Range: rng, Outcomes: codes})
}

// unsettled decides about rows whose outcome became unknown in this run, by
// the retry class of their operation. It takes the task over.
func (r *run) unsettled(t task, fault string, after time.Duration) []task {
	class := t.a.classOf(t.op)
	if class == neither && t.a.plan.Delivery.OnUnknown != onUnknownResend {
		t.a.mu.Lock()
		t.a.skipped += t.rec.NumRows()
		t.a.mu.Unlock()
		t.rec.Release()
		return nil
	}
	t.resend = true
	next := r.again(fault, after, t)
	if next == nil || class != readable {
		return next
	}
	t = next[0]
	if r.req.Clock.Sleep(t.a.ctx, t.wait) != nil {
		t.rec.Release()
		t.a.lackingUnlessInterrupted()
		return nil
	}
	t.wait = 0
	return r.readBack(t)
}

// readBack asks the destination about rows in doubt and returns tasks for
// those that have to be sent. It takes the task over.
func (r *run) readBack(t task) []task {
	defer t.rec.Release()
	found, ok := r.look(t)
	if !ok {
		return nil
	}
	defer found.Release()
	match, err := matchRows(t, found)
	if err != nil {
		r.fatal(err)
		return nil
	}
	o := opinion{codes: make([]byte, t.rec.NumRows()), answer: &Answer{IDs: make([]string, t.rec.NumRows())}}
	for i, m := range match {
		o.codes[i], o.answer.IDs[i] = byte(verdict(t.op.Name, m)), m.id
	}
	t.attempt++
	t.resend = true
	if err := r.journal.Reserve(t.ranges()...); err != nil {
		r.fatal(err)
		return nil
	}
	if err := r.record(t, o); err != nil {
		r.fatal(err)
		return nil
	}
	r.emit(event.Event{Kind: event.RowsSettled, Activation: t.a.plan.Address, Operation: t.op.Name, Rows: t.rec.NumRows()})
	differ := t.pick(func(i int) bool { return journal.Outcome(o.codes[i]) == journal.Unknown })
	missing := t.pick(func(i int) bool { return journal.Outcome(o.codes[i]) == journal.Retry })
	missing.resend, missing.wait, differ.wait = false, 0, 0
	var out []task
	for _, next := range []task{differ, missing} {
		switch {
		case next.rec == nil:
		case r.settling && !next.resend: // an unfinished run being closed sends nothing anew
			next.rec.Release()
		default:
			out = append(out, next)
		}
	}
	return out
}

// verdict is the outcome of a row in doubt after a look at the destination.
// Unknown stands for: there, but not as sent, so send again.
func verdict(op string, m matched) journal.Outcome {
	switch {
	case removes(op) && !m.found:
		return journal.Removed
	case removes(op):
		return journal.Unknown
	case !m.found:
		return journal.Retry
	case op == "create":
		return journal.Created
	case m.same:
		return journal.Updated
	}
	return journal.Unknown
}

// look reads the task's keys, trying as often as rows are sent. ok is false
// when the rows stay in doubt.
func (r *run) look(t task) (rec arrow.RecordBatch, ok bool) {
	a := t.a
	keys := keysOf(t.rec)
	defer keys.Release()
	open := a.open()
	for {
		fault, after, rec := r.readOnce(t, open, keys)
		if rec != nil {
			return rec, true
		}
		if fault == "" {
			return nil, false
		}
		t.rec.Retain() // again gives one reference up when it ends the tries
		next := r.again(fault, after, t)
		if next == nil {
			return nil, false
		}
		t.rec.Release()
		t = next[0]
		if err := r.req.Clock.Sleep(a.ctx, t.wait); err != nil {
			return nil, false
		}
	}
}

// readOnce returns records, or the fault that kept it from reading, or neither
// when the activation was halted.
func (r *run) readOnce(t task, open Open, keys arrow.RecordBatch) (fault string, after time.Duration, rec arrow.RecordBatch) {
	a := t.a
	probe, err := a.account.breaker.allow(a.ctx)
	if err != nil {
		if errors.Is(err, errTripped) {
			r.trip(a.account)
		}
		a.lackingUnlessInterrupted()
		return "", 0, nil
	}
	leave, err := a.account.buckets.enter(a.ctx, t.op.Limits, 1, keys.NumRows())
	if err != nil {
		a.account.breaker.cancel(probe)
		a.lackingUnlessInterrupted()
		return "", 0, nil
	}
	defer leave()
	if _, err := a.writer(); err != nil { // starts the process again when it is gone
		a.account.breaker.report(probe, FaultNetwork)
		return FaultNetwork, 0, nil
	}
	found, err := a.account.read(r.base, open, keys)
	if err != nil {
		found = Found{Fault: FaultNetwork}
	}
	a.account.breaker.report(probe, found.Fault)
	a.mu.Lock()
	a.requests++
	a.mu.Unlock()
	if found.Fault == "" && found.Rows == nil {
		found.Fault = FaultInternal
	}
	if found.Fault == FaultAuth || found.Fault == FaultSchema {
		r.heed(t, opinion{fault: found.Fault})
		return "", 0, nil
	}
	return found.Fault, found.RetryAfter, found.Rows
}

// keysOf projects a batch onto row, dest and the key. The caller releases it.
func keysOf(rec arrow.RecordBatch) arrow.RecordBatch {
	var fields []arrow.Field
	var cols []arrow.Array
	for i, f := range rec.Schema().Fields() {
		if i < 2 || strings.HasPrefix(f.Name, "k") {
			fields = append(fields, f)
			cols = append(cols, rec.Column(i))
		}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, rec.NumRows())
}

// matched is what a look found about one row.
type matched struct {
	found bool
	same  bool   // the record holds every value that was sent
	id    string // of the first match
}

// matchRows compares the records found with the rows of the task.
func matchRows(t task, found arrow.RecordBatch) ([]matched, error) {
	ord, ok := found.Column(0).(*array.Int64)
	ids, ok2 := found.Column(1).(*array.String)
	if !ok || !ok2 {
		return nil, fmt.Errorf("internal error: a read answered with other columns than row and dest")
	}
	index := make(map[int64]int, t.rec.NumRows())
	for i, row := range t.ordinals() {
		index[row] = i
	}
	cmp := newComparison(t, found)
	out := make([]matched, t.rec.NumRows())
	for j := range int(found.NumRows()) {
		i, known := index[ord.Value(j)]
		if !known {
			continue
		}
		if m := &out[i]; !m.found {
			m.found = true
			if ids.IsValid(j) {
				m.id = ids.Value(j)
			}
		}
		out[i].same = out[i].same || cmp.same(i, j)
	}
	return out, nil
}

// comparison pairs the columns a batch sent with those a read returned.
type comparison struct{ pairs []columnPair }

type columnPair struct {
	sent        *array.Boolean // nil: always compared
	want, found arrow.Array
}

func newComparison(t task, found arrow.RecordBatch) comparison {
	var c comparison
	for i, f := range found.Schema().Fields() {
		isKey := strings.HasPrefix(f.Name, "k") && t.op.Name == "rekey"
		if i < 2 || !(isKey || strings.HasPrefix(f.Name, "f")) {
			continue
		}
		at := t.rec.Schema().FieldIndices(f.Name)
		if len(at) != 1 {
			continue
		}
		p := columnPair{want: t.rec.Column(at[0]), found: found.Column(i)}
		if !isKey {
			if mask := t.rec.Schema().FieldIndices("s" + f.Name[1:]); len(mask) == 1 {
				p.sent, _ = t.rec.Column(mask[0]).(*array.Boolean)
			}
		}
		c.pairs = append(c.pairs, p)
	}
	return c
}

func (c comparison) same(i, j int) bool {
	for _, p := range c.pairs {
		if p.sent != nil && !p.sent.Value(i) {
			continue
		}
		if !array.SliceEqual(p.want, int64(i), int64(i+1), p.found, int64(j), int64(j+1)) {
			return false
		}
	}
	return true
}
