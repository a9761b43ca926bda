package lower_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

func compile(t *testing.T, text string) *expr.Node {
	t.Helper()
	e, ds := hclsyntax.ParseExpression([]byte(text), "a.leat.hcl", hcl.InitialPos)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	n, out := expr.Compile(e, &expr.Scope{Complete: true, Columns: []expr.SourceColumn{
		{Name: "email", Info: types.Info{Type: types.StringType, Nullable: true}},
		{Name: "n", Info: types.Info{Type: types.IntType, Nullable: true}},
		{Name: `odd " name`, Info: types.Info{Type: types.DecimalOf(10, 2), Nullable: true}},
		{Name: "u", Info: types.Info{Nullable: true}},
	}})
	if out.HasErrors() {
		t.Fatal(out)
	}
	return n
}

func TestExpr(t *testing.T) {
	tests := []struct{ text, want string }{
		{`row.email`, `CAST(r."email" AS VARCHAR)`},
		{`row["odd \" name"]`, `CAST(r."odd "" name" AS DECIMAL(10,2))`},
		{`row.u`, `r."u"`},
		{`"it's"`, `'it''s'`},
		{`"'; DROP TABLE r; --"`, `'''; DROP TABLE r; --'`},
		{`"$1 \\ \u0000x"`, `('$1 \ ' || chr(0) || 'x')`},
		{`replace(row.email, "$2", "$1")`, `replace(CAST(r."email" AS VARCHAR), '$2', '$1')`},
		{`lower(row.email)`, `lower(CAST(r."email" AS VARCHAR))`},
		{`row.n + 1`, `TRY_CAST(CAST(CAST(r."n" AS BIGINT) AS HUGEINT) + CAST(CAST('1' AS BIGINT) AS HUGEINT) AS BIGINT)`},
		{`row.n == null`, `(CAST(r."n" AS BIGINT) IS NULL)`},
		{`row.u == "x"`, `(TRY_CAST(r."u" AS VARCHAR) = 'x')`},
		{`today()`, `CAST(CAST(getvariable('leat_as_of') AS TIMESTAMP) AS DATE)`},
		{`left(row.email, 3)`, `left(CAST(r."email" AS VARCHAR), 3)`},
	}
	for _, tc := range tests {
		if got := lower.Expr(compile(t, tc.text)); got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.text, got, tc.want)
		}
	}
}

func TestPostgres(t *testing.T) {
	tests := []struct{ text, sql, gap string }{
		{`trim(row.email) == "it's"`, `((btrim((CAST(r."email" AS text) COLLATE "C"), `, ""},
		{`row.n % 2`, `mod(CAST(r."n" AS bigint), nullif(CAST('2' AS bigint), 0))`, ""},
		{`date("2024-02-30") == null`, `(CAST(NULL AS date) IS NULL)`, ""},
		{`replace(row.email, "$2", "$1")`, `replace((CAST(r."email" AS text) COLLATE "C"), (CAST('$2' AS text) COLLATE "C"), (CAST('$1' AS text) COLLATE "C"))`, ""},
		{`left(lower(row.email), 3)`, "", "does not compute lower"},
		{`row.u == "x"`, "", "type of this value is not known"},
		{`1.5e0 * float(row.n)`, "", "beyond the floats"},
		{`today()`, "", "does not compute today"},
		{`"\u0000"`, "", "character 0"},
		{`split_part(row.email, "\u0000", 1)`, "", "character 0"},
	}
	for _, tc := range tests {
		sql, gaps := lower.Postgres(compile(t, tc.text))
		if tc.gap == "" {
			if len(gaps) > 0 || !strings.HasPrefix(sql, tc.sql) {
				t.Errorf("%s\n got %s %v\nwant %s", tc.text, sql, gaps, tc.sql)
			}
			continue
		}
		if sql != "" || len(gaps) == 0 || !strings.Contains(gaps[0].Reason, tc.gap) || gaps[0].Range.Empty() {
			t.Errorf("%s: %q %v, want %s", tc.text, sql, gaps, tc.gap)
		}
	}
}

func TestConditionIsNeverNull(t *testing.T) {
	if got, want := lower.Condition(compile(t, `row.n > 0`)), `coalesce((CAST(r."n" AS BIGINT) > CAST('0' AS BIGINT)), FALSE)`; got != want {
		t.Errorf("%s", got)
	}
}

func TestInvalid(t *testing.T) {
	if vs := lower.Invalid(compile(t, `lower(row.email)`), types.StringType); len(vs) != 0 {
		t.Errorf("a conversion without loss has checks: %v", vs)
	}
	vs := lower.Invalid(compile(t, `row.email`), types.StringOf(10))
	if len(vs) != 1 || vs[0].Reason != lower.TooLong || !strings.Contains(vs[0].SQL, "> 10") {
		t.Errorf("%v", vs)
	}
}

func TestDuckTypeName(t *testing.T) {
	for text, want := range map[string]string{"bool": "BOOLEAN", "int": "BIGINT", "decimal(10,2)": "DECIMAL(10,2)", "decimal": "DECIMAL(38,9)", "float": "DOUBLE", "string(3)": "VARCHAR",
		`enum("a")`: "VARCHAR", "uuid": "VARCHAR", "json": "VARCHAR", "bytes": "BLOB", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ", "list(int)": "BIGINT[]"} {
		typ, err := types.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := lower.DuckTypeName(typ); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
