//go:build duckdb_arrow

package run

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/changeset"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
	"github.com/leat-dev/leat/runtime/pluginhost"
	"github.com/leat-dev/leat/runtime/state"
)

// Request is one apply of a stored plan. The caller holds the state's lock.
type Request struct {
	Store   *state.Store
	Host    *pluginhost.Host // holds the lock's file, so that plugins keep it too
	Digest  string           // of the plan
	Run     string           // id of this run
	Version string           // of leat
	Env     func(string) (string, bool)
	Now     func() time.Time
	Seed    uint64 // of the jitter of retries
	Events  event.Sink
	// PluginEnv lists the variables each plugin type declares.
	PluginEnv map[string][]string
}

// Apply applies a stored plan, or goes on with a run of it that did not
// finish.
func Apply(ctx context.Context, r Request) (engine.Result, error) {
	return r.do(ctx, engine.Apply, false)
}

// Settle closes an unfinished run of a stored plan: what was sent is found
// out and recorded, what was not is dropped.
func Settle(ctx context.Context, r Request) (engine.Result, error) {
	return r.do(ctx, engine.Settle, true)
}

func (r Request) do(ctx context.Context, f func(context.Context, engine.Request) (engine.Result, error), settling bool) (res engine.Result, err error) {
	refused := func(ds diag.Diagnostics) engine.Result {
		return engine.Result{Status: engine.StatusRefused, Diagnostics: ds.Sorted()}
	}
	text, ds, err := r.Store.LoadPlan(r.Digest)
	if err != nil || ds.HasErrors() {
		return refused(ds), err
	}
	doc, ds := plan.Decode(text, "plan.json")
	if ds.HasErrors() {
		return refused(ds), nil
	}
	if ds, err := r.verify(doc); err != nil || ds.HasErrors() {
		return refused(ds), err
	}
	db, err := duck.Open(ctx, duck.Options{TempDir: r.Store.Dir()})
	if err != nil {
		return res, fmt.Errorf("open engine: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	w := &world{Request: r, doc: doc, db: db, partial: settling}
	random := rand.New(rand.NewPCG(r.Seed, 0))
	return f(ctx, engine.Request{Plan: doc, Digest: r.Digest, Run: r.Run, Version: r.Version, Folder: folder{r}, FS: journal.OS(), State: w,
		Changes: w.changes, Start: w.start, Env: r.Env, Clock: engine.SystemClock(), Random: random.Float64, Events: r.Events})
}

// verify holds every change set against the digest in the plan.
func (r Request) verify(doc *plan.Document) (diag.Diagnostics, error) {
	for _, a := range doc.Activations {
		if a.ChangeSet == nil {
			continue
		}
		got, err := r.Store.Digest(r.Store.ChangeSetPath(r.Digest, a.Name))
		if err != nil {
			return nil, fmt.Errorf("verify change set: %w", err)
		}
		if got != a.ChangeSet.Digest {
			return diag.Diagnostics{diag.New(diag.ChangeSetDamage, diag.Range{},
				"The stored rows of %s are not those the plan was made with. Make a new plan.", a.Address)}, nil
		}
	}
	return nil, nil
}

// folder is the stored plan's folder as the engine sees it.
type folder struct{ Request }

func (f folder) Dir() string { return f.Store.PlanDir(f.Digest) }

func (f folder) claim(run string) state.PlanClaim {
	return state.PlanClaim{Run: run, Since: f.Now().UTC().Format(time.RFC3339)}
}

func (f folder) Claim(run string) (engine.Claim, error) {
	resumed, ds, err := f.Store.Claim(f.Digest, f.claim(run))
	switch {
	case err != nil:
		return "", err
	case ds.HasErrors():
		return engine.AlreadyDone, nil // the only diagnostic there is
	case resumed:
		return engine.ClaimedBefore, nil
	}
	return engine.ClaimedNow, nil
}

func (f folder) Release() error { return f.Store.Release(f.Digest) }
func (f folder) Done() error    { return f.Store.Done(f.Digest, f.claim(f.Run)) }

// world is state and change sets as the engine sees them.
type world struct {
	Request
	doc *plan.Document
	db  *duck.DB
	// partial commits answers although some are missing: only when the run is
	// being closed. A run that can be resumed commits once, when it is whole;
	// until then its answers are in the outcomes.
	partial bool
}

func (w *world) Head(_ context.Context, activation int) (engine.Head, error) {
	h, ds, err := w.Store.Head(w.doc.Activations[activation].Name)
	if err != nil {
		return engine.Head{}, err
	}
	if ds.HasErrors() {
		return engine.Head{}, &engine.Diagnosed{Diagnostic: ds[0]}
	}
	if h == nil {
		return engine.Head{Environment: w.Store.Environment()}, nil
	}
	return engine.Head{Lineage: h.Lineage, Environment: h.Environment, Account: h.Account, Object: h.Object, Serial: h.Serial, Plan: h.Plan}, nil
}

func (w *world) Commit(ctx context.Context, activation int, complete bool, answers iter.Seq2[journal.Row, error]) (int64, error) {
	a := &w.doc.Activations[activation]
	if !complete && !w.partial {
		return a.State.Serial, nil
	}
	path := ""
	if a.ChangeSet != nil {
		path = w.Store.ChangeSetPath(w.Digest, a.Name)
	}
	done, ds, err := w.Store.Commit(ctx, state.CommitRequest{Plan: w.Digest, Activation: a, AsOf: w.doc.AsOf, ChangeSet: path,
		Outcomes: outcomes(answers), Now: w.Now()})
	if err != nil {
		return 0, err
	}
	if ds.HasErrors() {
		return 0, &engine.Diagnosed{Diagnostic: ds[0]}
	}
	return done.Serial, nil
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

func (w *world) changes(activation int) (engine.ChangeSet, error) {
	a := &w.doc.Activations[activation]
	h, ds, err := w.Store.Head(a.Name)
	if err != nil {
		return nil, err
	}
	if ds.HasErrors() {
		return nil, &engine.Diagnosed{Diagnostic: ds[0]}
	}
	path := w.Store.ChangeSetPath(w.Digest, a.Name)
	c := &changes{db: w.db, reader: changeset.Open(w.db, path), path: path, act: a, head: h, store: w.Store}
	for _, n := range w.doc.Graph {
		if n.Activation == activation && n.Kind == plan.Deliver && n.Op == "rekey" {
			c.rekeys = append(c.rekeys, [2]int64{n.From, n.To})
		}
	}
	return c, nil
}

func (w *world) start(ctx context.Context, a *plan.Activation) (engine.Plugin, error) {
	c, err := w.Host.Launch(ctx, pluginhost.Spec{Type: a.Target.Plugin, Env: w.PluginEnv[a.Target.Plugin]})
	if err != nil {
		return nil, diagnosed(err)
	}
	return plugin{c}, nil
}
