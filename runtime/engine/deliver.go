package engine

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// rows is a half-open interval of the change set.
type rows struct{ from, to int64 }

// task is rows of one operation on their way. It owns its record.
type task struct {
	a       *activation
	op      *plan.Operation
	rec     arrow.RecordBatch
	runs    []rows // of the change set; together they are the rows of rec, in order
	attempt int    // the highest one the journal has for any of the rows
	tries   int    // attempts that count against the limit
	resend  bool   // an earlier attempt has an unknown outcome
	wait    time.Duration
	fault   string // of the attempt before
}

// deliverNode sends the rows of one node: those in doubt are settled, those
// not sent are cut into batches. It returns when the last one has its answer.
func (r *run) deliverNode(a *activation, n *plan.Node) error {
	op, ok := a.operation(n.Op)
	if !ok {
		return fmt.Errorf("internal error: the plan of %s has no operation %q", a.plan.Address, n.Op)
	}
	r.emit(event.Event{Kind: event.ActivationStarted, Activation: a.plan.Address, Operation: n.Op, Total: n.To - n.From})
	var wg sync.WaitGroup
	defer wg.Wait()
	for s := range r.recovery.Spans(a.index, n.From, n.To) {
		if a.ctx.Err() != nil {
			return nil
		}
		var err error
		switch {
		case s.State == journal.InDoubt:
			err = r.settleSpan(a, op, s, &wg)
		case s.State == journal.Unsent && !r.settling:
			err = r.sendReady(a, op, s, &wg)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sendReady sends unsent rows, but for those that refer to a record which is
// not there: they stay unsent, and the next plan tells of them.
func (r *run) sendReady(a *activation, op *plan.Operation, s journal.Span, wg *sync.WaitGroup) error {
	waiting, err := a.changes.Waiting(r.base, s.From, s.To)
	if err != nil {
		return r.unreadable(a, err)
	}
	a.postpone(waiting)
	for _, row := range append(waiting, s.To) {
		if row > s.From {
			if err := r.sendSpan(a, op, journal.Span{State: s.State, From: s.From, To: row, Attempt: s.Attempt}, wg); err != nil {
				return err
			}
		}
		s.From = row + 1
	}
	return nil
}

// unreadable reports why rows cannot be read, when the user can mend it.
func (r *run) unreadable(a *activation, err error) error {
	d, ok := errors.AsType[*Diagnosed](err)
	if !ok {
		return err
	}
	a.say(d.Diagnostic)
	a.halt(StatusIncomplete)
	return nil
}

// postpone notes rows that this plan does not send.
func (a *activation) postpone(waiting []int64) {
	if len(waiting) == 0 {
		return
	}
	a.mu.Lock()
	a.waiting += int64(len(waiting))
	a.mu.Unlock()
	a.say(diag.New(diag.LookupUnmet, place(a.plan), "Rows of %s were not sent: a record that they look up was not written, or has no id yet. `leat rejects list` shows rows that were refused; the next plan holds these back until their record is there.", a.plan.Address))
}

// sendSpan cuts unsent rows into batches and hands each to a worker.
func (r *run) sendSpan(a *activation, op *plan.Operation, s journal.Span, wg *sync.WaitGroup) error {
	c := &cutter{maxRows: maxBatchRows, maxBytes: maxBatchBytes, fields: a.open().Fields}
	if op.MaxRecords > 0 {
		c.maxRows = min(c.maxRows, int64(op.MaxRecords))
	}
	if op.MaxBytes > 0 {
		c.maxBytes = min(c.maxBytes, op.MaxBytes)
	}
	return c.cut(a.changes.Rows(r.base, s.From, s.To), s.From, s.To, func(rec arrow.RecordBatch, from int64) bool {
		return r.begin(task{a: a, op: op, rec: rec, runs: []rows{{from, from + rec.NumRows()}}, attempt: s.Attempt}, wg, r.deliver)
	})
}

// begin runs work on the task in a goroutine once a slot is free. It returns
// false, and drops the task, when the activation was halted first.
func (r *run) begin(t task, wg *sync.WaitGroup, work func(task) []task) bool {
	select {
	case t.a.slots <- struct{}{}:
	case <-t.a.ctx.Done():
		t.rec.Release()
		return false
	}
	wg.Go(func() {
		defer func() { <-t.a.slots }()
		queue := work(t)
		for len(queue) > 0 {
			next := queue[0]
			queue = append(queue[1:], r.deliver(next)...)
		}
	})
	return true
}

// deliver makes one attempt at a task and returns what is left of it: rows to
// be sent again, in smaller tasks. It releases the task's record.
func (r *run) deliver(t task) []task {
	defer t.rec.Release()
	p, err := r.enter(t)
	if err != nil {
		return r.deferred(t, err)
	}
	defer p.leave()
	t.attempt++
	if err := r.journal.Reserve(t.ranges()...); err != nil {
		t.a.account.breaker.cancel(p.probe)
		r.fatal(err)
		return nil
	}
	r.emit(event.Event{Kind: event.BatchSent, Activation: t.a.plan.Address, Operation: t.op.Name, Rows: t.rec.NumRows(), Attempt: t.attempt})
	rep := r.send(p.stream, t)
	o := r.judge(t, rep)
	t.a.account.breaker.report(p.probe, o.fault)
	if err := r.record(t, o); err != nil {
		r.fatal(err)
		return nil
	}
	r.heed(t, o)
	return r.leftover(t, o)
}

// pass is the leave to send one batch.
type pass struct {
	stream *mux
	leave  func() // frees the slots of concurrency limits
	probe  bool   // of the breaker
}

// enter waits until the task may be sent: its own pause, the breaker, the
// limits, and a living stream.
func (r *run) enter(t task) (p pass, err error) {
	a := t.a
	if t.wait > 0 {
		r.emit(event.Event{Kind: event.RowsRetried, Activation: a.plan.Address, Operation: t.op.Name, Rows: t.rec.NumRows(),
			Attempt: t.attempt + 1, WaitMS: t.wait.Milliseconds(), Fault: t.fault})
		if err := r.req.Clock.Sleep(a.ctx, t.wait); err != nil {
			return p, err
		}
	}
	if p.probe, err = a.account.breaker.allow(a.ctx); err != nil {
		return p, err
	}
	p.leave, err = a.account.buckets.enter(a.ctx, t.op.Limits, callsPerBatch(t.op), t.rec.NumRows())
	if err != nil {
		a.account.breaker.cancel(p.probe)
		return p, err
	}
	if err = a.ctx.Err(); err != nil {
		p.leave()
		a.account.breaker.cancel(p.probe)
		return p, err
	}
	if p.stream, err = a.writer(); err != nil {
		p.leave()
		a.account.breaker.report(p.probe, FaultNetwork)
	}
	return p, err
}

// deferred decides about a task that was not sent.
func (r *run) deferred(t task, err error) []task {
	switch {
	case errors.Is(err, errTripped):
		r.trip(t.a.account)
		return nil
	case errors.Is(err, errEnded):
		t.a.halt(StatusIncomplete)
		return nil
	case t.a.ctx.Err() != nil:
		t.a.lackingUnlessInterrupted()
		return nil
	}
	t.rec.Retain()
	return r.again(FaultNetwork, 0, t)
}

func (r *run) trip(acct *account) {
	acct.end(diag.New(diag.CircuitOpen, place(acct.first),
		"%s failed again and again, so leat stopped sending to it. Rows not sent are as they were. Run apply again when it has recovered.", acct.name).
		WithSummary("%s keeps failing", acct.name))
}

// lackingUnlessInterrupted notes unsent rows; an interrupt says so by itself.
func (a *activation) lackingUnlessInterrupted() {
	if a.run.work.Err() == nil {
		a.lacking()
	}
}

// send hands the batch over and waits for its answer, a while longer than the
// plugin may take.
func (r *run) send(m *mux, t task) reply {
	clock, tuning := r.req.Clock, r.req.Tuning
	b := Batch{Op: t.op.Name, Rows: t.rec, Deadline: clock.Now().Add(tuning.BatchTimeout), Resend: t.resend}
	ch := make(chan reply, 1)
	t.rec.Retain() // a plugin that takes nothing may hold the sender up beyond the timeout
	go func() {
		defer t.rec.Release()
		ch <- <-m.send(b)
	}()
	timeout, free := clock.Timer(tuning.BatchTimeout + tuning.AnswerGrace)
	defer free()
	select {
	case rep := <-ch:
		return rep
	case <-timeout:
		m.fail(errStream) // a plugin that does not keep its deadline is not waited for again
		return <-ch
	}
}

// opinion is a judged reply.
type opinion struct {
	codes    []byte // one journal.Outcome a row, as far as the row is concerned
	settle   []bool // nil, or: the row's outcome became unknown by this attempt
	answer   *Answer
	fault    string
	contract error
}

// judge turns a reply into outcomes. A retry of rows that were in doubt leaves
// them in doubt.
func (r *run) judge(t task, rep reply) opinion {
	n := int(t.rec.NumRows())
	o := opinion{codes: make([]byte, n), answer: rep.answer}
	if rep.err != nil {
		for i := range o.codes {
			o.codes[i] = byte(journal.Unknown)
		}
		o.answer, o.fault = &Answer{}, FaultNetwork
		if errors.Is(rep.err, ErrContract) {
			o.contract, o.fault = rep.err, FaultInternal
		}
	} else {
		copy(o.codes, rep.answer.Outcomes)
		o.fault = rep.answer.Fault
	}
	if o.fault == FaultInvalidBatch && n == 1 && journal.Outcome(o.codes[0]) == journal.Retry {
		o.codes[0] = byte(journal.Rejected)
		o.answer = &Answer{Requests: o.answer.Requests, Rejections: []journal.Rejection{{Class: "other", Code: FaultInvalidBatch}}}
		return o
	}
	for i, c := range o.codes {
		switch journal.Outcome(c) {
		case journal.Unknown:
			if o.settle == nil {
				o.settle = make([]bool, n)
			}
			o.settle[i] = true
		case journal.Retry:
			if t.resend {
				o.codes[i] = byte(journal.Unknown)
			}
		}
	}
	return o
}

// record makes the outcomes durable and counts them.
func (r *run) record(t task, o opinion) error {
	answers := make([]journal.Answer, 0, len(t.runs))
	rejections := slices.Clone(o.answer.Rejections)
	slices.SortStableFunc(rejections, func(a, b journal.Rejection) int { return int(a.Row - b.Row) })
	at := int64(0)
	for _, rng := range t.ranges() {
		n := rng.To - rng.From
		a := journal.Answer{Range: rng, Resent: t.resend, Outcomes: o.codes[at : at+n]}
		if len(o.answer.IDs) > 0 {
			a.IDs = o.answer.IDs[at : at+n]
		}
		for len(rejections) > 0 && rejections[0].Row < at+n {
			rej := rejections[0]
			rej.Row += rng.From - at
			a.Rejections, rejections = append(a.Rejections, rej), rejections[1:]
		}
		answers = append(answers, a)
		at += n
	}
	if err := r.journal.Record(answers...); err != nil {
		return err
	}
	r.count(t, o)
	return nil
}

func (r *run) count(t task, o opinion) {
	var c [journal.Removed + 1]int64
	for _, code := range o.codes {
		c[code]++
	}
	batch := outcomesOf(c)
	a := t.a
	a.mu.Lock()
	a.recorded = true
	lasting := batch
	lasting.Unknown = 0
	a.done = a.done.Plus(lasting)
	a.requests += o.answer.Requests
	done := a.done.Lasting()
	over := batch.Rejected > 0 && a.done.Rejected > a.rejectLimit
	a.mu.Unlock()
	r.emit(event.Event{Kind: event.BatchAnswered, Activation: a.plan.Address, Operation: t.op.Name, Rows: t.rec.NumRows(), Attempt: t.attempt,
		Requests: o.answer.Requests, Outcomes: batch, Fault: o.fault, Done: done, Total: a.plan.Counts.Deliverable()})
	if over {
		a.say(diag.New(diag.RejectRateStopped, place(a.plan),
			"%s refused more rows of %s than max_reject_rate = %q allows. What was accepted is recorded; `leat rejects list` shows the reasons.",
			a.account.name, a.plan.Address, a.plan.Delivery.MaxRejectRate))
		a.halt(StatusRejected)
	}
}

// heed acts on faults that concern more than this batch.
func (r *run) heed(t task, o opinion) {
	a := t.a
	switch {
	case o.contract != nil:
		about := a.account.description()
		a.say(diag.New(diag.PluginBrokeContract, place(a.plan), "Plugin %q %s broke the protocol while it wrote %s; the rows in its hands count as unknown. %v",
			about.Plugin, about.Version, a.plan.Address, o.contract).WithSummary("bug in plugin %s %s", about.Plugin, about.Version))
		a.halt(StatusIncomplete)
	case o.fault == FaultAuth:
		a.account.end(diag.New(diag.AuthLost, place(a.plan), "%s refused the credentials while rows were sent. Renew them and run apply again: it resumes where this run stopped.", a.account.name))
	case o.fault == FaultSchema && a.plan.Target.Declared != nil:
		a.say(diag.New(diag.SchemaGone, place(a.plan), "%s takes no request such as the object block of %s declares for %s, whatever the row. Correct its method, path or content type, and make a new plan.",
			a.account.name, a.plan.Target.Object, t.op.Name).WithSummary("%s does not take the declared request", a.account.name))
		a.halt(StatusIncomplete)
	case o.fault == FaultSchema:
		a.say(diag.New(diag.SchemaGone, place(a.plan), "%s has no %s as the plan knows it: a field or the whole object was dropped or changed since. Run `leat destinations schema pull` for it, correct the mapping, and make a new plan.",
			a.account.name, a.plan.Target.Object))
		a.halt(StatusIncomplete)
	case o.fault == FaultThrottled && o.answer.RetryAfter > 0:
		for _, name := range t.op.Limits {
			if b := a.account.buckets[name]; b != nil {
				b.hold(o.answer.RetryAfter)
			}
		}
		r.emit(event.Event{Kind: event.Throttled, Destination: a.account.name, WaitMS: o.answer.RetryAfter.Milliseconds()})
	}
}

// leftover returns the tasks for rows without a lasting outcome.
func (r *run) leftover(t task, o opinion) []task {
	if o.contract != nil {
		return nil
	}
	put, unsettled := t.pick(func(i int) bool {
		c := journal.Outcome(o.codes[i])
		return !c.Lasting() && (o.settle == nil || !o.settle[i])
	}), t.pick(func(i int) bool { return o.settle != nil && o.settle[i] })
	var out []task
	if put.rec != nil {
		put.resend = t.resend
		if o.fault == FaultInvalidBatch && put.rec.NumRows() > 1 {
			out = put.halves()
			put.rec.Release()
		} else {
			out = r.again(o.fault, o.answer.RetryAfter, put)
		}
	}
	if unsettled.rec != nil {
		out = append(out, r.unsettled(unsettled, o.fault, o.answer.RetryAfter)...)
	}
	return out
}

// again queues a task for another attempt, unless its attempts are spent.
func (r *run) again(fault string, after time.Duration, t task) []task {
	t.tries++
	t.fault = fault
	if t.tries >= r.req.Tuning.MaxAttempts {
		t.rec.Release()
		if t.a.account.breaker.gaveUp() {
			r.trip(t.a.account)
			return nil
		}
		t.a.say(diag.New(diag.AttemptsSpent, place(t.a.plan),
			"%s put rows of %s off, or left them without an answer, %d times. Run apply again: it resumes with these rows.", t.a.account.name, t.a.plan.Address, t.tries))
		t.a.lacking()
		return nil
	}
	if t.wait = after; after <= 0 {
		t.wait = r.backoff(t.tries)
	}
	return []task{t}
}

// backoff is a random wait between nothing and a bound that doubles with
// every try.
func (r *run) backoff(tries int) time.Duration {
	bound := r.req.Tuning.BackoffFirst << min(tries-1, 20)
	bound = min(bound, r.req.Tuning.BackoffMax)
	r.random.Lock()
	defer r.random.Unlock()
	return time.Duration(r.req.Random() * float64(bound))
}

// ranges are the task's rows as the journal names them.
func (t *task) ranges() []journal.Range {
	out := make([]journal.Range, len(t.runs))
	for i, run := range t.runs {
		out[i] = journal.Range{Activation: t.a.index, From: run.from, To: run.to, Attempt: t.attempt}
	}
	return out
}

// ordinals returns the change set's row of each row of the task.
func (t *task) ordinals() []int64 {
	out := make([]int64, 0, t.rec.NumRows())
	for _, run := range t.runs {
		for row := run.from; row < run.to; row++ {
			out = append(out, row)
		}
	}
	return out
}

// pick returns a task with the rows that want names, without a record when
// there are none. Neighbours stay one range.
func (t *task) pick(want func(i int) bool) task {
	out := *t
	out.rec, out.runs = nil, nil
	var parts []arrow.RecordBatch
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	i := int64(0)
	for _, run := range t.runs {
		base := run.from - i
		for end := i + run.to - run.from; i < end; {
			from := i
			for i < end && want(int(i)) {
				i++
			}
			if i == from {
				i++
				continue
			}
			parts = append(parts, t.rec.NewSlice(from, i))
			out.runs = append(out.runs, rows{base + from, base + i})
		}
	}
	if len(parts) == 0 {
		return out
	}
	rec, err := join(parts)
	if err != nil {
		t.a.run.fatal(err)
		return out
	}
	out.rec = rec
	return out
}

// halves splits the task in two.
func (t *task) halves() []task {
	mid := int(t.rec.NumRows()) / 2
	return []task{t.pick(func(i int) bool { return i < mid }), t.pick(func(i int) bool { return i >= mid })}
}
