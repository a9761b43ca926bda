package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/runtime/duck"
)

func TestBuild(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "another name.duckdb")
	queries := []string{
		"select count(*) from shop.main.customers",
		"select count(*) from shop.main.customers where number_of_orders > 0",
		"select count(*) from shop.main.orders",
		"select count(*) from shop.main.companies",
		"select count(distinct email) from shop.main.customers",
		"select cast(sum(customer_lifetime_value) * 100 as bigint) from shop.main.customers",
		"select count(*) from shop.main.stg_payments", // a view finds its tables under the name dbt gave the database
	}
	for _, c := range []struct {
		name, seeds string
		want        []int64
	}{
		{"first", "", []int64{100, 62, 99, 5, 100, 167200, 113}},
		{"a day later", filepath.Join("..", "seeds_next"), []int64{100, 62, 100, 5, 100, 168550, 114}},
		{"and back", "", []int64{100, 62, 99, 5, 100, 167200, 113}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := run(ctx, "..", c.seeds, file); err != nil {
				t.Fatal(err)
			}
			db, err := duck.Open(ctx, duck.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.AttachReadOnly(ctx, file, "shop"); err != nil {
				t.Fatal(err)
			}
			got := make([]int64, 0, len(queries))
			for _, query := range queries {
				n, err := db.QueryInts(ctx, query)
				if err != nil {
					t.Fatalf("%s: %v", query, err)
				}
				got = append(got, n...)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	const types = `"config": {"materialized": "seed", "column_types": {"id": "integer"}}`
	for _, c := range []struct{ name, nodes, seed, want string }{
		{"no nodes", ``, "", "no seed and no model"},
		{"tests are not built", `"test.p.t": {"resource_type": "test"}`, "", "no seed and no model"},
		{"cycle", `"model.p.a": {"resource_type": "model", "depends_on": {"nodes": ["model.p.b"]}},
			"model.p.b": {"resource_type": "model", "depends_on": {"nodes": ["model.p.a"]}}`, "", "depends on itself"},
		{"unknown kind", `"model.p.a": {"unique_id": "model.p.a", "resource_type": "model", "config": {"materialized": "incremental"}}`, "",
			`model.p.a: materialised as "incremental"`},
		{"not compiled", `"model.p.a": {"unique_id": "model.p.a", "resource_type": "model", "config": {"materialized": "table"}}`, "",
			"model.p.a: the manifest holds no compiled SQL"},
		{"undeclared column", `"seed.p.s": {"unique_id": "seed.p.s", "resource_type": "seed", "original_file_path": "s.csv", ` + types + `}`,
			"id,name\n1,x\n", "seed.p.s: column name has no declared type"},
		{"wrong value", `"seed.p.s": {"unique_id": "seed.p.s", "resource_type": "seed", "database": "d", "relation_name": "\"d\".\"main\".\"s\"",
			"original_file_path": "s.csv", ` + types + `}`, "id\nsecret\n", "seed.p.s: duckdb: a value cannot be converted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			project := t.TempDir()
			if err := os.Mkdir(filepath.Join(project, "target"), 0o755); err != nil {
				t.Fatal(err)
			}
			manifest := filepath.Join(project, "target", "manifest.json")
			if err := os.WriteFile(manifest, []byte(`{"nodes": {`+c.nodes+`}}`), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(project, "s.csv"), []byte(c.seed), 0o644); err != nil {
				t.Fatal(err)
			}
			err := run(context.Background(), project, "", filepath.Join(project, "out.duckdb"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
