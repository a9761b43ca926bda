package check

import (
	"slices"
	"strings"
	"time"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/properties"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// Tests compiles the `test` blocks of a configuration against its compiled
// activations. Tests with errors are left out, and so are those of activations
// that did not compile. The diagnostics are not sorted.
func Tests(in Input, res *Result) ([]ir.Test, diag.Diagnostics) {
	var out []ir.Test
	var ds diag.Diagnostics
	for _, block := range in.Config.Tests {
		t := &testing{compiler: &compiler{in: in, res: res, places: properties.NewPlaces(in.Properties)}, block: block, out: ir.Test{Name: block.Name, Range: block.NameRange}}
		t.compile()
		ds.Extend(t.diags)
		if t.errors() == 0 && t.out.Activation != nil && !block.Poisoned {
			out = append(out, t.out)
		}
	}
	return out, ds
}

// testing is one test block being compiled.
type testing struct {
	*compiler
	block *syntax.Test
	out   ir.Test
}

func (t *testing) report(d diag.Diagnostic) { t.diags.Append(d) }

func (t *testing) compile() {
	act := t.activation()
	if act == nil {
		return
	}
	t.out.Activation = act
	t.given()
	if t.errors() > 0 {
		return
	}
	t.records()
	t.synced()
	t.expect()
	t.asOf()
}

// activation finds the compiled activation. It reports one that no block
// declares; one that did not compile has been reported.
func (t *testing) activation() *ir.Activation {
	ref := t.block.Activation
	if ref == nil {
		return nil
	}
	asked := ref.Addr.String()
	if a := t.named(asked); a != nil {
		return a
	}
	var names []string
	for _, a := range t.res.Activations {
		names = append(names, a.Address())
	}
	for _, a := range t.in.Config.Activations {
		if a.Addr == ref.Addr || (ref.Addr.Key != "" && a.Addr.Name == ref.Addr.Name && a.Poisoned) {
			if a.ForEach != nil && ref.Addr.Key == "" && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, asked+"[") }) {
				continue // its instances are what there is
			}
			return nil
		}
		names = append(names, a.Addr.String())
	}
	if !t.in.Config.Poisoned {
		t.report(diag.New(diag.TestActivation, ref.Range, "No block declares %s.%s", asked, diag.DidYouMean(asked, names)).
			WithSummary("There is no %s to test", asked))
	}
	return nil
}

func (t *testing) named(address string) *ir.Activation {
	for i := range t.res.Activations {
		if t.res.Activations[i].Address() == address {
			a := t.res.Activations[i]
			return &a
		}
	}
	return nil
}

// given compiles the given rows. The types of columns that dbt does not tell
// come from the values; the activation is then compiled anew with them, as a
// plan does with the warehouse's own types.
func (t *testing) given() {
	live := map[string][]LiveColumn{}
	for _, block := range t.block.Given {
		if block.From == nil || block.Rows == nil || t.in.Manifest == nil {
			continue
		}
		res := Resolve(t.in.Manifest, block.From)
		if !res.OK() {
			t.report(res.Diagnostic(block.From.Range))
			continue
		}
		id := res.Relation.UniqueID
		if !slices.ContainsFunc(t.reads(), func(s ir.Source) bool { return s.UniqueID == id }) {
			t.report(diag.New(diag.TestUnread, block.From.Range, "%s reads %s, not %s. Correct the name, or remove the block.",
				t.out.Activation.Address(), t.readNames(), block.From).WithSummary("%s does not read %s", t.out.Activation.Address(), block.From))
			continue
		}
		if slices.ContainsFunc(t.out.Given, func(g ir.TestRelation) bool { return g.UniqueID == id }) {
			t.report(diag.New(diag.TestUnread, block.From.Range, "Put all rows of %s into one given block.", block.From).WithSummary("%s is given twice", block.From))
			continue
		}
		rel, columns := t.relation(res.Relation, block)
		t.out.Given = append(t.out.Given, rel)
		if columns != nil {
			live[id] = columns
		}
	}
	for _, src := range t.needed() {
		if t.block.Poisoned || t.errors() > 0 || slices.ContainsFunc(t.out.Given, func(g ir.TestRelation) bool { return g.UniqueID == src.UniqueID }) {
			continue
		}
		t.report(diag.New(diag.TestNoRows, t.block.DefRange, "%s reads %s. Add a given block with from = %s and its rows, or rows = [] when there are none.", t.out.Activation.Address(), src.Name, src.Name).
			WithSummary("No rows are given for %s", src.Name))
	}
	if len(live) > 0 && t.errors() == 0 {
		t.recompile(live)
	}
}

// reads are the relations the activation reads, and those behind the records
// that it looks up.
func (t *testing) reads() []ir.Source {
	out := []ir.Source{t.out.Activation.Source}
	if c := t.out.Activation.Consent; c != nil {
		out = append(out, c.Source)
	}
	for _, a := range t.lookedUp() {
		out = append(out, a.Source)
		if a.Consent != nil {
			out = append(out, a.Consent.Source)
		}
	}
	return out
}

// needed are those of them that have to be given: without consent, nobody could
// tell who is blocked.
func (t *testing) needed() []ir.Source {
	out := []ir.Source{t.out.Activation.Source}
	if c := t.out.Activation.Consent; c != nil {
		out = append(out, c.Source)
	}
	for _, a := range t.lookedUp() {
		given := slices.ContainsFunc(t.out.Given, func(g ir.TestRelation) bool { return g.UniqueID == a.Source.UniqueID })
		if given && a.Consent != nil {
			out = append(out, a.Consent.Source)
		}
	}
	return out
}

// lookedUp are the activations whose records the tested one looks up, in their
// turn too.
func (t *testing) lookedUp() []*ir.Activation {
	var out []*ir.Activation
	var visit func(a *ir.Activation)
	visit = func(a *ir.Activation) {
		for _, m := range a.Fields {
			if m.Lookup == nil {
				continue
			}
			to := t.named("activation." + m.Lookup.Activation)
			if to == nil || slices.ContainsFunc(out, func(o *ir.Activation) bool { return o.Name == to.Name }) {
				continue
			}
			out = append(out, to)
			visit(to)
		}
	}
	visit(t.out.Activation)
	return out
}

// records are those of them whose rows the test gives. Of the others, every
// record is taken to exist.
func (t *testing) records() {
	for _, a := range t.lookedUp() {
		if slices.ContainsFunc(t.out.Given, func(g ir.TestRelation) bool { return g.UniqueID == a.Source.UniqueID }) {
			t.out.Records = append(t.out.Records, a)
		}
	}
}

// readNames lists what rows may be given of.
func (t *testing) readNames() string {
	var names []string
	for _, s := range t.reads() {
		names = append(names, s.Name)
	}
	return strings.Join(names, " and ")
}

// recompile replaces the activation by one compiled with other column types.
func (t *testing) recompile(live map[string][]LiveColumn) {
	in := t.in
	in.Live = live
	res, ds := Compile(in)
	for i := range res.Activations {
		if res.Activations[i].Address() == t.out.Activation.Address() {
			t.out.Activation = &res.Activations[i]
			return
		}
	}
	for _, d := range ds {
		if d.Severity == diag.Error {
			t.report(d.WithRelated(t.block.DefRange, "with the column types of the rows that this test gives"))
		}
	}
}

// relation compiles the rows of one given block. columns are what the
// warehouse would say, when dbt does not tell all of it.
func (t *testing) relation(rel *manifest.Relation, block *syntax.TestRows) (out ir.TestRelation, columns []LiveColumn) {
	out.UniqueID = rel.UniqueID
	rows, ok, ds := block.Rows.Rows(t.in.Constants)
	t.diags.Extend(ds)
	if !ok {
		return out, nil
	}
	facts, dialect := t.factsOf(rel), t.in.Manifest.Metadata.Adapter
	guessed := false
	add := func(name, data string) {
		c := ir.TestColumn{Name: name}
		c.Type, _ = types.FromWarehouse(dialect, data)
		if c.Type.Kind == types.Unknown {
			c.Type, data = t.guess(name, rows)
			guessed = true
		}
		out.Columns = append(out.Columns, c)
		columns = append(columns, LiveColumn{name, data})
	}
	for _, f := range facts.Columns {
		fact, _ := f.Type()
		add(f.Name, fact.DataType)
	}
	if !facts.Complete { // what the expressions use is there, too
		for _, name := range t.columnsRead(rel.UniqueID) {
			if columnIndex(out.Columns, name) < 0 {
				add(name, "")
			}
		}
	}
	for _, r := range rows {
		row := ir.TestRow{Range: r.Range}
		for _, cell := range r.Cells {
			i := columnIndex(out.Columns, cell.Name)
			if i < 0 {
				t.report(unknownColumn(cell, block.From, out.Columns, facts.Complete))
				continue
			}
			row.Cells = t.cell(row.Cells, cell, out.Columns[i].Name, sourceType(out.Columns[i].Type))
		}
		out.Rows = append(out.Rows, row)
	}
	if !guessed {
		columns = nil
	}
	return out, columns
}

func unknownColumn(cell syntax.ConstantCell, from *syntax.SourceRef, columns []ir.TestColumn, complete bool) diag.Diagnostic {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	why := "%s has no column %q.%s"
	if !complete {
		why = "Nothing that dbt says of %s, and nothing that the activation uses of it, is called %q.%s"
	}
	return diag.New(diag.TestColumn, cell.NameRange, why, from, cell.Name, diag.DidYouMean(cell.Name, names)).
		WithSummary("No column %q in %s", cell.Name, from)
}

// columnsRead are the columns of a relation that the activation uses.
func (t *testing) columnsRead(uniqueID string) []string {
	var out []string
	for _, s := range t.reads() {
		if s.UniqueID == uniqueID {
			out = append(out, s.Columns...)
		}
	}
	return out
}

// sourceType is the type that values of a source column are held against: a
// test of a value that no longer is among the accepted ones is a good test.
func sourceType(t types.Type) types.Type {
	if t.Kind == types.Enum {
		return types.StringType
	}
	return t
}

// columnIndex finds a column: exactly, else by ignoring case.
func columnIndex(cols []ir.TestColumn, name string) int {
	if i := slices.IndexFunc(cols, func(c ir.TestColumn) bool { return c.Name == name }); i >= 0 {
		return i
	}
	return slices.IndexFunc(cols, func(c ir.TestColumn) bool { return strings.EqualFold(c.Name, name) })
}

// cell appends a value that fits its type, and reports another.
func (t *testing) cell(cells []ir.TestCell, c syntax.ConstantCell, name string, typ types.Type) []ir.TestCell {
	text, why := testText(c.Value, typ)
	if why != "" {
		t.report(diag.New(diag.TestValue, c.Range, "%s is %s. %s", name, typ, why).WithSummary("Value of %q does not fit", name))
		return cells
	}
	return append(cells, ir.TestCell{Name: name, Range: c.Range, Null: c.Value.IsNull(), Text: text})
}

// fieldTypes are the names that rows of state may have, with their types: a
// key field or field wins over a part of the id of the same name.
func fieldTypes(a *ir.Activation) (names []string, byName map[string]types.Type) {
	byName = map[string]types.Type{}
	add := func(name string, typ types.Type) {
		if _, known := byName[name]; !known {
			names, byName[name] = append(names, name), typ
		}
	}
	for _, ms := range [][]ir.Mapping{a.Key, a.Fields} {
		for _, m := range ms {
			add(m.Field, m.Type)
		}
	}
	for _, c := range a.ID {
		add(c.Name, c.Type)
	}
	return names, byName
}

// synced compiles the records that state holds before.
func (t *testing) synced() {
	block := t.block.Synced
	if block == nil || block.Rows == nil {
		return
	}
	t.out.Synced = ir.TestRows{Range: block.Rows.Expr.Range(), Rows: t.rows(block.Rows, false)}
	a := t.out.Activation
	var needed []string
	for _, c := range a.ID {
		needed = append(needed, c.Name)
	}
	for _, m := range a.Key {
		if !slices.Contains(needed, m.Field) {
			needed = append(needed, m.Field)
		}
	}
	for _, r := range t.out.Synced.Rows {
		for _, name := range needed {
			if c := r.Cell(name); c == nil || c.Null {
				t.report(diag.New(diag.TestSynced, r.Range, "State knows a record by its id and key. This row needs a value for each of: %s.", strings.Join(needed, ", ")).
					WithSummary("Synced row without %q", name))
			}
		}
	}
}

// rows compiles rows by the names of the activation's id, key and fields, and
// when expected those of what a plan says of a row.
func (t *testing) rows(attr *syntax.Attribute, expected bool) []ir.TestRow {
	rows, _, ds := attr.Rows(t.in.Constants)
	t.diags.Extend(ds)
	names, byName := fieldTypes(t.out.Activation)
	var out []ir.TestRow
	for _, r := range rows {
		row := ir.TestRow{Range: r.Range}
		for _, c := range r.Cells {
			typ, known := byName[c.Name]
			if !known && expected && (c.Name == ir.ExpectOperation || c.Name == ir.ExpectReason) {
				typ, known = types.StringType, true
			}
			if attr.Name == "invalid" && typ.Text() {
				typ = types.StringType // that it does not fit may be the point
			}
			if !known {
				t.report(diag.New(diag.TestColumn, c.NameRange, "%s has no field, key field or part of its id called %q.%s It has: %s.",
					t.out.Activation.Address(), c.Name, diag.DidYouMean(c.Name, names), list(names, 20)).WithSummary("%s maps no %q", t.out.Activation.Address(), c.Name))
				continue
			}
			row.Cells = t.cell(row.Cells, c, c.Name, typ)
		}
		out = append(out, row)
	}
	return out
}

// expect compiles the expectations.
func (t *testing) expect() {
	block := t.block.Expect
	if block == nil || len(block.Attrs) == 0 {
		if !t.block.Poisoned {
			rng := t.block.DefRange
			if block != nil {
				rng = block.DefRange
			}
			t.report(diag.New(diag.TestNoExpect, rng, "Add an expect block with at least one of send, create, update, remove, unchanged, invalid, held and blocked.").
				WithSummary("Test %q expects nothing", t.block.Name))
		}
		return
	}
	for _, attr := range block.Attrs {
		t.out.Expect = append(t.out.Expect, ir.Expectation{List: attr.Name,
			TestRows: ir.TestRows{Range: attr.NameRange, Rows: t.rows(attr, true)}})
	}
}

// untold is the time of tests of activations that do not ask for it.
var untold = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (t *testing) asOf() {
	t.out.AsOf = untold
	attr := t.block.AsOf
	if attr == nil {
		if usesClock(t.out.Activation) {
			t.report(diag.New(diag.TestAsOf, t.block.DefRange, "%s uses now() or today(). Set as_of, so that the test means the same every day.", t.out.Activation.Address()).
				WithSummary("Test %q needs as_of", t.block.Name))
		}
		return
	}
	text, set, ds := attr.Instant(t.in.Constants)
	t.diags.Extend(ds)
	if !set {
		return
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			t.out.AsOf = at.UTC().Truncate(time.Second)
			return
		}
	}
	t.report(diag.New(diag.TestAsOf, attr.Expr.Range(), "Write a time such as \"2026-05-01T08:00:00Z\", or a date such as \"2026-05-01\".").WithSummary("as_of is not a time"))
}

// usesClock reports whether any expression depends on the time of the plan.
func usesClock(a *ir.Activation) bool {
	uses := func(sql string) bool { return strings.Contains(sql, lower.AsOfVariable) }
	if a.Where != nil && uses(a.Where.SQL) {
		return true
	}
	if c := a.Consent; c != nil && (uses(c.Allow.SQL) || slices.ContainsFunc(c.Match, func(p ir.MatchPair) bool { return uses(p.Consent.SQL) || uses(p.Row.SQL) })) {
		return true
	}
	return slices.ContainsFunc(a.Fields, func(m ir.Mapping) bool { return uses(m.Expr.SQL) })
}
