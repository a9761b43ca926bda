package function

import (
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func anything(name string) Param { return Param{Name: name} }

func firstType(c Call) (types.Type, *Problem) { return c.Types[0], nil }

func ordered(c Call) (types.Type, *Problem) {
	switch t := c.Types[0]; t.Kind {
	case types.Int, types.Decimal, types.Float, types.String, types.Enum, types.UUID, types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.Null, types.Unknown:
		return t, nil
	default:
		return types.Type{}, &Problem{Arg: 0, Message: "Values of type " + t.String() + " have no order."}
	}
}

func pick(better func(order int) bool) func(Call, []value.Value) (value.Value, bool) {
	return func(_ Call, a []value.Value) (value.Value, bool) {
		best := value.Null
		for _, v := range a {
			if !v.IsNull() && (best.IsNull() || better(value.Compare(v, best))) {
				best = v
			}
		}
		return best, true
	}
}

func choiceFunctions() []Func {
	return []Func{
		{Name: "coalesce", Group: "Choice", Nulls: Skips, Labels: Union, Variadic: true, Unify: true, Params: []Param{anything("value")}, Result: firstType,
			Summary: "The first value that is not null.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				for _, v := range a {
					if !v.IsNull() {
						return v, true
					}
				}
				return value.Null, true
			},
			DuckDB: sql("coalesce($*)"), Postgres: sql("coalesce($*)"), Examples: []Example{{`coalesce(null, "a", "b")`, `"a"`}, {`coalesce(null, 1, 2.5)`, "1.0"}}},
		{Name: "nullif", Group: "Choice", Nulls: Special, Labels: Union, Unify: true, MayBeNull: true, Params: []Param{anything("value"), anything("unwanted")}, Result: firstType,
			Summary: "Null when value equals unwanted, else value.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				if !a[0].IsNull() && !a[1].IsNull() && value.Compare(a[0], a[1]) == 0 {
					return value.Null, true
				}
				return a[0], true
			},
			DuckDB: sql("nullif($1, $2)"), Postgres: sql("nullif($1, $2)"), Examples: []Example{{`nullif("", "")`, "null"}, {`nullif("a", "")`, `"a"`}}},
		{Name: "least", Group: "Choice", Nulls: Skips, Labels: Union, Variadic: true, Unify: true, Params: []Param{anything("value")}, Result: ordered,
			Summary: "The smallest of the values that are not null.", Eval: pick(func(o int) bool { return o < 0 }), DuckDB: sql("least($*)"), Postgres: sql("least($*)"),
			Examples: []Example{{`least(3, null, 1)`, "1"}, {`least("b", "a")`, `"a"`}}},
		{Name: "greatest", Group: "Choice", Nulls: Skips, Labels: Union, Variadic: true, Unify: true, Params: []Param{anything("value")}, Result: ordered,
			Summary: "The greatest of the values that are not null.", Eval: pick(func(o int) bool { return o > 0 }), DuckDB: sql("greatest($*)"), Postgres: sql("greatest($*)"),
			Examples: []Example{{`greatest(3, null, 1)`, "3"}, {`greatest(1, 2.5)`, "2.5"}}},
		{Name: "one_of", Group: "Choice", Nulls: Special, Labels: Union, Variadic: true, Unify: true, Params: []Param{anything("value"), anything("choice")}, Result: returns(types.BoolType),
			Summary: "Whether value equals one of the choices. Null when value is null, or when no choice is equal and one of them is null.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				if a[0].IsNull() {
					return value.Null, true
				}
				unknown := false
				for _, v := range a[1:] {
					if v.IsNull() {
						unknown = true
					} else if value.Compare(a[0], v) == 0 {
						return value.Bool(true), true
					}
				}
				if unknown {
					return value.Null, true
				}
				return value.Bool(false), true
			},
			DuckDB: sql("($1 IN ($+))"), Postgres: sql("($1 IN ($+))"), Examples: []Example{{`one_of("eu", "us", "eu")`, "true"}, {`one_of("x", "us", "eu")`, "false"}, {`one_of(null, 1)`, "null"}}},
	}
}
