package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// Apply applies a stored plan, or resumes a run of it that did not finish.
//
// Problems of the user's are in the result's diagnostics; the error is for
// I/O and bugs, and rows already answered are recorded even then. When ctx
// ends, batches in flight are finished, recorded and committed, and the status
// is StatusInterrupted. Nothing is written before every check of every
// activation has passed. The caller holds the state lock.
func Apply(ctx context.Context, req Request) (Result, error) {
	return newRun(ctx, req, false).do(ctx)
}

// Settle closes an unfinished run, so that another plan can be applied: rows
// in doubt are settled, answers committed, rows never sent dropped. The status
// is StatusDone when the run is closed for good.
func Settle(ctx context.Context, req Request) (Result, error) {
	return newRun(ctx, req, true).do(ctx)
}

func (r *run) do(ctx context.Context) (res Result, err error) {
	s, err := r.prepare(ctx)
	defer func() { err = errors.Join(err, r.shut()) }()
	if err != nil {
		return Result{}, err
	}
	if s.diags.HasErrors() {
		return s.result(), nil
	}
	var total int64
	for _, a := range r.acts {
		total += a.plan.Counts.Deliverable()
	}
	r.emit(event.Event{Kind: event.RunStarted, Total: total, Resumed: !r.recovery.Empty})
	r.execute()
	if cause := context.Cause(r.work); errors.Is(cause, errFatal) {
		return Result{}, cause
	}
	return r.finish(ctx)
}

// shut ends processes and closes files.
func (r *run) shut() error {
	r.stop(context.Canceled)
	for _, a := range r.acts {
		a.closeStream()
		a.end()
	}
	for _, a := range r.accounts {
		a.close()
	}
	if r.journal == nil {
		return nil
	}
	return r.journal.Close()
}

// prepare makes every check that needs no write. A stop in the result says
// that the run ends here; the plan's claim is given back when nothing of it
// was ever sent.
func (r *run) prepare(ctx context.Context) (s stop, err error) {
	if s = r.checkPlan(); s.diags.HasErrors() {
		return s, nil
	}
	claim, err := r.req.Folder.Claim(r.req.Run)
	if err != nil {
		return s, fmt.Errorf("claim plan: %w", err)
	}
	if claim == AlreadyDone {
		s.add(StatusStale, diag.New(diag.PlanAlreadyDone, diag.Range{}, "Every row of this plan was sent and recorded. Make a new plan to see what is left to do."))
		return s, nil
	}
	s, err = r.checkWorld(ctx)
	if (err != nil || s.diags.HasErrors()) && !r.settling && (r.recovery == nil || r.recovery.Empty) && claim == ClaimedNow {
		err = errors.Join(err, r.req.Folder.Release())
	}
	return s, err
}

// checkPlan looks at the plan alone. A run to be settled has passed it.
func (r *run) checkPlan() (s stop) {
	if r.settling {
		return s
	}
	if v := r.req.Plan.LeatVersion; v != r.req.Version {
		s.add(StatusStale, diag.New(diag.PlanOtherVersion, diag.Range{}, "The plan was made by leat %s, this is leat %s. Make a new plan with this version.", v, r.req.Version))
		return s
	}
	for _, a := range r.acts {
		for _, g := range a.plan.Guards {
			if g.Tripped && strings.HasPrefix(g.Name, "requires.") {
				s.add(StatusGuard, diag.New(diag.GuardStopped, place(a.plan),
					"When the plan was made, %s of %s did not hold. Nothing was written. Build and test the model again and plan anew, or plan with --ignore-requires.",
					g.Name, a.plan.Address))
				continue
			}
			if g.Tripped {
				found := "the plan has"
				if g.Name == "min_rows" {
					found = "the source gave"
				}
				s.add(StatusGuard, diag.New(diag.GuardStopped, place(a.plan),
					"The guard of %s says %s = %s, but %s %d. Nothing was written. When the change is meant, change the limit and plan again.",
					a.plan.Address, g.Name, g.Limit, found, g.Value))
			}
		}
	}
	return s
}

// checkWorld holds the plan against state, journal, environment, plugins and
// accounts.
func (r *run) checkWorld(ctx context.Context) (s stop, err error) {
	digest, err := digestBytes(r.req.Digest)
	if err != nil {
		return s, err
	}
	jp := journal.Plan{Digest: digest, Rows: make([]int64, len(r.acts))}
	for i, a := range r.acts {
		if a.plan.ChangeSet != nil {
			jp.Rows[i] = a.plan.ChangeSet.Rows
		}
		if err := a.checkState(ctx, &s); err != nil {
			return s, err
		}
	}
	if s.diags.HasErrors() {
		return s, nil
	}
	var diags diag.Diagnostics
	r.journal, r.recovery, diags, err = journal.Open(r.req.FS, r.req.Folder.Dir(), jp)
	if err != nil || diags.HasErrors() {
		s.add(StatusRefused, diags...)
		return s, err
	}
	return s, r.startPlugins(ctx, &s)
}

func (a *activation) checkState(ctx context.Context, s *stop) (err error) {
	a.head, err = a.run.req.State.Head(ctx, a.index)
	if d, ok := errors.AsType[*Diagnosed](err); ok {
		s.add(StatusStale, d.Diagnostic)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state of %s: %w", a.plan.Address, err)
	}
	h, p := a.head, a.plan
	if h.Serial == 0 && p.State.Serial == 0 {
		return nil
	}
	if h.Serial != p.State.Serial && h.Plan != a.run.req.Digest || h.Lineage != p.State.Lineage && p.State.Lineage != "" {
		s.add(StatusStale, diag.New(diag.StateMoved, place(p),
			"The plan was made against serial %d of the state of %s, which is at serial %d now. Make a new plan.", p.State.Serial, p.Address, h.Serial))
	}
	if (h.Environment != "" && h.Environment != a.run.req.Plan.Environment) || (h.Object != "" && h.Object != p.Target.Object) {
		s.add(StatusStale, diag.New(diag.StateAccountOther, place(p), "The state of %s is for environment %q and object %q; the plan is for environment %q and object %q.",
			p.Address, h.Environment, h.Object, a.run.req.Plan.Environment, p.Target.Object))
	}
	return nil
}

// startPlugins starts a plugin for each destination that has something to send
// or to settle, and no other.
func (r *run) startPlugins(ctx context.Context, s *stop) (err error) {
	var accounts []*account
	for _, a := range r.acts {
		a.resume()
		if !r.hasWork(a) {
			continue
		}
		if a.changes, err = r.req.Changes(a.index); err != nil {
			return fmt.Errorf("open change set of %s: %w", a.plan.Address, err)
		}
		if a.account = r.account(a.plan); a.account.first == a.plan {
			accounts = append(accounts, a.account)
		}
	}
	for _, acct := range accounts {
		if d := acct.evaluate(); d.HasErrors() {
			s.add(StatusRefused, d...)
		}
	}
	if s.diags.HasErrors() {
		return nil
	}
	for _, acct := range accounts {
		if status, d := acct.start(ctx); d.HasErrors() {
			s.add(status, d...)
		}
	}
	return nil
}

// resume takes over what an earlier run had answered.
func (a *activation) resume() {
	c := a.run.recovery.Counts(a.index)
	a.done = outcomesOf(c)
	a.done.Unknown = 0
}

func outcomesOf(c [journal.Removed + 1]int64) event.Outcomes {
	return event.Outcomes{
		Created: c[journal.Created], Updated: c[journal.Updated], Unchanged: c[journal.Unchanged], Absent: c[journal.Absent],
		Exists: c[journal.Exists], Rejected: c[journal.Rejected], Unknown: c[journal.Unknown], Removed: c[journal.Removed],
	}
}

func (r *run) hasWork(a *activation) bool {
	for i := range r.req.Plan.Graph {
		n := &r.req.Plan.Graph[i]
		if n.Kind != plan.Deliver || n.Activation != a.index {
			continue
		}
		for s := range r.recovery.Spans(a.index, n.From, n.To) {
			if s.State == journal.InDoubt && a.mustSettle(n.Op) || s.State == journal.Unsent && !r.settling {
				return true
			}
		}
	}
	return false
}

// mustSettle reports whether a plugin is needed for rows in doubt: rows that
// stay unknown by on_unknown need none.
func (a *activation) mustSettle(op string) bool {
	o, ok := a.operation(op)
	return !ok || a.plan.Target.Replace || a.classOf(o) != neither || a.plan.Delivery.OnUnknown == onUnknownResend
}

// finish counts, closes the plan when nothing is left, and tells the result.
func (r *run) finish(ctx context.Context) (Result, error) {
	rec, diags, err := journal.Read(r.req.FS, r.req.Folder.Dir(), r.journalPlan())
	if err != nil {
		return Result{}, err
	}
	if diags.HasErrors() {
		return Result{}, fmt.Errorf("internal error: the journal just written is refused: %s", diags[0].Detail)
	}
	res := Result{Status: StatusDone}
	closed := true
	var all event.Outcomes
	var requests int64
	for _, a := range r.acts {
		ar := a.result(ctx, outcomesOf(rec.Counts(a.index)))
		closed = closed && (ar.Status == StatusDone || ar.Status == StatusRejected && a.status != StatusRejected)
		res.Status = worse(res.Status, ar.Status)
		res.Activations = append(res.Activations, ar)
		all, requests = all.Plus(ar.Outcomes), requests+ar.Requests
		r.emit(event.Event{Kind: event.ActivationFinished, Activation: ar.Address, Status: string(ar.Status), Outcomes: ar.Outcomes,
			Requests: ar.Requests, Done: ar.Outcomes.Lasting(), Total: a.plan.Counts.Deliverable()})
	}
	if closed {
		if r.settling {
			if err := r.journal.Settled(); err != nil {
				return Result{}, err
			}
		}
		if err := r.req.Folder.Done(); err != nil {
			return Result{}, fmt.Errorf("finish plan: %w", err)
		}
	}
	r.emit(event.Event{Kind: event.RunFinished, Status: string(res.Status), Outcomes: all, Requests: requests})
	r.mu.Lock()
	defer r.mu.Unlock()
	res.Diagnostics = r.diags.Sorted()
	return res, nil
}

func (r *run) journalPlan() journal.Plan {
	p := journal.Plan{Rows: make([]int64, len(r.acts))}
	p.Digest, _ = digestBytes(r.req.Digest) // checked when the run began
	for i, a := range r.acts {
		if a.plan.ChangeSet != nil {
			p.Rows[i] = a.plan.ChangeSet.Rows
		}
	}
	return p
}

func (a *activation) result(ctx context.Context, outcomes event.Outcomes) ActivationResult {
	a.mu.Lock()
	defer a.mu.Unlock()
	ar := ActivationResult{Address: a.plan.Address, Status: StatusDone, Outcomes: outcomes, Requests: a.requests, Serial: a.serial}
	ar.Unsent = a.plan.Counts.Deliverable() - outcomes.Lasting() - outcomes.Unknown
	open := ar.Unsent
	if a.run.settling {
		open = 0 // dropped
	}
	switch open += outcomes.Unknown - a.skipped - a.waiting; {
	case a.status != "":
		ar.Status = a.status
	case open > 0 && ctx.Err() != nil:
		ar.Status = StatusInterrupted
	case open > 0:
		ar.Status = StatusIncomplete
	case outcomes.Rejected > 0 && !a.run.settling:
		ar.Status = StatusRejected
	}
	if a.skipped > 0 {
		a.run.report(diag.New(diag.RowsUnknown, place(a.plan),
			"%s never answered for %d rows of %s, which can be neither sent again safely nor read back. They stand in state as unknown. Look at the destination; "+
				"`leat rejects retry`, or on_unknown = \"resend\", sends them again.", "destination."+a.plan.Target.Plugin+"."+a.plan.Target.Destination, a.skipped, a.plan.Address))
	}
	return ar
}

// severity orders statuses by what the command should say.
var severity = map[Status]int{StatusDone: 0, StatusRejected: 1, StatusIncomplete: 2, StatusInterrupted: 3}

func worse(a, b Status) Status {
	if severity[b] > severity[a] {
		return b
	}
	return a
}
