package plan

import (
	"strconv"

	"github.com/leat-dev/leat/compiler/ir"
)

// RulesOf returns the guards of an activation as they are written.
func RulesOf(g ir.Guard) GuardRules {
	return GuardRules{MaxCreates: limitText(g.MaxCreates), MaxUpdates: limitText(g.MaxUpdates), MaxRemoves: limitText(g.MaxRemoves),
		MaxWithdrawn: limitText(g.MaxWithdrawn), MinRows: g.MinRows}
}

// LimitText returns a limit as it is written: "5%", "1000", "" when not set.
func LimitText(l ir.Limit) string { return limitText(l) }

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
// pass where there are none.
func Guards(g ir.Guard, c Counts) []Guard {
	out := []Guard{}
	add := func(name string, l ir.Limit, value int64) {
		if l.Set {
			out = append(out, Guard{Name: name, Limit: limitText(l), Base: c.Managed, Value: value, Tripped: exceeds(l, c.Managed, value)})
		}
	}
	add("max_creates", g.MaxCreates, c.Send+c.Create+c.Append)
	add("max_removes", g.MaxRemoves, c.Removes())
	add("max_updates", g.MaxUpdates, c.Update+c.Rekey)
	add("max_withdrawn", g.MaxWithdrawn, c.Withdrawn)
	return append(out, Guard{Name: "min_rows", Limit: strconv.FormatInt(g.MinRows, 10), Base: c.Managed, Value: c.SourceRows, Tripped: c.SourceRows < g.MinRows})
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
