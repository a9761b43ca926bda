package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/manifest"
)

// proofOf is one fact of a small model whose every proof is known.
func proofOf(t *testing.T, adapter, materialized string, contract bool, nodes, run string) *manifest.Facts {
	t.Helper()
	m := parse(t, fmt.Sprintf(`{"metadata": {"dbt_schema_version": "x/manifest/v12.json", "project_name": "shop", "adapter_type": %q},
	"nodes": {"model.shop.m": {"resource_type": "model", "package_name": "shop", "name": "m", "contract": {"enforced": %t}, "config": {"materialized": %q},
	  "depends_on": {"nodes": ["model.shop.parent"]},
	  "constraints": [{"type": "primary_key", "columns": ["a", "b"]}, {"type": "foreign_key", "columns": ["a"], "to": "\"d\".\"s\".\"parent\"", "to_columns": ["id"]},
	    {"type": "foreign_key", "columns": ["b"], "to": "ref('parent')", "to_columns": ["id"]}],
	  "columns": {"a": {"data_type": "integer"}, "b": {"constraints": [{"type": "not_null"}, {"type": "unique"}]}}},
	"model.shop.parent": {"resource_type": "model", "package_name": "shop", "name": "parent", "relation_name": "\"d\".\"s\".\"parent\""}%s}}`,
		adapter, contract, materialized, nodes), manifest.Options{})
	var v manifest.Verdicts
	if run != "" {
		r, diags := manifest.ReadRunResults(strings.NewReader(run), "run_results.json")
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		v = manifest.LastVerdicts(r)
	}
	return m.Facts(relation(t, m, "model.shop.m"), nil, v)
}

func gradeOf(proofs []manifest.Proof) string {
	g, ok := manifest.BestGrade(proofs)
	if !ok {
		return "unproven"
	}
	return string(g)
}

func keyOf(f *manifest.Facts, columns string) []manifest.Proof {
	for _, k := range f.Keys {
		if strings.Join(k.Columns, "+") == columns {
			return k.Proofs
		}
	}
	return nil
}

// A constraint proves something only where the warehouse keeps it.
func TestConstraintEnforcement(t *testing.T) {
	for _, c := range []struct {
		adapter, materialized string
		contract              bool
		key, notNull          string // of the primary key; of b's not_null
	}{
		{"postgres", "table", true, "declared", "declared"},
		{"postgres", "incremental", true, "declared", "declared"},
		{"postgres", "view", true, "unproven", "unproven"},
		{"postgres", "table", false, "unproven", "unproven"},
		{"duckdb", "table", true, "declared", "declared"},
		{"sqlserver", "table", true, "declared", "declared"},
		{"snowflake", "table", true, "unproven", "declared"},
		{"bigquery", "table", true, "unproven", "declared"},
		{"redshift", "table", true, "unproven", "declared"},
		{"databricks", "table", true, "unproven", "declared"},
		{"trino", "table", true, "unproven", "declared"},
		{"spark", "table", true, "unproven", "unproven"},
		{"clickhouse", "table", true, "unproven", "unproven"},
		{"unheard_of", "table", true, "unproven", "unproven"},
	} {
		f := proofOf(t, c.adapter, c.materialized, c.contract, "", "")
		key, notNull := gradeOf(keyOf(f, "a+b")), gradeOf(f.Column("b").Found.NotNull)
		if key != c.key || notNull != c.notNull {
			t.Errorf("%s %s contract=%t: key %s, not null %s", c.adapter, c.materialized, c.contract, key, notNull)
		}
		for _, col := range []string{"a", "b"} {
			if r := f.Column(col).Found.Refers; len(r) != 1 || r[0].To != "model.shop.parent" || r[0].Column != "id" {
				t.Errorf("%s: %s refers to %v", c.adapter, col, r)
			}
		}
	}
}

// What each generic test proves, and what takes a proof away.
func TestProofs(t *testing.T) {
	run := func(which, status, modelAt string) string {
		return fmt.Sprintf(`{"metadata": {"dbt_schema_version": "x/run-results/v6.json", "generated_at": "2026-01-03T00:00:00Z"}, "args": {"which": %q},
		"results": [{"unique_id": "test.shop.t", "status": %q, "timing": [{"name": "execute", "completed_at": "2026-01-03T10:00:00Z"}]},
		{"unique_id": "model.shop.m", "status": "success", "timing": [{"name": "execute", "completed_at": %q}]}]}`, which, status, modelAt)
	}
	const before, after = "2026-01-03T09:00:00Z", "2026-01-03T11:00:00Z"
	for _, c := range []struct {
		name, generic, namespace, column, kwargs, config, run string
		key, want                                             string
	}{
		{"unique", "unique", "", "c", "", "", "", "c", "declared"},
		{"unique passed", "unique", "", "c", "", "", run("build", "pass", before), "c", "passed"},
		{"unique of docs generate", "unique", "", "c", "", "", run("generate", "success", before), "c", "declared"},
		{"pass of docs generate", "unique", "", "c", "", "", run("generate", "pass", before), "c", "declared"},
		{"success is no pass", "unique", "", "c", "", "", run("build", "success", before), "c", "declared"},
		{"failed", "unique", "", "c", "", "", run("test", "fail", before), "c", "unproven"},
		{"could not run", "unique", "", "c", "", "", run("test", "error", before), "c", "declared"},
		{"built again since", "unique", "", "c", "", "", run("build", "pass", after), "c", "declared"},
		{"warns only", "unique", "", "c", "", `"severity": "warn"`, run("build", "pass", before), "c", "unproven"},
		{"where", "unique", "", "c", "", `"where": "c > 0"`, run("build", "pass", before), "c", "unproven"},
		{"threshold", "unique", "", "c", "", `"error_if": "> 10"`, run("build", "pass", before), "c", "unproven"},
		{"default threshold, spelt out", "unique", "", "c", "", `"error_if": "!= 0", "warn_if": "> 10"`, "", "c", "declared"},
		{"own fail_calc", "unique", "", "c", "", `"fail_calc": "max(n) - 10"`, "", "c", "unproven"},
		{"default fail_calc", "unique", "", "c", "", `"fail_calc": "count(*)"`, "", "c", "declared"},
		{"disabled", "unique", "", "c", "", `"enabled": false`, "", "c", "unproven"},
		{"combination", "unique_combination_of_columns", "dbt_utils", "", `"combination_of_columns": ["d", "c"]`, "", run("test", "pass", before), "c+d", "passed"},
		{"combination is no single key", "unique_combination_of_columns", "dbt_utils", "", `"combination_of_columns": ["d", "c"]`, "", "", "c", "unproven"},
		{"compound", "expect_compound_columns_to_be_unique", "dbt_expectations", "", `"column_list": ["c", "d"]`, "", "", "c+d", "declared"},
		{"expect unique", "expect_column_values_to_be_unique", "dbt_expectations", "c", "", "", "", "c", "declared"},
		{"row_condition", "expect_column_values_to_be_unique", "dbt_expectations", "c", `"row_condition": "c > 0"`, "", "", "c", "unproven"},
		{"dbt_constraints key", "unique_key", "dbt_constraints", "", `"column_names": ["c", "d"]`, "", "", "c+d", "declared"},
		{"dbt_constraints primary key", "primary_key", "dbt_constraints", "c", "", "", "", "c", "declared"},
		{"somebody's own unique", "unique", "acme", "c", "", "", "", "c", "unproven"},
	} {
		node := test("t", c.generic, c.namespace, c.column, c.kwargs, c.config)
		f := proofOf(t, "duckdb", "table", false, ", "+node, c.run)
		if got := gradeOf(keyOf(f, c.key)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for _, c := range []struct{ name, generic, namespace, kwargs, want string }{
		{"not_null", "not_null", "", "", "declared"},
		{"expect not null", "expect_column_values_to_not_be_null", "dbt_expectations", "", "declared"},
		{"some rows", "expect_column_values_to_not_be_null", "dbt_expectations", `"row_condition": "x"`, "unproven"},
		{"primary key", "primary_key", "dbt_constraints", "", "declared"},
		{"unique_key allows nulls", "unique_key", "dbt_constraints", "", "unproven"},
	} {
		f := proofOf(t, "duckdb", "table", false, ", "+test("t", c.generic, c.namespace, "c", c.kwargs, ""), "")
		if got := gradeOf(f.Column("c").Found.NotNull); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Values of an enum come from three tests.
func TestAllowedValues(t *testing.T) {
	for _, c := range []struct{ generic, namespace, kwargs, want string }{
		{"accepted_values", "", `"values": ["a", "b"]`, `["a" "b"] true`},
		{"accepted_values", "", `"values": [1, 2], "quote": false`, `["1" "2"] false`},
		{"expect_column_values_to_be_in_set", "dbt_expectations", `"value_set": ["a", "b"]`, `["a" "b"] true`},
		{"expect_column_values_to_be_in_set", "dbt_expectations", `"value_set": [1, 2], "quote_values": false`, `["1" "2"] false`},
		{"expect_column_distinct_values_to_be_in_set", "dbt_expectations", `"value_set": ["a"], "quote_values": true`, `["a"] true`},
	} {
		f := proofOf(t, "duckdb", "table", false, ", "+test("t", c.generic, c.namespace, "c", c.kwargs, ""), "")
		e := f.Column("c").Found.Enums
		if len(e) != 1 || fmt.Sprintf("%q %t", e[0].Values, e[0].Quoted) != c.want {
			t.Errorf("%s %s: %v", c.generic, c.kwargs, e)
		}
	}
}

// Foreign keys of dbt_constraints name the child's column in their own way.
func TestForeignKeyTest(t *testing.T) {
	for _, kwargs := range []string{
		`"fk_column_name": "c", "pk_table_name": "ref('parent')", "pk_column_name": "id"`,
		`"fk_column_names": ["c"], "pk_table_name": "ref('parent')", "pk_column_names": ["id"]`,
	} {
		f := proofOf(t, "duckdb", "table", false, ", "+test("t", "foreign_key", "dbt_constraints", "", kwargs, ""), "")
		if c := f.Column("c").Found; c == nil || len(c.Refers) != 1 || c.Refers[0].To != "model.shop.parent" || c.Refers[0].Column != "id" {
			t.Errorf("%s: %+v", kwargs, c)
		}
	}
}

// The contracts of a real Snowflake project: not_null is kept, keys are not,
// and its foreign keys name relations.
func TestSnowflakeContracts(t *testing.T) {
	m := load(t, "dbterd/v12-snowflake-1.11.7-contracts")
	f := m.Facts(relation(t, m, "model.jaffle_shop.fct_customer_segment_orders"), nil, nil)
	if got := gradeOf(keyOf(f, "order_id")); got != "unproven" {
		t.Error("an unenforced primary key is", got)
	}
	if p := keyOf(f, "order_id"); len(p) != 1 || p[0].Partial != manifest.PartialUnenforced {
		t.Error(p)
	}
	if got := gradeOf(f.Column("order_id").Found.NotNull); got != "declared" {
		t.Error("not null is", got)
	}
	if r := f.Column("segment_code").Found.Refers; len(r) != 1 || r[0].To != "model.jaffle_shop.dim_customer_segment" || r[0].Column != "segment_code" {
		t.Error(r)
	}
}

// Both engines of dbt state the same facts of the same project.
func TestEnginesProveAlike(t *testing.T) {
	one, two := load(t, bouncer1), load(t, bouncer2)
	render := func(m *manifest.Manifest, id string) string {
		var b strings.Builder
		f := m.Facts(relation(t, m, id), nil, nil)
		for _, c := range f.Columns {
			fmt.Fprintf(&b, "%s not null %s", c.Name, gradeOf(c.NotNull))
			for _, e := range c.Enums {
				fmt.Fprintf(&b, " %q %s", e.Values, e.Proof.Partial)
			}
			for _, r := range c.Refers {
				fmt.Fprintf(&b, " -> %s.%s", r.To, r.Column)
			}
			b.WriteByte('\n')
		}
		for _, k := range f.Keys {
			fmt.Fprintf(&b, "key %v %s\n", k.Columns, gradeOf(k.Proofs))
		}
		return b.String()
	}
	n := 0
	for _, r := range one.Models {
		if _, both := two.Relation(r.UniqueID); !both {
			continue
		}
		n++
		if a, b := render(one, r.UniqueID), render(two, r.UniqueID); a != b {
			t.Errorf("%s\nPython:\n%sRust:\n%s", r.UniqueID, a, b)
		}
	}
	if n < 40 {
		t.Errorf("only %d models are in both", n)
	}
}

// Of the whole tests of uniqueness and null in real projects, those passed
// that real run results say passed, and none by a command that runs no tests.
// The counts were taken from the files by other means than this reader.
func TestRealVerdicts(t *testing.T) {
	for _, c := range []struct {
		set, command  string
		tests, passed int
	}{
		{"connectors/v10-snowflake-1.6.0-semantic", "test", 16, 16},
		{"connectors/v6-snowflake-1.2.6", "", 41, 0},
		{"connectors/v8-snowflake", "", 41, 0},
		{bouncer1, "generate", 56, 0}, // lists 42 tests as a success
		{bouncer2, "build", 54, 31},   // and 2 of models the manifest lacks
		{"dbt-artifacts-parser/v11-bigquery-1.7.0", "build", 16, 16},
		{"dbt-artifacts-parser/v12-duckdb-1.12.0", "generate", 19, 0}, // lists 27
		{"dbt-artifacts-parser/v4-bigquery-1.0.0", "build", 14, 14},   // likewise
	} {
		m, run := load(t, c.set), loadRun(t, c.set)
		got := c
		got.command, got.tests, got.passed = run.Command, 0, 0
		v := manifest.LastVerdicts(run)
		seen := map[string]bool{}
		count := func(proofs []manifest.Proof) {
			for _, p := range proofs {
				if p.Test == nil || p.Partial != "" || seen[p.By] {
					continue
				}
				seen[p.By] = true
				got.tests++
				if p.Grade == manifest.Passed {
					got.passed++
				}
			}
		}
		for _, r := range append(m.Models, m.Sources...) {
			f := m.Facts(r, nil, v)
			for i := range f.Columns {
				count(f.Columns[i].NotNull)
			}
			for _, k := range f.Keys {
				count(k.Proofs)
			}
		}
		if got != c {
			t.Errorf("got  %v\nwant %v", got, c)
		}
	}
}
