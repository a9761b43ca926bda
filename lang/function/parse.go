package function

import (
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// The parts of a format, as patterns with one group each.
var formatParts = map[byte]string{'Y': `([1-9][0-9]{3})`, 'm': `([0-9]{2})`, 'd': `([0-9]{2})`, 'H': `([01][0-9]|2[0-3])`, 'M': `([0-5][0-9])`, 'S': `([0-5][0-9])`}

// readFormat translates a format such as %d.%m.%Y into a pattern and the
// order in which its groups make YYYY-MM-DD HH:MM:SS. want is "" when the
// format is right.
func readFormat(format, parts string) (pattern, order, want string) {
	want = "a format of %" + strings.Join(strings.Split(parts, ""), ", %") + " and, between them, spaces, T, and - / . , :"
	group := map[byte]string{}
	pattern = "^"
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case c == '%' && i+1 < len(format) && strings.IndexByte(parts, format[i+1]) >= 0:
			i++
			if group[format[i]] != "" {
				return "", "", want + ", each once"
			}
			pattern += formatParts[format[i]]
			group[format[i]] = string(rune('0' + len(group) + 1))
		case strings.IndexByte("-/ ,:T", c) >= 0:
			pattern += string(c)
		case c == '.':
			pattern += `\.`
		default:
			return "", "", want
		}
	}
	for _, c := range []byte("Ymd") {
		if group[c] == "" {
			return "", "", "a format that has %Y, %m and %d"
		}
	}
	at := func(c byte) string {
		if g := group[c]; g != "" {
			return `\` + g
		}
		return "00"
	}
	order = at('Y') + "-" + at('m') + "-" + at('d')
	if strings.Contains(parts, "H") {
		order += " " + at('H') + ":" + at('M') + ":" + at('S')
	}
	return pattern + "$", order, ""
}

func parseFunctions() []Func {
	var out []Func
	for _, p := range []struct {
		name, parts, summary, example, want, bad string
		typ                                      types.Type
	}{
		{"parse_date", "Ymd", "Reads a date written after a format of %Y (four digits), %m and %d (two digits each).", `parse_date("09.02.2024", "%d.%m.%Y")`, "2024-02-09", `("30.02.2024", "%d.%m.%Y")`, types.DateType},
		{"parse_timestamp", "YmdHMS", "Reads a wall-clock reading written after a format of %Y (four digits), %m, %d, %H (0 to 23), %M and %S (two digits each); what the format leaves out of the time of day is 0.",
			`parse_timestamp("09/02/2024 13:45", "%d/%m/%Y %H:%M")`, "2024-02-09 13:45:00", `("09/02/2024", "%d/%m/%Y %H:%M")`, types.TimestampType},
	} {
		check := func(v value.Value) string { _, _, want := readFormat(v.Str(), p.parts); return want }
		read := func(_ Call, a []value.Value) (value.Value, bool) {
			from, order, _ := readFormat(a[1].Str(), p.parts)
			re := pattern(from)
			if !re.MatchString(a[0].Str()) {
				return value.Null, false
			}
			return value.Parse(re.ReplaceAllString(a[0].Str(), strings.NewReplacer(`\1`, "${1}", `\2`, "${2}", `\3`, "${3}", `\4`, "${4}", `\5`, "${5}", `\6`, "${6}").Replace(order)), p.typ)
		}
		f := Func{Name: p.name, Group: "Conversion", Nulls: Strict, Labels: Union, Fails: "bad_format", Params: []Param{text("text"), constText("format", check)}, Result: returns(p.typ),
			Summary: p.summary + " Years begin at 1000. Anything else makes the row invalid; try_" + p.name + " gives null instead.", Eval: read,
			DuckDB: func(c Call) string {
				from, order, _ := readFormat(c.constText(1), p.parts)
				return "TRY_CAST(CASE WHEN regexp_matches($1, '" + from + "') THEN regexp_replace($1, '" + from + "', '" + order + "') END AS " + clockSQL(p.typ) + ")"
			},
			Examples: []Example{{p.example, p.want}}}
		try := f
		try.Name, try.Fails, try.MayBeNull, try.Summary = "try_"+f.Name, "", true, "As "+f.Name+", but null where "+f.Name+" would make the row invalid."
		try.Examples = []Example{{try.Name + p.bad, "null"}}
		try.Eval = func(c Call, a []value.Value) (value.Value, bool) { v, _ := read(c, a); return v, true }
		out = append(out, f, try)
	}
	return out
}
