package function

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func list() Param { return accepting("list", types.List) }

// elem is the type of the first argument's elements.
func elem(c Call) (types.Type, *Problem) {
	t := c.Types[0]
	if t.Kind == types.Null {
		return types.NullType, nil
	}
	if t.Elem == nil || t.Elem.Kind == types.Unknown {
		return types.Type{}, &Problem{Arg: 0, Message: "leat does not know what is in this list. Declare the column's data_type in dbt, such as varchar[]."}
	}
	return *t.Elem, nil
}

func listFunctions() []Func {
	return []Func{
		{Name: "list", Group: "Lists", Nulls: Special, Labels: Union, Variadic: true, Unify: true, NeverNull: true, Params: []Param{anything("element")},
			Result: func(c Call) (types.Type, *Problem) {
				if k := c.Types[0].Kind; k == types.Null || k == types.Unknown {
					return types.Type{}, &Problem{Arg: -1, Message: "Nothing says what is in this list. Convert an element, for instance with string()."}
				}
				if c.Types[0].Text() || c.Types[0].Kind == types.UUID {
					return types.ListOf(types.StringType), nil
				}
				return types.ListOf(c.Types[0]), nil
			},
			Summary: "The elements as a list, nulls included.",
			Eval:    func(_ Call, a []value.Value) (value.Value, bool) { return value.List(a...), true },
			DuckDB:  sql("[$*]"), Examples: []Example{{`list("a", null)`, `["a", null]`}, {`list(1, 2.5)`, "[1.0, 2.5]"}}},
		{Name: "split", Group: "Lists", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constText("separator", notEmpty)}, Result: returns(types.ListOf(types.StringType)),
			Summary: "The parts of a text cut at each separator. Empty text has one part, which is empty.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				var out []value.Value
				for _, part := range strings.Split(a[0].Str(), a[1].Str()) {
					out = append(out, value.String(part))
				}
				return value.List(out...), true
			},
			DuckDB: sql("string_split($1, $2)"), Examples: []Example{{`split("a,b,", ",")`, `["a", "b", ""]`}, {`split("", ",")`, `[""]`}}},
		{Name: "join", Group: "Lists", Nulls: Strict, Labels: Union, Params: []Param{list(), constAny("separator")},
			Result: func(c Call) (types.Type, *Problem) {
				t, problem := elem(c)
				if problem == nil && !t.Text() && t.Kind != types.Null {
					problem = &Problem{Arg: 0, Message: "Only lists of text are joined, and this is a list of " + t.String() + "."}
				}
				return types.StringType, problem
			},
			Summary: "The elements that are not null with the separator between them.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				var parts []string
				for _, v := range a[0].Elems() {
					if !v.IsNull() {
						parts = append(parts, v.Str())
					}
				}
				return value.String(strings.Join(parts, a[1].Str())), true
			},
			DuckDB: sql("(CASE WHEN $1 IS NOT NULL THEN coalesce(array_to_string($1, $2), '') END)"), Examples: []Example{{`join(list("a", null, "b"), ";")`, `"a;b"`}}},
		{Name: "element_at", Group: "Lists", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{list(), constInt("place", 1, maxText)}, Result: elem,
			Summary: "The element at that place (the first is 1); null when the list is shorter.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				if n := c.constInt(1, 1); n <= len(a[0].Elems()) {
					return a[0].Elems()[n-1], true
				}
				return value.Null, true
			},
			DuckDB: sql("list_extract($1, $2)"), Examples: []Example{{`element_at(split("a,b", ","), 2)`, `"b"`}, {`element_at(list(1), 2)`, "null"}}},
		{Name: "list_length", Group: "Lists", Nulls: Strict, Labels: Union, Params: []Param{list()}, Result: returns(types.IntType), Summary: "How many elements the list has, nulls included.",
			Eval:   func(_ Call, a []value.Value) (value.Value, bool) { return value.Int(int64(len(a[0].Elems()))), true },
			DuckDB: sql("CAST(len($1) AS BIGINT)"), Examples: []Example{{`list_length(split("a,b", ","))`, "2"}}},
		{Name: "list_contains", Group: "Lists", Nulls: Strict, Labels: Union, Params: []Param{list(), anything("value")},
			Result: func(c Call) (types.Type, *Problem) {
				t, problem := elem(c)
				if got := c.Types[1]; problem == nil && t.Kind != types.Null && got.Kind != types.Null && got.Kind != t.Kind && !((got.Text() || got.Kind == types.UUID) && t.Text()) {
					problem = &Problem{Arg: 1, Message: "The list holds " + t.String() + ", and this is " + got.String() + "."}
				}
				return types.BoolType, problem
			},
			Summary: "Whether an element equals the value. Elements that are null equal nothing.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Bool(slices.ContainsFunc(a[0].Elems(), func(v value.Value) bool { return !v.IsNull() && value.Compare(v, a[1]) == 0 })), true
			},
			DuckDB: sql("list_contains($1, $2)"), Examples: []Example{{`list_contains(split("a,b", ","), "b")`, "true"}, {`list_contains(list(1, null), 2)`, "false"}}},
		{Name: "list_unique", Group: "Lists", Nulls: Strict, Labels: Union, Params: []Param{list()}, Result: func(c Call) (types.Type, *Problem) {
			_, problem := elem(c)
			return c.Types[0], problem
		},
			Summary: "The elements in order, each once, without nulls. A list whose order means nothing should be mapped so: else a new order is a change.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				out := slices.DeleteFunc(slices.Clone(a[0].Elems()), value.Value.IsNull)
				slices.SortFunc(out, value.Compare)
				return value.List(slices.CompactFunc(out, value.Same)...), true
			},
			DuckDB: sql("list_sort(list_distinct($1), 'ASC', 'NULLS LAST')"), Examples: []Example{{`list_unique(split("b,a,b", ","))`, `["a", "b"]`}}},
	}
}
