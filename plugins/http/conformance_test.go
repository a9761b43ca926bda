package http_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/leat-dev/leat/plugins/conformance"
	"github.com/leat-dev/leat/plugins/http"
	"github.com/leat-dev/leat/plugins/sdk"
)

// faults are what the double does for each fault of the suite.
var faults = map[conformance.Fault]string{conformance.Throttle: "429", conformance.ServerError: "503", conformance.CredentialsNo: "401",
	conformance.CutBefore: "cut before", conformance.CutAfter: "cut after", conformance.Hang: "hang"}

func harness(t *testing.T, key []sdk.Column, fields []sdk.Column, ops ...sdk.DeclaredOperation) conformance.Harness {
	t.Helper()
	a := newAPI(t)
	object := sdk.Object{Name: "members"}
	declared := sdk.DeclaredObject{Name: "members", Operations: ops}
	for _, k := range key {
		declared.Key = append(declared.Key, k.Name)
	}
	if len(key) > 0 {
		object.Keys = []sdk.Key{{Fields: declared.Key, Unique: true}}
	}
	for _, f := range fields {
		object.Fields = append(object.Fields, sdk.Field{Name: f.Name, Type: f.Type, Nullable: true})
	}
	for _, op := range ops {
		if op.Name == "delete" {
			object.Removal = []string{"delete"}
		}
		object.Operations = append(object.Operations, sdk.Operation{Name: op.Name, Retry: sdk.Idempotent, MaxRecords: 1})
	}
	return conformance.Harness{
		Plugin: http.New(), Object: "members", Key: key, Fields: fields, Declared: []sdk.DeclaredObject{declared}, Described: object,
		Config:  map[string]any{"base_url": a.URL + "/v1", "bearer_token": token, "timeout_seconds": 5},
		Reset:   func(*testing.T) { a.reset() },
		Invalid: func() (string, string) { return fields[0].Name, refused },
		ReadBack: func(*testing.T) map[string]map[string]string {
			a.mu.Lock()
			defer a.mu.Unlock()
			out := map[string]map[string]string{}
			for id, m := range a.members {
				out[id] = flat(map[string]string{}, "", m)
			}
			return out
		},
		Fault: func(_ *testing.T, f conformance.Fault) bool {
			kind, ok := faults[f]
			if ok {
				a.fault(kind)
			}
			return ok
		},
	}
}

// flat writes nested members under dotted names, as canonical texts.
func flat(out map[string]string, prefix string, m map[string]any) map[string]string {
	for name, v := range m {
		switch v := v.(type) {
		case nil:
		case map[string]any:
			if name == "document" {
				text, _ := json.Marshal(v)
				out[prefix+name] = string(text)
				continue
			}
			flat(out, prefix+name+".", v)
		default:
			out[prefix+name] = fmt.Sprint(v)
		}
	}
	return out
}

var (
	memberKey    = []sdk.Column{{Name: "id", Type: "int"}}
	memberFields = []sdk.Column{{Name: "name", Type: "string"}, {Name: "address.city", Type: "string"}, {Name: "spent", Type: "decimal(20,4)"}, {Name: "visits", Type: "int"},
		{Name: "score", Type: "float"}, {Name: "loyal", Type: "bool"}, {Name: "born", Type: "date"}, {Name: "seen", Type: "timestamptz"}, {Name: "document", Type: "json"}}
)

func TestConformance(t *testing.T) {
	conformance.Run(t, harness(t, memberKey, memberFields,
		sdk.DeclaredOperation{Name: "upsert", Method: "PATCH", Path: "/members/{id}"},
		sdk.DeclaredOperation{Name: "create", Method: "POST", Path: "/members"},
		sdk.DeclaredOperation{Name: "update", Method: "PATCH", Path: "/members/{id}?if=exists"},
		sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/members/{id}"}))
}

// TestConformanceText has keys that need escaping, and no upsert.
func TestConformanceText(t *testing.T) {
	h := harness(t, []sdk.Column{{Name: "id", Type: "string"}}, memberFields[:3],
		sdk.DeclaredOperation{Name: "create", Method: "POST", Path: "/members"},
		sdk.DeclaredOperation{Name: "delete", Method: "DELETE", Path: "/members/{id}"})
	h.Value = func(c sdk.Column, n int) string {
		if c.Name == "id" {
			return fmt.Sprintf("a/b?c#%%%d é", n)
		}
		return conformance.Sample(c, n)
	}
	conformance.Run(t, h)
}

func TestConformanceAppend(t *testing.T) {
	h := harness(t, nil, memberFields[:3], sdk.DeclaredOperation{Name: "append", Method: "POST", Path: "/events", IdempotencyHeader: "Idempotency-Key"})
	h.Fault = nil
	h.ReadBack = func(*testing.T) map[string]map[string]string { return nil }
	conformance.Run(t, h)
}
