package syntax

import (
	"regexp"
	"strconv"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
)

// Evaluate returns the value of an attribute that may refer to var and local
// only, such as the rows of a test. It reports false when a is nil and when the
// attribute has no value; why, the diagnostics say.
func (c *Constants) Evaluate(a *Attribute) (cty.Value, bool, diag.Diagnostics) {
	e := &evaluator{consts: c}
	if a == nil {
		return cty.NilVal, false, nil
	}
	v, _, ok := e.eval(a.Expr)
	return v, ok, e.diags.Sorted()
}

// Settings evaluates the attributes of a block `removed`. The diagnostics are
// sorted.
func (r *Removed) Settings(consts *Constants) (RemovedSettings, diag.Diagnostics) {
	e := &evaluator{consts: consts}
	return RemovedSettings{Rows: e.text(r.Rows, removedBlock, "rows")}, e.diags.Sorted()
}

// membership evaluates what decides which rows may be sent.
func (e *evaluator) membership(a *Activation, s *ActivationSettings) {
	s.Proofs = e.text(a.Proofs, activationBlock, "proofs")
	var onWithdrawn *Attribute
	if a.Consent != nil {
		onWithdrawn = a.Consent.OnWithdrawn
	}
	s.OnWithdrawn = e.text(onWithdrawn, consentBlock, "on_withdrawn")
	s.Rollout, s.Holdout = e.share(a.Rollout, 100), e.share(a.Holdout, 0)
	if r := a.Requires; r != nil {
		tests := e.text(r.Tests, requiresBlock, "tests")
		s.Requires.Tests = Value[bool]{Value: tests.Set, Range: tests.Range, Set: tests.Set}
		s.Requires.MaxAge = e.duration(r.MaxAge, "max_age")
	}
}

// share evaluates a percentage of ids.
func (e *evaluator) share(b *Share, otherwise float64) Value[float64] {
	out := Value[float64]{Value: otherwise}
	if b == nil {
		return out
	}
	v, ok := e.value(b.Percent)
	if !ok {
		return out
	}
	at := b.Percent.Expr.Range()
	n := -1.0
	if v.Type() == cty.Number {
		n, _ = v.AsBigFloat().Float64()
	}
	if !(n >= 0 && n <= 100) {
		e.invalid(at, "percent", "Write a number from 0 to 100.")
		return out
	}
	return Value[float64]{Value: n, Range: at, Set: true}
}

var durations = regexp.MustCompile(`^([0-9]{1,6}) *(m|h|d)$`)

// duration evaluates a span of time: minutes, hours or days.
func (e *evaluator) duration(a *Attribute, name string) Value[time.Duration] {
	v, ok := e.value(a)
	if !ok {
		return Value[time.Duration]{}
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
	if v.Type() == cty.String {
		if m := durations.FindStringSubmatch(v.AsString()); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil && n > 0 {
				return Value[time.Duration]{Value: time.Duration(n) * unit[m[2]], Range: a.Expr.Range(), Set: true}
			}
		}
	}
	e.invalid(a.Expr.Range(), name, `Write a span of minutes, hours or days, such as "90m", "24h" or "2d".`)
	return Value[time.Duration]{}
}
