package hubspot_test

import (
	"slices"
	"testing"

	"github.com/leat-dev/leat/plugins/hubspot"
	"github.com/leat-dev/leat/plugins/sdk"
)

// TestDescribe holds the description against the words of the protocol.
func TestDescribe(t *testing.T) {
	s := sdk.Describe(hubspot.New())
	if s.GetEvidence() != "D" || s.GetNeedsPull() || s.GetOpen() {
		t.Errorf("evidence %q, needs pull %v, open %v", s.GetEvidence(), s.GetNeedsPull(), s.GetOpen())
	}
	var limits []string
	for _, l := range s.GetLimits() {
		limits = append(limits, l.GetName())
	}
	words := []string{"upsert", "create", "update", "delete", "archive", "append", "read"}
	for _, o := range s.GetObjects() {
		for _, op := range o.GetOperations() {
			if !slices.Contains(words, op.GetName()) {
				t.Errorf("%s: there is no operation %q", o.GetName(), op.GetName())
			}
			for _, l := range op.GetLimits() {
				if !slices.Contains(limits, l) {
					t.Errorf("%s: operation %s names limit %q", o.GetName(), op.GetName(), l)
				}
			}
		}
		for _, k := range o.GetKeys() {
			if k.GetUnique() != (o.GetName() == "contacts") {
				t.Errorf("%s: key %v, unique %v", o.GetName(), k.GetFields(), k.GetUnique())
			}
		}
		if o.GetFieldsOpen() {
			t.Errorf("%s takes any field", o.GetName())
		}
	}
}
