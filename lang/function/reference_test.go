package function_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/function"
)

func TestEveryFunctionIsDocumented(t *testing.T) {
	for _, f := range function.All() {
		if f.Summary == "" || f.Group == "" || f.Result == nil {
			t.Errorf("%s lacks a summary, a group or a type", f.Name)
		}
		if !f.Clock && (len(f.Examples) == 0 || f.Eval == nil || f.DuckDB == nil) {
			t.Errorf("%s lacks examples, a reference or its SQL", f.Name)
		}
	}
}

// TestReference writes docs/reference/functions.md from the table.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Functions\n\nGenerated from the table in `lang/function` by `UPDATE=1 go test ./lang/function`; do not edit. Every example is a test of the reference\n" +
		"implementation and of the engines. `?` marks arguments that may be left out. Unless said otherwise a function gives null when an argument is null,\n" +
		"and its result carries the labels of all its arguments. A function marked *PostgreSQL* can be computed there exactly, at least for some types of\n" +
		"arguments; the others are computed by leat's own engine. [Semantics](semantics.md) says what expressions mean.\n" +
		"`lookup` is not in this table: it does not compute, it [names a record](../how-to/link-records.md) of another activation.\n" +
		"[Constants](../how-to/variables.md) may call them too, but for those of the clock and those whose last digits depend on the machine.\n")
	groups := []string{"Text", "Contact data", "Hashing", "Numbers", "Dates and times", "Conversion", "Choice", "JSON", "Lists"}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n", g)
		for _, f := range function.All() {
			if f.Group != g {
				continue
			}
			fmt.Fprintf(&b, "\n### `%s`\n\n%s\n", f.Signature(), f.Summary)
			if f.Nulls == function.Skips {
				b.WriteString("\nNulls are passed over; the result is null when every argument is.\n")
			}
			if f.Labels == function.Hashed {
				b.WriteString("\nLabels: `pii` becomes `pii:hashed`.\n")
			}
			if f.Postgres != nil {
				b.WriteString("\n*PostgreSQL*\n")
			}
			if f.Fails != "" {
				fmt.Fprintf(&b, "\nA row for which it fails is invalid (`%s`).\n", f.Fails)
			}
			if len(f.Examples) > 0 {
				b.WriteString("\n```hcl\n")
				for _, ex := range f.Examples {
					fmt.Fprintf(&b, "%s   # %s\n", ex.Expr, ex.Want)
				}
				b.WriteString("```\n")
			}
		}
	}
	for _, f := range function.All() {
		if !slices.Contains(groups, f.Group) {
			t.Errorf("%s is in no group of the reference", f.Name)
		}
	}
	path := filepath.Join("..", "..", "docs", "reference", "functions.md")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s is out of date; run UPDATE=1 go test ./lang/function", path)
	}
}
