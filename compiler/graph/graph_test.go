package graph_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/graph"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/syntax"
)

func mapping(field string, columns ...string) ir.Mapping {
	return ir.Mapping{Field: field, Columns: columns}
}

// odd are activations whose names are awkward to the languages of graphs.
func odd() []ir.Activation {
	return []ir.Activation{
		{Name: `audience["e\"u"]`, Source: ir.Source{UniqueID: "model.shop.customers", Name: `ref("customers")`},
			Target: ir.Target{Plugin: "hubspot", Destination: "crm", Object: `a "b" <c> #d; \e`},
			Key:    []ir.Mapping{mapping("email", "email")}, Fields: []ir.Mapping{mapping("na[me]", "first name", "last|name"), mapping("source")}},
		{Name: "companies", Source: ir.Source{UniqueID: "source.shop.crm.firms", Name: `source("crm", "firms")`},
			Target: ir.Target{Plugin: "hubspot", Destination: "crm", Object: "companies"}, Key: []ir.Mapping{mapping("domain", "domain")}},
		{Name: "contacts", Source: ir.Source{UniqueID: "model.shop.customers", Name: `ref("customers")`},
			Target: ir.Target{Plugin: "file", Destination: "out", Object: "contacts"}, Fields: []ir.Mapping{mapping("firm", "company_key")}},
	}
}

// TestGolden writes awkward names in each language. UPDATE=1 rewrites the
// files.
func TestGolden(t *testing.T) {
	list := odd()
	for _, fields := range []bool{false, true} {
		g := graph.Build(graph.Input{Activations: list, Fields: fields})
		slices.Reverse(list)
		if d := cmp.Diff(g, graph.Build(graph.Input{Activations: list, Fields: fields})); d != "" {
			t.Errorf("the order of activations matters:\n%s", d)
		}
		suffix := ""
		if fields {
			suffix = "_fields"
		}
		for name, text := range map[string]string{"odd" + suffix + ".dot": g.DOT(), "odd" + suffix + ".mmd": g.Mermaid()} {
			path := filepath.Join("testdata", name)
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), text); d != "" {
				t.Errorf("%s (-want +got)\n%s", name, d)
			}
		}
	}
}

// TestLookups: activations whose ids another one uses come before it.
func TestLookups(t *testing.T) {
	cfg, _ := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte(`activation "companies" {}
activation "contacts" {
  key    = { email = row.email }
  fields = { firm = lookup(activation.companies, row.company_key), gone = lookup(activation.absent["x"], row.y) }
}
`)}})
	g := graph.Build(graph.Input{Activations: odd(), Config: cfg})
	var got []graph.Edge
	for _, e := range g.Edges {
		if e.Kind == graph.Lookup {
			got = append(got, e)
		}
	}
	if d := cmp.Diff([]graph.Edge{{From: "activation.companies", To: "activation.contacts", Kind: graph.Lookup}}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if !strings.Contains(g.Mermaid(), "-. lookup .->") || !strings.Contains(g.DOT(), `label="lookup"`) {
		t.Error("lookups are not drawn")
	}
}

// TestIDs: every edge leads between nodes, every parent is one.
func TestIDs(t *testing.T) {
	g := graph.Build(graph.Input{Activations: odd(), Fields: true})
	ids := map[string]bool{}
	for _, n := range g.Nodes {
		if ids[n.ID] {
			t.Errorf("%s stands twice", n.ID)
		}
		ids[n.ID] = true
	}
	for _, n := range g.Nodes {
		if n.Parent != "" && !ids[n.Parent] {
			t.Errorf("%s has no parent %s", n.ID, n.Parent)
		}
	}
	for _, e := range g.Edges {
		if !ids[e.From] || !ids[e.To] {
			t.Errorf("%+v leads nowhere", e)
		}
	}
}
