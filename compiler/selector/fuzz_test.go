package selector

import (
	"strings"
	"testing"
)

// FuzzSelect holds the parser to its promises: no crash, an answer or an error
// but not both, and a selection is within everything.
func FuzzSelect(f *testing.F) {
	for _, s := range []string{"a", "+a+", "2+tag:x+3", "@source:a.b.c", `audience["e,u x"]`, "config.a.b:c,d e", "*.[!a]?", "state:modified+", "a,,b", "\x00+:", "path:**/a/**"} {
		f.Add(s, "")
	}
	f.Add("", "tag:x")
	g := graph(f)
	f.Fuzz(func(t *testing.T, include, exclude string) {
		req := Request{Graph: g, Select: []string{include}}
		if exclude != "" {
			req.Exclude = []string{exclude}
		}
		s, ds := Select(req)
		if (s == nil) != ds.HasErrors() {
			t.Fatalf("selection %v with %v", s, ds)
		}
		if s == nil {
			return
		}
		without, _ := Select(Request{Graph: g, Select: []string{include}})
		for i, in := range s.nodes {
			if in && exclude != "" && !without.nodes[i] && !g.nodes[i].test() {
				t.Fatalf("--exclude %q selected %s", exclude, g.nodes[i].id)
			}
		}
	})
}

func FuzzYAML(f *testing.F) {
	f.Add(selectorsYAML)
	for item := range strings.SplitSeq(selectorsYAML, "  - name: ") {
		f.Add("selectors:\n  - name: " + item)
	}
	f.Add("selectors:\n- name: a\n  definition: &x {union: [*x]}")
	f.Add("selectors: &a [*a, *a]")
	g := graph(f)
	f.Fuzz(func(t *testing.T, src string) {
		defs, ds := ReadYAML([]byte(src), "selectors.yml")
		for _, d := range ds {
			if d.Range.End.Byte > len(src) || d.Range.Start.Byte > d.Range.End.Byte {
				t.Fatalf("range %v of %d bytes", d.Range, len(src))
			}
		}
		for _, name := range defs.Names() {
			s, why := Select(Request{Graph: g, Definitions: defs, Selector: name})
			if (s == nil) != why.HasErrors() {
				t.Fatalf("%s: selection %v with %v", name, s, why)
			}
		}
	})
}
