package check

import (
	gotesting "testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Keys of other fields cannot be held against each other, so that sharing a
// field under them is refused.
func TestSharingUnderOtherKeys(t *gotesting.T) {
	cfg, _ := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte("activation \"a\" { shares = [activation.b] }\nactivation \"b\" { shares = [activation.a] }\n")}})
	for key, want := range map[string]int{"email": 0, "id": 1} {
		field := []ir.Mapping{{Field: "name"}}
		c := &compiler{in: Input{Config: cfg}, res: &Result{Activations: []ir.Activation{
			{Name: "a", Key: []ir.Mapping{{Field: "email"}}, Fields: field}, {Name: "b", Key: []ir.Mapping{{Field: key}}, Fields: field}}}}
		c.ownership()
		if len(c.diags) != want || (want > 0 && c.diags[0].Code != diag.DuplicateOwner) {
			t.Errorf("keys email and %s: %v, want %d diagnostics", key, c.diags, want)
		}
	}
}
