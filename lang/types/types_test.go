package types_test

import (
	"testing"

	"github.com/leat-dev/leat/lang/types"
)

func mustParse(t *testing.T, text string) types.Type {
	t.Helper()
	ty, err := types.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return ty
}

func TestParseRoundTrip(t *testing.T) {
	for _, text := range []string{"unknown", "int", "decimal", "decimal(10,2)", "string", "string(254)", `enum("a", "b\"c")`,
		"list(int)", "list", `struct("a b" int, "c" list(string(3)))`, "timestamptz"} {
		if got := mustParse(t, text).String(); got != text {
			t.Errorf("%q printed as %q", text, got)
		}
	}
	for _, text := range []string{"", "integer", "decimal(0)", "decimal(39)", "decimal(3,4)", "string(0)", "string(", "enum", "enum()", "int(3)", "int int", "list(nope)", "struct"} {
		if ty, err := types.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, ty)
		}
	}
}

func TestConvert(t *testing.T) {
	tests := []struct {
		from, to string
		want     types.Class
		remedy   string
	}{
		{"int", "int", types.Identical, ""},
		{"unknown", "int", types.Checked, ""},
		{"int", "unknown", types.Lossless, ""},
		{"null", "date", types.Lossless, ""},
		{"int", "decimal(38,2)", types.Lossless, ""},
		{"int", "decimal(21,2)", types.Lossless, ""},
		{"int", "decimal(20,2)", types.Checked, ""},
		{"int", "float", types.Checked, ""},
		{"int", "string", types.Lossy, "string(x)"},
		{"decimal(18,4)", "decimal(10,2)", types.Lossy, "round(x, 2)"},
		{"decimal(18,2)", "decimal(10,2)", types.Checked, ""},
		{"decimal(8,2)", "decimal(10,4)", types.Lossless, ""},
		{"decimal", "decimal(10,2)", types.Lossy, "round(x, 2)"},
		{"decimal(18,0)", "int", types.Lossless, ""},
		{"decimal(19,0)", "int", types.Checked, ""},
		{"decimal(19,1)", "int", types.Lossy, "round(x)"},
		{"float", "decimal(10,2)", types.Lossy, "round(x, 2)"},
		{"string", "string(254)", types.Checked, ""},
		{"string(10)", "string(254)", types.Lossless, ""},
		{"string", `enum("a")`, types.Checked, ""},
		{`enum("b")`, `enum("a")`, types.Impossible, ""},
		{`enum("a")`, "string", types.Lossless, ""},
		{`enum("a", "b")`, `enum("a")`, types.Checked, ""},
		{"date", "timestamp", types.Lossless, ""},
		{"timestamp", "timestamptz", types.Impossible, `timestamptz(x, "UTC")`},
		{"timestamp", "date", types.Lossy, "date(x)"},
		{"uuid", "string", types.Lossless, ""},
		{"uuid", "string(20)", types.Checked, ""},
		{"bool", "string", types.Lossy, "string(x)"},
		{"bool", "date", types.Impossible, ""},
		{"list(int)", "list(float)", types.Checked, ""},
	}
	for _, tc := range tests {
		got := types.Convert(mustParse(t, tc.from), mustParse(t, tc.to))
		if got.Class != tc.want || got.Remedy != tc.remedy {
			t.Errorf("%s -> %s: %s %q, want %s %q", tc.from, tc.to, got.Class, got.Remedy, tc.want, tc.remedy)
		}
		if got.Reason == "" && (got.Class == types.Checked || got.Class == types.Lossy || got.Class == types.Impossible) {
			t.Errorf("%s -> %s: %s without a reason", tc.from, tc.to, got.Class)
		}
	}
}

func TestCommon(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"int", "decimal(10,2)", "decimal(21,2)"},
		{"int", "float", "float"},
		{"decimal(10,4)", "decimal(12,2)", "decimal(14,4)"},
		{"string(3)", "string(7)", "string(7)"},
		{`enum("a")`, `enum("b")`, `enum("a", "b")`},
		{`enum("abc")`, "string(2)", "string(3)"},
		{"null", "date", "date"},
		{"date", "timestamp", "timestamp"},
		{"unknown", "date", "unknown"},
	}
	for _, tc := range tests {
		got, ok := types.Common(mustParse(t, tc.a), mustParse(t, tc.b))
		if !ok || got.String() != tc.want {
			t.Errorf("Common(%s, %s) = %s, %v; want %s", tc.a, tc.b, got, ok, tc.want)
		}
	}
	if got, ok := types.Common(types.IntType, types.StringType); ok {
		t.Errorf("Common(int, string) = %s", got)
	}
}

func TestFromWarehouse(t *testing.T) {
	tests := []struct{ dialect, text, want string }{
		{"duckdb", "INTEGER", "int"}, {"duckdb", "HUGEINT", "decimal(38,0)"}, {"duckdb", "UBIGINT", "decimal(20,0)"},
		{"duckdb", "DECIMAL(18,4)", "decimal(18,4)"}, {"duckdb", "decimal", "decimal(18,3)"}, {"duckdb", "VARCHAR(10)", "string"},
		{"duckdb", "TIMESTAMP WITH TIME ZONE", "timestamptz"}, {"duckdb", "TIMESTAMP_NS", "timestamp"}, {"duckdb", "INTEGER[]", "list(int)"},
		{"duckdb", "INTEGER[3][]", "list(list(int))"}, {"duckdb", `STRUCT(a INTEGER, "b c" VARCHAR)`, "json"}, {"duckdb", "MAP(VARCHAR, INTEGER)", "json"},
		{"duckdb", "ENUM('a', 'it''s')", `enum("a", "it's")`}, {"duckdb", "DOUBLE", "float"}, {"duckdb", "UUID", "uuid"},
		{"postgres", "character varying(255)", "string(255)"}, {"postgres", "numeric", "decimal"}, {"postgres", "numeric(10,2)", "decimal(10,2)"},
		{"postgres", "timestamp(3) without time zone", "timestamp"}, {"postgres", "timestamp(3) with time zone", "timestamptz"},
		{"postgres", "double precision", "float"}, {"postgres", "text[]", "list(string)"}, {"postgres", "jsonb", "json"}, {"postgres", "bytea", "bytes"},
		{"postgres", "numeric(100,50)", "decimal"},
		{"snowflake", "NUMBER(38,0)", "decimal(38,0)"}, {"snowflake", "TIMESTAMP_LTZ(9)", "timestamptz"}, {"snowflake", "VARIANT", "json"},
		{"snowflake", "VARCHAR(16777216)", "string(16777216)"},
		{"bigquery", "INT64", "int"}, {"bigquery", "ARRAY<STRING>", "list(string)"}, {"bigquery", "TIMESTAMP", "timestamptz"}, {"bigquery", "DATETIME", "timestamp"},
		{"redshift", "character varying(256)", "string(256)"}, {"databricks", "array<int>", "list(int)"}, {"databricks", "decimal(12,3)", "decimal(12,3)"},
	}
	for _, tc := range tests {
		got, ok := types.FromWarehouse(tc.dialect, tc.text)
		if !ok || got.String() != tc.want {
			t.Errorf("%s %q: %s, %v; want %s", tc.dialect, tc.text, got, ok, tc.want)
		}
	}
	if got, ok := types.FromWarehouse("duckdb", "geometry_thing"); ok || got.Kind != types.Unknown {
		t.Errorf("an unknown name gave %s, %v", got, ok)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"int", `enum("a", "b")`, "decimal(10,2)", `struct("a" list(string(3)))`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ty, err := types.Parse(text)
		if err != nil {
			return
		}
		again, err := types.Parse(ty.String())
		if err != nil || !again.Equal(ty) {
			t.Fatalf("%q: printed %q, read back as %v, %v", text, ty, again, err)
		}
	})
}

func FuzzFromWarehouse(f *testing.F) {
	f.Add("duckdb", "STRUCT(a INTEGER[], b VARCHAR)")
	f.Add("postgres", "numeric(10,2)")
	f.Add("duckdb", "ENUM('a','b''c')")
	f.Fuzz(func(t *testing.T, dialect, text string) {
		ty, ok := types.FromWarehouse(dialect, text)
		if !ok && ty.Kind != types.Unknown {
			t.Fatalf("not known, yet %s", ty)
		}
		if back, err := types.Parse(ty.String()); err != nil || !back.Equal(ty) {
			t.Fatalf("%q gave %q, which does not read back: %v", text, ty, err)
		}
	})
}
