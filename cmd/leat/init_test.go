package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// apartInTime are the projects whose publishers took catalog and manifest from
// different times: that alone is warned of.
var apartInTime = []string{"v11-bigquery-1.7.0", "v12-snowflake-1.11.7-contracts"}

// TestInitCorpus starts a leat project in every dbt project of testdata/dbt,
// jaffle_shop of several years and engines among them. What init writes is
// valid without a warning, and in canonical layout.
func TestInitCorpus(t *testing.T) {
	manifests, err := filepath.Glob("../../testdata/dbt/*/*/manifest.json.gz")
	if err != nil || len(manifests) == 0 {
		t.Fatal("no manifests", err)
	}
	started := map[string]string{}
	for _, m := range manifests {
		t.Run(filepath.Base(filepath.Dir(m)), func(t *testing.T) {
			dir := dbtProject(t, filepath.Dir(m))
			var doc struct {
				Activation *struct{ Address, From string }
			}
			must(t, json.Unmarshal([]byte(runLeat(t, dir, "", "init", "--json")), &doc))
			want := "Valid: 0 activations.\n"
			if doc.Activation != nil {
				started[filepath.Base(filepath.Dir(m))] = doc.Activation.From
				want = "Valid: 1 activation.\n"
			}
			got := runLeat(t, dir, "", "validate")
			if slices.Contains(apartInTime, filepath.Base(filepath.Dir(m))) {
				want = strings.TrimSuffix(want, ".\n") + ", 1 warning.\n"
				if !strings.Contains(got, "(LEAT0408)") || !strings.HasSuffix(got, want) {
					t.Errorf("leat validate: got %s, want LEAT0408 and %s", got, want)
				}
			} else if got != want {
				t.Errorf("leat validate: got %s, want %s", got, want)
			}
			runLeat(t, dir, "", "fmt", "--check")
		})
	}
	for project, from := range map[string]string{
		"v10-snowflake-1.6.0-semantic": `ref("customers")`, "v11-bigquery-1.7.0": `ref("customers")`, "v12-duckdb-1.12.0": `ref("customers")`,
		"v12-duckdb-1.12.2": `ref("customers")`, "v12-duckdb-2.0.0beta2-fusion": `ref("customers")`,
		"v12-postgres-1.8.4": `ref("customers")`, "v12-snowflake-1.11.7-contracts": `ref("customers")`,
	} {
		if started[project] != from {
			t.Errorf("%s: init began with %q, want %s", project, started[project], from)
		}
	}
}

// dbtProject makes a dbt project of packed artifacts: they are all that init
// reads of one.
func dbtProject(t *testing.T, artifacts string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "target"), 0o700))
	files, err := filepath.Glob(filepath.Join(artifacts, "*.json.gz"))
	must(t, err)
	name := "project"
	for _, file := range files {
		packed, err := os.Open(file)
		must(t, err)
		r, err := gzip.NewReader(packed)
		must(t, err)
		text, err := io.ReadAll(r)
		must(t, err)
		packed.Close()
		base := strings.TrimSuffix(filepath.Base(file), ".gz")
		must(t, os.WriteFile(filepath.Join(dir, "target", base), text, 0o600))
		var head struct {
			Metadata struct {
				Project string `json:"project_name"`
			}
		}
		must(t, json.Unmarshal(text, &head))
		if head.Metadata.Project != "" {
			name = head.Metadata.Project
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "dbt_project.yml"), fmt.Appendf(nil, "name: %s\nprofile: %s\n", name, name), 0o600))
	return dir
}
