package syntax

import (
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// Each is the entry of `for_each` that an instance stands for.
type Each struct {
	Key   string
	Value cty.Value // unmarked; the key itself for a set
}

// maxKey bounds the length of a key in bytes: escaped, it is part of file names.
const maxKey = 64

// Object returns `each` as expressions see it. It is unknown when for_each
// could not be evaluated, so that references to it are no second error.
func (e *Each) Object() cty.Value {
	if e.Key == "" {
		return cty.DynamicVal
	}
	return cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(e.Key), "value": e.Value})
}

// Instances returns the activations with every `for_each` unrolled: a copy per
// entry, in the order of keys, with Addr.Key and Each set, and with `from` and
// `to` read where they depend on `each`. An activation without for_each is
// returned as it is. Where a for_each is wrong (and reported) one poisoned copy
// without a key stands for all instances. The diagnostics are sorted.
func (c *Config) Instances(consts *Constants) ([]*Activation, diag.Diagnostics) {
	e := &evaluator{consts: consts}
	var out []*Activation
	for _, a := range c.Activations {
		if a.ForEach == nil {
			out = append(out, a)
			continue
		}
		entries, ok := e.entries(a.ForEach)
		if !ok {
			entries = []Each{{Value: cty.DynamicVal}}
		}
		for _, entry := range entries {
			inst := *a
			inst.Addr = addr.Activation{Name: a.Addr.Name, Key: entry.Key}
			inst.Each = &entry
			inst.Poisoned = a.Poisoned || !ok
			if ok {
				inst.resolve(e)
			}
			out = append(out, &inst)
		}
	}
	return out, e.diags.Sorted()
}

// resolve reads `from` and `to` where they depend on `each`.
func (a *Activation) resolve(e *evaluator) {
	var diags diag.Diagnostics
	read := func(attr *Attribute, as func(*parser) bool) {
		if attr == nil {
			return
		}
		p := &parser{each: &evaluator{consts: e.consts, each: a.Each}}
		a.Poisoned = !as(p) || a.Poisoned
		diags.Extend(append(p.diags, p.each.diags...))
	}
	read(a.eachFrom, func(p *parser) bool { a.From = p.sourceRef(a.eachFrom); return a.From != nil })
	read(a.eachTo, func(p *parser) bool { a.To = p.targetRef(a.eachTo); return a.To != nil })
	for _, d := range diags {
		again := func(o diag.Diagnostic) bool { return o.Code == d.Code && o.Range == d.Range && o.Summary == d.Summary }
		if !slices.ContainsFunc(e.diags, again) { // the mistake is one, however many instances
			e.diags.Append(d)
		}
	}
}

// entries evaluates `for_each`.
func (e *evaluator) entries(a *Attribute) ([]Each, bool) {
	v, sensitive, ok := e.eval(a.Expr)
	at := a.Expr.Range()
	if !ok {
		return nil, false
	}
	const how = `Write a map, such as { eu = "EU", us = "US" }: the keys name the instances, each.value is what stands beside them.`
	report := func(summary, how string) ([]Each, bool) {
		e.diags.Append(diag.New(diag.InvalidForEach, at, "%s", how).WithSummary("%s", summary))
		return nil, false
	}
	t := v.Type()
	switch {
	case sensitive:
		e.shown(at, a.Name)
		return nil, false
	case v.IsNull():
		return report("`for_each` is null", how+" Write {} for no instances.")
	case t.IsTupleType() || t.IsListType():
		return e.listForEach(a, v)
	case !t.IsMapType() && !t.IsObjectType() && !t.IsSetType():
		return report("`for_each` is not a map or a set of strings", how)
	}
	out := []Each{}
	for it := v.ElementIterator(); it.Next(); {
		k, val := it.Element()
		if !t.IsMapType() && !t.IsObjectType() {
			k = val
		}
		switch {
		case k.IsNull() || k.Type() != cty.String:
			return report("`for_each` is not a map or a set of strings", how)
		case strings.TrimSpace(k.AsString()) == "" || strings.ContainsFunc(k.AsString(), unicode.IsControl):
			return report("A key of `for_each` cannot stand in an address", "Give each entry a key that can be read and typed: no empty ones, no control characters.")
		}
		key := k.AsString()
		if len(key) > maxKey {
			return report("A key of `for_each` is too long", "Shorten it to at most 64 bytes: it is part of the address, and of the names of the files of state.")
		}
		if !slices.ContainsFunc(out, func(o Each) bool { return o.Key == key }) {
			out = append(out, Each{Key: key, Value: val})
		}
	}
	slices.SortFunc(out, func(a, b Each) int { return strings.Compare(a.Key, b.Key) })
	return out, true
}

// listForEach reports a list: its elements have a position and no name, and
// state would follow the position when the list changes.
func (e *evaluator) listForEach(a *Attribute, v cty.Value) ([]Each, bool) {
	d := diag.New(diag.InvalidForEach, a.Expr.Range(), "The elements of a list have no names to give the instances: state is kept under the name, and would be another instance's after an insertion. Write a map, { eu = \"EU\" }, or toset([...]) where each string is its own name.").
		WithSummary("`for_each` is a list")
	texts, objects := v.LengthInt() > 0, v.LengthInt() > 0
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		objects = objects && !item.IsNull() && (item.Type().IsObjectType() || item.Type().IsMapType())
		texts = texts && !item.IsNull() && item.Type() == cty.String
	}
	if objects {
		d.Detail = "The elements of a list have no names to give the instances: state is kept under the name, and would be another instance's after an insertion. Make a map of it by the member that names them: { for x in list : x.name => x }."
	}
	if texts {
		at := a.Expr.Range()
		d = d.WithFix("Make it a set", diag.Edit{Range: startOf(at), NewText: "toset("}, diag.Edit{Range: endOf(at), NewText: ")"})
	}
	e.diags.Append(d)
	return nil, false
}

// usesEach reports whether an expression refers to `each`.
func usesEach(e hcl.Expression) bool {
	return slices.ContainsFunc(e.Variables(), func(t hcl.Traversal) bool { return t.RootName() == "each" })
}

// name reads a name in `from` or `to`: a plain string, or inside an instance
// whatever `each` makes one of. What cannot be evaluated is reported.
func (p *parser) name(e hcl.Expression) (string, diag.Range, bool) {
	if s, at, ok := literal(e); ok || p.each == nil || !usesEach(e) {
		return s, at, ok
	}
	v, sensitive, ok := p.each.eval(e)
	if !ok || sensitive || v.IsNull() || v.Type() != cty.String {
		return "", diag.Range{}, false
	}
	return v.AsString(), e.Range(), true
}

// failed reports whether a name of an instance could not be evaluated, which
// has been reported.
func (p *parser) failed() bool { return p.each != nil && len(p.each.diags) > 0 }

// targetStep is a step of an address after its root.
type targetStep struct {
	name string
	at   diag.Range // without the dot
}

// targetSteps returns the root of an address and the steps after it. Where a
// step is not a name, bad is its range.
func (p *parser) targetSteps(e hcl.Expression) (root string, steps []targetStep, bad diag.Range) {
	traverse := func(ts []hcl.Traverser) diag.Range {
		for _, t := range ts {
			name, ok := addr.StepName(t)
			if !ok || name == "" {
				return t.SourceRange()
			}
			steps = append(steps, targetStep{name, stepRange(t, name)})
		}
		return diag.Range{}
	}
	none := diag.Range{}
	switch x := unwrap(e).(type) {
	case *hclsyntax.ScopeTraversalExpr:
		bad = traverse(x.Traversal[1:])
		return x.Traversal.RootName(), steps, bad
	case *hclsyntax.RelativeTraversalExpr:
		if root, steps, bad = p.targetSteps(x.Source); bad == none {
			bad = traverse(x.Traversal)
		}
		return root, steps, bad
	case *hclsyntax.IndexExpr:
		if root, steps, bad = p.targetSteps(x.Collection); bad != none {
			return root, steps, bad
		}
		name, _, ok := p.name(x.Key)
		if !ok || name == "" {
			return root, steps, x.BracketRange
		}
		return root, append(steps, targetStep{name, x.BracketRange}), none
	}
	return "", nil, none
}
