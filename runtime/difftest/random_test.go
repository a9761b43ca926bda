//go:build duckdb_arrow

package difftest_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
	"github.com/leat-dev/leat/runtime/duck"
)

// The columns of the random rows. `small` holds counts for date_add.
var columns = []struct {
	name string
	typ  types.Type
	duck string // where it is not the canonical type
}{
	{"b", types.BoolType, ""}, {"c", types.BoolType, ""}, {"i", types.IntType, ""}, {"j", types.IntType, "INTEGER"}, {"small", types.IntType, "SMALLINT"},
	{"d", types.DecimalOf(10, 2), ""}, {"e", types.DecimalOf(38, 9), ""}, {"g", types.DecimalOf(18, 0), ""},
	{"f", types.FloatType, ""}, {"h", types.FloatType, ""}, {"s", types.StringType, ""}, {"t", types.StringType, ""}, {"n", types.StringType, ""},
	{"day", types.DateType, ""}, {"eve", types.DateType, ""}, {"ts", types.TimestampType, ""}, {"tz", types.TimestampTZType, ""},
	{"u", types.UUIDType, "UUID"}, {"color", types.EnumOf("red", "green"), ""}, {"tm", types.TimeType, ""},
	{"contact", types.StringType, ""}, {"doc", types.JSONType, ""}, {"raw", types.StringType, ""}, {"tags", types.ListOf(types.StringType), ""},
}

const randomRows = 48

// seed is where the random numbers begin; LEAT_SEED names another stretch of
// the same road.
func seed() uint64 {
	n := uint64(7)
	_, _ = fmt.Sscan(os.Getenv("LEAT_SEED"), &n)
	return n
}

func columnScope() *expr.Scope {
	scope := &expr.Scope{Complete: true}
	for _, c := range columns {
		scope.Columns = append(scope.Columns, expr.SourceColumn{Name: c.name, Info: types.Info{Type: c.typ, Nullable: true}})
	}
	return scope
}

func TestRandomExpressions(t *testing.T) {
	const batches, perBatch = 40, 25
	db := open(t)
	rng := rand.New(rand.NewPCG(20240229, seed()))
	data := table(rng)
	exec(t, db, createTable(data, "r"))
	scope := columnScope()
	g := &generator{rng: rng}
	failures := 0
	for range batches {
		var texts, selected []string
		var nodes []*expr.Node
		for len(nodes) < perBatch {
			text := pick(rng, g.any, g.any, g.any, g.any, g.any, g.any, g.any, g.any, g.list)(4)
			n, ds := compile(text, scope)
			if ds.HasErrors() {
				t.Fatalf("%s\n%v", text, ds)
			}
			texts, nodes = append(texts, text), append(nodes, n)
			selected = append(selected, fmt.Sprintf("%s AS v%d, %s AS x%d", asText(n), len(nodes), invalid(n), len(nodes)))
		}
		out, err := rows(db, "SELECT "+strings.Join(selected, ", ")+" FROM r ORDER BY id")
		if err != nil {
			for i, s := range selected { // find the one
				if _, one := rows(db, "SELECT "+s+" FROM r"); one != nil {
					report(t, db, texts[i], firstFailing(db, texts[i], scope, data), scope)
					t.FailNow()
				}
			}
			t.Fatal(err)
		}
		for i, n := range nodes {
			for r, row := range data {
				if _, bad := compare(n, row, shown(out[r][2*i]), shown(out[r][2*i+1]) == "true"); bad {
					report(t, db, texts[i], row, scope)
					if failures++; failures > 5 {
						t.FailNow()
					}
					break
				}
			}
		}
	}
}

// compare holds what DuckDB says of an expression over a row against the
// reference.
func compare(n *expr.Node, row map[string]value.Value, duck string, duckInvalid bool) (what string, bad bool) {
	got, valid := expr.Eval(n, expr.Env{Row: func(name string) value.Value { return row[name] }})
	if got.Kind() == types.Float && (math.IsNaN(got.Float64()) || math.IsInf(got.Float64(), 0)) {
		valid = false
	}
	return fmt.Sprintf("DuckDB %q invalid %v, reference %q invalid %v\n  %s", duck, duckInvalid, format(got), !valid, lower.Expr(n)), duck != format(got) || duckInvalid != !valid
}

// disagreement evaluates an expression over one row, in a table of its own.
func disagreement(db *duck.DB, text string, row map[string]value.Value, scope *expr.Scope) (what string, bad bool) {
	n, ds := compile(text, scope)
	if ds.HasErrors() || n.Type().Kind == types.Null {
		return "", false
	}
	if err := db.Exec(context.Background(), "DROP TABLE IF EXISTS one; "+createTable([]map[string]value.Value{row}, "one")); err != nil {
		return "", false
	}
	out, err := rows(db, "SELECT "+asText(n)+", "+invalid(n)+" FROM one AS r")
	if err != nil {
		return fmt.Sprintf("DuckDB: %v\n  %s", err, lower.Expr(n)), true
	}
	return compare(n, row, shown(out[0][0]), shown(out[0][1]) == "true")
}

func firstFailing(db *duck.DB, text string, scope *expr.Scope, data []map[string]value.Value) map[string]value.Value {
	for _, row := range data {
		if _, bad := disagreement(db, text, row, scope); bad {
			return row
		}
	}
	return data[0]
}

// report fails the test with the smallest case that disagrees still. Where one
// row alone does not disagree, the case is shown as it was found.
func report(t *testing.T, db *duck.DB, text string, row map[string]value.Value, scope *expr.Scope) {
	t.Helper()
	what, bad := disagreement(db, text, row, scope)
	if bad {
		text, row = shrink(text, row, func(s string, r map[string]value.Value) bool { _, bad := disagreement(db, s, r, scope); return bad })
		what, _ = disagreement(db, text, row, scope)
	} else {
		what = "disagrees only among other rows: an error of the engine\n  " + what
	}
	t.Errorf("%s\n  with %s\n  %s", text, used(text, scope, row), what)
}

// used shows the columns of a row that an expression reads.
func used(text string, scope *expr.Scope, row map[string]value.Value) string {
	n, _ := compile(text, scope)
	var out []string
	for _, c := range expr.Columns(n) {
		out = append(out, c+"="+format(row[c]))
	}
	return strings.Join(out, " ")
}

func createTable(data []map[string]value.Value, name string) string {
	var defs []string
	for _, c := range columns {
		typ := c.duck
		if typ == "" {
			typ = lower.DuckTypeName(c.typ)
		}
		defs = append(defs, lower.Ident(c.name)+" "+typ)
	}
	sql := "CREATE TABLE " + name + " (id INTEGER, " + strings.Join(defs, ", ") + ")"
	for i, row := range data {
		cells := []string{fmt.Sprint(i)}
		for _, c := range columns {
			cell := "NULL"
			if v := row[c.name]; !v.IsNull() {
				cell = literal(v)
			}
			cells = append(cells, cell)
		}
		sql += "; INSERT INTO " + name + " VALUES (" + strings.Join(cells, ", ") + ")"
	}
	return sql
}

func literal(v value.Value) string {
	if v.Kind() != types.List {
		return lower.Text(value.Format(v))
	}
	var elems []string
	for _, e := range v.Elems() {
		if e.IsNull() {
			elems = append(elems, "NULL")
		} else {
			elems = append(elems, literal(e))
		}
	}
	return "CAST([" + strings.Join(elems, ", ") + "] AS VARCHAR[])"
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

func table(rng *rand.Rand) []map[string]value.Value {
	out := make([]map[string]value.Value, randomRows)
	for i := range out {
		out[i] = map[string]value.Value{}
		for _, c := range columns {
			if rng.IntN(6) == 0 {
				out[i][c.name] = value.Null
				continue
			}
			out[i][c.name] = cell(rng, c.name, c.typ)
		}
	}
	return out
}

var words = []string{"", "a", "A b ", "ann@x.io", "Straße", "ÀÉÎ", "  x\t", "\u00a0y", "it's", "100%", "\"q\"", "日本語", "👨‍👩‍👧", "red", "12", "-7", "1.50", "true", "2024-02-29",
	"2024-02-30", "2023-01-01 10:00:00", "x;--", "$1 $*", "\\n", "1e5", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "İstanbul", "99999999999999999999"}

var contacts = []string{"Ann@X.io", " b.c+d@mail.example.com\u00a0", "a@b", "a@@b.c", "é@x.io", "+44 (0)20 7946-0018", "0030/210.123 4567", "030 12345678", "(415) 555-2671", "+1", "12345",
	"https://u@Shop.Example.com:8080/a/b?a=1&gclid=Cj0_K&a=2#z", "http://x.io", "HTTP://x.io?a.b=é&a=", "ftp://ä.de/x", "mailto:a@b.c", "https://x.io/#?a=1", "?a=5", ""}

var documents = []string{`{"a": "x", "b": [1, {"a": 2.50}]}`, `{"a": {"b": true}, "b": [null, -0, 12345678901234567890123]}`, `[1e5, 2]`, `{"a": 1e300, "b": [0.1, 1e-7, -3]}`, `{"a": "\"é\u00e9\n", "a": 2}`,
	`null`, `"a"`, `17`, `[]`, ` {"a": [] } `, `{"a": 18446744073709551615, "b": [1, 9223372036854775808]}`, `{`, ``, `{"a"}`} // the last three are no JSON

func cell(rng *rand.Rand, name string, t types.Type) value.Value {
	switch t.Kind {
	case types.Bool:
		return value.Bool(rng.IntN(2) == 0)
	case types.Int:
		switch name {
		case "small":
			return value.Int(rng.Int64N(60) - 30)
		case "j":
			return value.Int(pick(rng, 0, 1, -1, math.MaxInt32, math.MinInt32, rng.Int64N(2000)-1000))
		}
		return value.Int(pick(rng, 0, 1, -1, 7, 100, math.MaxInt64, math.MinInt64, rng.Int64N(1_000_000)-500_000, rng.Int64()))
	case types.Decimal:
		digits := pick(rng, 1, 3, t.Precision/2+1, t.Precision)
		text := pick(rng, "", "-")
		for range digits {
			text += fmt.Sprint(rng.IntN(10))
		}
		v, _ := value.ParseDecimal(text + fmt.Sprintf("e-%d", t.Scale))
		v, _ = value.FitDecimal(v, t)
		return v
	case types.Float:
		return value.Float(pick(rng, 0, math.Copysign(0, -1), 1, -1.5, 0.1, 2.675, 1e15+0.3, 1e16, 1e-5, 1e300, math.NaN(), math.Inf(1), math.Inf(-1),
			rng.NormFloat64()*1000, math.Round(rng.NormFloat64()*1e6)/100, float64(rng.IntN(2000)-1000)/8))
	case types.Date:
		return value.Date(rng.Int64N(80_000) - 20_000)
	case types.Time:
		return value.Time(pick(rng, 0, rng.Int64N(86400)*1_000_000, rng.Int64N(86400_000_000)))
	case types.Timestamp, types.TimestampTZ:
		at := pick(rng, rng.Int64N(4_000_000_000_000_000)-1_000_000_000_000_000, (rng.Int64N(4_000_000_000)-1_000_000_000)*1_000_000)
		if t.Kind == types.Timestamp {
			return value.Timestamp(at)
		}
		return value.TimestampTZ(at)
	case types.UUID:
		return value.Text(types.UUID, fmt.Sprintf("%08x-0000-4000-8000-%012x", rng.Uint32(), rng.Uint64()>>16))
	case types.Enum:
		return value.Text(types.Enum, pick(rng, t.Values...))
	}
	switch {
	case t.Kind == types.JSON:
		return value.Text(types.JSON, pick(rng, documents[:len(documents)-3]...))
	case name == "raw":
		return value.String(pick(rng, documents...))
	case t.Kind == types.List:
		var elems []value.Value
		for range rng.IntN(4) {
			elems = append(elems, pick(rng, value.Null, value.String("a"), value.String("b"), value.String(pick(rng, words...))))
		}
		return value.List(elems...)
	case name == "contact":
		return value.String(pick(rng, contacts...))
	case name == "n":
		return value.String(pick(rng, "0", "12", "-3", "1.005", "2.50", "x", "", "+7", "1e3", fmt.Sprint(rng.Int64()), fmt.Sprint(rng.NormFloat64())))
	}
	return value.String(pick(rng, words...))
}
