//go:build duckdb_arrow

package planner

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
	"github.com/leat-dev/leat/runtime/warehouse"
)

// The bench: 1,000,000 rows of 18 columns, all acknowledged, then 1% changed,
// 0.5% new and 0.5% gone. The plan's time is held against a raw scan and hash
// of the same rows; both run in processes of their own, so that peak memory is
// the plan's alone.

// benchColumns are the 17 mapped columns: name, leat type, SQL over the row
// number n. Most values are as random as those of a real customer table: names
// and segments come from pools, the rest is drawn from a hash of n.
var benchColumns = []struct {
	name string
	t    types.Type
	sql  string
}{
	{"amount_1", types.DecimalOf(12, 2), "(hash(n, 1) % 100000000) / 100"},
	{"amount_2", types.DecimalOf(12, 2), "(hash(n, 2) % 100000000) / 100"},
	{"company", types.StringType, "'Company ' || substr(md5((n % 90001)::VARCHAR), 1, 12)"},
	{"country", types.StringType, "['NO', 'SE', 'DK', 'DE', 'FR'][1 + n % 5]"},
	{"created_at", types.TimestampType, "make_timestamp((1577836800000000 + hash(n, 3) % 150000000000000)::BIGINT)"},
	{"email", types.StringType, "substr(md5(n || 'e'), 1, 14) || '@example.com'"},
	{"first_name", types.StringType, "'First ' || (n % 9973)"},
	{"flag_1", types.BoolType, "hash(n, 4) % 3 = 0"},
	{"flag_2", types.BoolType, "CASE WHEN n % 10 = 0 THEN NULL ELSE hash(n, 5) % 2 = 0 END"},
	{"last_name", types.StringType, "'Last ' || substr(md5((n % 300007)::VARCHAR), 1, 9)"},
	{"last_seen", types.TimestampType, "make_timestamp((1577836800000000 + hash(n, 6) % 150000000000000)::BIGINT)"},
	{"notes", types.StringType, "CASE WHEN n % 4 = 0 THEN NULL ELSE 'note ' || md5(n || 'n') || ' ' || n END"},
	{"number_1", types.IntType, "hash(n, 7) % 1000"},
	{"number_2", types.IntType, "hash(n, 8) % 1000000000"},
	{"ratio_1", types.FloatType, "hash(n, 9) / 18446744073709551615.0"},
	{"ratio_2", types.FloatType, "sqrt(hash(n, 10) / 1000003.0)"},
	{"segment", types.StringType, "'segment ' || (n % 20)"},
}

func benchActivation() ir.Activation {
	a := contacts()
	a.Source.Columns = []string{"uid"}
	a.ID = []ir.Column{{Name: "uid", Type: types.StringType, Expr: ir.Expr{SQL: `r."uid"`}}}
	a.Key, a.Fields = nil, nil
	for _, c := range benchColumns {
		if c.name == "email" {
			a.Key = []ir.Mapping{mapping(c.name, c.t)}
			continue
		}
		a.Fields = append(a.Fields, mapping(c.name, c.t))
	}
	a.Removed = ir.Archive
	a.Target.Schema = schema.Object{Name: "contacts", Rekey: true}
	return a
}

func benchBuild(tb testing.TB, file string, rows int, changed bool) {
	tb.Helper()
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	q := "CREATE OR REPLACE TABLE shop.main.customers AS SELECT uid"
	for _, c := range benchColumns {
		d := map[types.Kind]string{types.Decimal: "DECIMAL(12,2)", types.String: "VARCHAR", types.Timestamp: "TIMESTAMP", types.Bool: "BOOLEAN", types.Int: "BIGINT", types.Float: "DOUBLE"}[c.t.Kind]
		v := c.sql
		if changed && c.name == "segment" {
			v = "CASE WHEN n % 100 = 7 THEN 'changed' ELSE " + v + " END"
		}
		q += ", CAST(" + v + " AS " + d + ") AS " + c.name
	}
	from, to := 0, rows
	if changed {
		from, to = rows/200, rows+rows/200
	}
	q += fmt.Sprintf(" FROM (SELECT n, CAST(CAST(md5(n::VARCHAR) AS UUID) AS VARCHAR) AS uid FROM range(%d, %d) t(n)) ORDER BY hash(uid)", from, to)
	for _, s := range []string{"ATTACH " + duck.Literal(file) + " AS shop", q, "DETACH shop"} {
		if err := db.Exec(ctx, s); err != nil {
			tb.Fatal(err, duck.Raw(err))
		}
	}
}

const benchChild = "LEAT_BENCH_CHILD"

// TestBenchChild is the process that BenchmarkPlan measures.
func TestBenchChild(t *testing.T) {
	what, dir, ok := strings.Cut(os.Getenv(benchChild), ":")
	if !ok {
		t.Skip("only run by BenchmarkPlan")
	}
	ctx := context.Background()
	file := filepath.Join(dir, "shop.duckdb")
	start := time.Now()
	switch what {
	case "scan":
		db, err := duck.Open(ctx, duck.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.AttachReadOnly(ctx, file, "shop"); err != nil {
			t.Fatal(err)
		}
		cols := "uid"
		for _, c := range benchColumns {
			cols += ", " + c.name
		}
		if _, err := db.QueryInts(ctx, "SELECT bit_xor(hash("+cols+")) // 2 FROM shop.main.customers"); err != nil {
			t.Fatal(err, duck.Raw(err))
		}
		// A plan's time has this in it, too.
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	default:
		s, ds, err := state.Open(filepath.Join(dir, ".leat"), "dev")
		if err != nil || ds.HasErrors() {
			t.Fatal(ds, err)
		}
		steps := []string{}
		last := start
		step := func(e Event) {
			steps = append(steps, fmt.Sprintf("%s+%dms", e.Step, time.Since(last).Milliseconds()))
			last = time.Now()
		}
		res, ds, err := Plan(ctx, Request{Activations: []ir.Activation{benchActivation()}, Source: warehouse.DuckDB{Path: file, Catalog: "shop"}, State: s,
			Environment: "dev", AsOf: start, Store: what == "store", Samples: map[string]int{"sampled": 3}[what], Progress: step})
		if err != nil || ds.HasErrors() {
			t.Fatal(ds, err, duck.Raw(err))
		}
		step(Event{Step: "done"})
		fmt.Println("COUNTS", line(&res.Document.Activations[0]), steps)
	}
	fmt.Printf("MEASURED %d %d\n", time.Since(start).Microseconds(), peak(t))
}

// peak is the process's peak resident memory in KiB, 0 where the system does
// not tell.
func peak(t *testing.T) int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Log("peak memory is not known on", runtime.GOOS)
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return n
}

// benchRun returns the time, the processor time, and the peak memory in KiB.
func benchRun(tb testing.TB, what, dir string) (wall, cpu time.Duration, kib int64) {
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchChild$", "-test.v")
	cmd.Env = append(os.Environ(), benchChild+"="+what+":"+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	var us int64
	for l := range strings.Lines(string(out)) {
		if _, err := fmt.Sscanf(l, "MEASURED %d %d", &us, &kib); err == nil {
			return time.Duration(us) * time.Microsecond, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), kib
		}
		if strings.HasPrefix(l, "COUNTS") {
			tb.Log(strings.TrimSpace(l))
		}
	}
	tb.Fatalf("no measurement in\n%s", out)
	return 0, 0, 0
}

// BenchmarkPlan reports the time of a plan over the time of a raw scan and
// hash of the same rows, and its peak memory.
func BenchmarkPlan(b *testing.B) {
	rows := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("LEAT_BENCH_ROWS")); err == nil {
		rows = n
	}
	dir := b.TempDir()
	file := filepath.Join(dir, "shop.duckdb")
	benchBuild(b, file, rows, false)
	benchCommit(b, dir, file)
	benchBuild(b, file, rows, true)
	b.ResetTimer()
	// Scan and plan take turns, and medians count: other work on the machine
	// then bears on both alike. Processor time hardly depends on it at all.
	// A plan in CI has no samples; one on a terminal has three of each operation.
	var scans, plans, sampled, scanCPU, planCPU []time.Duration
	var mem int64
	for range b.N {
		wall, cpu, _ := benchRun(b, "scan", dir)
		scans, scanCPU = append(scans, wall), append(scanCPU, cpu)
		wall, cpu, kib := benchRun(b, "plan", dir)
		plans, planCPU, mem = append(plans, wall), append(planCPU, cpu), max(mem, kib)
		wall, _, kib = benchRun(b, "sampled", dir)
		sampled, mem = append(sampled, wall), max(mem, kib)
	}
	b.ReportMetric(median(plans)/median(scans), "x-of-scan")
	b.ReportMetric(median(sampled)/median(scans), "x-of-scan-with-samples")
	b.ReportMetric(median(planCPU)/median(scanCPU), "x-of-scan-cpu")
	b.ReportMetric(median(scans)*1000, "scan-ms")
	b.ReportMetric(median(plans)*1000, "plan-ms")
	b.ReportMetric(float64(mem)/1024, "peak-MiB")
}

func median(ds []time.Duration) float64 {
	slices.Sort(ds)
	return ds[len(ds)/2].Seconds()
}

// benchCommit makes state of all rows, as if every one had been created.
func benchCommit(tb testing.TB, dir, file string) {
	ctx := context.Background()
	s, _, err := state.Open(filepath.Join(dir, ".leat"), "dev")
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Create(bytes.NewReader(bytes.Repeat([]byte{7}, 48))); err != nil {
		tb.Fatal(err)
	}
	start := time.Now()
	res, ds, err := Plan(ctx, Request{Activations: []ir.Activation{benchActivation()}, Source: warehouse.DuckDB{Path: file, Catalog: "shop"}, State: s,
		Environment: "dev", AsOf: start, Store: true})
	if err != nil || ds.HasErrors() {
		tb.Fatal(ds, err, duck.Raw(err))
	}
	tb.Log("first plan", time.Since(start), "peak MiB", peakOf()/1024)
	start = time.Now()
	a := &res.Document.Activations[0]
	_, ds, err = s.Commit(ctx, state.CommitRequest{Plan: res.Digest, Activation: a, AsOf: res.Document.AsOf, Now: start,
		ChangeSet: s.ChangeSetPath(res.Digest, a.Name), Outcomes: func(yield func(state.Outcome, error) bool) {
			for i := range a.ChangeSet.Rows {
				if !yield(state.Outcome{Row: i, Code: 1, DestID: strconv.FormatInt(i, 10)}, nil) {
					return
				}
			}
		}})
	if err != nil || ds.HasErrors() {
		tb.Fatal(ds, err, duck.Raw(err))
	}
	tb.Log("first commit", time.Since(start), "peak MiB", peakOf()/1024)
}

func peakOf() int64 {
	data, _ := os.ReadFile("/proc/self/status")
	_, rest, ok := strings.Cut(string(data), "VmHWM:")
	if !ok {
		return 0
	}
	n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return n
}
