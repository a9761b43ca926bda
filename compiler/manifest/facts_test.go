package manifest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
)

func test(id, generic, namespace, column, kwargs, config string) string {
	return fmt.Sprintf(`"test.shop.%s": {"resource_type": "test", "package_name": "shop", "name": %q, "column_name": %q, "attached_node": "model.shop.m",
	  "test_metadata": {"name": %q, "namespace": %q, "kwargs": {%s}}, "config": {%s}, "original_file_path": "models/m.yml",
	  "depends_on": {"nodes": ["model.shop.parent", "model.shop.m"]}}`, id, id, column, generic, namespace, kwargs, config)
}

func factsManifest(contract bool) string {
	tests := strings.Join([]string{
		test("u", "unique", "", "id", "", ""),
		test("n", "not_null", "", "ID", "", `"severity": "ERROR"`),
		test("warn", "not_null", "", "email", "", `"severity": "warn"`),
		test("where", "unique", "", "email", "", `"where": "email is not null"`),
		test("limit", "unique", "", "email", "", `"error_if": ">10"`),
		test("off", "unique", "", "status", "", `"enabled": false`),
		test("enum", "accepted_values", "", "status", `"values": ["new", 2, true, null], "quote": false`, ""),
		test("rel", "relationships", "", "parent_id", `"to": "ref('parent')", "field": "id"`, ""),
		test("combo", "unique_combination_of_columns", "dbt_utils", "", `"combination_of_columns": ["status", "email"]`, ""),
		test("pk", "primary_key", "dbt_constraints", "", `"column_names": ["a", "b"]`, ""),
		test("expr", "unique", "", "", `"column_name": "lower(email)"`, ""),
		test("other", "is_pretty", "", "id", "", ""),
	}, ",\n")
	return fmt.Sprintf(`{"metadata": {"dbt_schema_version": "x/manifest/v12.json", "generated_at": "2026-01-02T00:00:00Z", "project_name": "shop", "adapter_type": "duckdb"},
	"nodes": {"model.shop.m": {"resource_type": "model", "package_name": "shop", "name": "m", "patch_path": "shop://models/m.yml", "config": {"materialized": "table"}, "contract": {"enforced": %t},
	  "constraints": [{"type": "primary_key", "columns": ["id"]}, {"type": "check", "expression": "x"}],
	  "columns": {"id": {"name": "id", "data_type": "integer", "constraints": [{"type": "not_null"}]}, "status": {"name": "status", "tags": ["a"], "meta": {"k": 1, "j": 1}, "config": {"tags": ["b", "a"], "meta": {"k": 2}}},
	    "email": {"name": "email", "data_type": "string"}}},
	  "model.shop.parent": {"resource_type": "model", "package_name": "shop", "name": "parent"},
	%s}}`, contract, tests)
}

const factsCatalog = `{"metadata": {"dbt_schema_version": "x/catalog/v1.json", "generated_at": "2026-01-09T00:00:00Z"}, "nodes": {"model.shop.m": {"metadata": {"type": "BASE TABLE"},
  "columns": {"STATUS": {"type": "VARCHAR", "index": 2, "name": "STATUS"}, "ID": {"type": "BIGINT", "index": 1, "name": "ID"}, "PARENT_ID": {"type": "INTEGER", "index": "3", "name": "PARENT_ID"}}}}, "errors": null}`

func TestFacts(t *testing.T) {
	cat, diags := manifest.ReadCatalog(strings.NewReader(factsCatalog), "target/catalog.json")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	run, diags := manifest.ReadRunResults(strings.NewReader(`{"metadata": {"dbt_schema_version": "x/run-results/v6.json", "generated_at": "2026-01-03T00:00:00Z"},
	  "args": {"which": "build"}, "results": [{"unique_id": "test.shop.u", "status": "pass"}, {"unique_id": "test.shop.n", "status": "warn"},
	  {"unique_id": "test.shop.where", "status": "pass"}, {"unique_id": "test.shop.combo", "status": "skipped"}]}`), "run_results.json")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var b strings.Builder
	for _, c := range []struct {
		title    string
		contract bool
		cat      *manifest.Catalog
		verdicts manifest.Verdicts
	}{
		{"manifest alone", false, nil, nil},
		{"with catalog and run results", false, cat, manifest.LastVerdicts(run)},
		{"contract and catalog", true, cat, nil},
	} {
		m := parse(t, factsManifest(c.contract), manifest.Options{})
		f := m.Facts(relation(t, m, "model.shop.m"), c.cat, c.verdicts)
		fmt.Fprintf(&b, "# %s, complete=%t\n", c.title, f.Complete)
		for _, col := range f.Columns {
			fmt.Fprintf(&b, "%s %v\n", col.Name, col.Types)
			if col.Documented != nil && (col.Documented.Tags != nil || col.Documented.Meta != nil) {
				fmt.Fprintf(&b, "  tags %v meta %v\n", col.Documented.Tags, col.Documented.Meta)
			}
			proofs(&b, "not null", col.NotNull)
			for _, e := range col.Enums {
				fmt.Fprintf(&b, "  one of %q quoted=%t\n", e.Values, e.Quoted)
			}
			for _, r := range col.Refers {
				fmt.Fprintf(&b, "  refers to %s.%s\n", r.To, r.Column)
			}
		}
		for _, k := range f.Keys {
			g, ok := manifest.BestGrade(k.Proofs)
			fmt.Fprintf(&b, "key %v: %q %t\n", k.Columns, g, ok)
			proofs(&b, "unique", k.Proofs)
		}
	}
	golden(t, "testdata/facts.golden", b.String())
}

func proofs(b *strings.Builder, what string, ps []manifest.Proof) {
	for _, p := range ps {
		fmt.Fprintf(b, "  %s: %s by %s partial=%q in %s\n", what, p.Grade, p.By, p.Partial, p.File)
	}
}

func TestColumnLookup(t *testing.T) {
	const head = `{"metadata": {"dbt_schema_version": "x/manifest/v12.json"}, "nodes": {"model.p.m": {"resource_type": "model", "package_name": "p", "name": "m", "patch_path": "p://m.yml", "columns": {`
	m := parse(t, head+`"Id": {}, "ID": {}, "email": {}, "first_name": {}}}}}`, manifest.Options{})
	f := m.Facts(relation(t, m, "model.p.m"), nil, nil)
	for _, c := range []struct {
		name, found string
		folded      bool
		code        diag.Code
		detail      string
	}{
		{"Id", "Id", false, "", ""},
		{"ID", "ID", false, "", ""},
		{"EMAIL", "email", true, "", ""},
		{"id", "", false, diag.ColumnAmbiguous, `"Id", "ID"`},
		{"fist_name", "", false, diag.ColumnUnknown, `Did you mean "first_name"?`},
		{"zzzzz", "", false, diag.ColumnUnknown, "Its columns: Id, ID, email, first_name."},
	} {
		got := f.Column(c.name)
		if c.code == "" {
			if got.Found == nil || got.Found.Name != c.found || got.CaseFolded != c.folded {
				t.Errorf("%s: %+v", c.name, got)
			}
			continue
		}
		d := got.Diagnostic(diag.Range{})
		if got.Found != nil || d.Code != c.code || !strings.Contains(d.Detail, c.detail) || len(d.Related) != 1 || d.Related[0].Range.Filename != "m.yml" {
			t.Errorf("%s: %+v", c.name, d)
		}
		if c.code == diag.ColumnAmbiguous {
			diagtest.Example(t, c.code, diag.Diagnostics{d})
		}
	}
}

// The catalog of Snowflake writes names in capitals, the manifest does not.
func TestFactsOfCorpus(t *testing.T) {
	m, cat := load(t, bouncer2), loadCatalog(t, bouncer2)
	v := manifest.LastVerdicts(loadRun(t, bouncer2))
	f := m.Facts(relation(t, m, "model.dbt_bouncer_test_project.orders"), cat, v)
	id := f.Column("order_id_pk").Found
	if id == nil {
		t.Fatal(f.Names())
	}
	if typ, _ := id.Type(); typ != (manifest.TypeFact{DataType: "integer", From: manifest.FromContract}) {
		t.Error(typ)
	}
	if g, ok := manifest.BestGrade(id.NotNull); !ok || g != manifest.Passed {
		t.Error(g, ok)
	}
	if i := slices.IndexFunc(f.Keys, func(k manifest.KeyFact) bool { return slices.Equal(k.Columns, []string{"order_id_pk"}) }); i < 0 || len(f.Keys[i].Proofs) < 2 {
		t.Error(f.Keys)
	}
	status := f.Column("status").Found
	if len(status.Enums) != 1 || len(status.Enums[0].Values) != 5 {
		t.Error(status.Enums)
	}

	// docs generate lists the same tests as a success: that proves nothing.
	m1 := load(t, bouncer1)
	f1 := m1.Facts(relation(t, m1, "model.dbt_bouncer_test_project.orders"), nil, manifest.LastVerdicts(loadRun(t, bouncer1)))
	if g, ok := manifest.BestGrade(f1.Column("order_id_pk").Found.NotNull); !ok || g != manifest.Declared {
		t.Error(g, ok)
	}
}

func TestLastVerdicts(t *testing.T) {
	run := func(name, at, which, status string) *manifest.RunResults {
		r, diags := manifest.ReadRunResults(strings.NewReader(fmt.Sprintf(`{"metadata": {"dbt_schema_version": "x/run-results/v6.json", "generated_at": %q}, "args": {"which": %q},
		"results": [{"unique_id": "test.p.t", "status": %q}, {"unique_id": "model.p.m", "status": "success", "timing": [{"name": "execute", "completed_at": "2026-01-01T10:00:00Z"}]}]}`, at, which, status)), name)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		return r
	}
	early, late := run("early", "2026-01-01T00:00:00Z", "build", "pass"), run("late", "2026-01-02T00:00:00Z", "test", "fail")
	docs, skipped := run("docs", "2026-01-03T00:00:00Z", "generate", "success"), run("skipped", "2026-01-04T00:00:00Z", "build", "skipped")
	for _, c := range []struct {
		runs []*manifest.RunResults
		want string
	}{
		{[]*manifest.RunResults{early, nil}, "pass early"},
		{[]*manifest.RunResults{late, early}, "fail late"},
		{[]*manifest.RunResults{docs, early, skipped}, "pass early"},
		{[]*manifest.RunResults{docs}, " "},
	} {
		v := manifest.LastVerdicts(c.runs...)["test.p.t"]
		if got := v.Status + " " + v.File; got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	if at := manifest.LastVerdicts(early)["model.p.m"].At; !at.Equal(time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)) {
		t.Error(at)
	}
}

func TestCatalogAge(t *testing.T) {
	m := parse(t, factsManifest(false), manifest.Options{})
	cat, _ := manifest.ReadCatalog(strings.NewReader(factsCatalog), "target/catalog.json")
	if d := cat.CheckAge(m, 24*time.Hour); len(d) != 1 || d[0].Code != diag.CatalogStale {
		t.Error(d)
	}
	if d := cat.CheckAge(m, 240*time.Hour); d != nil {
		t.Error(d)
	}
}
