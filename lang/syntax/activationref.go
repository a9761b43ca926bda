package syntax

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

const howActivation = "Write activation.NAME, or activation.NAME[\"KEY\"] for one instance of an activation with for_each."

// activationRef reads a reference to an activation. name is the attribute it
// stands in. It returns nil when it reported that it is none.
func (p *parser) activationRef(e hcl.Expression, name string) *ActivationRef {
	steps, ok := p.activationSteps(e, name, howActivation)
	if !ok {
		return nil
	}
	at := e.Range()
	ref := &ActivationRef{Addr: addr.Activation{Name: steps[0].name}, Range: at}
	switch {
	case len(steps) == 1:
		return ref
	case len(steps) > 2:
		p.diags.Append(diag.New(diag.InvalidActivationRef, at, howActivation).WithSummary("`%s` has too many steps", name))
		return nil
	case !steps[1].index:
		p.needsIndex(steps[1])
		return nil
	}
	ref.Addr.Key = steps[1].name
	return ref
}

// memberRef reads a reference to an activation, or to a field or key field of
// one. It returns nil when it reported that it is none.
func (p *parser) memberRef(e hcl.Expression, name string) *MemberRef {
	const how = howActivation + " A field of it is activation.NAME.field[\"FIELD\"], a key field activation.NAME.key[\"FIELD\"]."
	steps, ok := p.activationSteps(e, name, how)
	if !ok {
		return nil
	}
	at := e.Range()
	ref := &MemberRef{Activation: addr.Activation{Name: steps[0].name}, Range: at}
	rest := steps[1:]
	if len(rest) > 0 && rest[0].index {
		ref.Activation.Key, rest = rest[0].name, rest[1:]
	}
	if len(rest) == 0 {
		return ref
	}
	parts := []string{PartField, PartKey}
	part := rest[0]
	switch {
	case !part.index && part.name != PartField && part.name != PartKey && len(rest) == 1:
		p.needsIndex(part)
		return nil
	case part.index || (part.name != PartField && part.name != PartKey):
		d := diag.New(diag.InvalidActivationRef, part.at, "%s%s", how, diag.DidYouMean(part.name, parts)).
			WithSummary("An activation has no part %s", quote(part.name))
		if !part.index {
			d = withRename(d, part.at, part.name, parts, plain)
		}
		p.diags.Append(d)
		return nil
	case len(rest) != 2:
		summary := "`%s` names no field"
		if len(rest) > 2 {
			summary = "`%s` has too many steps"
		}
		p.diags.Append(diag.New(diag.InvalidActivationRef, at, how).WithSummary(summary, name))
		return nil
	}
	ref.Part, ref.Name = part.name, rest[1].name
	return ref
}

func (p *parser) needsIndex(s refStep) {
	at := s.at
	at.Start.Byte, at.Start.Column = at.Start.Byte-1, at.Start.Column-1 // the dot
	p.diags.Append(diag.New(diag.InvalidActivationRef, s.at, howActivation).
		WithSummary("The key of an instance is written in brackets").
		WithFix("Put it in brackets", diag.Edit{Range: at, NewText: "[" + quote(s.name) + "]"}))
}

// refStep is a step of a reference after its root.
type refStep struct {
	name  string
	index bool       // ["name"] rather than .name
	at    diag.Range // without the dot
}

// activationSteps returns the steps after the root `activation`: at least one,
// the first of which is a name.
func (p *parser) activationSteps(e hcl.Expression, name, how string) ([]refStep, bool) {
	at := e.Range()
	s, ok := unwrap(e).(*hclsyntax.ScopeTraversalExpr)
	if !ok || s.Traversal.RootName() != "activation" {
		d := diag.New(diag.InvalidActivationRef, at, "%s", how).WithSummary("`%s` is not the address of an activation", name)
		switch lit, _, isLiteral := literal(e); {
		case ok:
			d = withRename(d, s.Traversal[0].SourceRange(), s.Traversal.RootName(), []string{"activation"}, plain)
		case isLiteral && hclsyntax.ValidIdentifier(strings.TrimPrefix(lit, "activation.")):
			d = d.WithFix("Refer to the activation", diag.Edit{Range: at, NewText: "activation." + strings.TrimPrefix(lit, "activation.")})
		}
		p.diags.Append(d)
		return nil, false
	}
	var steps []refStep
	for _, t := range s.Traversal[1:] {
		step, ok := addr.StepName(t)
		if !ok || strings.TrimSpace(step) == "" {
			p.diags.Append(diag.New(diag.InvalidActivationRef, t.SourceRange(), "%s", how).WithSummary("A step of `%s` is not a name", name))
			return nil, false
		}
		_, attr := t.(hcl.TraverseAttr)
		steps = append(steps, refStep{name: step, index: !attr, at: stepRange(t, step)})
	}
	if len(steps) == 0 {
		p.diags.Append(diag.New(diag.InvalidActivationRef, at, "%s", how).WithSummary("`%s` names no activation", name))
		return nil, false
	}
	return steps, true
}

// activationRefs reads a list of references to activations. It reports false
// when something was left out.
func (p *parser) activationRefs(a *Attribute) ([]*ActivationRef, bool) {
	t, ok := unwrap(a.Expr).(*hclsyntax.TupleConsExpr)
	if !ok {
		d := diag.New(diag.InvalidActivationRef, a.Expr.Range(), "Write the list out: [activation.NAME, ...].").
			WithSummary("`%s` is not a list of activations", a.Name)
		if s, ok := unwrap(a.Expr).(*hclsyntax.ScopeTraversalExpr); ok && s.Traversal.RootName() == "activation" {
			at := a.Expr.Range()
			d = d.WithFix("Put it in brackets", diag.Edit{Range: startOf(at), NewText: "["}, diag.Edit{Range: endOf(at), NewText: "]"})
		}
		p.diags.Append(d)
		return nil, false
	}
	var out []*ActivationRef
	whole := true
	for _, e := range t.Exprs {
		ref := p.activationRef(e, a.Name)
		if ref == nil {
			whole = false
			continue
		}
		out = append(out, ref)
	}
	return out, whole
}

func startOf(r diag.Range) diag.Range { r.End = r.Start; return r }

func endOf(r diag.Range) diag.Range { r.Start = r.End; return r }
