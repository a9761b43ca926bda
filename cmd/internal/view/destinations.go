package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
)

// DestinationLine is one line of a list of destinations: a plugin type, or a
// destination block with the schema in force for it. Schema is nil for a type
// nobody knows; File is the committed snapshot the schema came from, or "".
type DestinationLine struct {
	Name   string
	Schema *schema.Destination
	File   string
}

// evidence says what each evidence grade of a plugin means.
var evidence = map[schema.Evidence]string{
	"A": "tested against the real thing",
	"B": "tested against an independent emulator",
	"C": "held against the vendor's description and client",
	"D": "tested against a double of our own",
	"E": "written from the vendor's documentation",
}

func evidenceText(e schema.Evidence) string {
	if t, ok := evidence[e]; ok {
		return string(e) + ": " + t
	}
	return string(e)
}

// retries says what each retry class means.
var retries = map[schema.Retry]string{
	schema.Idempotent:    "idempotent: sent again when the outcome is not known",
	schema.RetryReadable: "readable: read back when the outcome is not known",
	schema.Neither:       "neither: on_unknown decides when the outcome is not known",
}

// Destinations renders the destination types and the destination blocks of a
// project.
func Destinations(types, blocks []DestinationLine, st Style) string {
	var rows [][]string
	for _, l := range types {
		s := l.Schema
		rows = append(rows, []string{l.Name, s.Version, string(s.Evidence), objectCount(s), firstSentence(s.Description)})
	}
	var b strings.Builder
	b.WriteString(st.bold("Destination types") + "\n")
	b.WriteString(grid([]string{"type", "version", "evidence", "objects", ""}, rows, nil, "  ", st))
	if len(blocks) > 0 {
		rows = nil
		for _, l := range blocks {
			rows = append(rows, []string{l.Name, objectCount(l.Schema), schemaSource(l)})
		}
		b.WriteString("\n" + st.bold("Destinations of this project") + "\n")
		b.WriteString(grid([]string{"destination", "objects", "schema"}, rows, nil, "  ", st))
	}
	b.WriteString("\n" + st.wrap("`leat destinations TYPE` shows the objects of a type or destination, `leat destinations TYPE OBJECT` the fields of one.", ""))
	return b.String()
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

func objectCount(s *schema.Destination) string {
	switch {
	case s == nil:
		return "not known"
	case s.NeedsPull && len(listed(s)) == 0:
		return "after a pull"
	case s.Open && len(listed(s)) == 0:
		return "any"
	case s.Open:
		return strconv.Itoa(len(listed(s))) + " and any other"
	default:
		return strconv.Itoa(len(listed(s)))
	}
}

// listed are the objects with a name of their own.
func listed(s *schema.Destination) []schema.Object {
	return slices.DeleteFunc(slices.Clone(s.Objects), func(o schema.Object) bool { return o.Name == schema.AnyObject })
}

func schemaSource(l DestinationLine) string {
	switch {
	case l.Schema == nil:
		return "unknown destination type"
	case l.File != "" && l.Schema.FetchedAt != "":
		return l.File + ", read " + l.Schema.FetchedAt
	case l.File != "":
		return l.File
	case l.Schema.Declared:
		return "declared in `object` blocks"
	case l.Schema.NeedsPull:
		return "none: run `leat destinations schema pull`"
	default:
		return "the plugin's own"
	}
}

// Destination renders one destination type, or one destination block with the
// schema of its account. file is the snapshot it came from, or "".
func Destination(name string, s *schema.Destination, file string, st Style) string {
	var b strings.Builder
	b.WriteString(st.bold(name) + "\n")
	if s.Description != "" {
		b.WriteString(st.wrap(s.Description, "  "))
	}
	b.WriteByte('\n')
	b.WriteString(facts([][2]string{
		{"plugin", strings.TrimSpace(s.Plugin + " " + s.Version)},
		{"API", s.API},
		{"evidence", evidenceText(s.Evidence)},
		{"schema", schemaSource(DestinationLine{name, s, file})},
		{"account", s.Account},
	}, "  ", st))
	b.WriteString(section("Configuration", configTable(s, st), st))
	b.WriteString(section("Objects", objectTable(s, st), st))
	b.WriteString(section("Limits", limitTable(s.Limits, st), st))
	if len(s.Objects) > 0 && s.Objects[0].Name != schema.AnyObject {
		b.WriteString("\n" + st.wrap(fmt.Sprintf("`leat destinations %s %s` shows the fields of an object.", name, s.Objects[0].Name), ""))
	}
	return b.String()
}

func configTable(s *schema.Destination, st Style) string {
	if len(s.Config) == 0 {
		return ""
	}
	var rows [][]string
	for _, c := range s.Config {
		var notes []string
		switch {
		case c.Secret:
			notes = append(notes, "secret, from env()")
		case c.Default != "":
			notes = append(notes, "default "+c.Default)
		}
		need := "optional"
		if c.Required {
			need = "required"
		}
		rows = append(rows, []string{c.Name, typeText(c.Type), need, sentences(strings.Join(notes, ", "), c.Description)})
	}
	return grid([]string{"attribute", "type", "", ""}, rows, nil, "  ", st)
}

// sentences joins a note and a description.
func sentences(note, description string) string {
	switch {
	case note == "":
		return description
	case description == "":
		return note
	default:
		return note + "; " + description
	}
}

func objectTable(s *schema.Destination, st Style) string {
	if len(s.Objects) == 0 {
		if s.NeedsPull {
			return st.wrap("Not known yet: `leat destinations schema pull` reads them from the account.", "  ")
		}
		return ""
	}
	var rows [][]string
	for i := range s.Objects {
		o := &s.Objects[i]
		name := o.Name
		if name == schema.AnyObject {
			name = "any name"
		}
		fields := strconv.Itoa(len(o.Fields))
		if o.FieldsOpen {
			fields = "any"
		}
		var ops []string
		for _, op := range o.Operations {
			ops = append(ops, op.Name)
		}
		rows = append(rows, []string{name, fields, keysText(o), strings.Join(ops, ", ")})
	}
	return grid([]string{"object", "fields", "key", "operations"}, rows, map[int]bool{1: true}, "  ", st)
}

func keysText(o *schema.Object) string {
	var keys []string
	for _, k := range o.Keys {
		keys = append(keys, strings.Join(k.Fields, "+"))
	}
	if o.KeysOpen {
		keys = append(keys, "any field")
	}
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, " or ")
}

func limitTable(limits []schema.Limit, st Style) string {
	var rows [][]string
	for _, l := range limits {
		amount := ""
		if l.Amount > 0 {
			amount = thousands(l.Amount) + " " + l.Counts
			if l.Window != "" {
				amount += " per " + windowText(l.Window)
			}
		}
		if l.Amount == 0 && l.AmountFrom != "" {
			amount = "as " + l.AmountFrom + " says"
		}
		if l.Concurrent == 0 && l.ConcurrentFrom != "" {
			amount = strings.TrimPrefix(amount+", ", ", ") + "at once as " + l.ConcurrentFrom + " says"
		}
		if l.Concurrent > 0 {
			amount = strings.TrimPrefix(amount+", "+strconv.Itoa(l.Concurrent)+" at once", ", ")
		}
		rows = append(rows, []string{l.Name, l.Scope, amount, l.Description})
	}
	if len(rows) == 0 {
		return ""
	}
	return grid([]string{"limit", "scope", "amount", ""}, rows, nil, "  ", st)
}

// windowText shortens a Go duration: "24h0m0s" is 24h.
func windowText(window string) string {
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(window, zero) {
			window = window[:len(window)-2]
		}
	}
	return window
}

// Object renders one object: its fields, keys and operations. dest is how the
// user calls the destination.
func Object(dest string, o *schema.Object, st Style) string {
	var b strings.Builder
	title := dest + " " + o.Name
	if o.Label != "" && !strings.EqualFold(o.Label, o.Name) {
		title += " (" + o.Label + ")"
	}
	b.WriteString(st.bold(title) + "\n")
	if o.Description != "" {
		b.WriteString(st.wrap(o.Description, "  "))
	}
	b.WriteByte('\n')
	b.WriteString(facts([][2]string{
		{"keys", keyFacts(o)},
		{"on_removed", removalText(o)},
		{"rekey", rekeyText(o)},
		{"read back", readText(o.Readable)},
		{"delivery", replaceText(o)},
	}, "  ", st))
	b.WriteString(section("Fields", fieldTable(o, st), st))
	b.WriteString(section("Allowed values", enumTable(o, st), st))
	b.WriteString(section("Operations", operationTable(o, st), st))
	return b.String()
}

func keyFacts(o *schema.Object) string {
	var keys []string
	for _, k := range o.Keys {
		t := strings.Join(k.Fields, "+")
		if k.Unique {
			t += " (unique in the destination)"
		} else {
			t += " (uniqueness is not guaranteed by the destination)"
		}
		keys = append(keys, t)
	}
	if o.KeysOpen {
		keys = append(keys, "any field")
	}
	return strings.Join(keys, "; ")
}

func removalText(o *schema.Object) string {
	return strings.Join(append([]string{"keep"}, o.Removal...), ", ")
}

func rekeyText(o *schema.Object) string {
	switch {
	case o.Replace:
		return ""
	case o.Rekey:
		return "a record keeps its identity when its key changes"
	default:
		return "a record whose key changes is removed and created"
	}
}

func readText(r schema.Readable) string {
	switch r {
	case schema.ReadByKey:
		return "by key"
	case schema.ReadFull:
		return "by key, and all records"
	default:
		return "not possible"
	}
}

func replaceText(o *schema.Object) string {
	if o.Replace {
		return "rewritten whole by every apply that changes it"
	}
	return ""
}

func fieldTable(o *schema.Object, st Style) string {
	var rows [][]string
	for _, f := range o.Fields {
		rows = append(rows, []string{f.Name, typeText(f.Type), strings.Join(fieldFlags(&f), ", ")})
	}
	if o.FieldsOpen {
		rows = append(rows, []string{"any other", "unknown", "taken as it comes"})
	}
	if len(rows) == 0 {
		return ""
	}
	return grid([]string{"field", "type", ""}, rows, nil, "  ", st)
}

// fieldFlags says what a mapping has to know of a field, the hard rules first.
func fieldFlags(f *schema.Field) []string {
	var out []string
	add := func(yes bool, text string) {
		if yes {
			out = append(out, text)
		}
	}
	add(f.ReadOnly, "read-only")
	add(f.RequiredOnCreate, "required")
	add(f.Unique, "unique")
	add(!f.Nullable && !f.ReadOnly, "not null")
	add(!f.ReadOnly && f.Clear == schema.ClearEmpty, `cleared by ""`)
	add(!f.ReadOnly && f.Nullable && f.Clear == schema.ClearImpossible, "cannot be cleared")
	add(f.EnumOpen, "takes new values")
	add(f.Normalise != "", "kept as "+strings.ReplaceAll(f.Normalise, "_", "+"))
	add(f.PII != "", "personal: "+f.PII)
	return out
}

// typeText is a type fit for a table cell: long enums are counted.
func typeText(t types.Type) string {
	s := t.String()
	if t.Kind == types.Enum && len(s) > 28 {
		return "enum of " + strconv.Itoa(len(t.Values))
	}
	return clip(s, 40)
}

// enumShown is how many values of an enum are listed.
const enumShown = 12

func enumTable(o *schema.Object, st Style) string {
	var rows [][2]string
	for _, f := range o.Fields {
		if f.Type.Kind != types.Enum || typeText(f.Type) == f.Type.String() {
			continue
		}
		values := strings.Join(f.Type.Values[:min(enumShown, len(f.Type.Values))], ", ")
		if rest := len(f.Type.Values) - enumShown; rest > 0 {
			values += fmt.Sprintf(" and %d more (--json lists them)", rest)
		}
		rows = append(rows, [2]string{f.Name, values})
	}
	return facts(rows, "  ", st)
}

func operationTable(o *schema.Object, st Style) string {
	var b strings.Builder
	for _, op := range o.Operations {
		b.WriteString("  " + st.cyan(op.Name))
		if op.Endpoint != "" {
			b.WriteString("  " + op.Endpoint)
		}
		b.WriteByte('\n')
		size := "one record at a time"
		switch {
		case op.MaxRecords > 1:
			size = plural(int64(op.MaxRecords), "record") + " a call"
		case op.MaxRecords == 0:
			size = "any number of records a call"
		}
		if op.MaxBytes > 0 {
			size += ", " + thousands(op.MaxBytes) + " bytes at most"
		}
		if op.CallsPerBatch > 1 {
			size += ", " + strconv.Itoa(op.CallsPerBatch) + " requests each"
		}
		b.WriteString(facts([][2]string{{"batch", size}, {"retry", retries[op.Retry]}, {"limits", strings.Join(op.Limits, ", ")}}, "      ", st))
	}
	return b.String()
}
