package graph

import (
	"cmp"
	"slices"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/syntax"
)

// Kind says what a node is.
type Kind string

// The kinds of nodes, in the order in which rows pass them.
const (
	Relation    Kind = "relation" // of dbt: a model, seed, snapshot or source
	Column      Kind = "column"   // of a relation; with fields only
	Activation  Kind = "activation"
	Destination Kind = "destination"
	Object      Kind = "object" // of a destination
	Field       Kind = "field"  // of an object; with fields only
)

var kinds = []Kind{Relation, Column, Activation, Destination, Object, Field}

// Relationship says what an edge means.
type Relationship string

// The kinds of edges.
const (
	Reads   Relationship = "reads"   // relation to activation
	Consent Relationship = "consent" // relation to activation: it says who consented
	Lookup  Relationship = "lookup"  // activation to activation: ids of its records are used
	Writes  Relationship = "writes"  // activation to object
	Maps    Relationship = "maps"    // column to field; activation to field where no column is used
)

// Node is a thing that rows come from, pass or reach.
type Node struct {
	ID     string `json:"id"` // the dbt unique id, or the address; with "#name" for columns and fields
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`             // as people write it: ref("customers"), contacts, email
	Parent string `json:"parent,omitempty"` // ID: of a column its relation, of an object its destination, of a field its object
}

// Edge leads from one node to another.
type Edge struct {
	From string       `json:"from"`
	To   string       `json:"to"`
	Kind Relationship `json:"kind"`
	Via  string       `json:"via,omitempty"` // Maps: the activation
}

// Graph holds nodes, ordered by kind and id, and edges, ordered by their ends.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Input is what a graph is made of. Config and Manifest may be nil; lookups and
// consent are then left out.
type Input struct {
	Activations []ir.Activation
	Config      *syntax.Config
	Manifest    *manifest.Manifest
	Fields      bool // columns and fields as well
}

// Build makes the graph of activations.
func Build(in Input) *Graph {
	b := &builder{in: in, nodes: map[string]Node{}, edges: map[Edge]bool{}}
	for i := range in.Activations {
		b.activation(&in.Activations[i])
	}
	g := &Graph{Nodes: []Node{}, Edges: []Edge{}}
	for _, n := range b.nodes {
		g.Nodes = append(g.Nodes, n)
	}
	for e := range b.edges {
		_, from := b.nodes[e.From]
		_, to := b.nodes[e.To]
		if from && to { // a lookup may lead to an activation that was not selected
			g.Edges = append(g.Edges, e)
		}
	}
	slices.SortFunc(g.Nodes, func(x, y Node) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), cmp.Compare(x.ID, y.ID))
	})
	slices.SortFunc(g.Edges, func(x, y Edge) int {
		return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Via, y.Via))
	})
	return g
}

type builder struct {
	in    Input
	nodes map[string]Node
	edges map[Edge]bool
}

func (b *builder) node(n Node) string {
	b.nodes[n.ID] = n
	return n.ID
}

func (b *builder) activation(a *ir.Activation) {
	act := b.node(Node{ID: a.Address(), Kind: Activation, Name: a.Name})
	rel := b.node(Node{ID: a.Source.UniqueID, Kind: Relation, Name: a.Source.Name})
	b.edges[Edge{From: rel, To: act, Kind: Reads}] = true
	to := addr.Object{Destination: addr.Destination{Type: a.Target.Plugin, Name: a.Target.Destination}, Object: a.Target.Object}
	dest := b.node(Node{ID: to.Destination.String(), Kind: Destination, Name: to.Destination.Type + "." + to.Destination.Name})
	object := b.node(Node{ID: to.String(), Kind: Object, Name: to.Object, Parent: dest})
	b.edges[Edge{From: act, To: object, Kind: Writes}] = true
	if b.in.Fields {
		for _, m := range slices.Concat(a.Key, a.Fields) {
			field := b.node(Node{ID: object + "#" + m.Field, Kind: Field, Name: m.Field, Parent: object})
			for _, c := range m.Columns {
				col := b.node(Node{ID: rel + "#" + c, Kind: Column, Name: c, Parent: rel})
				b.edges[Edge{From: col, To: field, Kind: Maps, Via: act}] = true
			}
			if len(m.Columns) == 0 {
				b.edges[Edge{From: act, To: field, Kind: Maps, Via: act}] = true
			}
		}
	}
	if b.in.Config == nil {
		return
	}
	parsed, err := addr.ParseActivation(a.Address())
	if err != nil {
		return
	}
	block, ok := b.in.Config.Activation(parsed.Name)
	if !ok {
		return
	}
	for _, ref := range block.Lookups() {
		b.edges[Edge{From: ref.Addr.String(), To: act, Kind: Lookup}] = true
	}
	b.consent(block, act)
}

// consent adds the relation that says who consented.
func (b *builder) consent(block *syntax.Activation, act string) {
	if block.Consent == nil || block.Consent.From == nil || b.in.Manifest == nil {
		return
	}
	from := block.Consent.From
	if res := check.Resolve(b.in.Manifest, from); res.OK() {
		id := res.Relation.UniqueID
		if _, known := b.nodes[id]; !known {
			b.node(Node{ID: id, Kind: Relation, Name: from.String()})
		}
		b.edges[Edge{From: id, To: act, Kind: Consent}] = true
	}
}
