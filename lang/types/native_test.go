package types_test

import (
	"os"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/types"
)

// nativeCases are spellings that the manuals and the engines themselves use.
var nativeCases = map[string][][2]string{
	"duckdb": {
		{"INTEGER", "int"}, {"HUGEINT", "decimal(38,0)"}, {"UBIGINT", "decimal(20,0)"}, {"DECIMAL(18,4)", "decimal(18,4)"}, {"decimal", "decimal(18,3)"}, {"DECIMAL(4)", "decimal(4,0)"},
		{"VARCHAR(10)", "string"}, {"TIMESTAMP WITH TIME ZONE", "timestamptz"}, {"TIMESTAMP_NS", "timestamp"}, {"INTEGER[]", "list(int)"}, {"INTEGER[3][]", "list(list(int))"},
		{`STRUCT(a INTEGER, "b c" VARCHAR)`, `struct("a" int, "b c" string)`}, {`STRUCT(a STRUCT(b DECIMAL(5,2)[]))`, `struct("a" struct("b" list(decimal(5,2))))`},
		{`STRUCT("a""b" INTEGER)`, `struct("a\"b" int)`}, {"STRUCT(a INTEGER)[]", `list(struct("a" int))`}, {"MAP(VARCHAR, INTEGER)", "json"}, {"UNION(a INTEGER, b VARCHAR)", "json"},
		{"ENUM('a', 'it''s')", `enum("a", "it's")`}, {"DOUBLE", "float"}, {"UUID", "uuid"}, {"STRUCT(e ENUM('x', 'y'), t TIMESTAMP WITH TIME ZONE)", `struct("e" enum("x", "y"), "t" timestamptz)`},
		{"BLOB", "bytes"}, {"TIME", "time"}, {"BIT", "string"}, {"INTERVAL", "string"}, {"STRUCT(a mystery)", `struct("a" unknown)`}, {"mystery[]", ""}, {"JSON", "json"}, {"VARCHAR[]", "list(string)"},
	},
	"postgres": {
		{"character varying(255)", "string(255)"}, {"varchar", "string"}, {"numeric", "decimal"}, {"numeric(10,2)", "decimal(10,2)"}, {"numeric(10)", "decimal(10,0)"}, {"numeric(100,50)", "decimal"}, {"numeric(3,-2)", "decimal"},
		{"timestamp(3) without time zone", "timestamp"}, {"timestamp(3) with time zone", "timestamptz"}, {"time(6) without time zone", "time"}, {"double precision", "float"},
		{"text[]", "list(string)"}, {"text ARRAY", "list(string)"}, {"_int4", "list(int)"}, {"integer[][]", "list(list(int))"}, {"ARRAY", "list"}, {"jsonb", "json"}, {"bytea", "bytes"}, {`"char"`, "string"},
		{"bit varying(5)", "string(5)"}, {"USER-DEFINED", ""}, {"mood", ""}, {`"Mood"`, ""}, {"geometry(Point,4326)", "string"}, {"vector(3)", "string"}, {"interval day to second", ""}, {"money", "string"},
		{"numeric(10,2)[]", "list(decimal(10,2))"}, {"name", "string(63)"}, {"uuid", "uuid"}, {"int4range", "string"},
	},
	"redshift": {
		{"character varying(256)", "string(256)"}, {"numeric(18,2)", "decimal(18,2)"}, {"numeric", "decimal(18,0)"}, {"super", "json"}, {"varbyte(64000)", "bytes"}, {"timestamp without time zone", "timestamp"},
		{"timestamptz", "timestamptz"}, {"bpchar", "string(256)"}, {"geometry", "string"}, {"double precision", "float"}, {"integer", "int"},
	},
	"snowflake": {
		{"NUMBER(38,0)", "decimal(38,0)"}, {"NUMBER", "decimal"}, {"INTEGER", "decimal(38,0)"}, {"NUMBER(12, 2)", "decimal(12,2)"}, {"TIMESTAMP_NTZ(9)", "timestamp"}, {"TIMESTAMP_LTZ(9)", "timestamptz"}, {"TIMESTAMP_TZ", "timestamptz"},
		{"VARIANT", "json"}, {"VARCHAR(16777216)", "string(16777216)"}, {"ARRAY", "list"}, {"ARRAY(NUMBER(5,0) NOT NULL)", "list(decimal(5,0))"}, {"OBJECT", "json"},
		{"OBJECT(a NUMBER(5,0), b VARCHAR NOT NULL)", `struct("a" decimal(5,0), "b" string)`}, {"MAP(VARCHAR, NUMBER(38,0))", "json"}, {"VECTOR(FLOAT, 256)", "list(float)"}, {"BINARY(8388608)", "bytes"}, {"TIME(9)", "time"},
		{"FLOAT", "float"}, {"DOUBLE PRECISION", "float"}, {"VARCHAR(10) COLLATE 'en-ci'", "string(10)"}, {"DECFLOAT(38)", "decimal(38,0)"},
	},
	"bigquery": {
		{"INT64", "int"}, {"ARRAY<STRING>", "list(string)"}, {"TIMESTAMP", "timestamptz"}, {"DATETIME", "timestamp"}, {"NUMERIC", "decimal(38,9)"}, {"NUMERIC(10, 2)", "decimal(10,2)"}, {"BIGNUMERIC(76, 38)", "decimal"}, {"BIGNUMERIC(30, 5)", "decimal(30,5)"},
		{"STRING(255)", "string(255)"}, {"ARRAY<STRUCT<id INT64, tags ARRAY<STRING(3)>>>", `list(struct("id" int, "tags" list(string(3))))`}, {"STRUCT<INT64, STRING>", "json"}, {"STRUCT<a INT64, a STRING>", "json"},
		{"STRUCT<timestamp TIMESTAMP, date DATE>", `struct("timestamp" timestamptz, "date" date)`}, {"STRUCT<a INT64 NOT NULL OPTIONS(description='x > y')>", `struct("a" int)`}, {"RANGE<DATE>", "string"}, {"RECORD", "json"}, {"GEOGRAPHY", "string"},
		{"BYTES(16)", "bytes"}, {"JSON", "json"}, {"ARRAY<STRUCT<`odd name` FLOAT64>>", `list(struct("odd name" float))`},
	},
	"databricks": {
		{"array<int>", "list(int)"}, {"decimal(12,3)", "decimal(12,3)"}, {"decimal", "decimal(10,0)"}, {"timestamp", "timestamptz"}, {"timestamp_ntz", "timestamp"}, {"struct<a:int,b:array<string>>", `struct("a" int, "b" list(string))`},
		{"struct<a: INT NOT NULL COMMENT 'it: has, marks > here', b: STRING>", `struct("a" int, "b" string)`}, {"struct<`odd name`:bigint>", `struct("odd name" int)`}, {"map<string,array<int>>", "json"}, {"interval day to second", "string"},
		{"STRING COLLATE UTF8_BINARY", "string"}, {"varchar(20)", "string(20)"}, {"binary", "bytes"}, {"variant", "json"}, {"array<struct<x:decimal(5,2),y:double>>", `list(struct("x" decimal(5,2), "y" float))`}, {"void", ""}, {"geometry(4326)", "string"},
	},
	"spark": {{"tinyint", "int"}, {"timestamp", "timestamptz"}},
	"clickhouse": {
		{"Nullable(LowCardinality(String))", "string"}, {"LowCardinality(Nullable(FixedString(3)))", "string(3)"}, {"UInt64", "decimal(20,0)"}, {"UInt256", "decimal"}, {"Int128", "decimal"}, {"Decimal(18, 4)", "decimal(18,4)"}, {"Decimal(76, 4)", "decimal"},
		{"Decimal32(2)", "decimal(9,2)"}, {"Decimal64(6)", "decimal(18,6)"}, {"Decimal128(10)", "decimal(38,10)"}, {"Decimal256(10)", "decimal"}, {"DateTime64(3, 'Europe/Berlin')", "timestamptz"}, {"DateTime", "timestamptz"}, {"DateTime('UTC')", "timestamptz"},
		{"Tuple(a Int32, b Nullable(String))", `struct("a" int, "b" string)`}, {"Tuple(Int32, String)", "json"}, {"Array(Tuple(x Float64, y Float64))", `list(struct("x" float, "y" float))`}, {"Map(String, UInt64)", "json"},
		{"Enum8('gold' = 1, 'it\\'s' = -2)", `enum("gold", "it's")`}, {"Enum16('a', 'b')", `enum("a", "b")`}, {"Nested(id UInt32, name String)", `list(struct("id" int, "name" string))`}, {"SimpleAggregateFunction(sum, Decimal(9, 2))", "decimal(9,2)"},
		{"AggregateFunction(uniq, UInt64)", "bytes"}, {"JSON(max_dynamic_paths=8, a.b UInt32)", "json"}, {"Object('json')", "json"}, {"Date32", "date"}, {"IPv6", "string"}, {"Bool", "bool"}, {"Variant(String, UInt8)", "json"}, {"Float32", "float"}, {"UUID", "uuid"},
	},
	"trino": {
		{"varchar(255)", "string(255)"}, {"decimal(38,0)", "decimal(38,0)"}, {"decimal(10)", "decimal(10,0)"}, {"timestamp(3) with time zone", "timestamptz"}, {"timestamp(6)", "timestamp"}, {"array(row(x bigint, y varchar(3)))", `list(struct("x" int, "y" string(3)))`},
		{`row("a b" double, "c" timestamp(3) with time zone)`, `struct("a b" float, "c" timestamptz)`}, {"row(bigint, varchar(3))", "json"}, {"row(timestamp(3) with time zone, double)", "json"}, {"map(varchar, bigint)", "json"}, {"interval year to month", "string"},
		{"time(3) with time zone", "string"}, {"varbinary", "bytes"}, {"uuid", "uuid"}, {"ipaddress", "string"}, {"real", "float"},
	},
	"athena": {{"array<struct<a:int>>", `list(struct("a" int))`}, {"string", "string"}},
	"mysql": {
		{"tinyint(1)", "int"}, {"int(11)", "int"}, {"int unsigned", "int"}, {"bigint(20) unsigned", "decimal(20,0)"}, {"decimal(10,2) unsigned zerofill", "decimal(10,2)"}, {"decimal", "decimal(10,0)"}, {"decimal(65,30)", "decimal"}, {"datetime(6)", "timestamp"},
		{"timestamp", "timestamptz"}, {"varchar(255) character set utf8mb4 collate utf8mb4_bin", "string(255)"}, {"enum('a','b''c')", `enum("a", "b'c")`}, {"enum('a') CHARACTER SET utf8mb4", `enum("a")`}, {"set('a','b')", "string"}, {"longtext", "string"}, {"json", "json"}, {"year", "int"},
		{"time", "string"}, {"double unsigned", "float"}, {"bit(1)", "bytes"}, {"mediumint(8) unsigned", "int"}, {"blob", "bytes"},
	},
	"sqlserver": {
		{"datetimeoffset(7)", "timestamptz"}, {"varchar(max)", "string"}, {"nvarchar(100)", "string(100)"}, {"bit", "bool"}, {"money", "decimal(19,4)"}, {"smallmoney", "decimal(10,4)"}, {"decimal(18, 2)", "decimal(18,2)"}, {"numeric", "decimal(18,0)"},
		{"datetime2(3)", "timestamp"}, {"uniqueidentifier", "uuid"}, {"timestamp", "bytes"}, {"rowversion", "bytes"}, {"varbinary(max)", "bytes"}, {"float(53)", "float"}, {"sysname", "string(128)"}, {"national character varying(20)", "string(20)"}, {"sql_variant", ""},
		{"int NOT NULL", "int"}, {"time(7)", "time"}, {"xml", "string"},
	},
	"unheard_of": {{"varchar(3)", "string(3)"}, {"timestamp", "timestamp"}, {"array<int>", "list(int)"}, {"nonsense", ""}},
}

func TestFromWarehouse(t *testing.T) {
	for dialect, cases := range nativeCases {
		for _, c := range cases {
			got, ok := types.FromWarehouse(dialect, c[0])
			if text := got.String(); ok != (c[1] != "") || (ok && text != c[1]) {
				t.Errorf("%s %q: %s, %v; want %s", dialect, c[0], got, ok, c[1])
			}
			if folded, ok2 := types.FromWarehouse(dialect, "  "+strings.ToLower(c[0])+" "); ok2 != ok || folded.Kind != got.Kind {
				t.Errorf("%s %q in lower case: %s, %v", dialect, c[0], folded, ok2)
			}
		}
	}
}

// TestHostileNames: what is no type gives none, without a crash.
func TestHostileNames(t *testing.T) {
	for _, text := range []string{"", " ", "(", ")", "a(", "int)", "array<", "array<>", "array<int", "struct<a", "struct<a:>", "struct()", "enum('a", "enum(a)", "int[", "int[x]", "int[]]", "int,int", "varchar(3", "'int'", "[]", "int 'x'",
		"decimal(10,2) surprise", strings.Repeat("array<", 100_000), strings.Repeat("array<", 40) + "int" + strings.Repeat(">", 40), "int" + strings.Repeat("[]", 100)} {
		for _, dialect := range []string{"duckdb", "bigquery", "clickhouse", "nobody"} {
			if got, ok := types.FromWarehouse(dialect, text); ok {
				t.Errorf("%s %.40q: %s", dialect, text, got)
			}
		}
	}
}

// TestCatalogTypes reads the type names of real catalogs and contracts; see
// testdata/SOURCE.md.
func TestCatalogTypes(t *testing.T) {
	data, err := os.ReadFile("testdata/catalog-types.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if len(cells) != 4 {
			t.Fatalf("%q has %d cells", line, len(cells))
		}
		got, ok := types.FromWarehouse(cells[0], cells[2])
		if !ok || got.String() != cells[3] {
			t.Errorf("%s %s %q: %s, %v; want %s", cells[0], cells[1], cells[2], got, ok, cells[3])
		}
		n++
	}
	if n < 40 {
		t.Errorf("only %d names", n)
	}
}

func FuzzFromWarehouse(f *testing.F) {
	for dialect, cases := range nativeCases {
		for _, c := range cases {
			f.Add(dialect, c[0])
		}
	}
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
