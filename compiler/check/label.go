package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// rules reads the label and policy blocks.
func (c *compiler) rules() {
	rules, ds := label.New(c.in.Config, c.in.Constants)
	c.diags.Extend(ds)
	c.labels = rules
	c.policySet()
}

// labelsKnown warns of labels in `accepts` that nothing sets.
func (c *compiler) labelsKnown(set syntax.DestinationSettings) {
	for _, a := range set.Accepts {
		c.labelKnown(a.Value, a.Range)
	}
}

func (c *compiler) labelKnown(name string, at diag.Range) {
	names := c.labels.Names()
	if slices.Contains(names, name) || c.in.Config.Poisoned {
		return
	}
	d := diag.New(diag.UnknownLabel, at, "The labels are %s, and each with :hashed after it.%s Add a label block, or correct the name.", strings.Join(slices.DeleteFunc(slices.Clone(names), label.IsHashed), ", "), diag.DidYouMean(name, names)).
		WithSummary("Nothing carries the label %q", name)
	if s := diag.Suggest(name, names); len(s) > 0 {
		d = d.WithFix("use "+s[0], diag.Edit{Range: at, NewText: `"` + s[0] + `"`})
	}
	c.diags.Append(d)
}

// marks returns the labels of a source column with their reasons.
func (u *unit) marks(name string) []label.Mark {
	match := u.facts.Column(name)
	if match.Found == nil {
		return u.labels.Of(u.facts.Relation, name, nil)
	}
	return u.labels.Of(u.facts.Relation, name, match.Found.Documented)
}

// labelsOf returns the labels of an expression's value, and those of them that
// are only guessed. A restricting label comes from any of the columns; a value
// is public when all of them are.
func (u *unit) labelsOf(n *expr.Node) (labels, guessed []string) {
	for _, l := range n.Info().Labels {
		if label.Base(l) != label.Public {
			labels = append(labels, l)
		}
	}
	sure, cols := map[string]bool{}, expr.Columns(n)
	public := len(cols) > 0
	for _, name := range cols {
		marks := u.marks(name)
		for _, m := range marks {
			sure[m.Label] = sure[m.Label] || !m.Guessed
		}
		public = public && slices.Contains(label.Names(marks), label.Public)
	}
	for _, l := range labels {
		if !sure[label.Base(l)] {
			guessed = append(guessed, l)
		}
	}
	if public {
		labels = types.UnionLabels(labels, []string{label.Public})
	}
	return labels, guessed
}

// personal adds the label pii to what is guessed of a mapping when the
// destination's own schema calls the field personal and no label says more.
func personal(m *ir.Mapping) []string {
	if m.Schema.PII == "" || len(m.Columns) == 0 || len(m.Labels) > 0 {
		return m.Guessed
	}
	return append(m.Guessed, label.PII)
}

// accepted reports labels of a mapping that the destination does not accept.
func (u *unit) accepted(f *syntax.Field, m *ir.Mapping) {
	if u.dest.Block == nil {
		return // no destination: reported
	}
	missing := label.Missing(m.Labels, u.out.Target.Accepts)
	if len(missing) == 0 {
		return
	}
	to := u.dest.Block.Addr.String()
	what := "the label " + quoted(missing)
	if len(missing) > 1 {
		what = "the labels " + quoted(missing)
	}
	detail := "This value carries " + what + ", and " + to + " does not accept " + map[bool]string{true: "them", false: "it"}[len(missing) > 1] + ". "
	if hash := u.hashRemedy(f, missing); hash != "" {
		detail += "Map a hash, " + hash + "; leave the field out; or, if "
	} else {
		detail += "Leave the field out, map a column without it, or, if "
	}
	detail += to + " may hold such values, add " + quoted(missing) + " to its `accepts`."
	d := diag.New(diag.LabelNotAccepted, f.Expr.Range(), "%s", detail).
		WithSummary("%s is labelled %s, which %s does not accept", f.Name, strings.Join(missing, ", "), to)
	u.report(u.reasons(u.atAccepts(d), m.Columns, missing))
}

// hashRemedy writes a hash of the value that the destination accepts; "" when
// it accepts none.
func (u *unit) hashRemedy(f *syntax.Field, missing []string) string {
	for _, l := range missing {
		if label.IsHashed(l) || !slices.Contains(u.out.Target.Accepts, l+":hashed") {
			return ""
		}
	}
	return "sha256(" + u.text(f.Expr.Range(), "x") + ")"
}

// atAccepts relates a diagnostic to what the destination accepts.
func (u *unit) atAccepts(d diag.Diagnostic) diag.Diagnostic {
	b := u.dest.Block
	switch {
	case b.Accepts == nil:
		return d.WithRelated(b.DefRange, "this destination has no `accepts`, so it takes values without labels only")
	case len(u.out.Target.Accepts) == 0:
		return d.WithRelated(b.Accepts.Range, "it accepts no labels")
	}
	return d.WithRelated(b.Accepts.Range, "it accepts %s", quoted(u.out.Target.Accepts))
}

// reasons relates a diagnostic to what put the labels on the columns: the dbt
// files, or the patterns of label blocks.
func (u *unit) reasons(d diag.Diagnostic, columns, labels []string) diag.Diagnostic {
	base := map[string]bool{}
	for _, l := range labels {
		base[label.Base(l)] = true
	}
	for _, l := range slices.Sorted(maps.Keys(base)) {
		for _, name := range columns {
			for _, m := range u.marks(name) {
				if m.Label == l {
					d = d.WithRelated(u.markPlace(name, m), "%q: %s", m.Label, m.Because)
				}
			}
		}
	}
	return d
}

// markPlace is where the reason of a label stands, with its line if the dbt
// file is at hand.
func (u *unit) markPlace(column string, m label.Mark) diag.Range {
	if m.Guessed {
		return m.Place
	}
	if m.Model {
		column = ""
	}
	return u.places.Column(u.facts.Relation, column, m.Key)
}

// suggestLabel warns of a value without labels in a field that the destination
// itself calls personal. It speaks up only in projects that wrote a label
// block for pii: there a column without the label looks forgotten.
func (u *unit) suggestLabel(f *syntax.Field, m *ir.Mapping) {
	class := m.Schema.PII
	if class == "" || len(m.Labels) > 0 || len(m.Columns) == 0 {
		return
	}
	for _, b := range u.in.Config.Labels {
		if b.Name != label.PII {
			continue
		}
		u.report(u.atColumn(diag.New(diag.UnlabelledPII, f.Expr.Range(), "%s says that %s holds personal data (%s), and %s carries no label. If it is personal, tag the column in dbt as label \"pii\" has it; if not, label it \"public\" or leave it.",
			u.out.Target.Address(), f.Name, class, strings.Join(m.Columns, ", ")).
			WithSummary("Value of the personal field %q carries no label", f.Name).WithRelated(b.DefRange, "the label is declared here"), m.Columns))
	}
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return strings.Join(out, ", ")
}
