package view

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
)

// golden compares what views render with testdata/<name>.txtar; UPDATE=1
// rewrites it. Lines of text are at most 80 columns wide.
func golden(t *testing.T, name string, files ...txtar.File) {
	t.Helper()
	path := filepath.Join("testdata", name+".txtar")
	for _, f := range files {
		if filepath.Ext(f.Name) != ".txt" {
			continue
		}
		for line := range bytes.Lines(f.Data) {
			if n := utf8.RuneCount(bytes.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%s: line of %d columns: %s", f.Name, n, line)
			}
		}
	}
	got := txtar.Format(&txtar.Archive{Comment: []byte("What the views render. UPDATE=1 rewrites.\n"), Files: files})
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

func text(name, s string) txtar.File { return txtar.File{Name: name, Data: []byte(s)} }

func crm() *schema.Destination {
	return &schema.Destination{
		Plugin: "crm", Version: "0.1.0", API: "v3", Evidence: "D", Description: "A CRM of contacts. It has more to it.",
		Account: "acme-1", FetchedAt: "2026-05-01T08:00:00Z", EnvAllowed: []string{"HTTPS_PROXY"},
		Config: []schema.ConfigField{
			{Name: "access_token", Type: types.StringType, Required: true, Secret: true, Description: "Token of a private app."},
			{Name: "region", Type: types.EnumOf("eu", "us"), Default: "eu", Description: "Where the account lives."},
		},
		Limits: []schema.Limit{{Name: "burst", Scope: "account", Amount: 1900, Window: "10s", Counts: "requests", Concurrent: 4, Description: "Shared by every app of the account."}},
		Objects: []schema.Object{{
			Name: "contacts", Label: "People", Description: "People the company knows.",
			Fields: []schema.Field{
				{Name: "created", Type: types.TimestampTZType, ReadOnly: true},
				{Name: "email", Type: types.StringOf(254), RequiredOnCreate: true, Unique: true, Clear: schema.ClearImpossible, Normalise: "lower_trim", PII: "identifier"},
				{Name: "industry", Type: types.EnumOf("agriculture", "banking", "chemicals", "design", "education", "fashion", "gardening", "hospitality", "insurance", "journalism", "knitting", "law", "mining", "nursing"), Nullable: true, Clear: schema.ClearEmpty, EnumOpen: true},
				{Name: "score", Type: types.DecimalOf(10, 2), Nullable: true, Clear: schema.ClearImpossible},
			},
			Keys:     []schema.Key{{Fields: []string{"email"}, Unique: true}, {Fields: []string{"firm", "number"}}},
			Readable: schema.ReadByKey, Removal: []string{"archive", "delete"}, Rekey: true,
			Operations: []schema.Operation{
				{Name: "create", Endpoint: "POST /contacts", Retry: schema.Neither, MaxRecords: 1},
				{Name: "upsert", Endpoint: "POST /contacts/batch/upsert", Retry: schema.Idempotent, MaxRecords: 100, MaxBytes: 3 << 20, CallsPerBatch: 2, Limits: []string{"burst"}},
			},
		}},
	}
}

func folder() *schema.Destination {
	return &schema.Destination{Plugin: "folder", Version: "0.1.0", Evidence: "A", Open: true, Objects: []schema.Object{
		{Name: schema.AnyObject, FieldsOpen: true, KeysOpen: true, Replace: true, Readable: schema.ReadNone}}}
}

func TestDestinations(t *testing.T) {
	s, f := crm(), folder()
	pull := &schema.Destination{Plugin: "table", Version: "0.2.0", Evidence: "A", NeedsPull: true}
	types := []DestinationLine{{Name: "crm", Schema: s}, {Name: "folder", Schema: f}, {Name: "table", Schema: pull}}
	blocks := []DestinationLine{
		{Name: "destination.crm.main", Schema: s, File: "leat_schemas/crm.main.json"},
		{Name: "destination.folder.exports", Schema: f},
		{Name: "destination.gone.x"},
		{Name: "destination.table.dw", Schema: pull},
	}
	open, _ := f.Object("orders")
	golden(t, "destinations",
		text("list.txt", Destinations(types, blocks, Style{})),
		text("no-project.txt", Destinations(types[:1], nil, Style{})),
		text("crm.txt", Destination("destination.crm.main", s, "leat_schemas/crm.main.json", Style{})),
		text("folder.txt", Destination("folder", f, "", Style{})),
		text("table.txt", Destination("table", pull, "", Style{})),
		text("contacts.txt", Object("crm", &s.Objects[0], Style{})),
		text("orders.txt", Object("folder", open, Style{})),
		text("list.json", string(DestinationsJSON(types, blocks))),
		text("crm.json", string(DestinationJSON(s))),
		text("orders.json", string(ObjectJSON(open))),
	)
}

func shop() *ModelList {
	passed := func(name string) manifest.Proof {
		return manifest.Proof{Grade: manifest.Passed, By: "test.shop." + name + ".1", Test: &manifest.Test{Name: name}, File: "models/m.yml"}
	}
	partial := passed("unique_customers_phone")
	partial.Partial = "where"
	customers := &manifest.Relation{UniqueID: "model.shop.customers", Resource: manifest.Model, Package: "shop", Name: "customers",
		RelationName: `"dw"."main"."customers"`, Materialized: "table", Access: "public", ContractEnforced: true,
		Tags: []string{"daily"}, Meta: map[string]any{"owner": "ann", "nested": map[string]any{"a": 1}}, Description: "Who buys.\nOne row each.", YAMLFile: "models/m.yml"}
	other := &manifest.Relation{UniqueID: "model.util.dates", Resource: manifest.Model, Package: "util", Name: "dates", Materialized: "view"}
	raw := &manifest.Relation{UniqueID: "source.shop.crm.raw", Resource: manifest.Source, Package: "shop", SourceName: "crm", Name: "raw"}
	return &ModelList{
		Metadata:  manifest.Metadata{SchemaVersion: 12, DbtVersion: "1.11.2", Adapter: "duckdb", Project: "shop"},
		Ephemeral: 1, Disabled: 2, Labels: label.Default(),
		Models: []Model{
			{customers, &manifest.Facts{Relation: customers, Complete: true,
				Columns: []manifest.ColumnFacts{
					{Name: "customer_id", Types: []manifest.TypeFact{{DataType: "integer", From: manifest.FromContract}}, NotNull: []manifest.Proof{{Grade: manifest.Declared, By: "constraint not_null", File: "models/m.yml"}}},
					{Name: "phone", Types: []manifest.TypeFact{{DataType: "VARCHAR", From: manifest.FromCatalog}}, Documented: &manifest.Column{Name: "phone", Tags: []string{"pii"}, Meta: map[string]any{"contains_pii": true, "masked": false, "level": "high"}}},
					{Name: "status", Types: []manifest.TypeFact{{DataType: "frobnicate(3)", From: manifest.FromDeclared}}, Enums: []manifest.EnumFact{{Values: []string{"new", "loyal"}, Quoted: true, Proof: passed("accepted_values_customers_status")}}},
					{Name: "firm", Refers: []manifest.RefersFact{{To: "model.shop.firms", Column: "id", Proof: passed("relationships_customers_firm")}}},
				},
				Keys: []manifest.KeyFact{{Columns: []string{"customer_id"}, Proofs: []manifest.Proof{passed("unique_customers_customer_id")}}, {Columns: []string{"phone"}, Proofs: []manifest.Proof{partial}}}}},
			{other, &manifest.Facts{Relation: other, Columns: []manifest.ColumnFacts{{Name: "day"}}}},
			{raw, &manifest.Facts{Relation: raw}},
		},
	}
}

func TestModels(t *testing.T) {
	l := shop()
	one := &ModelList{Metadata: l.Metadata, Models: l.Models[:1], Labels: l.Labels}
	golden(t, "models",
		text("list.txt", Models(l, Style{})),
		text("none.txt", Models(&ModelList{Metadata: manifest.Metadata{SchemaVersion: 7, DbtVersion: "1.3.0", Adapter: "duckdb"}}, Style{})),
		text("customers.txt", ModelDetail(l, l.Models[0], Style{})),
		text("dates.txt", ModelDetail(l, l.Models[1], Style{})),
		text("customers.json", string(ModelsJSON(one))),
	)
}

func TestState(t *testing.T) {
	info := StateInfo{Environment: "prod", Dir: "/srv/shop/.leat/prod"}
	cell := func(name, value string) StateCell { return StateCell{Name: name, Value: &value, Sent: true} }
	hide := func(name string) StateCell { return StateCell{Name: name, Hidden: true, Sent: true} }
	head := StateHead{Activation: "contacts", Plugin: "crm", Destination: "main", Object: "contacts", Account: "acme-1", Serial: 3, Mode: "upsert", OnRemoved: "archive",
		Plan: "sha256:0123456789abcdef0123456789abcdef", AsOf: "2026-05-01T08:00:00Z", Rows: 1204, Counts: map[string]int64{"rejected": 2, "synced": 1202},
		ID: []StateColumn{{"customer_id", "int"}}, Key: []StateColumn{{"email", "string(254)"}}, Fields: []StateColumn{{"firstname", "string"}}, Retired: []StateColumn{}}
	refusal := &Refusal{Class: "invalid_value", Code: "INVALID_EMAIL", Field: "email", Attempts: 2, First: "2026-04-30 08:00:00", Last: "2026-05-01 08:00:00.5"}
	row := StateRow{ID: []StateCell{cell("customer_id", "42")}, Status: "rejected", Origin: "adopted", DestID: "10077", Key: []StateCell{hide("email")},
		Fields: []StateCell{hide("firstname"), {Name: "lastname", Hidden: true}}, Refusal: refusal}
	revealed := row
	revealed.Key, revealed.Fields = []StateCell{cell("email", "ann@example.com")}, []StateCell{cell("firstname", "Ann\x1b[2J"), {Name: "lastname"}}
	told := *refusal
	told.Text, told.Transient = "ann@example.com is no address", true
	revealed.Refusal = &told
	again := StateRow{ID: []StateCell{cell("customer_id", "43")}, Refusal: &Refusal{Class: "rate_limited", Transient: true, Attempts: 1, Last: "2026-05-01 08:00:00"}}
	lists := []RejectList{{Activation: "contacts", Total: 12, Rows: []StateRow{row, again}}}
	done := []Retried{{"contacts", 2}}
	golden(t, "state",
		text("list.txt", State(info, []StateHead{head}, Style{})),
		text("empty.txt", State(info, nil, Style{})),
		text("show.txt", StateActivation(info, head, Style{})),
		text("row.txt", StateRowText(head, row, Style{})),
		text("revealed.txt", StateRowText(head, revealed, Style{})),
		text("rejects.txt", Rejects(info, lists, Style{})),
		text("no-rejects.txt", Rejects(info, nil, Style{})),
		text("retried.txt", Retries(done)),
		text("nothing-retried.txt", Retries(nil)),
		text("list.json", string(StateJSON(info, []StateHead{head}))),
		text("empty.json", string(StateJSON(info, nil))),
		text("row.json", string(StateActivationJSON(info, head, &row))),
		text("rejects.json", string(RejectsJSON(info, lists))),
		text("retried.json", string(RetriesJSON(info, done))),
	)
}

func TestSandbox(t *testing.T) {
	info := SandboxInfo{URL: "http://127.0.0.1:8765", Token: "sandbox", Log: "requests.jsonl", Faults: []string{"429:count=2"}}
	golden(t, "sandbox",
		text("sandbox.txt", Sandbox(info, Style{})),
		text("plain.txt", Sandbox(SandboxInfo{URL: info.URL, Token: "t"}, Style{})),
		text("sandbox.json", string(SandboxJSON(info))),
	)
}
