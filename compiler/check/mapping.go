package check

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// mappings compiles key and fields, and holds them against the object.
func (u *unit) mappings() {
	inKey := map[string]diag.Range{}
	if u.block.Key != nil {
		for _, f := range u.block.Key.Fields {
			inKey[f.Name] = f.NameRange
			if m, ok := u.mapping(f, syntax.FieldSettings{}, true); ok {
				u.out.Key = append(u.out.Key, m)
			}
		}
	}
	for i, f := range u.block.Fields {
		if rng, dup := inKey[f.Name]; dup {
			u.report(diag.New(diag.FieldIsKey, f.NameRange, "%q is mapped in `key`, whose value is sent with the row. Remove it here.", f.Name).
				WithSummary("Field %q is already in the key", f.Name).WithRelated(rng, "it is part of the key here"))
			continue
		}
		if m, ok := u.mapping(f, u.set.Fields[i], false); ok {
			u.out.Fields = append(u.out.Fields, m)
		}
	}
	byField := func(a, b ir.Mapping) int { return strings.Compare(a.Field, b.Field) }
	slices.SortFunc(u.out.Key, byField)
	slices.SortFunc(u.out.Fields, byField)
	u.required(inKey)
	u.keyCandidate()
}

// mapping compiles one field. ok is false when it has an error.
func (u *unit) mapping(f *syntax.Field, set syntax.FieldSettings, key bool) (m ir.Mapping, ok bool) {
	m = ir.Mapping{Field: f.Name, Type: types.UnknownType, Write: ir.WriteAlways, Nulls: ir.NullsSkip}
	if set.Write.Value != "" {
		m.Write, m.Nulls = ir.Write(set.Write.Value), ir.Nulls(set.Nulls.Value)
	}
	target, known := u.field(f)
	ok = known
	if target != nil {
		m.Schema, m.Type, m.EmptyIsNull = *target, target.Type, target.Clear == schema.ClearEmpty
		if m.Nulls == ir.NullsClear && target.Clear == schema.ClearImpossible {
			u.report(diag.New(diag.UnclearableField, place(set.Nulls.Range, f.NameRange), "%s cannot be emptied. Use nulls = \"skip\", or give nulls a value with coalesce.", f.Name).
				WithSummary("Field %q cannot be cleared", f.Name))
			ok = false
		}
	}
	if m.Write != ir.WriteAlways {
		u.report(diag.New(diag.UnsupportedWrite, place(set.Write.Range, f.NameRange), "%s cannot be written with write = %q: that needs support by the destination, and none built in has it yet. Use write = \"always\".", f.Name, m.Write).
			WithSummary("write = %q is not supported by %s", m.Write, u.out.Target.Object))
		ok = false
	}
	if f.Expr == nil || u.facts == nil {
		return m, false
	}
	use := useField
	if key {
		use = useKey
	}
	node, compiled := u.compile(f.Expr, use, m.Type)
	if !compiled {
		return m, false
	}
	info := node.Info()
	if target == nil && m.Type.Kind == types.Unknown {
		m.Type = canonical(info.Type) // an open object takes the value as it is
	}
	if node.Op == expr.Lookup {
		ok = ok && u.lookup(f, node, &m)
	} else if !u.convertible(f, node, target) {
		ok = false
	}
	m.Nullable, m.Columns = info.Nullable, expr.Columns(node)
	m.Labels, m.Guessed = u.labelsOf(node)
	m.Guessed = personal(&m)
	m.Expr = ir.Expr{Text: u.text(f.Expr.Range(), ""), Range: f.Expr.Range()}
	if !ok {
		return m, false
	}
	u.suggestLabel(f, &m)
	u.accepted(f, &m)
	if m.Lookup == nil {
		m.Expr.SQL = normalise(lower.Canonical(node, m.Type), m.Schema.Normalise)
		m.Checks = checks(node, f.Name, m.Type)
	}
	if target != nil && !key && m.Nullable && target.RequiredOnCreate {
		u.report(u.atColumn(diag.New(diag.NullableRequired, f.Expr.Range(), "The destination refuses records without %s, and this may be null; such rows are invalid and left out. Use coalesce, or exclude them in `where`.", f.Name).
			WithSummary("Required field %q may be null", f.Name), m.Columns))
		m.Checks = append(m.Checks, required(&m))
	}
	return m, true
}

// required makes rows without a value of the field invalid.
func required(m *ir.Mapping) ir.Check {
	values := []string{m.Expr.SQL}
	if m.Lookup != nil {
		values = nil
		for _, c := range m.Lookup.ID {
			values = append(values, c.Expr.SQL)
		}
	}
	return ir.Check{Reason: "required", Field: m.Field, SQL: "((" + strings.Join(values, ") IS NULL OR (") + ") IS NULL)"}
}

// canonical is the type under which an open object holds values of a type.
func canonical(t types.Type) types.Type {
	switch t.Kind {
	case types.Null, types.Enum, types.Unknown:
		return types.StringType
	case types.String:
		return types.StringType // the object declares no length
	default:
		return t
	}
}

// normalise wraps SQL with what the vendor does to the value, so that what
// comes back compares equal.
func normalise(sql, rule string) string {
	switch rule {
	case "lower":
		return "lower(" + sql + ")"
	case "trim":
		return "trim(" + sql + ")"
	case "lower_trim":
		return "lower(trim(" + sql + "))"
	default:
		return sql
	}
}

// field finds the destination field. target is nil where the object takes any
// field, or has no schema; known is false after a diagnostic.
func (u *unit) field(f *syntax.Field) (target *schema.Field, known bool) {
	o := u.object
	if o == nil {
		return nil, u.dest.Schema.Schema != nil // without a target nothing can be said, and that was
	}
	if t, ok := o.Field(f.Name); ok {
		if t.ReadOnly {
			u.report(diag.New(diag.ReadOnlyField, f.NameRange, "%s computes %q itself and refuses writes to it. Remove the mapping.", u.out.Target.Address(), f.Name).
				WithSummary("Field %q is read-only", f.Name))
			return t, false
		}
		return t, true
	}
	if o.FieldsOpen {
		return nil, true
	}
	var names []string
	for _, t := range o.Fields {
		if !t.ReadOnly {
			names = append(names, t.Name)
		}
	}
	refresh := "If it was added to the account lately, run `leat destinations schema pull " + u.block.To.Addr.Destination.String() + "`."
	if u.dest.Schema.File == "" {
		refresh = "If it is one of the account's own fields, run `leat destinations schema pull " + u.block.To.Addr.Destination.String() + "`, which commits what the account has to " + SnapshotFile(u.block.To.Addr.Destination) + "."
	}
	if u.dest.Schema.Schema.Declared {
		refresh = "Declare it in `fields` of the object."
	}
	d := diag.New(diag.UnknownField, f.NameRange, "%s has no field %q.%s %s", u.out.Target.Address(), f.Name, diag.DidYouMean(f.Name, names), refresh).
		WithSummary("Unknown field %q", f.Name)
	if u.dest.Schema.File != "" {
		d = d.WithRelated(diag.Range{Filename: u.dest.Schema.File}, "the fields of the account, as pulled")
	}
	if at, ok := u.declarationAt(""); ok {
		d = d.WithRelated(at, "the object is declared here")
	}
	if s := diag.Suggest(f.Name, names); len(s) > 0 && !f.Block {
		d = d.WithFix("use "+s[0], diag.Edit{Range: f.NameRange, NewText: s[0]})
	}
	u.report(d)
	return nil, false
}

// convertible checks that the expression's values fit the field's type.
func (u *unit) convertible(f *syntax.Field, node *expr.Node, target *schema.Field) bool {
	from := node.Info().Type
	if target == nil {
		return true
	}
	if from.Kind == types.Enum && target.Type.Kind == types.Enum {
		return u.options(f, node, target)
	}
	conv := types.Convert(from, target.Type)
	related := func(d diag.Diagnostic) diag.Diagnostic {
		d = u.atTypes(d, node)
		if u.dest.Schema.File != "" {
			return d.WithRelated(diag.Range{Filename: u.dest.Schema.File}, "%s.%s is %s", u.out.Target.Object, f.Name, target.Type)
		}
		if at, ok := u.declarationAt(f.Name); ok {
			return d.WithRelated(at, "%s is declared here", f.Name)
		}
		return d
	}
	remedy := ""
	if conv.Remedy != "" {
		remedy = " Write " + strings.ReplaceAll(conv.Remedy, "(x", "("+u.text(f.Expr.Range(), "x")) + "."
	}
	switch conv.Class {
	case types.Lossy:
		u.report(related(diag.New(diag.MappingLossy, f.Expr.Range(), "%s is %s, and this is %s: %s.%s", f.Name, target.Type, from, conv.Reason, remedy).
			WithSummary("%s does not fit %s without loss", from, target.Type)))
		return false
	case types.Impossible:
		u.report(related(diag.New(diag.MappingImpossible, f.Expr.Range(), "%s is %s, and this is %s: %s.%s", f.Name, target.Type, from, conv.Reason, remedy).
			WithSummary("%s cannot become %s", from, target.Type)))
		return false
	}
	if from.Kind == types.Float && target.Type.Kind == types.Float {
		u.report(diag.New(diag.FloatUnrounded, f.Expr.Range(), "The last digits of a float vary with how the warehouse computed it, and each variation is a change that is sent. Write round(%s, 2).", u.text(f.Expr.Range(), "x")).
			WithSummary("Float is mapped without round"))
	}
	return true
}

// atTypes relates a diagnostic to where dbt's YAML gives the types of the
// columns of an expression.
func (u *unit) atTypes(d diag.Diagnostic, node *expr.Node) diag.Diagnostic {
	for _, name := range expr.Columns(node) {
		m := u.facts.Column(name)
		if m.Found == nil || u.in.Live[u.facts.Relation.UniqueID] != nil || u.facts.Relation.YAMLFile == "" {
			continue
		}
		if t, ok := m.Found.Type(); ok && t.From != manifest.FromCatalog {
			d = d.WithRelated(u.places.Column(u.facts.Relation, m.Found.Name, "data_type"), "%s is %s here", name, t.DataType)
		}
	}
	return d
}

// required reports fields that a creation needs and nothing maps.
func (u *unit) required(inKey map[string]diag.Range) {
	if u.object == nil || u.block.Poisoned || (u.out.Mode != ir.Upsert && u.out.Mode != ir.CreateOnly && u.out.Mode != ir.Append) {
		return
	}
	mapped := map[string]bool{}
	for _, f := range u.block.Fields {
		mapped[f.Name] = true
	}
	rng := u.block.NameRange
	if u.block.FieldsAttr != nil {
		rng = u.block.FieldsAttr.NameRange
	}
	for _, f := range u.object.Fields {
		if _, k := inKey[f.Name]; f.RequiredOnCreate && !f.ReadOnly && !k && !mapped[f.Name] {
			u.report(diag.New(diag.MissingRequiredField, rng, "%s refuses to create a record without %q (%s). Map it, or use mode = \"update_only\".", u.out.Target.Address(), f.Name, f.Type).
				WithSummary("Required field %q is not mapped", f.Name))
		}
	}
}

// keyCandidate checks that the destination can find records by the key.
func (u *unit) keyCandidate() {
	if u.block.Key == nil {
		if u.out.Mode != ir.Append && !u.block.Poisoned {
			u.report(diag.New(diag.MissingKey, u.block.NameRange, "Say where a row lives in the destination: `key = { field = expression }`.%s", u.candidates()).
				WithSummary("Activation %q has no key", u.out.Name))
		}
		return
	}
	if u.object == nil || u.object.KeysOpen {
		return
	}
	want := make([]string, 0, len(u.block.Key.Fields))
	for _, f := range u.block.Key.Fields {
		if _, ok := u.object.Field(f.Name); !ok {
			return // reported as unknown
		}
		want = append(want, f.Name)
	}
	slices.Sort(want)
	for _, k := range u.object.Keys {
		if slices.Equal(slices.Sorted(slices.Values(k.Fields)), want) {
			return
		}
	}
	u.report(diag.New(diag.KeyNotCandidate, u.block.Key.Range, "%s cannot find a record by %s.%s", u.out.Target.Address(), strings.Join(want, ", "), u.candidates()).
		WithSummary("%s is not a key of %s", strings.Join(want, ", "), u.out.Target.Object))
}

func (u *unit) candidates() string {
	if u.object == nil || len(u.object.Keys) == 0 {
		if u.object != nil && !u.object.KeysOpen {
			if u.dest.Schema.Schema.Declared {
				return " Its declaration names no key."
			}
			return " It has no unique constraint or index; add one on the columns that name a row."
		}
		return ""
	}
	var sets []string
	for _, k := range u.object.Keys {
		sets = append(sets, "{ "+strings.Join(k.Fields, ", ")+" }")
	}
	return " Its keys: " + strings.Join(sets, ", ") + "."
}

// text returns the source of a range for a message, white space folded;
// otherwise where it is not at hand or long.
func (u *unit) text(rng hcl.Range, otherwise string) string {
	if u.in.Source == nil {
		return otherwise
	}
	if src := u.in.Source(rng.Filename); rng.End.Byte <= len(src) && rng.Start.Byte < rng.End.Byte {
		if s := strings.Join(strings.Fields(string(src[rng.Start.Byte:rng.End.Byte])), " "); len(s) <= 60 || otherwise == "" {
			return s
		}
	}
	return otherwise
}
