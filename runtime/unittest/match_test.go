//go:build duckdb_arrow

package unittest

import (
	"testing"

	"github.com/leat-dev/leat/lang/types"
)

// TestJSONIsComparedByMeaning: white space and the order of members do not
// matter to a test, though they are what a plan compares.
func TestJSONIsComparedByMeaning(t *testing.T) {
	json := types.Type{Kind: types.JSON}
	for _, c := range []struct {
		a, b string
		same bool
	}{{`{"a": 1, "b": [2]}`, `{"b":[2],"a":1}`, true}, {`[1, 2]`, `[2, 1]`, false}, {`null`, `0`, false}, {`{`, `{`, true}, {`{`, `[`, false}} {
		if got := sameText(c.a, c.b, json); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}
