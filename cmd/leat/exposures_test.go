package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/cmd/internal/realdbt"
)

// awkwardActivation is full of what YAML and Jinja read as something else.
const awkwardActivation = `activation "odd-one" {
  description = "yes: {{ ref('nothing') }} {% if x %} {# gone #} 100% \"quoted\" é"
  owner       = "Rev: Ops <revops@example.com>"
  tags        = ["on", "1_000", "a: b", "{{ tag }}"]
  from        = ref("customers")
  to          = destination.file.exports["odd, {{ one }}"]
  key         = { "key: it" = row.customer_id }
  fields      = { "first name" = row.customer_status, no = row.number_of_orders }
}
activation "raw" {
  owner  = "revops@example.com"
  from   = ref("raw_orders")
  to     = destination.file.exports.raw
  id     = row.id
  key    = { id = row.id }
  fields = { status = row.status }
}
`

// exposureNode is an exposure in dbt's manifest.
type exposureNode struct {
	Name, Label, Type, Maturity, Description, URL string
	Owner                                         struct{ Name, Email *string }
	DependsOn                                     struct{ Nodes []string } `json:"depends_on"`
	Tags                                          []string
	Meta                                          map[string]any
	Path                                          string
}

// TestExposuresInDBT gives real dbt what `leat exposures` writes: it parses
// without a warning, and dbt's manifest says what the activations say.
func TestExposuresInDBT(t *testing.T) {
	dbt := realdbt.Find(t, "../..")
	shop := dbt.Shop(t)
	dbt.Parse(t, shop)
	must(t, os.WriteFile(filepath.Join(shop, "odd.leat.hcl"), []byte(awkwardActivation), 0o600))

	file := filepath.Join("models", "leat", "leat_exposures.yml")
	runLeat(t, shop, "", "exposures", "-o", file, "--maturity", "high")
	before, err := os.ReadFile(filepath.Join(shop, file))
	must(t, err)
	dbt.Parse(t, shop)
	runLeat(t, shop, "", "exposures", "-o", file, "--maturity", "high", "--check") // with itself in the manifest
	after, err := os.ReadFile(filepath.Join(shop, file))
	must(t, err)
	if string(before) != string(after) {
		t.Error("the file changed once dbt had read it")
	}

	var manifest struct{ Exposures map[string]exposureNode }
	text, err := os.ReadFile(filepath.Join(shop, "target", "manifest.json"))
	must(t, err)
	must(t, json.Unmarshal(text, &manifest))
	if len(manifest.Exposures) != 5 {
		t.Fatalf("dbt has %d exposures, want 5\n%s", len(manifest.Exposures), after)
	}
	contacts := manifest.Exposures["exposure.shop.leat_contacts"]
	if d := gocmp.Diff([]string{"model.shop.customers"}, contacts.DependsOn.Nodes); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	var odd exposureNode
	for _, e := range manifest.Exposures {
		if e.Label == `odd-one to file.exports["odd, {{ one }}"]` {
			odd = e
		}
	}
	if odd.Description != `yes: {{ ref('nothing') }} {% if x %} {# gone #} 100% "quoted" é` {
		t.Errorf("the description is %q", odd.Description)
	}
	name, email := "Rev: Ops", "revops@example.com"
	if d := gocmp.Diff(struct{ Name, Email *string }{&name, &email}, odd.Owner); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if d := gocmp.Diff([]string{"1_000", "a: b", "on", "{{ tag }}"}, odd.Tags); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	column := func(name string, key bool, from string) map[string]any {
		f := map[string]any{"name": name, "columns": []any{from}}
		if key {
			f["key"] = true
		}
		return f
	}
	leat, _ := odd.Meta["leat"].(map[string]any)
	for name, want := range map[string]any{"activation": "activation.odd-one", "object": "odd, {{ one }}", "mode": "upsert"} {
		if leat[name] != want {
			t.Errorf("meta.leat.%s is %v, want %v", name, leat[name], want)
		}
	}
	fields, _ := leat["fields"].([]any)
	for _, f := range fields {
		delete(f.(map[string]any), "labels")
	}
	if d := gocmp.Diff([]any{column("key: it", true, "customer_id"), column("first name", false, "customer_status"), column("no", false, "number_of_orders")}, fields); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if odd.Type != "application" || odd.Maturity != "high" {
		t.Errorf("type %q, maturity %q", odd.Type, odd.Maturity)
	}
}
