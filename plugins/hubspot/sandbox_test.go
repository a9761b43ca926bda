package hubspot_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/hubspot"
	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

func account(t *testing.T, opt sandbox.Options) (*sandbox.Server, protocol.DestinationClient) {
	t.Helper()
	opt.Token, opt.Rate = token, sandbox.Rate{Max: -1, Daily: -1, Search: -1}
	crm := sandbox.New(opt)
	server := httptest.NewServer(crm)
	t.Cleanup(server.Close)
	return crm, connect(t, server.URL)
}

func seed(t *testing.T, crm *sandbox.Server, object string, rows ...map[string]string) []string {
	t.Helper()
	ids, err := crm.Seed(object, rows)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestDiscover(t *testing.T) {
	_, api := account(t, sandbox.Options{})
	out, err := api.Discover(t.Context(), &protocol.DiscoverRequest{})
	if err != nil || len(out.GetProblems()) > 0 {
		t.Fatal(out.GetProblems(), err)
	}
	if a := out.GetSchema().GetAccount(); a != "hubspot:1001" {
		t.Errorf("account %q", a)
	}
	got := make(map[string]*protocol.Field)
	var objects []string
	for _, o := range out.GetSchema().GetObjects() {
		objects = append(objects, o.GetName())
		for _, f := range o.GetFields() {
			got[o.GetName()+"."+f.GetName()] = f
		}
		for _, k := range o.GetKeys() {
			objects = append(objects, strings.Join(k.GetFields(), "+"))
		}
	}
	if s := strings.Join(objects, " "); s != "2-1001 visit_id companies domain name contacts email" {
		t.Errorf("objects and keys: %s", s)
	}
	for name, want := range map[string]string{
		"contacts.email": "string(65536)", "contacts.lifetime_value": "decimal(38,10)", "contacts.first_order": "date",
		"contacts.last_seen_at": "timestamptz", "contacts.is_loyal": "bool", "contacts.interests": "string(65536)",
		"contacts.segment": `enum("new", "returning", "loyal", "lost")`, "companies.is_public": "bool", "2-1001.pages": "decimal(38,10)",
	} {
		if f := got[name]; f.GetType() != want || !f.GetNullable() || f.GetClear() != sdk.ClearEmpty || f.GetReadOnly() {
			t.Errorf("%s is %v, want type %s", name, f, want)
		}
	}
	if !got["contacts.createdate"].GetReadOnly() || !got["contacts.email"].GetUnique() || !got["2-1001.visit_id"].GetRequiredOnCreate() {
		t.Error("read-only, unique or required is missing")
	}
	one, err := api.Discover(t.Context(), &protocol.DiscoverRequest{Objects: []string{"visits"}})
	if err != nil || len(one.GetSchema().GetObjects()) != 1 {
		t.Errorf("one object: %v, %v", one.GetSchema().GetObjects(), err)
	}
}

// TestStandardProperties holds the offline schema against the double's: what
// both know must agree.
func TestStandardProperties(t *testing.T) {
	_, api := account(t, sandbox.Options{})
	live, err := api.Discover(t.Context(), &protocol.DiscoverRequest{})
	if err != nil {
		t.Fatal(err)
	}
	types := make(map[string]string)
	for _, o := range live.GetSchema().GetObjects() {
		for _, f := range o.GetFields() {
			types[o.GetName()+"."+f.GetName()] = protocol.TypeKind(f.GetType())
		}
	}
	for _, o := range sdk.Describe(hubspot.New()).GetObjects() {
		for _, f := range o.GetFields() {
			name := o.GetName() + "." + f.GetName()
			if have, ok := types[name]; ok && have != protocol.TypeKind(f.GetType()) {
				t.Errorf("%s is %s offline and %s live", name, f.GetType(), have)
			}
		}
	}
}

func TestCompaniesAreFoundFirst(t *testing.T) {
	crm, api := account(t, sandbox.Options{})
	ids := seed(t, crm, "companies", map[string]string{"domain": "Twice.example"}, map[string]string{"domain": "twice.example"},
		map[string]string{"domain": "ONCE.example", "city": "Bonn"}, map[string]string{"domain": "moved.example"})
	out := deliver(t, api, "companies", "domain", "name", sdk.Send,
		row{key: "twice.example", value: text("T")}, row{key: "once.example", value: text("O")}, row{key: "new.example", value: text("N")},
		row{dest: ids[3], key: "renamed.example", value: text("R")}, row{dest: "999", key: "gone.example", value: text("G")})
	want := "REJECTED CONFLICT MULTIPLE_MATCHES domain, UPDATED " + ids[2] + ", CREATED 10005, UPDATED " + ids[3] + ", CREATED 10006"
	if got := show(out); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if out.GetRequests() != 4 {
		t.Errorf("%d requests, want 4: update by id, search, update, create", out.GetRequests())
	}
	for _, r := range crm.Contents()["companies"] {
		if r["domain"] == "ONCE.example" && (r["name"] != "O" || r["city"] != "Bonn") {
			t.Errorf("found record: %v", r)
		}
	}
	again := deliver(t, api, "companies", "domain", "name", sdk.Create, row{key: "once.example", value: text("X")}, row{key: "twice.example"})
	if got := show(again); got != "EXISTS "+ids[2]+", REJECTED CONFLICT MULTIPLE_MATCHES domain" {
		t.Errorf("create: %s", got)
	}
	gone := deliver(t, api, "companies", "domain", "name", sdk.Archive, row{key: "moved.example"}, row{key: "renamed.example"})
	if got := show(gone); got != "ABSENT, REMOVED" {
		t.Errorf("archive: %s", got)
	}
}

func TestContactsWithoutIDs(t *testing.T) {
	crm, api := account(t, sandbox.Options{})
	ids := seed(t, crm, "contacts", map[string]string{"email": "a@x.io", "firstname": "Ann"}, map[string]string{"email": "b@x.io", "firstname": "Ben"})
	rekey := deliver(t, api, "contacts", "email", "firstname", sdk.Rekey, row{key: "c@x.io", prior: "a@x.io"}, row{key: "b@x.io", prior: "a2@x.io"})
	if got := show(rekey); got != "UPDATED "+ids[0]+", ABSENT" {
		t.Errorf("rekey: %s", got)
	}
	taken := deliver(t, api, "contacts", "email", "firstname", sdk.Rekey, row{dest: ids[0], key: "b@x.io", prior: "c@x.io"})
	if got := show(taken); got != "REJECTED CONFLICT CONFLICTING_UNIQUE_VALUE email" {
		t.Errorf("rekey to a taken address: %s", got)
	}
	cleared := deliver(t, api, "contacts", "email", "firstname", sdk.Clear, row{key: "b@x.io", value: text("")}, row{key: "x@x.io", value: text("")})
	if got := show(cleared); got != "UPDATED "+ids[1]+", ABSENT" {
		t.Errorf("clear: %s", got)
	}
	archived := deliver(t, api, "contacts", "email", "firstname", sdk.Archive, row{key: "C@x.io"}, row{key: "x@x.io"})
	if got := show(archived); got != "REMOVED, ABSENT" {
		t.Errorf("archive: %s", got)
	}
	rest := crm.Contents()["contacts"]
	if len(rest) != 1 || rest[0]["email"] != "b@x.io" || rest[0]["firstname"] != "" {
		t.Errorf("left: %v", rest)
	}
}

// TestCustomObject uses a unique property that is not known offline, by the
// object's type id.
func TestCustomObject(t *testing.T) {
	_, api := account(t, sandbox.Options{})
	first := deliver(t, api, "2-1001", "visit_id", "note", sdk.Send, row{key: "v1", value: text("x")})
	second := deliver(t, api, "2-1001", "visit_id", "note", sdk.Send, row{key: "v1", value: text("y")})
	if got := show(first) + "; " + show(second); got != "CREATED 10001; UPDATED 10001" {
		t.Error(got)
	}
	if first.GetRequests() != 2 || second.GetRequests() != 1 {
		t.Errorf("%d and %d requests: the key's property is asked for once", first.GetRequests(), second.GetRequests())
	}
	found := deliver(t, api, "2-1001", "note", "channel", sdk.Send, row{key: "y", value: text("mail")})
	if got := show(found); got != "UPDATED 10001" {
		t.Errorf("by a property that is not unique: %s", got)
	}
}

func TestWholeBatchErrors(t *testing.T) {
	crm, api := account(t, sandbox.Options{WholeBatchErrors: true})
	rows := []row{{key: "a@x.io", value: text("A")}, {key: "not an address", value: text("B")}}
	if got := show(deliver(t, api, "contacts", "email", "firstname", sdk.Send, rows...)); got != "RETRY, RETRY, fault invalid_batch" {
		t.Error(got)
	}
	if n := len(crm.Contents()["contacts"]); n != 0 {
		t.Errorf("%d records", n)
	}
	if got := show(deliver(t, api, "contacts", "email", "firstname", sdk.Send, rows[1])); got != "REJECTED INVALID_VALUE INVALID_EMAIL email" {
		t.Error(got)
	}
}
