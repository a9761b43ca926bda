package view

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/types"
)

// Model is a relation that can be activated, with all that is known of it.
type Model struct {
	Relation *manifest.Relation
	Facts    *manifest.Facts
}

// ModelList is what `leat models` shows: what can be activated, and how many
// nodes cannot.
type ModelList struct {
	Metadata            manifest.Metadata
	Models              []Model
	Labels              *label.Rules // which labels columns carry
	Ephemeral, Disabled int          // left out of Models
}

// address is how an activation names the relation: with its package unless it
// is the project's own.
func (l *ModelList) address(r *manifest.Relation) string {
	if r.Resource == manifest.Source || r.Package == l.Metadata.Project || l.Metadata.Project == "" {
		return r.Address()
	}
	return strings.Replace(r.Address(), "ref(", fmt.Sprintf("ref(%q, ", r.Package), 1)
}

// kind is what the relation is in the warehouse.
func kind(r *manifest.Relation) string {
	if r.Materialized == "" {
		return string(r.Resource)
	}
	return r.Materialized
}

// Models renders what can be activated, one line each.
func Models(l *ModelList, st Style) string {
	var b strings.Builder
	b.WriteString(projectLine(l.Metadata, st))
	var rows [][]string
	for _, m := range l.Models {
		rows = append(rows, []string{clip(l.address(m.Relation), 40), kind(m.Relation), columnCount(m.Facts), keyList(m.Facts)})
	}
	if len(rows) > 0 {
		b.WriteByte('\n')
		b.WriteString(grid([]string{"from", "kind", "columns", "unique keys"}, rows, map[int]bool{2: true}, "  ", st))
	}
	b.WriteString("\n" + plural(int64(len(l.Models)), "relation") + " can be activated.")
	var left []string
	if l.Ephemeral > 0 {
		left = append(left, strconv.Itoa(l.Ephemeral)+" ephemeral")
	}
	if l.Disabled > 0 {
		left = append(left, strconv.Itoa(l.Disabled)+" disabled")
	}
	if len(left) > 0 {
		b.WriteString(" Left out: " + strings.Join(left, ", ") + ".")
	}
	b.WriteByte('\n')
	return b.String()
}

func projectLine(m manifest.Metadata, st Style) string {
	name := m.Project
	if name == "" {
		name = "(name not stated)"
	}
	return fmt.Sprintf("%s %s, dbt %s, manifest v%d\n", st.bold("dbt project "+name+":"), m.Adapter, m.DbtVersion, m.SchemaVersion)
}

// columnCount says "4+" when there may be columns nobody documented.
func columnCount(f *manifest.Facts) string {
	n := strconv.Itoa(len(f.Columns))
	if !f.Complete {
		n += "+"
	}
	return n
}

func keyList(f *manifest.Facts) string {
	var keys []string
	for _, k := range f.Keys {
		if g, ok := manifest.BestGrade(k.Proofs); ok {
			keys = append(keys, strings.Join(k.Columns, "+")+" ("+string(g)+")")
		}
	}
	if len(keys) == 0 {
		return "-"
	}
	return strings.Join(keys, ", ")
}

// ModelDetail renders one relation of the list: its columns and every fact
// with where it comes from.
func ModelDetail(l *ModelList, m Model, st Style) string {
	r, f := m.Relation, m.Facts
	var b strings.Builder
	b.WriteString(st.bold(l.address(r)) + "\n")
	if r.Description != "" {
		b.WriteString(st.wrap(clip(strings.Join(strings.Fields(r.Description), " "), 400), "  "))
	}
	b.WriteByte('\n')
	b.WriteString(facts([][2]string{
		{"relation", r.RelationName},
		{"kind", kind(r)},
		{"contract", contractText(r)},
		{"access", r.Access},
		{"group", r.Group},
		{"deprecated", r.DeprecationDate},
		{"tags", strings.Join(r.Tags, ", ")},
		{"meta", metaText(r.Meta)},
		{"documented in", r.File()},
	}, "  ", st))
	b.WriteString(section("Columns", columnTable(f, l.Metadata.Adapter, st), st))
	if !f.Complete {
		b.WriteString(st.wrap("Columns that nobody documented may exist: there is neither an enforced contract nor a catalog entry. `dbt docs generate` writes one.", "  "))
	}
	b.WriteString(section("Unique keys", keyTable(f, st), st))
	if len(f.Keys) == 0 {
		b.WriteString(section("Unique keys", st.wrap("None is stated. Add a `unique` test or a primary key constraint in the dbt YAML.", "  "), st))
	}
	b.WriteString(section("Not null", notNullTable(f, st), st))
	b.WriteString(section("Allowed values", valueTable(f, st), st))
	b.WriteString(section("Labels", l.labelTable(m, st), st))
	b.WriteString(section("Tags and meta", tagTable(f, st), st))
	b.WriteString(section("References", referTable(f, st), st))
	return b.String()
}

func contractText(r *manifest.Relation) string {
	if r.ContractEnforced {
		return "enforced"
	}
	return ""
}

// metaText renders meta entries: of true ones and of those that are no scalar
// the name, of others name=value.
func metaText(meta map[string]any) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(meta)) {
		switch v := meta[name].(type) {
		case string, float64, json.Number:
			name = clip(fmt.Sprintf("%s=%v", name, v), 40)
		case bool:
			if !v {
				name += "=false"
			}
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// columnType is the lattice type of the best statement, with the statement
// itself where the warehouse's name is not known.
func columnType(c *manifest.ColumnFacts, dialect string) (text, from string) {
	t, ok := c.Type()
	if !ok {
		return "unknown", ""
	}
	if typ, ok := types.FromWarehouse(dialect, t.DataType); ok {
		return typeText(typ), string(t.From)
	}
	return "unknown (" + clip(t.DataType, 20) + ")", string(t.From)
}

func columnTable(f *manifest.Facts, dialect string, st Style) string {
	if len(f.Columns) == 0 {
		return ""
	}
	var rows [][]string
	for i := range f.Columns {
		c := &f.Columns[i]
		t, from := columnType(c, dialect)
		null := "nullable"
		if g, ok := manifest.BestGrade(c.NotNull); ok {
			null = "not null (" + string(g) + ")"
		}
		rows = append(rows, []string{clip(c.Name, 30), t, from, null})
	}
	return grid([]string{"column", "type", "read from", "null"}, rows, nil, "  ", st)
}

// labelTable is the labels of columns, with what gives them.
func (l *ModelList) labelTable(m Model, st Style) string {
	var rows [][2]string
	for i := range m.Facts.Columns {
		c := &m.Facts.Columns[i]
		for _, mark := range l.Labels.Of(m.Relation, c.Name, c.Documented) {
			rows = append(rows, [2]string{c.Name, mark.Label + ": " + mark.Because})
		}
	}
	return facts(rows, "  ", st)
}

// tagTable is the tags and meta of columns: what labels are made of.
func tagTable(f *manifest.Facts, st Style) string {
	var rows [][2]string
	for _, c := range f.Columns {
		if d := c.Documented; d != nil {
			rows = append(rows, [2]string{c.Name, strings.Trim(strings.Join(d.Tags, ", ")+", "+metaText(d.Meta), ", ")})
		}
	}
	return facts(rows, "  ", st)
}

// proofsText says each reason, with its grade.
func proofsText(proofs []manifest.Proof) string {
	var out []string
	for _, p := range proofs {
		out = append(out, proofText(p))
	}
	return strings.Join(out, "; ")
}

func proofText(p manifest.Proof) string {
	by := p.By
	if p.Test != nil {
		by = "test " + p.Test.Name
	}
	note := string(p.Grade)
	switch {
	case p.Partial != "":
		note += ", " + partialText[p.Partial]
	case p.Outdated:
		note += ", passed before the last build"
	}
	return by + " (" + note + ")"
}

// partialText says why a test or constraint does not speak for every row.
var partialText = map[string]string{
	manifest.PartialWhere:      "covers only some rows",
	manifest.PartialSeverity:   "only warns",
	manifest.PartialThreshold:  "tolerates failing rows",
	manifest.PartialFailed:     "its last run failed",
	manifest.PartialUnenforced: "the warehouse does not enforce it",
	manifest.PartialNotApplied: "dbt does not apply it: that takes an enforced contract and a table",
}

func keyTable(f *manifest.Facts, st Style) string {
	var rows [][2]string
	for _, k := range f.Keys {
		rows = append(rows, [2]string{strings.Join(k.Columns, "+"), proofsText(k.Proofs)})
	}
	return facts(rows, "  ", st)
}

func notNullTable(f *manifest.Facts, st Style) string {
	var rows [][2]string
	for _, c := range f.Columns {
		rows = append(rows, [2]string{c.Name, proofsText(c.NotNull)})
	}
	return facts(rows, "  ", st)
}

func valueTable(f *manifest.Facts, st Style) string {
	var rows [][2]string
	for _, c := range f.Columns {
		for _, e := range c.Enums {
			values := strings.Join(e.Values[:min(enumShown, len(e.Values))], ", ")
			if rest := len(e.Values) - enumShown; rest > 0 {
				values += fmt.Sprintf(" and %d more", rest)
			}
			rows = append(rows, [2]string{c.Name, values + ": " + proofText(e.Proof)})
		}
	}
	return facts(rows, "  ", st)
}

func referTable(f *manifest.Facts, st Style) string {
	var rows [][2]string
	for _, c := range f.Columns {
		for _, r := range c.Refers {
			rows = append(rows, [2]string{c.Name, r.To + "." + r.Column + ": " + proofText(r.Proof)})
		}
	}
	return facts(rows, "  ", st)
}
