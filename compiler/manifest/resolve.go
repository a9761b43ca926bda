package manifest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Failure is why a name has no relation rows can be read from.
type Failure uint8

// The failures. Resolved is none.
const (
	Resolved Failure = iota
	UnknownName
	UnknownVersion
	UnknownPackage
	Ambiguous
	IsDisabled
	IsEphemeral
)

// Resolution is the answer to a name.
type Resolution struct {
	Failure Failure
	// Relation is what the name means: set when resolved, and for an ephemeral
	// model.
	Relation *Relation
	// Disabled is the node that is switched off; nil for other failures.
	Disabled *Disabled
	// Candidates are what the user may have meant, as they would write it
	// inside the parentheses of ref or source, best first for unknown names.
	// Empty when resolved.
	Candidates []string

	asked  string // as the user wrote it: ref("x")
	source bool
	folded bool
}

// OK reports whether the name means a relation rows can be read from.
func (r Resolution) OK() bool { return r.Failure == Resolved }

// CaseFolded reports whether the name was matched only by ignoring case.
func (r Resolution) CaseFolded() bool { return r.folded }

// query is a name taken apart.
type query struct {
	pkg, name, version string
}

// ResolveRef answers ref(name) and, with a non-empty package, ref(pkg, name).
// The name may end in a version, as in customers.v2; without one it means the
// model's latest version. Among packages the root project wins, as in dbt.
func (m *Manifest) ResolveRef(pkg, name string) Resolution {
	res := Resolution{asked: `ref("` + name + `")`}
	if pkg != "" {
		res.asked = `ref("` + pkg + `", "` + name + `")`
		if !m.hasPackage(pkg) {
			res.Failure = UnknownPackage
			for _, p := range diag.Suggest(pkg, m.packages()) {
				hits, _ := m.named(name, p)
				res.Candidates = append(res.Candidates, addresses(hits, true)...)
			}
			if res.Candidates == nil {
				elsewhere, _ := m.named(name, "")
				res.Candidates = addresses(elsewhere, true)
			}
			return res
		}
	}
	q := query{pkg: pkg, name: name}
	hits, folded := m.named(q.name, pkg)
	if len(hits) == 0 {
		// A name may itself end in .v2; only then is it a version.
		if base, v, ok := cutVersion(name); ok {
			if h, f := m.named(base, pkg); len(h) > 0 {
				hits, folded, q = h, f, query{pkg, base, v}
			} else if d := m.disabled(query{pkg, base, v}); d != nil {
				res.Failure, res.Disabled = IsDisabled, d
				return res
			}
		}
	}
	if len(hits) == 0 {
		if d := m.disabled(q); d != nil {
			res.Failure, res.Disabled = IsDisabled, d
			return res
		}
		res.Failure, res.Candidates = UnknownName, m.suggestRef(pkg, name)
		return res
	}
	res.folded = folded
	return m.pick(res, hits, q)
}

// named returns the models of a name, exact matches first, else those that
// differ in case only.
func (m *Manifest) named(name, pkg string) (hits []*Relation, folded bool) {
	for _, r := range m.Models {
		if r.Name == name && (pkg == "" || r.Package == pkg) {
			hits = append(hits, r)
		}
	}
	if hits != nil {
		return hits, false
	}
	for _, r := range m.Models {
		if strings.EqualFold(r.Name, name) && (pkg == "" || r.Package == pkg) {
			hits = append(hits, r)
		}
	}
	return hits, hits != nil
}

// pick chooses one of several models of the same name.
func (m *Manifest) pick(res Resolution, hits []*Relation, q query) Resolution {
	if q.pkg == "" {
		if own := filter(hits, func(r *Relation) bool { return r.Package == m.Metadata.Project }); len(own) > 0 {
			hits = own
		}
	}
	all := hits
	if q.version != "" {
		hits = filter(hits, func(r *Relation) bool { return r.Version == q.version })
		if len(hits) == 0 {
			if d := m.disabled(q); d != nil {
				res.Failure, res.Disabled = IsDisabled, d
				return res
			}
			res.Failure, res.Candidates = UnknownVersion, addresses(all, q.pkg != "")
			return res
		}
	} else {
		hits = filter(hits, func(r *Relation) bool { return r.Version == r.LatestVersion || r.LatestVersion == "" })
	}
	switch {
	case len(hits) == 0: // the latest version is switched off
		res.Failure, res.Candidates = UnknownVersion, addresses(all, q.pkg != "")
	case len(hits) > 1:
		res.Failure, res.Candidates = Ambiguous, addresses(hits, true)
	case hits[0].Ephemeral():
		res.Failure, res.Relation = IsEphemeral, hits[0]
	default:
		res.Relation = hits[0]
	}
	return res
}

// ResolveSource answers source(source, table).
func (m *Manifest) ResolveSource(source, table string) Resolution {
	res := Resolution{asked: `source("` + source + `", "` + table + `")`, source: true}
	same := func(a, b string) bool { return a == b }
	for range 2 {
		hits := filter(m.Sources, func(r *Relation) bool { return same(r.SourceName, source) && same(r.Name, table) })
		if own := filter(hits, func(r *Relation) bool { return r.Package == m.Metadata.Project }); len(own) == 1 {
			hits = own
		}
		switch len(hits) {
		case 0:
			same, res.folded = strings.EqualFold, true
			continue
		case 1:
			res.Relation = hits[0]
		default:
			res.Failure = Ambiguous
			for _, h := range hits {
				res.Candidates = append(res.Candidates, h.sourceArgs()+" of package "+h.Package)
			}
		}
		return res
	}
	res.folded = false
	for i := range m.Disabled {
		d := &m.Disabled[i]
		if d.Resource == "source" && d.SourceName == source && d.Name == table {
			res.Failure, res.Disabled = IsDisabled, d
			return res
		}
	}
	res.Failure, res.Candidates = UnknownName, m.suggestSource(source, table)
	return res
}

func (m *Manifest) disabled(q query) *Disabled {
	for i := range m.Disabled {
		d := &m.Disabled[i]
		if (d.Resource == "model" || d.Resource == "seed" || d.Resource == "snapshot") && d.Name == q.name &&
			(q.pkg == "" || d.Package == q.pkg) && (q.version == "" || d.Version == q.version) {
			return d
		}
	}
	return nil
}

// cutVersion splits customers.v2.
func cutVersion(name string) (base, version string, ok bool) {
	i := strings.LastIndex(name, ".v")
	if i <= 0 || i+2 == len(name) {
		return "", "", false
	}
	return name[:i], name[i+2:], true
}

func (m *Manifest) packages() []string {
	var out []string
	for _, r := range m.Models {
		out = append(out, r.Package)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (m *Manifest) hasPackage(pkg string) bool {
	return slices.ContainsFunc(m.Models, func(r *Relation) bool { return r.Package == pkg }) ||
		slices.ContainsFunc(m.Disabled, func(d Disabled) bool { return d.Package == pkg })
}

// suggestRef ranks the names of models, and the packages that have the name
// when only the package is wrong.
func (m *Manifest) suggestRef(pkg, name string) []string {
	if pkg != "" {
		if elsewhere, _ := m.named(name, ""); len(elsewhere) > 0 {
			return addresses(elsewhere, true)
		}
	}
	base, _, versioned := cutVersion(name)
	if !versioned {
		base = name
	}
	var names []string
	for _, r := range m.Models {
		if !r.Ephemeral() && (pkg == "" || r.Package == pkg) {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return quoted(diag.Suggest(base, slices.Compact(names)))
}

func (m *Manifest) suggestSource(source, table string) []string {
	var args []string
	for _, r := range m.Sources {
		args = append(args, r.sourceArgs())
	}
	return diag.Suggest(`"`+source+`", "`+table+`"`, args)
}

func (r *Relation) sourceArgs() string { return `"` + r.SourceName + `", "` + r.Name + `"` }

// addresses lists relations as the arguments of ref, in order.
func addresses(rs []*Relation, withPackage bool) []string {
	rs = slices.Clone(rs)
	slices.SortFunc(rs, func(x, y *Relation) int { return cmp.Compare(x.UniqueID, y.UniqueID) })
	var out []string
	for _, r := range rs {
		a := `"` + r.refName() + `"`
		if withPackage {
			a = `"` + r.Package + `", ` + a
		}
		out = append(out, a)
	}
	return out
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return out
}

func filter(rs []*Relation, keep func(*Relation) bool) []*Relation {
	var out []*Relation
	for _, r := range rs {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}
