package against_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/against"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

const config = `
destination "crm" "main" {}
activation "people" {
  from   = ref("people")
  to     = destination.crm.main.contacts
  where  = row.active
  id     = row.id
  key    = { email = row.email }
  fields = {
    name  = row.name
    last  = row.name
    tier  = row.tier
    spend = row.spend
    city  = row.city
  }
}
activation "regions" {
  for_each = { eu = "EU", us = "US" }
  from     = ref("regions")
  to       = destination.crm.main[each.key]
  where    = row.region == each.value
  key      = { email = row.mail }
  fields   = { name = row.label }
}
`

type object = map[string]any

// base is the manifest before a change: people has a contract, regions only
// documents its columns.
func base() object {
	nodes := object{}
	model := func(name string, contract bool, columns ...string) {
		cols := object{}
		for _, c := range columns {
			column, typ, _ := strings.Cut(c, " ")
			cols[column] = object{"name": column, "data_type": typ}
		}
		nodes["model.shop."+name] = object{"resource_type": "model", "package_name": "shop", "name": name, "alias": name, "database": "db", "schema": "main",
			"columns": cols, "contract": object{"enforced": contract}, "config": object{"materialized": "table"},
			"original_file_path": "models/" + name + ".sql", "patch_path": "shop://models/" + name + ".yml"}
	}
	model("people", true, "id integer", "email varchar", "name varchar(50)", "tier varchar", "spend decimal(12,2)", "city varchar", "active boolean")
	model("regions", false, "mail varchar", "label varchar", "region varchar")
	for _, test := range []string{"unique people id", "not_null people id", "unique people email", "not_null people email", "not_null people name", "not_null people city",
		"accepted_values people tier", "unique regions mail", "not_null regions mail"} {
		f := strings.Fields(test)
		kwargs := object{"column_name": f[2]}
		if f[0] == "accepted_values" {
			kwargs["values"] = []any{"gold", "silver"}
		}
		name := strings.Join(f, "_")
		nodes["test.shop."+name] = object{"resource_type": "test", "package_name": "shop", "name": name, "column_name": f[2], "attached_node": "model.shop." + f[1],
			"test_metadata": object{"name": f[0], "kwargs": kwargs}, "config": object{"severity": "error", "enabled": true}, "original_file_path": "models/" + f[1] + ".yml"}
	}
	return object{"nodes": nodes, "metadata": object{"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.10.0", "project_name": "shop", "adapter_type": "postgres"}}
}

func input(t *testing.T, name string, m object) check.Input {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	read, ds := manifest.Read(bytes.NewReader(text), name, manifest.Options{})
	cfg, more := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte(config)}})
	ds.Extend(more)
	consts, more := syntax.Evaluate(cfg, syntax.Inputs{})
	ds.Extend(more)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	field := func(name string, typ types.Type) schema.Field {
		return schema.Field{Name: name, Type: typ, Nullable: true}
	}
	object := func(name string) schema.Object {
		return schema.Object{Name: name, Keys: []schema.Key{{Fields: []string{"email"}, Unique: true}}, Fields: []schema.Field{field("email", types.StringType),
			{Name: "name", Type: types.StringOf(80), RequiredOnCreate: true}, field("last", types.StringOf(80)), field("tier", types.EnumOf("gold", "silver")), field("spend", types.DecimalOf(12, 2)), field("city", types.StringType)},
			Operations: []schema.Operation{{Name: "upsert", Endpoint: "POST /upsert", Retry: schema.Idempotent, MaxRecords: 100}}}
	}
	return check.Input{Config: cfg, Constants: consts, Manifest: read, Source: func(string) []byte { return []byte(config) }, Snapshots: map[addr.Destination]check.Schema{},
		Schemas: map[string]check.Schema{"crm": {Schema: &schema.Destination{Plugin: "crm", Version: "1.0.0", Objects: []schema.Object{object("contacts"), object("eu"), object("us")}}}}}
}

func TestCompare(t *testing.T) {
	node := func(m object, id string) object { return m["nodes"].(object)[id].(object) }
	columns := func(m object, model string) object { return node(m, "model.shop."+model)["columns"].(object) }
	retype := func(model, column, typ string) func(object) {
		return func(m object) { columns(m, model)[column].(object)["data_type"] = typ }
	}
	rename := func(model, from, to string) func(object) {
		return func(m object) {
			cols := columns(m, model)
			cols[to] = object{"name": to, "data_type": cols[from].(object)["data_type"]}
			delete(cols, from)
		}
	}
	for _, c := range []struct {
		name string
		edit func(object)
		want string // ACTIVATION kind column !, one a line; ! breaks
	}{
		{"nothing", func(object) {}, ""},
		{"a column is added and a text is longer", func(m object) {
			columns(m, "people")["extra"] = object{"name": "extra", "data_type": "integer"}
			retype("people", "name", "varchar(60)")(m)
		}, ""},
		{"dropped", func(m object) { delete(columns(m, "people"), "city") }, "people column_dropped city !"},
		{"dropped and not complete", func(m object) { delete(columns(m, "regions"), "label") }, "regions[\"eu\"] column_dropped label !\nregions[\"us\"] column_dropped label !"},
		{"renamed to something like it", rename("people", "city", "city_name"), "people column_renamed city !"},
		{"renamed to the only new one of its type", rename("people", "active", "is_current"), "people column_renamed active !"},
		{"retyped", retype("people", "city", "date"), "people column_retyped city !"},
		{"narrowed text", retype("people", "name", "varchar(20)"), "people column_narrowed name !"},
		{"narrowed number", retype("people", "spend", "decimal(12,1)"), "people column_narrowed spend !"},
		{"wider than the destination", retype("people", "spend", "decimal(18,4)"), "people compile  !"},
		{"retyped id", retype("people", "id", "varchar"), "people column_retyped id !"},
		{"id nullable", func(m object) { delete(m["nodes"].(object), "test.shop.not_null_people_id") }, "people column_nullable id !"},
		{"test lowered to a warning", func(m object) { node(m, "test.shop.not_null_people_email")["config"].(object)["severity"] = "warn" }, "people column_nullable email !"},
		{"required field nullable", func(m object) { delete(m["nodes"].(object), "test.shop.not_null_people_name") }, "people column_nullable name !"},
		{"optional field nullable", func(m object) { node(m, "test.shop.not_null_people_city")["config"].(object)["where"] = "x > 1" }, "people column_nullable city"},
		{"unique id lost", func(m object) { delete(m["nodes"].(object), "test.shop.unique_people_id") }, "people unique_lost  !"},
		{"unique key disabled", func(m object) { node(m, "test.shop.unique_regions_mail")["config"].(object)["enabled"] = false },
			"regions[\"eu\"] unique_lost  !\nregions[\"us\"] unique_lost  !"},
		{"accepted values lost", func(m object) { delete(m["nodes"].(object), "test.shop.accepted_values_people_tier") }, "people accepted_values_lost tier !"},
		{"fewer accepted values", func(m object) {
			node(m, "test.shop.accepted_values_people_tier")["test_metadata"].(object)["kwargs"].(object)["values"] = []any{"gold"}
		}, "people column_narrowed tier !"},
		{"removed", func(m object) { delete(m["nodes"].(object), "model.shop.people") }, "people model_removed  !"},
		{"disabled", func(m object) {
			m["disabled"] = object{"model.shop.people": []any{node(m, "model.shop.people")}}
			delete(m["nodes"].(object), "model.shop.people")
		}, "people model_disabled  !"},
		{"ephemeral", func(m object) { node(m, "model.shop.people")["config"].(object)["materialized"] = "ephemeral" }, "people model_ephemeral  !"},
		{"private", func(m object) { node(m, "model.shop.people")["access"] = "private" }, "people access_lost  !"},
		{"another table", func(m object) { node(m, "model.shop.people")["alias"] = "people_v2" }, "people relation_moved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := base()
			c.edit(now)
			r := against.Compare(input(t, "base/manifest.json", base()), input(t, "target/manifest.json", now))
			var got []string
			for i := range r.Findings {
				f := &r.Findings[i]
				line := fmt.Sprintf("%s %s %s", f.Activation, f.Kind, f.Column)
				if f.Breaks() {
					line += " !"
				}
				got = append(got, strings.TrimRight(line, " "))
				if f.Diagnostic.Range.Filename != "leat.hcl" || f.Diagnostic.Range.Start.Byte == 0 {
					t.Errorf("%s has no place: %v", line, f.Diagnostic.Range)
				}
				if f.Kind != against.Compile && len(f.Diagnostic.Related) == 0 {
					t.Errorf("%s points to no dbt file", line)
				}
			}
			if text := strings.Join(got, "\n"); text != c.want {
				t.Errorf("got\n%s\nwant\n%s\n%v", text, c.want, r.Diagnostics())
			}
			_, ds := check.Compile(input(t, "target/manifest.json", now))
			for _, d := range r.Unexplained(ds) {
				if d.Severity == diag.Error && !strings.Contains(c.want, "compile") {
					t.Errorf("the compiler's own error is not explained: %v", d)
				}
			}
			// The other way round, what was wrong before is not held against it.
			if back := against.Compare(input(t, "a", now), input(t, "b", now)); len(back.Findings) > 0 {
				t.Errorf("a manifest against itself: %v", back.Diagnostics())
			}
		})
	}
}

// A rename comes with an edit for every mention.
func TestRenameFix(t *testing.T) {
	now := base()
	cols := now["nodes"].(object)["model.shop.people"].(object)["columns"].(object)
	cols["full name"] = object{"name": "full name", "data_type": "varchar(50)"}
	delete(cols, "name")
	r := against.Compare(input(t, "base/manifest.json", base()), input(t, "target/manifest.json", now))
	if len(r.Findings) != 1 || len(r.Findings[0].Diagnostic.Fixes) != 1 {
		t.Fatal(r.Diagnostics())
	}
	for _, e := range r.Findings[0].Diagnostic.Fixes[0].Edits {
		if was := config[e.Range.Start.Byte:e.Range.End.Byte]; was != "row.name" || e.NewText != `row["full name"]` {
			t.Errorf("%q becomes %q", was, e.NewText)
		}
	}
	if n := len(r.Findings[0].Diagnostic.Fixes[0].Edits); n != 2 {
		t.Errorf("%d edits, want one for each mention", n)
	}
	if got := r.Broken(); len(got) != 1 || got[0] != "people" {
		t.Error(got)
	}
}
