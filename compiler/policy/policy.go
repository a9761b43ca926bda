package policy

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Attribute is something a policy can read.
type Attribute struct{ Root, Name, Type, Doc string }

// Attributes lists what policies can read, by root and name. Texts that are
// not set are empty, never null.
var Attributes = []Attribute{
	{"activation", "access", "text", "access of the dbt model: private, protected, public; empty when dbt says none"},
	{"activation", "group", "text", "dbt group of the model; empty for none"},
	{"activation", "mode", "text", "upsert, update_only, create_only or append"},
	{"activation", "model", "text", "name of the dbt model or source table"},
	{"activation", "name", "text", "name of the activation"},
	{"activation", "owner", "text", "its owner; empty when not given"},
	{"activation", "package", "text", "dbt package of the model"},
	{"activation", "tags", "list of texts", "tags of the activation"},
	{"mapping", "columns", "list of texts", "source columns the value is made of, sorted"},
	{"mapping", "field", "text", "the destination's field"},
	{"mapping", "key", "bool", "whether the field is part of the key"},
	{"mapping", "labels", "list of texts", "labels of the value, sorted"},
	{"mapping", "nullable", "bool", "whether the value may be null"},
	{"mapping", "type", "text", "type the value is sent as, such as string or decimal(12,2)"},
	{"target", "accepts", "list of texts", "labels the destination accepts"},
	{"target", "name", "text", "second label of the destination block"},
	{"target", "object", "text", "the object rows go to"},
	{"target", "region", "text", "region of the destination; empty when not given"},
	{"target", "type", "text", "first label of the destination block: the plugin"},
}

// Mapping is a destination field with the value that is sent to it.
type Mapping struct {
	Field           string
	Type            string
	Labels, Columns []string
	Nullable, Key   bool
}

// Activation is an activation with its model.
type Activation struct {
	Name, Owner, Mode, Model, Package, Group, Access string
	Tags                                             []string
}

// Target is a destination's object.
type Target struct {
	Type, Name, Object, Region string
	Accepts                    []string
}

// Set is the policies of a configuration that can be evaluated.
type Set struct {
	policies  []*compiled
	constants map[string]cty.Value
}

type compiled struct {
	block *syntax.Policy
	reads []string // "mapping.labels", sorted
}

// New checks the policies' references and calls, and leaves those with
// mistakes out. constants are the values of var and local, as objects. The
// result is never nil; the diagnostics are not
// sorted.
func New(cfg *syntax.Config, constants map[string]cty.Value, sensitive func(root, name string) bool) (*Set, diag.Diagnostics) {
	s := &Set{constants: constants}
	var ds diag.Diagnostics
	for _, b := range cfg.Policies {
		if b.Assert == nil {
			continue // reported by the parser
		}
		c := &compiled{block: b}
		ok := !b.Poisoned
		for _, a := range []*syntax.Attribute{b.When, b.Assert, b.Message} {
			if a == nil {
				continue
			}
			more := c.static(a.Expr, constants, sensitive)
			ds.Extend(more)
			ok = ok && len(more) == 0
		}
		slices.Sort(c.reads)
		c.reads = slices.Compact(c.reads)
		if ok {
			s.policies = append(s.policies, c)
		}
	}
	return s, ds
}

// static checks what an expression refers to.
func (c *compiled) static(e hcl.Expression, constants map[string]cty.Value, sensitive func(root, name string) bool) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, t := range e.Variables() {
		root := t.RootName()
		name := ""
		if len(t) > 1 {
			if step, ok := t[1].(hcl.TraverseAttr); ok {
				name = step.Name
			}
		}
		known := attributesOf(root, constants)
		switch {
		case known == nil:
			ds.Append(diag.New(diag.PolicyReference, t.SourceRange(), "A policy sees mapping, activation, target, var and local.%s", diag.DidYouMean(root, []string{"activation", "local", "mapping", "target", "var"})).
				WithSummary("`%s` does not exist in a policy", root))
		case len(t) == 1:
			ds.Append(diag.New(diag.PolicyReference, t.SourceRange(), "Read one of its attributes: %s.", strings.Join(known, ", ")).
				WithSummary("`%s` alone has no value", root))
		case !slices.Contains(known, name):
			ds.Append(diag.New(diag.PolicyReference, t.SourceRange(), "`%s` has %s.%s", root, strings.Join(known, ", "), diag.DidYouMean(name, known)).
				WithSummary("There is no %s.%s", root, name))
		case constants[root] != cty.NilVal && sensitive(root, name):
			ds.Append(diag.New(diag.PolicyReference, t.SourceRange(), "What a policy says is shown to everybody. Use a value that is not sensitive.").
				WithSummary("%s.%s is sensitive", root, name))
		default:
			c.reads = append(c.reads, root+"."+name)
		}
	}
	for _, f := range calls(e) {
		if _, ok := functions[f.Name]; !ok {
			var names []string
			for _, known := range Functions {
				names = append(names, known.Name)
			}
			ds.Append(diag.New(diag.PolicyFunction, f.NameRange, "Policies have %s.%s", strings.Join(names, ", "), diag.DidYouMean(f.Name, names)).
				WithSummary("There is no function %s() in policies", f.Name))
		}
	}
	return ds
}

// attributesOf lists what a root has; nil for a root policies do not have.
func attributesOf(root string, constants map[string]cty.Value) []string {
	if v, ok := constants[root]; ok {
		out := []string{}
		for name := range v.Type().AttributeTypes() {
			out = append(out, name)
		}
		slices.Sort(out)
		return out
	}
	var out []string
	for _, a := range Attributes {
		if a.Root == root {
			out = append(out, a.Name)
		}
	}
	return out
}

// calls returns the function calls of an expression.
func calls(e hcl.Expression) []*hclsyntax.FunctionCallExpr {
	var out []*hclsyntax.FunctionCallExpr
	if n, ok := e.(hclsyntax.Node); ok {
		_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics { // the visitor itself never fails
			if f, ok := n.(*hclsyntax.FunctionCallExpr); ok {
				out = append(out, f)
			}
			return nil
		})
	}
	return out
}

// LabelText is a text in a policy that is compared with labels.
type LabelText struct {
	Text  string
	Range diag.Range
}

// LabelTexts returns the texts written in contains(mapping.labels, "x") and
// contains(target.accepts, "x"), so that a label nobody sets can be told.
func (s *Set) LabelTexts() []LabelText {
	var out []LabelText
	for _, c := range s.policies {
		for _, a := range []*syntax.Attribute{c.block.When, c.block.Assert} {
			if a == nil {
				continue
			}
			for _, f := range calls(a.Expr) {
				if f.Name != "contains" || len(f.Args) != 2 {
					continue
				}
				t, ok := f.Args[0].(*hclsyntax.ScopeTraversalExpr)
				if !ok || len(t.Traversal) != 2 {
					continue
				}
				step, _ := t.Traversal[1].(hcl.TraverseAttr)
				if name := t.Traversal.RootName() + "." + step.Name; name != "mapping.labels" && name != "target.accepts" {
					continue
				}
				if v, ds := f.Args[1].Value(nil); !ds.HasErrors() && v.Type() == cty.String && !v.IsNull() {
					out = append(out, LabelText{v.AsString(), f.Args[1].Range()})
				}
			}
		}
	}
	return out
}
