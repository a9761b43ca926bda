package function

import (
	"fmt"
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func number(name string) Param {
	return Param{Name: name, Accept: []types.Kind{types.Float, types.Int, types.Decimal}}
}

// floatDigits gives the decimal a float is rounded into: 18 digits, which
// engines hold in a machine word, and always 16 before the point.
func floatDigits(scale int) types.Type { return types.DecimalOf(min(38, max(18, 16+scale)), scale) }

// whole is the result of rounding to scale digits, with room for a carry.
func whole(t types.Type, scale int) types.Type {
	switch t.Kind {
	case types.Float:
		return floatDigits(scale)
	case types.Decimal:
		if p, s := types.AsDecimal(t); scale < s {
			return types.DecimalOf(p-s+scale+1, scale)
		}
		return t
	}
	return types.IntType
}

func roundType(c Call) (types.Type, *Problem) { return whole(c.Types[0], c.constInt(1, 0)), nil }

func wholeType(c Call) (types.Type, *Problem) { return whole(c.Types[0], 0), nil }

// cutDigits drops the digits after the point towards the wanted side, for floor, ceil and
// trunc.
func cutDigits(onFloat func(float64) float64, way value.Whole) func(Call, []value.Value) (value.Value, bool) {
	return func(c Call, a []value.Value) (value.Value, bool) {
		switch a[0].Kind() {
		case types.Int:
			return a[0], true
		case types.Float:
			return value.FitDecimal(value.Float(onFloat(a[0].Float64())), c.Result)
		}
		return value.RoundDecimal(a[0], way), true
	}
}

func cutSQL(name string) func(Call) string {
	return func(c Call) string {
		p, s := c.Result.Precision, c.Result.Scale
		switch {
		case c.Types[0].Kind == types.Float:
			return fmt.Sprintf("TRY_CAST(%s($1) AS DECIMAL(%d,%d))", name, p, s)
		case c.Types[0].Kind == types.Int || c.Result.Equal(c.Types[0]):
			return "$1"
		}
		return fmt.Sprintf("CAST(%s($1) AS DECIMAL(%d,%d))", name, p, s)
	}
}

func roundSQL(c Call) string {
	p, s := c.Result.Precision, c.Result.Scale
	switch {
	case c.Types[0].Kind == types.Float:
		return fmt.Sprintf("TRY_CAST($1 AS DECIMAL(%d,%d))", p, s)
	case c.Types[0].Kind == types.Int || c.Result.Equal(c.Types[0]):
		return "$1"
	}
	return fmt.Sprintf("CAST(round($1, %d) AS DECIMAL(%d,%d))", s, p, s)
}

func numberFunctions() []Func {
	return []Func{
		{Name: "round", Group: "Numbers", Nulls: Strict, Labels: Union, Optional: 1, Fails: "out_of_range", Sure: noFloat,
			Params: []Param{number("number"), constInt("digits", 0, 18)}, Result: roundType,
			Summary: "Rounds to digits after the point (0 when left out), halves away from zero. A float becomes a decimal with that many digits: it is multiplied by 10^digits and rounded, so that a float just below a half rounds down; at least 16 digits stand before the point, and a float beyond that makes the row invalid.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				if a[0].Kind() == types.Int {
					return a[0], true
				}
				return value.FitDecimal(a[0], c.Result)
			},
			DuckDB: roundSQL, Postgres: roundPostgres,
			Examples: []Example{{`round(2.345, 2)`, "2.35"}, {`round(-2.5)`, "-3"}, {`round(7, 2)`, "7"}, {`round(float("2.5"))`, "3"}, {`round(float("0.125"), 2)`, "0.13"}}},
		{Name: "floor", Group: "Numbers", Nulls: Strict, Labels: Union, Fails: "out_of_range", Sure: noFloat, Params: []Param{number("number")}, Result: wholeType,
			Summary: "The greatest whole number that is not greater.", Eval: cutDigits(math.Floor, value.Floor), DuckDB: cutSQL("floor"), Postgres: cutPostgres("floor"),
			Examples: []Example{{`floor(2.7)`, "2"}, {`floor(-2.1)`, "-3"}}},
		{Name: "ceil", Group: "Numbers", Nulls: Strict, Labels: Union, Fails: "out_of_range", Sure: noFloat, Params: []Param{number("number")}, Result: wholeType,
			Summary: "The smallest whole number that is not smaller.", Eval: cutDigits(math.Ceil, value.Ceil), DuckDB: cutSQL("ceil"), Postgres: cutPostgres("ceil"),
			Examples: []Example{{`ceil(2.1)`, "3"}, {`ceil(-2.7)`, "-2"}}},
		{Name: "trunc", Group: "Numbers", Nulls: Strict, Labels: Union, Fails: "out_of_range", Sure: noFloat, Params: []Param{number("number")}, Result: wholeType,
			Summary: "The number without what stands after the point.", Eval: cutDigits(math.Trunc, value.Trunc), DuckDB: cutSQL("trunc"), Postgres: cutPostgres("trunc"),
			Examples: []Example{{`trunc(2.7)`, "2"}, {`trunc(-2.7)`, "-2"}}},
		{Name: "abs", Group: "Numbers", Nulls: Strict, Labels: Union, Fails: "out_of_range", Sure: noInt, Params: []Param{number("number")},
			Result:  func(c Call) (types.Type, *Problem) { return c.Types[0], nil },
			Summary: "The number without its sign.", Eval: abs, DuckDB: absSQL, Postgres: absPostgres,
			Examples: []Example{{`abs(-3)`, "3"}, {`abs(-2.50)`, "2.5"}}},
		{Name: "sign", Group: "Numbers", Nulls: Strict, Labels: Union, Params: []Param{number("number")}, Result: returns(types.IntType),
			Summary: "-1, 0 or 1.", Eval: sign, DuckDB: sql("CAST(sign($1) AS BIGINT)"), Postgres: func(c Call) string {
				if c.Types[0].Kind == types.Float { // its sign of NaN is NaN
					return "(SELECT CASE WHEN t.v = 'NaN' THEN 0 ELSE CAST(sign(t.v) AS bigint) END FROM (SELECT $1 AS v) AS t)"
				}
				return "CAST(sign($1) AS bigint)"
			},
			Examples: []Example{{`sign(-2.5)`, "-1"}, {`sign(0)`, "0"}}},
	}
}

// roundPostgres leaves floats out: PostgreSQL has no rounding of them to digits
// that equals the product with a power of ten.
func roundPostgres(c Call) string {
	switch {
	case c.Types[0].Kind == types.Float:
		return ""
	case c.Types[0].Kind == types.Int || c.Result.Equal(c.Types[0]):
		return "$1"
	}
	return fmt.Sprintf("CAST(round($1, %d) AS numeric(%d,%d))", c.Result.Scale, c.Result.Precision, c.Result.Scale)
}

func cutPostgres(name string) func(Call) string {
	return func(c Call) string {
		switch {
		case c.Types[0].Kind == types.Float:
			return ""
		case c.Types[0].Kind == types.Int || c.Result.Equal(c.Types[0]):
			return "$1"
		}
		return fmt.Sprintf("CAST(%s($1) AS numeric(%d,%d))", name, c.Result.Precision, c.Result.Scale)
	}
}

func absPostgres(c Call) string {
	if c.Types[0].Kind == types.Int {
		return "abs(nullif($1, CAST('-9223372036854775808' AS bigint)))"
	}
	return "abs($1)"
}

// noFloat: only floats are beyond what whole decimals hold.
func noFloat(c Call) bool { return c.Types[0].Kind != types.Float }

// noInt: only the smallest integer has no absolute value.
func noInt(c Call) bool { return c.Types[0].Kind != types.Int }

func absSQL(c Call) string {
	if c.Types[0].Kind == types.Int {
		return "TRY_CAST(abs(CAST($1 AS HUGEINT)) AS BIGINT)"
	}
	return "abs($1)"
}

func abs(_ Call, a []value.Value) (value.Value, bool) {
	switch v := a[0]; v.Kind() {
	case types.Int:
		if v.Int64() == math.MinInt64 {
			return value.Null, false
		}
		return value.Int(max(v.Int64(), -v.Int64())), true
	case types.Float:
		return value.Float(math.Abs(v.Float64())), true
	default:
		return value.Decimal(new(apd.Decimal).Abs(v.Dec())), true
	}
}

func sign(_ Call, a []value.Value) (value.Value, bool) {
	zero := value.Int(0)
	switch a[0].Kind() {
	case types.Float:
		if math.IsNaN(a[0].Float64()) {
			return zero, true
		}
		zero = value.Float(0)
	case types.Decimal:
		return value.Int(int64(a[0].Dec().Sign())), true
	}
	return value.Int(int64(value.Compare(a[0], zero))), true
}
