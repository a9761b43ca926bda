package hubspot_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

const canary = "canary-value-9"

// reply is one answer of a destination that answers what it is told to.
type reply struct {
	status int
	body   string
}

// TestAnswers holds what becomes of two rows, a@x.io and b@x.io, against the
// answers of HubSpot, written from its documentation.
func TestAnswers(t *testing.T) {
	two := []row{{key: "a@x.io", value: text(canary)}, {key: "B@x.io", value: text(canary)}}
	byID := []row{{dest: "11", key: "a@x.io", value: text(canary)}, {dest: "12", key: "b@x.io", value: text(canary)}}
	invalid := func(context string) string {
		return `{"category":"VALIDATION_ERROR","message":"bad ` + canary + `",` + context +
			`"errors":[{"message":"no ` + canary + `","code":"INVALID_EMAIL","context":{"propertyName":["email"]}}]}`
	}
	for _, c := range []struct {
		name  string
		op    sdk.Op
		rows  []row
		reply reply
		want  string
	}{
		{"by trace id", sdk.Send, two, reply{200, `{"results":[{"id":"8","new":false,"objectWriteTraceId":"1"},{"id":"7","new":true,"objectWriteTraceId":"0"}]}`},
			"CREATED 7, UPDATED 8"},
		{"by key, in any order and case", sdk.Send, two, reply{201, `{"results":[{"id":"8","properties":{"email":"b@X.io"},"new":false},{"id":"7","properties":{"email":"a@x.io"},"new":true}]}`},
			"CREATED 7, UPDATED 8"},
		{"without a way to match", sdk.Send, two, reply{200, `{"results":[{"id":"8","properties":{}},{"id":"7","properties":null}]}`},
			"UPDATED, UPDATED"},
		{"one refused by ids", sdk.Send, two, reply{207, `{"results":[{"id":"7","properties":{"email":"a@x.io"}}],"numErrors":1,"errors":[` + invalid(`"context":{"ids":["b@x.io"]},`) + `]}`},
			"UPDATED 7, REJECTED INVALID_VALUE INVALID_EMAIL email"},
		{"one refused, not named", sdk.Send, two, reply{207, `{"results":[{"id":"7","properties":{"email":"a@x.io"}}],"numErrors":1,"errors":[` + invalid("") + `]}`},
			"UPDATED 7, REJECTED INVALID_VALUE INVALID_EMAIL email"},
		{"two refused, not named", sdk.Send, two, reply{207, `{"results":[],"numErrors":2,"errors":[` + invalid("") + `,` + invalid("") + `]}`},
			"RETRY, RETRY, fault invalid_batch"},
		{"creates refused, not named", sdk.Create, two, reply{207, `{"results":[],"numErrors":2,"errors":[` + invalid("") + `,` + invalid("") + `]}`},
			"UNKNOWN, UNKNOWN"},
		{"whole batch refused", sdk.Send, two, reply{400, invalid("")}, "RETRY, RETRY, fault invalid_batch"},
		{"one row refused", sdk.Send, two[:1], reply{400, invalid("")}, "REJECTED INVALID_VALUE INVALID_EMAIL email"},
		{"codes inside the message", sdk.Send, two[:1], reply{400, `{"category":"VALIDATION_ERROR","message":"Property values were not valid: [{\"isValid\":false,\"error\":\"READ_ONLY_VALUE\",\"name\":\"createdate\"}]"}`},
			"REJECTED READ_ONLY READ_ONLY_VALUE createdate"},
		{"unknown property", sdk.Send, two[:1], reply{400, `{"category":"VALIDATION_ERROR","errors":[{"code":"PROPERTY_DOESNT_EXIST","context":{"propertyName":["segment"]}}]}`},
			"REJECTED UNKNOWN_FIELD PROPERTY_DOESNT_EXIST segment"},
		{"refused without a body", sdk.Send, two[:1], reply{400, ``}, "REJECTED OTHER REFUSED"},
		{"too large", sdk.Send, two[:1], reply{413, `<html>`}, "REJECTED TOO_LARGE REQUEST_TOO_LARGE"},
		{"create of one that is there", sdk.Create, two[:1], reply{409, `{"category":"CONFLICT","message":"Contact already exists. Existing ID: 512"}`},
			"EXISTS 512"},
		{"create with another unique value taken", sdk.Create, two[:1], reply{409, `{"category":"CONFLICT","errors":[{"code":"CONFLICTING_UNIQUE_VALUE","context":{"propertyName":["badge"]}}]}`},
			"REJECTED CONFLICT CONFLICTING_UNIQUE_VALUE badge"},
		{"update of absent ones, one error for both", sdk.Update, byID, reply{207, `{"results":[],"numErrors":1,"errors":[{"category":"OBJECT_NOT_FOUND","message":"Could not get some","context":{"ids":["12","11"]}}]}`},
			"ABSENT, ABSENT"},
		{"update by id", sdk.Update, byID, reply{200, `{"results":[{"id":"12"},{"id":"11"}]}`}, "UPDATED 11, UPDATED 12"},
		{"update left out of the answer", sdk.Update, byID[:1], reply{200, `{"results":[]}`}, "UNKNOWN"},
		{"archive", sdk.Archive, byID, reply{204, ``}, "REMOVED, REMOVED"},
		{"archive with one gone", sdk.Archive, byID, reply{207, `{"numErrors":1,"errors":[{"category":"OBJECT_NOT_FOUND","context":{"ids":["12"]}}]}`},
			"REMOVED, ABSENT"},
		{"throttled", sdk.Send, two, reply{429, `{"policyName":"TEN_SECONDLY_ROLLING"}`}, "RETRY, RETRY, fault throttled after 3000"},
		{"token refused", sdk.Send, two, reply{401, `{"message":"` + canary + `"}`}, "RETRY, RETRY, fault auth"},
		{"scope missing", sdk.Send, two, reply{403, `{"category":"MISSING_SCOPES"}`}, "RETRY, RETRY, fault auth"},
		{"server error", sdk.Send, two, reply{502, `<html>`}, "UNKNOWN, UNKNOWN, fault server"},
		{"not readable", sdk.Send, two, reply{200, `<html>`}, "UNKNOWN, UNKNOWN, fault server"},
		{"no record in the answer", sdk.Send, two, reply{200, `{}`}, "RETRY, RETRY, fault invalid_batch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.reply.status == http.StatusTooManyRequests {
					w.Header().Set("Retry-After", "3")
				}
				w.WriteHeader(c.reply.status)
				_, _ = io.WriteString(w, c.reply.body)
			}))
			defer server.Close()
			out := deliver(t, connect(t, server.URL), "contacts", "email", "firstname", c.op, c.rows...)
			if got := show(out); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			quiet(t, out)
		})
	}
}

// show writes an outcome in brief.
func show(out *protocol.BatchOutcome) string {
	var parts []string
	for i, o := range out.GetOutcomes() {
		s := strings.TrimPrefix(protocol.Outcome(o).String(), "OUTCOME_")
		if ids := out.GetDestIds(); len(ids) > 0 && ids[i] != "" {
			s += " " + ids[i]
		}
		for _, r := range out.GetRejections() {
			if int(r.GetIndex()) == i {
				s += " " + strings.TrimPrefix(r.GetClass().String(), "REJECT_") + " " + strings.TrimSpace(r.GetCode()+" "+r.GetField())
			}
		}
		parts = append(parts, s)
	}
	if f := out.GetFault(); f != "" {
		if ms := out.GetRetryAfterMs(); ms > 0 {
			f += fmt.Sprint(" after ", ms)
		}
		parts = append(parts, "fault "+f)
	}
	return strings.Join(parts, ", ")
}

// quiet checks that neither token nor values are anywhere but in the vendor's
// words.
func quiet(t *testing.T, out *protocol.BatchOutcome) {
	t.Helper()
	for _, r := range out.GetRejections() {
		r.Text = ""
	}
	if s := out.String(); strings.Contains(s, canary) || strings.Contains(s, token) {
		t.Errorf("a value or the token leaks: %s", s)
	}
}

// TestNothingLeaks checks the errors of calls that have no outcome.
func TestNothingLeaks(t *testing.T) {
	for _, status := range []int{200, 400, 401, 403, 404, 429, 500} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, r.Header.Get("Authorization")+canary)
		}))
		api := connect(t, server.URL)
		check, err1 := api.Check(t.Context(), &protocol.CheckRequest{})
		discover, err2 := api.Discover(t.Context(), &protocol.DiscoverRequest{})
		server.Close()
		_, err3 := api.Check(t.Context(), &protocol.CheckRequest{})
		if s := fmt.Sprint(check, err1, discover, err2, err3); strings.Contains(s, canary) || strings.Contains(s, token) {
			t.Errorf("status %d: a value or the token leaks: %s", status, s)
		}
		if err1 == nil && len(check.GetProblems()) == 0 {
			t.Errorf("status %d: the check passes", status)
		}
	}
}
