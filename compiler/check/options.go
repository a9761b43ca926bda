package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
)

// options holds the values an expression can have, out of constants and of
// accepted_values tests, against the options of a destination field.
func (u *unit) options(f *syntax.Field, node *expr.Node, target *schema.Field) bool {
	if target.EnumOpen {
		return true
	}
	var missing []string
	for _, v := range node.Type().Values {
		if !slices.Contains(target.Type.Values, v) {
			missing = append(missing, v)
		}
	}
	if len(missing) == 0 {
		return true
	}
	hint := ""
	for _, v := range missing {
		if s := near(v, target.Type.Values); s != "" {
			hint = " Did you mean " + strconv.Quote(s) + " for " + strconv.Quote(v) + "?"
			break
		}
	}
	verb := "is"
	if len(missing) > 1 {
		verb = "are"
	}
	rng, local := literalOf(node, missing[0])
	if !local {
		rng = f.Expr.Range()
	}
	add := fmt.Sprintf("add the option in the destination and run `leat destinations schema pull %s`", u.block.To.Addr.Destination)
	declared, isDeclared := u.declarationAt(f.Name)
	if isDeclared {
		add = "declare it"
	}
	d := diag.New(diag.EnumMismatch, rng, "%s %s not among the options of %s, which are %s; rows with it would be invalid.%s Map it to an option, exclude it in `where`, or %s.",
		quotedList(missing, 6), verb, f.Name, quotedList(target.Type.Values, 12), hint, add).
		WithSummary("%s %s no option of %s", quotedList(missing, 3), verb, f.Name)
	for _, name := range expr.Columns(node) {
		m := u.facts.Column(name)
		if m.Found == nil {
			continue
		}
		for _, e := range m.Found.Enums {
			if e.Proof.File != "" && slices.Contains(e.Values, missing[0]) {
				d = d.WithRelated(u.places.Proof(u.facts.Relation, e.Proof), "test %s allows %s in %s", e.Proof.Test.Name, strconv.Quote(missing[0]), name)
			}
		}
	}
	if isDeclared {
		d = d.WithRelated(declared, "%s is declared here", f.Name)
	}
	if u.dest.Schema.File != "" {
		d = d.WithRelated(diag.Range{Filename: u.dest.Schema.File}, "%s.%s is %s", u.out.Target.Object, f.Name, target.Type)
	}
	u.report(d)
	return false
}

// near is the option that differs from a value in case only, else the one most
// like it; "" when none is.
func near(value string, options []string) string {
	for _, o := range options {
		if strings.EqualFold(o, value) {
			return o
		}
	}
	if s := diag.Suggest(value, options); len(s) > 0 {
		return s[0]
	}
	return ""
}

// literalOf finds the constant of an expression that has the value.
func literalOf(n *expr.Node, value string) (diag.Range, bool) {
	if n.Op == expr.Literal && !n.Value.IsNull() && n.Type().Text() && n.Value.Str() == value {
		return n.Range(), true
	}
	for _, a := range n.Args {
		if n.Op == expr.Eq || n.Op == expr.Ne {
			continue // compared with, not a result
		}
		if rng, ok := literalOf(a, value); ok {
			return rng, true
		}
	}
	return diag.Range{}, false
}

func quotedList(values []string, n int) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strconv.Quote(v)
	}
	return list(out, n)
}
