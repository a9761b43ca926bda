package function

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// The form of e-mail addresses that browsers accept (HTML, "valid e-mail
// address"), with at least one dot in the domain. It is ASCII only.
const (
	emailLocal  = `[A-Za-z0-9.!#$%&'*+/=?^_{|}~` + "`" + `-]+`
	emailLabel  = `[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
	emailDomain = emailLabel + `(?:\.` + emailLabel + `)+`
	emailWhole  = `^` + emailLocal + `@` + emailDomain + `$`
	domainOf    = `^` + emailLocal + `@(` + emailDomain + `)$`
	localOf     = `^(` + emailLocal + `)@` + emailDomain + `$`
)

// What stands between the digits of telephone numbers, and the result.
const (
	phoneNoise = "\\(0\\)|[ \t\u00a0\u2010\u2011\u2013()./-]"
	phoneWhole = `^\+[1-9][0-9]{6,14}$`
)

var (
	isEmail    = regexp.MustCompile(emailWhole)
	findDomain = regexp.MustCompile(domainOf)
	findLocal  = regexp.MustCompile(localOf)
	noise      = regexp.MustCompile(phoneNoise)
	isPhone    = regexp.MustCompile(phoneWhole)
)

// pick1 yields the first group where the pattern matches, else null.
func pick1(re *regexp.Regexp, then func(string) string) func(Call, []value.Value) (value.Value, bool) {
	return func(_ Call, a []value.Value) (value.Value, bool) {
		m := re.FindStringSubmatch(a[0].Str())
		if m == nil {
			return value.Null, true
		}
		return value.String(then(m[1])), true
	}
}

func same(s string) string { return s }

func contactFunctions() []Func {
	return []Func{
		{Name: "is_email", Group: "Contact data", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.BoolType),
			Summary: "Whether the text has the form of an e-mail address that browsers accept, with a dot in the domain. Only ASCII is accepted. Nothing says that the address exists.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Bool(isEmail.MatchString(a[0].Str())), true
			},
			DuckDB: sql("regexp_matches($1, " + quote(emailWhole) + ")"), Postgres: sql("($1 ~ " + quote(emailWhole) + ")"),
			Examples: []Example{{`is_email("ann@x.io")`, "true"}, {`is_email("ann@x")`, "false"}, {`is_email(" ann@x.io")`, "false"}}},
		{Name: "clean_email", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("text")}, Result: sameText,
			Summary: "The address without white space around it and in lower case, which is how most destinations compare and hash it. Null when it has not the form of an address (see is_email).",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				s := strings.TrimFunc(a[0].Str(), unicode.IsSpace)
				if !isEmail.MatchString(s) {
					return value.Null, true
				}
				return value.String(strings.ToLower(s)), true
			},
			DuckDB:   sql("nullif(lower(regexp_extract(trim($1, '" + whiteSpace + "'), " + quote(emailWhole) + ")), '')"),
			Postgres: sql(`lower(substring(btrim($1, '` + whiteSpace + `') FROM ` + quote(emailWhole) + `) COLLATE "C")`),
			Examples: []Example{{`clean_email(" Ann@X.io ")`, `"ann@x.io"`}, {`clean_email("none")`, "null"}}},
		{Name: "email_domain", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("text")}, Result: sameText,
			Summary: "What stands behind the @ of an e-mail address, in lower case. Null when the text has not the form of an address (see is_email).",
			Eval:    pick1(findDomain, strings.ToLower),
			DuckDB:  sql("nullif(lower(regexp_extract($1, " + quote(domainOf) + ", 1)), '')"), Postgres: sql(`lower(substring($1 FROM ` + quote(domainOf) + `) COLLATE "C")`),
			Examples: []Example{{`email_domain("Ann@Mail.X.io")`, `"mail.x.io"`}, {`email_domain("none")`, "null"}}},
		{Name: "email_local", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("text")}, Result: sameText,
			Summary: "What stands before the @ of an e-mail address, as it is written. Null when the text has not the form of an address (see is_email).",
			Eval:    pick1(findLocal, same),
			DuckDB:  sql("nullif(regexp_extract($1, " + quote(localOf) + ", 1), '')"), Postgres: sql("substring($1 FROM " + quote(localOf) + ")"),
			Examples: []Example{{`email_local("Ann.B+news@x.io")`, `"Ann.B+news"`}}},
		{Name: "phone_e164", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Optional: 2, Result: phoneType,
			Params: []Param{text("text"), constText("calling_code", checkCallingCode), constText("trunk_prefix", checkTrunk)},
			Summary: "A telephone number as + and 7 to 15 digits. Spaces, dots, slashes, hyphens, parentheses and \"(0)\" are removed; 00 at the beginning is read as +. A number without either is national: " +
				"calling_code says which country's, and trunk_prefix what such numbers begin with at home (\"0\" in most of Europe, \"\" where they have none); without the two it gives null, as does anything else. " +
				"Whether the number exists, or has the right length for its country, is not checked.",
			Eval: phone, DuckDB: phoneSQL("nullif(regexp_extract(#, '" + phoneWhole + "'), '')"), Postgres: phoneSQL("substring(# FROM '" + phoneWhole + "')"),
			Examples: []Example{{`phone_e164("+44 (0)20 7946-0018")`, `"+442079460018"`}, {`phone_e164("0030/210.123 4567")`, `"+302101234567"`},
				{`phone_e164("030 12345678", "+49", "0")`, `"+493012345678"`}, {`phone_e164("(415) 555-2671", "+1", "")`, `"+14155552671"`}, {`phone_e164("030 12345678")`, "null"}}},
	}
}

func checkCallingCode(v value.Value) string {
	if !regexp.MustCompile(`^\+[1-9][0-9]{0,2}$`).MatchString(v.Str()) {
		return `a calling code such as "+49"`
	}
	return ""
}

func checkTrunk(v value.Value) string {
	if !regexp.MustCompile(`^[0-9]{0,3}$`).MatchString(v.Str()) {
		return `the digits that stand before national numbers, such as "0", or ""`
	}
	return ""
}

func phoneType(c Call) (types.Type, *Problem) {
	if len(c.Types) == 2 {
		return types.Type{}, &Problem{Arg: 1, Message: `Say also what national numbers begin with at home: phone_e164(x, "+49", "0"), or "" for nothing.`}
	}
	return types.StringOf(16), nil
}

// national is the pattern and the replacement that make a national number an
// international one.
func national(c Call) (from, to string) {
	return `^` + c.constText(2) + `([1-9])`, c.constText(1)
}

func phone(c Call, a []value.Value) (value.Value, bool) {
	s := noise.ReplaceAllString(a[0].Str(), "")
	if rest, is := strings.CutPrefix(s, "00"); is {
		s = "+" + rest
	}
	if len(c.Types) == 3 {
		from, to := national(c)
		s = pattern(from).ReplaceAllString(s, to+"${1}")
	}
	if !isPhone.MatchString(s) {
		return value.Null, true
	}
	return value.String(s), true
}

func phoneSQL(finish string) func(Call) string {
	return func(c Call) string {
		s := "regexp_replace(regexp_replace($1, '" + phoneNoise + "', '', 'g'), '^00', '+')"
		if len(c.Types) == 3 {
			from, to := national(c)
			s = "regexp_replace(" + s + ", '" + from + "', '" + to + `\1')`
		}
		return strings.Replace(finish, "#", s, 1)
	}
}
