//go:build duckdb_arrow

package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/engine/wire"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
	"github.com/leat-dev/leat/runtime/pluginhost"
	"github.com/leat-dev/leat/runtime/state"
)

// grace is how long a plugin may finish calls in flight when it is stopped.
const grace = 10 * time.Second

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
	Dir     string // working directory of plugins: the project's root
	// PluginEnv lists the variables each plugin type declares.
	PluginEnv map[string][]string
}

// Apply applies a stored plan, or goes on with a run of it that did not
// finish.
func Apply(ctx context.Context, r Request) (engine.Result, error) {
	return r.do(ctx, engine.Apply)
}

// Settle closes an unfinished run of a stored plan: what was sent is found
// out and recorded, what was not is dropped.
func Settle(ctx context.Context, r Request) (engine.Result, error) {
	return r.do(ctx, engine.Settle)
}

func (r Request) do(ctx context.Context, f func(context.Context, engine.Request) (engine.Result, error)) (res engine.Result, err error) {
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
	local := &wire.Local{Store: r.Store, Plan: doc, Digest: r.Digest, Run: r.Run, Now: r.Now}
	random := rand.New(rand.NewPCG(r.Seed, 0))
	res, err = f(ctx, engine.Request{Plan: doc, Digest: r.Digest, Run: r.Run, Version: r.Version, Folder: local, FS: journal.OS(), State: local,
		Changes: func(i int) (engine.ChangeSet, error) {
			return wire.ChangeSet(db, r.Store, doc, i, r.Store.ChangeSetPath(r.Digest, doc.Activations[i].Name)), nil
		},
		Start: r.start, Env: r.Env, Clock: engine.SystemClock(), Random: random.Float64, Events: r.Events})
	if err != nil || res.Status == engine.StatusRefused || res.Status == engine.StatusGuard || res.Status == engine.StatusStale {
		return res, err // nothing was written
	}
	ds, err = r.Store.KeepVerdicts(doc.Verdicts)
	res.Diagnostics.Extend(ds)
	return res, err
}

// start starts the plugin process of an activation's destination.
func (r Request) start(ctx context.Context, a *plan.Activation) (engine.Plugin, error) {
	c, err := r.Host.Launch(ctx, pluginhost.Spec{Type: a.Target.Plugin, Env: r.PluginEnv[a.Target.Plugin], Dir: r.Dir})
	if d, ok := pluginhost.DiagnosticOf(err); ok {
		return nil, &engine.Diagnosed{Diagnostic: d}
	}
	if err != nil {
		return nil, err
	}
	return wire.Plugin(c, grace), nil
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
