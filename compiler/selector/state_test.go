package selector

import (
	"bytes"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/types"
)

// before is the world as it was: what the functions undo was done since.
var before = map[string]func(map[string]any){
	"model.shop.stg_issues":      func(n map[string]any) { n["raw_code"] = "select 0" },
	"model.shop.sessions":        func(n map[string]any) { n["config"].(map[string]any)["materialized"] = "table" },
	"model.shop.stg_pages":       func(n map[string]any) { n["config"].(map[string]any)["schema"] = "web" },
	"model.shop.stg_events":      func(n map[string]any) { n["tags"], n["group"] = []string{"daily"}, "sales" }, // no modification
	"model.other.accounts":       func(n map[string]any) { n["unique_id"] = "model.other.old_accounts" },
	"source.shop.stripe.payment": func(n map[string]any) { n["identifier"] = "payments_v1" },
	"exposure.shop.weekly_kpis":  func(n map[string]any) { n["description"] = "as it was" },
	"model.shop.kpis": func(n map[string]any) {
		n["description"] = "not persisted"
		n["config"].(map[string]any)["contract"] = map[string]any{"enforced": true}
		n["columns"] = map[string]any{"id": map[string]any{"name": "id", "data_type": "int"}}
	},
}

func TestState(t *testing.T) {
	now := ir.Digest{Body: "b", Configs: "c", Relation: "r", Contract: "t", Descriptions: "d"}
	acts := []Activation{
		{Name: "same", Digest: &now}, {Name: "remapped", Digest: &now}, {Name: "retuned", Digest: &now}, {Name: "fresh", Digest: &now}, {Name: "broken"},
	}
	body, configs := now, now
	body.Body, configs.Configs = "b0", "c0"
	dbt, ds := manifest.ReadGraph(bytes.NewReader(worldJSON(t, before)), "before/manifest.json", manifest.Options{})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	results, ds := manifest.ReadRunResults(strings.NewReader(`{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json"},
		"args": {"which": "build"}, "results": [{"unique_id": "model.shop.kpis", "status": "error"}, {"unique_id": "model.shop.sessions", "status": "success"}]}`), "before/run_results.json")
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	prev := &Previous{DBT: dbt, Results: results, Activations: map[string]ir.Digest{"same": now, "remapped": body, "retuned": configs, "broken": now}}
	for _, c := range []struct{ sel, want string }{
		{"state:modified", "activation.broken activation.fresh activation.remapped activation.retuned exposure:weekly_kpis kpis other.accounts sessions source:stripe.payment stg_issues stg_pages"},
		{"state:new", "activation.fresh other.accounts"},
		{"state:modified.body", "activation.broken activation.remapped stg_issues"},
		{"state:modified.configs", "activation.broken activation.retuned kpis sessions"},
		{"state:modified.relation", "activation.broken source:stripe.payment stg_pages"},
		{"state:modified.contract", "activation.broken kpis"},
		{"state:modified.persisted_descriptions", "activation.broken"},
		{"state:unmodified,resource_type:model", "dim.v1 dim.v2 dim.v3 stg_events stg_payments"},
		{"state:unmodified,resource_type:activation", "activation.same"},
		{"state:old,resource_type:activation", "activation.broken activation.remapped activation.retuned activation.same"},
		{"result:error", "kpis"},
		{"result:success+1,resource_type:model", "kpis sessions"},
	} {
		got, ds := Select(Request{Graph: NewGraph(dbtGraph(t, nil), acts), Select: []string{c.sel}, Indirect: Empty, Previous: prev})
		if len(ds) > 0 && c.want != "" {
			t.Errorf("%s: %v", c.sel, ds)
			continue
		}
		if have := short(got.IDs()); have != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sel, have, c.want)
		}
	}
}

// A macro that a model uses through another macro makes the model modified.
func TestStateMacros(t *testing.T) {
	src := string(worldJSON(t, nil))
	old, ds := manifest.ReadGraph(strings.NewReader(strings.Replace(src, `"macro_sql":"y"`, `"macro_sql":"z"`, 1)), "m", manifest.Options{})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	for _, sel := range []string{"state:modified.macros", "state:modified"} {
		got, ds := Select(Request{Graph: graph(t), Select: []string{sel + ",resource_type:model"}, Indirect: Empty, Previous: &Previous{DBT: old}})
		if have := short(got.IDs()); len(ds) > 0 || have != "dim.v1 dim.v2 dim.v3 kpis other.accounts sessions stg_events stg_pages stg_payments" {
			t.Errorf("%s: %s %v", sel, have, ds)
		}
	}
	got, _ := Select(Request{Graph: graph(t), Select: []string{"state:modified.body"}, Previous: &Previous{DBT: old, Activations: map[string]ir.Digest{}}})
	if have := short(got.IDs()); have != "" {
		t.Errorf("only a macro differs, and new activations have no part that is modified: %s", have)
	}
}

func TestSaved(t *testing.T) {
	a := ir.Activation{Name: "contacts", Mode: ir.Upsert, Fields: []ir.Mapping{{Field: "email", Type: types.StringType, Expr: ir.Expr{SQL: "r.email"}}}}
	b := a
	b.Name, b.Mode = "b", ir.Append
	text := Save([]ir.Activation{b, a}, "0.1.0")
	if again := Save([]ir.Activation{a, b}, "0.1.0"); !bytes.Equal(text, again) {
		t.Error("the order of activations counts")
	}
	got, err := Load(text)
	if err != nil || len(got) != 2 || got["contacts"] != a.Digest() || got["b"].Configs == got["contacts"].Configs {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"format_version": "2.0", "activations": {}}`, `{"format_version": "1.0"}`} {
		if _, err := Load([]byte(bad)); err == nil {
			t.Errorf("%q is loaded", bad)
		}
	}
}
