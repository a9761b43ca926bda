package lower

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
)

// Reason says why a row is invalid.
type Reason string

// The reasons.
const (
	TooLong    Reason = "too_long"
	NotInEnum  Reason = "not_in_enum"
	OutOfRange Reason = "out_of_range"
	BadFormat  Reason = "bad_format"
)

// Violation is a condition that is true for invalid rows, and never null.
type Violation struct {
	Reason Reason
	SQL    string
}

// Canonical returns SQL for a node's value in the canonical form of a
// destination's type: equal values have one form. A value that does not fit is
// null; [Invalid] finds those rows. The conversion must not be impossible.
func Canonical(n *expr.Node, target types.Type) string {
	sql := canonical(Expr(n), n.Type(), target)
	if t := target; holdsNull(n) { // the engine types text joined with a literal null as null
		if t.Kind == types.Unknown {
			t = n.Type()
		}
		return "CAST(" + sql + " AS " + DuckTypeName(t) + ")"
	}
	return sql
}

func holdsNull(n *expr.Node) bool {
	return (n.Op == expr.Literal && n.Value.IsNull()) || slices.ContainsFunc(n.Args, holdsNull)
}

func canonical(sql string, from, to types.Type) string {
	if to.Kind == types.Unknown {
		to = from
	}
	duck := DuckTypeName(to)
	switch {
	case from.Kind == types.Null:
		return "CAST(NULL AS " + duck + ")"
	case to.Kind == types.Float && from.Kind == types.Float:
		return "(" + sql + " + 0.0::DOUBLE)" // -0.0 and 0.0 are one value
	case to.Kind == types.Float && (from.Kind == types.Decimal || from.Kind == types.Int):
		return "(" + cast(sql, from, to) + " + 0.0::DOUBLE)"
	case to.Kind == types.Float:
		return "(TRY_CAST(" + sql + " AS DOUBLE) + 0.0::DOUBLE)"
	case to.Kind == types.JSON && (from.Kind == types.List || from.Kind == types.Struct):
		return cast(sql, from, to)
	case to.Kind == types.UUID && from.Kind != types.UUID:
		return "CAST(TRY_CAST(" + sql + " AS UUID) AS VARCHAR)"
	case DuckTypeName(from) == duck && from.Kind != types.Unknown:
		return sql
	}
	return "TRY_CAST(" + sql + " AS " + duck + ")"
}

// Invalid returns the conditions under which a row's value for a destination
// field of the type is invalid: a step of the expression failed, or the value
// does not fit. It returns none when every value is valid.
func Invalid(n *expr.Node, target types.Type) []Violation {
	out := failures(n)
	sql, from := Expr(n), n.Type()
	add := func(r Reason, cond string) {
		out = append(out, Violation{r, "coalesce(" + cond + ", FALSE)"})
	}
	if from.Kind == types.Float && (target.Kind == types.Float || target.Kind == types.Unknown) {
		add(OutOfRange, "NOT isfinite("+sql+")")
		return out
	}
	conv := types.Convert(from, target)
	if conv.Class == types.Identical || conv.Class == types.Lossless {
		return out
	}
	got := canonical(sql, from, target)
	lost := "(" + sql + ") IS NOT NULL AND (" + got + ") IS NULL"
	switch target.Kind {
	case types.String:
		if target.Max > 0 {
			add(TooLong, fmt.Sprintf("length(%s) > %d", got, target.Max))
		}
	case types.Enum:
		quoted := make([]string, len(target.Values))
		for i, v := range target.Values {
			quoted[i] = Text(v)
		}
		add(NotInEnum, got+" NOT IN ("+strings.Join(quoted, ", ")+")")
	case types.JSON:
		add(BadFormat, "NOT json_valid("+got+")")
	case types.Float:
		add(BadFormat, lost)
		switch from.Kind {
		case types.Int:
			add(OutOfRange, "abs(CAST("+sql+" AS HUGEINT)) > 9007199254740992")
		case types.Decimal:
			add(OutOfRange, "TRY_CAST(CAST("+got+" AS VARCHAR) AS "+DuckTypeName(from)+") IS DISTINCT FROM "+sql)
		default:
			add(OutOfRange, "NOT isfinite("+got+")")
		}
	case types.Int, types.Decimal:
		reason := OutOfRange
		if from.Kind == types.Unknown {
			reason = BadFormat
		}
		add(reason, lost)
		switch { // a cast rounds what it does not hold
		case from.Kind == types.Unknown:
			add(reason, "TRY_CAST("+sql+" AS DECIMAL(38,18)) <> "+got)
		case from.Kind == types.Decimal && from.Precision == 0:
			add(reason, got+" <> "+sql)
		}
	default:
		add(BadFormat, lost)
	}
	return out
}

// failures are the conditions under which a step of the expression fails where
// it counts: the branch of a conditional that is not taken does not count.
func failures(n *expr.Node) []Violation {
	var out []Violation
	if n.Op == expr.If {
		cond := Condition(n.Args[0])
		out = append(out, failures(n.Args[0])...)
		out = append(out, within(cond, failures(n.Args[1]))...)
		return append(out, within("NOT "+cond, failures(n.Args[2]))...)
	}
	for _, a := range n.Args {
		out = append(out, failures(a)...)
	}
	if reason := fails(n); reason != "" {
		conds := make([]string, 0, len(n.Args)+1)
		for _, a := range n.Args {
			conds = append(conds, "("+Expr(a)+") IS NOT NULL")
		}
		out = append(out, Violation{reason, "(" + strings.Join(append(conds, "("+Expr(n)+") IS NULL"), " AND ") + ")"})
	}
	return out
}

func within(cond string, vs []Violation) []Violation {
	out := make([]Violation, len(vs))
	for i, v := range vs {
		out[i] = Violation{v.Reason, "(" + cond + " AND " + v.SQL + ")"}
	}
	return out
}

// fails returns the reason a node can fail for, or "".
func fails(n *expr.Node) Reason {
	switch n.Op {
	case expr.Cast:
		if n.Checked {
			return BadFormat
		}
		if n.Type().Kind == types.Decimal && types.Convert(n.Args[0].Type(), n.Type()).Class == types.Checked {
			return OutOfRange
		}
	case expr.Neg:
		if n.Type().Kind == types.Int {
			return OutOfRange
		}
	case expr.Add, expr.Sub, expr.Mul:
		if n.Type().Kind == types.Int {
			return OutOfRange
		}
	case expr.Call:
		if n.Func.Nulls == function.Strict && n.Func.Fails != "" && (n.Func.Sure == nil || !n.Func.Sure(n.CallInfo())) {
			return Reason(n.Func.Fails)
		}
	}
	return ""
}
