package function

import (
	"strings"
	"unicode"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func blank(v value.Value) bool {
	return v.IsNull() || strings.TrimFunc(v.Str(), unicode.IsSpace) == ""
}

// testFunctions ask questions about values.
func testFunctions() []Func {
	isBlank := func(trim string) string { return trim + "($1, '" + whiteSpace + "') = ''" }
	return []Func{
		{Name: "is_blank", Group: "Choice", Nulls: Special, Labels: Union, NeverNull: true, Params: []Param{text("text")}, Result: returns(types.BoolType),
			Summary: "Whether the text is null, empty or nothing but white space. Never null.",
			Eval:    func(_ Call, a []value.Value) (value.Value, bool) { return value.Bool(blank(a[0])), true },
			DuckDB:  sql("coalesce(" + isBlank("trim") + ", TRUE)"), Postgres: sql("coalesce(" + isBlank("btrim") + ", TRUE)"),
			Examples: []Example{{`is_blank(" ")`, "true"}, {`is_blank(null)`, "true"}, {`is_blank("a")`, "false"}}},
		{Name: "null_if_blank", Group: "Choice", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("text")}, Result: sameText,
			Summary: "The text as it is, or null when it is empty or nothing but white space.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				if blank(a[0]) {
					return value.Null, true
				}
				return value.String(a[0].Str()), true
			},
			DuckDB: sql("(CASE WHEN " + isBlank("trim") + " THEN NULL ELSE $1 END)"), Postgres: sql("(CASE WHEN " + isBlank("btrim") + " THEN NULL ELSE $1 END)"),
			Examples: []Example{{`null_if_blank("  ")`, "null"}, {`null_if_blank(" a")`, `" a"`}}},
		{Name: "between", Group: "Choice", Nulls: Strict, Labels: Union, Unify: true, Params: []Param{anything("value"), anything("low"), anything("high")},
			Result:  func(c Call) (types.Type, *Problem) { _, problem := ordered(c); return types.BoolType, problem },
			Summary: "Whether the value lies between low and high, both included. Null when any of the three is null.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Bool(value.Compare(a[0], a[1]) >= 0 && value.Compare(a[0], a[2]) <= 0), true
			},
			DuckDB: sql("(CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL ELSE $1 >= $2 AND $1 <= $3 END)"),
			Postgres: func(c Call) string {
				collate := ""
				if c.Types[0].Text() {
					collate = ` COLLATE "C"`
				}
				return "(CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL ELSE $1" + collate + " >= $2 AND $1" + collate + " <= $3 END)"
			},
			Examples: []Example{{`between(5, 1, 5)`, "true"}, {`between(date("2024-02-29"), date("2024-03-01"), date("2024-03-31"))`, "false"}, {`between(5, null, 1)`, "null"}}},
		{Name: "same", Group: "Choice", Nulls: Special, Labels: Union, Unify: true, NeverNull: true, Params: []Param{anything("value"), anything("other")}, Result: returns(types.BoolType),
			Summary: "Whether the two are equal or both null. Never null.",
			Eval:    func(_ Call, a []value.Value) (value.Value, bool) { return value.Bool(value.Same(a[0], a[1])), true },
			DuckDB:  sql("($1 IS NOT DISTINCT FROM $2)"), Postgres: sql("($1 IS NOT DISTINCT FROM $2)"),
			Examples: []Example{{`same(null, null)`, "true"}, {`same("a", null)`, "false"}, {`same(1, 1.0)`, "true"}}},
		{Name: "is_true", Group: "Choice", Nulls: Special, Labels: Union, NeverNull: true, Params: []Param{accepting("condition", types.Bool)}, Result: returns(types.BoolType),
			Summary: "Whether the condition is true; false when it is null.",
			Eval:    func(_ Call, a []value.Value) (value.Value, bool) { return value.Bool(a[0].True()), true },
			DuckDB:  sql("coalesce($1, FALSE)"), Postgres: sql("coalesce($1, FALSE)"), Examples: []Example{{`is_true(null)`, "false"}, {`is_true(true)`, "true"}}},
	}
}

// presentFunctions look for what is there, and put one value for another.
func presentFunctions() []Func {
	return []Func{
		{Name: "count_present", Group: "Choice", Nulls: Special, Labels: Union, NeverNull: true, Variadic: true, Params: []Param{anything("value")}, Result: returns(types.IntType),
			Summary: "How many of the values are not null.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				n := int64(0)
				for _, v := range a {
					if !v.IsNull() {
						n++
					}
				}
				return value.Int(n), true
			},
			DuckDB: countPresent, Postgres: countPresent, Examples: []Example{{`count_present("a", null, 1)`, "2"}}},
		{Name: "first_present", Group: "Choice", Nulls: Special, Labels: Union, MayBeNull: true, Variadic: true, Params: []Param{text("text")}, Result: longestText,
			Summary: "The first text that is not null, empty or nothing but white space; null when there is none.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				for _, v := range a {
					if !blank(v) {
						return value.String(v.Str()), true
					}
				}
				return value.Null, true
			},
			DuckDB: firstPresent("trim"), Postgres: firstPresent("btrim"), Examples: []Example{{`first_present("", null, "b")`, `"b"`}, {`first_present(" ", "")`, "null"}}},
		{Name: "recode", Group: "Choice", Nulls: Special, Labels: Union, MayBeNull: true, Variadic: true, Unify: true, UnifyGroup: recodeGroup, Result: recodeType,
			Params:  []Param{anything("value"), anything("from"), anything("to")},
			Summary: "Replaces values by a list of pairs: recode(x, from, to, from, to, otherwise). The first from that equals the value counts; without an equal one the result is otherwise, or null when it is left out. Null equals nothing.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				i := 1
				for ; i+1 < len(a); i += 2 {
					if !a[0].IsNull() && !a[i].IsNull() && value.Compare(a[0], a[i]) == 0 {
						return a[i+1], true
					}
				}
				if i < len(a) {
					return a[i], true
				}
				return value.Null, true
			},
			DuckDB: recodeSQL, Postgres: recodeSQL,
			Examples: []Example{{`recode("g", "g", "gold", "s", "silver", "other")`, `"gold"`}, {`recode("x", "g", 1, "s", 2, 0)`, "0"}, {`recode("x", "g", 1, "s", 2)`, "null"}}},
	}
}

func countPresent(c Call) string {
	s := ""
	for i := range c.Types {
		s += " + CASE WHEN " + nth(i) + " IS NULL THEN 0 ELSE 1 END"
	}
	return "CAST(" + s[3:] + " AS BIGINT)"
}

func firstPresent(trim string) func(Call) string {
	return func(c Call) string {
		s := "(CASE"
		for i := range c.Types {
			s += " WHEN " + trim + "(" + nth(i) + ", '" + whiteSpace + "') <> '' THEN " + nth(i)
		}
		return s + " END)"
	}
}

func longestText(c Call) (types.Type, *Problem) {
	longest := 0
	for _, t := range c.Types {
		m := types.TextMax(t)
		if m == 0 && t.Kind != types.Null {
			return types.StringType, nil
		}
		longest = max(longest, m)
	}
	return types.StringOf(longest), nil
}

// recodeGroup: the value and what it is compared with, and the results.
func recodeGroup(i, n int) int {
	if i > 0 && (i%2 == 0 || i == n-1) {
		return 1
	}
	return 0
}

func recodeType(c Call) (types.Type, *Problem) {
	return c.Types[2], nil
}

func recodeSQL(c Call) string {
	s, i := "(CASE", 1
	for ; i+1 < len(c.Types); i += 2 {
		s += " WHEN $1 = " + nth(i) + " THEN " + nth(i+1)
	}
	if i < len(c.Types) {
		s += " ELSE " + nth(i)
	}
	return s + " END)"
}
