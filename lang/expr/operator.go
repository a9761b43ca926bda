package expr

import (
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// operator is how an HCL operator compiles.
type operator struct {
	op     Op
	symbol string
}

var operators = map[*hclsyntax.Operation]operator{
	hclsyntax.OpAdd: {Add, "+"}, hclsyntax.OpSubtract: {Sub, "-"}, hclsyntax.OpMultiply: {Mul, "*"}, hclsyntax.OpDivide: {Div, "/"}, hclsyntax.OpModulo: {Mod, "%"},
	hclsyntax.OpEqual: {Eq, "=="}, hclsyntax.OpNotEqual: {Ne, "!="}, hclsyntax.OpLessThan: {Lt, "<"}, hclsyntax.OpLessThanOrEqual: {Le, "<="},
	hclsyntax.OpGreaterThan: {Gt, ">"}, hclsyntax.OpGreaterThanOrEqual: {Ge, ">="},
	hclsyntax.OpLogicalAnd: {And, "&&"}, hclsyntax.OpLogicalOr: {Or, "||"},
}

func (c *compiler) unary(e *hclsyntax.UnaryOpExpr) *Node {
	n := c.expr(e.Val)
	if n.IsBad() {
		return n
	}
	if e.Op == hclsyntax.OpLogicalNot {
		if n = c.operand(n, "!", types.BoolType); n.IsBad() {
			return n
		}
		return node(Not, types.BoolType, n.info.Nullable, e.Range(), n)
	}
	if n.Type().Kind == types.Unknown {
		n = c.cast(n, types.FloatType)
	}
	if !n.Type().Numeric() {
		return c.notNumber(n, "-")
	}
	if n.Op == Literal {
		return c.negated(n, e.Range())
	}
	return node(Neg, n.Type(), n.info.Nullable, e.Range(), n)
}

// negated folds the minus sign into a literal.
func (c *compiler) negated(n *Node, rng diag.Range) *Node {
	switch n.Type().Kind {
	case types.Float:
		return literal(value.Float(-n.Value.Float64()), n.Type(), rng)
	case types.Int:
		if v, ok := value.Arithmetic('-', value.Int(0), n.Value); ok {
			return literal(v, types.IntType, rng)
		}
		n = c.cast(n, types.DecimalOf(19, 0))
	}
	v, _ := value.Arithmetic('-', value.ZeroDecimal, n.Value)
	if i, ok := value.ToInt(v); ok && n.Type().Scale == 0 {
		return literal(i, types.IntType, rng)
	}
	return literal(v, n.Type(), rng)
}

func (c *compiler) binary(e *hclsyntax.BinaryOpExpr) *Node {
	op := operators[e.Op]
	switch op.op {
	case And, Or:
		return c.logic(e, op)
	case Eq, Ne, Lt, Le, Gt, Ge:
		return c.comparison(e, op)
	case "":
		return c.fail(diag.New(diag.UnsupportedExpr, e.Range(), "Use a column, a constant, an operator, a conditional, a template or a function."))
	}
	l, r := c.expr(e.LHS), c.expr(e.RHS)
	if l.IsBad() || r.IsBad() {
		return bad(e.Range())
	}
	return c.arithmetic(op, l, r, e.Range())
}

func (c *compiler) logic(e *hclsyntax.BinaryOpExpr, op operator) *Node {
	l := c.operand(c.expr(e.LHS), op.symbol, types.BoolType)
	facts := Facts{}
	switch {
	case l.IsBad():
	case op.op == Or:
		facts = narrow(l, whenNotTrue, &c.budget)
	default:
		facts = narrow(l, whenTrue, &c.budget)
	}
	r := c.knowing(facts, func() *Node { return c.operand(c.expr(e.RHS), op.symbol, types.BoolType) })
	if l.IsBad() || r.IsBad() {
		return bad(e.Range())
	}
	return node(op.op, types.BoolType, l.info.Nullable || r.info.Nullable, e.Range(), l, r)
}

// operand checks that a node has the kind an operator takes.
func (c *compiler) operand(n *Node, symbol string, want types.Type) *Node {
	switch {
	case n.IsBad() || n.Type().Kind == want.Kind:
		return n
	case n.Type().Kind == types.Unknown || n.Type().Kind == types.Null:
		return c.cast(n, want)
	}
	return c.fail(diag.New(diag.OperandType, n.rng, "%s takes %s, and this is %s. Compare it with something%s.", symbol, want, kindText(n.Type()), comparisonHint(n.Type())).
		WithSummary("%s does not take %s", symbol, kindText(n.Type())))
}

func (c *compiler) notNumber(n *Node, symbol string) *Node {
	switch {
	case n.Type().Kind == types.Null:
		return c.fail(diag.New(diag.NullOperand, n.rng, "Arithmetic with null always gives null. Leave it out, or give another value.").WithSummary("Arithmetic with null"))
	case n.Type().Text():
		how := "Read it as a number with int(), float() or decimal()."
		if symbol == "+" {
			how = "To join texts, or a text and a number, write a template: \"${a} ${b}\". To add, read the text as a number with int(), float() or decimal()."
		}
		return c.fail(diag.New(diag.OperandType, n.rng, "%s takes numbers, and this is text. %s", symbol, how).WithSummary("%s does not take text", symbol))
	case n.Type().Kind == types.Date || n.Type().Kind == types.Timestamp || n.Type().Kind == types.TimestampTZ:
		return c.fail(diag.New(diag.OperandType, n.rng, "%s takes numbers, and this is %s. Use date_add(\"day\", 1, x) or date_diff(\"day\", x, y).", symbol, n.Type()).
			WithSummary("%s does not take %s", symbol, n.Type()))
	}
	return c.fail(diag.New(diag.OperandType, n.rng, "%s takes numbers, and this is %s.", symbol, n.Type()).WithSummary("%s does not take %s", symbol, n.Type()))
}

func (c *compiler) arithmetic(op operator, l, r *Node, rng diag.Range) *Node {
	for _, p := range []**Node{&l, &r} {
		if (*p).Type().Kind == types.Unknown {
			*p = c.cast(*p, types.FloatType)
		}
	}
	okL, okR := l.Type().Numeric(), r.Type().Numeric()
	if !okL && !okR && op.op == Add && l.Type().Text() && r.Type().Text() {
		return c.notNumber(l, op.symbol)
	}
	if !okL {
		c.notNumber(l, op.symbol)
	}
	if !okR {
		c.notNumber(r, op.symbol)
	}
	if !okL || !okR {
		return bad(rng)
	}
	nullable := l.info.Nullable || r.info.Nullable
	switch op.op {
	case Div:
		return node(Div, types.FloatType, nullable || !nonZero(r), rng, c.cast(l, types.FloatType), c.cast(r, types.FloatType))
	case Mod:
		for _, n := range []*Node{l, r} {
			if n.Type().Kind != types.Int {
				return c.fail(diag.New(diag.OperandType, n.rng, "%% takes whole numbers, and this is %s. Use round, floor or int.", n.Type()).WithSummary("%% does not take %s", n.Type()))
			}
		}
		return node(Mod, types.IntType, nullable || !nonZero(r), rng, l, r)
	}
	lk, rk := l.Type().Kind, r.Type().Kind
	switch {
	case lk == types.Float || rk == types.Float:
		return node(op.op, types.FloatType, nullable, rng, c.cast(l, types.FloatType), c.cast(r, types.FloatType))
	case lk == types.Int && rk == types.Int:
		return node(op.op, types.IntType, nullable, rng, l, r)
	}
	return c.decimals(op, l, r, nullable, rng)
}

func nonZero(n *Node) bool {
	if n.Op != Literal || n.Value.IsNull() {
		return false
	}
	return value.ToFloat(n.Value).Float64() != 0
}

// decimals gives sums one digit more than the wider side and products the
// digits of both. Where that would be more than 38, the operands are held to
// fewer digits before the point; a value beyond makes the row invalid.
func (c *compiler) decimals(op operator, l, r *Node, nullable bool, rng diag.Range) *Node {
	p1, s1 := types.AsDecimal(l.Type())
	p2, s2 := types.AsDecimal(r.Type())
	if op.op != Mul {
		s := max(s1, s2)
		whole := max(p1-s1, p2-s2)
		if whole+s+1 <= 38 {
			return node(op.op, types.DecimalOf(whole+s+1, s), nullable, rng, c.cast(l, types.DecimalOf(p1, s1)), c.cast(r, types.DecimalOf(p2, s2)))
		}
		if s > 37 {
			return c.fail(diag.New(diag.TooManyDigits, rng, "The result would have %d digits after the point. Round one of the operands: round(x, 2).", s))
		}
		held := types.DecimalOf(37, s)
		return node(op.op, types.DecimalOf(38, s), nullable, rng, c.cast(l, held), c.cast(r, held))
	}
	for p1+p2 > 38 && p1-s1+p2-s2 > 0 {
		if p1-s1 >= p2-s2 {
			p1--
		} else {
			p2--
		}
	}
	if p1+p2 > 38 || p1 == 0 || p2 == 0 {
		return c.fail(diag.New(diag.TooManyDigits, rng, "The result would have %d digits after the point. Round one of the operands: round(x, 2).", s1+s2))
	}
	return node(Mul, types.DecimalOf(p1+p2, s1+s2), nullable, rng, c.cast(l, types.DecimalOf(p1, s1)), c.cast(r, types.DecimalOf(p2, s2)))
}

// orderless are kinds that can be equal but not smaller or greater.
var orderless = []types.Kind{types.Bool, types.Bytes}

// equatable are kinds that comparisons take at all.
var equatable = []types.Kind{types.Unknown, types.Bool, types.Int, types.Decimal, types.Float, types.String, types.Enum, types.Bytes, types.Date,
	types.Time, types.Timestamp, types.TimestampTZ, types.UUID}

func (c *compiler) comparison(e *hclsyntax.BinaryOpExpr, op operator) *Node {
	l, r := c.expr(e.LHS), c.expr(e.RHS)
	if l.IsBad() || r.IsBad() {
		return bad(e.Range())
	}
	equality := op.op == Eq || op.op == Ne
	for _, pair := range [][2]*Node{{l, r}, {r, l}} {
		if n := pair[0]; n.Type().Kind == types.Null {
			if !equality {
				return c.fail(diag.New(diag.NullOperand, n.rng, "Null is neither smaller nor greater than anything. To test for it use == null or != null.").WithSummary("%s with null", op.symbol))
			}
			test := IsNull
			if op.op == Ne {
				test = NotNull
			}
			return node(test, types.BoolType, false, e.Range(), pair[1])
		}
	}
	t, ok := types.Common(l.Type(), r.Type())
	if l.Type().Kind == types.Unknown {
		t = widest(r.Type())
	} else if r.Type().Kind == types.Unknown {
		t = widest(l.Type())
	}
	if t.Kind == types.Unknown {
		t = types.StringType // both unknown: as text
	}
	if ok && (!slices.Contains(equatable, t.Kind) || (!equality && slices.Contains(orderless, t.Kind))) {
		ok = false
	}
	if !ok {
		return c.incomparable(l, r)
	}
	c.warnNever(op, l, r)
	return node(op.op, types.BoolType, l.info.Nullable || r.info.Nullable, e.Range(), c.cast(l, t), c.cast(r, t))
}

// widest is what an unknown operand is read as: literals fix the kind, not the
// digits.
func widest(t types.Type) types.Type {
	switch t.Kind {
	case types.Int, types.Decimal:
		return types.FloatType
	case types.Enum, types.String, types.UUID:
		return types.StringType
	}
	return t
}

func (c *compiler) incomparable(l, r *Node) *Node {
	detail := "Convert one of them with a function that says how."
	d := diag.New(diag.Incomparable, r.rng, "")
	for _, pair := range [][2]*Node{{l, r}, {r, l}} {
		text, other := pair[0], pair[1]
		if !text.Type().Text() {
			continue
		}
		switch k := other.Type().Kind; k {
		case types.Date, types.Timestamp, types.TimestampTZ, types.Int, types.Float, types.Bool:
			detail = "Read the text as " + k.String() + ": " + k.String() + "(x)."
			if text.Op == Literal && value.CanParse(text.Value.Str(), other.Type()) {
				d = d.WithFix("read as "+k.String(), insert(text.rng, false, k.String()+"("), insert(text.rng, true, ")"))
			}
		case types.Decimal:
			detail = "Read the text as a number: decimal(x, 18, 2)."
		}
	}
	if t := l.Type(); t.Equal(r.Type()) || (t.Kind == r.Type().Kind) {
		detail = "Values of type " + t.Kind.String() + " have no order; only == and != apply."
		if !slices.Contains(orderless, t.Kind) {
			detail = "leat does not compare values of type " + t.Kind.String() + ". Do it in the dbt model."
		}
	}
	d.Detail = "The left side is " + kindText(l.Type()) + ", the right side " + kindText(r.Type()) + ". " + detail
	return c.fail(d.WithSummary("%s cannot be compared with %s", kindText(l.Type()), kindText(r.Type())).WithRelated(l.rng, "this is %s", kindText(l.Type())))
}

func insert(rng diag.Range, after bool, text string) diag.Edit {
	at := diag.Range{Filename: rng.Filename, Start: rng.Start, End: rng.Start}
	if after {
		at.Start, at.End = rng.End, rng.End
	}
	return diag.Edit{Range: at, NewText: text}
}

// declared is the type of a node before conditions around it narrowed it. What
// one entry of a for_each rules out is no mistake.
func (n *Node) declared() types.Type {
	if n.Op == Column || n.Op == Member {
		return n.base.Type
	}
	return n.Type()
}

// warnNever reports an equality of a closed list with a text outside it.
func (c *compiler) warnNever(op operator, l, r *Node) {
	lt, rt := l.declared(), r.declared()
	if (op.op != Eq && op.op != Ne) || lt.Kind != types.Enum || rt.Kind != types.Enum {
		return
	}
	for _, v := range lt.Values {
		if slices.Contains(rt.Values, v) {
			return
		}
	}
	lit, col := r, l
	if l.Op == Literal {
		lit, col = l, r
	}
	if lit.Op != Literal || col.Op == Literal {
		return
	}
	summary := "Comparison is always false"
	if op.op == Ne {
		summary = "Comparison is always true"
	}
	d := diag.New(diag.NeverEqual, lit.rng, "The values here are %s.%s", orList(quoteAll(col.declared().Values)), diag.DidYouMean(lit.Value.Str(), col.declared().Values))
	d.Summary = summary
	if s := diag.Suggest(lit.Value.Str(), col.declared().Values); len(s) > 0 {
		d = d.WithFix("use "+quoteAll(s[:1])[0], diag.Edit{Range: lit.rng, NewText: quoteAll(s[:1])[0]})
	}
	c.diags.Append(d)
}

func quoteAll(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strconv.Quote(v)
	}
	return out
}
