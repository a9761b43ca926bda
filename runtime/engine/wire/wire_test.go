//go:build unix && duckdb_arrow

package wire

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/plugins/fake"
	"github.com/leat-dev/leat/plugins/file"
	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
	"github.com/leat-dev/leat/runtime/planner"
	"github.com/leat-dev/leat/runtime/pluginhost"
	"github.com/leat-dev/leat/runtime/state"
	"github.com/leat-dev/leat/runtime/warehouse"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == pluginhost.InternalCommand {
		if os.Args[2] == "file" {
			sdk.Serve(file.New())
		} else {
			sdk.Serve(fake.New(nil))
		}
		return
	}
	os.Exit(m.Run())
}

// house is everything real: a warehouse file, the local state, the planner,
// a plugin process and the records it keeps.
type house struct {
	t       *testing.T
	dir     string
	store   *state.Store
	act     ir.Activation
	more    []ir.Activation // beside act
	records string
	plugin  string
	config  map[string]plan.ConfigValue
	starts  int
	// onEvent may interrupt a run.
	onEvent func(event.Event)
}

var asOf = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newHouse(t *testing.T) *house {
	h := &house{t: t, dir: t.TempDir(), plugin: "fake", config: map[string]plan.ConfigValue{"path": {Env: "RECORDS"}}}
	h.records = filepath.Join(h.dir, "records.json")
	s, ds, err := state.Open(filepath.Join(h.dir, ".leat"), "dev")
	h.ok(err, ds.HasErrors())
	h.ok(s.Create(bytes.NewReader(bytes.Repeat([]byte{7}, 48))), false)
	h.store = s

	c := h.launch()
	defer c.Close(context.Background())
	d, digest, err := c.Describe(context.Background())
	h.ok(err, false)
	object, _ := d.Object(fake.Object)
	object.Operations[0].MaxRecords = 2
	for i := range object.Operations {
		object.Operations[i].MaxRecords = 2
	}
	field := func(name string, t types.Type) ir.Mapping {
		return ir.Mapping{Field: name, Type: t, Expr: ir.Expr{SQL: `r."` + name + `"`}, Nullable: true, Write: ir.WriteAlways, Nulls: ir.NullsClear, Columns: []string{name}}
	}
	h.act = ir.Activation{
		Name: "contacts", Mode: ir.Upsert, Removed: ir.Delete, Deliver: ir.Delivery{OnUnknown: ir.UnknownSkip, Concurrency: 2},
		Source: ir.Source{UniqueID: "model.shop.customers", Name: `ref("customers")`, Relation: `"shop"."main"."customers"`, Dialect: "duckdb",
			Columns: []string{"customer_id", "email", "name", "amount", "visits", "born"}},
		Target: ir.Target{Plugin: "fake", Destination: "crm", Object: fake.Object, Describe: digest, Schema: *object, Limits: d.Limits},
		ID:     []ir.Column{{Name: "customer_id", Type: types.IntType, Expr: ir.Expr{SQL: `r."customer_id"`}}},
		Key:    []ir.Mapping{field("email", types.StringType)},
		Fields: []ir.Mapping{field("amount", types.DecimalOf(12, 2)), field("born", types.DateType), field("name", types.StringType), field("visits", types.IntType)},
	}
	return h
}

func (h *house) ok(err error, bad bool) {
	h.t.Helper()
	if err != nil || bad {
		h.t.Fatal(err, bad)
	}
}

func (h *house) launch() *pluginhost.Client {
	h.t.Helper()
	c, err := pluginhost.New(pluginhost.Options{}).Launch(context.Background(), pluginhost.Spec{Type: h.plugin})
	h.ok(err, false)
	return c
}

// customers replaces the source table.
func (h *house) customers(rows ...string) {
	h.t.Helper()
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{TempDir: h.dir})
	h.ok(err, false)
	defer db.Close()
	for _, q := range []string{
		"ATTACH " + duck.Literal(filepath.Join(h.dir, "shop.duckdb")) + " AS shop",
		"CREATE OR REPLACE TABLE shop.main.customers (customer_id INTEGER, email VARCHAR, name VARCHAR, amount DECIMAL(12,2), visits INTEGER, born DATE)",
		"INSERT INTO shop.main.customers VALUES " + strings.Join(rows, ", "), "DETACH shop",
	} {
		h.ok(db.Exec(ctx, q), false)
	}
}

func (h *house) plan() *planner.Result {
	h.t.Helper()
	res, ds, err := planner.Plan(context.Background(), planner.Request{Activations: append([]ir.Activation{h.act}, h.more...), State: h.store, Leat: "test", Environment: "dev",
		Source: warehouse.DuckDB{Path: filepath.Join(h.dir, "shop.duckdb"), Catalog: "shop"}, AsOf: asOf, Store: true, TempDir: h.dir,
		Destinations: map[string]planner.Destination{h.plugin + ".crm": {Config: h.config}}})
	if err != nil || ds.HasErrors() {
		h.t.Fatal(err, ds)
	}
	return res
}

func (h *house) apply(res *planner.Result) engine.Result {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, err := duck.Open(ctx, duck.Options{TempDir: h.dir})
	h.ok(err, false)
	defer db.Close()
	local := &Local{Store: h.store, Plan: res.Document, Digest: res.Digest, Run: "run", Now: func() time.Time { return asOf }}
	out, err := engine.Apply(ctx, engine.Request{Plan: res.Document, Digest: res.Digest, Run: "run", Version: "test", Folder: local, FS: journal.OS(), State: local,
		Changes: func(i int) (engine.ChangeSet, error) {
			return ChangeSet(db, h.store, res.Document, i, h.store.ChangeSetPath(res.Digest, res.Document.Activations[i].Name)), nil
		},
		Start: func(context.Context, *plan.Activation) (engine.Plugin, error) {
			h.starts++
			return Plugin(h.launch(), time.Second), nil
		},
		Env: func(string) (string, bool) { return h.records, true }, Clock: engine.SystemClock(), Random: func() float64 { return 0 },
		Events: func(e event.Event) {
			if e.Kind == event.BatchAnswered && h.onEvent != nil {
				cancel()
			}
		}})
	h.ok(err, false)
	return out
}

func (h *house) holds(want ...string) {
	h.t.Helper()
	s, err := fake.OpenStore(h.records)
	h.ok(err, false)
	var got []string
	for _, r := range s.Records() {
		got = append(got, r.Key)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Error(diff)
	}
}

func TestEverythingReal(t *testing.T) {
	h := newHouse(t)
	ann, bob, cyd := `(1, 'ann@x', 'Ann', 12.50, 3, DATE '1990-02-03')`, `(2, 'bob@x', 'Bob', NULL, NULL, NULL)`, `(3, 'cyd@x', 'refuse me', 1, 1, NULL)`
	h.customers(ann, bob, cyd, `(4, 'dan@x', 'Dan', 0.01, 9, NULL)`, `(5, 'eve@x', 'Eve', 5, 5, NULL)`)
	out := h.apply(h.plan())
	if o := out.Activations[0].Outcomes; out.Status != engine.StatusRejected || o.Created != 4 || o.Rejected != 1 {
		t.Fatalf("%+v", out)
	}
	h.holds("ann@x", "bob@x", "dan@x", "eve@x")

	// Nothing changed: nothing is sent, no plugin starts.
	starts := h.starts
	res := h.plan()
	if out := h.apply(res); out.Status != engine.StatusDone || h.starts != starts {
		t.Fatalf("%+v, %d starts", out, h.starts-starts)
	}
	// An update, a rekey, a removal.
	h.customers(ann, `(2, 'bert@x', 'Bob', NULL, NULL, NULL)`, cyd, `(4, 'dan@x', 'Dan', 0.02, 9, NULL)`)
	out = h.apply(h.plan())
	if o := out.Activations[0].Outcomes; out.Status != engine.StatusDone || o.Updated != 2 || o.Removed != 1 {
		t.Fatalf("%+v", out)
	}
	h.holds("ann@x", "bert@x", "dan@x")
	if c := h.plan().Document.Activations[0].Counts; c.Deliverable() != 0 || c.StillRejected != 1 {
		t.Errorf("%+v", c)
	}
}

// An interrupted run commits what was answered; the same plan resumes, and
// state ends as if nothing had happened.
func TestInterruptedAndResumed(t *testing.T) {
	h := newHouse(t)
	var rows []string
	var want []string
	for _, n := range strings.Split("a b c d e f g h i j k l", " ") {
		rows = append(rows, "("+string(rune('0'+len(rows)/10))+string(rune('0'+len(rows)%10))+", '"+n+"@x', '"+n+"', 1, 1, NULL)")
		want = append(want, n+"@x")
	}
	h.customers(rows...)
	res := h.plan()
	h.onEvent = func(event.Event) {}
	out := h.apply(res)
	if out.Status != engine.StatusInterrupted || out.Activations[0].Unsent == 0 || out.Activations[0].Serial != 1 {
		t.Fatalf("%+v", out)
	}
	h.onEvent = nil
	if out = h.apply(res); out.Status != engine.StatusDone || out.Activations[0].Outcomes.Created != 12 || out.Activations[0].Serial != 2 {
		t.Fatalf("%+v", out)
	}
	h.holds(want...)
	if c := h.plan().Document.Activations[0].Counts; c.Deliverable() != 0 || c.Unchanged != 12 {
		t.Errorf("%+v", c)
	}
	if out = h.apply(res); out.Status != engine.StatusStale {
		t.Errorf("%+v", out)
	}
}

// A file is written whole: what changed, what did not, and nothing that went.
func TestReplacedFile(t *testing.T) {
	h := newHouse(t)
	h.plugin, h.config = "file", map[string]plan.ConfigValue{"directory": {Env: "RECORDS"}}
	c := h.launch()
	d, digest, err := c.Describe(context.Background())
	h.ok(err, false)
	c.Close(context.Background())
	object, _ := d.Object("*")
	h.act.Target = ir.Target{Plugin: "file", Destination: "crm", Object: "people", Describe: digest, Schema: *object, Limits: d.Limits}
	content := func(want string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(h.records, "people.csv"))
		h.ok(err, false)
		if diff := cmp.Diff(want, strings.ReplaceAll(string(got), "\r\n", "\n")); diff != "" {
			t.Error(diff)
		}
	}
	h.customers(`(1, 'ann@x', 'Ann', 12.50, 3, DATE '1990-02-03')`, `(2, 'bob@x', 'Bob', NULL, NULL, NULL)`, `(3, 'cyd@x', 'Cyd', 1, 1, NULL)`)
	if out := h.apply(h.plan()); out.Status != engine.StatusDone || out.Activations[0].Outcomes.Lasting() != 3 {
		t.Fatalf("%+v", out)
	}
	content("email,amount,born,name,visits\nann@x,12.5,1990-02-03,Ann,3\nbob@x,,,Bob,\ncyd@x,1,,Cyd,1\n")
	h.customers(`(1, 'ann@x', 'Ann', 12.50, 3, DATE '1990-02-03')`, `(2, 'bob@x', 'Rob', NULL, NULL, NULL)`, `(4, 'dan@x', 'Dan', 2, 2, NULL)`)
	if out := h.apply(h.plan()); out.Status != engine.StatusDone || out.Activations[0].Outcomes.Removed != 1 {
		t.Fatalf("%+v", out)
	}
	content("email,amount,born,name,visits\nann@x,12.5,1990-02-03,Ann,3\nbob@x,,,Rob,\ndan@x,2,,Dan,2\n")
	if c := h.plan().Document.Activations[0].Counts; c.Deliverable() != 0 {
		t.Errorf("%+v", c)
	}
}
