package manifest

import (
	"cmp"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/leat-dev/leat/lang/diag"
)

// Read reads a manifest.json. name is how diagnostics call the file. The
// manifest is nil exactly when there is an error among the diagnostics. The
// reader is read to its end once; it is not closed.
func Read(r io.Reader, name string, opts Options) (*Manifest, diag.Diagnostics) {
	a := &artifact{file: "manifest.json", schema: "manifest", min: 4, max: 12, command: "dbt parse", name: name}
	b := &builder{a: a, m: &Manifest{Name: name, opts: opts, byID: make(map[string]*Relation)}}
	a.read(r, b.member)
	if a.diags.HasErrors() {
		return nil, a.diags
	}
	b.finish()
	return b.m, a.diags
}

// builder collects the sections of a manifest, which come in any order.
type builder struct {
	a     *artifact
	m     *Manifest
	tests []*rawNode
}

func (b *builder) member(dec *jsontext.Decoder, key string) (bool, error) {
	if k := dec.PeekKind(); k != '{' && k != '[' {
		return false, nil
	}
	switch key {
	case "nodes":
		if b.m.opts.KeepCompiledCode {
			return true, eachNode(b, dec, key, b.addNodeSQL)
		}
		return true, eachNode(b, dec, key, b.addNode)
	case "sources":
		return true, eachNode(b, dec, key, b.addSource)
	case "exposures":
		return true, eachNode(b, dec, key, b.addExposure)
	case "groups":
		return true, eachNode(b, dec, key, b.addGroup)
	case "disabled":
		return true, b.readDisabled(dec)
	}
	return false, nil
}

// eachNode decodes the members of a section one at a time.
func eachNode[T any](b *builder, dec *jsontext.Decoder, section string, add func(id string, raw *T)) error {
	if dec.PeekKind() == '[' {
		return dec.SkipValue()
	}
	return eachMember(dec, func(id string) error {
		if dec.PeekKind() != '{' {
			return b.a.skipOdd(dec, section, id)
		}
		raw := new(T)
		if err := json.UnmarshalDecode(dec, raw); err != nil {
			return err
		}
		add(id, raw)
		return nil
	})
}

// addNode takes a member of "nodes". What holds no rows and tests nothing
// (operations, analyses, unit tests) is dropped.
func (b *builder) addNode(id string, raw *rawNode) {
	if raw.UniqueID == "" {
		raw.UniqueID = text(id)
	}
	switch raw.ResourceType {
	case "model", "seed", "snapshot":
		b.addRelation(&b.m.Models, raw)
	case "test":
		raw.dropRelationParts()
		b.tests = append(b.tests, raw)
	}
}

func (b *builder) addNodeSQL(id string, raw *rawNodeSQL) {
	b.addNode(id, &raw.rawNode)
	if r, ok := b.m.byID[string(raw.UniqueID)]; ok {
		r.CompiledCode = string(cmp.Or(raw.CompiledCode, raw.CompiledSQL))
	}
}

func (b *builder) addSource(id string, raw *rawNode) {
	if raw.UniqueID == "" {
		raw.UniqueID = text(id)
	}
	raw.ResourceType = "source"
	b.addRelation(&b.m.Sources, raw)
}

func (b *builder) addRelation(to *[]*Relation, raw *rawNode) {
	r := raw.relation()
	if _, dup := b.m.byID[r.UniqueID]; dup {
		return
	}
	b.m.byID[r.UniqueID] = r
	*to = append(*to, r)
}

func (b *builder) addExposure(id string, raw *rawNode) {
	b.m.Exposures = append(b.m.Exposures, Exposure{
		UniqueID:  cmp.Or(string(raw.UniqueID), id),
		Package:   string(raw.Package),
		Name:      string(raw.Name),
		Type:      string(raw.Type),
		DependsOn: sorted(texts(raw.DependsOn.v.Nodes)),
		File:      string(raw.OriginalFilePath),
	})
}

func (b *builder) addGroup(id string, raw *rawNode) {
	b.m.Groups = append(b.m.Groups, Group{
		UniqueID:   cmp.Or(string(raw.UniqueID), id),
		Package:    string(raw.Package),
		Name:       string(raw.Name),
		OwnerName:  string(raw.Owner.v.Name),
		OwnerEmail: join(texts(raw.Owner.v.Email)),
	})
}

// readDisabled reads a map of lists, a map of nodes or a plain list of nodes.
func (b *builder) readDisabled(dec *jsontext.Decoder) error {
	add := func(id string) error {
		var nodes list[object[rawDisabled]]
		if err := json.UnmarshalDecode(dec, &nodes); err != nil {
			return err
		}
		for _, n := range nodes {
			if n.v.UniqueID == "" {
				n.v.UniqueID = text(id)
			}
			if n.v.UniqueID != "" {
				b.m.Disabled = append(b.m.Disabled, n.v.disabled())
			}
		}
		return nil
	}
	if dec.PeekKind() == '[' {
		return add("")
	}
	return eachMember(dec, add)
}

// finish puts everything in order and links tests to their targets.
func (b *builder) finish() {
	m := b.m
	m.Metadata = b.a.meta
	if m.Metadata.Project == "" {
		m.Metadata.Project = m.opts.Project
	}
	byID := func(x, y *Relation) int { return cmp.Compare(x.UniqueID, y.UniqueID) }
	slices.SortFunc(m.Models, byID)
	slices.SortFunc(m.Sources, byID)
	slices.SortFunc(m.Exposures, func(x, y Exposure) int { return cmp.Compare(x.UniqueID, y.UniqueID) })
	slices.SortFunc(m.Groups, func(x, y Group) int { return cmp.Compare(x.UniqueID, y.UniqueID) })
	slices.SortFunc(m.Disabled, func(x, y Disabled) int {
		return cmp.Or(cmp.Compare(x.UniqueID, y.UniqueID), cmp.Compare(x.File, y.File))
	})
	m.Disabled = slices.Compact(m.Disabled)
	for _, r := range slices.Concat(m.Models, m.Sources) {
		m.completeRelation(r)
	}
	for i := range m.Exposures {
		m.Exposures[i].File = m.file(m.Exposures[i].Package, m.Exposures[i].File)
	}
	for i := range m.Disabled {
		m.Disabled[i].File = m.file(m.Disabled[i].Package, m.Disabled[i].File)
	}
	m.testsOf = make(map[string][]*Test)
	for _, raw := range b.tests {
		m.Tests = append(m.Tests, m.test(raw))
	}
	slices.SortFunc(m.Tests, func(x, y *Test) int { return cmp.Compare(x.UniqueID, y.UniqueID) })
	for _, t := range m.Tests {
		if t.Target != "" {
			m.testsOf[t.Target] = append(m.testsOf[t.Target], t)
		}
	}
}

// completeRelation fills what needs the metadata, which may come last.
func (m *Manifest) completeRelation(r *Relation) {
	r.YAMLFile = m.file(r.Package, r.YAMLFile)
	r.SourceFile = m.file(r.Package, r.SourceFile)
	if r.RelationName == "" && !r.Ephemeral() {
		r.RelationName = relationName(m.Metadata, r)
	}
}
