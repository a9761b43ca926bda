package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
)

// RulesOf returns the guards of an activation as they are written.
func RulesOf(g ir.Guard) GuardRules {
	return GuardRules{MaxCreates: limitText(g.MaxCreates), MaxUpdates: limitText(g.MaxUpdates), MaxRemoves: limitText(g.MaxRemoves),
		MaxWithdrawn: limitText(g.MaxWithdrawn), MinRows: g.MinRows}
}

// LimitText returns a limit as it is written: "5%", "1000", "" when not set.
func LimitText(l ir.Limit) string { return limitText(l) }

// Kept is a guard with what state still holds armed: a limit that the
// configuration does not give any more stays as the last apply had it, unless
// the default is stricter. names lists those limits. So a guard is loosened by
// giving another limit, where a reviewer sees it, and not by deleting one.
func Kept(g ir.Guard, rules GuardRules) (kept ir.Guard, names []string) {
	for _, l := range []struct {
		name  string
		limit *ir.Limit
		rule  string
	}{{"max_creates", &g.MaxCreates, rules.MaxCreates}, {"max_removes", &g.MaxRemoves, rules.MaxRemoves}, {"max_updates", &g.MaxUpdates, rules.MaxUpdates}, {"max_withdrawn", &g.MaxWithdrawn, rules.MaxWithdrawn}} {
		was, ok := parseLimit(l.rule)
		if !ok || l.limit.Given || (l.limit.Set && was.Percent == l.limit.Percent && was.Value >= l.limit.Value) {
			continue
		}
		*l.limit, names = was, append(names, l.name)
	}
	if !g.MinRowsGiven && rules.MinRows > g.MinRows {
		g.MinRows, names = rules.MinRows, append(names, "min_rows")
	}
	return g, names
}

func parseLimit(text string) (ir.Limit, bool) {
	number, percent := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	return ir.Limit{Set: true, Percent: percent, Value: n}, err == nil
}

func limitText(l ir.Limit) string {
	if !l.Set {
		return ""
	}
	text := strconv.FormatFloat(l.Value, 'f', -1, 64)
	if l.Percent {
		text += "%"
	}
	return text
}

// Guards evaluates an activation's guards over its counts. Creations include
// sends and appends, which may create. Percentages refer to managed rows and
// pass where there are none. kept names the limits that [Kept] took from state.
func Guards(g ir.Guard, c Counts, kept ...string) []Guard {
	out := []Guard{}
	add := func(name string, l ir.Limit, value int64) {
		if l.Set {
			out = append(out, Guard{Name: name, Limit: limitText(l), Base: c.Managed, Value: value, Tripped: exceeds(l, c.Managed, value), Kept: slices.Contains(kept, name)})
		}
	}
	add("max_creates", g.MaxCreates, c.Send+c.Create+c.Append)
	add("max_removes", g.MaxRemoves, c.Removes())
	add("max_updates", g.MaxUpdates, c.Update+c.Rekey)
	add("max_withdrawn", g.MaxWithdrawn, c.Withdrawn)
	return append(out, Guard{Name: "min_rows", Limit: strconv.FormatInt(g.MinRows, 10), Base: c.Managed, Value: c.SourceRows, Tripped: c.SourceRows < g.MinRows, Kept: slices.Contains(kept, "min_rows")})
}

func exceeds(l ir.Limit, base, value int64) bool {
	if !l.Percent {
		return float64(value) > l.Value
	}
	return base > 0 && float64(value)*100 > l.Value*float64(base)
}

// Tripped reports whether any guard of the document stops it.
func (d *Document) Tripped() bool {
	for _, a := range d.Activations {
		for _, g := range a.Guards {
			if g.Tripped {
				return true
			}
		}
	}
	return false
}

// Changes reports whether applying the document would do anything.
func (d *Document) Changes() bool { return len(d.Graph) > 0 }
