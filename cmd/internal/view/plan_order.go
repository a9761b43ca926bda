package view

import (
	"cmp"
	"slices"

	"github.com/leat-dev/leat/compiler/plan"
)

// rank is how much an activation of a plan wants a reader's eye: the less, the
// more.
type rank int

const (
	rankTripped rank = iota // a guard stops the plan
	rankRemoves             // records are removed, or their consent is withdrawn
	rankTrouble             // rows are invalid, refused or unknown; a guard was overridden; removals are suspended
	rankChanged             // another mapping, key or destination
	rankRows                // rows change, and nothing is the matter
	rankQuiet               // nothing changes
)

// weighed is an activation with its place in the order of views that must cut.
type weighed struct {
	*plan.Activation
	rank  rank
	rows  int64 // that change something: sent, or settled without a call
	gone  int64 // of them removed, or without consent
	guard int   // guards that trip
}

// weigh puts the activations of a plan in order, the worst first: by rank, then
// by what is lost, then by the number of changes, then by address.
func weigh(d *plan.Document) []weighed {
	out := make([]weighed, 0, len(d.Activations))
	for i := range d.Activations {
		a := &d.Activations[i]
		c := a.Counts
		w := weighed{Activation: a, rows: c.Deliverable() + c.Local(), gone: c.Delete + c.Archive + c.Clear + c.Block}
		overridden := false
		for _, g := range a.Guards {
			if g.Tripped {
				w.guard++
			}
			overridden = overridden || g.Overridden
		}
		switch {
		case w.guard > 0:
			w.rank = rankTripped
		case w.gone > 0:
			w.rank = rankRemoves
		case c.Invalid+c.StillRejected+c.Unknown > 0 || overridden || a.RemovalsHeld != "":
			w.rank = rankTrouble
		case changedClass(a.Class):
			w.rank = rankChanged
		case !quiet(a):
			w.rank = rankRows
		default:
			w.rank = rankQuiet
		}
		out = append(out, w)
	}
	slices.SortStableFunc(out, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.gone, a.gone), cmp.Compare(b.rows, a.rows), cmp.Compare(a.Address, b.Address))
	})
	return out
}

// restText counts activations that are left out of a view, and among them
// those that a reader should know of: "1,944 more activations, 12 with removals".
func restText(rest []weighed) string {
	var tripped, gone, trouble int64
	for _, w := range rest {
		if w.guard > 0 {
			tripped++
		}
		if w.gone > 0 {
			gone++
		}
		if c := w.Counts; c.Invalid+c.StillRejected+c.Unknown > 0 {
			trouble++
		}
	}
	s := plural(int64(len(rest)), "more activation")
	for _, n := range []struct {
		n    int64
		with string
	}{{tripped, "stopped by guards"}, {gone, "with removals"}, {trouble, "with invalid, rejected or unknown rows"}} {
		if n.n > 0 {
			s += ", " + thousands(n.n) + " " + n.with
		}
	}
	return s
}

// changedClass reports whether a class of configuration change is about what is
// sent, and where to.
func changedClass(class string) bool {
	return slices.Contains([]string{"mapping", "key", "destination"}, class)
}
