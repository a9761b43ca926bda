package expr_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/function"
)

// TestConstantExamples holds the functions as constants see them against the
// examples of the table. Examples whose result is no constant are refused.
func TestConstantExamples(t *testing.T) {
	ctx := &hcl.EvalContext{Functions: expr.ConstantFunctions()}
	computed := 0
	for _, f := range function.All() {
		if !expr.IsConstantFunction(f.Name) {
			continue
		}
		for _, ex := range f.Examples {
			got, diags := parse(t, ex.Expr).Value(ctx)
			if diags.HasErrors() {
				if _, explained := expr.ConstantProblem(diags[0]); !explained {
					t.Errorf("%s: %s", ex.Expr, diags[0].Error())
				}
				continue
			}
			want, diags := parse(t, ex.Want).Value(nil)
			if diags.HasErrors() {
				t.Fatalf("%s: %s", ex.Want, diags.Error())
			}
			computed++
			if !got.RawEquals(want) && !strings.Contains(ex.Expr, `float("1e20")`) { // numbers of constants are exact and have no type
				t.Errorf("%s = %#v, want %#v", ex.Expr, got, want)
			}
		}
	}
	if computed < 150 {
		t.Errorf("only %d examples have a constant value", computed)
	}
}

func parse(t *testing.T, text string) hclsyntax.Expression {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %s", text, diags.Error())
	}
	return e
}
