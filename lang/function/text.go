package function

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// whiteSpace is every character that Unicode calls white space, which is what
// unicode.IsSpace tests.
const whiteSpace = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

const maxText = 100_000

func sameText(c Call) (types.Type, *Problem) {
	return types.StringOf(types.TextMax(c.Types[0])), nil
}

func cutText(arg int) func(c Call) (types.Type, *Problem) {
	return func(c Call) (types.Type, *Problem) {
		n, m := c.constInt(arg, 0), types.TextMax(c.Types[0])
		if n == 0 || (m > 0 && m < n) {
			n = m
		}
		return types.StringOf(n), nil
	}
}

func onText(f func(string) string) func(Call, []value.Value) (value.Value, bool) {
	return func(_ Call, a []value.Value) (value.Value, bool) { return value.String(f(a[0].Str())), true }
}

func compareText(f func(string, string) bool) func(Call, []value.Value) (value.Value, bool) {
	return func(_ Call, a []value.Value) (value.Value, bool) { return value.Bool(f(a[0].Str(), a[1].Str())), true }
}

func textFunctions() []Func {
	trim := func(name, where, want string, cut func(string) string) Func {
		postgresName := name
		if name == "trim" {
			postgresName = "btrim"
		}
		return Func{Name: name, Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "Removes white space " + where + ": every character Unicode calls white space, line breaks and no-break spaces included.",
			Eval:    onText(cut), DuckDB: sql(name + "($1, '" + whiteSpace + "')"), Postgres: sql(postgresName + "($1, '" + whiteSpace + "')"),
			Examples: []Example{{name + `("  a b\n")`, want}}}
	}
	return []Func{
		{Name: "lower", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "Lower case, character by character as Unicode's simple mapping says, without regard to language. The number of characters never changes.",
			Eval:    onText(lower), DuckDB: sql("lower($1)"),
			Examples: []Example{{`lower("Ann@X.io")`, `"ann@x.io"`}, {`lower("ÀÉΣ")`, `"àéσ"`}, {`lower(null)`, "null"}}},
		{Name: "upper", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "Upper case, character by character as Unicode's simple mapping says, without regard to language. The number of characters never changes.",
			Eval:    onText(upper), DuckDB: sql("upper($1)"),
			Examples: []Example{{`upper("de")`, `"DE"`}, {`upper("é")`, `"É"`}, {`upper("ß")`, `"ẞ"`}}},
		trim("trim", "at both ends", `"a b"`, func(s string) string { return strings.TrimFunc(s, unicode.IsSpace) }),
		trim("ltrim", "at the beginning", `"a b\n"`, func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }),
		trim("rtrim", "at the end", `"  a b"`, func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }),
		{Name: "length", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.IntType),
			Summary: "Number of characters (Unicode code points).",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Int(int64(len([]rune(a[0].Str())))), true
			},
			DuckDB: sql("CAST(length($1) AS BIGINT)"), Postgres: sql("CAST(char_length($1) AS bigint)"),
			Examples: []Example{{`length("héllo")`, "5"}, {`length("")`, "0"}}},
		{Name: "substr", Group: "Text", Nulls: Strict, Labels: Union, Optional: 1, Result: cutText(2),
			Params:  []Param{text("text"), constInt("start", 1, maxText), constInt("length", 0, maxText)},
			Summary: "The characters from start on (the first is 1), at most length of them.",
			Eval:    substr, DuckDB: substrSQL, Postgres: substrSQL,
			Examples: []Example{{`substr("hello", 2, 3)`, `"ell"`}, {`substr("hello", 4)`, `"lo"`}, {`substr("hello", 9)`, `""`}}},
		{Name: "left", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constInt("length", 0, maxText)}, Result: cutText(1),
			Summary: "The first characters, at most length of them.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				r := []rune(a[0].Str())
				return value.String(string(r[:min(len(r), c.constInt(1, 0))])), true
			},
			DuckDB: sql("left($1, $2)"), Postgres: sql("left($1, $2)"), Examples: []Example{{`left("héllo", 2)`, `"hé"`}}},
		{Name: "right", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constInt("length", 0, maxText)}, Result: cutText(1),
			Summary: "The last characters, at most length of them.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				r := []rune(a[0].Str())
				return value.String(string(r[len(r)-min(len(r), c.constInt(1, 0)):])), true
			},
			DuckDB: sql("right($1, $2)"), Postgres: sql("right($1, $2)"), Examples: []Example{{`right("hello", 2)`, `"lo"`}, {`right("hello", 0)`, `""`}}},
		{Name: "replace", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), text("old"), text("new")}, Result: returns(types.StringType),
			Summary: "Replaces every old by new, from left to right. An empty old changes nothing.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				if a[1].Str() == "" {
					return value.String(a[0].Str()), true
				}
				return value.String(strings.ReplaceAll(a[0].Str(), a[1].Str(), a[2].Str())), true
			},
			DuckDB: sql("replace($1, $2, $3)"), Postgres: sql("replace($1, $2, $3)"), Examples: []Example{{`replace("a-b-c", "-", "")`, `"abc"`}, {`replace("aaa", "", "x")`, `"aaa"`}}},
		{Name: "concat", Group: "Text", Nulls: Strict, Labels: Union, Variadic: true, Params: []Param{text("text")}, Result: concatType,
			Summary: "Joins texts. Null when any of them is null; use coalesce for parts that may be missing.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				var b strings.Builder
				for _, v := range a {
					b.WriteString(v.Str())
				}
				return value.String(b.String()), true
			},
			DuckDB: concatSQL, Postgres: concatSQL,
			Examples: []Example{{`concat("a", "b", "c")`, `"abc"`}, {`concat("a", null)`, "null"}}},
	}
}

// searchFunctions look for parts of a text.
func searchFunctions() []Func {
	return []Func{
		{Name: "starts_with", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), text("prefix")}, Result: returns(types.BoolType),
			Summary: "Whether text begins with prefix.", Eval: compareText(strings.HasPrefix), DuckDB: sql("starts_with($1, $2)"), Postgres: sql("starts_with($1, $2)"),
			Examples: []Example{{`starts_with("abc", "ab")`, "true"}, {`starts_with("abc", "")`, "true"}}},
		{Name: "ends_with", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), text("suffix")}, Result: returns(types.BoolType),
			Summary: "Whether text ends with suffix.", Eval: compareText(strings.HasSuffix), DuckDB: sql("suffix($1, $2)"), Postgres: sql("(right($1, char_length($2)) = $2)"),
			Examples: []Example{{`ends_with("a@x.io", ".io")`, "true"}, {`ends_with("abc", "x")`, "false"}}},
		{Name: "contains", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), text("part")}, Result: returns(types.BoolType),
			Summary: "Whether part stands anywhere in text.", Eval: compareText(strings.Contains), DuckDB: sql("contains($1, $2)"), Postgres: sql("(strpos($1, $2) > 0)"),
			Examples: []Example{{`contains("abc", "b")`, "true"}, {`contains("abc", "")`, "true"}}},
		{Name: "split_part", Group: "Text", Nulls: Strict, Labels: Union, Result: sameText,
			Params:  []Param{text("text"), constText("separator", notEmpty), constInt("part", 1, maxText)},
			Summary: "The part with that number (the first is 1) of a text cut at each separator; empty text when there are fewer parts.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				parts := strings.Split(a[0].Str(), a[1].Str())
				if n := c.constInt(2, 1); n <= len(parts) {
					return value.String(parts[n-1]), true
				}
				return value.String(""), true
			},
			DuckDB: sql("split_part($1, $2, $3)"), Postgres: sql("split_part($1, $2, $3)"), Examples: []Example{{`split_part("ann@x.io", "@", 2)`, `"x.io"`}, {`split_part("a", ",", 2)`, `""`}}},
		pad("lpad", "left", `"007"`, func(s, fill []rune, n int) []rune { return append(fill[:n-len(s)], s...) }),
		pad("rpad", "right", `"700"`, func(s, fill []rune, n int) []rune { return append(s, fill[:n-len(s)]...) }),
	}
}

func concatSQL(c Call) string {
	parts := make([]string, len(c.Types))
	for i := range parts {
		parts[i] = fmt.Sprintf("$%d", i+1)
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

func concatType(c Call) (types.Type, *Problem) {
	total := 0
	for _, t := range c.Types {
		if t.Kind == types.Null {
			continue
		}
		m := types.TextMax(t)
		if m == 0 {
			return types.StringType, nil
		}
		total += m
	}
	return types.StringOf(total), nil
}

func substr(c Call, a []value.Value) (value.Value, bool) {
	r := []rune(a[0].Str())
	from := min(len(r), c.constInt(1, 1)-1)
	to := min(len(r), from+c.constInt(2, maxText))
	if len(c.Types) == 2 {
		to = len(r)
	}
	return value.String(string(r[from:to])), true
}

func substrSQL(c Call) string {
	if len(c.Types) == 2 {
		return "substring($1, $2)"
	}
	return "substring($1, $2, $3)"
}

func pad(name, side, want string, join func(s, fill []rune, n int) []rune) Func {
	input := `"7"`
	return Func{Name: name, Group: "Text", Nulls: Strict, Labels: Union,
		Params: []Param{text("text"), constInt("length", 1, maxText), constText("fill", notEmpty)},
		Result: func(c Call) (types.Type, *Problem) { return types.StringOf(c.constInt(1, 1)), nil },
		Summary: fmt.Sprintf("Fills text up to length characters on the %s with repeats of fill. Longer text is cut to its first length characters.",
			side),
		Eval: func(c Call, a []value.Value) (value.Value, bool) {
			s, fill, n := []rune(a[0].Str()), []rune(a[2].Str()), c.constInt(1, 1)
			if len(s) >= n {
				return value.String(string(s[:n])), true
			}
			filler := make([]rune, n)
			for i := range filler {
				filler[i] = fill[i%len(fill)]
			}
			return value.String(string(join(s, filler, n))), true
		},
		DuckDB: sql(name + "($1, $2, $3)"), Postgres: sql(name + "($1, $2, $3)"),
		Examples: []Example{{name + "(" + input + `, 3, "0")`, want}, {name + `("abcd", 2, "0")`, `"ab"`}}}
}

func lower(s string) string { return strings.Map(unicode.ToLower, s) }

// upper maps ß to its capital, which Go's table of simple mappings leaves out.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 'ß' {
			return 'ẞ'
		}
		return unicode.ToUpper(r)
	}, s)
}
