package function

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// The parts of an absolute URL (RFC 3986) with a host of letters, digits, dots,
// hyphens and underscores.
const (
	urlStart = `^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?`
	urlHost  = urlStart + `([A-Za-z0-9._-]+)(?::[0-9]*)?(?:[/?#]|$)`
	urlPath  = urlStart + `[^/?#]*([^?#]*)`
)

var (
	findHost = regexp.MustCompile(urlHost)
	findPath = regexp.MustCompile(urlPath)
	notQuery = regexp.MustCompile(`^[^?#]*`)
)

func urlFunctions() []Func {
	return []Func{
		{Name: "url_host", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("url")}, Result: sameText,
			Summary: "The host of an absolute URL, in lower case, without user and port. Null when there is none, or when it holds characters outside ASCII.",
			Eval:    pick1(findHost, strings.ToLower),
			DuckDB:  sql("nullif(lower(regexp_extract($1, " + quote(urlHost) + ", 1)), '')"), Postgres: sql(`lower(substring($1 FROM ` + quote(urlHost) + `) COLLATE "C")`),
			Examples: []Example{{`url_host("https://u@Shop.Example.com:8080/a?b=1")`, `"shop.example.com"`}, {`url_host("example.com/a")`, "null"}}},
		{Name: "url_path", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("url")}, Result: sameText,
			Summary: "The path of an absolute URL, as it is written: from the first slash behind the host to ? or #. Empty text when it has none, null when the text is no absolute URL.",
			Eval:    pick1(findPath, same),
			DuckDB:  sql("(CASE WHEN regexp_matches($1, " + quote(urlPath) + ") THEN regexp_extract($1, " + quote(urlPath) + ", 1) END)"), Postgres: sql("substring($1 FROM " + quote(urlPath) + ")"),
			Examples: []Example{{`url_path("https://example.com/a/b?c=1")`, `"/a/b"`}, {`url_path("https://example.com")`, `""`}}},
		{Name: "url_without_query", Group: "Contact data", Nulls: Strict, Labels: Union, Params: []Param{text("url")}, Result: sameText,
			Summary: "What stands before the first ? or #.",
			Eval:    onText(notQuery.FindString),
			DuckDB:  sql("regexp_extract($1, '^[^?#]*')"), Postgres: sql("substring($1 FROM '^[^?#]*')"),
			Examples: []Example{{`url_without_query("https://x.io/a?utm_source=b#c")`, `"https://x.io/a"`}}},
		{Name: "url_param", Group: "Contact data", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{text("url"), constText("name", checkParamName)}, Result: sameText,
			Summary: "The value of the first query parameter of that name, exactly as it is written: case is kept, which click ids such as gclid need, and nothing is decoded. Null when there is none.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				return pick1(pattern(paramPattern(c)), same)(c, a)
			},
			DuckDB: func(c Call) string {
				p := quote(paramPattern(c))
				return fmt.Sprintf("(CASE WHEN regexp_matches($1, %s) THEN regexp_extract($1, %s, 1) END)", p, p)
			},
			Examples: []Example{{`url_param("https://x.io/?a=1&gclid=Cj0K_Q&b=2#z", "gclid")`, `"Cj0K_Q"`}, {`url_param("https://x.io/?a=", "a")`, `""`}, {`url_param("https://x.io/#?a=1", "a")`, "null"}}},
		{Name: "url_encode", Group: "Contact data", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.StringType),
			Summary: "The text for a place within a URL: every byte that is no letter, digit, hyphen, dot, underscore or tilde becomes % and two hexadecimal digits.",
			Eval:    onText(urlEncode), DuckDB: sql("url_encode($1)"), Examples: []Example{{`url_encode("a b/é~")`, `"a%20b%2F%C3%A9~"`}}},
	}
}

func checkParamName(v value.Value) string {
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]+$`).MatchString(v.Str()) {
		return "a name of letters, digits, underscores, dots and hyphens"
	}
	return ""
}

func paramPattern(c Call) string {
	return `^[^?#]*\?(?:[^#]*?&)?` + regexp.QuoteMeta(c.constText(1)) + `=([^&#]*)`
}

func urlEncode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
