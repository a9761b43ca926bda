package lower

import (
	"fmt"
	"math"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// Gap is a part of an expression that PostgreSQL cannot compute exactly as
// leat means it.
type Gap struct {
	Range  diag.Range
	Reason string // a sentence
}

// Postgres returns SQL for the value of a node over the row alias r, for
// PostgreSQL 14 or later with the encoding UTF8, in the type that
// [PostgresTypeName] gives. It computes exactly what [Expr] computes, never
// raises an error, and is null where a step fails; [Invalid] finds those rows.
// Where a part has no such form, sql is "" and gaps say which and why.
func Postgres(n *expr.Node) (sql string, gaps []Gap) {
	p := &postgres{}
	sql = p.expr(n)
	if len(p.gaps) > 0 {
		return "", p.gaps
	}
	return sql, nil
}

// PostgresTypeName returns the PostgreSQL type that holds values of a type; ""
// is none.
func PostgresTypeName(t types.Type) string {
	switch t.Kind {
	case types.Bool:
		return "boolean"
	case types.Int:
		return "bigint"
	case types.Decimal:
		if t.Precision == 0 {
			return ""
		}
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale)
	case types.Float:
		return "double precision"
	case types.String, types.Enum, types.UUID, types.JSON:
		return "text"
	case types.Bytes:
		return "bytea"
	case types.Date, types.Time, types.Timestamp, types.TimestampTZ:
		return t.Kind.String()
	}
	return ""
}

type postgres struct{ gaps []Gap }

func (p *postgres) gap(n *expr.Node, format string, args ...any) string {
	p.gaps = append(p.gaps, Gap{n.Range(), fmt.Sprintf(format, args...)})
	return ""
}

func (p *postgres) expr(n *expr.Node) string {
	switch n.Op {
	case expr.Literal:
		return p.literal(n, n.Value)
	case expr.Column:
		name := PostgresTypeName(n.Type())
		if name == "" {
			return p.gap(n, "PostgreSQL is not sent columns of type %s.", n.Type())
		}
		return "CAST(" + Alias + "." + Ident(n.Name) + " AS " + name + ")"
	case expr.Call:
		return p.call(n)
	case expr.Cast:
		return p.cast(n)
	case expr.Neg:
		if n.Type().Kind == types.Int {
			return within64("-CAST(" + p.expr(n.Args[0]) + " AS numeric)")
		}
		return "(-" + p.expr(n.Args[0]) + ")"
	case expr.Add, expr.Sub, expr.Mul:
		return p.arithmetic(n)
	case expr.Div:
		for _, a := range n.Args {
			if !wasWhole(a) {
				return p.gap(n, "A quotient of floats that is too large is an error in PostgreSQL.")
			}
		}
		return "(" + p.expr(n.Args[0]) + " / nullif(" + p.expr(n.Args[1]) + ", 0))"
	case expr.Mod:
		return "mod(" + p.expr(n.Args[0]) + ", nullif(" + p.expr(n.Args[1]) + ", 0))"
	case expr.IsNull:
		return "(" + p.expr(n.Args[0]) + " IS NULL)"
	case expr.NotNull:
		return "(" + p.expr(n.Args[0]) + " IS NOT NULL)"
	case expr.Not:
		return "(NOT " + p.expr(n.Args[0]) + ")"
	case expr.If:
		return "(CASE WHEN " + p.expr(n.Args[0]) + " THEN " + p.expr(n.Args[1]) + " ELSE " + p.expr(n.Args[2]) + " END)"
	}
	sym, ok := infix[n.Op]
	if !ok {
		return p.gap(n, "PostgreSQL does not look inside values as leat does.")
	}
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = p.collated(a)
	}
	return "(" + strings.Join(parts, " "+sym+" ") + ")"
}

// wasWhole reports that a float was an integer or a decimal, so that a
// quotient of two stays far from the ends of the range.
func wasWhole(n *expr.Node) bool {
	if n.Op != expr.Cast {
		return n.Op == expr.Literal && n.Type().Kind != types.Float
	}
	k := n.Args[0].Type().Kind
	return k == types.Int || k == types.Decimal
}

// collated compares text by its bytes, whatever the database's collation is.
func (p *postgres) collated(n *expr.Node) string {
	sql := p.expr(n)
	if PostgresTypeName(n.Type()) == "text" {
		return "(" + sql + ` COLLATE "C")`
	}
	return sql
}

func (p *postgres) literal(n *expr.Node, v value.Value) string {
	name := PostgresTypeName(n.Type())
	switch f := v.Float64(); {
	case v.IsNull() && n.Type().Kind == types.Null:
		return "NULL"
	case name == "" || math.IsNaN(f) || math.IsInf(f, 0):
		return p.gap(n, "A constant of type %s has no exact form in PostgreSQL.", n.Type())
	case v.IsNull():
		return "CAST(NULL AS " + name + ")"
	case strings.Contains(v.Str(), "\x00"):
		return p.gap(n, "PostgreSQL has no text with the character 0.")
	case v.Kind() == types.Bool:
		return strings.ToUpper(value.Format(v))
	default:
		return "CAST(" + Text(value.Format(v)) + " AS " + name + ")"
	}
}

func (p *postgres) cast(n *expr.Node) string {
	a := n.Args[0]
	name := PostgresTypeName(n.Type())
	if a.Type().Kind == types.Unknown || name == "" {
		return p.gap(n, "The type of this value is not known before it is read.")
	}
	sql := p.expr(a)
	switch {
	case name == PostgresTypeName(a.Type()):
		return sql
	case n.Type().Kind == types.Decimal:
		pr, s := n.Type().Precision, n.Type().Scale
		return fmt.Sprintf("(SELECT CASE WHEN abs(round(t.v, %d)) < 1e%d THEN CAST(t.v AS %s) END FROM (SELECT CAST(%s AS numeric) AS v) AS t)", s, pr-s, name, sql)
	case n.Type().Kind == types.Int:
		return within64(sql)
	}
	return "CAST(" + sql + " AS " + name + ")"
}

// within64 makes an integer of a numeric, and null of what does not fit.
func within64(sql string) string {
	return "(SELECT CASE WHEN t.v BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(t.v AS bigint) END FROM (SELECT " + sql + " AS v) AS t)"
}

func (p *postgres) arithmetic(n *expr.Node) string {
	op := " " + infix[n.Op] + " "
	l, r := n.Args[0], n.Args[1]
	switch n.Type().Kind {
	case types.Int:
		return within64("CAST(" + p.expr(l) + " AS numeric)" + op + "CAST(" + p.expr(r) + " AS numeric)")
	case types.Decimal:
		return "CAST(" + p.expr(l) + op + p.expr(r) + " AS " + PostgresTypeName(n.Type()) + ")"
	}
	return p.gap(n, "A result beyond the floats is an error in PostgreSQL.")
}

func (p *postgres) call(n *expr.Node) string {
	c := n.CallInfo()
	template := ""
	if n.Func.Postgres != nil {
		template = n.Func.Postgres(c)
	}
	if template == "" {
		if constant(n) {
			v, _ := expr.Eval(n, expr.Env{})
			return p.literal(n, v)
		}
		return p.gap(n, "PostgreSQL does not compute %s exactly as leat means it, here.", n.Func.Name)
	}
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		switch param, _ := n.Func.Param(i); {
		case !param.Const:
			args[i] = p.collated(a)
		case strings.Contains(a.Value.Str(), "\x00"):
			return p.gap(a, "PostgreSQL has no text with the character 0.")
		case a.Type().Kind == types.Int:
			args[i] = value.Format(a.Value)
		default:
			args[i] = Text(value.Format(a.Value))
		}
	}
	return fill(template, args)
}

// constant reports that a node reads neither a column, nor a key, nor the clock.
func constant(n *expr.Node) bool {
	if n.Op == expr.Column || n.Op == expr.Secret || (n.Op == expr.Call && n.Func.Clock) {
		return false
	}
	for _, a := range n.Args {
		if !constant(a) {
			return false
		}
	}
	return true
}
