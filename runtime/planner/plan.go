//go:build duckdb_arrow

package planner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/changeset"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
)

// Plan makes the plan of a request. Activations are planned one after the
// other, each in a database of its own, so that memory stays bounded by the
// largest. With an error among the diagnostics there is no result, and nothing
// is stored. A tripped guard is not a diagnostic: it stands in the document.
func Plan(ctx context.Context, r Request) (*Result, diag.Diagnostics, error) {
	as, leaving, failed, err := r.all()
	if err != nil || failed.HasErrors() {
		return nil, failed.Sorted(), err
	}
	res := &Result{Document: &plan.Document{FormatVersion: plan.FormatVersion, LeatVersion: r.Leat, Environment: r.Environment,
		AsOf: r.AsOf.UTC().Format(time.RFC3339), Project: r.Project, Activations: []plan.Activation{}, Verdicts: r.Verdicts}}
	staging := ""
	if r.Store {
		if staging, err = r.State.Stage(); err != nil {
			return nil, nil, err
		}
		defer func() { _ = os.RemoveAll(staging) }() // a stored plan has moved out of it
	}
	warnings := slices.Clone(r.Warnings)
	commits := make([]bool, len(as))
	planned := make([]*one, len(as))
	found := wantedRecords(as)
	defer found.Close()
	for _, i := range inOrder(as) {
		o, ds, err := planOne(ctx, &r, &as[i], leaving[as[i].Name], staging, found)
		if err != nil {
			return nil, nil, fmt.Errorf("plan %s: %w", as[i].Address(), err)
		}
		for _, d := range ds {
			if d.Severity == diag.Error {
				failed.Append(d)
			} else {
				warnings.Append(d)
			}
		}
		if ds.HasErrors() {
			continue // the other activations may have problems too
		}
		planned[i] = o
	}
	for i, o := range planned {
		if o == nil {
			continue
		}
		for _, s := range o.samples {
			s.Activation = i
			res.Samples = append(res.Samples, s)
		}
		for _, row := range o.explained {
			row.Activation = i
			res.Rows = append(res.Rows, row)
		}
		res.Document.Activations = append(res.Document.Activations, o.doc)
		commits[i] = o.commit
	}
	orphans, ds, err := r.orphans()
	if err != nil {
		return nil, nil, err
	}
	warnings.Extend(orphans)
	failed.Extend(ds)
	if failed.HasErrors() {
		return nil, append(failed, warnings...).Sorted(), nil
	}
	warnings = warnings.Sorted()
	res.Document.Graph = plan.BuildGraph(res.Document.Activations, commits)
	res.Document.Warnings = planWarnings(warnings)
	if res.Bytes, err = plan.Encode(res.Document); err != nil {
		return nil, nil, err
	}
	res.Digest = plan.Digest(res.Bytes)
	if r.Store {
		if _, err := r.State.StorePlan(res.Bytes, staging); err != nil {
			return nil, nil, err
		}
		res.Stored = true
	}
	return res, warnings, nil
}

// orphans warns of state whose activation is gone.
func (r *Request) orphans() (warnings, errors diag.Diagnostics, err error) {
	if r.State == nil || r.Configured == nil {
		return nil, nil, nil
	}
	heads, ds, err := r.State.ListActivations()
	if err != nil {
		return nil, nil, err
	}
	removed := append(slices.Clone(r.Removals), r.Resting...)
	for _, h := range heads {
		if h.Live() > 0 && !slices.Contains(r.Configured, h.Activation) && !slices.ContainsFunc(removed, func(b ir.Removal) bool { return b.Of(h.Activation) }) {
			warnings.Append(diag.New(diag.OrphanState, diag.Range{},
				"State holds %d rows of activation.%s, which is no longer configured. Its records in destination.%s.%s.%s stay as they are. A `moved` block says what it is called now, a `removed` block that its state, or its records, may go.",
				h.Live(), h.Activation, h.Plugin, h.Destination, h.Object).WithSummary("activation.%s is gone, its state is not", h.Activation))
		}
	}
	return warnings, ds, nil
}

func planWarnings(ds diag.Diagnostics) []plan.Warning {
	out := []plan.Warning{}
	for _, d := range ds {
		out = append(out, plan.Warning{Code: string(d.Code), Summary: d.Summary, Detail: d.Detail, Range: plan.Range{Filename: d.Range.Filename, Line: d.Range.Start.Line}})
	}
	return out
}

// one is the planning of one activation.
type one struct {
	r       *Request
	a       *ir.Activation
	spec    *diff.Spec
	db      *duck.DB
	head    *state.Head
	salt    int64
	doc     plan.Activation
	valid   int64       // rows of the source that are neither invalid nor duplicates
	commit  bool        // there is something to commit even without rows
	removal *removal    // not nil: the activation is gone
	serial  int64       // at which it had state, which is gone
	moved   *plan.Moved // not nil: state has other names
	samples []Sample
	// explained is every row, where the request asks for it.
	explained []Row

	verdicts  diff.Verdicts
	records   *records
	guard     ir.Guard // with the limits that state keeps armed, which kept lists
	kept      []string
	recreated int64 // rows whose old record is removed because their key changed
}

// gone is not nil for an activation that is removed.
func planOne(ctx context.Context, r *Request, a *ir.Activation, gone *removal, staging string, found *records) (*one, diag.Diagnostics, error) {
	o := &one{r: r, a: a, removal: gone, records: found}
	if gone != nil {
		o.head = gone.head
	}
	if ds, err := o.find(); err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	a = o.a
	o.spec = diff.FromActivation(a)
	if r.weaken != nil {
		o.spec = o.spec.WithKeyHash(r.weaken)
	}
	if o.guard = a.Guard; gone == nil && o.head != nil {
		o.guard, o.kept = plan.Kept(a.Guard, o.head.Guards)
	}
	o.describe()
	if o.doc.Removed == plan.RemovedKeep {
		o.doc.Guards, o.commit = []plan.Guard{}, true
		o.doc.Operations, o.doc.Limits = []plan.Operation{}, []plan.LimitCost{}
		return o, nil, nil
	}
	if ds := o.sameDestination(); ds.HasErrors() {
		return nil, ds, nil
	}
	db, err := duck.Open(ctx, duck.Options{TempDir: r.TempDir, MemoryLimit: r.Memory, Threads: r.Threads})
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	// What today() and now() read.
	if err := db.Exec(ctx, "SET VARIABLE "+lower.AsOfVariable+" = TIMESTAMP '"+r.AsOf.UTC().Format("2006-01-02 15:04:05")+"'"); err != nil {
		return nil, nil, fmt.Errorf("set time of the plan: %w", err)
	}
	o.db = db
	if err := o.secrets(ctx); err != nil {
		return nil, nil, err
	}
	all, err := o.run(ctx)
	all.Extend(o.consentGone())
	if err != nil || all.HasErrors() {
		return nil, all, err
	}
	if err := o.count(ctx); err != nil {
		return nil, nil, err
	}
	if err := found.keep(ctx, o); err != nil {
		return nil, nil, err
	}
	if r.Explain {
		if o.explained, err = o.explain(ctx); err != nil {
			return nil, nil, err
		}
	}
	if staging != "" {
		if err := o.store(ctx, staging); err != nil {
			return nil, nil, err
		}
	}
	o.doc.Guards = append(plan.Guards(o.guard, o.doc.Counts, o.kept...), plan.Consenting(o.doc.Consent)...)
	o.doc.Guards = append(o.doc.Guards, plan.Requirements(a.Requires, r.AsOf, r.IgnoreRequires)...)
	o.doc.Operations, o.doc.Limits = plan.Costs(&a.Target.Schema, a.Target.Limits, o.doc.Counts)
	o.commit = o.doc.Class != "none" && o.doc.Class != "new" || o.doc.Class == "new" && o.doc.Counts.SourceRows > 0 || o.doc.Counts.Local() > 0
	if gone != nil {
		o.commit = o.commitsRemoval()
	}
	return o, all, nil
}

// secrets hands the engine the keys of keyed functions, as parameters.
func (o *one) secrets(ctx context.Context) error {
	keys := slices.Clone(o.a.SecretKeys)
	for _, b := range o.beside() {
		keys = append(keys, b.SecretKeys...)
	}
	for _, k := range keys {
		value, ok := o.r.Keys[k.Env]
		if !ok {
			return fmt.Errorf("internal error: no value for key %s", k.Env)
		}
		inner, outer := lower.KeyBlocks(value)
		if err := o.db.Exec(ctx, lower.SetKey(k.Env), inner, outer); err != nil {
			return fmt.Errorf("set key %s: %w", k.Env, err)
		}
	}
	return nil
}

func (o *one) progress(step string, rows int64) {
	if o.r.Progress != nil {
		o.r.Progress(Event{o.a.Name, step, rows})
	}
}

// sameDestination refuses to send what was sent elsewhere.
func (o *one) sameDestination() diag.Diagnostics {
	h, t := o.head, &o.a.Target
	if h == nil || (h.Plugin == t.Plugin && h.Object == t.Object && (h.Account == t.Account || h.Account == "" || t.Account == "")) {
		return nil
	}
	return diag.Diagnostics{diag.New(diag.DestinationMoved, o.a.Range,
		"State says that %s keeps records in %s object %q, account %q; now it points to %s object %q, account %q. Give the activation a new name, or set the destination back.",
		o.a.Address(), h.Plugin, h.Object, h.Account, t.Plugin, t.Object, t.Account)}
}

func (o *one) store(ctx context.Context, staging string) error {
	c := &o.doc.Counts
	o.doc.ChangeSet = nil
	rows := c.Deliverable() + c.Local()
	if rows == 0 {
		return nil
	}
	o.progress("store", rows)
	path := filepath.Join(staging, state.ChangeSetFile(o.a.Name))
	if err := changeset.Write(ctx, o.db, o.verdicts.Changes(o.recreated > 0, nil), o.spec.Order(), path); err != nil {
		return err
	}
	digest, err := o.r.State.Digest(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	o.doc.ChangeSet = &plan.ChangeSet{Digest: digest, Rows: rows, Bytes: info.Size()}
	return nil
}
