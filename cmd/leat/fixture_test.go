package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// column of a fixture's model. proven columns have the dbt tests unique and
// not_null.
type column struct {
	name, typ string
	proven    bool
	tags      []string
}

// fixtureModels are the models of the project "e2e": people, firms and
// consents, with enforced contracts, and an ephemeral model. No table of
// consents is built: a script that needs one makes it.
var fixtureModels = map[string][]column{
	"people": {
		{name: "id", typ: "integer", proven: true}, {name: "email", typ: "varchar", proven: true, tags: []string{"pii"}},
		{name: "name", typ: "varchar"}, {name: "city", typ: "varchar"}, {name: "phone", typ: "varchar"}, {name: "orders", typ: "integer"},
		{name: "spend", typ: "decimal(18,4)"}, {name: "note", typ: "varchar"}, {name: "active", typ: "boolean"},
	},
	"firms":    {{name: "firm_id", typ: "integer", proven: true}, {name: "domain", typ: "varchar", proven: true}, {name: "name", typ: "varchar"}, {name: "city", typ: "varchar"}},
	"stepping": {{name: "id", typ: "integer"}},
	"consents": {{name: "person_id", typ: "integer"}, {name: "email", typ: "varchar", tags: []string{"pii"}}, {name: "marketing", typ: "boolean"}, {name: "channel", typ: "varchar"}},
}

// fixtureSQL is the warehouse as the first dbt build leaves it.
const fixtureSQL = `
create table people (id integer, email varchar, name varchar, city varchar, phone varchar, orders integer, spend decimal(18,4), note varchar, active boolean);
insert into people values
  (1, 'ann@example.com', 'Ann', 'Leeds', null,     3, 10.5000, 'n1', true),
  (2, 'bob@example.com', 'Bob', 'York',  '555-02', 1, 20.2500, 'n2', true),
  (3, 'cyd@example.com', 'Cyd', 'Hull',  null,     0,  0.0000, 'n3', true),
  (4, 'dan@example.com', 'Dan', 'Ripon', null,     7, 99.9999, 'n4', true);
create table firms (firm_id integer, domain varchar, name varchar, city varchar);
insert into firms values (1, 'acme.example', 'Acme', 'Leeds'), (2, 'bolt.example', 'Bolt', 'York');
`

// fixtureHCL is the root file of a script that brings none.
const fixtureHCL = `destination "hubspot" "crm" {
  accepts = ["pii"]
  config {
    base_url     = env("HUBSPOT_BASE_URL")
    access_token = env("HUBSPOT_TOKEN")
  }
}
`

// fixtureManifest is the manifest that dbt would write for models.
func fixtureManifest(models map[string][]column) []byte {
	type object = map[string]any
	nodes := object{}
	for model, cols := range models {
		id, columns := "model.e2e."+model, object{}
		for _, c := range cols {
			columns[c.name] = object{"name": c.name, "data_type": c.typ, "tags": slices.Concat([]string{}, c.tags)}
			if !c.proven {
				continue
			}
			for _, kind := range []string{"unique", "not_null"} {
				test := "test.e2e." + kind + "_" + model + "_" + c.name
				nodes[test] = object{"unique_id": test, "resource_type": "test", "package_name": "e2e", "name": kind + "_" + model + "_" + c.name,
					"column_name": c.name, "attached_node": id, "config": object{"severity": "ERROR", "enabled": true},
					"test_metadata": object{"name": kind, "kwargs": object{"column_name": c.name}}}
			}
		}
		node := object{"unique_id": id, "resource_type": "model", "package_name": "e2e", "name": model, "alias": model,
			"database": "dev", "schema": "main", "relation_name": `"dev"."main"."` + model + `"`, "columns": columns,
			"original_file_path": "models/" + model + ".sql", "contract": object{"enforced": true},
			"config": object{"materialized": "table", "enabled": true}}
		if model == "stepping" {
			node["config"] = object{"materialized": "ephemeral", "enabled": true}
			node["relation_name"], node["contract"] = nil, object{"enforced": false}
		}
		nodes[id] = node
	}
	text, err := json.Marshal(object{"nodes": nodes, "sources": object{}, "metadata": object{"adapter_type": "duckdb", "project_name": "e2e",
		"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.16"}})
	if err != nil {
		panic(err)
	}
	return text
}

// writeFixture makes the project in a folder; files that exist are kept. No
// sql, no warehouse.
func writeFixture(dir, sql string, models map[string][]column) error {
	files := map[string]string{
		"dbt_project.yml":      "name: e2e\nprofile: e2e\n",
		"profiles.yml":         "e2e:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb}\n",
		"leat.hcl":             fixtureHCL,
		"target/manifest.json": string(fixtureManifest(models)),
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if sql == "" {
		return nil
	}
	return runDuck(filepath.Join(dir, "dev.duckdb"), sql)
}

// projectCommand is `project [DIR]`: fixture without a warehouse.
func projectCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(writeFixture(ts.MkAbs(strings.Join(args, "")), "", fixtureModels))
}

// fixtureCommand is `fixture [DIR]`: it makes the project e2e and its
// warehouse dev.duckdb in the folder.
func fixtureCommand(ts *testscript.TestScript, _ bool, args []string) {
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	ts.Check(writeFixture(ts.MkAbs(dir), fixtureSQL, fixtureModels))
}
