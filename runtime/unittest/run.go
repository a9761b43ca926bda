//go:build duckdb_arrow

package unittest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/planner"
	"github.com/leat-dev/leat/runtime/state"
)

// Result is what became of one test. A test has passed when it has neither
// failures nor problems.
type Result struct {
	Test     *ir.Test
	Failures []Failure        // in the order of the expectations
	Problems diag.Diagnostics // why it could not be run
}

// Passed reports whether everything was as expected.
func (r *Result) Passed() bool { return len(r.Failures) == 0 && !r.Problems.HasErrors() }

// environment is the name of the environment that tests run in.
const environment = "test"

// Run runs one test. temp is where temporary files go; "" is the system's
// folder. An error is one of I/O, or a bug.
func Run(ctx context.Context, t *ir.Test, temp string) (*Result, error) {
	dir, err := os.MkdirTemp(temp, "leat-test-")
	if err != nil {
		return nil, fmt.Errorf("make folder for a test: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system clears what is left
	r := &runner{test: t, dir: dir, res: &Result{Test: t}}
	if err := r.run(ctx); err != nil {
		return nil, fmt.Errorf("test %q: %w", t.Name, err)
	}
	return r.res, nil
}

type runner struct {
	test  *ir.Test
	dir   string
	store *state.Store
	res   *Result
}

func (r *runner) run(ctx context.Context) error {
	store, ds, err := state.Open(filepath.Join(r.dir, ".leat"), environment)
	if err != nil || ds.HasErrors() {
		r.res.Problems.Extend(ds)
		return err
	}
	r.store = store
	if len(r.test.Synced.Rows) > 0 {
		if err := r.sync(ctx); err != nil || r.res.Problems.HasErrors() {
			return err
		}
	}
	acts, tables := given(r.test)
	res, err := r.plan(ctx, acts, tables, false)
	if err != nil || res == nil {
		return err
	}
	rows := slices.DeleteFunc(res.Rows, func(row planner.Row) bool {
		return res.Document.Activations[row.Activation].Name != r.test.Activation.Name
	})
	r.res.Failures, err = compare(ctx, r.test, rows, r.dir)
	return err
}

// plan runs the planner over tables in memory. The result is nil when there
// were problems.
func (r *runner) plan(ctx context.Context, acts []ir.Activation, tables []table, store bool) (*planner.Result, error) {
	keys := map[string]string{}
	for _, act := range acts {
		for _, k := range act.SecretKeys {
			keys[k.Env] = k.Env // no secret is needed to test, and every machine has this one
		}
	}
	res, ds, err := planner.Plan(ctx, planner.Request{
		Activations: acts, AssumeRecords: true, Source: memory{tables}, State: r.store, Leat: environment, Environment: environment,
		AsOf: r.test.AsOf, Store: store, Explain: !store, TempDir: r.dir, Threads: 1, Keys: keys,
	})
	if err != nil {
		return nil, err
	}
	if ds.HasErrors() {
		r.res.Problems.Extend(ds)
		return nil, nil
	}
	return res, nil
}

// sync makes state of the synced rows: they are planned and committed as
// records that leat created.
func (r *runner) sync(ctx context.Context) error {
	// State is thrown away after the test: its key need not be secret.
	if err := r.store.Create(bytes.NewReader(make([]byte, 48))); err != nil {
		return fmt.Errorf("make state: %w", err)
	}
	act, tables := synced(r.test)
	res, err := r.plan(ctx, []ir.Activation{act}, tables, true)
	if err != nil || res == nil {
		return err
	}
	doc := &res.Document.Activations[0]
	for _, i := range doc.Invalid {
		r.res.Problems.Append(diag.New(diag.TestSynced, r.test.Synced.Range, "%d of these rows cannot be in state together: %s. Two records never share an id or a key.", i.Rows, i.Reason).
			WithSummary("Synced rows of test %q cannot be in state", r.test.Name))
	}
	if len(doc.Invalid) > 0 {
		return nil
	}
	req := state.CommitRequest{Plan: res.Digest, Activation: doc, AsOf: res.Document.AsOf, Now: r.test.AsOf, Threads: 1,
		ChangeSet: r.store.ChangeSetPath(res.Digest, doc.Name)}
	code := byte(1) // created
	if act.Mode == ir.UpdateOnly {
		code = 2 // updated
	}
	req.Outcomes = func(yield func(state.Outcome, error) bool) {
		for i := range doc.Counts.Deliverable() {
			if !yield(state.Outcome{Row: i, Code: code, DestID: strconv.FormatInt(i+1, 10)}, nil) {
				return
			}
		}
	}
	_, ds, err := r.store.Commit(ctx, req)
	r.res.Problems.Extend(ds)
	return err
}

// given is the activation, and those whose records it looks up, over the given
// rows.
func given(t *ir.Test) ([]ir.Activation, []table) {
	acts := []ir.Activation{*t.Activation}
	for _, a := range t.Records {
		acts = append(acts, *a)
	}
	var tables []table
	for i, g := range t.Given {
		name := "given" + strconv.Itoa(i)
		for k := range acts {
			if g.UniqueID == acts[k].Source.UniqueID {
				acts[k].Source.Relation = name
			}
			if c := acts[k].Consent; c != nil && g.UniqueID == c.Source.UniqueID {
				of := *c
				of.Source.Relation, acts[k].Consent = name, &of
			}
		}
		tables = append(tables, givenTable(name, g))
	}
	return acts, tables
}

// synced is the activation over rows of what state holds: each part of the id,
// key field and field is a column.
func synced(t *ir.Test) (ir.Activation, []table) {
	act := *t.Activation
	tab := table{name: "synced"}
	act.Source.Relation, act.Source.Columns, act.Where = tab.name, nil, nil
	act.Membership = ir.Membership{} // state may hold records of rows that are held now
	act.ID, act.Key, act.Fields = slices.Clone(act.ID), slices.Clone(act.Key), slices.Clone(act.Fields)
	for i := range act.ID {
		act.ID[i].Expr = ir.Expr{SQL: tab.state(act.ID[i].Name, act.ID[i].Type)}
	}
	for _, ms := range [][]ir.Mapping{act.Key, act.Fields} {
		for i := range ms {
			ms[i].Expr, ms[i].Checks = ir.Expr{SQL: tab.state(ms[i].Field, ms[i].Type)}, nil
			ms[i].Write, ms[i].Nulls, ms[i].Lookup = ir.WriteAlways, ir.NullsSkip, nil
		}
	}
	tab.fill(t.Synced.Rows)
	return act, []table{tab}
}
