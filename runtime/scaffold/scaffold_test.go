package scaffold

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/plugins/file"
	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/runtime/pluginhost"
	"github.com/leat-dev/leat/runtime/project"
)

// model is a model of a manifest: columns as name and type; key columns have
// the tests unique and not_null.
type model struct {
	columns [][2]string
	key     []string
	tags    map[string]string // by column
	config  map[string]any
}

type object = map[string]any

func writeProject(t *testing.T, models map[string]model) string {
	t.Helper()
	dir := t.TempDir()
	nodes := object{}
	for name, m := range models {
		id, columns := "model.shop."+name, object{}
		for _, c := range m.columns {
			col := object{"name": c[0], "data_type": c[1]}
			if tag := m.tags[c[0]]; tag != "" {
				col["tags"] = []string{tag}
			}
			columns[c[0]] = col
		}
		for _, k := range m.key {
			for _, kind := range []string{"unique", "not_null"} {
				test := "test.shop." + kind + "_" + name + "_" + k
				nodes[test] = object{"unique_id": test, "resource_type": "test", "package_name": "shop", "name": test, "column_name": k, "attached_node": id,
					"config": object{"severity": "ERROR", "enabled": true}, "test_metadata": object{"name": kind, "kwargs": object{"column_name": k}}}
			}
		}
		config := object{"materialized": "table"}
		for k, v := range m.config {
			config[k] = v
		}
		nodes[id] = object{"unique_id": id, "resource_type": "model", "package_name": "shop", "name": name, "relation_name": name, "columns": columns,
			"contract": object{"enforced": true}, "config": config}
	}
	text, err := json.Marshal(object{"metadata": object{"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.2",
		"adapter_type": "duckdb", "project_name": "shop"}, "nodes": nodes})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"target/manifest.json": string(text), "dbt_project.yml": "name: shop\nprofile: shop\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func propose(t *testing.T, dir string) (*Proposal, diag.Diagnostics) {
	t.Helper()
	proto := sdk.Describe(file.New())
	s, err := pluginhost.SchemaOf(proto)
	if err != nil {
		t.Fatal(err)
	}
	p, ds, err := Propose(project.Options{Dir: dir, Env: func(string) (string, bool) { return "", false }, Version: "0.1.0",
		Schemas: map[string]check.Schema{"file": {Schema: s, Digest: pluginhost.DescribeDigest(proto)}}})
	if err != nil {
		t.Fatal(err)
	}
	return p, ds
}

var plain = [][2]string{{"id", "integer"}, {"name", "varchar"}, {"city", "varchar"}}

// TestChoice: which model is the first.
func TestChoice(t *testing.T) {
	for _, c := range []struct {
		why    string
		models map[string]model
		want   string
	}{
		{"a key is needed", map[string]model{"customers": {columns: plain}, "sizes": {columns: plain, key: []string{"id"}}}, "sizes"},
		{"people come first", map[string]model{"customers": {columns: plain, key: []string{"id"}}, "sizes": {columns: plain, key: []string{"id"}}}, "customers"},
		{"inner models come last", map[string]model{"stg_customers": {columns: plain, key: []string{"id"}}, "sizes": {columns: plain, key: []string{"id"}}}, "sizes"},
		{"private models are left alone", map[string]model{"customers": {columns: plain, key: []string{"id"}, config: object{"access": "private", "group": "crm"}}, "sizes": {columns: plain, key: []string{"id"}}}, "sizes"},
		{"ephemeral models too", map[string]model{"customers": {columns: plain, key: []string{"id"}, config: object{"materialized": "ephemeral"}}}, ""},
		{"a personal key does not do", map[string]model{"customers": {columns: [][2]string{{"email", "varchar"}, {"name", "varchar"}}, key: []string{"email"}}}, ""},
		{"nothing but personal columns does not do", map[string]model{"customers": {columns: [][2]string{{"id", "integer"}, {"phone", "varchar"}}, key: []string{"id"}}}, ""},
		{"more columns are better", map[string]model{"a": {columns: plain[:2], key: []string{"id"}}, "b": {columns: plain, key: []string{"id"}}}, "b"},
	} {
		p, ds := propose(t, writeProject(t, c.models))
		got := ""
		if p.First != nil {
			got = strings.TrimSuffix(strings.TrimPrefix(p.First.From, `ref("`), `")`)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q (%v)", c.why, got, c.want, ds)
		}
		if none := slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == diag.NoCandidate }); none != (c.want == "") || ds.HasErrors() {
			t.Errorf("%s: diagnostics %v", c.why, ds)
		}
	}
}

// TestAwkwardColumns: names that need quotes, floats, nested types, tags.
func TestAwkwardColumns(t *testing.T) {
	p, ds := propose(t, writeProject(t, map[string]model{"1 odd-model": {key: []string{"Customer ID"}, tags: map[string]string{"note": "gdpr:art9"},
		columns: [][2]string{{"Customer ID", "integer"}, {`quo"te`, "varchar"}, {"n-1", "integer"}, {"${x}", "varchar"}, {"score", "double"}, {"tags", "varchar[]"}, {"note", "varchar"}}}}))
	if len(ds) != 0 || p.First == nil {
		t.Fatal(ds)
	}
	if p.First.Name != "odd_model" || p.First.From != `ref("1 odd-model")` {
		t.Errorf("got %q from %s", p.First.Name, p.First.From)
	}
	text := string(p.Files[1].Text)
	for _, want := range []string{`"Customer ID" = row["Customer ID"]`, `row["quo\"te"]`, `row["n-1"]`, `row["$${x}"]`, "round(row.score, 2)", "# dbt says gdpr:art9"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, column := range append(slices.Clone(p.First.Mapped), p.First.Key...) {
		if column == "note" {
			t.Error("a guarded column is sent")
		}
	}
}

// TestWrite never overwrites, not even a file that came meanwhile.
func TestWrite(t *testing.T) {
	dir := writeProject(t, map[string]model{"customers": {columns: plain, key: []string{"id"}}})
	p, _ := propose(t, dir)
	own := filepath.Join(dir, "leat.hcl")
	if err := os.WriteFile(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(p); err == nil {
		t.Error("a file that came meanwhile was not noticed")
	}
	if got, _ := os.ReadFile(own); string(got) != "mine" {
		t.Errorf("it was overwritten: %s", got)
	}
}

func TestActivationName(t *testing.T) {
	for model, want := range map[string]string{"customers": "customers", "dim.customers-2": "dim_customers_2", "2x": "x", "_a_": "a", "漢字": "first", "a__b": "a__b"} {
		if got := activationName(model); got != want {
			t.Errorf("%s: got %s, want %s", model, got, want)
		}
	}
}

func TestPrivate(t *testing.T) {
	r := &manifest.Relation{}
	for _, c := range []struct {
		name, tag string
		meta      map[string]any
		want      bool
	}{
		{"email", "", nil, true}, {"Work_Email", "", nil, true}, {"city", "", nil, false}, {"city", "PII", nil, true},
		{"city", "", map[string]any{"contains_pii": true}, true}, {"city", "", map[string]any{"contains_pii": false}, false}, {"ordered_at", "daily", nil, false},
	} {
		doc := &manifest.Column{Name: c.name, Meta: c.meta}
		if c.tag != "" {
			doc.Tags = []string{c.tag}
		}
		if got := private(r, manifest.ColumnFacts{Name: c.name, Documented: doc}) != ""; got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestGitignore(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ old, want string }{
		{"/.leat\n*.leatplan\nexports\n", ""},
		{"target", "\n\n# leat: state, saved plans, exported rows\n.leat/\n*.leatplan\n/exports/\n"},
	} {
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(c.old), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := gitignore(dir)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, string(f.Text)); d != "" {
			t.Errorf("%q (-want +got)\n%s", c.old, d)
		}
	}
}
