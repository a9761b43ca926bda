package fake_test

import (
	"context"
	"testing"

	"github.com/leat-dev/leat/plugins/conformance"
	"github.com/leat-dev/leat/plugins/fake"
	"github.com/leat-dev/leat/plugins/sdk"
)

// TestConformance proves the suite as much as the fake: every case must run.
func TestConformance(t *testing.T) {
	store, err := fake.OpenStore("")
	if err != nil {
		t.Fatal(err)
	}
	plugin := fake.New(store)
	var before, after error
	hang := false
	once := func(e *error) error { err := *e; *e = nil; return err }
	plugin.Before = func(ctx context.Context, _ *sdk.Batch, _ *sdk.Outcomes) error {
		if hang {
			hang = false
			<-ctx.Done()
			return ctx.Err()
		}
		return once(&before)
	}
	plugin.After = func(_ context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
		err := once(&after)
		if err != nil { // the answer never came: the outcomes are not known to the plugin
			for row := range b.Len() {
				out.Unknown(row)
			}
		}
		return err
	}
	conformance.Run(t, conformance.Harness{
		Plugin: plugin, Object: fake.Object,
		Config: map[string]any{"token": "canary-secret"},
		Key:    []sdk.Column{{Name: "email", Type: "string"}},
		Fields: []sdk.Column{{Name: "name", Type: "string"}, {Name: "amount", Type: "decimal(12,2)"},
			{Name: "visits", Type: "int"}, {Name: "score", Type: "float"}, {Name: "active", Type: "bool"},
			{Name: "born", Type: "date"}, {Name: "seen", Type: "timestamptz"}},
		Reset: func(*testing.T) { store.Reset(); before, after, hang = nil, nil, false },
		ReadBack: func(*testing.T) map[string]map[string]string {
			out := make(map[string]map[string]string)
			for _, r := range store.Records() {
				fields := make(map[string]string)
				for k, v := range r.Fields {
					if v != nil {
						fields[k] = *v
					}
				}
				out[r.Key] = fields
			}
			return out
		},
		Invalid: func() (string, string) { return "name", fake.Refused },
		Fault: func(_ *testing.T, f conformance.Fault) bool {
			switch f {
			case conformance.Throttle:
				before = &sdk.Fault{Class: sdk.FaultThrottled}
			case conformance.ServerError:
				before = &sdk.Fault{Class: sdk.FaultServer, Sent: true}
			case conformance.CredentialsNo:
				before = &sdk.Fault{Class: sdk.FaultAuth}
			case conformance.CutBefore:
				before = &sdk.Fault{Class: sdk.FaultNetwork}
			case conformance.CutAfter:
				after = &sdk.Fault{Class: sdk.FaultTimeout, Sent: true}
			case conformance.Hang:
				hang = true
			}
			return true
		},
	})
}
