package selector

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
)

// Activation is an activation as selection sees it.
type Activation struct {
	// Name is unique: contacts, or audience["eu"] for an instance.
	Name string
	Tags []string
	File string // slash-separated, relative to the project root; "" when not known
	// Parents are unique ids of dbt nodes and names of activations, the latter
	// with "activation." before them.
	Parents                     []string
	Plugin, Destination, Object string
	Config                      map[string]any // mode, on_removed, owner, ...
	// Digest is of what was compiled; nil when it did not compile, which counts
	// as modified.
	Digest *ir.Digest
}

// Graph is a dbt project with the activations on it. It is never changed after
// [NewGraph] made it.
type Graph struct {
	dbt   *manifest.Graph // nil: no manifest
	nodes []node          // ordered by id
	index map[string]int
}

// node is a dbt node or an activation.
type node struct {
	id         string // a unique id, or activation.NAME
	dbt        *manifest.GraphNode
	activation *Activation
	fqn        []string
	parents    []int
	children   []int
}

// activationID returns the id of an activation's node.
func activationID(name string) string { return "activation." + name }

// NewGraph puts activations on a dbt project. dbt may be nil when activations
// alone can be selected. Parents that do not exist are left out.
func NewGraph(dbt *manifest.Graph, activations []Activation) *Graph {
	g := &Graph{dbt: dbt, index: map[string]int{}}
	project := ""
	if dbt != nil {
		project = dbt.Metadata.Project
		for i := range dbt.Nodes {
			n := &dbt.Nodes[i]
			g.nodes = append(g.nodes, node{id: n.UniqueID, dbt: n, fqn: n.FQN})
		}
	}
	for i := range activations {
		a := &activations[i]
		fqn := []string{project}
		if dir := path.Dir(a.File); a.File != "" && dir != "." {
			fqn = append(fqn, strings.Split(dir, "/")...)
		}
		g.nodes = append(g.nodes, node{id: activationID(a.Name), activation: a, fqn: append(fqn, a.Name)})
	}
	slices.SortStableFunc(g.nodes, func(x, y node) int { return cmp.Compare(x.id, y.id) })
	g.nodes = slices.CompactFunc(g.nodes, func(x, y node) bool { return x.id == y.id })
	for i := range g.nodes {
		g.index[g.nodes[i].id] = i
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		ids := []string(nil)
		if n.dbt != nil {
			ids = n.dbt.DependsOn
		} else {
			ids = n.activation.Parents
		}
		for _, id := range ids {
			if p, ok := g.index[id]; ok && p != i {
				n.parents = append(n.parents, p)
			}
		}
		slices.Sort(n.parents)
		n.parents = slices.Compact(n.parents)
		for _, p := range n.parents {
			g.nodes[p].children = append(g.nodes[p].children, i)
		}
	}
	return g
}

// resource is the node's type in dbt's words, or "activation".
func (n *node) resource() string {
	if n.activation != nil {
		return "activation"
	}
	return n.dbt.Resource
}

func (n *node) tags() []string {
	if n.activation != nil {
		return n.activation.Tags
	}
	return n.dbt.Tags
}

func (n *node) config() map[string]any {
	if n.activation != nil {
		return n.activation.Config
	}
	return n.dbt.Config
}

// test reports whether the node is one that dbt selects indirectly.
func (n *node) test() bool {
	return n.dbt != nil && (n.dbt.Resource == "test" || n.dbt.Resource == "unit_test")
}

// paths are what path: and file: match: relative to the dbt project as dbt has
// it, and to leat's root where they differ.
func (n *node) paths() []string {
	if n.activation != nil {
		return nonEmpty(n.activation.File)
	}
	return nonEmpty(n.dbt.Path, n.dbt.PatchPath, n.dbt.File)
}

func nonEmpty(in ...string) []string {
	return slices.Compact(slices.DeleteFunc(in, func(s string) bool { return s == "" }))
}

// set is a set of nodes by index.
type set []bool

func (g *Graph) empty() set { return make(set, len(g.nodes)) }

func (g *Graph) all() set {
	s := g.empty()
	for i := range s {
		s[i] = true
	}
	return s
}

func (s set) any() bool { return slices.Contains(s, true) }

func (s set) add(other set) {
	for i, in := range other {
		s[i] = s[i] || in
	}
}

// reach adds to the set what next leads to in at most depth steps; -1 is
// without limit.
func (g *Graph) reach(from set, depth int, next func(*node) []int) set {
	out := slices.Clone(from)
	var front []int
	for i, in := range from {
		if in {
			front = append(front, i)
		}
	}
	for ; len(front) > 0 && depth != 0; depth-- {
		var step []int
		for _, i := range front {
			for _, j := range next(&g.nodes[i]) {
				if !out[j] {
					out[j] = true
					step = append(step, j)
				}
			}
		}
		front = step
	}
	return out
}

func parentsOf(n *node) []int  { return n.parents }
func childrenOf(n *node) []int { return n.children }
