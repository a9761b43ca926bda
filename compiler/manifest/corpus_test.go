package manifest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/manifest"
)

const corpus = "../../testdata/dbt"

// unpack returns one file of the corpus.
func unpack(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, filepath.FromSlash(name)+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t testing.TB, set string) *manifest.Manifest {
	t.Helper()
	m, diags := manifest.Read(bytes.NewReader(unpack(t, set+"/manifest.json")), set+"/manifest.json", manifest.Options{})
	if len(diags) > 0 {
		t.Fatalf("%s: %v", set, diags)
	}
	return m
}

func loadCatalog(t testing.TB, set string) *manifest.Catalog {
	t.Helper()
	c, diags := manifest.ReadCatalog(bytes.NewReader(unpack(t, set+"/catalog.json")), set+"/catalog.json")
	if len(diags) > 0 {
		t.Fatalf("%s: %v", set, diags)
	}
	return c
}

func loadRun(t testing.TB, set string) *manifest.RunResults {
	t.Helper()
	r, diags := manifest.ReadRunResults(bytes.NewReader(unpack(t, set+"/run_results.json")), set+"/run_results.json")
	if len(diags) > 0 {
		t.Fatalf("%s: %v", set, diags)
	}
	return r
}

func relation(t testing.TB, m *manifest.Manifest, id string) *manifest.Relation {
	t.Helper()
	r, ok := m.Relation(id)
	if !ok {
		t.Fatalf("no %s", id)
	}
	return r
}

const (
	bouncer1 = "dbt-bouncer/v12-duckdb-1.12.2"
	bouncer2 = "dbt-bouncer/v12-duckdb-2.0.0beta2-fusion"
)

// Tests about models that are disabled, or a source that is not declared.
var dangling = []string{
	"test.jaffle_shop.not_null_customers_customer_id.5c9bf9911d",
	"test.jaffle_shop.relationships_orders_customer_id__customer_id__ref_customers_.c6ec7f58f2",
	"test.jaffle_shop.unique_customers_customer_id.c5af1ff4b1",
	"test.dbt_constraints_integration_tests.source_relationships_tpc_h_source_lineitem_coalesce",
	"test.shopify_source.accepted_values_stg_shopify__fulfillment_event_status",
	"test.shopify_source.dbt_utils_unique_combination_of_columns_stg_shopify__fulfillment_event",
}

// The counts were taken from the files by other means than this reader.
func TestCorpusManifests(t *testing.T) {
	for _, c := range []struct {
		set                                                     string
		schema                                                  int
		dbt, adapter                                            string
		models, seeds, sources, tests, exposures, cols, withTyp int
	}{
		{"dbt-artifacts-parser/v4-bigquery-1.0.0", 4, "1.0.0", "bigquery", 5, 3, 0, 20, 0, 14, 0},
		{"dbt-artifacts-parser/v9-bigquery-1.5.0rc1", 9, "1.5.0rc1", "bigquery", 34, 3, 0, 21, 0, 183, 161},
		{"dbt-artifacts-parser/v11-bigquery-1.7.0", 11, "1.7.0", "bigquery", 35, 3, 0, 20, 0, 191, 164},
		{"dbt-artifacts-parser/v12-duckdb-1.12.0", 12, "1.12.0", "duckdb", 13, 6, 6, 27, 0, 48, 0},
		{"dbterd/v9-postgres-1.5.0", 9, "1.5.0", "postgres", 12, 6, 6, 108, 0, 22, 0},
		{"dbterd/v12-postgres-1.8.4", 12, "1.8.4", "postgres", 13, 6, 6, 27, 0, 25, 0},
		{"dbterd/v12-snowflake-1.11.7-contracts", 12, "1.11.7", "snowflake", 15, 0, 6, 29, 0, 49, 30},
		{"dbterd/v7-bigquery-1.3.1", 7, "1.3.1", "bigquery", 91, 34, 34, 101, 0, 1112, 0},
		{bouncer1, 12, "1.12.2", "duckdb", 39, 5, 13, 65, 2, 435, 35},
		{bouncer2, 12, "2.0.0-beta.2", "duckdb", 38, 5, 13, 65, 2, 431, 35},
		{"connectors/v12-databricks-1.8.0", 12, "1.8.0", "databricks", 6, 1, 2, 11, 0, 7, 0},
		{"connectors/v6-snowflake-1.2.6", 6, "1.2.6", "snowflake", 4, 0, 2, 41, 0, 12, 0},
		{"connectors/v10-snowflake-1.6.0-semantic", 10, "1.6.0", "snowflake", 10, 6, 0, 18, 0, 30, 0},
		{"connectors/v8-snowflake", 8, "1.4.6", "snowflake", 4, 0, 2, 41, 0, 12, 0},
	} {
		t.Run(c.set, func(t *testing.T) {
			m := load(t, c.set)
			got := c
			got.schema, got.dbt, got.adapter = m.Metadata.SchemaVersion, m.Metadata.DbtVersion, m.Metadata.Adapter
			got.models, got.seeds, got.cols, got.withTyp = 0, 0, 0, 0
			got.sources, got.tests, got.exposures = len(m.Sources), len(m.Tests), len(m.Exposures)
			for _, r := range m.Models {
				if r.Resource != manifest.Model {
					got.seeds++
					continue
				}
				got.models++
				for _, col := range r.Columns {
					got.cols++
					if col.DataType != "" {
						got.withTyp++
					}
				}
			}
			if got != c {
				t.Errorf("got  %v\nwant %v", got, c)
			}
			if m.Metadata.GeneratedAt.IsZero() || m.Metadata.InvocationID == "" {
				t.Error("metadata incomplete")
			}
			for _, r := range slices.Concat(m.Models, m.Sources) {
				if (r.RelationName == "") != r.Ephemeral() {
					t.Errorf("%s: relation name %q, materialised %q", r.UniqueID, r.RelationName, r.Materialized)
				}
				if r.CompiledCode != "" {
					t.Errorf("%s keeps compiled code", r.UniqueID)
				}
				f := m.Facts(r, nil, nil)
				for i := range f.Columns {
					if got := f.Column(f.Columns[i].Name); got.Found != &f.Columns[i] {
						t.Errorf("%s: column %s does not find itself", r.UniqueID, f.Columns[i].Name)
					}
				}
			}
			for _, x := range m.Tests {
				if slices.ContainsFunc(dangling, func(s string) bool { return strings.HasPrefix(x.UniqueID, s) }) {
					continue
				}
				if x.Generic != "" && x.Target == "" {
					t.Errorf("%s has no target", x.UniqueID)
				}
				if x.Kind == manifest.TestRelationships && x.To == "" {
					t.Errorf("%s has no parent", x.UniqueID)
				}
				if x.Kind == manifest.TestAcceptedValues && len(x.Values) == 0 {
					t.Errorf("%s has no values", x.UniqueID)
				}
			}
		})
	}
}

func TestRelationNameFallback(t *testing.T) {
	for _, c := range []struct{ set, id, want string }{
		{"dbt-artifacts-parser/v4-bigquery-1.0.0", "model.jaffle_shop.orders", "`your-gcp-project`.`jaffle_shop`.`orders`"},
		{"dbt-artifacts-parser/v4-bigquery-1.0.0", "seed.jaffle_shop.raw_orders", "`your-gcp-project`.`jaffle_shop`.`raw_orders`"},
		{bouncer1, "model.dbt_bouncer_test_project.customers.v2", `"dbt"."main_marts"."customers_v2"`},
		{"connectors/v6-snowflake-1.2.6", "model.trial.my_first_dbt_model", "DEV_DB.DBT_DEV.my_first_dbt_model"},
	} {
		m := load(t, c.set)
		r, ok := m.Relation(c.id)
		if !ok {
			var ids []string
			for _, r := range m.Models {
				ids = append(ids, r.UniqueID)
			}
			t.Errorf("no %s in %v", c.id, ids)
			continue
		}
		if r.RelationName != c.want {
			t.Errorf("%s: %s, want %s", c.id, r.RelationName, c.want)
		}
	}
}

// Where dbt did write a relation name, putting it together from its parts must
// give the same.
func TestRelationNameAgreesWithDbt(t *testing.T) {
	for _, set := range []string{bouncer1, bouncer2, "dbterd/v12-postgres-1.8.4", "dbterd/v7-bigquery-1.3.1", "dbterd/v12-snowflake-1.11.7-contracts", "connectors/v8-snowflake"} {
		raw := unpack(t, set+"/manifest.json")
		with := load(t, set)
		without, diags := manifest.Read(bytes.NewReader(bytes.ReplaceAll(raw, []byte(`"relation_name"`), []byte(`"no_relation_name"`))), "manifest.json", manifest.Options{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, r := range slices.Concat(with.Models, with.Sources) {
			if got := relation(t, without, r.UniqueID).RelationName; got != r.RelationName {
				t.Errorf("%s %s: put together %s, dbt wrote %s", set, r.UniqueID, got, r.RelationName)
			}
		}
	}
}

// Both engines wrote artifacts of the same project. What leat reads of them is
// equal but for the differences listed here.
func TestEnginesAgree(t *testing.T) {
	m1, m2 := load(t, bouncer1), load(t, bouncer2)
	if m1.Metadata.Engine != manifest.EngineV1 || m2.Metadata.Engine != manifest.EngineV2 {
		t.Errorf("engines %s and %s", m1.Metadata.Engine, m2.Metadata.Engine)
	}
	got := slices.Concat(
		differ(describeRelations(m1), describeRelations(m2)),
		differ(describeTests(m1), describeTests(m2)),
		differ(describeExposures(m1), describeExposures(m2)))
	golden(t, "testdata/engines.golden", strings.Join(got, "\n")+"\n")
}

func describeRelations(m *manifest.Manifest) map[string]string {
	out := make(map[string]string)
	for _, r := range slices.Concat(m.Models, m.Sources) {
		out[r.UniqueID] = fmt.Sprint(r.Resource, r.Name, r.SourceName, r.Version, r.LatestVersion, r.Alias, r.RelationName,
			r.Materialized, r.Access, r.Group, r.ContractEnforced, r.Constraints, r.Tags, r.Meta, r.Description, r.FQN, r.DependsOn, r.YAMLFile, r.SourceFile)
		for _, c := range r.Columns {
			out[r.UniqueID+" column "+c.Name] = fmt.Sprint(c.DataType, c.Description, c.Constraints, " tags ", c.Tags, " meta ", c.Meta)
		}
	}
	return out
}

func describeTests(m *manifest.Manifest) map[string]string {
	out := make(map[string]string)
	for _, x := range m.Tests {
		out[x.UniqueID] = fmt.Sprint(*x)
	}
	return out
}

func describeExposures(m *manifest.Manifest) map[string]string {
	out := make(map[string]string)
	for _, e := range m.Exposures {
		out[e.UniqueID] = fmt.Sprint(e)
	}
	return out
}

func differ(one, two map[string]string) []string {
	var out []string
	for k, v := range one {
		if w, ok := two[k]; !ok {
			out = append(out, "only v1: "+k)
		} else if v != w {
			out = append(out, "differs: "+k+"\n  v1 "+strings.ReplaceAll(v, "\n", `\n`)+"\n  v2 "+strings.ReplaceAll(w, "\n", `\n`))
		}
	}
	for k := range two {
		if _, ok := one[k]; !ok {
			out = append(out, "only v2: "+k)
		}
	}
	slices.Sort(out)
	return out
}

// golden compares with a file; UPDATE=1 rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

func TestKeepCompiledCode(t *testing.T) {
	m, diags := manifest.Read(bytes.NewReader(unpack(t, bouncer1+"/manifest.json")), "m", manifest.Options{KeepCompiledCode: true})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if r := relation(t, m, "model.dbt_bouncer_test_project.orders"); !strings.Contains(r.CompiledCode, "payments as (select * from") {
		t.Errorf("compiled code %q", r.CompiledCode)
	}
	old, diags := manifest.Read(bytes.NewReader(unpack(t, "connectors/v6-snowflake-1.2.6/manifest.json")), "m", manifest.Options{KeepCompiledCode: true})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if !slices.ContainsFunc(old.Models, func(r *manifest.Relation) bool { return r.CompiledCode != "" }) {
		t.Error("compiled SQL of v6 is lost")
	}
}

func TestCorpusCatalogs(t *testing.T) {
	for _, c := range []struct {
		set                      string
		relations, found, absent int // entries; models and sources with and without one
	}{
		{"dbt-artifacts-parser/v11-bigquery-1.7.0", 38, 36, 2},
		{"dbt-artifacts-parser/v12-duckdb-1.12.0", 25, 25, 0},
		{bouncer1, 17, 17, 40},
		{bouncer2, 16, 16, 40},
		{"dbterd/v12-postgres-1.8.4", 25, 25, 0},
		{"dbterd/v12-snowflake-1.11.7-contracts", 25, 19, 2},
		{"dbterd/v7-bigquery-1.3.1", 147, 147, 12},
		{"dbterd/v9-postgres-1.5.0", 22, 22, 2},
	} {
		m, cat := load(t, c.set), loadCatalog(t, c.set)
		got := c
		got.relations, got.found, got.absent = cat.Len(), 0, 0
		for _, r := range slices.Concat(m.Models, m.Sources) {
			entry, ok := cat.Relation(r.UniqueID)
			if !ok {
				got.absent++
				continue
			}
			got.found++
			if len(entry.Columns) == 0 {
				t.Errorf("%s %s has no columns", c.set, r.UniqueID)
			}
			f := m.Facts(r, cat, nil)
			if !f.Complete {
				t.Errorf("%s %s is not complete", c.set, r.UniqueID)
			}
			for i, col := range entry.Columns {
				if got, ok := f.Columns[i].Type(); f.Columns[i].Name != col.Name || !ok || (got.From == manifest.FromCatalog && got.DataType != col.DataType) {
					t.Errorf("%s %s: %v, want %v", c.set, r.UniqueID, f.Columns[i], col)
				}
			}
		}
		if got != c {
			t.Errorf("got {%q, %d, %d, %d},", got.set, got.relations, got.found, got.absent)
		}
	}
}

func TestCorpusRunResults(t *testing.T) {
	for _, c := range []struct {
		set, command    string
		results, passed int
	}{
		{"connectors/v6-snowflake-1.2.6", "", 0, 0},
		{"connectors/v8-snowflake", "", 0, 0},
		{"connectors/v10-snowflake-1.6.0-semantic", "test", 18, 18},
		{"dbt-artifacts-parser/v4-bigquery-1.0.0", "build", 29, 20},
		{"dbt-artifacts-parser/v11-bigquery-1.7.0", "build", 58, 20},
		{"dbt-artifacts-parser/v12-duckdb-1.12.0", "generate", 46, 0}, // lists 27 tests as success; none ran
		{bouncer1, "generate", 59, 0},
		{bouncer2, "build", 62, 44},
	} {
		r := loadRun(t, c.set)
		v := manifest.LastVerdicts(r)
		passed := 0
		for id := range v {
			if v.Passed(id) {
				passed++
			}
		}
		if r.Command != c.command || len(r.Results) != c.results || passed != c.passed {
			t.Errorf("%s: command %q, %d results, %d passed; want %v", c.set, r.Command, len(r.Results), passed, c)
		}
	}
}
