package view

import (
	"strings"

	"github.com/leat-dev/leat/compiler/graph"
)

// Graph renders a graph as a tree: under each relation the activations that
// read it, and where they write.
func Graph(g *graph.Graph, st Style) string {
	names := map[string]graph.Node{}
	for _, n := range g.Nodes {
		names[n.ID] = n
	}
	var b strings.Builder
	for _, r := range g.Nodes {
		if r.Kind != graph.Relation {
			continue
		}
		b.WriteString(st.bold(r.Name) + "\n")
		for _, e := range g.Edges {
			if e.From != r.ID || names[e.To].Kind != graph.Activation {
				continue
			}
			line := "  " + e.To
			if e.Kind == graph.Consent {
				b.WriteString(line + st.dim(" (consent)") + "\n")
				continue
			}
			b.WriteString(line + "\n")
			writeTargets(&b, g, names, e.To, st)
		}
	}
	if b.Len() == 0 {
		return "No activations.\n"
	}
	return b.String()
}

// writeTargets renders where an activation writes, the ids it looks up, and
// the fields with their columns.
func writeTargets(b *strings.Builder, g *graph.Graph, names map[string]graph.Node, act string, st Style) {
	for _, e := range g.Edges {
		if e.To == act && e.Kind == graph.Lookup {
			b.WriteString("    " + st.dim("ids of "+e.From) + "\n")
		}
	}
	for _, e := range g.Edges {
		if e.From != act || e.Kind != graph.Writes {
			continue
		}
		b.WriteString("    -> " + st.cyan(e.To) + "\n")
		columns := map[string][]string{}
		for _, m := range g.Edges {
			if m.Kind == graph.Maps && m.Via == act {
				from := names[m.From].Name
				if m.From == act {
					from = "(constant)"
				}
				columns[m.To] = append(columns[m.To], from)
			}
		}
		var rows [][2]string
		for _, f := range g.Nodes {
			if f.Kind == graph.Field && f.Parent == e.To { // facts leaves out those of other activations
				rows = append(rows, [2]string{f.Name, strings.Join(columns[f.ID], ", ")})
			}
		}
		b.WriteString(facts(rows, "         ", st))
	}
}

// GraphJSON is the document of `leat graph --format json`.
func GraphJSON(g *graph.Graph) []byte {
	return JSON(struct {
		FormatVersion string `json:"format_version"`
		*graph.Graph
	}{formatVersion, g})
}
