package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
)

// shop is a small manifest with everything names can do.
const shop = `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.10.0",
  "project_name": "shop", "adapter_type": "duckdb", "generated_at": "2026-01-02T03:04:05Z"},
 "nodes": {
  "model.shop.customers.v1": {"resource_type": "model", "package_name": "shop", "name": "customers", "version": 1, "latest_version": "2", "schema": "main", "alias": "customers_v1", "patch_path": "shop://models/customers.yml"},
  "model.shop.customers.v2": {"resource_type": "model", "package_name": "shop", "name": "customers", "version": 2.0, "latest_version": 2, "schema": "main", "alias": "customers_v2", "patch_path": "shop://models/customers.yml"},
  "model.shop.customers.v3": {"resource_type": "model", "package_name": "shop", "name": "customers", "version": "3", "latest_version": 2, "schema": "main", "alias": "customers_v3", "patch_path": "shop://models/customers.yml"},
  "model.shop.orders": {"resource_type": "model", "package_name": "shop", "name": "orders", "schema": "main", "original_file_path": "models/orders.sql"},
  "model.crm.orders": {"resource_type": "model", "package_name": "crm", "name": "orders", "schema": "main"},
  "model.crm.people": {"resource_type": "model", "package_name": "crm", "name": "people", "schema": "main"},
  "model.erp.people": {"resource_type": "model", "package_name": "erp", "name": "people", "schema": "main"},
  "model.shop.Regions": {"resource_type": "model", "package_name": "shop", "name": "Regions", "schema": "main"},
  "model.shop.mixed": {"resource_type": "model", "package_name": "shop", "name": "mixed", "schema": "main"},
  "model.shop.MIXED": {"resource_type": "model", "package_name": "shop", "name": "MIXED", "schema": "main"},
  "model.shop.weird.v9": {"resource_type": "model", "package_name": "shop", "name": "weird.v9", "schema": "main"},
  "seed.shop.countries": {"resource_type": "seed", "package_name": "shop", "name": "countries", "schema": "main"},
  "model.shop.tmp": {"resource_type": "model", "package_name": "shop", "name": "tmp", "config": {"materialized": "ephemeral"}, "patch_path": "shop://models/tmp.yml", "schema": "main"}
 },
 "sources": {
  "source.shop.raw.payments": {"resource_type": "source", "package_name": "shop", "source_name": "raw", "name": "payments", "identifier": "PAYMENTS", "schema": "raw", "original_file_path": "models/raw.yml"},
  "source.crm.ext.things": {"package_name": "crm", "source_name": "ext", "name": "things", "schema": "raw"},
  "source.erp.ext.things": {"package_name": "erp", "source_name": "ext", "name": "things", "schema": "raw"}
 },
 "disabled": {
  "model.shop.old": [{"unique_id": "model.shop.old", "resource_type": "model", "package_name": "shop", "name": "old", "patch_path": "shop://models/old.yml"}],
  "model.shop.gone.v4": [{"resource_type": "model", "package_name": "shop", "name": "gone", "version": 4}],
  "source.shop.raw.off": {"resource_type": "source", "package_name": "shop", "source_name": "raw", "name": "off"}
 }}`

func parse(t testing.TB, src string, o manifest.Options) *manifest.Manifest {
	t.Helper()
	m, diags := manifest.Read(strings.NewReader(src), "target/manifest.json", o)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

func TestResolve(t *testing.T) {
	m := parse(t, shop, manifest.Options{ProjectDir: "dbt"})
	rng := diag.Range{Filename: "a.leat.hcl", Start: hcl.Pos{Line: 3, Column: 10, Byte: 30}, End: hcl.Pos{Line: 3, Column: 20, Byte: 40}}
	var b strings.Builder
	for _, c := range [][3]string{
		{"", "customers"}, {"", "customers.v1"}, {"shop", "customers.v3"}, {"", "customers.v7"},
		{"", "orders"}, {"crm", "orders"}, {"erp", "orders"}, {"cmr", "orders"}, {"nowhere", "people"}, {"nowhere", "nothing"},
		{"", "people"}, {"erp", "people"}, {"", "regions"}, {"", "Mixed"}, {"", "mixed"}, {"", "weird.v9"},
		{"", "countries"}, {"", "tmp"}, {"", "old"}, {"shop", "old"}, {"", "gone.v4"}, {"", "custmers"}, {"", "custmers.v2"}, {"", "zzz"}, {"", ""}, {"", ".v"},
		{"source", "raw", "payments"}, {"source", "RAW", "Payments"}, {"source", "raw", "off"}, {"source", "ext", "things"}, {"source", "raw", "payment"}, {"source", "nope", "x"},
	} {
		var r manifest.Resolution
		if c[2] != "" {
			r = m.ResolveSource(c[1], c[2])
		} else {
			r = m.ResolveRef(c[0], c[1])
		}
		fmt.Fprintf(&b, "%q:", c)
		if r.OK() {
			fmt.Fprintf(&b, " %s %s %s folded=%t\n", r.Relation.UniqueID, r.Relation.RelationName, r.Relation.Address(), r.CaseFolded())
			continue
		}
		d := r.Diagnostic(rng)
		if d.Range != rng {
			t.Errorf("%v: range %v", c, d.Range)
		}
		fmt.Fprintf(&b, " candidates %q\n  %s %s\n  %s\n", r.Candidates, d.Code, d.Summary, d.Detail)
		for _, rel := range d.Related {
			fmt.Fprintf(&b, "  %s: %s\n", rel.Range.Filename, rel.Message)
		}
	}
	golden(t, "testdata/resolve.golden", b.String())
}

func TestFiles(t *testing.T) {
	m := parse(t, shop, manifest.Options{ProjectDir: "analytics"})
	for id, want := range map[string]string{
		"model.shop.customers.v1":  "analytics/models/customers.yml",
		"model.shop.orders":        "analytics/models/orders.sql",
		"source.shop.raw.payments": "analytics/models/raw.yml",
		"model.crm.people":         "",
	} {
		if got := relation(t, m, id).File(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	pkg := parse(t, strings.ReplaceAll(shop, `"name": "people",`, `"name": "people", "patch_path": "crm://models/p.yml",`), manifest.Options{})
	if got := relation(t, pkg, "model.crm.people").File(); got != "dbt_packages/crm/models/p.yml" {
		t.Error(got)
	}
}
