package check

import (
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
	to   types.Type // what the destination or state holds it as
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
		labels, guessed := u.labelsOf(p.node)
		u.out.ID = append(u.out.ID, ir.Column{Name: name, Type: t, Labels: labels, Guessed: guessed,
			Expr: ir.Expr{Text: u.text(p.expr.Range(), ""), SQL: lower.Canonical(p.node, t), Range: p.expr.Range()}})
	}
	var key []part
	if u.block.Key != nil {
		for _, f := range u.block.Key.Fields {
			if f.Expr == nil {
				continue
			}
			if n, ok := u.earlier(f.Expr); ok {
				key = append(key, part{f.Expr, n, u.keyType(f.Name)})
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
			out = append(out, part{e, n, idType(n.Type())})
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
		n, ok := u.earlier(f.Expr)
		if !ok {
			return nil, false // reported in the key
		}
		if _, bare := expr.BareColumn(n); !bare {
			u.missingID(f.Expr.Range())
			return nil, false
		}
		out = append(out, part{f.Expr, n, idType(n.Type())})
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

// atYAML relates a diagnostic to where dbt describes the model, and there to a
// key such as group.
func (u *unit) atYAML(d diag.Diagnostic, key string) diag.Diagnostic {
	if at := u.places.Model(u.facts.Relation, key); at.Filename != "" {
		return d.WithRelated(at, "%s is described here", u.facts.Relation.Name)
	}
	return d
}

// atColumn relates a diagnostic to where dbt describes the first of columns,
// else the model.
func (u *unit) atColumn(d diag.Diagnostic, columns []string) diag.Diagnostic {
	for _, name := range columns {
		if at := u.places.Column(u.facts.Relation, name, ""); at.Filename != "" {
			what := u.facts.Relation.Name
			if u.places.Model(u.facts.Relation, "") != at {
				what = name + " of " + what
			}
			return d.WithRelated(at, "%s is described here", what)
		}
	}
	return u.atYAML(d, "")
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
