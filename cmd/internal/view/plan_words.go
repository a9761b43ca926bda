package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
)

// verdict is what a plan comes to, in a few words and without text from
// outside.
func verdict(d *plan.Document, order []weighed) string {
	var guards, gone, rows int64
	for _, w := range order {
		guards += int64(w.guard)
		gone += w.gone
		rows += w.rows
	}
	blocked := int64(0)
	for _, w := range order {
		blocked += w.Counts.Block
	}
	switch {
	case guards == 1:
		return "Cannot be applied: 1 guard trips."
	case guards > 1:
		return "Cannot be applied: " + thousands(guards) + " guards trip."
	case gone > blocked:
		return "Removes " + plural(gone-blocked, "record") + "."
	case blocked > 0:
		return "Consent is withdrawn for " + plural(blocked, "record") + "."
	case rows > 0:
		return "Changes " + plural(rows, "record") + "; removes none."
	case movesText(d) != "":
		return "Changes names in state only."
	}
	return "No changes."
}

// planCalls is what a plan asks of the destinations: requests, and the least
// time that a declared limit allows for those of one activation.
func planCalls(d *plan.Document) string {
	var requests, seconds int64
	for i := range d.Activations {
		for _, o := range calls(&d.Activations[i]) {
			requests += o.Requests
		}
		for _, l := range d.Activations[i].Limits {
			seconds = max(seconds, l.Seconds)
		}
	}
	if requests == 0 {
		return ""
	}
	s := plural(requests, "request")
	if seconds >= 2 {
		s += ", at least " + duration(seconds) + " at the declared limits"
	}
	return s
}

// calls are the operations that make calls. One replacement carries all the
// operations of an object that is replaced.
func calls(a *plan.Activation) []plan.Operation {
	if a.Target.Replace && len(a.Operations) > 1 {
		return a.Operations[:1]
	}
	return a.Operations
}

// targetName is the object that an activation writes, without the word before
// it: type, destination, object.
func targetName(a *plan.Activation) string {
	return strings.Join([]string{a.Target.Plugin, a.Target.Destination, a.Target.Object}, ".")
}

// planColumn is a count in the table of activations.
type planColumn struct {
	name  string
	count func(plan.Counts) int64
}

// planColumns are the counts of the table. One that is zero everywhere is
// left out.
var planColumns = []planColumn{
	{"remove", func(c plan.Counts) int64 { return c.Delete + c.Archive + c.Clear }},
	{"rekey", func(c plan.Counts) int64 { return c.Rekey }},
	{"update", func(c plan.Counts) int64 { return c.Update }},
	{"send", func(c plan.Counts) int64 { return c.Send }},
	{"create", func(c plan.Counts) int64 { return c.Create }},
	{"append", func(c plan.Counts) int64 { return c.Append }},
	{"release", func(c plan.Counts) int64 { return c.Release }},
	{"block", func(c plan.Counts) int64 { return c.Block }},
	{"settle", func(c plan.Counts) int64 { return c.Resolve + c.Forget }},
	{"invalid", func(c plan.Counts) int64 { return c.Invalid }},
	{"rejected", func(c plan.Counts) int64 { return c.StillRejected }},
	{"unknown", func(c plan.Counts) int64 { return c.Unknown }},
	{"held", func(c plan.Counts) int64 { return c.Held }},
	{"blocked", func(c plan.Counts) int64 { return c.Blocked }},
	{"unchanged", func(c plan.Counts) int64 { return c.Unchanged }},
}

// usedColumns are the counts that are not zero for every activation, and the
// sum of all.
func usedColumns(of []weighed) ([]planColumn, plan.Counts) {
	var total plan.Counts
	for _, w := range of {
		add(&total, w.Counts)
	}
	return slices.DeleteFunc(slices.Clone(planColumns), func(c planColumn) bool { return c.count(total) == 0 }), total
}

// notice is a reason to look at an activation.
type notice struct {
	text   string
	strong bool
}

// attention is why an activation stands where it does, without text from
// outside.
func attention(w weighed) []notice {
	var out []notice
	if w.guard > 0 {
		out = append(out, notice{plural(int64(w.guard), "guard") + " tripped", true})
	}
	if n := w.Counts.Withdrawn + w.Counts.Block; n > 0 {
		out = append(out, notice{thousands(n) + " without consent", true})
	}
	if w.RemovalsHeld != "" {
		out = append(out, notice{"removals suspended", false})
	}
	if t := classText[w.Class]; t != "" {
		out = append(out, notice{t, false})
	}
	if w.Removed != "" {
		out = append(out, notice{"activation removed", false})
	}
	if w.Moved != nil {
		out = append(out, notice{"moved", false})
	}
	return out
}

// howToApply says how a plan is applied, if it can be; commands are between
// backticks.
func howToApply(d *plan.Document) string {
	saved := slices.ContainsFunc(d.Activations, func(a plan.Activation) bool { return a.ChangeSet != nil })
	switch {
	case d.Tripped():
		return "Nothing is written while a guard trips. Where the change is meant, raise the guard, or meet what `requires` asks, and plan again."
	case !d.Changes() && !saved:
		return "There is nothing to apply."
	case saved:
		return "`leat apply FILE` with the file of this plan applies exactly these rows, once, and refuses when state has moved on."
	}
	return "This plan was not saved: `leat apply` would make its own. `leat plan -o FILE` saves one, and `leat apply FILE` applies exactly that."
}

func valuesShown(samples bool) string {
	if samples {
		return "no row values but those above"
	}
	return "no row values"
}

// headline is what happens to an activation's rows, without text from outside.
func headline(w weighed) string {
	var parts []string
	if w.guard > 0 {
		parts = append(parts, "guard tripped")
	}
	for _, o := range opRows {
		if n := o.count(w.Counts); n > 0 {
			parts = append(parts, thousands(n)+" "+o.verb+withdrawnText(w.Activation, o.name, n))
		}
	}
	c := w.Counts
	for _, n := range []struct {
		n    int64
		word string
	}{{c.Invalid, "invalid"}, {c.StillRejected, "still rejected"}, {c.Unknown, "unknown"}, {c.Held, "held"}, {c.Blocked, "blocked"}, {c.Unchanged, "unchanged"}} {
		if n.n > 0 {
			parts = append(parts, thousands(n.n)+" "+n.word)
		}
	}
	if len(parts) == 0 {
		return "no rows change"
	}
	return strings.Join(parts, ", ")
}

// classWords says what kind of configuration change lies behind the rows, for
// every class.
func classWords(a *plan.Activation) string {
	if t := classText[a.Class]; t != "" {
		return t
	}
	switch a.Class {
	case "none":
		return "unchanged"
	case "metadata":
		return "mode, on_removed or guards changed"
	}
	return a.Class
}

// guardPassed is a guard that holds, with its limit and the number it is about.
func guardPassed(g plan.Guard) string {
	if g.Kept {
		g.Kept = false
		return guardPassed(g) + ", kept from the last apply"
	}
	switch {
	case g.Name == plan.RequiresBuild:
		return "requires: the last build of the model succeeded"
	case g.Name == plan.ConsentRows:
		return "consent has rows"
	case g.Name == plan.RequiresTests || g.Name == plan.RequiresMaxAge:
		return g.Name + " = " + g.Limit
	case strings.HasSuffix(g.Limit, "%"):
		return fmt.Sprintf("%s = %s (%s of %s managed)", g.Name, g.Limit, thousands(g.Value), thousands(g.Base))
	}
	return fmt.Sprintf("%s = %s (%s)", g.Name, g.Limit, thousands(g.Value))
}

// reason is why rows are left out.
type reason struct {
	kind string // invalid, still rejected, outcome unknown, blocked, waiting, held
	rows int64
	text string
}

// leftOut says why rows of an activation are left out, the worst first.
func leftOut(a *plan.Activation) []reason {
	var all []reason
	for _, r := range a.Invalid {
		all = append(all, reason{"invalid", r.Rows, reasonText(r.Reason, r.Field)})
	}
	for _, r := range a.Rejected {
		all = append(all, reason{"still rejected", r.Rows, refusalText(r.Class, r.Code, r.Field)})
	}
	if n := a.Counts.Unknown; n > 0 {
		all = append(all, reason{"outcome unknown", n, "it was sent, and the answer is not known"})
	}
	for _, r := range a.Blocked {
		all = append(all, reason{"blocked", r.Rows, blockedText(r.Reason, a)})
	}
	drawn := a.Counts.Held
	for _, w := range a.Waiting {
		drawn -= w.Rows
		all = append(all, reason{"waiting", w.Rows, w.Field + " finds no record of activation." + w.Activation})
	}
	if drawn > 0 {
		all = append(all, reason{"held", drawn, heldText(a)})
	}
	return all
}
