package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// Env is what an expression is evaluated against.
type Env struct {
	// Row returns a column's value, of the type its node has.
	Row func(column string) value.Value
	// AsOf is the plan's as_of in microseconds since 1970-01-01 UTC.
	AsOf int64
	// Key returns the value of an environment variable. Nil is a key that is the
	// variable's name, as in tests.
	Key func(name string) string
}

// Eval is the reference implementation: what the engines must compute. valid
// is false when something in the expression failed (an overflow, text that
// does not parse) where it counts; the row is then invalid. The node must not
// be bad.
func Eval(n *Node, env Env) (v value.Value, valid bool) {
	e := &evaluation{env: env, valid: true}
	v = e.eval(n)
	return v, e.valid
}

type evaluation struct {
	env   Env
	valid bool
}

// check notes a failed step; its value is null.
func (e *evaluation) check(v value.Value, ok bool) value.Value {
	if !ok {
		e.valid = false
		return value.Null
	}
	return v
}

func (e *evaluation) eval(n *Node) value.Value {
	switch n.Op {
	case Literal:
		return n.Value
	case Column:
		return e.env.Row(n.Name)
	case Secret:
		if e.env.Key == nil {
			return value.String(n.Name)
		}
		return value.String(e.env.Key(n.Name))
	case Member:
		return e.member(n, false)
	case If:
		if e.eval(n.Args[0]).True() {
			return e.eval(n.Args[1])
		}
		return e.eval(n.Args[2])
	}
	args := make([]value.Value, len(n.Args))
	null := false
	for i, a := range n.Args {
		args[i] = e.eval(a)
		null = null || args[i].IsNull()
	}
	switch n.Op {
	case Call:
		return e.call(n, args, null)
	case IsNull:
		return value.Bool(null)
	case NotNull:
		return value.Bool(!null)
	case And, Or:
		return logic(n.Op, args[0], args[1])
	}
	if null {
		return value.Null
	}
	return e.strict(n, args)
}

func (e *evaluation) member(n *Node, inner bool) value.Value {
	whole := n.Args[0]
	var v value.Value
	if whole.Op == Member {
		v = e.member(whole, true)
	} else {
		v = e.eval(whole)
	}
	if v.IsNull() {
		return value.Null
	}
	return e.check(part(v, n, inner))
}

func (e *evaluation) call(n *Node, args []value.Value, null bool) value.Value {
	if n.Func.Clock {
		if n.Type().Kind == types.Date {
			return value.DayOf(value.Timestamp(e.env.AsOf))
		}
		return value.TimestampTZ(e.env.AsOf)
	}
	if null && n.Func.Nulls == function.Strict {
		return value.Null
	}
	return e.check(n.Func.Eval(n.CallInfo(), args))
}

// logic is three-valued: null is "not known".
func logic(op Op, a, b value.Value) value.Value {
	decides := op == Or // true decides an or, false an and
	if (!a.IsNull() && a.True() == decides) || (!b.IsNull() && b.True() == decides) {
		return value.Bool(decides)
	}
	if a.IsNull() || b.IsNull() {
		return value.Null
	}
	return value.Bool(!decides)
}

// strict computes operations whose arguments are all values.
func (e *evaluation) strict(n *Node, a []value.Value) value.Value {
	switch n.Op {
	case Not:
		return value.Bool(!a[0].True())
	case Neg:
		switch a[0].Kind() {
		case types.Float:
			return value.Float(-a[0].Float64())
		case types.Int:
			return e.check(value.Arithmetic('-', value.Int(0), a[0]))
		}
		return e.check(value.FitDecimal(value.Decimal(new(apd.Decimal).Neg(a[0].Dec())), n.Type()))
	case Add, Sub, Mul:
		return e.arithmetic(n, a[0], a[1])
	case Div:
		if a[1].Float64() == 0 {
			return value.Null
		}
		return value.Float(a[0].Float64() / a[1].Float64())
	case Mod:
		switch a[1].Int64() {
		case 0:
			return value.Null
		case -1:
			return value.Int(0)
		}
		return value.Int(a[0].Int64() % a[1].Int64())
	case Eq, Ne, Lt, Le, Gt, Ge:
		return value.Bool(holds(n.Op, value.Compare(a[0], a[1])))
	case Concat:
		s := ""
		for _, v := range a {
			s += v.Str()
		}
		return value.String(s)
	}
	return e.check(convert(a[0], n.Type()))
}

func holds(op Op, order int) bool {
	switch op {
	case Eq:
		return order == 0
	case Ne:
		return order != 0
	case Lt:
		return order < 0
	case Le:
		return order <= 0
	case Gt:
		return order > 0
	}
	return order >= 0
}

var symbols = map[Op]byte{Add: '+', Sub: '-', Mul: '*'}

func (e *evaluation) arithmetic(n *Node, a, b value.Value) value.Value {
	switch t := n.Type(); t.Kind {
	case types.Float:
		x, y := a.Float64(), b.Float64()
		switch n.Op {
		case Add:
			return value.Float(x + y)
		case Sub:
			return value.Float(x - y)
		}
		return value.Float(x * y)
	case types.Int:
		return e.check(value.Arithmetic(symbols[n.Op], a, b))
	default:
		v, _ := value.Arithmetic(symbols[n.Op], a, b)
		return e.check(value.FitDecimal(v, t))
	}
}

// convert is the implicit cast: lossless between known types, checked from an
// unknown one, whose values may be of any kind.
func convert(v value.Value, t types.Type) (value.Value, bool) {
	if v.Kind() == t.Kind && t.Kind != types.Decimal {
		return v, true
	}
	switch k := v.Kind(); {
	case t.Kind == types.Decimal && (k == types.Int || k == types.Decimal):
		return value.FitDecimal(v, t)
	case t.Kind == types.Float && (k == types.Int || k == types.Decimal):
		return value.ToFloat(v), true
	case t.Kind == types.Timestamp && k == types.Date:
		return value.MidnightOf(v), true
	case t.Kind == types.Int && k == types.Decimal:
		return value.ToInt(v)
	case t.Text() || t.Kind == types.UUID:
		return value.Text(types.String, value.Format(v)), true
	case k == types.String || k == types.Enum:
		return value.Parse(v.Str(), t)
	case k == types.Float && t.Kind == types.Int && v.Float64() == math.Trunc(v.Float64()) && math.Abs(v.Float64()) < 1<<53:
		return value.Int(int64(v.Float64())), true
	}
	return value.Null, false
}
