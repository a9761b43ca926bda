package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// told is what the value of an expression tells of the row it was made from.
// At most one of column and why is set; with neither, the value is a constant.
type told struct {
	column string // its value can be worked out from the expression's
	why    string // else: why two rows may give one value, a clause
}

// tell says whether an expression keeps distinct values of one column apart.
func tell(n *expr.Node) told {
	switch n.Op {
	case expr.Column:
		return told{column: n.Name}
	case expr.Literal, expr.Secret:
		return told{}
	case expr.Cast:
		if from := n.Args[0].Type(); !keepsApart(from, n.Type()) {
			return told{why: fmt.Sprintf("several values of %s become one %s", from, n.Type())}
		}
		return tell(n.Args[0])
	case expr.Neg:
		return tell(n.Args[0])
	case expr.Add, expr.Sub:
		return tellShift(n)
	case expr.Concat:
		return tellConcat(n)
	case expr.If:
		return told{why: "both sides of the condition may give one value"}
	case expr.Call:
		return tellCall(n)
	}
	return told{why: "different values of " + columnList(n) + " can give one result"}
}

// tellShift: adding a constant to a number keeps numbers apart, unless floats
// round it away.
func tellShift(n *expr.Node) told {
	if n.Type().Kind != types.Int && n.Type().Kind != types.Decimal {
		return told{why: "sums are rounded, so different numbers can give one result"}
	}
	a, b := tell(n.Args[0]), tell(n.Args[1])
	switch {
	case a.why != "":
		return a
	case b.why != "":
		return b
	case a.column != "" && b.column != "":
		return told{why: "different numbers can give one result, as 1 + 4 and 2 + 3 do"}
	case a.column != "":
		return a
	}
	return b
}

const joined = `joined texts do not show where one ends: "a-b" with "c" and "a" with "b-c" look alike under every separator`

// tellConcat: constants around one column change nothing, but where two
// columns meet, nobody can tell where one ends, whatever stands between.
func tellConcat(n *expr.Node) told {
	var out told
	for _, a := range n.Args {
		t := tell(a)
		switch {
		case t.why != "":
			return t
		case t.column == "":
		case out.column != "":
			return told{why: joined}
		default:
			out = t
		}
	}
	return out
}

// apart are the functions that keep the values of their first argument apart,
// with the kinds they do it for; nil is every kind. SHA-256 counts: nobody has
// seen two texts with one hash. MD5 and SHA-1 do not: such texts can be made.
var apart = map[string][]types.Kind{
	"string": {types.Bool, types.Int, types.Decimal, types.String, types.Enum, types.Date, types.Time, types.Timestamp, types.UUID},
	"sha256": nil, "hmac_sha256": nil, "reverse": nil, "base64": nil, "url_encode": nil, "hex": nil, "uuid": {types.UUID},
}

// What becomes one value in the functions that people use in keys.
const (
	mergesCase   = `"A" and "a" become one value`
	mergesSpaces = `"a" and "a " become one value`
	mergesDigits = "numbers that differ in the digits it drops become one"
	mergesCut    = "texts that differ only in what it leaves out become one"
	mergesTime   = "all moments of one period become one value"
	mergesHash   = "different texts with one hash can be made"
	mergesNull   = "a null and a value become one"
)

var merges = map[string]string{
	"lower": mergesCase, "upper": mergesCase, "initcap": mergesCase, "clean_email": mergesCase,
	"trim": mergesSpaces, "collapse_spaces": mergesSpaces, "strip_accents": `"é" and "e" become one value`, "nfc": "two ways to write one letter become one",
	"phone_e164": "several spellings of one number become one value",
	"round":      mergesDigits, "floor": mergesDigits, "ceil": mergesDigits, "trunc": mergesDigits, "int": mergesDigits, "div": mergesDigits,
	"abs": "1 and -1 become one value", "sign": "all positive numbers become one value", "mod": "numbers with one remainder become one value",
	"substr": mergesCut, "left": mergesCut, "right": mergesCut, "split_part": mergesCut, "replace": mergesCut, "regex_replace": mergesCut,
	"regex_extract": mergesCut, "translate": mergesCut, "digits": mergesCut, "strip_prefix": mergesCut, "strip_suffix": mergesCut,
	"email_domain": mergesCut, "email_local": mergesCut, "url_host": mergesCut, "url_path": mergesCut, "url_param": mergesCut, "url_without_query": mergesCut,
	"length": "all texts of one length become one value", "md5": mergesHash, "sha1": mergesHash,
	"date": mergesTime, "date_trunc": mergesTime, "last_day": mergesTime, "format_date": mergesTime,
	"coalesce": mergesNull, "nullif": "a value becomes null", "null_if_blank": "a value becomes null",
	"concat_ws": joined,
}

func tellCall(n *expr.Node) told {
	name := n.Func.Name
	switch {
	case name == "coalesce" && !n.Args[0].Info().Nullable:
		return tell(n.Args[0])
	case name == "concat" && slices.ContainsFunc(n.Args, func(a *expr.Node) bool { return a.Info().Nullable }):
		return told{why: "with concat() a null and an empty text become one"}
	case name == "concat":
		return tellConcat(n)
	}
	kinds, ok := apart[name]
	if ok && (kinds == nil || slices.Contains(kinds, n.Args[0].Type().Kind)) {
		for _, a := range n.Args[1:] {
			if t := tell(a); t.column != "" || t.why != "" {
				return told{why: "different values of " + columnList(n) + " can give one result"}
			}
		}
		return tell(n.Args[0])
	}
	switch why := merges[name]; {
	case why == joined:
		return told{why: why}
	case why != "":
		return told{why: "with " + name + "() " + why}
	}
	return told{why: "different values of " + columnList(n) + " can give one result of " + name + "()"}
}

func columnList(n *expr.Node) string {
	if cols := expr.Columns(n); len(cols) > 0 {
		return strings.Join(cols, ", ")
	}
	return "the row"
}

// keepsApart reports whether a conversion between types keeps distinct values
// apart. Implicit ones do, as they change no value; but a UUID or a JSON
// document can be written as text in several ways.
func keepsApart(from, to types.Type) bool {
	if from.Text() && (to.Kind == types.UUID || to.Kind == types.JSON) {
		return false
	}
	return types.Convert(from, to).Class.Implicit()
}

// signature writes an expression made of one column and functions of one
// argument as a dbt test on an expression would: lower(trim(email)). It is ""
// for others.
func signature(n *expr.Node) string {
	switch n.Op {
	case expr.Column:
		return strings.ToLower(n.Name)
	case expr.Cast:
		if n.Type().Text() {
			return signature(n.Args[0])
		}
	case expr.Call:
		if len(n.Args) == 1 {
			if s := signature(n.Args[0]); s != "" {
				return n.Func.Name + "(" + s + ")"
			}
		}
	}
	return ""
}

// tested writes the column of a dbt test in the same way.
func tested(column string) string { return strings.ToLower(strings.Join(strings.Fields(column), "")) }
