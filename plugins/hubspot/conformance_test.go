package hubspot_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leat-dev/leat/plugins/conformance"
	"github.com/leat-dev/leat/plugins/hubspot"
	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
	"github.com/leat-dev/leat/plugins/sdk"
)

const (
	token   = "canary-token-7"
	refused = "no such value"
)

// faults are what the sandbox does for each fault of the suite. Writes only:
// a search before a write is not what the suite means to break.
var faults = map[conformance.Fault]sandbox.Fault{
	conformance.Throttle:    {Kind: sandbox.Fault429, Op: "write", Count: 1},
	conformance.ServerError: {Kind: sandbox.Fault500, Op: "write", Count: 1},
	conformance.CutBefore:   {Kind: sandbox.FaultCutBefore, Op: "write", Count: 1},
	conformance.CutAfter:    {Kind: sandbox.FaultCutAfter, Op: "write", Count: 1},
	conformance.Hang:        {Kind: sandbox.FaultHang, Op: "write", Count: 1},
}

func harness(t *testing.T, object, key string, fields ...sdk.Column) conformance.Harness {
	t.Helper()
	crm := sandbox.New(sandbox.Options{Token: token, Rate: sandbox.Rate{Max: -1, Daily: -1, Search: -1}})
	var strangers atomic.Int32 // writes to refuse as if the token were wrong
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/batch/") && !strings.HasSuffix(r.URL.Path, "/read") && strangers.Add(-1) >= 0 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		crm.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return conformance.Harness{
		Plugin: hubspot.New(), Object: object,
		Config: map[string]any{"access_token": token, "base_url": server.URL, "timeout_seconds": 5},
		Key:    []sdk.Column{{Name: key, Type: "string(65536)"}},
		Fields: fields,
		Reset: func(t *testing.T) {
			crm.Reset()
			strangers.Store(0)
			if _, err := crm.AddFault(sandbox.Fault{Kind: sandbox.FaultRefuse, Property: fields[0].Name, Value: refused}); err != nil {
				t.Fatal(err)
			}
		},
		Invalid: func() (string, string) { return fields[0].Name, refused },
		ReadBack: func(*testing.T) map[string]map[string]string {
			out := make(map[string]map[string]string)
			for _, r := range crm.Contents()[object] {
				out[r[key]] = r
			}
			return out
		},
		Fault: func(t *testing.T, f conformance.Fault) bool {
			if f == conformance.CredentialsNo {
				strangers.Store(1)
				return true
			}
			known, ok := faults[f]
			if ok {
				if _, err := crm.AddFault(known); err != nil {
					t.Fatal(err)
				}
			}
			return ok
		},
	}
}

func TestConformanceContacts(t *testing.T) {
	h := harness(t, "contacts", "email", sdk.Column{Name: "firstname", Type: "string"},
		sdk.Column{Name: "lifetime_value", Type: "decimal(38,10)"}, sdk.Column{Name: "first_order", Type: "date"},
		sdk.Column{Name: "last_seen_at", Type: "timestamptz"}, sdk.Column{Name: "is_loyal", Type: "bool"})
	conformance.Run(t, h)
}

func TestConformanceCompanies(t *testing.T) {
	h := harness(t, "companies", "domain", sdk.Column{Name: "name", Type: "string"},
		sdk.Column{Name: "numberofemployees", Type: "decimal(38,10)"}, sdk.Column{Name: "is_public", Type: "bool"})
	h.Value = func(c sdk.Column, n int) string {
		if c.Name == "domain" {
			return conformance.Sample(sdk.Column{Name: "shop", Type: "string"}, n) + ".example"
		}
		return conformance.Sample(c, n)
	}
	conformance.Run(t, h)
}
