package graph

import (
	"fmt"
	"strings"
)

// of returns the nodes of a kind; with a parent, only those below it.
func (g *Graph) of(k Kind, parent string) []Node {
	var out []Node
	for _, n := range g.Nodes {
		if n.Kind == k && (parent == "" || n.Parent == parent) {
			out = append(out, n)
		}
	}
	return out
}

// names numbers the nodes, so that no name of a node needs to be one of the
// graph language.
func (g *Graph) names() map[string]string {
	out := make(map[string]string, len(g.Nodes))
	for i, n := range g.Nodes {
		out[n.ID] = fmt.Sprintf("n%d", i)
	}
	return out
}

// label is what an edge says; reads and writes go without saying.
func (e Edge) label() string {
	if e.Kind == Lookup || e.Kind == Consent {
		return string(e.Kind)
	}
	return ""
}

// dotText quotes a string by the DOT language: https://graphviz.org/doc/info/lang.html
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", `\n`).Replace(s) + `"`
}

// DOT writes the graph for Graphviz.
func (g *Graph) DOT() string {
	var b strings.Builder
	name := g.names()
	node := func(indent, shape string, n Node) {
		fmt.Fprintf(&b, "%s%s [label=%s, shape=%s];\n", indent, name[n.ID], dotText(n.Name), shape)
	}
	b.WriteString("digraph leat {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n")
	for _, r := range g.of(Relation, "") {
		columns := g.of(Column, r.ID)
		if len(columns) == 0 {
			node("  ", "cylinder", r)
			continue
		}
		fmt.Fprintf(&b, "  subgraph cluster_%s {\n    label=%s;\n", name[r.ID], dotText(r.Name))
		node("    ", "cylinder", r)
		for _, c := range columns {
			node("    ", "plaintext", c)
		}
		b.WriteString("  }\n")
	}
	for _, a := range g.of(Activation, "") {
		node("  ", "box", a)
	}
	for _, d := range g.of(Destination, "") {
		fmt.Fprintf(&b, "  subgraph cluster_%s {\n    label=%s;\n", name[d.ID], dotText(d.Name))
		for _, o := range g.of(Object, d.ID) {
			node("    ", "component", o)
			for _, f := range g.of(Field, o.ID) {
				node("    ", "plaintext", f)
			}
		}
		b.WriteString("  }\n")
	}
	for _, e := range g.Edges {
		attributes := ""
		switch l := e.label(); {
		case l != "":
			attributes = " [label=" + dotText(l) + ", style=dashed]"
		case e.Kind == Maps:
			attributes = " [color=gray]"
		}
		fmt.Fprintf(&b, "  %s -> %s%s;\n", name[e.From], name[e.To], attributes)
	}
	b.WriteString("}\n")
	return b.String()
}

// mermaidText quotes a label for Mermaid, whose escapes are those of HTML with
// # for &: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
func mermaidText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r':
			b.WriteByte(' ')
		case strings.ContainsRune("\"#&<>`\\", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Mermaid writes the graph as a Mermaid flowchart, which Markdown on GitHub and
// GitLab shows.
func (g *Graph) Mermaid() string {
	var b strings.Builder
	name := g.names()
	node := func(indent, open, shut string, n Node) {
		fmt.Fprintf(&b, "%s%s%s%s%s\n", indent, name[n.ID], open, mermaidText(n.Name), shut)
	}
	b.WriteString("flowchart LR\n")
	for _, r := range g.of(Relation, "") {
		columns := g.of(Column, r.ID)
		if len(columns) == 0 {
			node("  ", "[(", ")]", r)
			continue
		}
		fmt.Fprintf(&b, "  subgraph s%s [%s]\n", name[r.ID], mermaidText(r.Name))
		node("    ", "[(", ")]", r)
		for _, c := range columns {
			node("    ", "[", "]", c)
		}
		b.WriteString("  end\n")
	}
	for _, a := range g.of(Activation, "") {
		node("  ", "[", "]", a)
	}
	for _, d := range g.of(Destination, "") {
		fmt.Fprintf(&b, "  subgraph s%s [%s]\n", name[d.ID], mermaidText(d.Name))
		for _, o := range g.of(Object, d.ID) {
			node("    ", "[[", "]]", o)
			for _, f := range g.of(Field, o.ID) {
				node("    ", "[", "]", f)
			}
		}
		b.WriteString("  end\n")
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if l := e.label(); l != "" {
			arrow = "-. " + l + " .->"
		} else if e.Kind == Maps {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", name[e.From], arrow, name[e.To])
	}
	return b.String()
}
