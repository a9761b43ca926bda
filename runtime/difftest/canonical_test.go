//go:build duckdb_arrow

package difftest_test

import (
	"slices"
	"testing"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// TestCanonical shows what becomes of single values on the way to a
// destination's type: the canonical value, or why the row is invalid.
func TestCanonical(t *testing.T) {
	tests := []struct {
		column, cell string // the type and the value in the warehouse
		typ          string // what the compiler knows of the column; "" as duckdb says
		expr         string // over row.x; "" is the column
		target       string
		want         string
		reasons      []lower.Reason
	}{
		{"INTEGER", "7", "", "", "int", "7", nil},
		{"INTEGER", "7", "", "", "decimal(10,2)", "7.00", nil},
		{"BIGINT", "999999999", "", "", "decimal(10,2)", "null", []lower.Reason{lower.OutOfRange}},
		{"BIGINT", "9007199254740993", "", "", "float", "9007199254740992.0", []lower.Reason{lower.OutOfRange}},
		{"BIGINT", "-9223372036854775808", "", "", "float", "-9.223372036854776e+18", []lower.Reason{lower.OutOfRange}},
		{"BIGINT", "5", "", "", "float", "5.0", nil},
		{"BIGINT", "9223372036854775807", "", "row.x + 1", "int", "null", []lower.Reason{lower.OutOfRange}},
		{"BIGINT", "9223372036854775807", "", "row.x > 5 ? 1 : row.x + 1", "int", "1", nil},
		{"BIGINT", "9223372036854775807", "", "row.x < 5 ? 1 : row.x + 1", "int", "null", []lower.Reason{lower.OutOfRange}},
		{"HUGEINT", "170141183460469231731687303715884105727", "", "", "decimal(38,0)", "error", nil},
		{"DECIMAL(18,2)", "12345678901.25", "", "", "decimal(10,2)", "null", []lower.Reason{lower.OutOfRange}},
		{"DECIMAL(18,2)", "1234.25", "", "", "float", "1234.25", nil},
		{"DECIMAL(38,2)", "123456789012345678.25", "", "", "float", "1.2345678901234568e+17", []lower.Reason{lower.OutOfRange}},
		{"DOUBLE", "-0.0", "", "", "float", "0.0", nil},
		{"DOUBLE", "'inf'", "", "", "float", "inf", []lower.Reason{lower.OutOfRange}},
		{"DOUBLE", "'nan'", "", "round(row.x, 2)", "decimal(10,2)", "null", []lower.Reason{lower.OutOfRange}},
		{"DOUBLE", "2.675", "", "round(row.x, 2)", "decimal(10,2)", "2.68", nil},
		{"DOUBLE", "1e12", "", "round(row.x, 2)", "decimal(10,2)", "null", []lower.Reason{lower.OutOfRange}},
		{"VARCHAR", "'héllo'", "", "", "string(5)", "héllo", nil},
		{"VARCHAR", "'héllo!'", "", "", "string(5)", "héllo!", []lower.Reason{lower.TooLong}},
		{"VARCHAR", "NULL", "", "", "string(5)", "null", nil},
		{"VARCHAR", "'gold'", "", "", `enum("gold", "it's")`, "gold", nil},
		{"VARCHAR", "'Gold'", "", "", `enum("gold", "it's")`, "Gold", []lower.Reason{lower.NotInEnum}},
		{"VARCHAR", "NULL", "", "", `enum("gold")`, "null", nil},
		{"VARCHAR", "'12a'", "", "int(row.x)", "int", "null", []lower.Reason{lower.BadFormat}},
		{"VARCHAR", "'12a'", "", "try_int(row.x)", "int", "null", nil},
		{"VARCHAR", "'{\"a\":1}'", "", "", "json", `{"a":1}`, nil},
		{"VARCHAR", "'{a'", "", "", "json", `{a`, []lower.Reason{lower.BadFormat}},
		{"VARCHAR", "'6BA7B810-9DAD-11D1-80B4-00C04FD430C8'", "", "", "uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", nil},
		{"VARCHAR", "'nope'", "", "", "uuid", "null", []lower.Reason{lower.BadFormat}},
		{"UUID", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "", "", "string(36)", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", nil},
		{"DATE", "'2024-02-29'", "", "", "timestamp", "2024-02-29 00:00:00", nil},
		{"VARCHAR", "'2024-02-29'", "unknown", "", "date", "2024-02-29", nil},
		{"VARCHAR", "'soon'", "unknown", "", "date", "null", []lower.Reason{lower.BadFormat}},
		{"INTEGER", "3", "unknown", "", "string(5)", "3", nil},
		{"VARCHAR", "'x'", "unknown", "row.x + 1", "float", "null", []lower.Reason{lower.BadFormat}},
		{"VARCHAR", "'3'", "unknown", "row.x + 1", "float", "4.0", nil},
		{"VARCHAR", "'a'", "", `"${row.x}${coalesce(null, row.x)}"`, "string", "aa", nil},
		{"BLOB", "'ab'", "", "", "bytes", "ab", nil},
		{"VARCHAR", "'1.5'", "unknown", "", "int", "2", []lower.Reason{lower.BadFormat}},
		{"DOUBLE", "1.5", "unknown", "", "int", "2", []lower.Reason{lower.BadFormat}},
		{"DOUBLE", "2", "unknown", "", "int", "2", nil},
		{"VARCHAR", "'1.255'", "unknown", "", "decimal(5,2)", "1.26", []lower.Reason{lower.BadFormat}},
		{"DECIMAL(20,3)", "1.500", "decimal", "", "int", "2", []lower.Reason{lower.OutOfRange}},
		{"DECIMAL(20,3)", "2.000", "decimal", "", "int", "2", nil},
		{"DECIMAL(20,3)", "2.125", "decimal", "", "decimal(5,2)", "2.13", []lower.Reason{lower.OutOfRange}},
		{"STRUCT(a INTEGER, b VARCHAR)", "{'a': 7, 'b': 'x'}", "", "", "json", `{"a":7,"b":"x"}`, nil},
		{"STRUCT(a INTEGER, b VARCHAR)", "{'a': 7, 'b': 'x'}", "", "row.x.a", "int", "7", nil},
		{"STRUCT(a INTEGER, b VARCHAR)", "{'a': 7, 'b': 'x'}", "", "row.x.B", "string(1)", "x", nil},
		{"STRUCT(a INTEGER, b VARCHAR)", "NULL", "", "row.x.a + 1", "int", "null", nil},
		{`STRUCT("it's" STRUCT("q""q" DECIMAL(5,2)))`, `{'it''s': {'q"q': 1.25}}`, "", `row.x["it's"]["q\"q"]`, "decimal(5,2)", "1.25", nil},
		{"STRUCT(a INTEGER, b VARCHAR)", "{'a': 7, 'b': 'x'}", "", "", `struct("b" string, "a" decimal(5,1))`, `{'b': x, 'a': 7.0}`, nil},
		{"STRUCT(a INTEGER)", "{'a': 7}", "", "row.x == null ? null : row.x", "json", `{"a":7}`, nil},
		{"INTEGER[]", "[1, 2]", "", "", "list(decimal(5,1))", "[1.0, 2.0]", nil},
		{"INTEGER[]", "[1, NULL, 3]", "", "row.x[2]", "int", "3", nil},
		{"INTEGER[]", "[1, NULL, 3]", "", "row.x[1]", "int", "null", nil},
		{"INTEGER[]", "[1, NULL, 3]", "", "row.x[3]", "int", "null", nil},
		{"INTEGER[3]", "[1, 2, 3]", "", "row.x[0]", "int", "1", nil},
		{"STRUCT(a INTEGER)[]", "[{'a': 5}]", "", "row.x[0].a", "int", "5", nil},
		{"INTEGER[]", "[1, 2]", "", "", "json", "[1,2]", nil},
		{"MAP(VARCHAR, INTEGER)", "MAP {'k': 5}", "", "", "json", `{"k":5}`, nil},
		{"MAP(VARCHAR, INTEGER)", "MAP {'k': 5}", "", "row.x.k", "int", "5", nil},
		{"JSON", `'{"a": {"b": [1, "two", 3.5]}}'`, "", "row.x.a.b[1]", "string", "two", nil},
		{"JSON", `'{"a": {"b": [1, "two", 3.5]}}'`, "", "row.x.a.b[0]", "int", "1", nil},
		{"JSON", `'{"a": {"b": [1, "two", 3.5]}}'`, "", "row.x.a.b[2]", "int", "4", []lower.Reason{lower.BadFormat}},
		{"JSON", `'{"a": {"b": [1, "two", 3.5]}}'`, "", "row.x.a.b[2]", "decimal(5,1)", "3.5", nil},
		{"JSON", `'{"a": {"b": [1, "two", 3.5]}}'`, "", "row.x.a.b[1] == \"two\" ? 1 : 2", "int", "1", nil},
		{"JSON", `'{"a": {"b": [1, "two", 3.5]}}'`, "", "row.x.a.b", "json", `[1,"two",3.5]`, nil},
		{"JSON", `'{"a": null}'`, "", "row.x.a", "string", "null", nil},
		{"JSON", `'{"a/b~c": 1}'`, "", `row.x["a/b~c"]`, "int", "1", nil},
		{"JSON", `'{"a": true}'`, "", `row.x.a && true`, "bool", "true", nil},
		{"STRUCT(a INTEGER)", "{'a': 7}", "unknown", "row.x.a", "int", "7", nil},
		{"TIMESTAMP_NS", "'2024-02-29 10:00:00.123456789'", "", "", "timestamp", "2024-02-29 10:00:00.123456", nil},
		{"ENUM('a', 'b')", "'b'", "", "", "string(1)", "b", nil},
	}
	for _, tc := range tests {
		t.Run(tc.column+" "+tc.cell+" "+tc.expr+" to "+tc.target, func(t *testing.T) {
			db := open(t)
			exec(t, db, "CREATE TABLE r (x "+tc.column+"); INSERT INTO r VALUES ("+tc.cell+")")
			typ, ok := types.FromWarehouse("duckdb", tc.column)
			if tc.typ != "" {
				typ, _ = types.Parse(tc.typ)
				ok = true
			}
			target, err := types.Parse(tc.target)
			if err != nil || !ok {
				t.Fatal(err, ok)
			}
			text := tc.expr
			if text == "" {
				text = "row.x"
			}
			n, ds := compile(text, &expr.Scope{Complete: true, Columns: []expr.SourceColumn{{Name: "x", Info: types.Info{Type: typ, Nullable: true}}}})
			if ds.HasErrors() {
				t.Fatal(ds)
			}
			if c := types.Convert(n.Type(), target); !c.Class.Implicit() {
				t.Fatalf("%s to %s is %s", n.Type(), target, c.Class)
			}
			query := "SELECT " + lower.Canonical(n, target) + " FROM r"
			out, err := rows(db, query)
			if tc.want == "error" {
				if err == nil {
					t.Fatalf("no error: %s", shown(out[0][0]))
				}
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, query)
			}
			if got := shown(out[0][0]); got != tc.want {
				t.Errorf("canonical %q, want %q\n%s", got, tc.want, query)
			}
			var reasons []lower.Reason
			for _, v := range lower.Invalid(n, target) {
				out, err := rows(db, "SELECT "+v.SQL+" FROM r")
				if err != nil {
					t.Fatalf("%v\n%s", err, v.SQL)
				}
				switch shown(out[0][0]) {
				case "true":
					reasons = append(reasons, v.Reason)
				case "null":
					t.Errorf("null: %s", v.SQL)
				}
			}
			if slices.Sort(reasons); !slices.Equal(slices.Compact(reasons), tc.reasons) {
				t.Errorf("reasons %v, want %v", reasons, tc.reasons)
			}
		})
	}
}

func TestAsOf(t *testing.T) {
	db := open(t)
	exec(t, db, "SET VARIABLE "+lower.AsOfVariable+" = TIMESTAMP '2024-02-29 23:59:59'")
	for text, want := range map[string]string{`today()`: "2024-02-29", `string(now())`: "2024-02-29 23:59:59+00", `date_add("day", 1, today())`: "2024-03-01"} {
		n, ds := compile(text, &expr.Scope{})
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		out, err := rows(db, "SELECT "+lower.Expr(n))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := expr.Eval(n, expr.Env{AsOf: 1709251199_000000}); shown(out[0][0]) != want || format(got) != want {
			t.Errorf("%s: DuckDB %s, reference %s, want %s", text, shown(out[0][0]), format(got), want)
		}
	}
}
