package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Finding is a policy that does not hold of something, or that could not be
// decided.
type Finding struct {
	Policy *syntax.Policy
	// Mapping is the index of the mapping it is about; -1 when the policy
	// reads none, and is about the activation and its target as a whole.
	Mapping int
	Message string // what the policy says; "" when it says nothing
	reads   []string
	// Trouble is set when an expression of the policy has no value here. The
	// policy then counts as broken, at this place.
	Trouble *Trouble
}

// Trouble is an expression that cannot be evaluated.
type Trouble struct {
	Range  diag.Range
	Detail string
}

// Reads reports whether the policy's decision depends on something:
// "mapping.labels", "target.region".
func (f *Finding) Reads(what string) bool { return slices.Contains(f.reads, what) }

// Check evaluates every policy over an activation's mappings, in the order of
// the policies. A policy that reads no mapping is evaluated once.
func (s *Set) Check(a Activation, t Target, mappings []Mapping) []Finding {
	roots := maps.Clone(s.constants)
	if roots == nil {
		roots = map[string]cty.Value{}
	}
	roots["activation"] = cty.ObjectVal(map[string]cty.Value{
		"name": text(a.Name), "owner": text(a.Owner), "mode": text(a.Mode), "model": text(a.Model), "package": text(a.Package),
		"group": text(a.Group), "access": text(a.Access), "tags": texts(a.Tags)})
	roots["target"] = cty.ObjectVal(map[string]cty.Value{
		"type": text(t.Type), "name": text(t.Name), "object": text(t.Object), "region": text(t.Region), "accepts": texts(t.Accepts)})
	objects := make([]cty.Value, len(mappings))
	for i, m := range mappings {
		objects[i] = cty.ObjectVal(map[string]cty.Value{"field": text(m.Field), "type": text(m.Type), "labels": texts(m.Labels),
			"columns": texts(m.Columns), "nullable": cty.BoolVal(m.Nullable), "key": cty.BoolVal(m.Key)})
	}
	var out []Finding
	for _, c := range s.policies {
		if !c.perMapping() {
			out = append(out, c.decide(roots, -1)...)
			continue
		}
		for i, m := range objects {
			roots["mapping"] = m
			found := c.decide(roots, i)
			out = append(out, found...)
			if len(found) > 0 && found[0].Trouble != nil {
				break // one broken policy is one report
			}
		}
		delete(roots, "mapping")
	}
	return out
}

func (c *compiled) perMapping() bool {
	return slices.ContainsFunc(c.reads, func(r string) bool { return strings.HasPrefix(r, "mapping.") })
}

func (c *compiled) decide(roots map[string]cty.Value, mapping int) []Finding {
	f := Finding{Policy: c.block, Mapping: mapping, reads: c.reads}
	ctx := &hcl.EvalContext{Variables: roots, Functions: functions}
	if c.block.When != nil {
		applies, known, trouble := condition(c.block.When, ctx)
		if trouble != nil {
			f.Trouble = trouble
			return []Finding{f}
		}
		if !known || !applies {
			return nil
		}
	}
	holds, known, trouble := condition(c.block.Assert, ctx)
	switch {
	case trouble != nil:
		f.Trouble = trouble
		return []Finding{f}
	case !known || holds:
		return nil
	}
	if m := c.block.Message; m != nil {
		v, ds := m.Expr.Value(ctx)
		if ds.HasErrors() || v.IsNull() || v.Type() != cty.String {
			f.Trouble = &Trouble{m.Expr.Range(), "The message must be a text. Write it in quotes; ${mapping.field} puts a value into it."}
			return []Finding{f}
		}
		if v.IsKnown() {
			f.Message = v.AsString()
		}
	}
	return []Finding{f}
}

// condition evaluates an expression that must be true or false. known is false
// where it depends on a constant whose mistake was reported.
func condition(a *syntax.Attribute, ctx *hcl.EvalContext) (holds, known bool, trouble *Trouble) {
	v, ds := a.Expr.Value(ctx)
	if ds.HasErrors() {
		at := a.Expr.Range()
		if s := ds[0].Subject; s != nil {
			at = *s
		}
		if call, ok := ds[0].Expression.(*hclsyntax.FunctionCallExpr); ok {
			at = call.Range()
		}
		return false, false, &Trouble{at, "The operands do not fit the operation or the function here. Lists are read with contains, intersects, subset and length; texts are compared with == and !=."}
	}
	if !v.IsKnown() {
		return false, false, nil
	}
	if v.IsNull() || v.Type() != cty.Bool {
		return false, false, &Trouble{a.Expr.Range(), "It must be true or false. Compare it with something, as in target.region == \"eu\"."}
	}
	return v.True(), true, nil
}

func text(s string) cty.Value { return cty.StringVal(s) }

func texts(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}
