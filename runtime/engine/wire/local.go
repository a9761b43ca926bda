//go:build duckdb_arrow

package wire

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/changeset"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/journal"
	"github.com/leat-dev/leat/runtime/state"
)

// Local is a stored plan in the local state: the engine's State and Folder.
// The caller holds the state lock.
type Local struct {
	Store   *state.Store
	Plan    *plan.Document
	Digest  string
	Run     string
	Now     func() time.Time
	Memory  string // DuckDB memory limit of a commit; "" is the default
	Threads int
}

var (
	_ engine.State  = (*Local)(nil)
	_ engine.Folder = (*Local)(nil)
)

// Dir is the plan's folder.
func (l *Local) Dir() string { return l.Store.PlanDir(l.Digest) }

func (l *Local) mark() state.PlanClaim {
	return state.PlanClaim{Run: l.Run, Since: l.Now().UTC().Format(time.RFC3339)}
}

// Claim claims the plan for the run.
func (l *Local) Claim(string) (engine.Claim, error) {
	status, _, err := l.Store.PlanStatus(l.Digest)
	if err != nil {
		return "", err
	}
	if status == state.PlanDone {
		return engine.AlreadyDone, nil
	}
	resumed, ds, err := l.Store.Claim(l.Digest, l.mark())
	switch {
	case err != nil:
		return "", err
	case ds.HasErrors():
		return engine.AlreadyDone, nil
	case resumed:
		return engine.ClaimedBefore, nil
	}
	return engine.ClaimedNow, nil
}

// Release gives the claim up.
func (l *Local) Release() error { return l.Store.Release(l.Digest) }

// Done marks the plan as applied, and clears away what it moved or removed.
func (l *Local) Done() error {
	if err := l.Store.Done(l.Digest, l.mark()); err != nil {
		return err
	}
	return l.Store.Tidy()
}

// Head returns what the engine checks of an activation's state.
func (l *Local) Head(_ context.Context, activation int) (engine.Head, error) {
	h, err := l.head(activation)
	if h == nil || err != nil {
		return engine.Head{}, err
	}
	a := &l.Plan.Activations[activation]
	if a.Moved.FromName() != "" && h.Activation == a.Name && strings.TrimSuffix(h.Plan, state.Partial) != l.Digest {
		// Serials of two names are no more than numbers.
		return engine.Head{}, &engine.Diagnosed{Diagnostic: diag.New(diag.StateStale, diag.Range{},
			"The plan moves the state of %s to %s, which has got state of its own since. Make a new plan.", a.Moved.From, a.Address)}
	}
	return engine.Head{Lineage: h.Lineage, Environment: h.Environment, Account: h.Account, Object: h.Object, Serial: h.Serial,
		Plan: strings.TrimSuffix(h.Plan, state.Partial)}, nil
}

func (l *Local) head(activation int) (*state.Head, error) {
	h, ds, err := l.Store.HeadOf(&l.Plan.Activations[activation])
	if err != nil {
		return nil, err
	}
	return h, firstOf(ds)
}

// firstOf makes the first error of a list an error of the engine's ports.
func firstOf(ds diag.Diagnostics) error {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return &engine.Diagnosed{Diagnostic: d}
		}
	}
	return nil
}

// Commit brings answers into state. State refuses a plan it has already taken,
// and one that was made for another serial; an earlier part of this very plan
// is neither.
func (l *Local) Commit(ctx context.Context, activation int, account string, complete bool, answers iter.Seq2[journal.Row, error]) (int64, error) {
	h, err := l.head(activation)
	if err != nil {
		return 0, err
	}
	a := l.Plan.Activations[activation]
	req := state.CommitRequest{Plan: l.Digest, Activation: &a, AsOf: l.Plan.AsOf, Now: l.Now(), Memory: l.Memory, Threads: l.Threads, Outcomes: outcomes(answers)}
	switch {
	case account != "":
		a.Target.Account = account
	case a.Target.Account == "" && h != nil:
		a.Target.Account = h.Account // a run that asked nobody learnt nothing new
	}
	if a.ChangeSet != nil {
		req.ChangeSet = l.Store.ChangeSetPath(l.Digest, a.Name)
	}
	if !complete {
		req.Plan += state.Partial
	}
	if h != nil && h.Plan == l.Digest+state.Partial {
		a.State.Serial = h.Serial
	}
	done, ds, err := l.Store.Commit(ctx, req)
	if err != nil {
		return 0, err
	}
	return done.Serial, firstOf(ds)
}

func outcomes(answers iter.Seq2[journal.Row, error]) iter.Seq2[state.Outcome, error] {
	return func(yield func(state.Outcome, error) bool) {
		for a, err := range answers {
			o := state.Outcome{Row: a.Row, Code: byte(a.Outcome), DestID: a.ID, Resent: a.Resent}
			if r := a.Rejection; r != nil {
				o.Rejection = &state.Rejection{Class: r.Class, Code: r.Code, Field: r.Field, Text: r.Text, Transient: r.Transient}
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// ChangeSet makes the change set of an activation, by its index in the plan,
// fit for the engine. path is that of its file; db reads it, and may read for
// other activations at the same time.
func ChangeSet(db *duck.DB, store *state.Store, p *plan.Document, index int, path string) engine.ChangeSet {
	a := &p.Activations[index]
	return &changes{changeset.Open(db, path), a, newResolver(db, store, a, index, path)}
}

type changes struct {
	reader   *changeset.Reader
	plan     *plan.Activation
	resolver *resolver
}

// window is how many rows are read at a time.
const window = 50_000

func (c *changes) Rows(ctx context.Context, from, to int64) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		part, err := c.rangeOf(ctx, from)
		if err != nil {
			yield(nil, err)
			return
		}
		reader := c.reader
		if part.Phase > 0 && !c.resolver.idle() {
			relation, err := c.resolver.relation(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			reader = reader.Through(relation)
		}
		cols := columns(c.plan, part.Op == diff.OpRekey)
		for at := from; at < to; at += window {
			if !c.part(ctx, reader, at, min(to, at+window), cols, yield) {
				return
			}
		}
	}
}

func (c *changes) part(ctx context.Context, reader *changeset.Reader, from, to int64, cols []string, yield func(arrow.RecordBatch, error) bool) bool {
	rr, err := reader.Rows(ctx, from, to, cols...)
	if err != nil {
		return yield(nil, err)
	}
	defer rr.Release()
	for rr.Next() {
		if !yield(rr.RecordBatch(), nil) {
			return false
		}
	}
	if err := rr.Err(); err != nil {
		return yield(nil, fmt.Errorf("read change set: %w", err))
	}
	return true
}

// rangeOf returns the phase and op that a row belongs to.
func (c *changes) rangeOf(ctx context.Context, row int64) (changeset.Range, error) {
	ranges, err := c.reader.Ranges(ctx)
	if err != nil {
		return changeset.Range{}, err
	}
	for _, r := range ranges {
		if row >= r.From && row < r.To {
			return r, nil
		}
	}
	return changeset.Range{}, nil
}

func (c *changes) Waiting(ctx context.Context, from, to int64) ([]int64, error) {
	if c.resolver.idle() {
		return nil, nil
	}
	// Removals refer to nothing, and come before what others wait for.
	if part, err := c.rangeOf(ctx, from); err != nil || part.Phase == 0 && !c.plan.Target.Replace {
		return nil, err
	}
	return c.resolver.waiting(ctx, from, to)
}

// columns are those of the plugin protocol, in its order.
func columns(a *plan.Activation, rekey bool) []string {
	out := []string{changeset.Row, changeset.Dest}
	add := func(prefix string, n int) {
		for i := range n {
			out = append(out, changeset.Column(prefix, i))
		}
	}
	add(changeset.Keys, len(a.Key))
	if rekey {
		add(changeset.Prior, len(a.Key))
	}
	add(changeset.Fields, len(a.Fields))
	add(changeset.Sent, len(a.Fields))
	return out
}
