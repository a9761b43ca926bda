//go:build duckdb_arrow

package difftest_test

import (
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

// TestCaseMappingOfEveryCharacter compares lower, upper and trim over all of
// Unicode: the mapping tables of engine and reference are of different
// versions of Unicode.
func TestCaseMappingOfEveryCharacter(t *testing.T) {
	db := open(t)
	scope := &expr.Scope{Columns: []expr.SourceColumn{{Name: "s", Info: types.Info{Type: types.StringType, Nullable: true}}}, Complete: true}
	exec(t, db, "CREATE TABLE r AS SELECT i, chr(i::INTEGER) AS s FROM range(1, 1114112) t(i) WHERE i < 55296 OR i > 57343")
	for _, name := range []string{"lower", "upper", "trim"} {
		n, ds := compile(name+"(row.s)", scope)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		out, err := rows(db, "SELECT s, "+asText(n)+" FROM r ORDER BY i")
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
