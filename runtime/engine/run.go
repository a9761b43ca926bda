package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// run is one Apply or Settle.
type run struct {
	req      Request
	settling bool // close an unfinished run: send nothing that was not sent before
	journal  *journal.Journal
	recovery *journal.Recovery
	acts     []*activation
	accounts map[string]*account

	base   context.Context // ends when the run is over: calls in flight are finished
	stop   context.CancelCauseFunc
	work   context.Context // ends with an interrupt or a fatal error: nothing new is begun
	random sync.Mutex

	mu    sync.Mutex
	diags diag.Diagnostics
}

// activation is one activation of the run.
type activation struct {
	run     *run
	index   int
	plan    *plan.Activation
	account *account // nil when nothing is sent
	changes ChangeSet
	head    Head

	ctx   context.Context // of new work; ends when the activation is halted
	end   context.CancelFunc
	slots chan struct{}

	streamMu sync.Mutex
	stream   *mux

	mu          sync.Mutex
	status      Status // "" while nothing is wrong
	done        event.Outcomes
	requests    int64
	skipped     int64 // rows left unknown by on_unknown
	waiting     int64 // rows not sent: a record that they refer to is not there
	recorded    bool  // answers were recorded by this run
	replaced    bool
	serial      int64
	rejectLimit int64 // refused rows that stop the activation; math.MaxInt64 for none
	said        map[diag.Code]bool
}

// errFatal is carried by the work context when the journal or a change set
// cannot be used.
var errFatal = errors.New("run cannot go on")

func newRun(ctx context.Context, req Request, settling bool) *run {
	req.Tuning = req.Tuning.withDefaults()
	r := &run{req: req, settling: settling, accounts: make(map[string]*account)}
	r.base = context.WithoutCancel(ctx)
	r.work, r.stop = context.WithCancelCause(ctx)
	for i := range req.Plan.Activations {
		p := &req.Plan.Activations[i]
		a := &activation{run: r, index: i, plan: p, said: make(map[diag.Code]bool),
			slots: make(chan struct{}, max(1, cmpOr(p.Delivery.Concurrency, defaultConcurrency)))}
		a.ctx, a.end = context.WithCancel(r.work)
		a.rejectLimit = rejectLimit(p.Delivery.MaxRejectRate, p.Counts.Deliverable())
		r.acts = append(r.acts, a)
	}
	return r
}

const defaultConcurrency = 4

func cmpOr(v, or int) int {
	if v == 0 {
		return or
	}
	return v
}

// rejectLimit is the number of refused rows a rate allows, of all rows the
// plan sends, so that a bad start does not stop a run that would end well.
func rejectLimit(rate string, deliverable int64) int64 {
	if rate == "" {
		return math.MaxInt64
	}
	if n, err := strconv.ParseInt(rate, 10, 64); err == nil {
		return n
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(rate, "%"), 64)
	if err != nil {
		return math.MaxInt64 // the compiler has refused such a rate
	}
	return int64(percent / 100 * float64(deliverable))
}

// execute walks the graph. It returns after every node has ended.
func (r *run) execute() {
	graph := r.req.Plan.Graph
	done := make([]chan struct{}, len(graph))
	for i := range done {
		done[i] = make(chan struct{})
	}
	var wg sync.WaitGroup
	for i := range graph {
		wg.Go(func() {
			defer close(done[i])
			for _, id := range graph[i].After {
				<-done[id]
			}
			r.node(&graph[i])
		})
	}
	wg.Wait()
}

func (r *run) node(n *plan.Node) {
	a := r.acts[n.Activation]
	for _, id := range n.After {
		before := r.req.Plan.Graph[id]
		if b := r.acts[before.Activation]; b != a && b.unfinished() && !a.unfinished() {
			a.say(diag.New(diag.DependencyFailed, place(a.plan), "%s needs %s, which did not finish. Cure that one and run apply again.",
				a.plan.Address, b.plan.Address))
			a.halt(StatusIncomplete)
		}
	}
	var err error
	switch {
	case n.Kind == plan.Commit:
		err = r.commit(a)
	case a.ctx.Err() != nil:
	case a.plan.Target.Replace:
		err = r.replace(a, n)
	default:
		err = r.deliverNode(a, n)
	}
	if err != nil {
		r.fatal(err)
	}
}

// commit hands the activation's answers to state. It also runs after an
// interrupt: what was answered is kept.
func (r *run) commit(a *activation) error {
	if cause := context.Cause(r.work); errors.Is(cause, errFatal) {
		return nil
	}
	a.mu.Lock()
	complete := a.done.Lasting()+a.skipped+a.waiting == a.plan.Counts.Deliverable()
	answered := a.recorded || a.done.Lasting() > 0
	fresh := a.recorded || r.recovery.Serial(a.index) == 0
	a.mu.Unlock()
	if !fresh || (!complete && !answered) || (r.settling && !answered) {
		return nil
	}
	rows := int64(0)
	if a.plan.ChangeSet != nil {
		rows = a.plan.ChangeSet.Rows
	}
	serial, err := r.req.State.Commit(r.base, a.index, a.account.fingerprint(), complete, journal.Rows(r.req.FS, r.req.Folder.Dir(), a.index, rows))
	if d, ok := errors.AsType[*Diagnosed](err); ok {
		a.say(d.Diagnostic)
		a.lacking()
		return nil
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", a.plan.Address, err)
	}
	if err := r.journal.Committed(a.index, serial); err != nil {
		return err
	}
	a.mu.Lock()
	a.serial = serial
	a.mu.Unlock()
	r.emit(event.Event{Kind: event.Committed, Activation: a.plan.Address, Serial: serial})
	return nil
}

// fatal stops everything: the journal or a change set cannot be used.
func (r *run) fatal(err error) { r.stop(fmt.Errorf("%w: %w", errFatal, err)) }

func (r *run) report(d ...diag.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.diags.Append(d...)
}

func (r *run) emit(e event.Event) {
	e.Time = r.req.Clock.Now().UTC()
	r.req.Events(e)
}

// halt begins nothing new for the activation. The first reason stays.
func (a *activation) halt(s Status) {
	a.mu.Lock()
	if a.status == "" || (a.status == StatusIncomplete && s == StatusRejected) {
		a.status = s
	}
	a.mu.Unlock()
	a.end()
}

// lacking notes that rows stay unsent while the rest goes on.
func (a *activation) lacking() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == "" {
		a.status = StatusIncomplete
	}
}

func (a *activation) unfinished() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status != "" || a.run.work.Err() != nil
}

// say reports a diagnostic once per activation and code.
func (a *activation) say(d diag.Diagnostic) {
	a.mu.Lock()
	before := a.said[d.Code]
	a.said[d.Code] = true
	a.mu.Unlock()
	if !before {
		a.run.report(d)
	}
}

// open describes the activation's stream.
func (a *activation) open() Open {
	o := Open{Object: a.plan.Target.Object, Replace: a.plan.Target.Replace}
	if a.plan.ChangeSet != nil {
		o.ChangeSet = a.plan.ChangeSet.Digest
	}
	for _, c := range a.plan.Key {
		o.Key = append(o.Key, Column{c.Name, c.Type})
	}
	for _, c := range a.plan.Fields {
		o.Fields = append(o.Fields, Column{c.Name, c.Type})
	}
	return o
}

// writer returns the activation's stream, a new one when the last has ended.
func (a *activation) writer() (*mux, error) {
	a.streamMu.Lock()
	defer a.streamMu.Unlock()
	if a.stream != nil && a.stream.alive() {
		return a.stream, nil
	}
	s, err := a.account.open(a.run.base, a.open())
	if err != nil {
		return nil, err
	}
	a.stream = newMux(s, a.account.throttle)
	return a.stream, nil
}

func (a *activation) closeStream() {
	a.streamMu.Lock()
	defer a.streamMu.Unlock()
	if a.stream != nil {
		a.stream.fail(errStream)
	}
}
