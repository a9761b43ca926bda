package manifest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/leat-dev/leat/lang/diag"
)

// Graph is a manifest as node selection sees it: every enabled node, whether
// leat can read rows from it or not, with what selection methods ask for and
// with digests of what makes a node modified. It is never changed after
// [ReadGraph] made it.
type Graph struct {
	Name     string // display name of the file
	Metadata Metadata
	Nodes    []GraphNode // ordered by unique id
	macros   map[string]macro
}

// GraphNode is one node of a dbt project. Fields that a resource type does not
// have are zero.
type GraphNode struct {
	UniqueID      string
	Resource      string // "model", "seed", "snapshot", "source", "test", "exposure", "metric", ...
	Package       string
	Name          string
	SourceName    string
	Version       string
	LatestVersion string
	FQN           []string
	Tags          []string // top level and config, without repeats
	Access        string
	Group         string
	// Path and PatchPath are slash-separated and relative to the dbt project
	// (for another package, to that package), as dbt writes them. File is Path
	// below [Options].ProjectDir.
	Path      string
	PatchPath string
	File      string
	Config    map[string]any // rendered, as decoded from JSON
	DependsOn []string       // unique ids of nodes, sorted
	// TestName and TestNamespace are those of a generic test.
	TestName, TestNamespace string

	parts  [partCount]string
	macros []string
}

// Part is one thing that can be modified about a node.
type Part uint8

// The parts, in the words of dbt's state:modified.PART.
const (
	PartBody         Part = iota // the code, or the checksum of a seed
	PartConfigs                  // configuration as written, without names of relations
	PartDescriptions             // descriptions, where they are persisted
	PartRelation                 // database, schema and alias as configured
	PartContract                 // an enforced contract: columns and types
	PartOther                    // the path, access, versions; of sources and exposures everything
	partCount
)

type macro struct {
	digest string
	uses   []string
}

// rawGraphNode is a rawNode with what only selection needs.
type rawGraphNode struct {
	rawNode
	Config           metaMap `json:"config"`
	UnrenderedConfig metaMap `json:"unrendered_config"`
	RawCode          text    `json:"raw_code"`
	RawSQL           text    `json:"raw_sql"` // v6 and older
	Checksum         object[struct {
		Checksum text `json:"checksum"`
	}] `json:"checksum"`
	DependsOn object[struct {
		Nodes  list[text] `json:"nodes"`
		Macros list[text] `json:"macros"`
	}] `json:"depends_on"`
	Label         text    `json:"label"`
	URL           text    `json:"url"`
	Maturity      text    `json:"maturity"`
	Freshness     metaMap `json:"freshness"`
	LoadedAtField text    `json:"loaded_at_field"`
	External      metaMap `json:"external"`
}

type rawMacro struct {
	SQL       text `json:"macro_sql"`
	DependsOn object[struct {
		Macros list[text] `json:"macros"`
	}] `json:"depends_on"`
}

// graphSections are the members of a manifest that hold nodes, with the
// resource type of those whose nodes may not state it.
var graphSections = map[string]string{
	"nodes": "", "sources": "source", "exposures": "exposure", "metrics": "metric", "semantic_models": "semantic_model",
	"saved_queries": "saved_query", "unit_tests": "unit_test", "functions": "function",
}

// ReadGraph reads a manifest.json for selection. It behaves as [Read] does,
// which does not read what it keeps: few commands select.
func ReadGraph(r io.Reader, name string, opts Options) (*Graph, diag.Diagnostics) {
	a := &artifact{file: "manifest.json", schema: "manifest", min: 4, max: 12, command: "dbt parse", name: name}
	b := &builder{a: a, m: &Manifest{Name: name, opts: opts}}
	g := &Graph{Name: name, macros: map[string]macro{}}
	a.read(r, func(dec *jsontext.Decoder, key string) (bool, error) {
		resource, wanted := graphSections[key]
		switch {
		case dec.PeekKind() != '{':
			return false, nil
		case key == "macros":
			return true, eachNode(b, dec, key, g.addMacro)
		case wanted:
			return true, eachNode(b, dec, key, func(id string, raw *rawGraphNode) { g.add(id, resource, raw) })
		}
		return false, nil
	})
	if a.diags.HasErrors() {
		return nil, a.diags
	}
	g.Metadata = a.meta
	g.Metadata.Project = cmp.Or(g.Metadata.Project, opts.Project)
	b.m.Metadata = g.Metadata
	for i := range g.Nodes {
		n := &g.Nodes[i]
		n.File = b.m.file(n.Package, n.Path)
	}
	slices.SortFunc(g.Nodes, func(x, y GraphNode) int { return cmp.Compare(x.UniqueID, y.UniqueID) })
	g.Nodes = slices.CompactFunc(g.Nodes, func(x, y GraphNode) bool { return x.UniqueID == y.UniqueID })
	return g, a.diags
}

func (g *Graph) addMacro(id string, raw *rawMacro) {
	g.macros[id] = macro{digest(string(raw.SQL)), texts(raw.DependsOn.v.Macros)}
}

func (g *Graph) add(id, resource string, raw *rawGraphNode) {
	resource = cmp.Or(resource, string(raw.ResourceType))
	if resource == "" {
		resource, _, _ = strings.Cut(id, ".")
	}
	if resource == "operation" || resource == "sql_operation" {
		return // hooks and queries of a session: dbt does not select them
	}
	slashes := func(s string) string { return strings.ReplaceAll(s, `\`, "/") }
	n := GraphNode{
		UniqueID: cmp.Or(string(raw.UniqueID), id), Resource: resource, Package: string(raw.Package), Name: string(raw.Name),
		SourceName: string(raw.SourceName), Version: version(raw.Version), LatestVersion: version(raw.LatestVersion),
		FQN: texts(raw.FQN), Tags: union(texts(raw.Tags), stringsOf(raw.Config["tags"])),
		Access: strings.ToLower(cmp.Or(string(raw.Access), stringOf(raw.Config["access"]))),
		Group:  cmp.Or(string(raw.Group), stringOf(raw.Config["group"])),
		Path:   slashes(string(raw.OriginalFilePath)), PatchPath: slashes(patchFile(raw.PatchPath)),
		Config: raw.Config, DependsOn: sorted(texts(raw.DependsOn.v.Nodes)),
		TestName: string(raw.TestMetadata.v.Name), TestNamespace: string(raw.TestMetadata.v.Namespace),
		macros: texts(raw.DependsOn.v.Macros),
	}
	if len(n.FQN) == 0 {
		n.FQN = []string{n.Package, n.Name}
	}
	n.parts = raw.parts(&n)
	g.Nodes = append(g.Nodes, n)
}

// relationConfigs name where a relation is; tags and group say nothing of what
// it holds. dbt leaves them out of a comparison of configurations.
var relationConfigs = []string{"alias", "schema", "database"}

// parts digests what dbt compares for state:modified (dbt-core,
// contracts/graph/nodes.py, same_contents).
func (raw *rawGraphNode) parts(n *GraphNode) (out [partCount]string) {
	written := raw.UnrenderedConfig
	if written == nil {
		written = raw.Config
	}
	configs, relation := maps.Clone(map[string]any(written)), map[string]any{}
	for _, k := range relationConfigs {
		if v, ok := configs[k]; ok {
			relation[k] = v
		}
		delete(configs, k)
	}
	delete(configs, "tags")
	delete(configs, "group")
	out[PartConfigs], out[PartRelation] = digest(configs), digest(relation)
	other := []any{n.FQN}
	switch n.Resource {
	case "source":
		out[PartRelation] = digest([]any{raw.Database, raw.Schema, raw.Identifier})
		q := raw.Quoting.v
		other = append(other, q.Database.value, q.Schema.value, q.Identifier.value, raw.Freshness, raw.LoadedAtField, raw.External)
	case "model", "snapshot", "seed", "test", "unit_test", "analysis", "function":
		other = append(other, n.LatestVersion, n.Access, raw.DeprecationDate)
	default:
		other = append(other, raw.Type, raw.Owner.v.Name, raw.Owner.v.Email, raw.Label, raw.URL, raw.Maturity, raw.Description, n.DependsOn)
	}
	out[PartOther] = digest(other)
	body := cmp.Or(raw.RawCode, raw.RawSQL)
	if n.Resource == "seed" || body == "" {
		body = cmp.Or(raw.Checksum.v.Checksum, body)
	}
	out[PartBody] = digest(string(body))
	out[PartDescriptions] = raw.descriptions()
	if enforced, _ := mapOf(raw.Config["contract"])["enforced"].(bool); enforced {
		var cols [][2]string
		for _, e := range raw.Columns {
			cols = append(cols, [2]string{cmp.Or(string(e.value.v.Name), e.key), strings.ToLower(string(e.value.v.DataType))})
		}
		slices.SortFunc(cols, func(x, y [2]string) int { return cmp.Compare(x[0], y[0]) })
		out[PartContract] = digest(cols)
	}
	return out
}

// descriptions digests what persist_docs writes into the warehouse.
func (raw *rawGraphNode) descriptions() string {
	persist := mapOf(raw.Config["persist_docs"])
	var out []string
	if on, _ := persist["relation"].(bool); on {
		out = append(out, string(raw.Description))
	}
	if on, _ := persist["columns"].(bool); on {
		for _, e := range raw.Columns {
			out = append(out, e.key, string(e.value.v.Description))
		}
	}
	return digest(out)
}

// Modified returns the parts in which a node differs from the same node of an
// earlier manifest. It does not look at macros.
func (n *GraphNode) Modified(before *GraphNode) []Part {
	var out []Part
	for p := range partCount {
		if n.parts[p] != before.parts[p] {
			out = append(out, p)
		}
	}
	return out
}

// MacrosModified reports whether a macro that the node uses, itself or through
// others, differs from that of an earlier manifest.
func (g *Graph) MacrosModified(n *GraphNode, before *Graph) bool {
	seen := map[string]bool{}
	todo := slices.Clone(n.macros)
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		now, known := g.macros[id]
		old, was := before.macros[id]
		if known && (!was || now.digest != old.digest) {
			return true
		}
		todo = append(todo, now.uses...)
	}
	return false
}

// Node returns the node with the unique id.
func (g *Graph) Node(uniqueID string) (*GraphNode, bool) {
	i, ok := slices.BinarySearchFunc(g.Nodes, uniqueID, func(n GraphNode, id string) int { return cmp.Compare(n.UniqueID, id) })
	if !ok {
		return nil, false
	}
	return &g.Nodes[i], true
}

// digest names a value; maps count in the order of their keys.
func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + err.Error()) // strings, lists and maps decoded from JSON
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func mapOf(v any) map[string]any { m, _ := v.(map[string]any); return m }

func stringOf(v any) string { s, _ := v.(string); return s }

func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
