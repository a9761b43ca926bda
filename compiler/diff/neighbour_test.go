package diff_test

import (
	"testing"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/types"
)

// TestBeside tells which activations are held against each other: an
// activation that is removed has the key's type of when it was applied.
func TestBeside(t *testing.T) {
	on := func(name, field string, typ types.Type) *ir.Activation {
		return &ir.Activation{Name: name, Target: ir.Target{Plugin: "crm", Destination: "main", Object: "contacts"}, Key: []ir.Mapping{{Field: field, Type: typ}}}
	}
	for _, c := range []struct {
		what string
		a, b *ir.Activation
		want bool
	}{
		{"one key", on("a", "email", types.StringOf(100)), on("b", "email", types.StringOf(100)), true},
		{"itself", on("a", "email", types.StringOf(100)), on("a", "email", types.StringOf(100)), false},
		{"another key", on("a", "email", types.StringOf(100)), on("b", "phone", types.StringOf(100)), false},
		{"a wider column", on("a", "email", types.StringOf(20)), on("b", "email", types.StringOf(100)), true},
		{"more digits", on("a", "n", types.DecimalOf(10, 0)), on("b", "n", types.DecimalOf(18, 2)), true},
		{"another kind", on("a", "n", types.IntType), on("b", "n", types.StringOf(100)), false},
	} {
		if got := diff.Beside(c.a, c.b); got != c.want {
			t.Errorf("%s: %t, want %t", c.what, got, c.want)
		}
	}
}
