package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// Why is what `leat why` explains: an activation or one part of it, or columns
// of a relation.
type Why struct {
	Manifest *manifest.Manifest
	// Of is the activation; nil when columns of a relation are explained.
	Of *check.Explanation
	// Parts are those of Of that were asked for; all of them without a name.
	Parts []check.Part
	Whole bool // the activation as a whole
	// Columns are explained when Of is nil.
	Columns []check.Column
}

// WhyText renders an explanation.
func WhyText(w *Why, st Style) string {
	var b strings.Builder
	switch {
	case w.Of == nil:
		for i, c := range w.Columns {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(w.column(c, st))
		}
	case w.Whole:
		b.WriteString(w.activation(st))
	default:
		for i, p := range w.Parts {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(w.part(p, st))
		}
	}
	return b.String()
}

// address is how a part is named: activation.contacts.field["x"].
func (w *Why) address(p check.Part) string {
	a := "activation." + w.Of.Name + "." + string(p.Kind)
	if p.Kind == check.PartKey || p.Kind == check.PartField || p.Kind == check.PartConsent {
		a += "[" + quoteName(p.Name) + "]"
	}
	return a
}

func quoteName(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
}

func rangeText(r diag.Range) string {
	if r.Start.Line == 0 {
		return r.Filename
	}
	return fmt.Sprintf("%s:%d:%d", r.Filename, r.Start.Line, r.Start.Column)
}

// activation is the table of all parts, and what proves id and key.
func (w *Why) activation(st Style) string {
	x := w.Of
	var b strings.Builder
	b.WriteString(st.bold("activation."+x.Name) + "\n")
	rows := [][2]string{{"from", x.From}, {"to", x.Target}, {"written", rangeText(x.Range)}}
	if x.Relation != nil {
		rows = slices.Insert(rows, 1, [2]string{"model", w.relationText(x.Relation)})
	}
	if x.Where != nil {
		rows = append(rows, [2]string{"where", x.Where.Text})
	}
	b.WriteString(facts(rows, "  ", st))
	for _, of := range []string{"id", "key"} {
		b.WriteString(section(upperFirst(of), facts(proofRows(x.Proofs, of), "  ", st), st))
	}
	if len(x.Parts) > 0 {
		var table [][]string
		for _, p := range x.Parts {
			kind, null, labels := "has an error", "", ""
			if p.Known {
				kind, null, labels = clip(p.Info.Type.String(), 24), nullWord(p.Info), labelList(p.Info.Labels)
			}
			table = append(table, []string{partName(p), kind, null, labels, clip(p.Text, 60)})
		}
		b.WriteString("\n" + grid([]string{"part", "type", "null", "labels", "value"}, table, nil, "  ", st))
	}
	b.WriteString("\n" + st.wrap("`leat why activation."+x.Name+" NAME` says where each fact about one of them comes from.", ""))
	return b.String()
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func partName(p check.Part) string {
	if p.Kind == check.PartField {
		return clip(p.Name, 24)
	}
	return string(p.Kind) + " " + clip(p.Name, 20)
}

func nullWord(i types.Info) string {
	if i.Nullable {
		return "may be"
	}
	return "never"
}

func labelList(labels []string) string {
	if len(labels) == 0 {
		return "-"
	}
	return strings.Join(labels, ", ")
}

// proofRows are the graded facts about the id or the key.
func proofRows(proofs []check.Graded, of string) [][2]string {
	var rows [][2]string
	for _, p := range proofs {
		if p.Of != of {
			continue
		}
		what := "not null"
		if p.Fact == "unique" {
			what = p.Fact
		}
		text := string(p.Grade)
		if p.By != "" {
			text += ": " + p.By
			if p.Place.Filename != "" {
				text += " (in " + rangeText(p.Place) + ")"
			}
		}
		rows = append(rows, [2]string{what, text})
	}
	return rows
}

// part explains one expression and the columns it is made of.
func (w *Why) part(p check.Part, st Style) string {
	var b strings.Builder
	b.WriteString(st.bold(w.address(p)) + "\n")
	rows := [][2]string{{"value", p.Text}, {"written", rangeText(p.Range)}}
	if !p.Known {
		rows = append(rows, [2]string{"type", "not known: the expression has an error, which `leat validate` shows"})
		return b.String() + facts(rows, "  ", st)
	}
	rows = append(rows, [2]string{"type", p.Info.Type.String()}, [2]string{"becomes", becomes(p)}, [2]string{"null", nullText(p)})
	if p.Kind == check.PartID || p.Kind == check.PartKey {
		rows = append(rows, [2]string{"tells apart", tellsText(p)})
		for _, r := range proofRows(w.Of.Proofs, string(p.Kind)) {
			rows = append(rows, [2]string{string(p.Kind) + " " + r[0], r[1]})
		}
	}
	if p.Lookup != "" {
		rows = append(rows, [2]string{"names", "the record of a row that activation." + p.Lookup + " keeps"})
		for _, r := range proofRows(w.Of.Proofs, p.Name) {
			rows = append(rows, [2]string{"finds one", r[1]})
		}
	}
	rows = append(rows, [2]string{"labels", partLabels(p)})
	b.WriteString(facts(rows, "  ", st))
	for _, c := range p.Columns {
		b.WriteString("\n" + w.column(c, st))
	}
	return b.String()
}

// becomes says what the destination's field makes of the value.
func becomes(p check.Part) string {
	if p.Field == nil {
		return ""
	}
	text := p.Field.Type.String()
	if p.Lookup != "" {
		return text
	}
	text += ", " + string(p.Conversion.Class)
	if p.Conversion.Reason != "" {
		text += ": " + p.Conversion.Reason
	}
	if how := normalisedText[p.Field.Normalise]; how != "" {
		text += "; the destination keeps it " + how
	}
	return text
}

// normalisedText says what destinations do to values.
var normalisedText = map[string]string{
	"lower": "in lower case", "trim": "without the spaces around it", "lower_trim": "in lower case, without the spaces around it",
}

func nullText(p check.Part) string {
	if !p.Info.Nullable {
		switch {
		case len(p.Filtered) > 0:
			return "never: `where` leaves out rows in which " + strings.Join(p.Filtered, ", ") + " is null"
		case len(p.Columns) > 0 && !slices.ContainsFunc(p.Columns, func(c check.Column) bool { return c.Info.Nullable }):
			return "never: no column in it is"
		}
		return "never: the expression always gives a value"
	}
	var may []string
	for _, c := range p.Columns {
		if c.Info.Nullable && !slices.Contains(p.Filtered, c.Name) {
			may = append(may, c.Name)
		}
	}
	if len(may) > 0 {
		return "may be, as " + strings.Join(may, ", ") + " may be"
	}
	return "may be: the expression can give null"
}

func tellsText(p check.Part) string {
	switch {
	case p.Merges != "":
		return "no: " + p.Merges
	case p.Tells == "":
		return "no: it is the same in every row"
	}
	text := "rows with different " + p.Tells
	if p.Field != nil && normalisedText[p.Field.Normalise] != "" {
		text += ", until the destination changes it: the plan looks for rows that become one"
	}
	return text
}

func partLabels(p check.Part) string {
	var out []string
	for _, l := range p.Info.Labels {
		if slices.Contains(p.Guessed, l) {
			l += " (guessed)"
		}
		out = append(out, l)
	}
	return labelList(out)
}

// column explains a source column.
func (w *Why) column(c check.Column, st Style) string {
	rows := [][2]string{{"type", w.typeText(c)}, {"null", w.columnNull(c)}, {"unique", w.columnKeys(c)}}
	if c.Facts != nil {
		for _, e := range c.Facts.Enums {
			values := strings.Join(e.Values[:min(enumShown, len(e.Values))], ", ")
			if rest := len(e.Values) - enumShown; rest > 0 {
				values += fmt.Sprintf(" and %d more", rest)
			}
			rows = append(rows, [2]string{"values", values + ": " + w.proof(e.Proof)})
		}
		for _, r := range c.Facts.Refers {
			rows = append(rows, [2]string{"refers to", r.To + "." + r.Column + ": " + w.proof(r.Proof)})
		}
	}
	rows = append(rows, [2]string{"labels", markText(c)}, [2]string{"model", w.relationText(c.Relation)})
	if len(c.Relation.DependsOn) > 0 {
		rows = append(rows, [2]string{"built on", strings.Join(c.Relation.DependsOn, ", ")})
	}
	return st.bold(c.Root+"."+c.Name) + " of " + c.Relation.Address() + "\n" + facts(rows, "  ", st)
}

// relationText names a dbt node with its file and version.
func (w *Why) relationText(r *manifest.Relation) string {
	text := r.UniqueID
	if r.Version != "" {
		text += ", version " + r.Version
		if r.LatestVersion == r.Version {
			text += ", the latest"
		} else if r.LatestVersion != "" {
			text += " of " + r.LatestVersion
		}
	}
	if r.DeprecationDate != "" {
		text += ", deprecated " + r.DeprecationDate
	}
	if file := r.File(); file != "" {
		text += ", in " + file
	}
	return text
}

// fromText names the sources of types.
var fromText = map[manifest.From]string{
	check.FromLive:        "the warehouse now",
	manifest.FromContract: "the contract",
	manifest.FromCatalog:  "the catalog",
	manifest.FromDeclared: "data_type, without a contract",
}

func (w *Why) typeText(c check.Column) string {
	if len(c.Stated) == 0 {
		return c.Info.Type.String() + ": no contract, catalog or data_type states one; the plan asks the warehouse"
	}
	text := c.Info.Type.String() + ", from " + fromText[c.Stated[0].From] + ": " + clip(c.Stated[0].DataType, 60)
	for _, s := range c.Stated[1:] {
		text += "; " + fromText[s.From] + ": " + clip(s.DataType, 60)
	}
	return text
}

func (w *Why) columnNull(c check.Column) string {
	var proofs []manifest.Proof
	if c.Facts != nil {
		proofs = c.Facts.NotNull
	}
	word := "may be"
	if g, ok := manifest.BestGrade(proofs); ok {
		word = "never, " + string(g)
	}
	if len(proofs) == 0 {
		return word + ": nothing says otherwise"
	}
	return word + ": " + w.proofs(proofs)
}

func (w *Why) columnKeys(c check.Column) string {
	var out []string
	for _, k := range c.Keys {
		word := "not proven"
		if g, ok := manifest.BestGrade(k.Proofs); ok {
			word = string(g)
		}
		if others := slices.DeleteFunc(slices.Clone(k.Columns), func(n string) bool { return n == c.Facts.Name }); len(others) > 0 {
			word = "with " + strings.Join(others, ", ") + ", " + word
		}
		out = append(out, word+": "+w.proofs(k.Proofs))
	}
	if len(out) == 0 {
		return "nothing says so"
	}
	return strings.Join(out, "; ")
}

func (w *Why) proofs(proofs []manifest.Proof) string {
	var out []string
	for _, p := range proofs {
		out = append(out, w.proof(p))
	}
	return strings.Join(out, "; ")
}

// proof says what states a fact, where, and what the last run said of it.
func (w *Why) proof(p manifest.Proof) string {
	by := p.By
	if p.Test != nil {
		by = "test " + p.Test.Name
		if p.Test.Namespace != "" {
			by += " of " + p.Test.Namespace
		}
	}
	notes := []string{}
	if p.Place.Filename != "" {
		notes = append(notes, "in "+rangeText(p.Place))
	} else if p.File != "" {
		notes = append(notes, "in "+p.File)
	}
	if p.Verdict.Status != "" {
		note := p.Verdict.Status
		if !p.Verdict.At.IsZero() {
			note += " at " + p.Verdict.At.UTC().Format(time.RFC3339)
		}
		notes = append(notes, note+" in "+p.Verdict.File)
	} else if p.Test != nil {
		notes = append(notes, "no run results tell")
	}
	switch {
	case p.Partial != "":
		notes = append(notes, partialText[p.Partial])
	case p.Outdated:
		notes = append(notes, "the model was built again since")
	}
	return by + " (" + strings.Join(notes, "; ") + ")"
}

func markText(c check.Column) string {
	var out []string
	for _, m := range c.Marks {
		text := m.Label + ": " + m.Because
		if m.Place.Filename != "" {
			text += " (" + rangeText(m.Place) + ")"
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "-"
	}
	return strings.Join(out, "; ")
}
