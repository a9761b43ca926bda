//go:build duckdb_arrow

package difftest_test

import (
	"testing"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// TestMembers holds parts of structs, lists and json against the reference.
func TestMembers(t *testing.T) {
	scope := &expr.Scope{Complete: true, Columns: []expr.SourceColumn{
		{Name: "s", Info: types.Info{Nullable: true, Type: types.StructOf(types.Field{Name: "city", Type: types.StringType}, types.Field{Name: "n", Type: types.IntType},
			types.Field{Name: "d", Type: types.DecimalOf(5, 2)}, types.Field{Name: "inner", Type: types.StructOf(types.Field{Name: "ok", Type: types.BoolType})}, types.Field{Name: "l", Type: types.ListOf(types.IntType)})}},
		{Name: "l", Info: types.Info{Nullable: true, Type: types.ListOf(types.StringType)}},
		{Name: "j", Info: types.Info{Nullable: true, Type: types.JSONType}},
	}}
	db := open(t)
	exec(t, db, "CREATE TABLE r (id INTEGER, s STRUCT(city VARCHAR, n INTEGER, d DECIMAL(5,2), \"inner\" STRUCT(ok BOOLEAN), l INTEGER[]), l VARCHAR[], j JSON)")
	var data []map[string]value.Value
	add := func(s, l, j string, row map[string]value.Value) {
		exec(t, db, "INSERT INTO r VALUES ("+string(rune('0'+len(data)))+", "+s+", "+l+", "+j+")")
		data = append(data, row)
	}
	doc := `{"a": {"b": [1, "two", null, {"c": true}]}, "n": 12, "f": 2.5, "s": "2024-02-29", "odd/na~me": "x", "": 3, "z": null, "u": "\\u00e9"}`
	add("{'city': 'Rome', 'n': 7, 'd': 1.5, 'inner': {'ok': true}, 'l': [1, NULL]}", "['a', NULL, 'c']", lower.Text(doc), map[string]value.Value{
		"s": value.Text(types.Struct, `{"city":"Rome","n":7,"d":1.50,"inner":{"ok":true},"l":[1,null]}`), "l": value.List(value.String("a"), value.Null, value.String("c")), "j": value.Text(types.JSON, doc)})
	add("{'city': NULL, 'n': NULL, 'd': NULL, 'inner': NULL, 'l': NULL}", "[]", "'[5, [6]]'", map[string]value.Value{
		"s": value.Text(types.Struct, `{"city":null,"n":null,"d":null,"inner":null,"l":null}`), "l": value.List(), "j": value.Text(types.JSON, "[5, [6]]")})
	add("NULL", "NULL", "NULL", map[string]value.Value{})
	add("{'city': '', 'n': -1, 'd': -0.01, 'inner': {'ok': NULL}, 'l': []}", "['']", "'\"text\"'", map[string]value.Value{
		"s": value.Text(types.Struct, `{"city":"","n":-1,"d":-0.01,"inner":{"ok":null},"l":[]}`), "l": value.List(value.String("")), "j": value.Text(types.JSON, `"text"`)})
	for _, text := range []string{
		"row.s.city", "row.s.CITY", "row.s.n + 1", "row.s.d * 2", "row.s.inner.ok", "row.s.inner.ok && true", "row.s.l[0]", "row.s.l[1]", "row.s.l[2]", `"${row.s.city}/${row.s.n}"`, "row.s.city == null", "row.s.inner.ok ? 1 : 2",
		"row.l[0]", "row.l[1]", "row.l[2]", "row.l[2147483646]", "upper(row.l[0])", `coalesce(row.l[0], "none")`,
		"lower(row.j.a.b[1])", `row.j.a.b[0] == "1"`, "int(row.j.n) + 1", "row.j.n + 0.5", "row.j.n > 11", "row.j.f * 2", "date(row.j.s)", "row.j.s < today()", `upper(row.j["odd/na~me"])`, `int(row.j[""])`, "row.j.z == null", "row.j.nope == null",
		"row.j.a.b[3].c ? 1 : 0", "row.j[0] * 2", "row.j[1][0] * 2", "upper(row.j.u)", `row.j.a.b[2] == null`, `one_of(row.j.n, "12", "13")`, "row.j.s + 1", `coalesce(row.j.n, 3)`, "(row.j.n == null ? 0 : row.j.n) + 1",
	} {
		n, ds := compile(text, scope)
		if ds.HasErrors() {
			t.Errorf("%s: %v", text, ds)
			continue
		}
		query := "SELECT " + asText(n) + ", " + invalid(n) + " FROM r ORDER BY id"
		exec(t, db, "SET VARIABLE "+lower.AsOfVariable+" = TIMESTAMP '2024-03-01 00:00:00'")
		out, err := rows(db, query)
		if err != nil {
			t.Errorf("%s: %v\n%s", text, err, query)
			continue
		}
		for i, row := range data {
			got, valid := expr.Eval(n, expr.Env{AsOf: 1709251200_000000, Row: func(name string) value.Value { return row[name] }})
			if duck, bad := shown(out[i][0]), shown(out[i][1]) == "true"; duck != format(got) || bad == valid {
				t.Errorf("%s, row %d: DuckDB %q invalid %v, reference %q invalid %v\n%s", text, i, duck, bad, format(got), !valid, query)
			}
		}
	}
}
