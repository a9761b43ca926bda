package against

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// unit is one relation that one activation reads.
type unit struct {
	*comparison
	name    string
	block   *syntax.Activation
	in      input
	was, is *manifest.Relation // is is nil when it does not resolve
}

// finding starts one about a column, or about the model when it is "".
func (u *unit) finding(kind Kind, column string, d diag.Diagnostic) Finding {
	return Finding{Activation: u.name, Kind: kind, Model: u.was.UniqueID, Column: column, Diagnostic: d}
}

// spot is what a finding is about in the YAML: a key of the model or of a
// column, or what states a proof.
type spot struct {
	column, key string
	proofs      []manifest.Proof // the first that is left is meant
}

// places relates a diagnostic to the dbt files before and after. Only those of
// after are at hand, so only they have lines.
func (u *unit) places(d diag.Diagnostic, at spot, before, after string) diag.Diagnostic {
	if file := u.was.File(); file != "" {
		d = d.WithRelated(diag.Range{Filename: file}, "before, in %s: %s", u.report.Before, before)
	}
	if u.is == nil || u.is.File() == "" {
		return d
	}
	rng := u.now.places.Column(u.is, at.column, at.key)
	if len(at.proofs) > 0 {
		rng = u.now.places.Proof(u.is, at.proofs[0])
	}
	return d.WithRelated(rng, "now, in %s: %s", u.report.After, after)
}

// gone reports a model that does not resolve any more.
func (u *unit) gone(now manifest.Resolution) {
	ref := u.in.ref
	f := u.finding(ModelRemoved, "", diag.Diagnostic{})
	switch now.Failure {
	case manifest.IsDisabled:
		f.Kind = ModelDisabled
		f.Diagnostic = diag.New(diag.AgainstModelDisabled, ref.Range, "The change sets enabled: false on %s, so dbt builds it no more and what is read here gets old. Enable it, or read another model.", ref).
			WithSummary("%s was disabled", ref)
		if now.Disabled != nil && now.Disabled.File != "" {
			f.Diagnostic = f.Diagnostic.WithRelated(u.now.places.Disabled(now.Disabled), "now, in %s: disabled", u.report.After)
		}
	case manifest.IsEphemeral:
		f.Kind, f.Before, f.After = ModelUnbuilt, u.was.Materialized, "ephemeral"
		f.Diagnostic = diag.New(diag.AgainstModelUnbuilt, ref.Range, "The change makes %s ephemeral: dbt builds no table or view of it that could be read. Materialise it as a view or a table.", ref).
			WithSummary("%s became ephemeral", ref)
	default:
		detail := "The change removes or renames " + ref.String() + ", from which rows are read here."
		if len(now.Candidates) > 0 {
			detail += " Did you mean ref(" + now.Candidates[0] + ")?"
		}
		f.Diagnostic = diag.New(diag.AgainstModelRemoved, ref.Range, "%s Keep it, or change `from` in the same release.", detail).WithSummary("%s is gone", ref)
		if len(now.Candidates) > 0 && u.was.Resource != manifest.Source {
			f.Diagnostic = f.Diagnostic.WithFix("use ref("+now.Candidates[0]+")", diag.Edit{Range: ref.Range, NewText: "ref(" + now.Candidates[0] + ")"})
		}
	}
	f.Diagnostic = u.places(f.Diagnostic, spot{}, u.was.UniqueID, string(f.Kind))
	u.add(f)
}

// model compares what is not about columns.
func (u *unit) model() {
	for _, d := range u.now.diags {
		if d.Code == diag.ModelPrivate && d.Range == u.in.ref.Range && !u.old.has(d) {
			f := u.finding(AccessLost, "", diag.New(diag.AgainstAccessLost, d.Range, "The change narrows the access to %s. %s", u.in.ref, d.Detail).WithSummary("%s became private", u.in.ref))
			f.Before, f.After = access(u.was), access(u.is)
			f.Diagnostic = u.places(f.Diagnostic, spot{key: "access"}, f.Before, f.After)
			u.add(f)
		}
	}
	if u.was.Alias != u.is.Alias && u.was.UniqueID == u.is.UniqueID {
		f := u.finding(RelationMoved, "", diag.New(diag.AgainstRelationMoved, u.in.ref.Range,
			"The change gives %s another name in the warehouse. Where the old table stays, nothing refreshes it; leat reads the new one.", u.in.ref).WithSummary("%s is another relation", u.in.ref))
		f.Before, f.After = u.was.Alias, u.is.Alias
		f.Diagnostic = u.places(f.Diagnostic, spot{key: "alias"}, f.Before, f.After)
		u.add(f)
	}
}

func access(r *manifest.Relation) string {
	out := r.Access
	if out == "" {
		out = "protected" // dbt's default
	}
	if r.Group != "" {
		out += ", group " + r.Group
	}
	return out
}

// columns compares the columns that the activation uses, each once.
func (u *unit) columns() {
	old, now := u.old.factsOf(u.was), u.now.factsOf(u.is)
	seen := map[string]bool{}
	for _, use := range u.in.uses {
		if seen[use.column] {
			continue
		}
		seen[use.column] = true
		was := old.Column(use.column).Found
		if was == nil {
			continue // not known before
		}
		is := now.Column(use.column).Found
		if dropped(was, is, now) {
			u.dropped(use, was, old, now)
			continue
		}
		if is == nil {
			continue // nobody documents it, and no catalog tells
		}
		u.typeOf(use, was, is)
		u.nullable(use, was, is)
		u.values(use, was, is)
	}
}

// dropped reports whether a column is gone: from a contract, from a whole list
// of columns, or from the documentation when there is no such list.
func dropped(was, is *manifest.ColumnFacts, now *manifest.Facts) bool {
	if is == nil {
		return now.Complete || was.Documented != nil
	}
	// A catalog may be older than the contract that drops the column.
	return now.Relation.ContractEnforced && is.Documented == nil
}

// all returns the uses of a column, the first first.
func (u *unit) all(column string) []use {
	return slices.DeleteFunc(slices.Clone(u.in.uses), func(o use) bool { return o.column != column })
}

// also relates a diagnostic to the other mentions of its column.
func (u *unit) also(d diag.Diagnostic, column string) diag.Diagnostic {
	for _, o := range u.all(column)[1:] {
		d = d.WithRelated(o.rng, "used here too")
	}
	return d
}

func (u *unit) dropped(at use, was *manifest.ColumnFacts, old, now *manifest.Facts) {
	before := "column " + was.Name
	if t, ok := was.Type(); ok {
		before += ", " + t.DataType
	}
	to, ok := renamed(was, old, now)
	if !ok {
		d := diag.New(diag.AgainstColumnDropped, at.rng, "The change takes %s away from %s. Keep the column, or change what uses it in the same release.", at.column, u.is.Name).
			WithSummary("Column %q of %s is gone", at.column, u.is.Name)
		u.dropAll(ColumnDropped, at, u.places(u.also(d, at.column), spot{key: "columns"}, before, "no such column"), "")
		return
	}
	d := diag.New(diag.AgainstColumnRenamed, at.rng, "The change seems to rename %s of %s to %s. Change what uses it in the same release, or keep both names for a while.", at.column, u.is.Name, to).
		WithSummary("Column %q of %s was renamed to %q", at.column, u.is.Name, to)
	var edits []diag.Edit
	for _, o := range u.all(at.column) {
		edits = append(edits, diag.Edit{Range: o.rng, NewText: u.in.root + addr.Step(to)})
	}
	d = u.places(u.also(d, at.column), spot{column: to}, before, "column "+to).WithFix("use "+u.in.root+addr.Step(to), edits...)
	u.dropAll(ColumnRenamed, at, d, to)
}

// dropAll adds the finding, which explains the errors at every mention.
func (u *unit) dropAll(kind Kind, at use, d diag.Diagnostic, after string) {
	f := u.finding(kind, at.column, d)
	f.Before, f.After = at.column, after
	u.add(f)
	for _, o := range u.all(at.column) {
		u.report.explained = append(u.report.explained, o.rng)
	}
}

// renamed guesses the new name of a column: a new column that has its
// description, or its type and a similar name, or its type and no rival.
func renamed(was *manifest.ColumnFacts, old, now *manifest.Facts) (string, bool) {
	var fresh, similar []string
	for i := range now.Columns {
		c := &now.Columns[i]
		if old.Column(c.Name).Found != nil || now.Relation.ContractEnforced && c.Documented == nil {
			continue
		}
		if was.Documented != nil && c.Documented != nil && was.Documented.Description != "" && was.Documented.Description == c.Documented.Description {
			return c.Name, true
		}
		x, okX := was.Type()
		y, okY := c.Type()
		if okX != okY || !strings.EqualFold(x.DataType, y.DataType) {
			continue
		}
		fresh = append(fresh, c.Name)
	}
	if similar = diag.Suggest(was.Name, fresh); len(similar) > 0 {
		return similar[0], true
	}
	if gone := countGone(old, now); gone == 1 && len(fresh) == 1 {
		if _, typed := was.Type(); typed {
			return fresh[0], true
		}
	}
	return "", false
}

func countGone(old, now *manifest.Facts) int {
	n := 0
	for i := range old.Columns {
		if dropped(&old.Columns[i], now.Column(old.Columns[i].Name).Found, now) {
			n++
		}
	}
	return n
}

// typeOf compares what was said of the type by the same kind of source: a
// catalog and a declaration may spell one type differently.
func (u *unit) typeOf(at use, was, is *manifest.ColumnFacts) {
	for _, from := range []manifest.From{manifest.FromContract, manifest.FromDeclared, manifest.FromCatalog} {
		x, okX := statement(was, from)
		y, okY := statement(is, from)
		if !okX || !okY || strings.EqualFold(x, y) {
			continue
		}
		how := compareTypes(parse(u.old.in.Manifest, x), parse(u.now.in.Manifest, y))
		if how == same {
			continue
		}
		code, kind, verb := diag.AgainstRetyped, Retyped, "changed its type"
		if how == narrower {
			code, kind, verb = diag.AgainstNarrowed, Narrowed, "became narrower"
		}
		d := diag.New(code, at.rng, "The change makes %s of %s %s; it was %s (%s). Keep the type, or convert the value here and look at the plan before it is applied.", at.column, u.is.Name, y, x, from).
			WithSummary("Column %q of %s %s", at.column, u.is.Name, verb)
		f := u.finding(kind, at.column, u.places(u.also(d, at.column), spot{column: is.Name, key: "data_type"}, x, y))
		f.Before, f.After = x, y
		u.add(f)
		return
	}
}

func statement(c *manifest.ColumnFacts, from manifest.From) (string, bool) {
	for _, t := range c.Types {
		if t.From == from {
			return t.DataType, true
		}
	}
	return "", false
}

// nullable compares what says that a column is never null.
func (u *unit) nullable(at use, was, is *manifest.ColumnFacts) {
	_, before := manifest.BestGrade(was.NotNull)
	_, after := manifest.BestGrade(is.NotNull)
	if !before || after {
		return
	}
	by, now := whole(was.NotNull), weakened(is.NotNull)
	d := diag.New(diag.AgainstNullable, at.rng, "The change takes away what said that %s of %s is never null: %s is %s. Keep it, or add `where = %s != null`.",
		at.column, u.is.Name, by, now, u.in.root+addr.Step(at.column)).WithSummary("Column %q of %s may now be null", at.column, u.is.Name)
	if !slices.ContainsFunc(u.all(at.column), u.needsValue) {
		d.Severity = diag.Warning
	}
	f := u.finding(Nullable, at.column, u.places(u.also(d, at.column), spot{column: is.Name, proofs: is.NotNull}, by, now))
	f.Before, f.After = by, now
	u.add(f)
}

// needsValue reports whether a use of a column cannot do without a value: in an
// id or a key, where a null row is left out, or in a field that a new record
// must have.
func (u *unit) needsValue(o use) bool {
	if o.place == "id" || o.place == "key" {
		return true
	}
	m, ok := u.mapping(o.place)
	return ok && m.Schema.RequiredOnCreate
}

// mapping returns the field as it was compiled before.
func (u *unit) mapping(field string) (ir.Mapping, bool) {
	if c := u.old.compiled[u.name]; c != nil {
		for _, m := range c.Fields {
			if m.Field == field {
				return m, true
			}
		}
	}
	return ir.Mapping{}, false
}

// whole names the proof that speaks for every row.
func whole(proofs []manifest.Proof) string {
	for _, p := range proofs {
		if p.Partial == "" {
			return p.By
		}
	}
	return ""
}

// weakened says what became of a proof.
func weakened(proofs []manifest.Proof) string {
	for _, p := range proofs {
		switch p.Partial {
		case "":
		case "where":
			return "limited by a `where`"
		case "severity":
			return "only a warning"
		default:
			return "let pass below a threshold"
		}
	}
	return "gone"
}

// values compares the lists of accepted values.
func (u *unit) values(at use, was, is *manifest.ColumnFacts) {
	before, ok := enum(was)
	if !ok {
		return
	}
	after, still := enum(is)
	if !still {
		now := weakened(enumProofs(is))
		d := diag.New(diag.AgainstEnumLost, at.rng, "The change takes away what limited %s of %s to %s: the accepted_values test is %s.", at.column, u.is.Name, list(before), now).
			WithSummary("Nothing limits the values of %q of %s any longer", at.column, u.is.Name)
		if !slices.ContainsFunc(u.all(at.column), u.closedList) {
			d.Severity = diag.Warning
		}
		f := u.finding(EnumLost, at.column, u.places(u.also(d, at.column), spot{column: is.Name, proofs: enumProofs(is)}, list(before), now))
		f.Before = strings.Join(before, ", ")
		u.add(f)
		return
	}
	lost := slices.DeleteFunc(slices.Clone(before), func(v string) bool { return slices.Contains(after, v) })
	if len(lost) == 0 {
		return // more values: compiling tells whether the destination takes them
	}
	d := diag.New(diag.AgainstNarrowed, at.rng, "The change takes %s from the accepted values of %s of %s, so what depends on them here never happens.", list(lost), at.column, u.is.Name).
		WithSummary("Column %q of %s became narrower", at.column, u.is.Name)
	f := u.finding(Narrowed, at.column, u.places(u.also(d, at.column), spot{column: is.Name, proofs: enumProofs(is)}, list(before), list(after)))
	f.Before, f.After = strings.Join(before, ", "), strings.Join(after, ", ")
	u.add(f)
}

// enumProofs are the proofs of the accepted values of a column.
func enumProofs(c *manifest.ColumnFacts) []manifest.Proof {
	var out []manifest.Proof
	for _, e := range c.Enums {
		out = append(out, e.Proof)
	}
	return out
}

// closedList reports whether a use feeds a field with a closed list of options.
func (u *unit) closedList(o use) bool {
	m, ok := u.mapping(o.place)
	return ok && len(m.Type.Values) > 0
}

// enum returns the accepted values that speak for every row.
func enum(c *manifest.ColumnFacts) ([]string, bool) {
	for _, e := range c.Enums {
		if e.Proof.Partial == "" {
			return e.Values, true
		}
	}
	return nil, false
}

func list(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(out, ", ")
}

// keys compares the proofs of id and key, as they were compiled. An activation
// that does without proofs loses nothing.
func (u *unit) keys() {
	was := u.old.compiled[u.name]
	if set, _ := u.block.Settings(u.now.in.Constants); was == nil || set.Proofs.Value == "off" {
		return
	}
	for _, p := range was.Proofs {
		if p.Fact != "unique" || p.Grade == ir.Unproven || u.stillUnique(p) {
			continue
		}
		d := diag.New(diag.AgainstUniqueLost, u.attribute(p.Of), "The change takes away what proved that the %s is unique: %s is gone, disabled, limited by a `where` or only a warning. Rows that share a value would be invalid and left out.", p.Of, p.By).
			WithSummary("Nothing proves any longer that the %s is unique", p.Of)
		f := u.finding(UniqueLost, "", u.places(d, u.keySpot(p), p.By, "no whole proof"))
		f.Before = p.By
		u.add(f)
	}
}

// keySpot is what is left of a proof of uniqueness, else its column.
func (u *unit) keySpot(was ir.Proof) spot {
	for _, old := range u.old.factsOf(u.was).Keys {
		if !slices.ContainsFunc(old.Proofs, func(o manifest.Proof) bool { return o.By == was.By }) {
			continue
		}
		at := spot{}
		if len(old.Columns) == 1 {
			at.column = old.Columns[0]
		}
		for _, now := range u.now.factsOf(u.is).Keys {
			if slices.Equal(now.Columns, old.Columns) {
				at.proofs = now.Proofs
			}
		}
		return at
	}
	return spot{}
}

// attribute is where id or key stand. An id that is not given is the key.
func (u *unit) attribute(of string) diag.Range {
	switch {
	case of == "id" && u.block.ID != nil:
		return u.block.ID.Range
	case u.block.Key != nil:
		return u.block.Key.Range
	}
	return u.block.DefRange
}

// stillUnique reports whether id or key are proven unique now. Where the
// activation does not compile any more, the columns of the old proof are looked
// up.
func (u *unit) stillUnique(p ir.Proof) bool {
	if is := u.now.compiled[u.name]; is != nil {
		return !slices.ContainsFunc(is.Proofs, func(o ir.Proof) bool { return o.Fact == p.Fact && o.Of == p.Of && o.Grade == ir.Unproven })
	}
	for _, key := range u.old.factsOf(u.was).Keys {
		if !slices.ContainsFunc(key.Proofs, func(o manifest.Proof) bool { return o.By == p.By }) {
			continue
		}
		return slices.ContainsFunc(u.now.factsOf(u.is).Keys, func(now manifest.KeyFact) bool {
			_, whole := manifest.BestGrade(now.Proofs)
			return whole && !slices.ContainsFunc(now.Columns, func(c string) bool { return !slices.Contains(key.Columns, c) })
		})
	}
	return true // not proven by a test of this model
}
