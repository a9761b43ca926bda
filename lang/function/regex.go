package function

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// compiled keeps the patterns of calls, which the reference meets once a row.
var compiled sync.Map

func pattern(text string) *regexp.Regexp {
	if re, ok := compiled.Load(text); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(text)
	compiled.Store(text, re)
	return re
}

func checkPattern(v value.Value) string {
	_, err := regexp.Compile(v.Str())
	switch {
	case err != nil:
		return "a regular expression in RE2's syntax, which has no look-around and no references back"
	case strings.Contains(v.Str(), "(?P<") || strings.Contains(v.Str(), "(?<"):
		return "a regular expression whose groups have no names"
	}
	return ""
}

// replacement splits the new text of regex_replace: text and, for $1 to $9 and
// $0, groups. $$ is a dollar sign. ok is false for any other $.
func replacement(s string, onText func(string), onGroup func(byte)) (ok bool) {
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			onText(s)
			return true
		}
		onText(s[:i])
		switch s = s[i+1:]; {
		case s == "":
			return false
		case s[0] == '$':
			onText("$")
		case s[0] >= '0' && s[0] <= '9':
			onGroup(s[0])
		default:
			return false
		}
		s = s[1:]
	}
	return true
}

func checkReplacement(v value.Value) string {
	if !replacement(v.Str(), func(string) {}, func(byte) {}) {
		return "text in which a dollar sign begins $0 to $9, or is written $$"
	}
	return ""
}

// groupProblem holds a group's number against the pattern.
func groupProblem(c Call, arg, group int) *Problem {
	if n := pattern(c.constText(1)).NumSubexp(); group > n {
		return &Problem{Arg: arg, Message: fmt.Sprintf("The pattern has %d groups, and this asks for number %d.", n, group)}
	}
	return nil
}

func regexFunctions() []Func {
	return []Func{
		{Name: "regex_match", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constText("pattern", checkPattern)}, Result: returns(types.BoolType),
			Summary: "Whether a part of the text matches the pattern; ^ and $ tie it to the ends. Patterns are RE2's: no look-around, no references back; a dot does not match a line break unless (?s) stands before.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Bool(pattern(a[1].Str()).MatchString(a[0].Str())), true
			},
			DuckDB: sql("regexp_matches($1, $2)"), Examples: []Example{{`regex_match("AB-123", "^[A-Z]{2}-[0-9]+$")`, "true"}, {`regex_match("x", "(?i)X")`, "true"}}},
		{Name: "regex_extract", Group: "Text", Nulls: Strict, Labels: Union, Optional: 1, MayBeNull: true, Params: []Param{text("text"), constText("pattern", checkPattern), constInt("group", 0, 9)},
			Result: func(c Call) (types.Type, *Problem) {
				return types.StringOf(types.TextMax(c.Types[0])), groupProblem(c, 2, c.constInt(2, 0))
			},
			Summary: "The first part of the text that matches the pattern, or of it the group with that number. Null when nothing matches; empty text for a group that takes no part.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				m := pattern(a[1].Str()).FindStringSubmatch(a[0].Str())
				if m == nil {
					return value.Null, true
				}
				return value.String(m[c.constInt(2, 0)]), true
			},
			DuckDB: func(c Call) string {
				return fmt.Sprintf("(CASE WHEN regexp_matches($1, $2) THEN regexp_extract($1, $2, %d) END)", c.constInt(2, 0))
			},
			Examples: []Example{{`regex_extract("order 123 of 9", "[0-9]+")`, `"123"`}, {`regex_extract("a=1;b=2", "b=([0-9])", 1)`, `"2"`}, {`regex_extract("x", "[0-9]")`, "null"}}},
		{Name: "regex_replace", Group: "Text", Nulls: Strict, Labels: Union, Params: []Param{text("text"), constText("pattern", checkPattern), constText("new", checkReplacement)},
			Result: func(c Call) (types.Type, *Problem) {
				var problem *Problem
				replacement(c.constText(2), func(string) {}, func(g byte) {
					if p := groupProblem(c, 2, int(g-'0')); p != nil {
						problem = p
					}
				})
				return types.StringType, problem
			},
			Summary: "Replaces every part that matches the pattern. In new, $1 to $9 stand for the groups, $0 for the whole part, $$ for a dollar sign.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				var b strings.Builder
				replacement(a[2].Str(), func(s string) { b.WriteString(strings.ReplaceAll(s, "$", "$$")) }, func(g byte) { b.WriteString("${" + string(g) + "}") })
				return value.String(pattern(a[1].Str()).ReplaceAllString(a[0].Str(), b.String())), true
			},
			DuckDB: func(c Call) string {
				var b strings.Builder
				replacement(c.constText(2), func(s string) { b.WriteString(strings.ReplaceAll(s, `\`, `\\`)) }, func(g byte) { b.WriteString(`\` + string(g)) })
				return "regexp_replace($1, $2, " + quote(b.String()) + ", 'g')"
			},
			Examples: []Example{{`regex_replace("2024-02-09", "([0-9]+)-([0-9]+)-([0-9]+)", "$3.$2.$1")`, `"09.02.2024"`}, {`regex_replace("a1b22", "[0-9]+", "#")`, `"a#b#"`}}},
	}
}
