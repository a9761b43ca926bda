package plan

import (
	"time"

	"github.com/leat-dev/leat/compiler/ir"
)

// Names of the guards that `requires` brings.
const (
	RequiresBuild  = "requires.build"
	RequiresTests  = "requires.tests"
	RequiresMaxAge = "requires.max_age"
)

// Requirements evaluates `requires` at the time of the plan. Values: for the
// build, 1 when it failed; for tests, how many did not pass, of Base; for the
// age, minutes since the last build, -1 when the run results do not tell.
// overridden lets a plan go on although one is not met, and is recorded.
func Requirements(r *ir.Requires, asOf time.Time, overridden bool) []Guard {
	if r == nil {
		return nil
	}
	var out []Guard
	add := func(name, limit string, base, value int64, unmet bool) {
		out = append(out, Guard{Name: name, Limit: limit, Base: base, Value: value, Tripped: unmet && !overridden, Overridden: unmet && overridden})
	}
	if r.BuildKnown && !r.BuildOK {
		add(RequiresBuild, "success", 1, 1, true)
	}
	if r.Tests {
		add(RequiresTests, "pass", r.Known, r.NotPassed, r.NotPassed > 0)
	}
	if r.MaxAge > 0 {
		age := int64(-1)
		if r.BuildKnown && !r.BuiltAt.IsZero() {
			age = max(0, int64(asOf.Sub(r.BuiltAt)/time.Minute))
		}
		add(RequiresMaxAge, r.MaxAge.String(), 0, age, age < 0 || asOf.Sub(r.BuiltAt) > r.MaxAge)
	}
	return out
}
