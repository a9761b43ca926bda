package expr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// lattice is one type of every kind.
var lattice = []types.Type{types.BoolType, types.IntType, types.DecimalOf(10, 2), {Kind: types.Decimal}, types.FloatType, types.StringType, types.StringOf(40), types.EnumOf("a", "b"), types.BytesType, types.DateType, types.TimeType,
	types.TimestampType, types.TimestampTZType, types.UUIDType, types.JSONType, types.ListOf(types.IntType), types.StructOf(types.Field{Name: "m", Type: types.IntType}), types.UnknownType}

// over compiles an expression of row.a and row.b.
func over(t *testing.T, text string, a, b types.Info) (*expr.Node, bool) {
	t.Helper()
	n, ds := compile(t, text, func(s *expr.Scope) {
		s.Columns = []expr.SourceColumn{{Name: "a", Info: a}, {Name: "b", Info: b}, {Name: "c", Info: types.Info{Type: types.BoolType, Labels: []string{"lc"}}}}
	})
	if n.IsBad() != ds.HasErrors() {
		t.Errorf("%s over %s and %s: bad %v, %v", text, a.Type, b.Type, n.IsBad(), ds)
	}
	return n, !n.IsBad()
}

// forms are all ways to put values together; strict ones are null exactly when
// a part is.
var forms = []struct {
	name, text string
	binary     bool
	strict     bool
}{
	{"-a", "-row.a", false, true}, {"!a", "!row.a", false, true}, {"template", `"<${row.a}>"`, false, true}, {"a == null", "row.a == null", false, false}, {"a[0]", "row.a[0]", false, false}, {"a.m", "row.a.m", false, false},
	{"a + b", "row.a + row.b", true, true}, {"a * b", "row.a * row.b", true, true}, {"a / b", "row.a / row.b", true, false}, {"a % b", "row.a % row.b", true, false}, {"a == b", "row.a == row.b", true, true}, {"a < b", "row.a < row.b", true, true},
	{"a && b", "row.a && row.b", true, true}, {"c ? a : b", "row.c ? row.a : row.b", true, true}, {"coalesce(a, b)", "coalesce(row.a, row.b)", true, false}, {"contains([b], a)", "contains([row.b], row.a)", true, true},
}

// TestLattice carries a type of every kind, nullability and labels through
// every form; testdata/lattice.txt holds the types of what compiles.
func TestLattice(t *testing.T) {
	var out strings.Builder
	for _, f := range forms {
		fmt.Fprintf(&out, "%s\n", f.name)
		for _, a := range lattice {
			others := lattice
			if !f.binary {
				others = lattice[:1]
			}
			for _, b := range others {
				n, ok := over(t, f.text, types.Info{Type: a, Labels: []string{"la"}}, types.Info{Type: b, Labels: []string{"lb"}})
				if !ok {
					continue
				}
				if f.binary {
					fmt.Fprintf(&out, "  %s, %s: %s\n", a, b, n.Type())
				} else {
					fmt.Fprintf(&out, "  %s: %s\n", a, n.Type())
				}
				want := []string{"la"}
				if f.binary {
					want = append(want, "lb")
				}
				if strings.Contains(f.text, "row.c") {
					want = append(want, "lc")
				}
				if got := n.Info().Labels; !slices.Equal(got, want) {
					t.Errorf("%s over %s and %s: labels %v, want %v", f.name, a, b, got, want)
				}
				if f.strict && n.Info().Nullable {
					t.Errorf("%s over %s and %s is nullable, its parts are not", f.name, a, b)
				}
				checkNullable(t, f.text, f.strict, a, b)
			}
		}
	}
	golden(t, "lattice.txt", out.String())
}

func checkNullable(t *testing.T, text string, strict bool, a, b types.Type) {
	n, ok := over(t, text, types.Info{Type: a, Nullable: true}, types.Info{Type: b, Nullable: true})
	if !ok {
		t.Errorf("%s over %s and %s compiles only without nulls", text, a, b)
	}
	if (strict || strings.Contains(text, "coalesce")) && !n.Info().Nullable {
		t.Errorf("%s over %s and %s is never null, its parts may be", text, a, b)
	}
	if strings.Contains(text, "== null") && n.Info().Nullable {
		t.Errorf("%s is nullable", text)
	}
}

// TestForIsAnError: one row in, one value out.
func TestForIsAnError(t *testing.T) {
	for _, text := range []string{`[for x in row.tags : x]`, `{for x in row.tags : x => x}`, `row.tags[*]`, `row.tags.*.x`, `"%{for x in row.tags}${x}%{endfor}"`, `[row.n]`, `{ a = row.n }`} {
		if n, ds := compile(t, text); !n.IsBad() || !ds.HasErrors() {
			t.Errorf("%s compiles", text)
		}
	}
}
