package selector

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Request is what a selection is a function of.
type Request struct {
	Graph *Graph
	// Select and Exclude are what the flags were given. Without Select,
	// everything is selected from which Exclude takes away.
	Select, Exclude []string
	Selector        string       // name of a YAML selector; used instead of Select
	Definitions     *Definitions // of selectors.yml; may be nil
	Previous        *Previous    // of --state; nil when not given
	Indirect        Indirect     // "" is eager
}

// Selection is the answer: nodes of the graph.
type Selection struct {
	graph *Graph
	nodes set
}

// Has reports whether a node is selected: a dbt unique id, or activation.NAME.
func (s *Selection) Has(id string) bool {
	i, ok := s.graph.index[id]
	return ok && s.nodes[i]
}

// HasActivation reports whether an activation is selected, by its name.
func (s *Selection) HasActivation(name string) bool { return s.Has(activationID(name)) }

// IDs returns the selected nodes, sorted.
func (s *Selection) IDs() []string {
	var out []string
	for i, in := range s.nodes {
		if in {
			out = append(out, s.graph.nodes[i].id)
		}
	}
	return out
}

// Activations returns the names of the selected activations, sorted.
func (s *Selection) Activations() []string {
	var out []string
	for i, in := range s.nodes {
		if a := s.graph.nodes[i].activation; in && a != nil {
			out = append(out, a.Name)
		}
	}
	return out
}

// CheckActivations warns when a selection that was asked for holds nodes, but
// no activation.
func (s *Selection) CheckActivations() diag.Diagnostics {
	ids := s.IDs()
	if len(ids) == 0 || len(s.Activations()) > 0 {
		return nil
	}
	below := s.graph.reach(s.nodes, unlimited, childrenOf)
	detail := "The selection holds " + count(len(ids)) + ", none of which is an activation."
	if hit := (&Selection{s.graph, below}).Activations(); len(hit) > 0 {
		detail += " Activations are children of what they read: with a + at its end the selection would hold " + strings.Join(hit[:min(3, len(hit))], ", ")
		if len(hit) > 3 {
			detail += " and others"
		}
		detail += "."
	} else {
		detail += " No activation reads from them."
	}
	return diag.Diagnostics{diag.New(diag.NoActivationSelected, diag.Range{}, "%s", detail)}
}

func count(n int) string {
	if n == 1 {
		return "one node of dbt"
	}
	return "nodes of dbt"
}

// run is one selection being computed.
type run struct {
	req   Request
	diags diag.Diagnostics
	depth int // of selectors that name selectors
}

// Select computes a selection. It is nil exactly when there is an error among
// the diagnostics. What matches nothing is a warning.
func Select(req Request) (*Selection, diag.Diagnostics) {
	r := &run{req: req}
	if req.Indirect != "" && !slices.Contains(Indirects, req.Indirect) {
		r.diags.Append(badIndirect(string(req.Indirect), diag.Range{}))
	}
	include := r.included()
	exclude, ds := Parse(req.Exclude)
	r.diags.Extend(ds)
	if r.diags.HasErrors() {
		return nil, r.diags
	}
	out := result{direct: req.Graph.all(), indirect: req.Graph.empty()}
	if include != nil {
		out = r.eval(include)
	}
	if exclude != nil {
		all := &Expr{op: difference}
		out = r.combine(all, []result{out, r.eval(exclude)})
	}
	if r.diags.HasErrors() {
		return nil, r.diags
	}
	return &Selection{req.Graph, out.direct}, r.diags
}

// included is what to select; nil is everything.
func (r *run) included() *Expr {
	if r.req.Selector != "" {
		def, why := r.req.Definitions.find(r.req.Selector, diag.Range{})
		r.diags.Extend(why)
		return def
	}
	e, ds := Parse(r.req.Select)
	r.diags.Extend(ds)
	if e == nil && len(r.req.Select) > 0 && !ds.HasErrors() {
		return &Expr{op: union} // --select "" selects nothing, in dbt too
	}
	return e
}

// result is a set, with the tests that would belong to it if more of their
// parents did.
type result struct{ direct, indirect set }

func (r *run) eval(e *Expr) result {
	var out result
	if e.op == single {
		out = r.criterion(e.criterion)
	} else {
		parts := make([]result, len(e.parts))
		for i, p := range e.parts {
			parts[i] = r.eval(p)
		}
		out = r.combine(e, parts)
	}
	if e.raw != "" && !out.direct.any() && !r.diags.HasErrors() {
		r.diags.Append(r.nothing(e))
	}
	return out
}

// combine does what the expression says with the sets of its parts, and then
// takes in the tests all of whose parents came together.
func (r *run) combine(e *Expr, parts []result) result {
	g := r.req.Graph
	fold := func(of func(result) set) set {
		if len(parts) == 0 {
			return g.empty()
		}
		out := slices.Clone(of(parts[0]))
		for _, p := range parts[1:] {
			for i, in := range of(p) {
				switch e.op {
				case union:
					out[i] = out[i] || in
				case intersect:
					out[i] = out[i] && in
				case difference:
					out[i] = out[i] && !in
				}
			}
		}
		return out
	}
	out := result{fold(func(p result) set { return p.direct }), fold(func(p result) set { return p.indirect })}
	covered := out.direct
	if r.indirect("") == Buildable {
		covered = r.buildable(out.direct)
	}
	taken := slices.Clone(out.direct)
	for i, waiting := range out.indirect {
		if waiting && g.covered(i, covered) {
			taken[i] = true
		}
	}
	out.direct = taken
	return out
}

// criterion selects by one method, and goes to parents and children.
func (r *run) criterion(c Criterion) result {
	g := r.req.Graph
	matcher := methods[c.Method].matcher
	if c.Method == "selector" {
		matcher = bySelector
	}
	matches := matcher(r, c)
	found := g.empty()
	if matches != nil {
		for i := range g.nodes {
			found[i] = matches(&g.nodes[i])
		}
	}
	from := found
	if c.Ancestry {
		found = g.reach(g.reach(found, unlimited, childrenOf), unlimited, parentsOf)
	}
	if c.Parents != 0 {
		found = slices.Clone(found)
		found.add(g.reach(from, c.Parents, parentsOf))
	}
	if c.Children != 0 {
		found = slices.Clone(found)
		found.add(g.reach(from, c.Children, childrenOf))
	}
	return r.withTests(found, r.indirect(c.Indirect))
}

func (r *run) indirect(own Indirect) Indirect {
	switch {
	case own != "":
		return own
	case r.req.Indirect != "":
		return r.req.Indirect
	}
	return Eager
}

// withTests adds the tests of what was found, as the mode says.
func (r *run) withTests(found set, mode Indirect) result {
	g := r.req.Graph
	out := result{found, g.empty()}
	if mode == Empty {
		return out
	}
	covered := found
	if mode == Buildable {
		covered = r.buildable(found)
	}
	out.direct = slices.Clone(found)
	for i, in := range found {
		if !in {
			continue
		}
		for _, child := range g.nodes[i].children {
			switch {
			case !g.nodes[child].test():
			case mode == Eager || g.covered(child, covered):
				out.direct[child] = true
			default:
				out.indirect[child] = true
			}
		}
	}
	return out
}

// buildable is the set with all ancestors, and every source.
func (r *run) buildable(s set) set {
	g := r.req.Graph
	out := g.reach(s, unlimited, parentsOf)
	for i := range g.nodes {
		if g.nodes[i].resource() == "source" {
			out[i] = true
		}
	}
	return out
}

// covered reports whether all parents of a node are in the set.
func (g *Graph) covered(i int, s set) bool {
	return !slices.ContainsFunc(g.nodes[i].parents, func(p int) bool { return !s[p] })
}

// nothing warns of a term that matched nothing, in the words dbt users know.
func (r *run) nothing(e *Expr) diag.Diagnostic {
	detail := "Nothing of the dbt project and no activation matches."
	if e.op == intersect && len(e.parts) > 1 {
		detail = "No single node matches all of its parts."
	}
	for _, p := range e.parts {
		if p.op != single {
			continue
		}
		c := p.criterion
		m := methods[c.Method]
		if m.known == nil || wild(c.Value) && !strings.Contains(c.Value, `["`) {
			continue
		}
		if known := m.known(r); !slices.Contains(known, c.Value) {
			detail += diag.DidYouMean(c.Value, known)
		}
	}
	return diag.New(diag.SelectionEmpty, e.rng, "%s", detail).WithSummary("The selection criterion %q does not match any nodes", e.raw)
}
