package function

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

var (
	wordRuns  = regexp.MustCompile(wordPattern)
	spaceRuns = regexp.MustCompile("[" + whiteSpace + "]+")
	notDigits = regexp.MustCompile("[^0-9]+")
)

const wordPattern = `[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+`

func constAny(name string) Param { return constText(name, nil) }

// wordFunctions change a text as a whole.
func wordFunctions() []Func {
	return []Func{
		{Name: "initcap", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "Each word with its first character in upper case and the others in lower case. A word is a run of letters, marks and digits, so that an apostrophe or a hyphen begins a new one.",
			Eval: onText(func(s string) string {
				return wordRuns.ReplaceAllStringFunc(lower(s), func(w string) string {
					r := []rune(w)
					return upper(string(r[:1])) + string(r[1:])
				})
			}),
			DuckDB:   sql(`array_to_string(list_transform(regexp_extract_all(lower($1), '` + wordPattern + `'), lambda w: upper(left(w, 1)) || substring(w, 2)), '')`),
			Examples: []Example{{`initcap("jean-luc O'NEIL")`, `"Jean-Luc O'Neil"`}, {`initcap("")`, `""`}}},
		{Name: "reverse", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "The characters (Unicode code points) from the last to the first.",
			Eval: onText(func(s string) string {
				r := []rune(s)
				slices.Reverse(r)
				return string(r)
			}),
			DuckDB: sql("array_to_string(list_reverse(string_split($1, '')), '')"), Postgres: sql("reverse($1)"),
			Examples: []Example{{`reverse("héllo")`, `"olléh"`}, {`reverse("")`, `""`}}},
		{Name: "repeat", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constInt("count", 0, 1000)},
			Result: func(c Call) (types.Type, *Problem) {
				return types.StringOf(types.TextMax(c.Types[0]) * c.constInt(1, 0)), nil
			},
			Summary: "The text count times in a row.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				return value.String(strings.Repeat(a[0].Str(), c.constInt(1, 0))), true
			},
			DuckDB: sql("repeat($1, $2)"), Postgres: sql("repeat($1, $2)"), Examples: []Example{{`repeat("ab", 3)`, `"ababab"`}, {`repeat("ab", 0)`, `""`}}},
		{Name: "translate", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constText("from", notEmpty), constAny("to")}, Result: sameText,
			Summary: "Replaces each character that stands in from by the one at the same place in to, and removes it when to is shorter. Of a character that stands twice in from the first counts.",
			Eval:    translate, DuckDB: sql("translate($1, $2, $3)"), Postgres: sql("translate($1, $2, $3)"),
			Examples: []Example{{`translate("a-b_c", "-_", "  ")`, `"a b c"`}, {`translate("(12) 3", "() ", "")`, `"123"`}}},
		{Name: "strip_accents", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.StringType),
			Summary: "Letters without their accents: the text is decomposed and the combining marks are removed. Letters that are not a base with a mark, such as ø and ß, stay.",
			Eval:    onText(stripAccents), DuckDB: sql("strip_accents($1)"),
			Examples: []Example{{`strip_accents("Crème Brûlée")`, `"Creme Brulee"`}, {`strip_accents("Ærø")`, `"Ærø"`}}},
		{Name: "nfc", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.StringType),
			Summary: "The text in Unicode's normal form C: texts that look the same because a letter and its mark are written as one character or as two become equal.",
			Eval:    onText(norm.NFC.String), DuckDB: sql("nfc_normalize($1)"),
			Examples: []Example{{`nfc("e\u0301")`, `"é"`}}},
	}
}

// tidyFunctions remove what is not wanted in a text, and join texts.
func tidyFunctions() []Func {
	return []Func{
		{Name: "digits", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "The digits 0 to 9 of the text, without everything else.",
			Eval:    onText(func(s string) string { return notDigits.ReplaceAllString(s, "") }),
			DuckDB:  sql("regexp_replace($1, '[^0-9]+', '', 'g')"), Postgres: sql("regexp_replace($1, '[^0-9]+', '', 'g')"),
			Examples: []Example{{`digits("+49 (30) 12-34")`, `"49301234"`}, {`digits("none")`, `""`}}},
		{Name: "collapse_spaces", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: sameText,
			Summary: "Removes white space at both ends and makes one space of every run of it within.",
			Eval: onText(func(s string) string {
				return spaceRuns.ReplaceAllString(strings.TrimFunc(s, unicode.IsSpace), " ")
			}),
			DuckDB:   sql("regexp_replace(trim($1, '" + whiteSpace + "'), '[" + whiteSpace + "]+', ' ', 'g')"),
			Postgres: sql("regexp_replace(btrim($1, '" + whiteSpace + "'), '[" + whiteSpace + "]+', ' ', 'g')"),
			Examples: []Example{{`collapse_spaces("  a \t\n b ")`, `"a b"`}}},
		{Name: "strip_prefix", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constText("prefix", notEmpty)}, Result: sameText,
			Summary: "The text without the prefix, when it begins with it; once.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.String(strings.TrimPrefix(a[0].Str(), a[1].Str())), true
			},
			DuckDB:   sql("(CASE WHEN starts_with($1, $2) THEN substring($1, length($2) + 1) ELSE $1 END)"),
			Postgres: sql("(CASE WHEN starts_with($1, $2) THEN substring($1, char_length($2) + 1) ELSE $1 END)"),
			Examples: []Example{{`strip_prefix("cus_123", "cus_")`, `"123"`}, {`strip_prefix("123", "cus_")`, `"123"`}}},
		{Name: "strip_suffix", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constText("suffix", notEmpty)}, Result: sameText,
			Summary: "The text without the suffix, when it ends with it; once.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.String(strings.TrimSuffix(a[0].Str(), a[1].Str())), true
			},
			DuckDB:   sql("(CASE WHEN suffix($1, $2) THEN left($1, length($1) - length($2)) ELSE $1 END)"),
			Postgres: sql("(CASE WHEN right($1, char_length($2)) = $2 THEN left($1, char_length($1) - char_length($2)) ELSE $1 END)"),
			Examples: []Example{{`strip_suffix("Acme GmbH", " GmbH")`, `"Acme"`}, {`strip_suffix("Acme", " GmbH")`, `"Acme"`}}},
		{Name: "position", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), text("part")}, Result: returns(types.IntType),
			Summary: "Where part first stands in text, counted in characters from 1; 0 when nowhere. Empty text stands at 1.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				i := strings.Index(a[0].Str(), a[1].Str())
				if i < 0 {
					return value.Int(0), true
				}
				return value.Int(int64(len([]rune(a[0].Str()[:i])) + 1)), true
			},
			DuckDB: sql("CAST(strpos($1, $2) AS BIGINT)"), Postgres: sql("CAST(strpos($1, $2) AS bigint)"),
			Examples: []Example{{`position("héllo", "l")`, "3"}, {`position("hello", "z")`, "0"}}},
		{Name: "concat_ws", Group: "Text", Nulls: Special, Labels: Union, Variadic: true, NeverNull: true, Params: []Param{constAny("separator"), text("text")}, Result: returns(types.StringType),
			Summary: "Joins the texts that are not null with the separator between them. Empty text when all of them are null.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				var parts []string
				for _, v := range a[1:] {
					if !v.IsNull() {
						parts = append(parts, v.Str())
					}
				}
				return value.String(strings.Join(parts, a[0].Str())), true
			},
			DuckDB: sql("concat_ws($*)"), Postgres: sql("concat_ws($*)"), Examples: []Example{{`concat_ws(", ", "Berlin", null, "Germany")`, `"Berlin, Germany"`}, {`concat_ws(" ", null, null)`, `""`}}},
	}
}

func translate(_ Call, a []value.Value) (value.Value, bool) {
	from, to := []rune(a[1].Str()), []rune(a[2].Str())
	return value.String(strings.Map(func(r rune) rune {
		switch i := slices.Index(from, r); {
		case i < 0:
			return r
		case i < len(to):
			return to[i]
		}
		return -1
	}, a[0].Str())), true
}

func stripAccents(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}
