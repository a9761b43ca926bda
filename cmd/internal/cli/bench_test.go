package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Sizes of the validate benchmark: the manifest of a large project, and an
// activation for every other model.
const (
	benchModels      = 891
	benchActivations = 500
	benchColumns     = 20
)

// BenchmarkValidate measures `leat validate` from files to verdict, and, in
// the same run, the floor: checking that the manifest is JSON at all.
func BenchmarkValidate(b *testing.B) {
	dir := b.TempDir()
	manifest := benchProject(b, dir)
	sys := System{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Dir: dir, Now: time.Now, Random: bytes.NewReader(nil),
		Env: func(string) (string, bool) { return "", false }}
	var floor, took time.Duration
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		if !json.Valid(manifest) {
			b.Fatal("not JSON")
		}
		floor += time.Since(start)
		start = time.Now()
		var out bytes.Buffer
		sys.Err = &out
		if code := Do(context.Background(), []string{"validate"}, sys); code != OK {
			b.Fatalf("validate exits with %d\n%.2000s", code, out.String())
		}
		took += time.Since(start)
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/validate")
	b.ReportMetric(float64(took)/float64(floor), "x-of-json-scan")
	b.ReportMetric(float64(len(manifest))/1e6, "MB-manifest")
}

// benchProject writes a project and returns its manifest.
func benchProject(b *testing.B, dir string) []byte {
	b.Helper()
	nodes := map[string]any{}
	var hcl strings.Builder
	hcl.WriteString("destination \"hubspot\" \"crm\" {\n  config { access_token = env(\"T\") }\n}\n")
	for m := range benchModels {
		name := fmt.Sprintf("model_%d", m)
		id := "model.bench." + name
		columns := map[string]any{}
		for c := range benchColumns {
			col := fmt.Sprintf("column_%d", c)
			columns[col] = map[string]any{"name": col, "data_type": "varchar", "description": strings.Repeat("what it is ", 5), "meta": map[string]any{}, "tags": []string{}}
		}
		nodes[id] = map[string]any{"unique_id": id, "resource_type": "model", "package_name": "bench", "name": name, "alias": name,
			"database": "bench", "schema": "main", "relation_name": `"bench"."main"."` + name + `"`, "columns": columns,
			"raw_code": strings.Repeat("select something from somewhere\n", 40), "compiled_code": strings.Repeat("select something from somewhere\n", 40),
			"config": map[string]any{"materialized": "table", "enabled": true}, "contract": map[string]any{"enforced": true}}
		for _, kind := range []string{"unique", "not_null"} {
			for c := range 2 {
				col := fmt.Sprintf("column_%d", c)
				test := fmt.Sprintf("test.bench.%s_%s_%s", kind, name, col)
				nodes[test] = map[string]any{"unique_id": test, "resource_type": "test", "package_name": "bench", "name": test, "column_name": col,
					"attached_node": id, "config": map[string]any{"severity": "ERROR", "enabled": true},
					"test_metadata": map[string]any{"name": kind, "kwargs": map[string]any{"column_name": col}}}
			}
		}
		if m < benchActivations {
			// Each owns an object of its own, as far as ownership goes: one field is mapped once in the project.
			fmt.Fprintf(&hcl, "destination \"hubspot\" \"crm%d\" {\n  config { access_token = env(\"T\") }\n}\n", m)
			fmt.Fprintf(&hcl, `activation "a%d" {
  from   = ref("%s")
  to     = destination.hubspot.crm%d.contacts
  where  = row.column_2 != "" && row.column_3 != null
  id     = row.column_0
  key    = { email = row.column_1 }
  fields = {
    firstname = upper(row.column_4)
    lastname  = coalesce(row.column_5, "unknown")
    city      = row.column_6 == "x" ? "X" : row.column_6
    company   = "${row.column_7} ${row.column_8}"
  }
}
`, m, name, m)
		}
	}
	doc, err := json.Marshal(map[string]any{"nodes": nodes, "sources": map[string]any{}, "metadata": map[string]any{
		"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.16", "adapter_type": "duckdb", "project_name": "bench"}})
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{"leat.hcl": hcl.String(), "dbt_project.yml": "name: bench\nprofile: bench\n", "target/manifest.json": string(doc)} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return doc
}
