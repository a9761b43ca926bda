//go:build duckdb_arrow

package planner

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
	"github.com/leat-dev/leat/runtime/warehouse"
)

// world is a warehouse, a state folder and a destination that answers as a
// test says.
type world struct {
	t     *testing.T
	dir   string
	file  string
	store *state.Store
	now   time.Time
	act   ir.Activation
	req   func(*Request)
	// answer gives the outcome of a row: nil is success. id is the id's text.
	answer func(op, id string) *state.Outcome
	exists map[string]bool // ids whose record existed before leat
	serial int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), act: contacts(), exists: map[string]bool{}}
	w.file = filepath.Join(w.dir, "shop.duckdb")
	w.open()
	if err := w.store.Create(bytes.NewReader(bytes.Repeat([]byte{7}, 48))); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) open() {
	w.t.Helper()
	s, ds, err := state.Open(filepath.Join(w.dir, ".leat"), "dev")
	if err != nil || ds.HasErrors() {
		w.t.Fatal(ds, err)
	}
	w.store = s
}

func contacts() ir.Activation {
	return ir.Activation{
		Name: "contacts", Mode: ir.Upsert, Removed: ir.Keep, Deliver: ir.Delivery{OnUnknown: ir.UnknownSkip},
		Source: ir.Source{UniqueID: "model.shop.customers", Name: `ref("customers")`, Relation: `"shop"."main"."customers"`, Dialect: "duckdb",
			Columns: []string{"customer_id", "email", "first_name", "ltv"}},
		Target: ir.Target{Plugin: "hubspot", Destination: "crm", Object: "contacts", Account: "portal-1", Schema: schema.Object{Name: "contacts", Rekey: true,
			Operations: []schema.Operation{{Name: "archive", MaxRecords: 100}, {Name: "update", MaxRecords: 100}, {Name: "upsert", MaxRecords: 100}}}},
		ID:     []ir.Column{{Name: "customer_id", Type: types.IntType, Expr: ir.Expr{SQL: `r."customer_id"`}}},
		Key:    []ir.Mapping{mapping("email", types.StringType)},
		Fields: []ir.Mapping{mapping("first_name", types.StringType), mapping("ltv", types.DecimalOf(10, 2))},
	}
}

func mapping(name string, t types.Type) ir.Mapping {
	return ir.Mapping{Field: name, Type: t, Expr: ir.Expr{SQL: `r."` + name + `"`}, Nullable: true, Write: ir.WriteAlways, Nulls: ir.NullsSkip, Columns: []string{name}}
}

// build replaces the table of customers: columns and rows in SQL.
func (w *world) build(columns string, rows ...string) {
	w.t.Helper()
	w.table("customers", columns, rows...)
}

func (w *world) table(name, columns string, rows ...string) {
	w.t.Helper()
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{TempDir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	qs := []string{"ATTACH " + duck.Literal(w.file) + " AS shop", "CREATE OR REPLACE TABLE shop.main." + name + " (" + columns + ")"}
	if len(rows) > 0 {
		qs = append(qs, "INSERT INTO shop.main."+name+" VALUES "+strings.Join(rows, ", "))
	}
	for _, q := range append(qs, "DETACH shop") {
		if err := db.Exec(ctx, q); err != nil {
			w.t.Fatal(duck.Raw(err), err)
		}
	}
}

const columns = "customer_id INTEGER, email VARCHAR, first_name VARCHAR, ltv DECIMAL(10,2)"

func (w *world) customers(rows ...string) { w.t.Helper(); w.build(columns, rows...) }

func (w *world) request() Request {
	r := Request{Activations: []ir.Activation{w.act}, Source: warehouse.DuckDB{Path: w.file, Catalog: "shop"}, State: w.store, Leat: "test",
		Environment: "dev", AsOf: w.now, Store: true, Samples: 5, TempDir: w.dir}
	if w.req != nil {
		w.req(&r)
	}
	return r
}

func (w *world) plan() *Result {
	w.t.Helper()
	res, ds, err := Plan(context.Background(), w.request())
	if err != nil {
		w.t.Fatal(err, duck.Raw(err))
	}
	if ds.HasErrors() {
		w.t.Fatal(ds)
	}
	return res
}

// apply makes a plan, lets the destination answer, and commits. It returns
// what was planned: see line.
func (w *world) apply() string {
	w.t.Helper()
	res := w.plan()
	w.deliver(res)
	return line(&res.Document.Activations[0])
}

func (w *world) deliver(res *Result) {
	w.t.Helper()
	a := &res.Document.Activations[0]
	req := state.CommitRequest{Plan: res.Digest, Activation: a, AsOf: res.Document.AsOf, Now: w.now}
	var outs []state.Outcome
	if a.ChangeSet != nil {
		req.ChangeSet = w.store.ChangeSetPath(res.Digest, a.Name)
		outs = w.answers(req.ChangeSet, a)
		req.Outcomes = func(yield func(state.Outcome, error) bool) {
			for _, o := range outs {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
	if len(res.Document.Graph) == 0 {
		return
	}
	_, ds, err := w.store.Commit(context.Background(), req)
	if err != nil || ds.HasErrors() {
		w.t.Fatal(ds, err, duck.Raw(err))
	}
	again, ds, err := w.store.Commit(context.Background(), req)
	if err != nil || ds.HasErrors() || !again.Repeated {
		w.t.Fatal("second commit", again, ds, err)
	}
}

// scan reads the numbers of a text.
func (w *world) scan(text string, into ...any) {
	w.t.Helper()
	if _, err := fmt.Sscan(text, into...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) answers(path string, a *plan.Activation) []state.Outcome {
	var out []state.Outcome
	id := "concat_ws('/'"
	for i := range a.ID {
		id += fmt.Sprintf(", i%d", i)
	}
	for _, r := range w.read(path, `"row", phase, op, `+id+"), dest") {
		var o state.Outcome
		var phase, op int
		w.scan(strings.Join(r[:3], " "), &o.Row, &phase, &op)
		if phase == 3 {
			continue
		}
		if w.answer != nil {
			if x := w.answer(diff.OpName(op), r[3]); x != nil {
				if x.Code == 0 {
					continue
				}
				x.Row = o.Row
				out = append(out, *x)
				continue
			}
		}
		w.serial++
		switch op {
		case diff.OpSend, diff.OpCreate, diff.OpAppend:
			o.Code, o.DestID = 1, fmt.Sprintf("d%d", w.serial)
			if w.exists[r[3]] {
				o.Code = 2
			}
		case diff.OpUpdate, diff.OpRekey, diff.OpClear:
			o.Code = 2
		default:
			o.Code = 9
		}
		out = append(out, o)
	}
	return out
}

// read returns columns of a Parquet file as text; null is "-".
func (w *world) read(path, columns string) [][]string {
	w.t.Helper()
	db, err := duck.Open(context.Background(), duck.Options{TempDir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryRows(context.Background(), "SELECT "+columns+" FROM read_parquet("+duck.Literal(path)+") ORDER BY 1")
	if err != nil {
		w.t.Fatal(duck.Raw(err))
	}
	out := make([][]string, len(rows))
	for i, r := range rows {
		for _, v := range r {
			text, ok := v.Reveal()
			if !ok {
				text = "-"
			}
			out[i] = append(out[i], text)
		}
	}
	return out
}

// line sums an activation's part of a plan up: "send=2 unchanged=1
// invalid=1(duplicate_id)".
func line(a *plan.Activation) string {
	c := a.Counts
	var parts []string
	for _, x := range []struct {
		name string
		n    int64
	}{{"send", c.Send}, {"create", c.Create}, {"update", c.Update}, {"rekey", c.Rekey}, {"delete", c.Delete}, {"archive", c.Archive}, {"clear", c.Clear},
		{"append", c.Append}, {"release", c.Release}, {"resolve", c.Resolve}, {"forget", c.Forget}, {"block", c.Block}, {"withdrawn", c.Withdrawn}, {"unchanged", c.Unchanged},
		{"still_rejected", c.StillRejected}, {"unknown", c.Unknown}} {
		if x.n != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", x.name, x.n))
		}
	}
	for _, i := range a.Invalid {
		text := fmt.Sprintf("invalid=%d(%s", i.Rows, i.Reason)
		if i.Field != "" {
			text += " " + i.Field
		}
		parts = append(parts, text+")")
	}
	for _, b := range a.Blocked {
		parts = append(parts, fmt.Sprintf("blocked=%d(%s)", b.Rows, b.Reason))
	}
	if c.Held > 0 {
		parts = append(parts, fmt.Sprintf("held=%d", c.Held))
	}
	for _, f := range a.FieldCounts {
		parts = append(parts, fmt.Sprintf("%s:+%d-%d", f.Name, f.Set, f.Cleared))
	}
	if a.RemovalsHeld != "" {
		parts = append(parts, "suspended="+a.RemovalsHeld)
	}
	return strings.Join(parts, " ")
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
