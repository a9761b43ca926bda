package sandbox_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

func TestSeedStateReset(t *testing.T) {
	c := start(t, sandbox.Options{})
	a := c.want(201, "POST", "/_sandbox/seed", `{"contacts":[{"email":" B@x.example","firstname":"B"},{"email":"a@x.example"}],"companies":[{"name":"N"}]}`)
	if a.at("companies.0") != "10001" || a.at("contacts.1") != "10003" {
		t.Error(a.text)
	}
	before := c.want(200, "GET", "/_sandbox/state", "")
	if before.at("objects.contacts.records.0.properties.email") != "b@x.example" || before.at("next_id") != "10004" {
		t.Error(before.text)
	}
	// All or none of an object's rows, and no value in what is said.
	for body, want := range map[string]string{
		`{"contacts":[{"email":"new@x.example"},{"email":"A@x.example"}]}`: "row 2 of contacts is refused: CONFLICT, CONFLICTING_UNIQUE_VALUE email",
		`{"contacts":[{"email":"sec ret"}]}`:                               "VALIDATION_ERROR, INVALID_EMAIL email",
		`{"deals":[{}]}`:                                                   "no object",
		`[]`:                                                               "a seed is",
	} {
		a := c.want(400, "POST", "/_sandbox/seed", body)
		if !strings.Contains(a.text, want) || strings.Contains(a.text, "x.example") || strings.Contains(a.text, "sec ret") {
			t.Errorf("%s: %s", body, a.text)
		}
	}
	if after := c.do("GET", "/_sandbox/state", ""); after.text != before.text {
		t.Error("a refused seed left something")
	}
	// Contents are free of ids, times and order.
	a = c.want(200, "GET", "/_sandbox/state?view=contents", "")
	if a.at("contacts.0.email") != "a@x.example" && a.at("contacts.1.email") != "a@x.example" || strings.Contains(a.text, "10001") {
		t.Error(a.text)
	}
	log := len(c.box.Log(0))
	if e := c.box.Log(0)[0]; e.Op != "seed" || e.Type != sandbox.LogCommit || !e.Created {
		t.Errorf("seeds in the log: %+v", e)
	}
	c.want(204, "POST", "/_sandbox/reset", "")
	if a := c.want(200, "GET", "/_sandbox/state", ""); a.at("objects.contacts.records") != "[]" || a.at("next_id") != "10001" {
		t.Error(a.text)
	}
	c.want(200, "GET", contacts, "")
	if e := c.box.Log(0)[0]; e.Seq != int64(log+1) {
		t.Errorf("after a reset the log goes on at %d, want %d", e.Seq, log+1)
	}
	c.want(404, "GET", "/_sandbox/nope", "")
}

func TestRestore(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.want(201, "POST", "/crm/v3/properties/companies", `{"name":"crm_key","label":"Key","type":"string","fieldType":"text","groupName":"g","hasUniqueValue":true}`)
	c.want(200, "POST", companies+"/batch/upsert", `{"inputs":[{"id":"k1","idProperty":"crm_key","properties":{"name":"A"}}]}`)
	state := c.do("GET", "/_sandbox/state", "").text

	other := start(t, sandbox.Options{})
	other.want(204, "PUT", "/_sandbox/state", state)
	if got := other.do("GET", "/_sandbox/state", "").text; got != state {
		t.Errorf("restored:\n%s\nwant:\n%s", got, state)
	}
	if a := other.want(200, "POST", companies+"/batch/upsert", `{"inputs":[{"id":"k1","idProperty":"crm_key","properties":{}},{"id":"k2","idProperty":"crm_key","properties":{}}]}`); a.at("results.0.id") != "10001" || a.at("results.1.id") != "10002" {
		t.Error(a.text)
	}
	held := other.do("GET", "/_sandbox/state", "").text
	for name, bad := range map[string]string{
		"not JSON":        "x",
		"another account": strings.Replace(state, `"portal_id": 1001`, `"portal_id": 2`, 1),
		"unknown object":  strings.Replace(state, `"visits"`, `"deals"`, 1),
		"wrong id":        strings.Replace(state, `"id": "10001"`, `"id": "99999"`, 1),
		"a known property": strings.Replace(state, `"crm_key",
          "label"`, `"name",
          "label"`, 1),
	} {
		if bad == state {
			t.Fatalf("%s: nothing was changed", name)
		}
		other.want(400, "PUT", "/_sandbox/state", bad)
	}
	if other.do("GET", "/_sandbox/state", "").text != held {
		t.Error("a refused state changed something")
	}
}

func TestPage(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.want(200, "POST", contacts+"/batch/upsert", `{"inputs":[{"id":"a@x.example","idProperty":"email","properties":{"firstname":"<script>alert(1)</script>"}}]}`)
	c.want(201, "POST", "/_sandbox/faults", "500:object=<b>")
	c.token = ""
	a := c.want(200, "GET", "/", "")
	if strings.Contains(a.text, "<script") || strings.Contains(a.text, "<b>") || !strings.Contains(a.text, "&lt;script&gt;alert(1)") {
		t.Error("values are not escaped")
	}
	for _, want := range []string{"contacts", "companies", "a@x.example", "/crm/v3/objects/contacts/batch/upsert", "no records"} {
		if !strings.Contains(a.text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("no content security policy")
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	c := start(t, sandbox.Options{})
	req, err := http.NewRequest("POST", c.url+"/_sandbox/reset", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{{Kind: sandbox.FaultGate}}})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- box.Serve(ctx, l) }()
	c := &client{t: t, box: box, url: "http://" + l.Addr().String(), http: &http.Client{}, token: "any"}
	c.want(200, "GET", contacts, "")
	held := make(chan error)
	go func() {
		_, err := c.try("POST", contacts+"/batch/upsert", upsertContacts("a@x.example"))
		held <- err
	}()
	box.Held(ctx, 1)
	stop() // with a request at the gate
	if err := <-done; err != nil {
		t.Error(err)
	}
	if <-held == nil {
		t.Error("the held request was answered")
	}
	log := box.Log(0)
	if last := log[len(log)-1]; last.Type != sandbox.LogAnswer || last.Delivered {
		t.Errorf("the log ends with %+v", last)
	}
}

// elsewhere is a listener that says it listens elsewhere.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

func TestServeOnLoopbackOnly(t *testing.T) {
	if err := sandbox.New(sandbox.Options{}).Serve(context.Background(), elsewhere{}); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("served elsewhere: %v", err)
	}
}

// broken is a log that cannot be written.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestBrokenLog(t *testing.T) {
	c := start(t, sandbox.Options{Log: broken{}})
	c.want(200, "GET", contacts, "")
	if a := c.want(200, "GET", "/_sandbox/stats", ""); a.at("log_error") != "disk full" || a.at("requests.list") != "1" {
		t.Error(a.text)
	}
}

// The reference names every kind, setting, operation and endpoint.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("../../../docs/reference/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range append(sandbox.Words(), "/_sandbox/log", "/_sandbox/state", "/_sandbox/seed", "/_sandbox/reset", "/_sandbox/stats", "/_sandbox/faults", "/_sandbox/gate") {
		if !strings.Contains(string(text), "`"+word) {
			t.Errorf("docs/reference/sandbox.md does not name %s", word)
		}
	}
}
