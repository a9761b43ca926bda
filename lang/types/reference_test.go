package types

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
| ` + "`uuid`, `json`" + ` | text of that form; a uuid is lower case; a member of a json, ` + "`row.doc.city`" + `, is of unknown type |
| ` + "`list(t)`, `struct(...)`" + ` | values with parts: ` + "`row.tags[0]`" + ` is an element, ` + "`row.address.city`" + ` a member; a list, a struct or a json is mapped whole or by its parts. A part may always be missing, and is then null |
| ` + "`unknown`" + ` | nobody declared the type: fits anything, and is checked against the data when the plan is made |

## Conversions

A conversion is *lossless* when it changes no value: it is made silently. It is *checked* when some values do not fit and the others are unchanged: it is
made silently too, and a row whose value does not fit is invalid. It is *lossy* when it would change values: a function must say so. Everything else is
*impossible*. In the table of all pairs, = is identical, **+** lossless, ? checked, **f** lossy, so a function has to say so, - impossible, and several of them: the
precision, length, values or members decide.

`

// TestReference writes docs/reference/types.md from the table.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString(typesIntro)
	writeMatrix(&b)
	b.WriteString("\n| from | to | | why, or what to write |\n|---|---|---|---|\n")
	for _, r := range conversionTable {
		class, note := string(r.conv.Class), r.conv.Reason
		if r.when != "" {
			class, note = "depends", r.when
		}
		if class == string(Identical) {
			continue
		}
		if r.conv.Remedy != "" {
			note += ": `" + r.conv.Remedy + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", list(r.from), list(r.to), class, note)
	}
	b.WriteString(nativeReference())
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

// nativeReference lists the dialects' names.
func nativeReference() string {
	var b strings.Builder
	b.WriteString("\n## Warehouse types\n\nWhat the types of a warehouse are to leat. Arrays are lists, structs, rows, tuples and objects with named members are structs, maps, unions and members without\n" +
		"names are json; wrappers such as `Nullable` are seen through. A length is taken where the warehouse enforces it.\n")
	for _, d := range dialects {
		fmt.Fprintf(&b, "\n### %s\n\nFrom %s.\n\n| type | names |\n|---|---|\n", strings.ReplaceAll(d.adapters, " ", ", "), d.source)
		for _, r := range d.rows {
			fmt.Fprintf(&b, "| `%s` | %s |\n", r.t, strings.ReplaceAll(r.names, "_", "\\_"))
		}
	}
	return b.String()
}

func list(ks []Kind) string {
	var out []string
	for _, k := range ks {
		out = append(out, k.String())
	}
	return strings.Join(out, ", ")
}

// samples are types of each kind that make its rules answer differently.
var samples = map[Kind][]Type{
	Decimal: {{Kind: Decimal}, DecimalOf(5, 2), DecimalOf(15, 0), DecimalOf(19, 0), DecimalOf(38, 0), DecimalOf(38, 10)},
	String:  {StringType, StringOf(3), StringOf(300)},
	Enum:    {EnumOf("a"), EnumOf("a", "b"), EnumOf("c", "long enough")},
	List:    {{Kind: List}, ListOf(IntType), ListOf(StringType)},
	Struct:  {StructOf(Field{"a", IntType}), StructOf(Field{"a", IntType}, Field{"b", StringType}), StructOf(Field{"b", StringType})},
}

func samplesOf(k Kind) []Type {
	if s := samples[k]; s != nil {
		return s
	}
	return []Type{{Kind: k}}
}

// marks are the classes the matrix shows, in its order.
var marks = []struct {
	class Class
	mark  string
}{{Identical, "="}, {Lossless, "**+**"}, {Checked, "?"}, {Lossy, "**f**"}, {Impossible, "-"}}

func writeMatrix(b *strings.Builder) {
	b.WriteString("| from, to |")
	for _, to := range anyKind {
		b.WriteString(" " + to.String() + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(anyKind)) + "\n")
	for _, from := range anyKind {
		fmt.Fprintf(b, "| %s |", from)
		for _, to := range anyKind {
			found := map[Class]bool{}
			for _, f := range samplesOf(from) {
				for _, t := range samplesOf(to) {
					found[Convert(f, t).Class] = true
				}
			}
			cell := ""
			for _, m := range marks {
				if found[m.class] && (m.class != Identical || len(found) == 1) {
					cell += " " + m.mark
				}
			}
			b.WriteString(cell + " |")
		}
		b.WriteString("\n")
	}
}

// TestEveryPairHasOneRule holds the table complete.
func TestEveryPairHasOneRule(t *testing.T) {
	if len(anyKind) != int(kindCount) {
		t.Fatalf("%d kinds are listed, there are %d", len(anyKind), kindCount)
	}
	for _, from := range anyKind {
		for _, to := range anyKind {
			n := 0
			for _, r := range conversionTable {
				if slices.Contains(r.from, from) && slices.Contains(r.to, to) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s -> %s has %d rules", from, to, n)
			}
		}
	}
}

// TestConversionsGiveAReason asks for every pair of samples.
func TestConversionsGiveAReason(t *testing.T) {
	for _, from := range anyKind {
		for _, to := range anyKind {
			for _, f := range samplesOf(from) {
				for _, u := range samplesOf(to) {
					c := Convert(f, u)
					if silent := c.Class == Identical || c.Class == Lossless; silent != (c.Reason == "") || c.Class == "" {
						t.Errorf("%s -> %s: %q because %q", f, u, c.Class, c.Reason)
					}
				}
			}
		}
	}
}

// TestCommonIsAboveBoth: what two types have in common takes the values of
// both without loss.
func TestCommonIsAboveBoth(t *testing.T) {
	for _, ka := range anyKind {
		for _, kb := range anyKind {
			for _, a := range samplesOf(ka) {
				for _, b := range samplesOf(kb) {
					c, ok := Common(a, b)
					d, okToo := Common(b, a)
					if ok != okToo || (ok && c.Kind != d.Kind) {
						t.Errorf("Common(%s, %s) = %s %v, the other way round %s %v", a, b, c, ok, d, okToo)
					}
					if ok && (!Convert(a, c).Class.Implicit() || !Convert(b, c).Class.Implicit()) {
						t.Errorf("Common(%s, %s) = %s: %s, %s", a, b, c, Convert(a, c).Class, Convert(b, c).Class)
					}
				}
			}
		}
	}
}

func TestEveryRuleOfTheTableHasAReason(t *testing.T) {
	for _, r := range conversionTable {
		if (r.decide != nil || r.parts) != (r.when != "") {
			t.Errorf("%v -> %v decides by itself and does not say on what", list(r.from), list(r.to))
		}
		if r.when == "" && r.conv.Class != Lossless && r.conv.Class != Identical && r.conv.Reason == "" {
			t.Errorf("%s -> %s has no reason", list(r.from), list(r.to))
		}
	}
}
