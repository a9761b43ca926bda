package expr

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// maxDepth bounds nesting, so that no input exhausts the stack of the compiler
// or of an engine's parser.
const maxDepth = 200

// Compile turns an HCL expression into a typed node. The node is never nil:
// where something was wrong it is bad, and the diagnostics say what. A mistake
// is reported once, where it stands. Compile does no I/O and may be called
// from several goroutines with one scope.
func Compile(e hcl.Expression, scope *Scope) (*Node, diag.Diagnostics) {
	c := &compiler{scope: scope, facts: []Facts{scope.Facts}, budget: maxTrials, whole: unwrap(e)}
	n := c.expr(e)
	return n, c.diags.Sorted()
}

type compiler struct {
	scope  *Scope
	diags  diag.Diagnostics
	facts  []Facts // what is known at this place
	depth  int
	budget int            // of narrowing
	whole  hcl.Expression // that is compiled, without parentheses
}

func unwrap(e hcl.Expression) hcl.Expression {
	for {
		p, ok := e.(*hclsyntax.ParenthesesExpr)
		if !ok {
			return e
		}
		e = p.Expression
	}
}

func (c *compiler) fail(d diag.Diagnostic) *Node {
	c.diags.Append(d)
	return bad(d.Range)
}

func bad(rng diag.Range) *Node {
	return &Node{Op: Bad, info: types.Info{Nullable: true}, rng: rng}
}

// expr compiles any expression.
func (c *compiler) expr(e hcl.Expression) *Node {
	if c.depth++; c.depth > maxDepth {
		c.depth--
		return c.fail(diag.New(diag.ExpressionTooDeep, e.Range(), "Compute a part of it in the dbt model, as a column."))
	}
	defer func() { c.depth-- }()
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return c.expr(e.Expression)
	case *hclsyntax.LiteralValueExpr:
		return c.constant(e.Val, e.Range(), "")
	case *hclsyntax.TemplateWrapExpr:
		return c.template([]hclsyntax.Expression{e.Wrapped}, e.Range())
	case *hclsyntax.TemplateExpr:
		return c.template(e.Parts, e.Range())
	case *hclsyntax.ScopeTraversalExpr:
		return c.traversal(e.Traversal, e.Range())
	case *hclsyntax.UnaryOpExpr:
		return c.unary(e)
	case *hclsyntax.BinaryOpExpr:
		return c.binary(e)
	case *hclsyntax.ConditionalExpr:
		return c.conditional(e)
	case *hclsyntax.FunctionCallExpr:
		return c.call(e)
	case *hclsyntax.IndexExpr:
		return c.index(e)
	case *hclsyntax.RelativeTraversalExpr:
		return c.members(c.expr(e.Source), e.Traversal)
	case *hclsyntax.ExprSyntaxError:
		return bad(e.Range()) // the parser has reported it
	}
	return c.fail(diag.New(diag.UnsupportedExpr, e.Range(), "%s", unsupported(e)))
}

func unsupported(e hcl.Expression) string {
	switch e.(type) {
	case *hclsyntax.SplatExpr, *hclsyntax.ForExpr:
		return "An expression sees one row and yields one value; it cannot walk over a list. Do it in the dbt model."
	case *hclsyntax.TupleConsExpr, *hclsyntax.ObjectConsExpr:
		return "An expression yields a single value, not a list or an object. To test for several values, use one_of(x, \"a\", \"b\") or contains([\"a\", \"b\"], x)."
	case *hclsyntax.TemplateJoinExpr:
		return "A template cannot hold a `for`. Join the parts in the dbt model."
	}
	return "Use a column, a constant, an operator, a conditional, a template or a function."
}

func (c *compiler) conditional(e *hclsyntax.ConditionalExpr) *Node {
	cond := c.condition(e.Condition)
	yesFacts, noFacts := Facts{}, Facts{}
	if !cond.IsBad() {
		yesFacts, noFacts = narrow(cond, whenTrue, &c.budget), narrow(cond, whenNotTrue, &c.budget)
	}
	yes := c.knowing(yesFacts, func() *Node { return c.expr(e.TrueResult) })
	no := c.knowing(noFacts, func() *Node { return c.expr(e.FalseResult) })
	if cond.IsBad() || yes.IsBad() || no.IsBad() {
		return bad(e.Range())
	}
	t, ok := types.Common(yes.Type(), no.Type())
	if !ok {
		return c.fail(diag.New(diag.BranchTypes, e.FalseResult.Range(), "This side is %s and the other is %s. Convert one of them%s.",
			kindText(no.Type()), kindText(yes.Type()), textHint(yes.Type(), no.Type())).
			WithSummary("Sides are %s and %s", kindText(yes.Type()), kindText(no.Type())).WithRelated(e.TrueResult.Range(), "this side is %s", kindText(yes.Type())))
	}
	if t.Kind == types.Unknown { // the side not known is read as what the other is
		for _, side := range []*Node{yes, no} {
			if k := side.Type().Kind; k != types.Unknown && k != types.Null {
				t = widest(side.Type())
			}
		}
	}
	n := node(If, t, yes.info.Nullable || no.info.Nullable, e.Range(), cond, c.cast(yes, t), c.cast(no, t))
	return n
}

func textHint(a, b types.Type) string {
	if a.Text() || b.Text() {
		return ", for instance with string()"
	}
	return ""
}

// condition compiles what must be true or false.
func (c *compiler) condition(e hcl.Expression) *Node {
	n := c.expr(e)
	switch {
	case n.IsBad() || n.Type().Kind == types.Bool:
		return n
	case n.Type().Kind == types.Unknown:
		return c.cast(n, types.BoolType)
	}
	return c.fail(diag.New(diag.ConditionType, e.Range(), "This is %s. Compare it with something%s.", kindText(n.Type()), comparisonHint(n.Type())).
		WithSummary("Condition is %s, not bool", kindText(n.Type())))
}

func comparisonHint(t types.Type) string {
	switch {
	case t.Numeric():
		return ", such as x != 0"
	case t.Text():
		return ", such as x == \"yes\", or use bool(x)"
	case t.Kind == types.Null:
		return ""
	}
	return ", such as x != null"
}

func (c *compiler) template(parts []hclsyntax.Expression, rng diag.Range) *Node {
	nodes := make([]*Node, 0, len(parts))
	failed := false
	for _, p := range parts {
		n := c.expr(p)
		switch {
		case n.IsBad():
			failed = true
			continue
		case n.Type().Kind == types.Null && n.Op == Literal:
			c.fail(diag.New(diag.NullOperand, p.Range(), "A template with a null part is null. Leave the part out.").WithSummary("Null in a template"))
			failed = true
			continue
		}
		s, ok := c.asText(n)
		if !ok {
			c.fail(diag.New(diag.TemplatePart, p.Range(), "This is %s.", n.Type()).WithSummary("%s has no text form", n.Type()))
			failed = true
			continue
		}
		nodes = append(nodes, s)
	}
	if failed {
		return bad(rng)
	}
	switch {
	case len(nodes) == 0:
		return literal(value.String(""), types.EnumOf(""), rng)
	case len(nodes) == 1:
		one := *nodes[0]
		one.rng = rng
		return &one
	}
	total, bounded, nullable := 0, true, false
	for _, n := range nodes {
		m := types.TextMax(n.Type())
		total, bounded = total+m, bounded && m > 0
		nullable = nullable || n.info.Nullable
	}
	if !bounded {
		total = 0
	}
	return node(Concat, types.StringOf(total), nullable, rng, nodes...)
}

// asText wraps a node in the function string where it is not text already.
func (c *compiler) asText(n *Node) (*Node, bool) {
	switch k := n.Type().Kind; {
	case n.Type().Text() || k == types.UUID:
		return n, true
	case k == types.Unknown:
		return c.cast(n, types.StringType), true
	case slices.Contains(stringFunc.Params[0].Accept, k) && k != types.JSON:
		out, _ := c.apply(stringFunc, []*Node{n}, n.rng)
		return out, out != nil
	}
	return nil, false
}

// node makes an inner node; its labels are those of all arguments, conditions
// included: what decides a value shows in it.
func node(op Op, t types.Type, nullable bool, rng diag.Range, args ...*Node) *Node {
	sets := make([][]string, len(args))
	for i, a := range args {
		sets[i] = a.info.Labels
	}
	return &Node{Op: op, Args: args, info: types.Info{Type: t, Nullable: nullable, Labels: types.UnionLabels(sets...)}, rng: rng}
}

func literal(v value.Value, t types.Type, rng diag.Range) *Node {
	return &Node{Op: Literal, Value: v, info: types.Info{Type: t, Nullable: v.IsNull()}, rng: rng}
}

// cast converts a node to a type it fits. From an unknown type the conversion
// is checked on every row. Text keeps its SQL form, so nothing is wrapped.
func (c *compiler) cast(n *Node, t types.Type) *Node {
	from := n.Type()
	switch {
	case from.Equal(t) || t.Kind == types.Unknown || n.IsBad():
		return n
	case from.Kind == types.Null:
		return literal(value.Null, t, n.rng)
	case from.Kind == types.Int && t.Kind == types.Decimal && n.Op == Literal:
		if v, ok := value.FitDecimal(n.Value, t); ok {
			return literal(v, t, n.rng)
		}
	}
	if from.Kind == types.Unknown && n.Op == Member {
		if read, ok := c.readText(n, t); ok {
			return read
		}
	}
	out := node(Cast, t, n.info.Nullable, n.rng, n)
	out.Checked = from.Kind == types.Unknown
	return out
}

// readText converts what is inside a json as text is converted: by the
// function of the type's name.
func (c *compiler) readText(n *Node, t types.Type) (*Node, bool) {
	switch t.Kind {
	case types.Int, types.Float, types.Bool, types.Date, types.Timestamp, types.TimestampTZ, types.UUID:
		f, ok := function.Lookup(t.Kind.String())
		if !ok {
			return nil, false
		}
		text := node(Cast, types.StringType, n.info.Nullable, n.rng, n)
		out, problem := c.apply(f, []*Node{text}, n.rng)
		return out, problem == nil
	}
	return nil, false
}
