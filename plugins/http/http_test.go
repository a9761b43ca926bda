package http_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

func declared(ops ...sdk.DeclaredOperation) sdk.DeclaredObject {
	return sdk.DeclaredObject{Name: "members", Key: []string{"id"}, Operations: ops}
}

func config(url string) map[string]string {
	return map[string]string{"base_url": strconv.Quote(url + "/v1"), "bearer_token": strconv.Quote(token)}
}

var (
	textKey = []sdk.Column{{Name: "id", Type: "string"}}
	nested  = []sdk.Column{{Name: "a", Type: "decimal(20,2)"}, {Name: "address.city", Type: "string"}, {Name: "address.zip.code", Type: "string"}, {Name: "seen", Type: "date"}}
)

// TestRequests holds what is sent against what is declared.
func TestRequests(t *testing.T) {
	full := row{[]string{"m 1"}, []cell{{"12.50", true}, {"Ör\"t", true}, {"", true}, {"2024-02-29", false}}}
	for name, c := range map[string]struct {
		op   sdk.DeclaredOperation
		do   sdk.Op
		row  row
		want string
	}{
		"changes":  {sdk.DeclaredOperation{Name: "upsert", Method: "PATCH", Path: "/members/{id}"}, sdk.Send, full, `PATCH /v1/members/m%201 {"a":12.5,"address":{"city":"Ör\"t","zip":{"code":null}}}`},
		"record":   {sdk.DeclaredOperation{Name: "upsert", Method: "PUT", Path: "/members/{id}", Whole: true}, sdk.Update, full, `PUT /v1/members/m%201 {"a":12.5,"address":{"city":"Ör\"t","zip":{"code":null}},"seen":"2024-02-29"}`},
		"key":      {sdk.DeclaredOperation{Name: "create", Method: "POST", Path: "/members"}, sdk.Create, full, `POST /v1/members {"id":"m 1","a":12.5,"address":{"city":"Ör\"t","zip":{"code":null}}}`},
		"envelope": {sdk.DeclaredOperation{Name: "upsert", Method: "POST", Path: "/members?by=id", Envelope: "data.member"}, sdk.Send, row{[]string{"1"}, []cell{{"1", true}, {}, {}, {}}}, `POST /v1/members?by=id {"data":{"member":{"id":"1","a":1}}}`},
		"clear": {sdk.DeclaredOperation{Name: "upsert", Method: "PUT", Path: "/members/{id}", Whole: true}, sdk.Clear, row{[]string{"1"}, []cell{{"1", true}, {"x", false}, {}, {}}},
			`PUT /v1/members/1 {"a":null}`},
		"delete":      {sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/members/{id}"}, sdk.Delete, full, `DELETE /v1/members/m%201`},
		"delete post": {sdk.DeclaredOperation{Name: "delete", Method: "POST", Path: "/members/gone"}, sdk.Delete, full, `POST /v1/members/gone {"id":"m 1"}`},
		"escaped":     {sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/x/{id}/y"}, sdk.Delete, row{[]string{"a/b?c#d%e&é~"}, make([]cell, 4)}, `DELETE /v1/x/a%2Fb%3Fc%23d%25e%26%C3%A9~/y`},
		"reserved":    {sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/x/{+id}/y"}, sdk.Delete, row{[]string{"a/b?c#d%e&é~"}, make([]cell, 4)}, `DELETE /v1/x/a/b%3Fc%23d%25e&%C3%A9~/y`},
		"query":       {sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/x?id={id}"}, sdk.Delete, row{[]string{".."}, make([]cell, 4)}, `DELETE /v1/x?id=..`},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			d, _ := drive(t, config(a.URL), declared(c.op))
			d.write(t, c.do, textKey, nested, c.row)
			if got := a.requests(); len(got) != 1 || got[0] != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestPathsOfOthers refuses keys that would lead to another record.
func TestPathsOfOthers(t *testing.T) {
	a := newAPI(t)
	d, _ := drive(t, config(a.URL), declared(sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/members/{+id}"}))
	for _, key := range []string{"", ".", "..", "a/../../b", "a/."} {
		out := d.write(t, sdk.Delete, textKey, nil, row{key: []string{key}})
		if protocol.Outcome(out.GetOutcomes()[0]) != protocol.Outcome_OUTCOME_REJECTED || out.GetRejections()[0].GetCode() != "KEY_NOT_IN_PATH" {
			t.Errorf("key %q: %v", key, out)
		}
	}
	if got := a.requests(); len(got) > 0 {
		t.Errorf("sent %s", got)
	}
}

// TestStatuses is the table of the reference page.
func TestStatuses(t *testing.T) {
	ops := []sdk.DeclaredOperation{{Name: "upsert", Method: "PUT", Path: "/members/{id}"}, {Name: "create", Method: "POST", Path: "/members"},
		{Name: "update", Method: "PATCH", Path: "/members/{id}"}, {Name: "delete", Method: "DELETE", Path: "/members/{id}"}}
	for _, c := range []struct {
		op     sdk.Op
		status int
		want   string // outcome, and what is said of it
	}{
		{sdk.Send, 201, "CREATED"}, {sdk.Send, 200, "UPDATED"}, {sdk.Send, 204, "UPDATED"}, {sdk.Create, 200, "CREATED"}, {sdk.Update, 202, "UPDATED"}, {sdk.Delete, 200, "REMOVED"},
		{sdk.Update, 404, "ABSENT"}, {sdk.Delete, 410, "ABSENT"}, {sdk.Clear, 404, "ABSENT"}, {sdk.Send, 404, "REJECTED REJECT_NOT_FOUND HTTP 404 again"},
		{sdk.Create, 409, "EXISTS"}, {sdk.Send, 409, "REJECTED REJECT_CONFLICT HTTP 409"},
		{sdk.Send, 400, "REJECTED REJECT_INVALID_VALUE HTTP 400"}, {sdk.Send, 422, "REJECTED REJECT_INVALID_VALUE HTTP 422"}, {sdk.Send, 413, "REJECTED REJECT_TOO_LARGE HTTP 413"},
		{sdk.Send, 402, "REJECTED REJECT_OTHER HTTP 402"}, {sdk.Send, 423, "REJECTED REJECT_CONFLICT HTTP 423 again"},
		{sdk.Send, 405, "RETRY schema"}, {sdk.Send, 415, "RETRY schema"}, {sdk.Send, 401, "RETRY auth"}, {sdk.Send, 403, "RETRY auth"},
		{sdk.Send, 429, "RETRY throttled after 7000"}, {sdk.Send, 408, "RETRY server"}, {sdk.Send, 500, "UNKNOWN server"}, {sdk.Send, 302, "UNKNOWN server"},
	} {
		a := newAPI(t)
		a.fault(strconv.Itoa(c.status))
		d, _ := drive(t, config(a.URL), declared(ops...))
		out := d.write(t, c.op, textKey, nil, row{key: []string{"1"}}, row{key: []string{"2"}})
		got := []string{strings.TrimPrefix(protocol.Outcome(out.GetOutcomes()[0]).String(), "OUTCOME_")}
		for _, r := range out.GetRejections() {
			if r.GetIndex() > 0 {
				continue
			}
			got = append(got, r.GetClass().String(), r.GetCode())
			if r.GetTransient() {
				got = append(got, "again")
			}
			if !strings.Contains(r.GetText(), "ann@example.com") || strings.Contains(r.GetText(), token) {
				t.Errorf("%d: text is %q", c.status, r.GetText())
			}
		}
		if out.GetFault() != "" {
			got = append(got, out.GetFault())
			if second := protocol.Outcome(out.GetOutcomes()[1]); second != protocol.Outcome_OUTCOME_RETRY {
				t.Errorf("%d: a row that was not sent is %s", c.status, second)
			}
		}
		if ms := out.GetRetryAfterMs(); ms > 0 {
			got = append(got, "after", strconv.FormatInt(ms, 10))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s answered with %d is %q, want %q", c.op, c.status, strings.Join(got, " "), c.want)
		}
	}
}

func TestIdempotencyHeader(t *testing.T) {
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header.Get("Request-Id")) }))
	defer server.Close()
	d, _ := drive(t, config(server.URL), declared(sdk.DeclaredOperation{Name: "append", Method: "POST", Path: "/events", IdempotencyHeader: "Request-Id"}))
	rows := []row{{key: []string{"1"}}, {key: []string{"1"}}}
	d.write(t, sdk.Append, textKey, nil, rows...)
	d.write(t, sdk.Append, textKey, nil, rows...)
	if len(seen) != 4 || seen[0] != seen[2] || seen[1] != seen[3] || seen[0] == seen[1] || len(seen[0]) != 32 {
		t.Errorf("got %q", seen)
	}
}

func TestCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		set          map[string]string
		header, want string
		problem      string // field of the problem
	}{
		"none":      {nil, "Authorization", "", ""},
		"basic":     {map[string]string{"username": `"ann"`, "password": `"s3cret"`}, "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:s3cret")), ""},
		"key":       {map[string]string{"api_key": `"k"`}, "X-Api-Key", "k", ""},
		"named key": {map[string]string{"api_key": `"k"`, "api_key_header": `"Token"`}, "Token", "k", ""},
		"two":       {map[string]string{"api_key": `"k"`, "bearer_token": `"t"`}, "", "", "api_key"},
		"half":      {map[string]string{"username": `"ann"`}, "", "", "username"},
		"empty":     {map[string]string{"bearer_token": `""`}, "", "", "bearer_token"},
		"lines":     {map[string]string{"api_key": `"a\nb"`}, "", "", "api_key"},
		"header":    {map[string]string{"api_key": `"k"`, "api_key_header": `"a b"`}, "", "", "api_key_header"},
		"timeout":   {map[string]string{"timeout_seconds": "0"}, "", "", "timeout_seconds"},
		"address":   {map[string]string{"base_url": `"loyalty.example.com"`}, "", "", "base_url"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header.Get(c.header)) }))
			defer server.Close()
			values := map[string]string{"base_url": strconv.Quote(server.URL), "check_path": `"/me"`}
			for k, v := range c.set {
				values[k] = v
			}
			d, configured := drive(t, values)
			if c.problem != "" {
				if !slices.ContainsFunc(configured.GetProblems(), func(p *protocol.Problem) bool { return p.GetField() == c.problem && p.GetDetail() != "" }) {
					t.Errorf("problems are %v", configured.GetProblems())
				}
				return
			}
			if out, err := d.api.Check(t.Context(), &protocol.CheckRequest{}); err != nil || out.GetAccount() != "http:"+server.URL {
				t.Fatalf("check: %v %v %v", out, err, configured.GetProblems())
			}
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCheckPath(t *testing.T) {
	for status, ok := range map[int]bool{200: true, 204: true, 401: false, 403: false, 404: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		d, _ := drive(t, map[string]string{"base_url": strconv.Quote(server.URL), "check_path": `"/me"`})
		out, err := d.api.Check(t.Context(), &protocol.CheckRequest{})
		if err != nil || (len(out.GetProblems()) == 0) != ok {
			t.Errorf("%d: %v %v", status, out, err)
		}
		server.Close()
	}
}
