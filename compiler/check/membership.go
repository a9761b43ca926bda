package check

import "github.com/leat-dev/leat/compiler/ir"

// membership takes over which ids are held.
func (u *unit) membership() {
	if p := u.set.Rollout; p.Set && p.Value < 100 {
		u.out.Rollout = ir.Share{Set: true, Percent: p.Value}
	}
	if p := u.set.Holdout; p.Set && p.Value > 0 {
		u.out.Holdout = ir.Share{Set: true, Percent: p.Value}
	}
}
