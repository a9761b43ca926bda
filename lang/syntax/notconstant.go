package syntax

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
	calc "github.com/leat-dev/leat/lang/expr"
)

// calls checks the names of the functions an expression calls.
func (e *evaluator) calls(expr hcl.Expression) bool {
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return true
	}
	ok = true
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics { // the visitor itself never fails
		if c, is := n.(*hclsyntax.FunctionCallExpr); is {
			if d, wrong := calc.CallProblem(c); wrong {
				e.diags.Append(d)
				ok = false
			}
		}
		return nil
	})
	return ok
}

// evaluationErrors say what to do about what HCL finds wrong with values. The
// first entry whose begin fits the summary of the error counts.
var evaluationErrors = []struct{ begin, summary, detail string }{
	{"Unsupported attribute", "There is no such member", "The value has no member of this name."},
	{"Attempt to get attribute from null", "A null has no members", "Ask first whether the value is null: x == null ? other : x.name."},
	{"Attempt to index null", "A null has no elements", "Ask first whether the value is null: x == null ? other : x[0]."},
	{"Invalid index", "There is no such element", "A list has elements 0 to its length - 1, an object the keys that it was written with. can(list[0]) says whether there is one."},
	{"Invalid operand", "An operand does not fit", "Arithmetic and order take numbers, && || ! truth values. Convert text with int(text), float(text) or bool(text)."},
	{"Incorrect condition type", "What stands before ? is not a truth value", "Compare the value with something, such as x == \"yes\"."},
	{"Null condition", "What stands before ? is null", "Compare the value with something, such as x == true."},
	{"Inconsistent conditional", "The sides of ? : have different types", "Give both sides one type. In an object, write the same members on both."},
	{"Iteration over", "`for` walks over a list, a set or an object only", "Give it one of these, or put brackets around the value: [x]."},
	{"Invalid template interpolation", "A part of the text is no text", "Take one member, or make a text of a list with join(list, \", \")."},
	{"Duplicate object key", "A `for` makes one key twice", "Make the keys unique, or collect the values of one key with `...` after the value."},
	{"Invalid object key", "A key of the object is no text", "Keys are texts: put a computed one in parentheses, (var.name) = value."},
	{"Division by zero", "Division by zero", "Ask first whether the divisor is 0."},
}

// failed reports why an expression has no value.
func (e *evaluator) failed(diags hcl.Diagnostics) {
	i := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagError && d.Subject != nil })
	if i < 0 {
		return
	}
	hd := diags[i]
	if d, is := calc.ConstantProblem(hd); is {
		e.diags.Append(d)
		return
	}
	d := diag.New(diag.NotConstant, *hd.Subject, "The operands do not fit the operation, or a member does not exist. Write a value that can be computed from literals, var and local.")
	for _, known := range evaluationErrors {
		if strings.HasPrefix(hd.Summary, known.begin) {
			d.Summary, d.Detail = known.summary, known.detail
			break
		}
	}
	e.diags.Append(suggestMember(d, hd))
}

// suggestMember adds names like one that an object does not have.
func suggestMember(d diag.Diagnostic, hd *hcl.Diagnostic) diag.Diagnostic {
	ref, ok := hd.Expression.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return d
	}
	for i, step := range ref.Traversal {
		attr, is := step.(hcl.TraverseAttr)
		if i == 0 || !is || step.SourceRange() != *hd.Subject {
			continue
		}
		whole, diags := ref.Traversal[:i].TraverseAbs(hd.EvalContext)
		if diags.HasErrors() || whole.IsMarked() || whole.IsNull() || !whole.IsKnown() || !(whole.Type().IsObjectType() || whole.Type().IsMapType()) {
			return d
		}
		names, at := slices.Sorted(maps.Keys(whole.AsValueMap())), stepRange(attr, attr.Name)
		d.Range = at
		d.Detail += diag.DidYouMean(attr.Name, names)
		return withRename(d.WithSummary("There is no member %s", quote(attr.Name)), at, attr.Name, names, plain)
	}
	return d
}
