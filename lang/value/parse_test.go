package value_test

import (
	"testing"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// FuzzParse reads any text as a value of each kind. What is read is of that
// kind, and reading it a second time gives the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "true", "-0", "12", "9223372036854775808", "1e400", "nan", "2026-02-30", "2026-05-01 08:30:00.123456", "24:00:00", "2026-05-01T08:30:00+02:00", "0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f"} {
		f.Add(text)
	}
	all := []types.Type{types.BoolType, types.IntType, types.DecimalOf(38, 10), types.DecimalOf(5, 2), types.FloatType, types.DateType, {Kind: types.Time}, types.TimestampType, types.TimestampTZType, {Kind: types.UUID}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, ty := range all {
			v, ok := value.Parse(text, ty)
			if !ok {
				continue
			}
			if v.Kind() != ty.Kind {
				t.Errorf("%q as %s is %s", text, ty, v.Kind())
			}
			if again, _ := value.Parse(text, ty); again.Literal() != v.Literal() {
				t.Errorf("%q as %s is %s, then %s", text, ty, v.Literal(), again.Literal())
			}
		}
	})
}
