package check

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// part is one expression of an id or key, compiled.
type part struct {
	expr hcl.Expression
	node *expr.Node
}

// identity compiles the id, or takes it from the key, and grades the proofs of
// id and key.
func (u *unit) identity() {
	id, ok := u.idParts()
	if !ok {
		return
	}
	for _, p := range id {
		name, bare := expr.BareColumn(p.node)
		if !bare {
			name = "id"
		}
		t := idType(p.node.Info().Type)
		u.out.ID = append(u.out.ID, ir.Column{Name: name, Type: t,
			Expr: ir.Expr{Text: u.text(p.expr.Range(), ""), SQL: lower.Canonical(p.node, t), Range: p.expr.Range()}})
	}
	var key []part
	if u.block.Key != nil {
		for _, f := range u.block.Key.Fields {
			if f.Expr == nil {
				continue
			}
			if n, ok := u.compiled(f.Expr); ok {
				key = append(key, part{f.Expr, n})
			}
		}
	}
	same := u.block.ID == nil
	if !same {
		u.prove("id", id, u.block.ID.Range)
	}
	if len(key) > 0 {
		u.prove("key", key, u.block.Key.Range)
	}
}

// idParts returns the parts of the id: as given, else the key's bare columns.
func (u *unit) idParts() ([]part, bool) {
	var out []part
	if u.block.ID != nil {
		for _, e := range u.block.ID.Parts {
			n, ok := u.compile(e, useID, types.UnknownType)
			if !ok {
				return nil, false
			}
			out = append(out, part{e, n})
		}
		return out, true
	}
	if u.block.Key == nil || u.block.Poisoned {
		return nil, false
	}
	for _, f := range u.block.Key.Fields {
		if f.Expr == nil {
			return nil, false
		}
		n, ok := u.compiled(f.Expr)
		if !ok {
			return nil, false // reported in the key
		}
		if _, bare := expr.BareColumn(n); !bare {
			u.missingID(f.Expr.Range())
			return nil, false
		}
		out = append(out, part{f.Expr, n})
	}
	return out, len(out) > 0
}

func (u *unit) missingID(because diag.Range) {
	detail := "The key is not made of bare columns, so leat cannot take the id from it. Name the columns that say who a row is, for good."
	var proven []string
	for _, k := range u.facts.Keys {
		if _, ok := manifest.BestGrade(k.Proofs); ok {
			proven = append(proven, idText(k.Columns))
		}
	}
	if len(proven) > 0 {
		detail += " Proven unique by dbt: " + strings.Join(proven, " or ") + "."
	}
	d := diag.New(diag.MissingID, u.block.NameRange, "%s", detail).WithSummary("Activation %q needs an id", u.out.Name).
		WithRelated(because, "this part of the key is an expression")
	if len(proven) > 0 {
		at := u.block.Key.Range
		at.End = at.Start
		d = d.WithFix("add id = "+proven[0], diag.Edit{Range: at, NewText: "id  = " + proven[0] + "\n  "})
	}
	u.report(d)
}

// idText writes columns as an id.
func idText(cols []string) string {
	refs := make([]string, len(cols))
	for i, c := range cols {
		refs[i] = rowRef(c)
	}
	if len(refs) == 1 {
		return refs[0]
	}
	return "[" + strings.Join(refs, ", ") + "]"
}

// idType is the type under which state holds an id part: wide enough that a
// source column may be widened without changing any id.
func idType(t types.Type) types.Type {
	switch t.Kind {
	case types.String, types.Enum, types.UUID, types.Unknown, types.Null:
		return types.StringType
	case types.Decimal:
		if t.Scale == 0 {
			return types.DecimalOf(38, 0)
		}
		return t
	default:
		return t
	}
}

// prove grades uniqueness and not-null of an id or key, and warns about what
// nothing proves.
func (u *unit) prove(of string, parts []part, rng diag.Range) {
	notNull := ir.Proof{Of: of, Fact: "not_null", Grade: ir.Passed}
	for _, p := range parts {
		grade, by := u.notNull(p.node)
		if grade == ir.Unproven {
			u.report(u.nullablePart(of, p))
		}
		if weaker(grade, notNull.Grade) {
			notNull.Grade, notNull.By = grade, by
		} else if notNull.By == "" {
			notNull.By = by
		}
	}
	unique := ir.Proof{Of: of, Fact: "unique", Grade: ir.Unproven}
	var cols []string
	injective := true
	for _, p := range parts {
		name, bare := expr.BareColumn(p.node)
		if !bare {
			injective = false
			continue
		}
		cols = append(cols, name)
	}
	if len(cols) > 0 {
		unique.Grade, unique.By = u.unique(cols)
	}
	if unique.Grade == ir.Unproven {
		u.report(u.unproven(of, parts, cols, injective, rng))
	}
	u.out.Proofs = append(u.out.Proofs, notNull, unique)
}

var gradeOrder = []ir.Grade{ir.Unproven, ir.Declared, ir.Passed, ir.Checked}

func weaker(a, b ir.Grade) bool { return slices.Index(gradeOrder, a) < slices.Index(gradeOrder, b) }

// notNull grades that a part is never null.
func (u *unit) notNull(n *expr.Node) (ir.Grade, string) {
	if n.Info().Nullable {
		return ir.Unproven, ""
	}
	grade, by := ir.Passed, ""
	for _, name := range expr.Columns(n) {
		if slices.Contains(u.narrowed, name) {
			by = "where"
			continue
		}
		match := u.facts.Column(name)
		if match.Found == nil {
			continue
		}
		g, proofBy := best(match.Found.NotNull)
		if g != ir.Unproven && (by == "" || weaker(g, grade)) {
			grade, by = g, proofBy
		}
	}
	return grade, by
}

// unique grades that columns, or some of them, are unique together.
func (u *unit) unique(cols []string) (ir.Grade, string) {
	grade, by := ir.Unproven, ""
	for _, k := range u.facts.Keys {
		if slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(cols, c) }) {
			continue
		}
		if g, proofBy := best(k.Proofs); weaker(grade, g) {
			grade, by = g, proofBy
		}
	}
	return grade, by
}

// best returns the strongest whole proof.
func best(proofs []manifest.Proof) (ir.Grade, string) {
	g, ok := manifest.BestGrade(proofs)
	if !ok {
		return ir.Unproven, ""
	}
	for _, p := range proofs {
		if p.Partial == "" && p.Grade == g {
			return ir.Grade(g), p.By
		}
	}
	return ir.Grade(g), ""
}

func (u *unit) nullablePart(of string, p part) diag.Diagnostic {
	cols := expr.Columns(p.node)
	what := "This"
	if name, bare := expr.BareColumn(p.node); bare {
		what = rowRef(name)
	}
	detail := what + " may be null for all that dbt declares: rows where it is are invalid and left out"
	if of == "id" {
		detail += ", and while there is one, nothing is removed"
	}
	detail += "."
	if len(cols) > 0 {
		detail += " Add a not_null test on " + strings.Join(cols, ", ") + " to " + u.facts.Relation.Name + ", or add `where = " + rowRef(cols[0]) + " != null`."
	}
	return u.atYAML(diag.New(diag.NullableKey, p.expr.Range(), "%s", detail).WithSummary("The %s may be null", of))
}

func (u *unit) unproven(of string, parts []part, cols []string, injective bool, rng diag.Range) diag.Diagnostic {
	if len(parts) == 1 {
		rng = parts[0].expr.Range()
	}
	name := u.facts.Relation.Name
	detail := "No dbt test or constraint says that " + strings.Join(cols, ", ") + " is unique in " + name + "; rows that share a value are invalid and left out. "
	switch {
	case !injective:
		detail = "Two different rows may give one value here, so no dbt test on the columns proves that the " + of + " is unique; rows that share a value are invalid and left out. Compute the value in " + name + ", test it there with `unique`, and map the bare column."
	case len(cols) == 1:
		detail += "Add a `unique` test on it."
	default:
		detail = "No dbt test or constraint says that " + strings.Join(cols, ", ") + " are unique together in " + name + "; rows that share values are invalid and left out. Add dbt_utils.unique_combination_of_columns."
	}
	return u.atYAML(diag.New(diag.UnprovenKey, rng, "%s", detail).WithSummary("Nothing proves that the %s is unique", of))
}

// atYAML relates a diagnostic to the dbt file that documents the model.
func (u *unit) atYAML(d diag.Diagnostic) diag.Diagnostic {
	if file := u.facts.Relation.File(); file != "" {
		return d.WithRelated(diag.Range{Filename: file}, "%s is described here", u.facts.Relation.Name)
	}
	return d
}

// rowRef writes a column as an expression does.
func rowRef(name string) string {
	if hclIdentifier(name) {
		return "row." + name
	}
	return `row["` + strings.ReplaceAll(name, `"`, `\"`) + `"]`
}

func hclIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z') && (i == 0 || !('0' <= r && r <= '9')) {
			return false
		}
	}
	return s != ""
}

// owners reports fields that two activations would both write.
func (c *compiler) owners() {
	type owner struct{ account, object, field string }
	first := map[owner]*ir.Activation{}
	for i := range c.res.Activations {
		a := &c.res.Activations[i]
		for _, m := range append(slices.Clone(a.Key), a.Fields...) {
			isKey := slices.ContainsFunc(a.Key, func(k ir.Mapping) bool { return k.Field == m.Field })
			o := owner{a.Target.Plugin + "." + a.Target.Destination, a.Target.Object, m.Field}
			other, taken := first[o]
			if !taken {
				first[o] = a
				continue
			}
			if isKey {
				continue // sharing a key is normal; sharing a field is not
			}
			c.diags.Append(diag.New(diag.DuplicateOwner, m.Expr.Range, "%s maps %s of %s too, so each would undo the other on every run. Leave the field to one of them.",
				other.Address(), m.Field, a.Target.Address()).
				WithSummary("Field %q is owned by two activations", m.Field).WithRelated(other.Range, "%s", other.Address()))
		}
	}
}
