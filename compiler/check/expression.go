package check

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// use is where an expression stands; it decides which roots exist and what
// today() may do.
type use struct {
	block, attribute string
	clock            expr.Clock
}

var (
	useWhere = use{"activation", "where", expr.ClockAllowed}
	useID    = use{"activation", "id", expr.ClockForbidden}
	useKey   = use{"activation", "key", expr.ClockForbidden}
	useField = use{"activation", "fields", expr.ClockWarns}
)

// result is a compiled expression; node is nil after an error.
type result struct{ node *expr.Node }

// compile compiles an expression once; a second call returns the same node and
// no second report. want is the type the place wants, for suggestions.
func (u *unit) compile(e hcl.Expression, as use, want types.Type) (*expr.Node, bool) {
	if r, done := u.nodes[e]; done {
		return r.node, r.node != nil
	}
	if u.facts == nil {
		return nil, false
	}
	scope := u.scope
	scope.Roots = roots(as)
	scope.Clock, scope.Want = as.clock, want
	scope.Facts = u.narrowed
	if as == useField {
		scope.Lookup = u.lookupID
	}
	node, ds := expr.Compile(e, &scope)
	u.diags.Extend(u.atColumns(ds))
	if ds.HasErrors() || node == nil || node.IsBad() {
		node = nil
	}
	if u.nodes == nil {
		u.nodes = map[hcl.Expression]result{}
	}
	u.nodes[e] = result{node}
	if node != nil {
		for _, c := range expr.Columns(node) {
			u.used[c] = true
		}
		u.secrets = append(u.secrets, expr.Keys(node)...)
	}
	return node, node != nil
}

// atColumns relates what is said of names of columns to where dbt lists them.
func (u *unit) atColumns(ds diag.Diagnostics) diag.Diagnostics {
	rel := u.facts.Relation
	if rel.YAMLFile == "" {
		return ds
	}
	for i, d := range ds {
		switch d.Code {
		case diag.UnknownColumn, diag.UndocumentedColumn, diag.AmbiguousColumn:
			ds[i] = d.WithRelated(u.places.Model(rel, "columns"), "the columns of %s", rel.Name)
		}
	}
	return ds
}

// roots are those of the language's table that expressions know.
func roots(as use) []string {
	var out []string
	for _, r := range syntax.RootsFor(as.block, as.attribute) {
		if r != "activation" { // lookup() brings it
			out = append(out, r)
		}
	}
	return out
}

// earlier returns what an earlier compile gave.
func (u *unit) earlier(e hcl.Expression) (*expr.Node, bool) {
	r := u.nodes[e]
	return r.node, r.node != nil
}

// rowScope is the scope of expressions over the relation's rows.
func (u *unit) rowScope(rel *manifest.Relation) expr.Scope {
	cols, complete := u.columnsOf(rel)
	s := expr.Scope{Complete: complete, Source: string(rel.Resource) + " " + rel.Name, Constants: u.constants(),
		Labels: func(name string) []string { return label.Names(u.marks(name)) }}
	yaml := diag.Range{}
	if file := rel.File(); file != "" {
		yaml.Filename = file
	}
	for _, c := range cols {
		s.Columns = append(s.Columns, expr.SourceColumn{Name: c.name, Info: c.info, Range: yaml})
	}
	return s
}

// constants gathers var and local for expressions. A constant without a value
// is unknown, so that it causes no second report.
func (c *compiler) constants() map[string]cty.Value {
	if c.consts != nil {
		return c.consts
	}
	gather := func(names []string, get func(string) (syntax.Constant, bool)) cty.Value {
		m := map[string]cty.Value{}
		for _, n := range names {
			k, _ := get(n)
			m[n] = k.Value
			if k.Poisoned {
				m[n] = cty.DynamicVal
			}
		}
		return cty.ObjectVal(m)
	}
	k := c.in.Constants
	c.consts = map[string]cty.Value{"var": gather(k.VarNames(), k.Var), "local": gather(k.LocalNames(), k.Local)}
	return c.consts
}

// checks are the conditions under which the value of a mapping is invalid.
func checks(node *expr.Node, field string, t types.Type) []ir.Check {
	var out []ir.Check
	for _, i := range lower.Invalid(node, t) {
		out = append(out, ir.Check{Reason: string(i.Reason), Field: field, SQL: i.SQL})
	}
	return out
}
