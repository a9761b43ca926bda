//go:build duckdb_arrow

package difftest_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func TestExamplesOfFunctions(t *testing.T) {
	db := open(t)
	for _, f := range function.All() {
		for _, ex := range f.Examples {
			n, ds := compile(ex.Expr, &expr.Scope{})
			if ds.HasErrors() {
				t.Errorf("%s: %v", ex.Expr, ds)
				continue
			}
			got, valid := expr.Eval(n, expr.Env{})
			out, err := rows(db, "SELECT "+asText(n)+", "+invalid(n)+", typeof("+lower.Canonical(n, n.Type())+")")
			if err != nil {
				t.Errorf("%s: %v\n%s", ex.Expr, err, lower.Expr(n))
				continue
			}
			if d := shown(out[0][0]); d != format(got) {
				t.Errorf("%s: DuckDB %s, reference %s\n%s", ex.Expr, d, format(got), lower.Expr(n))
			}
			if d := shown(out[0][1]); (d == "true") == valid {
				t.Errorf("%s: DuckDB invalid %s, reference valid %v\n%s", ex.Expr, d, valid, invalid(n))
			}
			if want := lower.DuckTypeName(n.Type()); n.Type().Kind != types.Null && strings.Replace(shown(out[0][2]), "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", 1) != want {
				t.Errorf("%s: DuckDB type %s, want %s\n%s", ex.Expr, shown(out[0][2]), want, lower.Expr(n))
			}
		}
	}
}

// TestCaseMappingOfEveryCharacter compares functions that look at single
// characters over the planes of Unicode that hold letters: the tables of
// engine and reference are of different versions of Unicode.
func TestCaseMappingOfEveryCharacter(t *testing.T) {
	db := open(t)
	scope := &expr.Scope{Columns: []expr.SourceColumn{{Name: "s", Info: types.Info{Type: types.StringType, Nullable: true}}}, Complete: true}
	exec(t, db, "CREATE TABLE r AS SELECT i, chr(i::INTEGER) AS s FROM range(1, 1114112) t(i) WHERE i < 55296 OR i > 57343")
	for _, name := range []string{"lower(row.s)", "upper(row.s)", "trim(row.s)", `initcap("a${row.s}b")`, "strip_accents(row.s)", "nfc(row.s)"} {
		n, ds := compile(name, scope)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		out, err := rows(db, "SELECT s, "+asText(n)+" FROM r WHERE i < 132000 ORDER BY i")
		if err != nil {
			t.Fatal(err)
		}
		different := 0
		for _, row := range out {
			s := shown(row[0])
			got, _ := expr.Eval(n, expr.Env{Row: func(string) value.Value { return value.String(s) }})
			if shown(row[1]) != got.Str() {
				if different++; different < 40 {
					t.Errorf("%s(%+q): DuckDB %+q, reference %+q (%v)", name, s, shown(row[1]), got.Str(), unicode.Version)
				}
			}
		}
		if different > 0 {
			t.Errorf("%s: %d characters differ", name, different)
		}
	}
}

// TestApproximateFunctions allows for the last digits of what C libraries
// compute; random expressions leave these functions out.
func TestApproximateFunctions(t *testing.T) {
	db := open(t)
	rng := rand.New(rand.NewPCG(1, seed()))
	data := table(rng)
	exec(t, db, createTable(data, "r"))
	for _, f := range function.All() {
		if !f.Approximate {
			continue
		}
		args := []string{"row.f / 100", "row.h"}[:len(f.Params)]
		n, ds := compile(f.Name+"("+strings.Join(args, ", ")+")", columnScope())
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		out, err := rows(db, "SELECT "+asText(n)+" FROM r ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range data {
			got, _ := expr.Eval(n, expr.Env{Row: func(name string) value.Value { return row[name] }})
			duck, err := strconv.ParseFloat(shown(out[i][0]), 64)
			if got.IsNull() != (err != nil) {
				t.Errorf("%s with f=%s h=%s: DuckDB %s, reference %s", f.Name, format(row["f"]), format(row["h"]), shown(out[i][0]), format(got))
			}
			if want := got.Float64(); err == nil && format(got) != shown(out[i][0]) && !(math.Abs(duck-want) <= 1e-14*math.Abs(want)) {
				t.Errorf("%s with f=%s h=%s: DuckDB %s, reference %s", f.Name, format(row["f"]), format(row["h"]), shown(out[i][0]), format(got))
			}
		}
	}
}
