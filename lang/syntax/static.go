package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// literal returns a string written without interpolation, and its range
// without the quotes.
func literal(e hcl.Expression) (string, diag.Range, bool) {
	t, ok := unwrap(e).(*hclsyntax.TemplateExpr)
	if !ok {
		return "", diag.Range{}, false
	}
	for _, part := range t.Parts {
		if lit, ok := part.(*hclsyntax.LiteralValueExpr); !ok || lit.Val.Type() != cty.String {
			return "", diag.Range{}, false
		}
	}
	v, diags := t.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() {
		return "", diag.Range{}, false
	}
	r := t.Range()
	if r.Start.Line == r.End.Line && r.End.Byte-r.Start.Byte >= 2 {
		r.Start.Byte, r.Start.Column = r.Start.Byte+1, r.Start.Column+1
		r.End.Byte, r.End.Column = r.End.Byte-1, r.End.Column-1
	}
	return v.AsString(), r, true
}

func unwrap(e hcl.Expression) hcl.Expression {
	for {
		paren, ok := e.(*hclsyntax.ParenthesesExpr)
		if !ok {
			return e
		}
		e = paren.Expression
	}
}

// call returns a call of one of the functions.
func call(e hcl.Expression) (*hclsyntax.FunctionCallExpr, bool) {
	c, ok := unwrap(e).(*hclsyntax.FunctionCallExpr)
	return c, ok
}

// sourceRef reads `from`.
func (p *parser) sourceRef(a *Attribute) *SourceRef {
	const how = "Write ref(\"model\"), ref(\"package\", \"model\"), ref(\"model.v2\") or source(\"source\", \"table\"), with plain strings."
	at := a.Expr.Range()
	c, ok := call(a.Expr)
	if !ok {
		d := diag.New(diag.InvalidSourceRef, at, how).WithSummary("`from` is not a ref() or source()")
		if s, _, ok := literal(a.Expr); ok {
			d = d.WithFix("Refer to the model", diag.Edit{Range: at, NewText: "ref(" + quote(s) + ")"})
		}
		p.diags.Append(d)
		return nil
	}
	if c.Name != "ref" && c.Name != "source" {
		d := diag.New(diag.InvalidSourceRef, c.NameRange, "%s%s", how, diag.DidYouMean(c.Name, []string{"ref", "source"})).
			WithSummary("`from` cannot be made with %s()", c.Name)
		p.diags.Append(withRename(d, c.NameRange, c.Name, []string{"ref", "source"}, plain))
		return nil
	}
	least := 1
	if c.Name == "source" {
		least = 2
	}
	if len(c.Args) < least || len(c.Args) > 2 || c.ExpandFinal {
		p.diags.Append(diag.New(diag.InvalidSourceRef, at, how).WithSummary("Wrong number of arguments of %s()", c.Name))
		return nil
	}
	var values [2]string
	var ranges [2]diag.Range
	for i, arg := range c.Args {
		s, r, ok := p.name(arg)
		if p.failed() {
			return nil
		}
		if !ok || strings.TrimSpace(s) == "" {
			p.diags.Append(diag.New(diag.InvalidSourceRef, arg.Range(), "The argument must be a name written as a plain string, so that the model is known before anything is evaluated.").
				WithSummary("Argument of %s() is not a name", c.Name))
			return nil
		}
		values[i], ranges[i] = s, r
	}
	r := &SourceRef{Kind: Model, Range: c.Range(), AttrRange: a.NameRange}
	last := len(c.Args) - 1
	r.Name, r.NameRange = values[last], ranges[last]
	if last == 1 {
		r.FirstRange = ranges[0]
	}
	switch {
	case c.Name == "source":
		r.Kind, r.Source = Source, values[0]
	case last == 1:
		r.Package = values[0]
	}
	if r.Kind == Model {
		r.splitVersion()
	}
	return r
}

// splitVersion takes "v2" off a name such as customers.v2.
func (r *SourceRef) splitVersion() {
	i := strings.LastIndex(r.Name, ".v")
	if i <= 0 || i+2 == len(r.Name) {
		return
	}
	whole, written := r.NameRange, r.NameRange.End.Byte-r.NameRange.Start.Byte
	width := len(r.Name) - i // ".v2"
	if written == len(r.Name) && utf8.RuneCountInString(r.Name) == len(r.Name) {
		r.NameRange.End.Byte -= width
		r.NameRange.End.Column -= width
		r.VersionRange = hcl.Range{Filename: whole.Filename, Start: r.NameRange.End, End: whole.End}
		r.VersionRange.Start.Byte++
		r.VersionRange.Start.Column++
	} else {
		r.VersionRange = whole
	}
	r.Name, r.Version = r.Name[:i], r.Name[i+2:]
}

// targetRef reads `to`.
func (p *parser) targetRef(a *Attribute) *TargetRef {
	const how = "Write destination.TYPE.NAME.OBJECT with the labels of a destination block; an object whose name is no identifier is destination.TYPE.NAME[\"OBJECT\"]."
	at := a.Expr.Range()
	root, steps, bad := p.targetSteps(a.Expr)
	if root != "destination" {
		d := diag.New(diag.InvalidTargetRef, at, how).WithSummary("`to` is not the address of an object")
		if s, isRef := unwrap(a.Expr).(*hclsyntax.ScopeTraversalExpr); isRef {
			d = withRename(d, s.Traversal[0].SourceRange(), root, []string{"destination"}, plain)
		}
		p.diags.Append(d)
		return nil
	}
	if bad != (diag.Range{}) {
		if !p.failed() {
			p.diags.Append(diag.New(diag.InvalidTargetRef, bad, how).WithSummary("A step of `to` is not a name"))
		}
		return nil
	}
	if len(steps) != 3 {
		summary := "`to` names no object"
		if len(steps) > 3 {
			summary = "`to` has too many steps"
		}
		p.diags.Append(diag.New(diag.InvalidTargetRef, at, how).WithSummary("%s", summary))
		return nil
	}
	return &TargetRef{
		Addr:  addr.Object{Destination: addr.Destination{Type: steps[0].name, Name: steps[1].name}, Object: steps[2].name},
		Range: unwrap(a.Expr).Range(), AttrRange: a.NameRange,
		TypeRange: steps[0].at, NameRange: steps[1].at, ObjectRange: steps[2].at,
	}
}

// stepRange is the range of a step without its dot.
func stepRange(step hcl.Traverser, name string) diag.Range {
	r := step.SourceRange()
	if _, ok := step.(hcl.TraverseAttr); ok && r.End.Byte-r.Start.Byte > len(name) && r.Start.Line == r.End.Line {
		r.Start.Column += r.End.Byte - r.Start.Byte - len(name)
		r.Start.Byte = r.End.Byte - len(name)
	}
	return r
}

// identity reads `id`.
func (p *parser) identity(a *Attribute) *ID {
	parts := []hcl.Expression{a.Expr}
	if t, ok := unwrap(a.Expr).(*hclsyntax.TupleConsExpr); ok {
		parts = t.ExprList()
	}
	if len(parts) == 0 {
		p.diags.Append(diag.New(diag.InvalidValue, a.Expr.Range(), "Name at least one column, such as row.customer_id.").WithSummary("`id` is empty"))
		return nil
	}
	return &ID{Attribute: *a, Parts: parts}
}

// mapping reads `key` or `fields`. It reports false when something was left
// out.
func (p *parser) mapping(a *Attribute) ([]*Field, bool) {
	const how = "Write the mapping out: { field = expression, ... }. Then every field has a place that diagnostics and plans can point at."
	switch e := unwrap(a.Expr).(type) {
	case *hclsyntax.ObjectConsExpr:
		return p.items(e)
	case *hclsyntax.ForExpr:
		p.diags.Append(diag.New(diag.NotStatic, a.Expr.Range(), how).WithSummary("`%s` is computed with `for`", a.Name))
	default:
		p.diags.Append(diag.New(diag.NotStatic, a.Expr.Range(), how).WithSummary("`%s` is not written out as fields", a.Name))
	}
	return nil, false
}

func (p *parser) items(e *hclsyntax.ObjectConsExpr) ([]*Field, bool) {
	var out []*Field
	whole := true
	for _, item := range e.Items {
		at := item.KeyExpr.Range()
		name, ok := p.fieldName(item.KeyExpr)
		if !ok {
			whole = false
			continue
		}
		out = append(out, &Field{Name: name, NameRange: at, Range: hcl.RangeBetween(at, item.ValueExpr.Range()), Expr: item.ValueExpr})
	}
	return p.unique(out), whole
}

// fieldName reads the left side of an item.
func (p *parser) fieldName(e hclsyntax.Expression) (string, bool) {
	at := e.Range()
	key, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if ok && !key.ForceNonLiteral {
		if kw := hcl.ExprAsKeyword(key.Wrapped); kw != "" {
			return kw, true
		}
		if s, _, ok := literal(key.Wrapped); ok {
			if strings.TrimSpace(s) == "" {
				p.diags.Append(diag.New(diag.InvalidName, at, "Name a field of the destination.").WithSummary("Field name is empty"))
				return "", false
			}
			return s, true
		}
	}
	d := diag.New(diag.ComputedFieldName, at, "Write the field's name as it is, in quotes when it is no identifier.")
	if ok {
		if t, isTraversal := key.Wrapped.(*hclsyntax.ScopeTraversalExpr); isTraversal && !key.ForceNonLiteral {
			if dotted, ok := dottedName(t.Traversal); ok {
				d = d.WithSummary("Field name %s needs quotes", quote(dotted)).
					WithFix("Quote the name", diag.Edit{Range: at, NewText: quote(dotted)})
			}
		}
	}
	p.diags.Append(d)
	return "", false
}

func dottedName(t hcl.Traversal) (string, bool) {
	parts := []string{t.RootName()}
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			return "", false
		}
		parts = append(parts, attr.Name)
	}
	return strings.Join(parts, "."), true
}
