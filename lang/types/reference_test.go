package types

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const typesIntro = `# Types

Generated from the tables in ` + "`lang/types`" + ` by ` + "`UPDATE=1 go test ./lang/types`" + `; do not edit.

| type | values |
|---|---|
| ` + "`bool`" + ` | true, false |
| ` + "`int`" + ` | whole numbers of 64 bits |
| ` + "`decimal(p,s)`" + ` | exact numbers of p digits, 1 to 38, of which s stand after the point |
| ` + "`float`" + ` | IEEE 754 doubles |
| ` + "`string`, `string(n)`" + ` | text, of at most n characters (Unicode code points) |
| ` + "`enum(\"a\", \"b\")`" + ` | one of the texts; a literal text is the enum of itself |
| ` + "`bytes`" + ` | byte strings |
| ` + "`date`, `time`, `timestamp`" + ` | calendar days, times of day and wall-clock readings, to the microsecond, without a zone |
| ` + "`timestamptz`" + ` | instants |
| ` + "`uuid`, `json`" + ` | text of that form; a uuid is lower case |
| ` + "`list(t)`, `struct(...)`" + ` | may be mapped as they are; expressions do not look inside |
| ` + "`unknown`" + ` | nobody declared the type: fits anything, and is checked against the data when the plan is made |

## Conversions

A conversion is *lossless* when it changes no value: it is made silently. It is *checked* when some values do not fit and the others are unchanged: it is
made silently too, and a row whose value does not fit is invalid. It is *lossy* when it would change values: a function must say so. Everything not listed
is impossible. ` + "`null`" + ` fits every nullable type; to or from ` + "`unknown`" + ` is checked.

| from | to | | why, or what to write |
|---|---|---|---|
`

// TestReference writes docs/reference/types.md from the table.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString(typesIntro)
	for _, r := range conversionTable {
		class, note := string(r.conv.Class), r.conv.Reason
		if r.decide != nil {
			class, note = "depends", r.when
		}
		if r.conv.Remedy != "" {
			note += ": `" + r.conv.Remedy + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.from, r.to, class, note)
	}
	b.WriteString("| list | list | depends | as their elements convert |\n")
	path := filepath.Join("..", "..", "docs", "reference", "types.md")
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
		t.Errorf("%s is out of date; run UPDATE=1 go test ./lang/types", path)
	}
}

func TestEveryRuleOfTheTableHasAReason(t *testing.T) {
	for _, r := range conversionTable {
		if r.decide != nil && r.when == "" {
			t.Errorf("%s -> %s decides by itself and does not say on what", r.from, r.to)
		}
		if r.decide == nil && r.conv.Class != Lossless && r.conv.Reason == "" {
			t.Errorf("%s -> %s has no reason", r.from, r.to)
		}
	}
}
