package properties

import (
	"slices"

	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
)

// Places finds where the YAML of a dbt project says what its manifest holds.
// Each file is read once, when it is first asked about. Not for concurrent use.
type Places struct {
	read  func(file string) []byte
	files map[string]*File
}

// NewPlaces finds places in files whose text read gives: nil where it is not
// at hand. With a nil read, and in such a file, a place is the file alone.
func NewPlaces(read func(file string) []byte) *Places {
	return &Places{read: read, files: map[string]*File{}}
}

// Model is where a relation is described, and there a key such as access; the
// zero range when no file is known.
func (p *Places) Model(rel *manifest.Relation, key string) diag.Range {
	return p.Column(rel, "", key)
}

// Column is where a column of a relation is described, and there a key such
// as data_type.
func (p *Places) Column(rel *manifest.Relation, column, key string) diag.Range {
	e := entryOf(rel)
	e.Column, e.Key = column, key
	return p.find(rel.File(), e)
}

// Proof is where the test or constraint of a proof about a relation stands.
func (p *Places) Proof(rel *manifest.Relation, proof manifest.Proof) diag.Range {
	e := entryOf(rel)
	var columns []string
	switch {
	case proof.Test != nil:
		t := proof.Test
		e.Test, e.Words, columns = t.Generic, slices.Concat([]string{t.Name}, t.Columns, t.Values, t.ToColumns), t.Columns
	case proof.Constraint != nil:
		e.Constraint, e.Words, columns = proof.Constraint.Type, proof.Constraint.Columns, proof.Constraint.Columns
	}
	if len(columns) == 1 {
		e.Column = columns[0]
	}
	return p.find(proof.File, e)
}

// Disabled is where a node that is switched off is described.
func (p *Places) Disabled(d *manifest.Disabled) diag.Range {
	return p.find(d.File, Entry{Section: d.Resource + "s", Source: d.SourceName, Name: d.Name, Version: d.Version, Key: "enabled"})
}

// Fill sets the place of every proof in the facts about a relation.
func (p *Places) Fill(f *manifest.Facts) {
	for i := range f.Keys {
		p.fill(f.Relation, f.Keys[i].Proofs)
	}
	for i := range f.Columns {
		c := &f.Columns[i]
		p.fill(f.Relation, c.NotNull)
		for j := range c.Enums {
			c.Enums[j].Proof.Place = p.Proof(f.Relation, c.Enums[j].Proof)
		}
		for j := range c.Refers {
			c.Refers[j].Proof.Place = p.Proof(f.Relation, c.Refers[j].Proof)
		}
	}
}

func (p *Places) fill(rel *manifest.Relation, proofs []manifest.Proof) {
	for i := range proofs {
		proofs[i].Place = p.Proof(rel, proofs[i])
	}
}

func entryOf(rel *manifest.Relation) Entry {
	return Entry{Section: string(rel.Resource) + "s", Source: rel.SourceName, Name: rel.Name, Version: rel.Version}
}

func (p *Places) find(file string, e Entry) diag.Range {
	if file == "" {
		return diag.Range{}
	}
	f, read := p.files[file]
	if !read && p.read != nil {
		if text := p.read(file); text != nil {
			f = Read(text, file)
		}
		p.files[file] = f
	}
	if rng, ok := f.Find(e); ok {
		return rng
	}
	return diag.Range{Filename: file}
}
