package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// client speaks to a sandbox over HTTP.
type client struct {
	t     *testing.T
	box   *sandbox.Server
	url   string
	http  *http.Client
	token string
}

func start(t *testing.T, o sandbox.Options) *client {
	t.Helper()
	o.Token = "right"
	box := sandbox.New(o)
	srv := httptest.NewServer(box)
	t.Cleanup(func() {
		box.Release(0)
		srv.CloseClientConnections()
		srv.Close()
	})
	return &client{t: t, box: box, url: srv.URL, http: srv.Client(), token: "right"}
}

// answer is an answer with its body as JSON.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

func (c *client) try(method, path, body string) (answer, error) {
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body) // pages and logs are not JSON
	return a, nil
}

func (c *client) do(method, path, body string) answer {
	c.t.Helper()
	a, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want does a request and checks its status.
func (c *client) want(status int, method, path, body string) answer {
	c.t.Helper()
	a := c.do(method, path, body)
	if a.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.text)
	}
	return a
}

// at reads a place in an answer: "results.0.properties.email".
func (a answer) at(path string) string {
	var v any = a.body
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				return "<none>"
			}
			v = x[i]
		default:
			return "<none>"
		}
	}
	switch x := v.(type) {
	case string:
		return x
	case nil:
		return "<null>"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

const contacts, companies = "/crm/v3/objects/contacts", "/crm/v3/objects/companies"

func upsertContacts(emails ...string) string {
	var in []string
	for _, e := range emails {
		in = append(in, fmt.Sprintf(`{"id":%q,"idProperty":"email","properties":{"firstname":"F"}}`, e))
	}
	return `{"inputs":[` + strings.Join(in, ",") + `]}`
}

// step is one request and what must be in its answer.
type step struct {
	method, path, body string
	status             int
	want               map[string]string // place: value
	lacks              string            // must not be in the text
}

func TestAPI(t *testing.T) {
	many := strings.Repeat("x", 65_537)
	cases := map[string][]step{
		"create, read, archive": {
			{"POST", companies + "/batch/create", `{"inputs":[{"properties":{"name":"A","domain":"a.example"},"objectWriteTraceId":"t1","associations":[]},{"properties":{"name":"A","domain":"a.example"},"objectWriteTraceId":"t2"}]}`, 201,
				map[string]string{"status": "COMPLETE", "results.0.id": "10001", "results.1.id": "10002", "results.0.objectWriteTraceId": "t1", "results.0.properties.name": "A", "results.0.archived": "false", "results.0.new": "<null>"}, "numErrors"},
			{"POST", companies + "/batch/read", `{"inputs":[{"id":"10002"},{"id":"77"},{"id":"x"}],"properties":["name","city"],"propertiesWithHistory":[]}`, 207,
				map[string]string{"results.0.id": "10002", "results.0.properties.city": "<null>", "results.0.properties.hs_object_id": "10002", "numErrors": "1", "errors.0.category": "OBJECT_NOT_FOUND", "errors.0.context.ids": `["77","x"]`, "errors.0.status": "error"}, "domain"},
			{"POST", companies + "/batch/archive", `{"inputs":[{"id":"10002"},{"id":"77"}]}`, 204, nil, "{"},
			{"POST", companies + "/batch/archive", `{"inputs":[{"id":"10002"}]}`, 204, nil, "{"},
			{"POST", companies + "/batch/read", `{"inputs":[{"id":"10001"},{"id":"10002"}]}`, 207, map[string]string{"results.0.properties.domain": "a.example", "errors.0.context.ids": `["10002"]`}, ""},
			{"POST", companies + "/batch/read", `{"inputs":[{"id":"10001"},{"id":"10001"}]}`, 200, map[string]string{"results.1": "<none>"}, ""},
			{"POST", "/crm/v3/objects/0-2/search", `{"filterGroups":[],"limit":10,"after":"0","properties":[],"sorts":[]}`, 200, map[string]string{"total": "1"}, ""},
		},
		"upsert by e-mail": {
			{"POST", contacts + "/batch/upsert", upsertContacts(" Ann@X.example "), 200, map[string]string{"results.0.new": "true", "results.0.properties.email": "ann@x.example"}, ""},
			{"POST", contacts + "/batch/upsert", upsertContacts("ann@x.EXAMPLE", "bob@x.example"), 200, map[string]string{"results.0.new": "false", "results.0.id": "10001", "results.1.new": "true", "results.1.id": "10002"}, ""},
			{"POST", contacts + "/batch/read", `{"idProperty":"email","properties":["email","firstname"],"inputs":[{"id":"ANN@x.example"},{"id":"no"}]}`, 207, map[string]string{"results.0.id": "10001", "errors.0.context.ids": `["no"]`}, ""},
			{"POST", contacts + "/batch/upsert", `{"inputs":[{"id":"ann@x.example","idProperty":"email","properties":{"email":"cyd@x.example"}}]}`, 200, map[string]string{"results.0.id": "10001", "results.0.properties.email": "cyd@x.example"}, ""},
			{"POST", contacts + "/batch/upsert", upsertContacts("ann@x.example"), 200, map[string]string{"results.0.id": "10003"}, ""},
			{"POST", contacts + "/batch/upsert", upsertContacts("d@x.example", "D@x.example"), 400, map[string]string{"category": "VALIDATION_ERROR"}, ""},
			{"POST", contacts + "/batch/upsert", `{"inputs":[{"id":"Ann","idProperty":"firstname","properties":{}}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/upsert", `{"inputs":[{"id":"1","properties":{}}]}`, 400, nil, ""},
		},
		"update": {
			{"POST", contacts + "/batch/upsert", upsertContacts("a@x.example", "b@x.example"), 200, nil, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"id":"10001","properties":{"firstname":"","city":"Ulm"}},{"id":"5","properties":{"city":"Ulm"}}]}`, 207,
				map[string]string{"results.0.properties.city": "Ulm", "results.0.properties.firstname": "<null>", "results.1": "<none>", "errors.0.category": "OBJECT_NOT_FOUND", "errors.0.context.ids": `["5"]`, "numErrors": "1"}, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"id":"B@x.example","idProperty":"email","properties":{"city":"Bonn"}},{"id":"c@x.example","idProperty":"email","properties":{}}]}`, 207,
				map[string]string{"results.0.id": "10002", "errors.0.context.ids": `["c@x.example"]`}, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"id":"10001","properties":{"email":"b@x.example"},"objectWriteTraceId":"q"},{"id":"10002","properties":{"email":""}}]}`, 207,
				map[string]string{"errors.0.category": "CONFLICT", "errors.0.context.objectWriteTraceId": `["q"]`, "errors.0.errors.0.code": "CONFLICTING_UNIQUE_VALUE", "results.0.id": "10002"}, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"id":"10001","properties":{"email":"b@x.example"}}]}`, 200, nil, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"id":"10001","idProperty":"hs_object_id","properties":{}}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"id":"10001","properties":{}},{"id":"10001","properties":{}}]}`, 400, nil, ""},
		},
		"a create without trace ids fails whole": {
			{"POST", contacts + "/batch/create", `{"inputs":[{"properties":{"email":"a@x.example"}},{"properties":{"email":"A@x.example"}}]}`, 409, map[string]string{"category": "CONFLICT", "status": "error"}, ""},
			{"POST", contacts + "/batch/create", `{"inputs":[{"properties":{"email":"a@x.example"}},{"properties":{"nope":"1"}}]}`, 400, map[string]string{"category": "VALIDATION_ERROR", "errors.0.code": "PROPERTY_DOESNT_EXIST", "errors.0.context.propertyName": `["nope"]`}, ""},
			{"GET", contacts, "", 200, map[string]string{"results": "[]"}, ""},
			{"POST", contacts + "/batch/create", `{"inputs":[{"properties":{"email":"a@x.example"},"objectWriteTraceId":"1"},{"properties":{"email":"A@x.example"},"objectWriteTraceId":"2"}]}`, 207, map[string]string{"results.0.id": "10001", "errors.0.category": "CONFLICT", "errors.0.context.objectWriteTraceId": `["2"]`}, ""},
		},
		"what is wrong with a batch": {
			{"POST", contacts + "/batch/upsert", `{"inputs":[]}`, 400, nil, ""},
			{"POST", contacts + "/batch/upsert", `{`, 400, map[string]string{"category": "VALIDATION_ERROR", "status": "error"}, ""},
			{"POST", contacts + "/batch/create", `{"inputs":[{"properties":{"firstname":1}}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/create", `{"inputs":[{"properties":{"firstname":null}}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/create", `{"inputs":[{}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/update", `{"inputs":[{"properties":{}}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/archive", `{"inputs":[` + strings.Repeat(`{"id":"1"},`, 100) + `{"id":"1"}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/archive", `{"inputs":[` + strings.Repeat(`{"id":"1"},`, 99) + `{"id":"1"}]}`, 204, nil, ""},
			{"POST", "/crm/v3/objects/deals/batch/read", `{"inputs":[{"id":"1"}]}`, 400, nil, ""},
			{"POST", contacts + "/batch/merge", `{}`, 404, map[string]string{"status": "error"}, ""},
		},
		"the custom object": {
			{"POST", "/crm/v3/objects/2-1001/batch/upsert", `{"inputs":[{"id":"V1","idProperty":"visit_id","properties":{"pages":"3"}},{"id":"v1","idProperty":"visit_id","properties":{"converted":"true"}}]}`, 200, map[string]string{"results.0.new": "true", "results.1.new": "true"}, ""},
			{"POST", "/crm/v3/objects/visits/batch/create", `{"inputs":[{"properties":{"pages":"3"}}]}`, 400, map[string]string{"errors.0.code": "REQUIRED_FIELD"}, ""},
			{"GET", "/crm/v3/objects/p1001_visits", "", 200, map[string]string{"results.1.properties.visit_id": "v1"}, ""},
			{"GET", "/crm/v3/schemas", "", 200, map[string]string{"results.0.objectTypeId": "2-1001", "results.0.fullyQualifiedName": "p1001_visits", "results.0.requiredProperties": `["visit_id"]`}, "contacts"},
			{"GET", "/crm-object-schemas/v3/schemas", "", 200, map[string]string{"results.0.name": "visits"}, ""},
		},
		"properties": {
			{"GET", "/crm/v3/properties/contacts/email", "", 200, map[string]string{"type": "string", "fieldType": "text", "hasUniqueValue": "true"}, ""},
			{"GET", "/crm/v3/properties/contacts/hs_object_id", "", 200, map[string]string{"modificationMetadata.readOnlyValue": "true"}, ""},
			{"GET", "/crm/v3/properties/companies/nope", "", 404, nil, ""},
			{"GET", "/crm/v3/properties/companies", "", 200, nil, `"hasUniqueValue":true`},
			{"POST", "/crm/v3/properties/companies", `{"name":"crm_key","label":"Key","type":"string","fieldType":"text","groupName":"g","hasUniqueValue":true}`, 201, map[string]string{"hasUniqueValue": "true", "hubspotDefined": "false"}, ""},
			{"POST", "/crm/v3/properties/companies", `{"name":"crm_key","label":"Key","type":"string","fieldType":"text","groupName":"g"}`, 409, nil, ""},
			{"POST", "/crm/v3/properties/companies", `{"name":"Bad","label":"Key","type":"string","fieldType":"text","groupName":"g"}`, 400, nil, ""},
			{"POST", "/crm/v3/properties/companies", `{"name":"e","label":"E","type":"enumeration","fieldType":"select","groupName":"g"}`, 400, nil, ""},
			{"POST", "/crm/v3/properties/companies", `{"name":"e","label":"E","type":"number","fieldType":"select","groupName":"g"}`, 400, nil, ""},
			{"POST", "/crm/v3/properties/companies", `{"name":"e","label":"E","type":"blob","fieldType":"select","groupName":"g"}`, 400, nil, ""},
			{"POST", companies + "/batch/upsert", `{"inputs":[{"id":"k1","idProperty":"crm_key","properties":{"name":"A"}}]}`, 200, map[string]string{"results.0.new": "true"}, ""},
		},
		"account": {
			{"GET", "/account-info/v3/details", "", 200, map[string]string{"portalId": "1001"}, ""},
		},
		"too long": {
			{"POST", contacts + "/batch/upsert", `{"inputs":[{"id":"a@x.example","idProperty":"email","properties":{"message":"` + many + `"}}]}`, 207, map[string]string{"errors.0.errors.0.code": "VALUE_TOO_LONG"}, ""},
			{"POST", contacts + "/batch/upsert", `{"inputs":[{"id":"a@x.example","idProperty":"email","properties":{"message":"` + many[1:] + `"}}]}`, 200, nil, ""},
		},
	}
	for name, steps := range cases {
		t.Run(name, func(t *testing.T) {
			c := start(t, sandbox.Options{})
			for i, s := range steps {
				a := c.do(s.method, s.path, s.body)
				if a.status != s.status {
					t.Fatalf("step %d: status %d, want %d: %.500s", i, a.status, s.status, a.text)
				}
				for place, want := range s.want {
					if got := a.at(place); got != want {
						t.Errorf("step %d: %s is %s, want %s: %.900s", i, place, got, want, a.text)
					}
				}
				if s.lacks != "" && strings.Contains(a.text, s.lacks) {
					t.Errorf("step %d: %q is in %s", i, s.lacks, a.text)
				}
			}
		})
	}
}

func TestValues(t *testing.T) {
	cases := []struct{ object, property, value, kept, code string }{
		{"contacts", "lifetime_value", "12.50", "12.50", ""},
		{"contacts", "lifetime_value", "-.5", "-.5", ""},
		{"contacts", "lifetime_value", "1e3", "", "INVALID_INTEGER"},
		{"contacts", "lifetime_value", " 1", "", "INVALID_INTEGER"},
		{"contacts", "lifetime_value", "NaN", "", "INVALID_INTEGER"},
		{"contacts", "segment", "loyal", "loyal", ""},
		{"contacts", "segment", "Loyal", "", "INVALID_OPTION"},
		{"contacts", "interests", "tea;coffee", "tea;coffee", ""},
		{"contacts", "interests", ";tea;food", ";tea;food", ""},
		{"contacts", "interests", "tea;x", "", "INVALID_OPTION"},
		{"contacts", "is_loyal", "true", "true", ""},
		{"contacts", "is_loyal", "1", "", "INVALID_OPTION"},
		{"companies", "is_public", "false", "false", ""},
		{"companies", "is_public", "no", "", "INVALID_OPTION"},
		{"contacts", "first_order", "2026-02-28", "2026-02-28", ""},
		{"contacts", "first_order", "2026-02-30", "", "INVALID_DATE"},
		{"contacts", "first_order", "1767225600000", "2026-01-01", ""},
		{"contacts", "first_order", "1767225600001", "", "INVALID_DATE"},
		{"contacts", "last_seen_at", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.000Z", ""},
		{"contacts", "last_seen_at", "1767225600001", "2026-01-01T00:00:00.001Z", ""},
		{"contacts", "last_seen_at", "2026-01-01", "", "INVALID_DATE"},
		{"contacts", "email", "no-at.example", "", "INVALID_EMAIL"},
		{"contacts", "email", "a@b", "", "INVALID_EMAIL"},
		{"contacts", "email", "a b@c.example", "", "INVALID_EMAIL"},
		{"contacts", "email", "Ü@Bücher.example", "ü@bücher.example", ""},
		{"contacts", "createdate", "2026-01-01T00:00:00Z", "", "READ_ONLY_VALUE"},
		{"contacts", "hs_object_id", "5", "", "READ_ONLY_VALUE"},
		{"companies", "hs_lastmodifieddate", "5", "", "READ_ONLY_VALUE"},
		{"companies", "industry", "RETAIL", "RETAIL", ""},
		{"companies", "industry", "Retail", "", "INVALID_OPTION"},
		{"companies", "firstname", "x", "", "PROPERTY_DOESNT_EXIST"},
	}
	c := start(t, sandbox.Options{Rate: sandbox.Rate{Max: -1}})
	for i, tc := range cases {
		body, err := json.Marshal(map[string]any{"inputs": []any{map[string]any{
			"properties": map[string]string{tc.property: tc.value}, "objectWriteTraceId": "t",
		}}})
		if err != nil {
			t.Fatal(err)
		}
		a := c.do("POST", "/crm/v3/objects/"+tc.object+"/batch/create", string(body))
		if tc.code != "" {
			if a.status != 207 || a.at("errors.0.errors.0.code") != tc.code || a.at("errors.0.errors.0.context.propertyName.0") != tc.property {
				t.Errorf("case %d: %s=%q: %d %s", i, tc.property, tc.value, a.status, a.text)
			}
			continue
		}
		if got := a.at("results.0.properties." + tc.property); a.status != 201 || got != tc.kept {
			t.Errorf("case %d: %s=%q: %d, kept %q, want %q", i, tc.property, tc.value, a.status, got, tc.kept)
		}
	}
}

func TestAuthentication(t *testing.T) {
	c := start(t, sandbox.Options{})
	for _, token := range []string{"", "wrong"} {
		c.token = token
		a := c.want(401, "POST", contacts+"/batch/upsert", upsertContacts("a@x.example"))
		if a.at("category") != "INVALID_AUTHENTICATION" || a.at("correlationId") == "<null>" {
			t.Error(a.text)
		}
	}
	if n := c.box.Stats().Records["contacts"]; n != 0 {
		t.Errorf("%d records without a token", n)
	}
}

func TestSearch(t *testing.T) {
	c := start(t, sandbox.Options{Rate: sandbox.Rate{Search: -1}})
	var rows []map[string]string
	for i := range 250 {
		rows = append(rows, map[string]string{"name": fmt.Sprintf("N%03d", i), "domain": fmt.Sprintf("D%d.Example", i%100)})
	}
	rows[0]["industry"] = "RETAIL"
	if _, err := c.box.Seed("companies", rows); err != nil {
		t.Fatal(err)
	}
	filter := func(f string) string {
		return `{"filterGroups":[{"filters":[` + f + `]}],"properties":["name"],"limit":200,"after":"0","sorts":[]}`
	}
	cases := []struct {
		body  string
		total string // or a status
	}{
		{filter(`{"propertyName":"domain","operator":"EQ","value":"d1.example"}`), "3"},
		{filter(`{"propertyName":"domain","operator":"EQ","value":"d1.example"},{"propertyName":"name","operator":"EQ","value":"n101"}`), "1"},
		{filter(`{"propertyName":"domain","operator":"IN","values":["d1.example","d60.example"]}`), "5"},
		{filter(`{"propertyName":"domain","operator":"IN","values":["D1.Example"]}`), "0"},
		{filter(`{"propertyName":"industry","operator":"EQ","value":"RETAIL"}`), "1"},
		{filter(`{"propertyName":"industry","operator":"EQ","value":"retail"}`), "0"},
		{filter(`{"propertyName":"industry","operator":"NOT_HAS_PROPERTY"}`), "249"},
		{filter(`{"propertyName":"industry","operator":"HAS_PROPERTY"}`), "1"},
		{filter(`{"propertyName":"hs_object_id","operator":"IN","values":["10001","10250","9"]}`), "2"},
		{filter(`{"propertyName":"nope","operator":"EQ","value":""}`), "400"},
		{filter(`{"propertyName":"name","operator":"GT","value":"N1"}`), "400"},
		{filter(`{"propertyName":"name","operator":"IN","values":[]}`), "400"},
		{`{"limit":201}`, "400"},
		{`{"limit":0}`, "400"},
		{`{"after":"9999","limit":10}`, "400"},
		{`{"after":"x"}`, "400"},
		{`{"query":"x"}`, "400"},
		{`{`, "400"},
	}
	for _, tc := range cases {
		a := c.do("POST", companies+"/search", tc.body)
		if got := a.at("total"); a.status == 200 && got != tc.total || a.status != 200 && fmt.Sprint(a.status) != tc.total {
			t.Errorf("%s: %d, total %s, want %s", tc.body, a.status, got, tc.total)
		}
	}
	// Paging, and the form of after: the vendor gives a text and takes a number too.
	first := c.want(200, "POST", companies+"/search", `{"filterGroups":[],"limit":200}`)
	if first.at("results.199.id") != "10200" || first.at("paging.next.after") != "200" {
		t.Errorf("first page ends %s, next %s", first.at("results.199.id"), first.at("paging.next.after"))
	}
	second := c.want(200, "POST", companies+"/search", `{"filterGroups":[],"limit":200,"after":200}`)
	if second.at("results.49.id") != "10250" || second.at("paging") != "<null>" {
		t.Errorf("second page: %s", second.at("paging"))
	}
}

func TestSearchLag(t *testing.T) {
	clk := &clock{at: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	c := start(t, sandbox.Options{SearchLag: 5 * time.Second, Clock: clk.now})
	c.want(201, "POST", companies+"/batch/create", `{"inputs":[{"properties":{"name":"A"}}]}`)
	if a := c.want(200, "POST", companies+"/search", `{}`); a.at("total") != "0" {
		t.Error("found at once")
	}
	if a := c.want(200, "GET", companies, ""); a.at("results.0.id") != "10001" {
		t.Error("not listed at once")
	}
	clk.add(5 * time.Second)
	if a := c.want(200, "POST", companies+"/search", `{}`); a.at("total") != "1" {
		t.Error("not found later")
	}
}

func TestList(t *testing.T) {
	c := start(t, sandbox.Options{})
	for i := range 25 {
		if _, err := c.box.Seed("companies", []map[string]string{{"name": fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	c.want(204, "POST", companies+"/batch/archive", `{"inputs":[{"id":"10011"}]}`)
	var ids []string
	path := companies + "?limit=10&properties=name,city"
	for path != "" {
		a := c.want(200, "GET", path, "")
		for i := range a.body["results"].([]any) {
			ids = append(ids, a.at(fmt.Sprintf("results.%d.id", i)))
		}
		if path = a.at("paging.next.link"); path == "<none>" || path == "<null>" {
			path = ""
		}
	}
	if len(ids) != 24 || ids[10] != "10012" || ids[23] != "10025" {
		t.Errorf("listed %v", ids)
	}
	for _, bad := range []string{"?limit=0", "?limit=101", "?after=x"} {
		c.want(400, "GET", companies+bad, "")
	}
	if a := c.want(200, "GET", companies+"?archived=true", ""); a.at("results") != "[]" {
		t.Error(a.text)
	}
}

func TestLimits(t *testing.T) {
	clk := &clock{at: time.Date(2026, 5, 1, 23, 59, 0, 0, time.UTC)}
	c := start(t, sandbox.Options{Clock: clk.now, Rate: sandbox.Rate{Max: 3, Daily: 6, Search: 1}})
	get := func(status int, policy string) answer {
		t.Helper()
		a := c.want(status, "GET", contacts, "")
		if status == 429 && (a.at("policyName") != policy || a.at("errorType") != "RATE_LIMIT" || a.at("category") != "RATE_LIMITS") {
			t.Error(a.text)
		}
		return a
	}
	a := get(200, "")
	for name, want := range map[string]string{
		"X-HubSpot-RateLimit-Max": "3", "X-HubSpot-RateLimit-Remaining": "2", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
		"X-HubSpot-RateLimit-Daily": "6", "X-HubSpot-RateLimit-Daily-Remaining": "5",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	get(200, "")
	get(200, "")
	if a := get(429, "TEN_SECONDLY_ROLLING"); a.header.Get("Retry-After") != "4" || a.header.Get("X-HubSpot-RateLimit-Remaining") != "0" {
		t.Errorf("headers of a 429: %v", a.header)
	}
	// A search has a limit of its own and does not tell of it.
	if a := c.want(200, "POST", contacts+"/search", `{}`); a.header.Get("X-HubSpot-RateLimit-Max") != "" {
		t.Error("a search has the headers")
	}
	if a := c.want(429, "POST", contacts+"/search", `{}`); a.at("policyName") != "SECONDLY" || a.header.Get("Retry-After") != "1" {
		t.Error(a.text)
	}
	clk.add(10 * time.Second)
	get(200, "")
	get(200, "")
	if a := get(429, "DAILY"); a.header.Get("Retry-After") != "50" {
		t.Errorf("Retry-After %s", a.header.Get("Retry-After"))
	}
	clk.add(50 * time.Second)
	get(200, "")
	if s := c.box.Stats(); s.Throttled != 3 || s.Answers["429"] != 3 {
		t.Errorf("stats %+v", s)
	}
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	c := start(t, sandbox.Options{Log: &out})
	c.want(207, "POST", contacts+"/batch/upsert", `{"inputs":[
		{"id":"A@x.example","idProperty":"email","properties":{"firstname":"Ann"}},
		{"id":"b@x.example","idProperty":"email","properties":{"segment":"odd"}}]}`)
	c.want(204, "POST", contacts+"/batch/archive", `{"inputs":[{"id":"10001"},{"id":"5"}]}`)
	c.want(400, "POST", contacts+"/batch/create", `{"inputs":[{"properties":{"nope":""}}]}`)

	log := c.box.Log(0)
	var got []string
	for i, e := range log {
		if e.Seq != int64(i+1) {
			t.Errorf("entry %d has seq %d", i, e.Seq)
		}
		got = append(got, fmt.Sprintf("%s %s %s %d key=%s id=%s created=%v props=%v %s%v %d %v",
			e.RequestID[32:], e.Type, e.Op, e.Index, e.Key, e.RecordID, e.Created, e.Properties, e.Category, e.Codes, e.Status, e.Delivered))
	}
	want := []string{
		"0001 request upsert 0 key= id= created=false props=map[] [] 0 false",
		"0001 commit upsert 0 key=A@x.example id=10001 created=true props=map[firstname:Ann] [] 0 false",
		"0001 refuse upsert 1 key=b@x.example id= created=false props=map[segment:odd] VALIDATION_ERROR[INVALID_OPTION] 0 false",
		"0001 answer upsert 0 key= id= created=false props=map[] [] 207 true",
		"0002 request archive 0 key= id= created=false props=map[] [] 0 false",
		"0002 commit archive 0 key=10001 id=10001 created=false props=map[] [] 0 false",
		"0002 answer archive 0 key= id= created=false props=map[] [] 204 true",
		"0003 request create 0 key= id= created=false props=map[] [] 0 false",
		"0003 refuse create 0 key= id= created=false props=map[] VALIDATION_ERROR[PROPERTY_DOESNT_EXIST] 0 false",
		"0003 answer create 0 key= id= created=false props=map[] [] 400 true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("log:\n%s", strings.Join(got, "\n"))
	}
	// The endpoint and the sink give the same lines.
	if a := c.want(200, "GET", "/_sandbox/log", ""); a.text != out.String() {
		t.Error("the endpoint and the file differ")
	}
	if a := c.want(200, "GET", "/_sandbox/log?since=9", ""); strings.Count(a.text, "\n") != 1 {
		t.Errorf("since: %s", a.text)
	}
	c.want(400, "GET", "/_sandbox/log?since=x", "")
}

func TestLogKeep(t *testing.T) {
	c := start(t, sandbox.Options{LogKeep: 3})
	for range 10 {
		c.want(200, "GET", contacts, "")
	}
	log := c.box.Log(0)
	if len(log) != 3 || log[2].Seq != 20 {
		t.Errorf("kept %d, last %d", len(log), log[len(log)-1].Seq)
	}
	if n := len(c.box.Log(19)); n != 1 {
		t.Errorf("since 19: %d", n)
	}
	if n := len(c.box.Log(99)); n != 0 {
		t.Errorf("since 99: %d", n)
	}
}

func TestSameRequestsGiveTheSameBytes(t *testing.T) {
	run := func() string {
		c := start(t, sandbox.Options{Seed: 7, Faults: []sandbox.Fault{{Kind: sandbox.Fault500, Probability: 0.5}}})
		for i := range 20 {
			c.do("POST", contacts+"/batch/upsert", upsertContacts(fmt.Sprintf("a%d@x.example", i)))
		}
		return c.do("GET", "/_sandbox/state", "").text + c.do("GET", "/_sandbox/log", "").text
	}
	first, second := run(), run()
	if first != second {
		t.Error("two runs differ")
	}
	if !strings.Contains(first, `"status":500`) || !strings.Contains(first, `"status":200`) {
		t.Error("a probability of a half fired always or never")
	}
}

func TestWholeBatchErrors(t *testing.T) {
	c := start(t, sandbox.Options{WholeBatchErrors: true})
	c.want(200, "POST", contacts+"/batch/upsert", upsertContacts("a@x.example"))
	before := c.do("GET", "/_sandbox/state", "").text
	c.want(400, "POST", contacts+"/batch/upsert", upsertContacts("b@x.example", "a@x.example", "bad"))
	if after := c.do("GET", "/_sandbox/state", "").text; after != before {
		t.Errorf("a refused batch left something:\n%s", after)
	}
}
