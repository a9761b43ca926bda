//go:build duckdb_arrow

package difftest_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// TestLabelsFlow checks over random expressions that no value says anything of
// a column whose label it does not carry: where another value in a column
// changes the result, or whether the row is valid, the result is labelled with
// that column's label, or with that of its hash. It also holds the labels
// against the functions' own maps.
func TestLabelsFlow(t *testing.T) {
	const expressions, swaps = 2000, 6
	rng := rand.New(rand.NewPCG(20240301, seed()))
	data := table(rng)
	scope := columnScope()
	for i := range scope.Columns {
		scope.Columns[i].Info.Labels = []string{scope.Columns[i].Name}
	}
	g := &generator{rng: rng}
	influences, hashes := 0, 0
	for range expressions {
		text := pick(rng, g.any, g.list)(4)
		n, ds := compile(text, scope)
		if ds.HasErrors() {
			t.Fatalf("%s\n%v", text, ds)
		}
		got := n.Info().Labels
		if !slices.IsSorted(got) {
			t.Fatalf("%s: labels %v are not sorted", text, got)
		}
		for _, l := range mapped(n) {
			if !slices.Contains(got, l) {
				t.Fatalf("%s: labels %v lack %q, which the functions' maps give", text, got, l)
			}
		}
		var carried []string
		for _, l := range got {
			carried = append(carried, label.Base(l))
			if label.IsHashed(l) {
				hashes++
			}
		}
		for _, c := range columns {
			for range swaps {
				if !swapped(n, c.name, pick(rng, data...), pick(rng, data...)) {
					continue
				}
				influences++
				if !slices.Contains(carried, c.name) {
					t.Fatalf("%s: the result depends on %s, and its labels are %v", text, c.name, got)
				}
				break
			}
		}
	}
	if influences < expressions || hashes == 0 {
		t.Errorf("only %d influences and %d labels of hashes in %d expressions: the test sees too little", influences, hashes, expressions)
	}
}

// mapped computes labels from the tree alone: those of columns, through the
// map of every function.
func mapped(n *expr.Node) []string {
	if n.Op == expr.Column {
		return []string{n.Name}
	}
	var sets [][]string
	for _, a := range n.Args {
		sets = append(sets, mapped(a))
	}
	out := types.UnionLabels(sets...)
	if n.Op == expr.Call {
		out = n.Func.MapLabels(out)
	}
	return out
}

// swapped reports whether the result over a row changes when one column takes
// its value from another row.
func swapped(n *expr.Node, column string, row, other map[string]value.Value) bool {
	eval := func(from map[string]value.Value) (string, bool) {
		v, valid := expr.Eval(n, expr.Env{Row: func(name string) value.Value {
			if name == column {
				return from[name]
			}
			return row[name]
		}})
		return format(v), valid
	}
	v1, ok1 := eval(row)
	v2, ok2 := eval(other)
	return v1 != v2 || ok1 != ok2
}

// Every function of the table says what it does to labels, and those whose
// result is a hash of an argument say so.
func TestFunctionsMapLabels(t *testing.T) {
	var hashed []string
	for _, f := range function.All() {
		switch f.Labels {
		case function.Union:
			if got := f.MapLabels([]string{"pii", "pii:hashed"}); !slices.Equal(got, []string{"pii", "pii:hashed"}) {
				t.Errorf("%s maps labels to %v", f.Name, got)
			}
		case function.Hashed:
			hashed = append(hashed, f.Name)
			if got := f.MapLabels([]string{"pii", "pii:hashed"}); !slices.Equal(got, []string{"pii:hashed"}) {
				t.Errorf("%s maps labels to %v", f.Name, got)
			}
		default:
			t.Errorf("%s does not say what it does to labels", f.Name)
		}
	}
	if want := []string{"hmac_sha256", "md5", "sha1", "sha256"}; !slices.Equal(hashed, want) {
		t.Errorf("functions that hash labels: %v, want %v; a function belongs here only when its result cannot be turned back", hashed, want)
	}
}
