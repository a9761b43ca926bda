package check

import (
	std "testing"

	"github.com/leat-dev/leat/lang/function"
)

// The tables speak of functions that there are, and of none twice.
func TestInjectiveFunctions(t *std.T) {
	for name := range apart {
		if _, ok := function.Lookup(name); !ok {
			t.Errorf("there is no function %s", name)
		}
		if merges[name] != "" {
			t.Errorf("%s is in both tables", name)
		}
	}
	for name := range merges {
		if _, ok := function.Lookup(name); !ok {
			t.Errorf("there is no function %s", name)
		}
	}
}
