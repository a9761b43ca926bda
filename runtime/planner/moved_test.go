//go:build duckdb_arrow

package planner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/state"
)

// rename gives the activation another name, with a `moved` block.
func (w *world) rename(name string) {
	was := append([]ir.FormerName{{Name: w.act.Name}}, w.act.Former.Names...)
	w.act.Name, w.act.Former.Names = name, was
}

// refield maps a field, or a key field, under another name.
func refield(ms []ir.Mapping, renamed *[]ir.Renamed, from, to string) []ir.Mapping {
	out := slices.Clone(ms)
	for i, m := range out {
		if m.Field == from {
			out[i].Field = to
		}
	}
	slices.SortFunc(out, func(a, b ir.Mapping) int { return strings.Compare(a.Field, b.Field) })
	*renamed = append(*renamed, ir.Renamed{Name: to, Was: []string{from}})
	return out
}

func (w *world) folder(name string) string { return filepath.Join(w.store.Dir(), "activations", name) }

func (w *world) names() string {
	w.t.Helper()
	heads, ds, err := w.store.ListActivations()
	if err != nil || ds.HasErrors() {
		w.t.Fatal(ds, err)
	}
	var out []string
	for _, h := range heads {
		out = append(out, fmt.Sprintf("%s@%d", h.Activation, h.Serial))
	}
	return strings.Join(out, " ")
}

func TestMoveSendsNothing(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.apply()
	w.rename("people")
	w.act.Key = refield(w.act.Key, &w.act.Former.Key, "email", "mail")
	w.act.Fields = refield(w.act.Fields, &w.act.Former.Fields, "first_name", "zz_name") // behind the other one now
	res := w.plan()
	a := &res.Document.Activations[0]
	want(t, line(a), "unchanged=2")
	want(t, a.Class, "moved")
	want(t, fmt.Sprint(*a.Moved), "{activation.contacts [{email mail}] [{first_name zz_name}]}")
	want(t, w.names(), "contacts@1")
	w.deliver(res)
	want(t, w.names(), "people@2")
	res = w.plan()
	want(t, line(&res.Document.Activations[0]), "unchanged=2")
	want(t, res.Document.Activations[0].Class, "none")
	if res.Document.Activations[0].Moved != nil || len(res.Document.Graph) > 0 {
		t.Error("a move is made twice", res.Document.Activations[0].Moved)
	}

	// What is in state is compared by value, also when all is written anew.
	for i := range 10 {
		w.customers(fmt.Sprintf("(1, 'ann@x', 'Ann', %d)", i+100), bob)
		want(t, w.apply(), "update=1 unchanged=1 ltv:+1-0")
	}
	w.customers("(1, 'ann@x', 'Anna', 109)", bob)
	want(t, w.apply(), "update=1 unchanged=1 zz_name:+1-0")
	w.customers("(1, 'anna@x', 'Anna', 109)", bob)
	want(t, w.apply(), "rekey=1 unchanged=1")
}

// A field that had the new name long ago gives way to the one that is moved,
// and one that was sent under its new name already is not moved.
func TestMoveOfFields(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.apply()
	both := w.act.Fields
	w.act.Fields = both[1:] // first_name is retired
	w.apply()
	w.act.Fields = refield(both[1:], &w.act.Former.Fields, "ltv", "first_name")
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "unchanged=2")
	want(t, fmt.Sprint(*res.Document.Activations[0].Moved), "{ [] [{ltv first_name}]}")
	w.deliver(res)
	want(t, w.apply(), "unchanged=2")

	w = newWorld(t)
	w.customers(ann, bob)
	w.apply()
	w.act.Fields = refield(w.act.Fields, new([]ir.Renamed), "first_name", "name") // without a block
	want(t, w.apply(), "update=2 name:+2-0")
	w.act.Former.Fields = []ir.Renamed{{Name: "name", Was: []string{"first_name"}}}
	res = w.plan()
	want(t, line(&res.Document.Activations[0]), "unchanged=2")
	if res.Document.Activations[0].Moved != nil {
		t.Error("what was sent under the new name is moved")
	}
}

// TestMoveIsCrashExact puts the state into each half-way place that a killed
// commit can leave it in.
func TestMoveIsCrashExact(t *testing.T) {
	start := func(t *testing.T) (*world, *Result, string) {
		w := newWorld(t)
		w.customers(ann, bob)
		w.apply()
		saved := filepath.Join(w.dir, "saved")
		if err := os.CopyFS(saved, os.DirFS(w.folder("contacts"))); err != nil {
			t.Fatal(err)
		}
		w.rename("people")
		return w, w.plan(), saved
	}
	put := func(t *testing.T, w *world, saved, name string, files ...string) {
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(saved, f))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(w.folder(name), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(w.folder(name), f), data)
		}
	}
	t.Run("before the new head", func(t *testing.T) {
		w, res, saved := start(t)
		put(t, w, saved, "people", "values-1.parquet")
		want(t, line(&w.plan().Document.Activations[0]), "unchanged=2")
		w.deliver(res)
		want(t, w.names(), "people@2")
		want(t, w.apply(), "unchanged=2")
	})
	t.Run("between the heads", func(t *testing.T) {
		w, res, saved := start(t)
		w.deliver(res)
		put(t, w, saved, "contacts", "head.json", "values-1.parquet", "index-1.parquet")
		want(t, w.names(), "people@2")
		want(t, line(&w.plan().Document.Activations[0]), "unchanged=2") // not both ends
		if len(w.plan().Document.Graph) > 0 {
			t.Error("there is something to do")
		}
		w.deliver(res) // the run goes on
		files, err := os.ReadDir(w.folder("contacts"))
		if err != nil || len(files) != 1 {
			t.Error("the old rows are still there", files, err)
		}
		put(t, w, saved, "contacts", "head.json", "values-1.parquet", "index-1.parquet")
		if err := w.store.Tidy(); err != nil { // the run was settled
			t.Fatal(err)
		}
		want(t, w.names(), "people@2")
		if files, err = os.ReadDir(w.folder("contacts")); err != nil || len(files) != 1 {
			t.Error("the old rows are still there", files, err)
		}
	})
	t.Run("an answer missing", func(t *testing.T) {
		w, _, saved := start(t)
		w.customers("(1, 'ann@x', 'Anna', 10)", "(2, 'bob@x', 'Bobby', 20)")
		res := w.plan()
		a := res.Document.Activations[0]
		req := state.CommitRequest{Plan: res.Digest + state.Partial, Activation: &a, AsOf: res.Document.AsOf, Now: w.now,
			ChangeSet: w.store.ChangeSetPath(res.Digest, a.Name), Outcomes: func(yield func(state.Outcome, error) bool) { yield(state.Outcome{Row: 0, Code: 2}, nil) }}
		if _, ds, err := w.store.Commit(context.Background(), req); err != nil || ds.HasErrors() {
			t.Fatal(ds, err)
		}
		put(t, w, saved, "contacts", "head.json", "values-1.parquet", "index-1.parquet") // killed before the old head went
		want(t, line(&w.plan().Document.Activations[0]), "update=1 unchanged=1 first_name:+1-0")
		req.Plan, a.State.Serial = res.Digest, a.State.Serial+1
		req.Outcomes = func(yield func(state.Outcome, error) bool) {
			_ = yield(state.Outcome{Row: 0, Code: 2}, nil) && yield(state.Outcome{Row: 1, Code: 2}, nil)
		}
		if _, ds, err := w.store.Commit(context.Background(), req); err != nil || ds.HasErrors() {
			t.Fatal(ds, err)
		}
		want(t, w.names(), "people@3")
		want(t, w.apply(), "unchanged=2")
	})
}

func TestMoveWithStateAtBothEnds(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	w.apply()
	w.act.Name = "people" // without a block
	w.apply()
	w.act.Former.Names = []ir.FormerName{{Name: "contacts"}}
	wantCodes(t, w.codes(), diag.StateAtBothEnds)
	// What the message says to do.
	w.act.Former.Names = nil
	w.req = func(r *Request) { r.Removals = []ir.Removal{{Name: "contacts"}}; r.Configured = []string{"people"} }
	res := w.plan()
	want(t, fmt.Sprintf("%d %s", len(res.Document.Activations), res.Document.Activations[0].Removed), "2 keep")
}

// A plan of the old name, and one made before the move, do not fit any more.
func TestMoveMakesPlansStale(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	w.apply()
	w.customers("(1, 'ann@x', 'Anna', 10)")
	old := w.plan()
	w.rename("people")
	w.apply()
	a := &old.Document.Activations[0]
	_, ds, err := w.store.Commit(context.Background(), state.CommitRequest{Plan: old.Digest, Activation: a, AsOf: old.Document.AsOf, Now: w.now, ChangeSet: w.store.ChangeSetPath(old.Digest, a.Name)})
	if err != nil || len(ds) != 1 || ds[0].Code != diag.StateStale {
		t.Error("want a stale state", ds, err)
	}
	// And back again.
	w.act.Name, w.act.Former.Names = "contacts", []ir.FormerName{{Name: "people"}}
	want(t, w.apply(), "unchanged=1")
	want(t, w.names(), "contacts@3")
}

// Whoever takes part in a rollout goes on doing so under the new name.
func TestMoveKeepsTheDraw(t *testing.T) {
	w := newWorld(t)
	var rows []string
	for i := range 100 {
		rows = append(rows, fmt.Sprintf("(%d, 'a%d@x', 'A', 1)", i, i))
	}
	w.customers(rows...)
	w.act.Rollout = ir.Share{Set: true, Percent: 40}
	first := w.apply()
	w.rename("people")
	res := w.plan()
	a := &res.Document.Activations[0]
	want(t, line(a), strings.Replace(first, "send", "unchanged", 1))
	want(t, a.Draw, "contacts")
	w.deliver(res)
	w.act.Former.Names = nil // the block is taken out
	want(t, w.apply(), strings.Replace(first, "send", "unchanged", 1))
	w.rename("persons")
	want(t, w.apply(), strings.Replace(first, "send", "unchanged", 1))
}

// deletes makes the destination able to delete, and the request one that
// removes an activation with its records.
func (w *world) deletes(name string, also ...ir.Activation) {
	target := w.act.Target
	target.Schema.Removal = []string{"delete"}
	target.Schema.Operations = append(slices.Clone(target.Schema.Operations), schema.Operation{Name: "delete", MaxRecords: 100})
	w.req = func(r *Request) {
		r.Activations, r.Configured = also, []string{}
		for _, a := range also {
			r.Configured = append(r.Configured, a.Name)
		}
		r.Removals = []ir.Removal{{Name: name, Delete: true}}
		r.Target = func(plugin, destination, object string) (ir.Target, bool) {
			return target, plugin == target.Plugin && destination == target.Destination && object == target.Object
		}
	}
}

func TestRemovedWithItsRecords(t *testing.T) {
	w := newWorld(t)
	w.exists["2"] = true // adopted: never deleted
	w.customers(ann, bob, cyd)
	w.apply()
	w.deletes("contacts")
	res := w.plan()
	a := &res.Document.Activations[0]
	want(t, line(a), "delete=2 release=1")
	want(t, a.Class+" "+a.Removed+" "+a.OnRemoved, "removed delete delete")
	if res.Document.Tripped() {
		t.Error("a share of the rows cannot be meant", a.Guards)
	}
	// One is refused: its state stays, and is told of.
	w.answer = func(_, id string) *state.Outcome {
		if id == "3" {
			return &state.Outcome{Code: 6, Rejection: &state.Rejection{Class: "forbidden"}}
		}
		return nil
	}
	w.deliver(res)
	want(t, w.names(), "contacts@2")
	res = w.plan()
	want(t, line(&res.Document.Activations[0]), "still_rejected=1")
	if len(res.Document.Graph) > 0 {
		t.Error("there is something to do", res.Document.Graph)
	}
	// Retried, it goes, and the state with it.
	h, _, err := w.store.Head("contacts")
	if err != nil {
		t.Fatal(err)
	}
	if _, ds, err := w.store.ForgetRefusals(context.Background(), h, nil); err != nil || ds.HasErrors() {
		t.Fatal(ds, err)
	}
	w.answer = nil
	want(t, w.apply(), "delete=1")
	want(t, w.names(), "")
	if n := len(w.plan().Document.Activations); n != 0 {
		t.Error("removed twice", n)
	}
	if err := w.store.Tidy(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(w.folder("contacts")); err != nil || len(files) != 1 {
		t.Error("rows are still there", files, err)
	}
	// Configured again, it starts anew.
	w.req = nil
	res = w.plan()
	want(t, line(&res.Document.Activations[0]), "send=3")
	want(t, res.Document.Activations[0].Class, "new")
	w.deliver(res)
	want(t, w.apply(), "unchanged=3")
}

// Records that another activation claims are not deleted.
func TestRemovedLeavesWhatIsClaimed(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.apply()
	other := contacts()
	other.Name, other.Where = "others", &ir.Expr{SQL: `r."customer_id" = 1`}
	other.Fields = []ir.Mapping{mapping("ltv", types.DecimalOf(10, 2))}
	w.deletes("contacts", other)
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "delete=1 release=1")
	want(t, res.Document.Activations[0].Name, "contacts")
}

// Instances go with the activation, and an absolute limit holds.
func TestRemovedInstances(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.act.Guard.MaxRemoves = ir.Limit{Set: true, Value: 1}
	for _, key := range []string{"eu", "us"} {
		w.act.Name = `contacts["` + key + `"]`
		w.apply()
	}
	w.deletes("contacts")
	res := w.plan()
	want(t, fmt.Sprint(len(res.Document.Activations)), "2")
	g := res.Document.Activations[0].Guards
	if i := slices.IndexFunc(g, func(g plan.Guard) bool { return g.Tripped }); i < 0 || g[i].Name != "max_removes" {
		t.Error("the limit does not hold", g)
	}
}
