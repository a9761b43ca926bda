package cli

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/planner"
)

// viewSamples turns sample rows into what may be shown where the output goes:
// at a terminal, or where it may be kept.
func viewSamples(doc *plan.Document, samples []planner.Sample, terminal bool) view.Samples {
	out := view.Samples{}
	for _, s := range samples {
		act := &doc.Activations[s.Activation]
		row := view.Sample{Op: s.Op, ID: idText(act, s, terminal)}
		for i, k := range s.Key {
			f := view.SampleField{Name: act.Key[i].Name, Masked: masked(act.Key[i], terminal)}
			f.After, f.HasAfter = reveal(k, act.Key[i])
			if i < len(s.Prior) {
				f.Before, f.HasBefore = reveal(s.Prior[i], act.Key[i])
			}
			if f.HasBefore && f.Before == f.After {
				continue
			}
			row.Fields = append(row.Fields, f)
		}
		for _, c := range s.Fields {
			col := act.Fields[c.Field]
			f := view.SampleField{Name: col.Name, Masked: masked(col, terminal)}
			f.Before, f.HasBefore = reveal(c.Before, col)
			f.After, f.HasAfter = reveal(c.After, col)
			f.Pending = c.Pending
			row.Fields = append(row.Fields, f)
		}
		out[act.Address] = append(out[act.Address], row)
	}
	return out
}

// masked decides whether values of a column are hidden. What carries a label,
// stated or guessed, always is. Output that is kept, sent or posted shows no
// more than bools, enums and columns labelled public.
func masked(c plan.Column, terminal bool) bool {
	if len(c.Guessed) > 0 || slices.ContainsFunc(c.Labels, func(l string) bool { return l != label.Public }) {
		return true
	}
	return !terminal && c.Type != "bool" && !strings.HasPrefix(c.Type, "enum(") && !slices.Contains(c.Labels, label.Public)
}

// reveal returns a value's text; decimals without zeros that say nothing.
func reveal(v duck.Value, c plan.Column) (string, bool) {
	text, ok := v.Reveal()
	if strings.HasPrefix(c.Type, "decimal") && strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text, ok
}

func idText(act *plan.Activation, s planner.Sample, terminal bool) string {
	var parts []string
	for i, v := range s.ID {
		text, ok := v.Reveal()
		switch {
		case !ok:
			text = "null"
		case masked(act.ID[i], terminal):
			text = "(masked)"
		}
		parts = append(parts, act.ID[i].Name+" = "+text)
	}
	return strings.Join(parts, ", ")
}
