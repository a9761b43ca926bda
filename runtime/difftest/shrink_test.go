//go:build duckdb_arrow

package difftest_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// maxTries bounds the work on one failing case.
const maxTries = 600

// shrink makes a failing expression and its row as small as it can while they
// fail: a part of the expression is replaced by a part of itself or by a
// constant, a value of the row by a plain one. fails must hold for the input.
func shrink(text string, row map[string]value.Value, fails func(string, map[string]value.Value) bool) (string, map[string]value.Value) {
	tries := 0
	for found := true; found && tries < maxTries; {
		found = false
		for _, smaller := range shorter(text) {
			if tries++; tries > maxTries {
				break
			}
			if fails(smaller, row) {
				text, found = smaller, true
				break
			}
		}
	}
	row = maps.Clone(row)
	for _, name := range slices.Sorted(maps.Keys(row)) {
		for _, plain := range plainValues(row[name]) {
			was := row[name]
			row[name] = plain
			if fails(text, row) {
				break
			}
			row[name] = was
		}
	}
	return text, row
}

// shorter returns the texts one step smaller, the shortest first.
func shorter(text string) []string {
	e, ds := hclsyntax.ParseExpression([]byte(text), "test.hcl", hcl.InitialPos)
	if ds.HasErrors() {
		return nil
	}
	var parts []hcl.Range
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if _, is := n.(hclsyntax.Expression); is {
			parts = append(parts, n.Range())
		}
		return nil
	})
	seen := map[string]bool{}
	add := func(at hcl.Range, with string) {
		s := text[:at.Start.Byte] + with + text[at.End.Byte:]
		if _, ds := hclsyntax.ParseExpression([]byte(s), "test.hcl", hcl.InitialPos); len(s) < len(text) && !ds.HasErrors() {
			seen[s] = true
		}
	}
	for _, outer := range parts {
		for _, with := range []string{"null", "0", `""`, `"a"`, "true", "1.5"} {
			add(outer, with)
		}
		for _, inner := range parts {
			if inner.Start.Byte >= outer.Start.Byte && inner.End.Byte <= outer.End.Byte {
				add(outer, text[inner.Start.Byte:inner.End.Byte])
			}
		}
	}
	out := slices.Sorted(maps.Keys(seen))
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return out
}

func plainValues(v value.Value) []value.Value {
	switch v.Kind() {
	case types.Int:
		return []value.Value{value.Null, value.Int(0), value.Int(1)}
	case types.Bool:
		return []value.Value{value.Null, value.Bool(false)}
	case types.Float:
		return []value.Value{value.Null, value.Float(0), value.Float(1)}
	case types.String:
		return []value.Value{value.Null, value.String(""), value.String("a")}
	case types.Null:
		return nil
	}
	return []value.Value{value.Null}
}

func TestShrink(t *testing.T) {
	row := map[string]value.Value{"s": value.String("Straße"), "i": value.Int(17)}
	text, small := shrink(`concat(lower(trim(upper(row.s))), row.i > 3 ? "x" : left(row.s, 2))`, row, func(text string, row map[string]value.Value) bool {
		return strings.Contains(text, "upper(row.s)") && !row["s"].IsNull()
	})
	if text != "upper(row.s)" || small["s"].Str() != "" || !small["i"].IsNull() {
		t.Errorf("%s with s %q i %q", text, format(small["s"]), format(small["i"]))
	}
}
