package expr_test

import (
	"testing"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/value"
)

// TestExamples holds the reference against the examples of the function table;
// runtime/difftest holds DuckDB against the reference.
func TestExamples(t *testing.T) {
	for _, f := range function.All() {
		for _, ex := range f.Examples {
			n, ds := compile(t, ex.Expr)
			if len(ds) > 0 {
				t.Errorf("%s: %v", ex.Expr, ds)
				continue
			}
			if got, valid := expr.Eval(n, expr.Env{}); got.Literal() != ex.Want || !valid {
				t.Errorf("%s = %s (valid %v), want %s", ex.Expr, got.Literal(), valid, ex.Want)
			}
		}
	}
}

func TestNullSemantics(t *testing.T) {
	row := map[string]value.Value{"n": value.Null, "b": value.Int(2), "first_name": value.Null, "email": value.String("a@x.io"), "active": value.Null, "customer_id": value.Int(9223372036854775807)}
	tests := []struct {
		text, want string
		valid      bool
	}{
		{`row.n + 1`, "null", true}, {`row.n == 1`, "null", true}, {`row.n == null`, "true", true}, {`null != row.b`, "true", true}, {`row.n < row.b`, "null", true},
		{`row.active && false`, "false", true}, {`row.active || true`, "true", true}, {`row.active || false`, "null", true}, {`!row.active`, "null", true},
		{`row.active ? 1 : 2`, "2", true}, {`row.n > 0 ? "a" : "b"`, `"b"`, true}, {`"${row.email} ${row.first_name}"`, "null", true}, {`"${row.email}!"`, `"a@x.io!"`, true},
		{`row.b / 0`, "null", true}, {`row.b % 0`, "null", true}, {`5 / 2`, "2.5", true}, {`-7 % 3`, "-1", true}, {`1.10`, "1.1", true}, {`0.1 + 0.2 == 0.3`, "true", true},
		{`row.customer_id + 1`, "null", false}, {`row.b == 2 ? 1 : row.customer_id + 1`, "1", true}, {`row.b == 1 ? 1 : row.customer_id + 1`, "null", false},
		{`coalesce(row.customer_id + 1, 5)`, "5", false}, {`try_int(row.email)`, "null", true}, {`int(row.email)`, "null", false},
	}
	for _, tc := range tests {
		n, ds := compile(t, tc.text)
		if ds.HasErrors() {
			t.Errorf("%s: %v", tc.text, ds)
			continue
		}
		got, valid := expr.Eval(n, expr.Env{Row: func(c string) value.Value { return row[c] }})
		if text := got.Literal(); text != tc.want || valid != tc.valid {
			t.Errorf("%s = %s valid %v, want %s %v", tc.text, got.Literal(), valid, tc.want, tc.valid)
		}
	}
}
