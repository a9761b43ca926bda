//go:build duckdb_arrow

package planner

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
)

// TestMembershipTransitions walks one row through statuses, step by step, and
// holds each plan against what docs/formats/membership.md says. A step is a
// status the row has: in, changed (in with another payload), invalid, filtered,
// absent; with held- before it the id is held, too. The statuses between which
// a step can lead are all pairs of those.
func TestMembershipTransitions(t *testing.T) {
	for _, c := range []struct{ steps, want string }{
		{"in in", "send=1 | unchanged=1"},
		{"in changed", "send=1 | update=1 first_name:+1-0"},
		{"in invalid in", "send=1 | invalid=1(null_key email) | unchanged=1"},
		{"in filtered", "send=1 | archive=1"},
		{"in absent in", "send=1 | archive=1 | send=1"},
		{"in held-in in", "send=1 | held=1 | unchanged=1"},
		{"in held-changed held-in in", "send=1 | held=1 | held=1 | unchanged=1"},
		{"in held-changed changed", "send=1 | held=1 | update=1 first_name:+1-0"},
		{"in held-absent absent", "send=1 | held=1 | archive=1"},
		{"in held-absent in", "send=1 | held=1 | unchanged=1"},
		{"in held-filtered filtered", "send=1 | held=1 | archive=1"},
		{"in held-invalid held-in", "send=1 | invalid=1(null_key email) | held=1"},
		{"held-in in", "held=1 | send=1"},
		{"held-in absent", "held=1 | "},
		{"held-in filtered", "held=1 | "},
		{"held-in invalid in", "held=1 | invalid=1(null_key email) | send=1"},
		{"held-absent in", " | send=1"},
		{"invalid in", "invalid=1(null_key email) | send=1"},
		{"invalid held-in", "invalid=1(null_key email) | held=1"},
		{"invalid absent", "invalid=1(null_key email) | "},
		{"in invalid absent", "send=1 | invalid=1(null_key email) | archive=1"},
		{"in invalid held-absent", "send=1 | invalid=1(null_key email) | held=1"},
		{"filtered in", " | send=1"},
		{"filtered held-in", " | held=1"},
		{"in absent held-in in", "send=1 | archive=1 | held=1 | send=1"},
		{"in absent held-absent", "send=1 | archive=1 | "},
	} {
		t.Run(c.steps, func(t *testing.T) {
			w := newWorld(t)
			w.act.Removed = ir.Archive
			w.act.Where = &ir.Expr{SQL: `r."ltv" > 0`}
			var got []string
			for _, step := range strings.Fields(c.steps) {
				status, held := strings.CutPrefix(step, "held-")
				w.act.Membership = ir.Membership{}
				if held {
					w.act.Holdout = ir.Share{Set: true, Percent: 100}
				}
				rows := map[string][]string{"in": {"(1, 'a@x', 'Ann', 1)"}, "changed": {"(1, 'a@x', 'Anne', 1)"},
					"invalid": {"(1, NULL, 'Ann', 1)"}, "filtered": {"(1, 'a@x', 'Ann', 0)"}, "absent": nil}
				w.customers(rows[status]...)
				got = append(got, w.apply())
			}
			want(t, strings.Join(got, " | "), c.want)
		})
	}
}

// TestRolloutGrows: with a growing percentage ids only ever join, and with a
// growing holdout they only ever leave.
func TestRolloutGrows(t *testing.T) {
	w := newWorld(t)
	var rows []string
	for i := range 400 {
		rows = append(rows, fmt.Sprintf("(%d, 'a%d@x', 'A', 1)", i, i))
	}
	w.customers(rows...)
	was := int64(0)
	for _, percent := range []float64{0, 0.5, 10, 50, 99, 100} {
		w.act.Rollout = ir.Share{Set: true, Percent: percent}
		c := w.plan().Document.Activations[0].Counts
		if now := c.Send + was; c.Send+c.Held+c.Unchanged != 400 || c.Unchanged != was || c.Archive+c.Release > 0 || float64(now) < percent*4-40 || float64(now) > percent*4+40 {
			t.Errorf("%v percent: %+v, %d before", percent, c, was)
		}
		w.apply()
		was += c.Send
	}
	if was != 400 {
		t.Errorf("%d of 400 at 100 percent", was)
	}
	w.act.Rollout, w.act.Holdout = ir.Share{}, ir.Share{Set: true, Percent: 25}
	w.customers()
	c := w.plan().Document.Activations[0].Counts
	if c.Held < 60 || c.Held > 140 || c.Held+c.Release != 400 {
		t.Errorf("a holdout of 25 percent over an empty source: %+v", c)
	}
}

// TestHeldKeepsItsKey: a key that a held record has is not free, wherever the
// row went.
func TestHeldKeepsItsKey(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Delete
	w.customers("(1, 'a@x', 'Ann', 1)")
	want(t, w.apply(), "send=1")
	// 1 is held and 2 is not, of some percentage.
	p1, p2 := draw("holdout", w.act.Name, "1"), draw("holdout", w.act.Name, "3")
	if p1 > p2 {
		t.Fatalf("choose other ids: %v %v", p1, p2)
	}
	w.act.Holdout = ir.Share{Set: true, Percent: (p1 + p2) / 2}
	w.customers("(3, 'a@x', 'Cyd', 1)")
	want(t, w.apply(), "invalid=1(key_taken) held=1")
	w.act.Holdout = ir.Share{}
	want(t, w.apply(), "send=1 delete=1")
}

// randomMembership draws which ids are held in one step: often none.
func randomMembership(r *rand.Rand) ir.Membership {
	share := func() ir.Share {
		if r.IntN(3) > 0 {
			return ir.Share{}
		}
		return ir.Share{Set: true, Percent: float64(r.IntN(101))}
	}
	return ir.Membership{Rollout: share(), Holdout: share()}
}
