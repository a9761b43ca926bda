package expr_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

func testScope() *expr.Scope {
	col := func(name string, t types.Type, nullable bool, labels ...string) expr.SourceColumn {
		return expr.SourceColumn{Name: name, Info: types.Info{Type: t, Nullable: nullable, Labels: labels}}
	}
	return &expr.Scope{
		Source: "model customers", Complete: true,
		Columns: []expr.SourceColumn{
			col("customer_id", types.IntType, false), col("first_name", types.StringType, true, "pii"), col("email", types.StringOf(254), true, "pii", "email"),
			col("number_of_orders", types.IntType, true), col("value", types.DecimalOf(18, 4), true), col("score", types.FloatType, true),
			col("wide", types.DecimalOf(38, 30), true), col("wider", types.DecimalOf(38, 38), true),
			col("born", types.DateType, true), col("seen", types.TimestampType, true), col("at", types.TimestampTZType, true), col("active", types.BoolType, true),
			col("tier", types.EnumOf("gold", "silver"), true), col("mystery", types.UnknownType, true), col("n", types.IntType, true), col("b", types.IntType, true),
			col("tags", types.ListOf(types.StringType), true), col("place", types.StructOf(types.Field{Name: "city", Type: types.StringOf(40)}, types.Field{Name: "at", Type: types.TimestampType},
				types.Field{Name: "Tags", Type: types.ListOf(types.IntType)}), true, "pii"), col("doc", types.JSONType, true), col("First Name", types.StringType, true),
			col("Region", types.StringType, true), col("REGION", types.StringType, true), col("blob", types.BytesType, true),
		},
		Constants: map[string]cty.Value{
			"var": cty.ObjectVal(map[string]cty.Value{"target": cty.StringVal("prod"), "secret": cty.StringVal("x").Mark("sensitive")}),
			"local": cty.ObjectVal(map[string]cty.Value{"utm": cty.StringVal("leat"), "regions": cty.TupleVal([]cty.Value{cty.StringVal("eu"), cty.StringVal("us")}), "rate": cty.MustParseNumberVal("1.10"), "list": cty.TupleVal([]cty.Value{cty.StringVal("a")}),
				"lost": cty.DynamicVal}),
			"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal("eu"), "value": cty.StringVal("EU")}),
		},
	}
}

func compile(t *testing.T, text string, change ...func(*expr.Scope)) (*expr.Node, diag.Diagnostics) {
	t.Helper()
	e, ds := hclsyntax.ParseExpression([]byte(text), "a.leat.hcl", hcl.InitialPos)
	if ds.HasErrors() {
		t.Fatalf("%s: %v", text, ds)
	}
	s := testScope()
	for _, f := range change {
		f(s)
	}
	return expr.Compile(e, s)
}

func TestTypes(t *testing.T) {
	tests := []struct {
		text, typ string
		nullable  bool
	}{
		{`row.customer_id`, "int", false},
		{`row.CUSTOMER_ID`, "int", false},
		{`row["First Name"]`, "string", true},
		{`1.10`, "decimal(2,1)", false},
		{`local.rate`, "decimal(2,1)", false},
		{`0.05`, "decimal(3,2)", false},
		{`-9223372036854775808`, "int", false},
		{`9223372036854775808`, "decimal(19,0)", false},
		{`12345678901234567890.123456789012345678`, "decimal(38,18)", false},
		{`1e300`, "float", false},
		{`"a"`, `enum("a")`, false},
		{`"id ${row.customer_id}"`, "string(23)", false},
		{`"${row.first_name}!"`, "string", true},
		{`row.customer_id / 2`, "float", false},
		{`row.customer_id / row.customer_id`, "float", true},
		{`row.customer_id % 2`, "int", false},
		{`row.value + 1`, "decimal(24,4)", true},
		{`row.value * 1.5`, "decimal(20,5)", true},
		{`row.value * row.score`, "float", true},
		{`round(row.score, 2)`, "decimal(18,2)", true},
		{`round(row.value, 2)`, "decimal(17,2)", true},
		{`round(row.value)`, "decimal(15,0)", true},
		{`row.number_of_orders >= 3 ? "loyal" : "new"`, `enum("loyal", "new")`, false},
		{`row.number_of_orders == null`, "bool", false},
		{`row.number_of_orders > 1`, "bool", true},
		{`row.first_name != null ? row.first_name : "x"`, "string", false},
		{`row.first_name == null ? "x" : row.first_name`, "string", false},
		{`row.first_name != null && row.email != null ? lower("${row.first_name}${row.email}") : ""`, "string", false},
		{`row.first_name == null || row.email == null ? "" : concat(row.first_name, row.email)`, "string", false},
		{`!(row.first_name == null) ? row.first_name : ""`, "string", false},
		{`coalesce(row.first_name, "x")`, "string", false},
		{`coalesce(row.first_name, row.email)`, "string", true},
		{`nullif(row.customer_id, 0)`, "int", true},
		{`lower(row.email)`, "string(254)", true},
		{`row.mystery + 1`, "float", true},
		{`row.mystery`, "unknown", true},
		{`lower(row.mystery)`, "string", true},
		{`row.born < row.seen`, "bool", true},
		{`try_int(row.first_name)`, "int", true},
		{`date_trunc("month", row.born)`, "date", true},
		{`null`, "null", true},
		{`var.target == "prod" ? 1 : 2.5`, "decimal(20,1)", false},
	}
	for _, tc := range tests {
		n, ds := compile(t, tc.text)
		if len(ds) > 0 || n.Type().String() != tc.typ || n.Info().Nullable != tc.nullable {
			t.Errorf("%s: %s nullable %v, want %s %v; %v", tc.text, n.Type(), n.Info().Nullable, tc.typ, tc.nullable, ds)
		}
	}
}

func TestLabels(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`row.customer_id`, nil},
		{`lower(row.email)`, []string{"email", "pii"}},
		{`"${row.customer_id}/${row.first_name}"`, []string{"pii"}},
		{`row.place.city`, []string{"pii"}},
		{`contains(["x"], row.place.city) ? row.n : 0`, []string{"pii"}},
		{`sha256(row.email)`, []string{"email:hashed", "pii:hashed"}},
		{`sha256(sha256(row.first_name))`, []string{"pii:hashed"}},
		{`concat(sha256(row.first_name), row.first_name)`, []string{"pii", "pii:hashed"}},
		{`row.first_name == "x" ? 1 : 0`, []string{"pii"}},
		{`length(row.first_name) + row.n`, []string{"pii"}},
	}
	for _, tc := range tests {
		n, ds := compile(t, tc.text)
		if len(ds) > 0 || !slices.Equal(n.Info().Labels, tc.want) {
			t.Errorf("%s: %v, want %v; %v", tc.text, n.Info().Labels, tc.want, ds)
		}
	}
}

func TestNarrow(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`row.n > 0`, []string{"n"}},
		{`row.n != null`, []string{"n"}},
		{`row.n == null`, nil},
		{`row.n > 0 && row.email != null`, []string{"email", "n"}},
		{`row.n > 0 || row.email != null`, nil},
		{`row.n > 0 || row.n < row.b`, []string{"n"}},
		{`!(row.n == null || row.b == null)`, []string{"b", "n"}},
		{`!(row.n > 3)`, []string{"n"}},
		{`lower(trim(row.email)) == "x"`, []string{"email"}},
		{`coalesce(row.n, 0) > 0`, []string{"n"}},
		{`coalesce(row.n, 1) > 0`, nil},
		{`row.active`, []string{"active"}},
	}
	for _, tc := range tests {
		n, ds := compile(t, tc.text)
		if got := expr.Narrow(n).NotNull(); len(ds) > 0 || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v; %v", tc.text, got, tc.want, ds)
		}
	}
	filter, _ := compile(t, `row.email != null`)
	n, _ := compile(t, `row.email`, func(s *expr.Scope) { s.Facts = expr.Narrow(filter) })
	if n.Info().Nullable {
		t.Error("a column proven by the filter is nullable")
	}
}

func TestColumnsAndHash(t *testing.T) {
	n, _ := compile(t, `"${row.N} ${row.email} ${row.n}"`)
	if got := expr.Columns(n, nil); !slices.Equal(got, []string{"email", "n"}) {
		t.Errorf("columns %v", got)
	}
	if name, ok := expr.BareColumn(n); ok {
		t.Errorf("bare column %q", name)
	}
	bare, _ := compile(t, `(row.EMAIL)`)
	if name, ok := expr.BareColumn(bare); !ok || name != "email" {
		t.Errorf("bare column %q, %v", name, ok)
	}
	same := [][2]string{{`row.n+1`, `( row.N ) + 1`}, {`lower("a")`, "lower( \"a\" )"}}
	for _, p := range same {
		a, _ := compile(t, p[0])
		b, _ := compile(t, p[1])
		if expr.Hash(a) != expr.Hash(b) {
			t.Errorf("%s and %s differ", p[0], p[1])
		}
	}
	seen := map[string]string{}
	for _, text := range []string{`row.n`, `row.b`, `row.n + 1`, `row.n - 1`, `row.n + 2`, `"1"`, `1`, `1.0 + row.n`, `lower(row.email)`, `upper(row.email)`, `null`} {
		n, _ := compile(t, text)
		if other := seen[expr.Hash(n)]; other != "" {
			t.Errorf("%s and %s have one hash", text, other)
		}
		seen[expr.Hash(n)] = text
	}
}

// problems are expressions with what is wrong in them; testdata/problems.txt
// holds the diagnostics.
var problems = []string{
	`row.frist_name`, `row.customer`, `lower(row.valeu)`, `row.region`, `row.n-1`, `row.n-b`, `row.n-row.b`, `row.number_of_orders-1 > 2`,
	`lowr(row.email)`, `substring(row.email, 1, 2)`, `lower()`, `lower(row.email, 1)`, `substr(row.email)`, `lower(row.n)`, `lower(row.born)`, `round(row.email, 2)`, `round(row.value, row.n)`, `round(row.value, 99)`,
	`date_trunc("fortnight", row.born)`, `date_trunc("hour", row.born)`, `timestamptz(row.seen)`, `timestamp(row.at)`, `timestamptz(row.seen, "Europe/Berlin")`, `decimal(row.first_name, 5, 5)`,
	`"order " + row.n`, `row.first_name + row.email`, `row.n + "1"`, `row.email - 1`, `row.born + 1`, `-row.email`, `row.n + null`, `row.active + 1`, `row.value % 2`,
	`row.born > "2024-01-01"`, `row.n == "1"`, `row.seen < row.at`, `row.active < true`, `row.tags == row.tags`, `row.n > null`, `row.tier == "Gold"`, `row.tier != "bronze"`, `"prod" == "dev"`,
	`row.n ? 1 : 2`, `row.first_name ? 1 : 2`, `row.active ? 1 : "a"`, `coalesce(row.n, "x")`, `!row.n`, `row.n && true`, `"${row.tags}"`, `"${null}a"`,
	`[for x in row.tags : x]`, `row.tags[*]`, `["a", "b"]`, `{ a = 1 }`, `row.tags["x"]`, `row.tags[-1]`, `row.tags[1.5]`, `row.tags[row.n]`, `row.place[0]`, `row.place.cty`, `row.place.city.x`, `row.first_name.x`, `row.n[0]`, `(row.place).at.hour`, `contains([], row.n)`, `contains(["a"], row.n)`, `row[row.email]`, `row`, `row[0]`, `row.doc.a > row.doc.b + "x"`, `max(row.tags...)`,
	`first_name`, `foo`, `consent.marketing`, `var.nope`, `local.utn`, `local.list`, `local.lost.more`, `each.valu`, `var.secret`, `env("HOME")`, `lower(env("HOME"))`, `hmac_sha256(row.email, "pepper")`, `hmac_sha256(row.email, row.first_name)`, `hmac_sha256(row.email, env(row.email))`, `hmac_sha256(row.email, env("A", "B"))`, `hmac_sha256(env("A"), env("B"))`, `hmac_sha256(row.email)`, `lookup(activation.companies, row.n)`,
	`row.wider * row.wide`, `row.wider + 1`,
	`lower(row.nope) == foo ? upper(row.n) : bar(row.also)`, strings.Repeat("!(", 250) + "row.active" + strings.Repeat(")", 250),
}

// lookups are written where lookup() may stand, of an activation whose id is an
// int and a text. The first ones are right.
var lookups = []string{
	`lookup(activation.firms, row.n, row.email)`, `(lookup(activation.firms["eu"], row.n > 1 ? row.n : null, "x"))`, `lookup(activation.firms[each.key], 1, null)`,
	`coalesce(lookup(activation.firms, row.n, row.email), "x")`, `lookup(activation.firms, lookup(activation.firms, 1, ""), "")`, `lookup(activation.firms)`, `lookup()`, `lookup("firms", row.n, row.email)`,
	`lookup(activation, 1, "")`, `lookup(activation.firms.x, 1, "")`, `lookup(activation.firms[row.region], 1, "")`, `lookup(activation.firms[""], 1, "")`, `lookup(activation.firms, row.n)`, `lookup(activation.firms, row.first_name, row.n)`,
	`lookup(activation.firms, row.nope, row.also)`, `lookup(row.firms, 1, "")`,
}

func TestProblems(t *testing.T) {
	var b strings.Builder
	seen := map[diag.Code]bool{}
	show := func(text string, ds diag.Diagnostics) {
		if len(text) > 100 {
			text = text[:97] + "..."
		}
		fmt.Fprintf(&b, "%s\n", text)
		for _, d := range ds {
			seen[d.Code] = true
			fmt.Fprintf(&b, "  %d-%d %s %s: %s\n    %s\n", d.Range.Start.Column, d.Range.End.Column, d.Severity, d.Code, d.Summary, d.Detail)
			for _, f := range d.Fixes {
				for _, e := range f.Edits {
					fmt.Fprintf(&b, "    fix: %s: %d-%d %q\n", f.Title, e.Range.Start.Column, e.Range.End.Column, e.NewText)
				}
			}
		}
	}
	for _, text := range problems {
		n, ds := compile(t, text)
		if len(ds) == 0 && text != "local.lost.more" && text != `"prod" == "dev"` {
			t.Errorf("%s: no diagnostic", text)
		}
		if ds.HasErrors() != n.IsBad() && text != "local.lost.more" {
			t.Errorf("%s: bad %v, diagnostics %v", text, n.IsBad(), ds)
		}
		show(text, ds)
		if len(ds) > 0 && ds[0].Code == diag.ExpressionTooDeep {
			diagtest.Example(t, diag.ExpressionTooDeep, ds)
		}
	}
	for _, clock := range []expr.Clock{expr.ClockForbidden, expr.ClockWarns} {
		_, ds := compile(t, `today()`, func(s *expr.Scope) { s.Clock = clock })
		show("today()", ds)
	}
	_, ds := compile(t, `row.n == each.key`, func(s *expr.Scope) { s.Roots = []string{"local", "var"} })
	show("row.n == each.key, where only local and var exist", ds)
	_, ds = compile(t, `row.emial`, func(s *expr.Scope) { s.Complete = false })
	show("row.emial, where other columns may exist", ds)
	for _, text := range lookups {
		_, ds = compile(t, text, func(s *expr.Scope) {
			s.Lookup = func(addr.Activation, diag.Range) ([]types.Type, bool) {
				return []types.Type{types.IntType, types.StringType}, true
			}
		})
		show(text, ds)
	}
	golden(t, "problems.txt", b.String())
	for _, info := range diag.All() {
		if strings.HasPrefix(string(info.Code), "LEAT02") && !seen[info.Code] {
			t.Errorf("%s (%s) has no case here", info.Code, info.Summary)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with UPDATE=1 to rewrite\n%s", path, got)
	}
}

func FuzzCompile(f *testing.F) {
	for _, text := range append(problems, `row.n + 1`, `"${row.n}%{if true}a%{endif}"`, `coalesce(row.a, null)`, `1e999999`, `-1e-400`) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, ds := hclsyntax.ParseExpression([]byte(text), "a.leat.hcl", hcl.InitialPos)
		if e == nil {
			return
		}
		n, out := expr.Compile(e, testScope())
		if n == nil {
			t.Fatal("no node")
		}
		if n.IsBad() && !out.HasErrors() && !ds.HasErrors() && !strings.Contains(text, "local") {
			t.Fatalf("%q is bad without a diagnostic", text)
		}
		if !n.IsBad() {
			_ = expr.Hash(n)
			_ = expr.Narrow(n)
		}
	})
}
