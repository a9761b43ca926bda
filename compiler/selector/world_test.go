package selector

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/manifest"
)

// world is a dbt project as text, one node a line: resource, package, path of
// folders and name, then KEY=VALUE pairs.
//
//	shop: src raw.events -> stg_events -> sessions -> kpis
const world = `
source  shop snowplow.event
source  shop snowplow.page
source  shop stripe.payment
source  other crm.account
model   shop staging.github.stg_issues      tag=nightly config.materialized=view
model   shop staging.snowplow.stg_events    up=source.shop.snowplow.event tag=nightly,hourly config.materialized=view group=product access=private
model   shop staging.snowplow.stg_pages     up=source.shop.snowplow.page config.materialized=view group=product access=protected
model   shop staging.stg_payments           up=source.shop.stripe.payment tag=finance config.materialized=table
model   shop marts.sessions                 up=model.shop.stg_events,model.shop.stg_pages config.materialized=incremental config.cluster_by=geo,day access=public
model   shop marts.finance.kpis             up=model.shop.sessions,model.shop.stg_payments tag=nightly,finance config.materialized=table config.meta.owner=ann config.meta.pii=true access=public
model   shop marts.dim.v1                   name=dim version=1 latest=2 up=model.shop.stg_payments
model   shop marts.dim.v2                   name=dim version=2 latest=2 up=model.shop.stg_payments
model   shop marts.dim.v3                   name=dim version=3 latest=2 up=model.shop.stg_payments
model   other base.accounts                 up=source.other.crm.account
seed    shop countries                      path=seeds/countries.csv
snapshot shop orders_snapshot               path=snapshots/orders.sql up=model.shop.stg_payments
test    shop unique_stg_events_id           test=unique up=model.shop.stg_events config.severity=error
test    shop not_null_kpis_id               test=not_null up=model.shop.kpis config.severity=warn
test    shop relate_sessions_stg_payments   test=dbt_utils.equality up=model.shop.sessions,model.shop.stg_payments
test    shop total_is_positive              path=tests/total_is_positive.sql up=model.shop.kpis
unit_test shop sums_up                      up=model.shop.kpis
exposure shop weekly_kpis                   up=model.shop.kpis
metric  shop revenue                        up=model.shop.kpis
`

// activations on world: contacts and audience read kpis, members reads dim.v2
// and looks contacts up.
var activations = []Activation{
	{Name: "contacts", Tags: []string{"daily"}, File: "activations/crm/contacts.leat.hcl", Parents: []string{"model.shop.kpis"},
		Plugin: "hubspot", Destination: "crm", Object: "contacts", Config: map[string]any{"mode": "upsert", "on_removed": "archive"}},
	{Name: `audience["eu"]`, Tags: []string{"daily", "ads"}, File: "activations/ads.leat.hcl", Parents: []string{"model.shop.kpis"},
		Plugin: "http", Destination: "ads", Object: "members"},
	{Name: `audience["us, west"]`, Tags: []string{"daily", "ads"}, File: "activations/ads.leat.hcl", Parents: []string{"model.shop.kpis"},
		Plugin: "http", Destination: "ads", Object: "members"},
	{Name: "members", Tags: []string{"hourly"}, File: "leat.hcl", Parents: []string{"model.shop.dim.v2", "activation.contacts"},
		Plugin: "postgres", Destination: "dw", Object: "public.members"},
	{Name: "stg_events", File: "leat.hcl", Parents: []string{"model.shop.stg_events"}, Plugin: "hubspot", Destination: "crm", Object: "companies"},
}

// worldJSON is world as dbt would write it. edit may change nodes by unique id.
func worldJSON(t testing.TB, edit map[string]func(node map[string]any)) []byte {
	t.Helper()
	sections := map[string]map[string]any{"nodes": {}, "sources": {}, "exposures": {}, "metrics": {}, "unit_tests": {}}
	for line := range strings.Lines(world) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		id, n := worldNode(f)
		if e := edit[id]; e != nil {
			e(n)
		}
		section := map[string]string{"source": "sources", "exposure": "exposures", "metric": "metrics", "unit_test": "unit_tests"}[f[0]]
		if section == "" {
			section = "nodes"
		}
		sections[section][id] = n
	}
	doc := map[string]any{"metadata": map[string]any{"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.10.0", "project_name": "shop", "adapter_type": "duckdb"},
		"macros": map[string]any{
			"macro.shop.cents": map[string]any{"macro_sql": "x / 100", "depends_on": map[string]any{"macros": []string{"macro.shop.inner"}}},
			"macro.shop.inner": map[string]any{"macro_sql": "y"},
		}}
	for k, v := range sections {
		doc[k] = v
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func worldNode(f []string) (id string, n map[string]any) {
	path := strings.Split(f[2], ".")
	name := path[len(path)-1]
	n = map[string]any{"resource_type": f[0], "package_name": f[1], "name": name, "fqn": append([]string{f[1]}, path...),
		"original_file_path": "models/" + strings.Join(path, "/") + ".sql", "raw_code": "select 1 as " + name}
	config := map[string]any{}
	for _, kv := range f[3:] {
		k, v, _ := strings.Cut(kv, "=")
		switch k {
		case "up":
			n["depends_on"] = map[string]any{"nodes": strings.Split(v, ","), "macros": []string{"macro.shop.cents"}}
		case "tag":
			n["tags"] = strings.Split(v, ",")
		case "path":
			n["original_file_path"] = v
		case "version":
			n["version"] = json.Number(v)
		case "latest":
			n["latest_version"] = json.Number(v)
		case "name", "access", "group":
			n[k] = v
		case "test":
			ns, generic, ok := strings.Cut(v, ".")
			if !ok {
				ns, generic = "", v
			}
			n["test_metadata"] = map[string]any{"name": generic, "namespace": ns}
		default:
			put(config, strings.Split(strings.TrimPrefix(k, "config."), "."), v)
		}
	}
	n["config"] = config
	id = f[0] + "." + f[1] + "." + name
	switch {
	case f[0] == "source":
		n["source_name"] = path[0]
		n["fqn"] = []string{f[1], path[0], name}
		n["original_file_path"] = "models/" + path[0] + ".yml"
		id = "source." + f[1] + "." + f[2]
	case n["version"] != nil:
		id = "model." + f[1] + "." + n["name"].(string) + "." + name
		n["original_file_path"] = "models/marts/dim_" + name + ".sql"
	}
	n["unique_id"] = id
	return id, n
}

func put(m map[string]any, keys []string, v string) {
	for _, k := range keys[:len(keys)-1] {
		inner, ok := m[k].(map[string]any)
		if !ok {
			inner = map[string]any{}
			m[k] = inner
		}
		m = inner
	}
	last := keys[len(keys)-1]
	switch {
	case v == "true":
		m[last] = true
	case strings.Contains(v, ","):
		m[last] = strings.Split(v, ",")
	default:
		m[last] = v
	}
}

func dbtGraph(t testing.TB, edit map[string]func(map[string]any)) *manifest.Graph {
	t.Helper()
	g, ds := manifest.ReadGraph(bytes.NewReader(worldJSON(t, edit)), "target/manifest.json", manifest.Options{})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return g
}

func graph(t testing.TB) *Graph { return NewGraph(dbtGraph(t, nil), activations) }
