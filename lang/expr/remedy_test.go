package expr_test

import (
	"regexp"
	"testing"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

var placeholderX = regexp.MustCompile(`\bx\b`)

// TestRemediesWork writes what the conversion table says to write, over a
// column of the type, and asks whether the result converts.
func TestRemediesWork(t *testing.T) {
	all := []types.Type{types.BoolType, types.IntType, {Kind: types.Decimal}, types.DecimalOf(10, 2), types.DecimalOf(20, 0), types.FloatType, types.StringType, types.StringOf(10), types.EnumOf("one", "other", "yes", "no"),
		types.BytesType, types.DateType, types.TimeType, types.TimestampType, types.TimestampTZType, types.UUIDType, types.JSONType, types.ListOf(types.IntType), types.ListOf(types.StringType),
		types.StructOf(types.Field{Name: "city", Type: types.StringType}, types.Field{Name: "n", Type: types.IntType})}
	tried := 0
	for _, from := range all {
		for _, to := range all {
			conv := types.Convert(from, to)
			if conv.Remedy == "" {
				continue
			}
			tried++
			text := placeholderX.ReplaceAllString(conv.Remedy, "row.x")
			n, ds := compile(t, text, func(s *expr.Scope) {
				s.Columns = []expr.SourceColumn{{Name: "x", Info: types.Info{Type: from}}}
			})
			if ds.HasErrors() {
				t.Errorf("%s -> %s: %s: %v", from, to, text, ds)
				continue
			}
			if again := types.Convert(n.Type(), to); !again.Class.Implicit() {
				t.Errorf("%s -> %s: %s is %s, which is %s: %s", from, to, text, n.Type(), again.Class, again.Reason)
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d remedies", tried)
	}
}
