//go:build duckdb_arrow

package planner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
)

// example keeps what planning reports as the example of a code.
func (w *world) example(code diag.Code) {
	w.t.Helper()
	_, ds, err := Plan(context.Background(), w.request())
	if err != nil {
		w.t.Fatal(err)
	}
	diagtest.Example(w.t, code, ds, w.dir, "/project", w.file, "/project/shop.duckdb")
}

// codes plans and returns the codes of what went wrong.
func (w *world) codes() []diag.Code {
	w.t.Helper()
	res, ds, err := Plan(context.Background(), w.request())
	if err != nil {
		w.t.Fatal(err, duck.Raw(err))
	}
	if (res == nil) != ds.HasErrors() {
		w.t.Fatal("result and diagnostics disagree", ds)
	}
	var out []diag.Code
	for _, d := range ds {
		out = append(out, d.Code)
	}
	return out
}

func wantCodes(t *testing.T, got []diag.Code, want ...diag.Code) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWarehouseFaults(t *testing.T) {
	t.Run("missing", func(t *testing.T) {
		wantCodes(t, newWorld(t).codes(), diag.WarehouseMissing)
	})
	t.Run("not a database", func(t *testing.T) {
		w := newWorld(t)
		write(t, w.file, bytes.Repeat([]byte("no "), 5000))
		wantCodes(t, w.codes(), diag.WarehouseNotDuckDB)
	})
	t.Run("newer", func(t *testing.T) {
		w := newWorld(t)
		w.customers(ann)
		data, err := os.ReadFile(w.file)
		if err != nil {
			t.Fatal(err)
		}
		// Main header: 8 bytes checksum, "DUCK", 8 bytes storage version. The
		// checksum is the exclusive or of a product of every word.
		const factor = 0xbf58476d1ce4e5b9
		word := binary.LittleEndian.Uint64(data[8:])
		sum := binary.LittleEndian.Uint64(data) ^ word*factor
		data[12] = 250
		binary.LittleEndian.PutUint64(data, sum^binary.LittleEndian.Uint64(data[8:])*factor)
		write(t, w.file, data)
		wantCodes(t, w.codes(), diag.WarehouseNewer)
		w.example(diag.WarehouseNewer)
	})
	t.Run("table", func(t *testing.T) {
		w := newWorld(t)
		w.customers(ann)
		w.act.Source.Relation = `"shop"."main"."nothing"`
		wantCodes(t, w.codes(), diag.RelationMissing)
	})
	t.Run("column", func(t *testing.T) {
		w := newWorld(t)
		w.build("customer_id INTEGER, email VARCHAR, ltv INTEGER", "(1, 'a', 2)")
		wantCodes(t, w.codes(), diag.SourceColumnMissing)
		w.example(diag.SourceColumnMissing)
	})
	t.Run("column the compiler did not list", func(t *testing.T) {
		w := newWorld(t)
		w.customers(ann)
		w.act.Fields[0].Expr.SQL = `r."nope"`
		wantCodes(t, w.codes(), diag.SourceColumnMissing)
	})
	t.Run("value", func(t *testing.T) {
		w := newWorld(t)
		w.build("customer_id VARCHAR, email VARCHAR, first_name VARCHAR, ltv INTEGER", "('secret-canary', 'a', 'b', 2)")
		_, ds, err := Plan(context.Background(), w.request())
		if err != nil || len(ds) != 1 || ds[0].Code != diag.ValueNotConvertible || strings.Contains(fmt.Sprint(ds), "canary") {
			t.Error(ds, err)
		}
		w.example(diag.ValueNotConvertible)
	})
}

// TestLockedWarehouse needs a second process: DuckDB locks are a process's.
func TestLockedWarehouse(t *testing.T) {
	if file := os.Getenv("LEAT_TEST_LOCK"); file != "" {
		db, err := duck.Open(context.Background(), duck.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Exec(context.Background(), "ATTACH "+duck.Literal(file)+" AS shop"); err != nil {
			t.Fatal(err)
		}
		fmt.Println("LOCKED")
		_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent is done
		return
	}
	w := newWorld(t)
	w.customers(ann)
	release := holdLock(t, w.file)
	defer release()
	wantCodes(t, w.codes(), diag.WarehouseLocked)
}

func TestHalfReadSourceRemovesNothing(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Delete
	rows := make([]string, 60000)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d, 'p%d@x', '%s', %d)", i, i, strings.Repeat(fmt.Sprint(i*7919), 8), i%1000)
	}
	w.customers(rows...)
	w.apply()
	data, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 2; i < len(data)/2+300_000 && i < len(data); i++ {
		data[i] ^= 0xff
	}
	write(t, w.file, data)
	_, ds, err := Plan(context.Background(), w.request())
	if err == nil && !ds.HasErrors() {
		t.Error("a damaged source was planned from")
	}
}

func TestDamagedState(t *testing.T) {
	prepare := func(t *testing.T) (*world, *state.Head, string) {
		w := newWorld(t)
		w.customers(ann, bob)
		w.apply()
		w.customers("(1, 'ann@x', 'Anna', 10)", bob)
		h, _, err := w.store.Head("contacts")
		if err != nil {
			t.Fatal(err)
		}
		return w, h, filepath.Join(w.store.Dir(), "activations", "contacts")
	}
	for _, tt := range []struct {
		name   string
		damage func(path string) error
		codes  []diag.Code
	}{
		{"head truncated", func(dir string) error { return os.Truncate(filepath.Join(dir, "head.json"), 100) }, []diag.Code{diag.StateDamaged}},
		{"head empty", func(dir string) error { return os.Truncate(filepath.Join(dir, "head.json"), 0) }, []diag.Code{diag.StateDamaged}},
		{"segment truncated", func(dir string) error { return os.Truncate(filepath.Join(dir, "values-1.parquet"), 300) }, []diag.Code{diag.StateDamaged}},
		{"segment missing", func(dir string) error { return os.Remove(filepath.Join(dir, "values-1.parquet")) }, []diag.Code{diag.StateDamaged}},
		{"index missing", func(dir string) error { return os.Remove(filepath.Join(dir, "index-1.parquet")) }, nil},
		{"index truncated", func(dir string) error { return os.Truncate(filepath.Join(dir, "index-1.parquet"), 200) }, nil},
		{"index of nothing", func(dir string) error { return os.WriteFile(filepath.Join(dir, "index-1.parquet"), nil, 0o600) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, _, dir := prepare(t)
			if err := tt.damage(dir); err != nil {
				t.Fatal(err)
			}
			wantCodes(t, w.codes(), tt.codes...)
			if tt.codes == nil {
				want(t, w.apply(), "update=1 unchanged=1 first_name:+1-0")
				want(t, w.apply(), "unchanged=2")
			}
		})
	}
	t.Run("another engine's index", func(t *testing.T) {
		w, h, dir := prepare(t)
		data, err := os.ReadFile(filepath.Join(dir, "head.json"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "head.json"), bytes.Replace(data, []byte(h.Index.Tag[:6]), []byte("v9.9.9"), 1))
		want(t, w.apply(), "update=1 unchanged=1 first_name:+1-0")
	})
	t.Run("an index that lies", func(t *testing.T) {
		w, _, dir := prepare(t)
		other, _, otherDir := prepare(t)
		other.customers(cyd, "(4, 'dan@x', 'Dan', 1)")
		other.act.Name = "others"
		other.apply()
		data, err := os.ReadFile(filepath.Join(filepath.Dir(otherDir), "others", "index-1.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "index-1.parquet"), data)
		want(t, w.apply(), "update=1 unchanged=1 first_name:+1-0")
	})
}

func TestOtherEnvironmentAndAccount(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	w.apply()
	w.act.Target.Account = "portal-2"
	wantCodes(t, w.codes(), diag.DestinationMoved)
	w.act.Target.Account = "portal-1"
	if err := os.Rename(filepath.Join(w.dir, ".leat", "dev"), filepath.Join(w.dir, ".leat", "prod")); err != nil {
		t.Fatal(err)
	}
	_, ds, err := state.Open(filepath.Join(w.dir, ".leat"), "prod")
	if err != nil || len(ds) != 1 || ds[0].Code != diag.StateEnvironment {
		t.Error(ds, err)
	}
}

func TestStaleCommitIsRefused(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	first := w.plan()
	w.apply()
	a := first.Document.Activations[0]
	_, ds, err := w.store.Commit(context.Background(), state.CommitRequest{Plan: "sha256:other", Activation: &a, Now: w.now})
	if err != nil || len(ds) != 1 || ds[0].Code != diag.StateStale {
		t.Error(ds, err)
	}
	diagtest.Example(t, diag.StateStale, ds)
}

func TestPlanWithoutStoreWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	dir := filepath.Join(w.dir, "elsewhere")
	s, _, err := state.Open(dir, "dev")
	if err != nil {
		t.Fatal(err)
	}
	w.req = func(r *Request) { r.State, r.Store = s, false }
	res := w.plan()
	if res.Stored || res.Document.Activations[0].ChangeSet != nil || res.Document.Activations[0].Counts.Send != 1 {
		t.Error(res.Document.Activations[0])
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("a plan made a state folder")
	}
	left, err := filepath.Glob(filepath.Join(w.dir, "leat-duck-*"))
	if err != nil || len(left) > 0 {
		t.Error("temporary files stay behind", left)
	}
}

func TestSameInputsSameBytes(t *testing.T) {
	var docs [][]byte
	var sets [][]byte
	for _, threads := range []int{1, 2, 4} {
		w := newWorld(t)
		rows := make([]string, 5000)
		for i := range rows {
			rows[i] = fmt.Sprintf("(%d, 'p%d@x', 'n%d', %d)", (i*7919)%5000, i, i%13, i%100)
		}
		w.customers(rows...)
		w.req = func(r *Request) { r.Threads = threads }
		res := w.plan()
		again := w.plan()
		if res.Digest != again.Digest {
			t.Error("two plans of the same inputs differ")
		}
		data, err := os.ReadFile(w.store.ChangeSetPath(res.Digest, "contacts"))
		if err != nil {
			t.Fatal(err)
		}
		docs, sets = append(docs, res.Bytes), append(sets, data)
	}
	for i := range docs {
		if !bytes.Equal(docs[0], docs[i]) || !bytes.Equal(sets[0], sets[i]) {
			t.Error("the number of threads shows in the plan")
		}
	}
}

// TestHashCollisions gives every id the same few hashes under the first salts:
// the planner has to notice, and to plan as if nothing had been.
func TestHashCollisions(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Archive
	w.customers(ann, bob, cyd)
	w.apply()
	w.req = func(r *Request) {
		r.weaken = func(salt int64, args string) string {
			if salt < 2 {
				return "hash(" + args + ") % 2"
			}
			return diff.KeyHash(salt, args)
		}
	}
	w.customers("(1, 'ann@x', 'Anna', 10)", "(4, 'dan@x', 'Dan', 4)", "(5, 'eve@x', 'Eve', 5)", "(6, 'fay@x', 'Fay', 5)", cyd)
	want(t, line(&w.plan().Document.Activations[0]), "send=3 update=1 archive=1 unchanged=1 first_name:+1-0")
}

func TestGuards(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Archive
	w.act.Guard = ir.Guard{MaxRemoves: ir.Limit{Set: true, Percent: true, Value: 5}, MaxCreates: ir.Limit{Set: true, Value: 1}, MinRows: 1}
	w.customers(ann, bob)
	tripped := func() string {
		var out []string
		for _, g := range w.plan().Document.Activations[0].Guards {
			if g.Tripped {
				out = append(out, fmt.Sprint(g.Name, " ", g.Limit, " ", g.Base, " ", g.Value))
			}
		}
		return strings.Join(out, "; ")
	}
	want(t, tripped(), "max_creates 1 0 2")
	w.apply()
	w.customers()
	want(t, tripped(), "max_removes 5% 2 2; min_rows 1 2 0")
	w.act.Guard.MaxRemoves.Value = 100
	w.act.Guard.MinRows = 0
	want(t, tripped(), "max_removes 5% 2 2; min_rows 1 2 0") // as a default, it does not take the place of what was given
	w.act.Guard.MaxRemoves.Given, w.act.Guard.MinRowsGiven = true, true
	want(t, tripped(), "")
}

func TestOrphanState(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	w.apply()
	w.act.Name = "people"
	w.req = func(r *Request) { r.Configured = []string{"people"} }
	wantCodes(t, w.codes(), diag.OrphanState)
}

func TestPlanFolder(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	res := w.plan()
	c := state.PlanClaim{Run: "r1", Since: "2026-01-01T00:00:00Z"}
	data, ds, err := w.store.LoadPlan(res.Digest)
	if err != nil || ds.HasErrors() || !bytes.Equal(data, res.Bytes) {
		t.Fatal(ds, err)
	}
	if _, ds := plan.Decode(data, "plan"); ds.HasErrors() {
		t.Error(ds)
	}
	for i, resumed := range []bool{false, true} {
		if got, ds, err := w.store.Claim(res.Digest, c); err != nil || ds.HasErrors() || got != resumed {
			t.Error(i, got, ds, err)
		}
	}
	if open, err := w.store.Unfinished(); err != nil || len(open) != 1 || open[0] != res.Digest {
		t.Error(open, err)
	}
	if err := w.store.Done(res.Digest, c); err != nil {
		t.Fatal(err)
	}
	if _, ds, err := w.store.Claim(res.Digest, c); err != nil || len(ds) != 1 || ds[0].Code != diag.PlanDoneAlready {
		t.Error(ds, err)
	} else {
		diagtest.Example(t, diag.PlanDoneAlready, ds, res.Digest, "sha256:5f3a...", w.dir, "/project")
	}
	write(t, filepath.Join(w.store.PlanDir(res.Digest), "plan.json"), res.Bytes[:50])
	if _, ds, err := w.store.LoadPlan(res.Digest); err != nil || len(ds) != 1 || ds[0].Code != diag.StateDamaged {
		t.Error(ds, err)
	}
}

func TestLock(t *testing.T) {
	w := newWorld(t)
	l, ds, err := w.store.Lock(state.Holder{Run: "r1", Who: "ann@host", What: "apply", PID: 7, Since: "2026-11-21T10:00:00Z"})
	if err != nil || ds.HasErrors() {
		t.Fatal(ds, err)
	}
	_, ds, err = w.store.Lock(state.Holder{Run: "r2"})
	if err != nil || len(ds) != 1 || ds[0].Code != diag.StateLocked || !strings.Contains(ds[0].Detail, "ann@host") {
		t.Error(ds, err)
	}
	diagtest.Example(t, diag.StateLocked, ds)
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	l, ds, err = w.store.Lock(state.Holder{Run: "r2"})
	if err != nil || ds.HasErrors() {
		t.Fatal(ds, err)
	}
	_ = l.Unlock()
}

func TestValuesDoNotPrint(t *testing.T) {
	w := newWorld(t)
	w.customers("(1, 'canary-key', 'canary-field', 10)")
	res := w.plan()
	for _, text := range []string{fmt.Sprintf("%v %+v", res.Samples, res.Samples), string(res.Bytes)} {
		if strings.Contains(text, "canary") {
			t.Error("a row value is printed: ", text)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
