package function

import (
	"fmt"
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func float(name string) Param {
	return Param{Name: name, Accept: []types.Kind{types.Float, types.Int, types.Decimal}, AsFloat: true}
}

func constNumber(name string) Param {
	return Param{Name: name, Accept: []types.Kind{types.Float, types.Int, types.Decimal}, Const: true}
}

// onFloat computes with one float; outside its domain the result is null.
func onFloat(inside func(float64) bool, f func(float64) float64) func(Call, []value.Value) (value.Value, bool) {
	return func(_ Call, a []value.Value) (value.Value, bool) {
		if x := a[0].Float64(); inside(x) {
			return value.Float(f(x)), true
		}
		return value.Null, true
	}
}

const approximate = " The last digits may differ from one machine to the next: round the result."

func mathFunctions() []Func {
	positive := func(x float64) bool { return x > 0 || math.IsNaN(x) }
	return []Func{
		{Name: "sqrt", Group: "Numbers", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{float("number")}, Result: returns(types.FloatType),
			Summary: "The square root. Null for a number below 0.", Eval: onFloat(func(x float64) bool { return x >= 0 || math.IsNaN(x) }, math.Sqrt),
			DuckDB: sql("(CASE WHEN $1 >= 0 THEN sqrt($1) END)"), Postgres: sql("(SELECT CASE WHEN t.v >= 0 THEN sqrt(t.v) END FROM (SELECT $1 AS v) AS t)"),
			Examples: []Example{{`sqrt(2.25)`, "1.5"}, {`sqrt(-1)`, "null"}}},
		{Name: "exp", Group: "Numbers", Nulls: Strict, Labels: Union, Approximate: true, Params: []Param{float("number")}, Result: returns(types.FloatType),
			Summary: "e to the power of the number." + approximate, Eval: onFloat(func(float64) bool { return true }, math.Exp), DuckDB: sql("exp($1)"), Examples: []Example{{`exp(0)`, "1"}}},
		{Name: "ln", Group: "Numbers", Nulls: Strict, Labels: Union, MayBeNull: true, Approximate: true, Params: []Param{float("number")}, Result: returns(types.FloatType),
			Summary: "The natural logarithm. Null for 0 and below." + approximate, Eval: onFloat(positive, math.Log),
			DuckDB: sql("(CASE WHEN $1 > 0 THEN ln($1) END)"), Examples: []Example{{`ln(1)`, "0"}, {`ln(0)`, "null"}}},
		{Name: "log10", Group: "Numbers", Nulls: Strict, Labels: Union, MayBeNull: true, Approximate: true, Params: []Param{float("number")}, Result: returns(types.FloatType),
			Summary: "The logarithm to the base 10. Null for 0 and below." + approximate, Eval: onFloat(positive, math.Log10),
			DuckDB: sql("(CASE WHEN $1 > 0 THEN log10($1) END)"), Examples: []Example{{`log10(1)`, "0"}, {`log10(-1)`, "null"}}},
		{Name: "power", Group: "Numbers", Nulls: Strict, Labels: Union, Approximate: true, Params: []Param{float("base"), float("exponent")}, Result: returns(types.FloatType),
			Summary: "The base to the power of the exponent, as a float." + approximate,
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Float(math.Pow(a[0].Float64(), a[1].Float64())), true
			},
			DuckDB: sql("power($1, $2)"), Examples: []Example{{`power(2, 10)`, "1024"}, {`power(4, 0.5)`, "2"}}},
		{Name: "mod", Group: "Numbers", Nulls: Strict, Labels: Union, MayBeNull: true, Unify: true, Params: []Param{number("number"), number("divisor")}, Result: modType,
			Summary: "What remains when the number is divided by the divisor; its sign is that of the number. Null when the divisor is 0.",
			Eval:    mod, DuckDB: modSQL, Postgres: func(c Call) string {
				if c.Types[0].Kind == types.Float {
					return ""
				}
				return "mod($1, nullif($2, 0))"
			},
			Examples: []Example{{`mod(-7, 3)`, "-1"}, {`mod(7.5, 2)`, "1.5"}, {`mod(7, 0)`, "null"}}},
		{Name: "div", Group: "Numbers", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{accepting("number", types.Int), accepting("divisor", types.Int)}, Result: returns(types.IntType),
			Summary: "How many times the divisor goes into the number, without what remains: div(-7, 2) is -3. Null when the divisor is 0. The smallest integer divided by -1 gives null.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				x, y := a[0].Int64(), a[1].Int64()
				if y == 0 || (x == math.MinInt64 && y == -1) {
					return value.Null, true
				}
				return value.Int(x / y), true
			},
			DuckDB:   sql("TRY_CAST(CAST($1 AS HUGEINT) // nullif(CAST($2 AS HUGEINT), 0) AS BIGINT)"),
			Postgres: sql("(SELECT CASE WHEN t.v <= 9223372036854775807 THEN CAST(t.v AS bigint) END FROM (SELECT div(CAST($1 AS numeric), nullif($2, 0)) AS v) AS t)"),
			Examples: []Example{{`div(7, 2)`, "3"}, {`div(-7, 2)`, "-3"}, {`div(7, 0)`, "null"}}},
		{Name: "clamp", Group: "Numbers", Nulls: Strict, Labels: Union, Unify: true, Params: []Param{number("number"), number("low"), number("high")}, Result: firstType,
			Summary: "The number held between low and high: low when it is smaller, high when it is greater. When low is above high, low counts first.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				switch {
				case value.Compare(a[0], a[1]) < 0:
					return a[1], true
				case value.Compare(a[0], a[2]) > 0:
					return a[2], true
				}
				return a[0], true
			},
			DuckDB: sql(clampSQL), Postgres: sql(clampSQL), Examples: []Example{{`clamp(120, 0, 100)`, "100"}, {`clamp(-0.5, 0, 1)`, "0.0"}, {`clamp(7, 0, 10)`, "7"}}},
		{Name: "bucket", Group: "Numbers", Nulls: Strict, Labels: Union, Variadic: true, Unify: true, Params: []Param{anything("value"), anything("limit")}, Result: bucketType,
			Summary: "How many of the limits the value reaches: 0 below the first, and so on, when they ascend. Works for everything that has an order.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				n := int64(0)
				for _, limit := range a[1:] {
					if value.Compare(a[0], limit) >= 0 {
						n++
					}
				}
				return value.Int(n), true
			},
			DuckDB: bucketSQL(""), Postgres: bucketSQL(` COLLATE "C"`), Examples: []Example{{`bucket(55, 10, 50, 90)`, "2"}, {`bucket(date("2024-05-01"), date("2024-04-01"), date("2024-07-01"))`, "1"}}},
		{Name: "width_bucket", Group: "Numbers", Nulls: Strict, Labels: Union, Params: []Param{float("number"), constNumber("low"), constNumber("high"), constInt("count", 1, 10_000)}, Result: widthType,
			Summary: "Which of count intervals of equal width between low and high the number lies in: 1 to count, 0 below low, count + 1 from high on. Computed with floats: 1 + floor((number - low) / (high - low) * count).",
			Eval:    widthBucket, DuckDB: widthSQL,
			Examples: []Example{{`width_bucket(35, 0, 100, 10)`, "4"}, {`width_bucket(-1, 0, 100, 10)`, "0"}, {`width_bucket(100, 0, 100, 10)`, "11"}}},
		{Name: "finite", Group: "Numbers", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{float("number")}, Result: returns(types.FloatType),
			Summary: "The float, or null when it is NaN or infinite, which no destination takes.",
			Eval:    onFloat(func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }, func(x float64) float64 { return x }),
			DuckDB:  sql("(CASE WHEN isfinite($1) THEN $1 END)"), Postgres: sql("(SELECT CASE WHEN t.v NOT IN ('NaN', 'Infinity', '-Infinity') THEN t.v END FROM (SELECT $1 AS v) AS t)"),
			Examples: []Example{{`finite(float("1e999"))`, "null"}, {`finite(1.5)`, "1.5"}}},
	}
}

const clampSQL = "(CASE WHEN $2 IS NULL OR $3 IS NULL THEN NULL WHEN $1 < $2 THEN $2 WHEN $1 > $3 THEN $3 ELSE $1 END)"

func modType(c Call) (types.Type, *Problem) {
	if p, s := types.AsDecimal(c.Types[0]); c.Types[0].Kind == types.Decimal && p > 18 && p+s > 37 {
		return types.Type{}, &Problem{Arg: 0, Message: "The two have too many digits together. Round them, or convert them with float()."}
	}
	return c.Types[0], nil
}

func mod(c Call, a []value.Value) (value.Value, bool) {
	switch a[0].Kind() {
	case types.Float:
		if a[1].Float64() == 0 {
			return value.Null, true
		}
		return value.Float(math.Mod(a[0].Float64(), a[1].Float64())), true
	case types.Int:
		switch a[1].Int64() {
		case 0:
			return value.Null, true
		case -1:
			return value.Int(0), true
		}
		return value.Int(a[0].Int64() % a[1].Int64()), true
	}
	if a[1].Dec().IsZero() {
		return value.Null, true
	}
	out := new(apd.Decimal)
	_, _ = apd.BaseContext.WithPrecision(60).Rem(out, a[0].Dec(), a[1].Dec())
	return value.FitDecimal(value.Decimal(out), c.Result)
}

func modSQL(c Call) string {
	switch t := c.Types[0]; t.Kind {
	case types.Int:
		return "CAST(CAST($1 AS HUGEINT) % nullif(CAST($2 AS HUGEINT), 0) AS BIGINT)"
	case types.Decimal:
		if t.Precision > 18 { // DuckDB would compute with floats, so count in units of the last place
			units := fmt.Sprintf("CAST(# * CAST(1%s AS DECIMAL(%d,0)) AS HUGEINT)", strings.Repeat("0", t.Scale), t.Scale+1)
			return fmt.Sprintf("CAST(CAST(%s %% nullif(%s, 0) AS DECIMAL(%d,0)) * CAST('1e-%d' AS DECIMAL(%d,%d)) AS DECIMAL(%d,%d))", strings.Replace(units, "#", "$1", 1),
				strings.Replace(units, "#", "$2", 1), t.Precision, t.Scale, t.Scale+1, t.Scale, t.Precision, t.Scale)
		}
		return fmt.Sprintf("CAST($1 %% nullif($2, 0) AS DECIMAL(%d,%d))", t.Precision, t.Scale)
	}
	return "($1 % nullif($2, 0))"
}

func bucketType(c Call) (types.Type, *Problem) {
	_, problem := ordered(c)
	return types.IntType, problem
}

func bucketSQL(collate string) func(Call) string {
	return func(c Call) string {
		s := ""
		if !c.Types[0].Text() {
			collate = ""
		}
		for i := range c.Types[1:] {
			s += fmt.Sprintf(" + CAST(CASE WHEN $1 IS NULL OR $%d IS NULL THEN NULL WHEN $1%s >= $%d THEN 1 ELSE 0 END AS BIGINT)", i+2, collate, i+2)
		}
		return "(" + s[3:] + ")"
	}
}

func bounds(c Call) (low, high float64) {
	return value.ToFloat(*c.Consts[1]).Float64(), value.ToFloat(*c.Consts[2]).Float64()
}

func widthType(c Call) (types.Type, *Problem) {
	if low, high := bounds(c); !(low < high) || math.IsInf(high-low, 0) {
		return types.Type{}, &Problem{Arg: 2, Message: "high must be greater than low."}
	}
	return types.IntType, nil
}

func widthBucket(c Call, a []value.Value) (value.Value, bool) {
	low, high := bounds(c)
	n := int64(c.constInt(3, 1))
	switch x := a[0].Float64(); {
	case x < low:
		return value.Int(0), true
	case x >= high || math.IsNaN(x):
		return value.Int(n + 1), true
	default:
		return value.Int(1 + int64(math.Floor((x-low)/(high-low)*float64(n)))), true
	}
}

func widthSQL(c Call) string {
	low, high := bounds(c)
	number := func(f float64) string { return fmt.Sprintf("CAST('%v' AS DOUBLE)", f) }
	return fmt.Sprintf("(CASE WHEN $1 < %s THEN 0::BIGINT WHEN $1 >= %s THEN %d::BIGINT ELSE 1 + CAST(floor(($1 - %s) / %s * %s) AS BIGINT) END)",
		number(low), number(high), c.constInt(3, 1)+1, number(low), number(high-low), number(float64(c.constInt(3, 1))))
}
