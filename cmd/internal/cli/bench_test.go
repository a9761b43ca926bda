package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/compiler/manifest"
)

// Sizes of the generated project: the manifest of a large project, and an
// activation for every other model.
const (
	benchModels      = 891
	benchActivations = 500
	benchColumns     = 20
)

// benchOpen is the largest of the manifests in testdata/dbt, with its catalog.
const benchOpen = "../../../testdata/dbt/dbterd/v7-bigquery-1.3.1"

// BenchmarkValidate measures `leat validate` of 500 activations from files to
// verdict: over the largest published manifest there is, and over a generated
// one that is larger. The floor, measured in the same run, is reading the same
// artifacts and decoding their JSON.
func BenchmarkValidate(b *testing.B) {
	for _, project := range []struct {
		name string
		make func(*testing.B, string)
	}{{"open", openProject}, {"generated", benchProject}} {
		b.Run(project.name, func(b *testing.B) {
			dir := b.TempDir()
			project.make(b, dir)
			benchValidate(b, dir)
		})
	}
}

func benchValidate(b *testing.B, dir string) {
	sys := System{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Dir: dir, Now: time.Now, Random: bytes.NewReader(nil),
		Env: func(string) (string, bool) { return "", false }}
	var floor, took time.Duration
	size := 0
	for b.Loop() {
		start := time.Now()
		size = decodeArtifacts(b, dir)
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
	b.ReportMetric(float64(took)/float64(floor), "x-of-read-and-decode")
	b.ReportMetric(float64(size)/1e6, "MB-artifacts")
}

// decodeArtifacts is the floor: it reads the artifacts and decodes them.
func decodeArtifacts(b *testing.B, dir string) (size int) {
	for _, name := range []string{"manifest.json", "catalog.json"} {
		text, err := os.ReadFile(filepath.Join(dir, "target", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var doc any
		if err := errors.Join(err, json.Unmarshal(text, &doc)); err != nil {
			b.Fatal(err)
		}
		size += len(text)
	}
	return size
}

// openProject writes a project over the artifacts in [benchOpen]: activations
// over its models and sources in turn, each with the columns that have a text.
func openProject(b *testing.B, dir string) {
	files := map[string]string{"dbt_project.yml": "name: bench\nprofile: bench\n"}
	for _, name := range []string{"manifest.json", "catalog.json"} {
		files["target/"+name] = unzipped(b, filepath.Join(benchOpen, name+".gz"))
	}
	m, ds := manifest.Read(strings.NewReader(files["target/manifest.json"]), "manifest.json", manifest.Options{})
	c, more := manifest.ReadCatalog(strings.NewReader(files["target/catalog.json"]), "catalog.json")
	if ds.Extend(more); ds.HasErrors() {
		b.Fatal(ds)
	}
	var sources []string // from, then the fields
	for _, rel := range slices.Concat(m.Models, m.Sources) {
		var texts []string
		for _, col := range m.Facts(rel, c, nil).Columns {
			if t, ok := col.Type(); ok && t.DataType == "STRING" {
				texts = append(texts, strconv.Quote(col.Name))
			}
		}
		if !rel.Ephemeral() && len(texts) >= 4 {
			sources = append(sources, fmt.Sprintf(`  from   = %s
  where  = row[%s] != ""
  id     = row[%s]
  key    = { email = row[%[3]s] }
  fields = {
    firstname = upper(row[%[2]s])
    lastname  = coalesce(row[%[4]s], "unknown")
    city      = row[%[5]s] == "x" ? "X" : row[%[5]s]
    company   = "${row[%[2]s]} ${row[%[4]s]}"
  }
`, rel.Address(), texts[1], texts[0], texts[2], texts[3]))
		}
	}
	if len(sources) < 20 {
		b.Fatalf("only %d relations have texts", len(sources))
	}
	var hcl strings.Builder
	for n := range benchActivations {
		fmt.Fprintf(&hcl, "destination \"hubspot\" \"crm%d\" {\n  config { access_token = env(\"T\") }\n}\n", n)
		fmt.Fprintf(&hcl, "activation \"a%d\" {\n  to     = destination.hubspot.crm%[1]d.contacts\n%s}\n", n, sources[n%len(sources)])
	}
	files["leat.hcl"] = hcl.String()
	writeProject(b, dir, files)
}

func unzipped(b *testing.B, path string) string {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

func writeProject(b *testing.B, dir string, files map[string]string) {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

// benchProject writes a generated project.
func benchProject(b *testing.B, dir string) {
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
	writeProject(b, dir, map[string]string{"leat.hcl": hcl.String(), "dbt_project.yml": "name: bench\nprofile: bench\n", "target/manifest.json": string(doc)})
}
