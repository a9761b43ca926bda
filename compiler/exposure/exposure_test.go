package exposure

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

const shop = `{
 "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.2", "adapter_type": "duckdb", "project_name": "shop"},
 "nodes": {
  "model.shop.customers.v2": {"unique_id": "model.shop.customers.v2", "resource_type": "model", "package_name": "shop", "name": "customers", "version": 2, "latest_version": 2, "group": "crm", "relation_name": "customers", "config": {"materialized": "table"}},
  "model.shop.flags": {"unique_id": "model.shop.flags", "resource_type": "model", "package_name": "shop", "name": "flags", "relation_name": "flags", "config": {"materialized": "table"}},
  "model.crm.people": {"unique_id": "model.crm.people", "resource_type": "model", "package_name": "crm", "name": "people", "relation_name": "people", "config": {"materialized": "table"}}},
 "sources": {"source.shop.raw.clicks": {"unique_id": "source.shop.raw.clicks", "resource_type": "source", "package_name": "shop", "source_name": "raw", "name": "clicks", "relation_name": "clicks"}},
 "exposures": {"exposure.shop.leat_a": {"unique_id": "exposure.shop.leat_a", "resource_type": "exposure", "package_name": "shop", "name": "leat_a", "type": "dashboard", "original_file_path": "models/old.yml"}},
 "groups": {"group.shop.crm": {"unique_id": "group.shop.crm", "resource_type": "group", "package_name": "shop", "name": "crm", "owner": {"name": "CRM team", "email": ["crm@example.com", "second@example.com"]}}}
}`

func input(t *testing.T, list ...ir.Activation) Input {
	t.Helper()
	m, ds := manifest.Read(strings.NewReader(shop), "manifest.json", manifest.Options{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return Input{Activations: list, Manifest: m, Config: &syntax.Config{},
		Destinations: map[addr.Destination]check.Destination{{Type: "hubspot", Name: "crm"}: {}}}
}

func activation(name, id, ref string) ir.Activation {
	return ir.Activation{Name: name, Source: ir.Source{UniqueID: id, Name: ref}, Mode: ir.Upsert,
		Target: ir.Target{Plugin: "hubspot", Destination: "crm", Object: "contacts", Account: "hubspot:42"}}
}

func TestDependsOn(t *testing.T) {
	for _, c := range []struct{ id, ref, want string }{
		{"model.shop.customers.v2", `ref("customers")`, "ref('customers')"},
		{"model.shop.customers.v2", `ref("customers.v2")`, "ref('customers', v=2)"},
		{"model.crm.people", `ref("crm", "people")`, "ref('crm', 'people')"},
		{"source.shop.raw.clicks", `source("raw", "clicks")`, "source('raw', 'clicks')"},
	} {
		a := activation("a", c.id, c.ref)
		if got := input(t).dependsOn(&a); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: got %v, want %s", c.ref, got, c.want)
		}
	}
}

// TestConsent: the relation that says who consented is read too.
func TestConsent(t *testing.T) {
	cfg, _ := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte("activation \"a\" {\n  consent {\n    from = ref(\"flags\")\n  }\n}\n")}})
	in := input(t, activation("a", "model.crm.people", `ref("crm", "people")`))
	in.Config = cfg
	list, _ := Build(in)
	if want := []string{"ref('crm', 'people')", "ref('flags')"}; !slices.Equal(list[0].DependsOn, want) {
		t.Errorf("got %v, want %v", list[0].DependsOn, want)
	}
}

func TestNames(t *testing.T) {
	var list []ir.Activation
	for _, n := range []string{"contacts", "a_b", "a-b", `audience["eu"]`, "audience__eu", `audience["EU 1"]`, `audience["eu-1"]`, "Contacts"} {
		list = append(list, ir.Activation{Name: n})
	}
	got := names(list)
	seen := map[string]bool{}
	for _, n := range got {
		if !plainName.MatchString(n) || seen[n] {
			t.Errorf("%s breaks dbt's rule, or stands twice", n)
		}
		seen[n] = true
	}
	want := []string{"leat_contacts", "leat_a_b", "leat_a_b_HASH", "leat_audience__eu_HASH", "leat_audience__eu", "leat_audience__eu_1_HASH", "leat_audience__eu_1_HASH", "leat_Contacts"}
	for i, w := range want {
		if plain := strings.TrimSuffix(w, "HASH"); (plain == w && got[i] != w) || !strings.HasPrefix(got[i], plain) {
			t.Errorf("got %s, want %s", got[i], w)
		}
	}
	slices.Reverse(list)
	back := names(list)
	slices.Reverse(back)
	if !slices.Equal(got, back) {
		t.Errorf("the order matters: %v, %v", got, back)
	}
	if alone := names([]ir.Activation{{Name: `audience["eu"]`}}); alone[0] != "leat_audience__eu" {
		t.Errorf("an instance whose name is free: %s", alone[0])
	}
}

func TestOwner(t *testing.T) {
	for _, c := range []struct {
		owner, id string
		want      Owner
		warns     bool
	}{
		{"revops@example.com", "", Owner{Email: "revops@example.com"}, false},
		{"Rev Ops <revops@example.com>", "", Owner{"Rev Ops", "revops@example.com"}, false},
		{"Rev Ops", "", Owner{Name: "Rev Ops"}, false},
		{"", "model.shop.customers.v2", Owner{"CRM team", "crm@example.com"}, false},
		{" ", "model.shop.flags", Owner{Name: "shop"}, true},
	} {
		a := activation("a", c.id, "")
		a.Owner = c.owner
		got, d := input(t).owner(&a)
		if got != c.want || (d != nil) != c.warns {
			t.Errorf("%q, %s: got %+v, %v", c.owner, c.id, got, d)
		}
	}
}

func TestURL(t *testing.T) {
	for _, c := range []struct {
		setting *syntax.Setting
		want    string
	}{
		{nil, "https://app.hubspot.com/contacts/42"},
		{&syntax.Setting{Name: "base_url", Env: "HUBSPOT_BASE_URL"}, ""},
		{&syntax.Setting{Name: "base_url", Value: cty.StringVal("https://user:secret@crm.example.com/v1?token=secret#x")}, "https://crm.example.com/v1"},
		{&syntax.Setting{Name: "base_url", Value: cty.StringVal("https://crm.example.com"), Sensitive: true}, ""},
		{&syntax.Setting{Name: "url", Value: cty.StringVal("postgres://u:p@db/dw")}, ""},
	} {
		in := input(t)
		var d check.Destination
		if c.setting != nil {
			d.Settings.Config = []syntax.Setting{*c.setting}
		}
		in.Destinations = map[addr.Destination]check.Destination{{Type: "hubspot", Name: "crm"}: d}
		a := activation("a", "", "")
		if got := in.url(&a); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.setting, got, c.want)
		}
	}
}

func TestTaken(t *testing.T) {
	in := input(t, activation("a", "model.shop.flags", `ref("flags")`))
	for file, want := range map[string]bool{"": false, "models/old.yml": false, "models/new.yml": true} {
		in.File = file
		_, ds := Build(in)
		if got := slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == diag.ExposureTaken }); got != want {
			t.Errorf("%q: reported is %v", file, got)
		}
	}
}

// awkward texts mean something in YAML 1.1, in YAML 1.2 or to Jinja.
var awkward = []string{"", "yes", "on", "null", "~", "1", "1_000", "0o7", "1:30", "-", "- a", "a: b", "a #b", "#a", "{a}", "[a]", `"`, `'`, `\`, "a\nb",
	"tab\there", "é ü 漢字 🎉", "\u0085 \u2028 \ufeff \x00 \x7f", "%a", "@a", "`a`", "!a", "&a", "*a", "| a", "> a", " a ", "true", "=", "<<", ".inf", "2020-01-01"}

func TestText(t *testing.T) {
	for _, s := range awkward {
		hold(t, s)
	}
}

func hold(t *testing.T, s string) {
	t.Helper()
	var got map[string]any
	if err := yaml.Unmarshal([]byte("a: "+text(s)+"\nb: ["+text(s)+"]\n"), &got); err != nil {
		t.Fatalf("%q as %s: %v", s, text(s), err)
	}
	want := jinja.Replace(s)
	if d := cmp.Diff(map[string]any{"a": want, "b": []any{want}}, got); d != "" {
		t.Errorf("%q as %s (-want +got)\n%s", s, text(s), d)
	}
}

// FuzzText: every text comes back from a reader of YAML as it was.
func FuzzText(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { hold(t, strings.ToValidUTF8(s, "?")) })
}

func TestYAML(t *testing.T) {
	a := activation("contacts", "model.shop.customers.v2", `ref("customers")`)
	a.Owner, a.Tags = "Rev Ops <revops@example.com>", []string{"daily", "on"}
	a.Description = "Scores {{ for }} sales"
	a.Key = []ir.Mapping{{Field: "email", Columns: []string{"email"}, Labels: []string{"pii"}}}
	a.Fields = []ir.Mapping{{Field: "First Name", Columns: []string{"first_name", "Given Name"}, Labels: []string{"pii"}}, {Field: "source"}}
	in := input(t, a)
	in.Maturity = "high"
	list, ds := Build(in)
	if len(ds) != 0 {
		t.Fatal(ds)
	}
	const want = Marker + `
version: 2

exposures:
  - name: leat_contacts
    label: "contacts to hubspot.crm.contacts"
    type: application
    maturity: high
    url: "https://app.hubspot.com/contacts/42"
    description: "Scores {{ '{{' }} for }} sales"
    owner:
      name: "Rev Ops"
      email: "revops@example.com"
    depends_on:
      - ref('customers')
    config:
      tags: [daily, "on"]
      meta:
        leat:
          activation: activation.contacts
          destination: destination.hubspot.crm
          object: contacts
          mode: upsert
          labels: [pii]
          fields:
            - name: email
              key: true
              columns: [email]
              labels: [pii]
            - name: "First Name"
              columns: [first_name, "Given Name"]
              labels: [pii]
            - name: source
              columns: []
`
	if d := cmp.Diff(want, string(YAML(list, "1.11.2"))); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	old := string(YAML(list, "1.9.0"))
	if strings.Contains(old, "config:") || !strings.Contains(old, "\n    meta:\n      leat:\n") {
		t.Errorf("dbt before 1.10 has tags and meta of exposures at the top:\n%s", old)
	}
	var parsed any
	if err := yaml.Unmarshal([]byte(old), &parsed); err != nil {
		t.Error(err)
	}
	if got := string(YAML(nil, "2.0.0-beta.2")); !strings.HasSuffix(got, "exposures: []\n") {
		t.Errorf("no activations: %s", got)
	}
}
