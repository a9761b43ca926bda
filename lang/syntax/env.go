package syntax

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
)

// takesEnv reports whether env() may be the whole value of the attributes of
// a block.
func takesEnv(path string) bool { return path == "destination.config" || path == "state" }

// takesRows reports whether an attribute is evaluated per row.
func takesRows(path, name string) bool { return slices.Contains(RootsFor(path, name), "row") }

// configValue reads an attribute of a config or state block. It returns nil
// when env() is used in a way it may not be.
func (p *parser) configValue(a *Attribute) *ConfigValue {
	v := &ConfigValue{Name: a.Name, NameRange: a.NameRange, Range: a.Range, ExprRange: a.Expr.Range()}
	c, ok := call(a.Expr)
	if !ok || c.Name != "env" {
		if !p.noEnv(a.Expr, false) {
			return nil
		}
		v.Expr = a.Expr
		return v
	}
	if len(c.Args) == 1 && !c.ExpandFinal {
		if s, _, ok := literal(c.Args[0]); ok && s != "" && !strings.ContainsAny(s, "=\x00 \t\n") {
			v.Env = s
			return v
		}
	}
	p.diags.Append(diag.New(diag.InvalidEnv, c.Range(), "Give the name of one environment variable as a plain string: env(\"NAME\").").
		WithSummary("env() of `%s` names no environment variable", a.Name))
	return nil
}

// noEnv reports every env() in an expression and whether there was none. In
// an expression over rows an env() that is itself the argument of a function is
// left alone: it may be the key of a keyed function, which only the table of
// functions knows.
func (p *parser) noEnv(e hcl.Expression, rows bool) bool {
	node, ok := e.(hclsyntax.Node)
	if !ok {
		return true
	}
	w := &envWalker{rows: rows}
	_ = hclsyntax.Walk(node, w) // the walker itself never fails
	for _, at := range w.found {
		p.diags.Append(diag.New(diag.MisplacedEnv, at, "env() may only be the whole value of an attribute of a `config` or `state` block, or the key of a keyed function. "+
			"Here, use a variable (var.NAME), which --var and LEAT_VAR_NAME can set."))
	}
	return len(w.found) == 0
}

type envWalker struct {
	rows    bool
	parents []hclsyntax.Node
	found   []diag.Range
}

// Enter notes an env() that stands where it may not.
func (w *envWalker) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if c, ok := n.(*hclsyntax.FunctionCallExpr); ok && c.Name == "env" && !(w.rows && w.inCall()) {
		w.found = append(w.found, c.Range())
	}
	w.parents = append(w.parents, n)
	return nil
}

// Exit leaves a node.
func (w *envWalker) Exit(hclsyntax.Node) hcl.Diagnostics {
	w.parents = w.parents[:len(w.parents)-1]
	return nil
}

func (w *envWalker) inCall() bool {
	if len(w.parents) == 0 {
		return false
	}
	_, ok := w.parents[len(w.parents)-1].(*hclsyntax.FunctionCallExpr)
	return ok
}
