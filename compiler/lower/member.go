package lower

import (
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// member takes a part of a struct or list as its type, and of a json, or of a
// column whose type is not known, as text. A part that is not there is null.
func member(n *expr.Node) string {
	whole := n.Args[0]
	var sql string
	switch whole.Type().Kind {
	case types.Struct:
		sql = "struct_extract(" + Expr(whole) + ", " + Text(n.Name) + ")"
	case types.List:
		sql = "(" + Expr(whole) + ")[" + strconv.Itoa(n.Index+1) + "]"
	default:
		return "json_extract_string(" + document(whole) + ", " + Text(pointer(n)) + ")"
	}
	if n.Type().Kind == types.Unknown {
		return sql
	}
	return column(sql, n.Type())
}

// document is a node as JSON, in which parts of parts are found.
func document(n *expr.Node) string {
	switch k := n.Type().Kind; {
	case k == types.JSON:
		return Expr(n)
	case n.Op == expr.Member && (n.Args[0].Type().Kind == types.JSON || n.Args[0].Type().Kind == types.Unknown):
		return "json_extract(" + document(n.Args[0]) + ", " + Text(pointer(n)) + ")"
	}
	return "to_json(" + Expr(n) + ")"
}

// pointer is the path of one step: a JSON pointer for names, because it can
// spell every name.
func pointer(n *expr.Node) string {
	if n.Indexed {
		return "$[" + strconv.Itoa(n.Index) + "]"
	}
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(n.Name)
}
