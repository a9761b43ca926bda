package manifest

import (
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Diagnostic explains a failed resolution at the place of the name. It must
// not be called on a resolution that is OK.
func (r Resolution) Diagnostic(rng diag.Range) diag.Diagnostic {
	switch r.Failure {
	case UnknownPackage:
		return diag.New(diag.PackageUnknown, rng, "No package of the manifest answers to %s.%s", r.asked, didYouMean(r.refs())).
			WithSummary("Unknown dbt package in %s", r.asked)
	case UnknownVersion:
		return diag.New(diag.VersionUnknown, rng, "The manifest has no enabled version that %s means. It has: %s.", r.asked, strings.Join(r.refs(), ", ")).
			WithSummary("No such version: %s", r.asked)
	case Ambiguous:
		cure := "Write the one you mean."
		if r.source {
			cure = "source() takes no package: rename one of them in its dbt project, or activate a model built on it."
		}
		return diag.New(diag.ModelAmbiguous, rng, "%s can mean: %s. %s", r.asked, strings.Join(r.refs(), "; "), cure).
			WithSummary("%s is ambiguous", r.asked)
	case IsDisabled:
		d := diag.New(diag.ModelDisabled, rng, "%s is switched off in the dbt project, so dbt does not build it. Set `enabled: true`, run `dbt parse`, or use another one.", r.asked).
			WithSummary("%s is disabled", r.asked)
		if r.Disabled.File != "" {
			d = d.WithRelated(diag.Range{Filename: r.Disabled.File}, "%s is declared here", r.Disabled.UniqueID)
		}
		return d
	case IsEphemeral:
		return diag.New(diag.ModelEphemeral, rng, "%s is ephemeral: dbt builds no table or view for it. Materialise it as a view or a table, or activate a model that is built on it.", r.asked).
			WithSummary("%s is ephemeral", r.asked).
			WithRelated(diag.Range{Filename: r.Relation.File()}, "%s is declared here", r.Relation.UniqueID)
	}
	if r.source {
		return diag.New(diag.SourceUnknown, rng, "The manifest has no source table %s.%s If it is new, run `dbt parse`.", r.asked, didYouMean(r.refs())).
			WithSummary("Unknown dbt source %s", r.asked)
	}
	return diag.New(diag.ModelUnknown, rng, "The manifest has no model, seed or snapshot %s.%s If it is new, run `dbt parse`.", r.asked, didYouMean(r.refs())).
		WithSummary("Unknown dbt model %s", r.asked)
}

// refs returns the candidates as whole calls.
func (r Resolution) refs() []string {
	call := "ref"
	if r.source {
		call = "source"
	}
	out := make([]string, len(r.Candidates))
	for i, c := range r.Candidates {
		args, tail, _ := strings.Cut(c, " of package ")
		out[i] = call + "(" + args + ")"
		if tail != "" {
			out[i] += " of package " + tail
		}
	}
	return out
}

// didYouMean renders suggestions that are ranked already, and bear their quotes.
func didYouMean(ranked []string) string {
	if len(ranked) == 0 {
		return ""
	}
	list := ranked[0]
	if n := len(ranked); n > 1 {
		list = strings.Join(ranked[:n-1], ", ") + " or " + ranked[n-1]
	}
	return " Did you mean " + list + "?"
}

// ColumnMatch is the answer to a column's name. At most one of Found and
// Ambiguous is set; with neither, no column has the name.
type ColumnMatch struct {
	Found      *ColumnFacts
	CaseFolded bool     // Found by ignoring case only
	Ambiguous  []string // the spellings, in order of the columns

	asked string
	facts *Facts
}

// Column finds a column: exactly, else by ignoring case.
func (f *Facts) Column(name string) ColumnMatch {
	m := ColumnMatch{asked: name, facts: f}
	var folded []int
	for i := range f.Columns {
		if f.Columns[i].Name == name {
			m.Found = &f.Columns[i]
			return m
		}
		if strings.EqualFold(f.Columns[i].Name, name) {
			folded = append(folded, i)
		}
	}
	switch len(folded) {
	case 0:
	case 1:
		m.Found, m.CaseFolded = &f.Columns[folded[0]], true
	default:
		for _, i := range folded {
			m.Ambiguous = append(m.Ambiguous, f.Columns[i].Name)
		}
	}
	return m
}

// Names returns the columns' names in order.
func (f *Facts) Names() []string {
	out := make([]string, len(f.Columns))
	for i := range f.Columns {
		out[i] = f.Columns[i].Name
	}
	return out
}

// Diagnostic explains a column that was not found. It must not be called on a
// match. Whether a missing column is a problem at all is the caller's
// decision: without [Facts].Complete it may well exist.
func (m ColumnMatch) Diagnostic(rng diag.Range) diag.Diagnostic {
	r := m.facts.Relation
	var d diag.Diagnostic
	if m.Ambiguous != nil {
		d = diag.New(diag.ColumnAmbiguous, rng, "%s has the columns %s, which differ only in case, and none is spelt %q. Write one exactly, as row[%q].",
			r.Address(), strings.Join(quoted(m.Ambiguous), ", "), m.asked, m.Ambiguous[0]).
			WithSummary("Column %q is ambiguous", m.asked)
	} else {
		hint := didYouMean(quoted(diag.Suggest(m.asked, m.facts.Names())))
		if hint == "" {
			hint = " Its columns: " + some(m.facts.Names(), 12) + "."
		}
		d = diag.New(diag.ColumnUnknown, rng, "%s has no column %q.%s", r.Address(), m.asked, hint).
			WithSummary("Unknown column %q", m.asked)
	}
	if file := r.File(); file != "" {
		d = d.WithRelated(diag.Range{Filename: file}, "%s is described here", r.UniqueID)
	}
	return d
}

// some lists the first n names.
func some(names []string, n int) string {
	if len(names) == 0 {
		return "none"
	}
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:n], ", ") + ", ..."
}
