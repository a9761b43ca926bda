package lower

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// Alias is the name of the row in the SQL.
const Alias = "r"

// AsOfVariable is the DuckDB variable that today() and now() read: a TIMESTAMP
// in UTC. Whoever runs the SQL sets it first: SET VARIABLE leat_as_of = ....
const AsOfVariable = "leat_as_of"

// KeyVariable is the name of the DuckDB variable that holds a key for keyed
// functions, by the environment variable it is from.
func KeyVariable(env string) string { return "leat_key_" + env }

// SetKey is the statement that sets a key, whose parameters are the blocks of
// [KeyBlocks]: no SQL text holds a key.
func SetKey(env string) string {
	return "SET VARIABLE " + Ident(KeyVariable(env)) + " = {'inner': CAST(? AS BLOB), 'outer': CAST(? AS BLOB)}"
}

// KeyBlocks are what HMAC with SHA-256 (RFC 2104) begins its inner and its
// outer hash with.
func KeyBlocks(key string) (inner, outer []byte) {
	block := make([]byte, sha256.BlockSize)
	if len(key) > len(block) {
		sum := sha256.Sum256([]byte(key))
		key = string(sum[:])
	}
	copy(block, key)
	for _, b := range block {
		inner, outer = append(inner, b^0x36), append(outer, b^0x5c)
	}
	return inner, outer
}

// Expr returns SQL for the value of a node, in the DuckDB type of the node's
// type. It panics on a bad node: that is a bug of the caller.
func Expr(n *expr.Node) string {
	switch n.Op {
	case expr.Literal:
		return literal(n.Value, n.Type())
	case expr.Column:
		col := Alias + "." + Ident(n.Name)
		if t := n.Type(); t.Kind != types.Unknown && t.Kind != types.Null {
			return column(col, t)
		}
		return col
	case expr.Secret:
		return "getvariable(" + Text(KeyVariable(n.Name)) + ")"
	case expr.Member:
		return member(n)
	case expr.Call:
		return call(n)
	case expr.Cast:
		return cast(Expr(n.Args[0]), n.Args[0].Type(), n.Type())
	case expr.Neg:
		return negate(n)
	case expr.Add, expr.Sub, expr.Mul:
		return arithmetic(n)
	case expr.Div:
		return "(" + Expr(n.Args[0]) + " / nullif(" + Expr(n.Args[1]) + ", 0))"
	case expr.Mod:
		return "CAST(" + wide(n.Args[0]) + " % " + wide(n.Args[1]) + " AS BIGINT)" // the smallest integer % -1 overflows 64 bits
	case expr.IsNull:
		return "(" + Expr(n.Args[0]) + " IS NULL)"
	case expr.NotNull:
		return "(" + Expr(n.Args[0]) + " IS NOT NULL)"
	case expr.Not:
		return "(NOT " + Expr(n.Args[0]) + ")"
	case expr.If:
		return "(CASE WHEN " + Expr(n.Args[0]) + " THEN " + Expr(n.Args[1]) + " ELSE " + Expr(n.Args[2]) + " END)"
	}
	if sym, ok := infix[n.Op]; ok {
		parts := make([]string, len(n.Args))
		for i, a := range n.Args {
			parts[i] = Expr(a)
		}
		return "(" + strings.Join(parts, " "+sym+" ") + ")"
	}
	panic("internal error: cannot lower operation " + string(n.Op))
}

var infix = map[expr.Op]string{
	expr.Eq: "=", expr.Ne: "<>", expr.Lt: "<", expr.Le: "<=", expr.Gt: ">", expr.Ge: ">=",
	expr.And: "AND", expr.Or: "OR", expr.Concat: "||", expr.Add: "+", expr.Sub: "-", expr.Mul: "*",
}

// Condition returns SQL that is true where the node is true, and false where
// it is false or null.
func Condition(n *expr.Node) string {
	if n.Type().Kind == types.Unknown {
		return "coalesce(TRY_CAST(" + Expr(n) + " AS BOOLEAN), FALSE)"
	}
	return "coalesce(" + Expr(n) + ", FALSE)"
}

// Ident quotes a name.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Text quotes a string. DuckDB knows no escapes in plain quotes; the zero
// byte, which it does not take, is spelt out.
func Text(s string) string {
	if !strings.Contains(s, "\x00") {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	parts := strings.Split(s, "\x00")
	for i, p := range parts {
		parts[i] = Text(p)
	}
	return "(" + strings.Join(parts, " || chr(0) || ") + ")"
}

// DuckTypeName returns the DuckDB type that holds canonical values of a type.
func DuckTypeName(t types.Type) string {
	switch t.Kind {
	case types.Bool:
		return "BOOLEAN"
	case types.Int:
		return "BIGINT"
	case types.Decimal:
		p, s := types.AsDecimal(t)
		return fmt.Sprintf("DECIMAL(%d,%d)", p, s)
	case types.Float:
		return "DOUBLE"
	case types.Bytes:
		return "BLOB"
	case types.Date:
		return "DATE"
	case types.Time:
		return "TIME"
	case types.Timestamp:
		return "TIMESTAMP"
	case types.TimestampTZ:
		return "TIMESTAMPTZ"
	case types.List:
		if t.Elem != nil {
			return DuckTypeName(*t.Elem) + "[]"
		}
	case types.Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = Ident(f.Name) + " " + DuckTypeName(f.Type)
		}
		if len(parts) > 0 {
			return "STRUCT(" + strings.Join(parts, ", ") + ")"
		}
	}
	return "VARCHAR"
}

func literal(v value.Value, t types.Type) string {
	if v.IsNull() {
		if t.Kind == types.Null || t.Kind == types.Unknown {
			return "NULL"
		}
		return "CAST(NULL AS " + DuckTypeName(t) + ")"
	}
	switch v.Kind() {
	case types.Bool:
		return strings.ToUpper(value.Format(v))
	case types.Int:
		return "CAST(" + Text(value.Format(v)) + " AS BIGINT)"
	case types.Float:
		return "CAST(" + Text(strconv.FormatFloat(v.Float64(), 'g', -1, 64)) + " AS DOUBLE)"
	case types.Decimal:
		return "CAST(" + Text(value.Format(v)) + " AS " + DuckTypeName(t) + ")"
	}
	return Text(v.Str())
}

// column casts a source column to the type the compiler knows it has, so that
// an INTEGER column computes as a 64-bit integer. Where the type is the same
// already the engine drops the cast.
func column(col string, t types.Type) string {
	switch t.Kind {
	case types.List, types.Struct:
		if t.Elem != nil && !slices.Contains([]types.Kind{types.Unknown, types.JSON, types.List, types.Struct}, t.Elem.Kind) {
			break
		}
		return col
	case types.JSON: // a map, a union or a variant is written as JSON; text stays as it is
		return "CAST(TRY_CAST(" + col + " AS JSON) AS VARCHAR)"
	}
	return "CAST(" + col + " AS " + DuckTypeName(t) + ")"
}

func cast(sql string, from, to types.Type) string {
	switch {
	case from.Kind == types.Unknown:
		return "TRY_CAST(" + sql + " AS " + DuckTypeName(to) + ")"
	case to.Kind == types.JSON && (from.Kind == types.List || from.Kind == types.Struct):
		return "CAST(to_json(" + sql + ") AS VARCHAR)"
	case DuckTypeName(from) == DuckTypeName(to):
		return sql
	case to.Kind == types.Float && from.Kind == types.Decimal && from.Precision > 15:
		return "CAST(CAST(" + sql + " AS VARCHAR) AS DOUBLE)" // a direct cast may be off in the last place
	case types.Convert(from, to).Class == types.Checked && to.Kind == types.Decimal:
		return "TRY_CAST(" + sql + " AS " + DuckTypeName(to) + ")"
	}
	return "CAST(" + sql + " AS " + DuckTypeName(to) + ")"
}

// wide is an integer in 128 bits, where no sum or product of two integers
// overflows. TRY would be shorter, but in DuckDB 1.5.1 it returns memory never
// written when it stands inside CASE.
func wide(n *expr.Node) string { return "CAST(" + Expr(n) + " AS HUGEINT)" }

func negate(n *expr.Node) string {
	if n.Type().Kind == types.Int {
		return "TRY_CAST(-" + wide(n.Args[0]) + " AS BIGINT)"
	}
	return "(-" + Expr(n.Args[0]) + ")"
}

// arithmetic makes integer overflows null; [Invalid] finds the rows. Decimals
// cannot overflow: the compiler holds the operands to digits that fit.
func arithmetic(n *expr.Node) string {
	l, r, op := n.Args[0], n.Args[1], " "+infix[n.Op]+" "
	switch n.Type().Kind {
	case types.Float:
		return "(" + Expr(l) + op + Expr(r) + ")"
	case types.Int:
		return "TRY_CAST(" + wide(l) + op + wide(r) + " AS BIGINT)"
	}
	t := DuckTypeName(n.Type())
	if n.Op != expr.Mul {
		return "CAST(CAST(" + Expr(l) + " AS " + t + ")" + op + "CAST(" + Expr(r) + " AS " + t + ") AS " + t + ")"
	}
	// DuckDB keeps the product of two decimals of up to 18 digits within 18;
	// one factor of 19 makes it use them all.
	factor := Expr(l)
	if p, s := types.AsDecimal(l.Type()); p < 19 && n.Type().Precision > 18 {
		factor = fmt.Sprintf("CAST(%s AS DECIMAL(19,%d))", factor, s)
	}
	return "CAST(" + factor + op + Expr(r) + " AS " + t + ")"
}

var placeholder = regexp.MustCompile(`\$([0-9]+|\*|\+)`)

func call(n *expr.Node) string {
	if n.Func.Clock {
		asOf := "CAST(getvariable(" + Text(AsOfVariable) + ") AS TIMESTAMP)"
		if n.Type().Kind == types.Date {
			return "CAST(" + asOf + " AS DATE)"
		}
		return "CAST(CAST(" + asOf + " AS VARCHAR) || '+00' AS TIMESTAMPTZ)"
	}
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		args[i] = Expr(a)
		if p, _ := n.Func.Param(i); p.Const && a.Type().Kind == types.Int {
			args[i] = value.Format(a.Value) // several functions take a plain INTEGER only
		}
	}
	return fill(n.Func.DuckDB(n.CallInfo()), args)
}

// fill puts arguments into a template in one pass, so that what an argument
// holds is never read as a placeholder.
func fill(template string, args []string) string {
	return placeholder.ReplaceAllStringFunc(template, func(m string) string {
		switch m {
		case "$*":
			return strings.Join(args, ", ")
		case "$+":
			return strings.Join(args[1:], ", ")
		}
		i, err := strconv.Atoi(m[1:])
		if err != nil || i < 1 || i > len(args) {
			return m // the $ at the end of a pattern
		}
		return args[i-1]
	})
}
