package view

import (
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/types"
)

type jsonProof struct {
	Grade   string `json:"grade"`
	By      string `json:"by"`
	Partial string `json:"partial,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // in the file, when that is at hand
	Column  int    `json:"column,omitempty"`
}

type jsonTypeFact struct {
	DataType string `json:"data_type"`
	From     string `json:"from"`
}

type jsonEnum struct {
	Values []string  `json:"values"`
	Quoted bool      `json:"quoted"`
	Proof  jsonProof `json:"proof"`
}

type jsonRefers struct {
	To     string    `json:"to"`
	Column string    `json:"column"`
	Proof  jsonProof `json:"proof"`
}

type jsonLabel struct {
	Label   string `json:"label"`
	Guessed bool   `json:"guessed"`
	Because string `json:"because"`
}

type jsonColumn struct {
	Name        string         `json:"name"`
	Type        string         `json:"type"`
	Stated      []jsonTypeFact `json:"stated"`
	Nullable    bool           `json:"nullable"`
	NotNull     []jsonProof    `json:"not_null"`
	Enums       []jsonEnum     `json:"enums"`
	Refers      []jsonRefers   `json:"refers"`
	Labels      []jsonLabel    `json:"labels"`
	Tags        []string       `json:"tags"`
	Meta        map[string]any `json:"meta,omitempty"`
	Description string         `json:"description,omitempty"`
}

type jsonModelKey struct {
	Columns []string    `json:"columns"`
	Grade   string      `json:"grade"` // "" when no whole proof
	Proofs  []jsonProof `json:"proofs"`
}

type jsonModel struct {
	UniqueID     string         `json:"unique_id"`
	Address      string         `json:"address"`
	Resource     string         `json:"resource"`
	Package      string         `json:"package"`
	Name         string         `json:"name"`
	Relation     string         `json:"relation"`
	Materialized string         `json:"materialized"`
	Access       string         `json:"access,omitempty"`
	Group        string         `json:"group,omitempty"`
	Contract     bool           `json:"contract_enforced"`
	Complete     bool           `json:"complete"`
	File         string         `json:"file,omitempty"`
	Tags         []string       `json:"tags"`
	Meta         map[string]any `json:"meta,omitempty"`
	Description  string         `json:"description,omitempty"`
	Columns      []jsonColumn   `json:"columns"`
	Keys         []jsonModelKey `json:"keys"`
}

// ModelsJSON renders the document of [Models] and, with one model in the list,
// of [ModelDetail].
func ModelsJSON(l *ModelList) []byte {
	doc := struct {
		FormatVersion string      `json:"format_version"`
		Project       string      `json:"project"`
		Adapter       string      `json:"adapter"`
		DbtVersion    string      `json:"dbt_version"`
		Schema        int         `json:"manifest_version"`
		Models        []jsonModel `json:"models"`
		Ephemeral     int         `json:"ephemeral"`
		Disabled      int         `json:"disabled"`
	}{formatVersion, l.Metadata.Project, l.Metadata.Adapter, l.Metadata.DbtVersion, l.Metadata.SchemaVersion, []jsonModel{}, l.Ephemeral, l.Disabled}
	for _, m := range l.Models {
		doc.Models = append(doc.Models, l.modelDoc(m))
	}
	return JSON(doc)
}

func (l *ModelList) modelDoc(m Model) jsonModel {
	r, f := m.Relation, m.Facts
	d := jsonModel{UniqueID: r.UniqueID, Address: l.address(r), Resource: string(r.Resource), Package: r.Package, Name: r.Name,
		Relation: r.RelationName, Materialized: r.Materialized, Access: r.Access, Group: r.Group, Contract: r.ContractEnforced,
		Complete: f.Complete, File: r.File(), Tags: orEmpty(r.Tags), Meta: r.Meta, Description: r.Description,
		Columns: []jsonColumn{}, Keys: []jsonModelKey{}}
	for i := range f.Columns {
		c := columnDoc(&f.Columns[i], l.Metadata.Adapter)
		for _, mark := range l.Labels.Of(r, f.Columns[i].Name, f.Columns[i].Documented) {
			c.Labels = append(c.Labels, jsonLabel{mark.Label, mark.Guessed, mark.Because})
		}
		d.Columns = append(d.Columns, c)
	}
	for _, k := range f.Keys {
		g, _ := manifest.BestGrade(k.Proofs)
		d.Keys = append(d.Keys, jsonModelKey{orEmpty(k.Columns), string(g), proofDocs(k.Proofs)})
	}
	return d
}

func columnDoc(c *manifest.ColumnFacts, dialect string) jsonColumn {
	_, proven := manifest.BestGrade(c.NotNull)
	d := jsonColumn{Name: c.Name, Type: types.UnknownType.String(), Stated: []jsonTypeFact{}, Nullable: !proven,
		NotNull: proofDocs(c.NotNull), Enums: []jsonEnum{}, Refers: []jsonRefers{}, Labels: []jsonLabel{}, Tags: []string{}}
	if best, ok := c.Type(); ok {
		t, _ := types.FromWarehouse(dialect, best.DataType)
		d.Type = t.String()
	}
	for _, t := range c.Types {
		d.Stated = append(d.Stated, jsonTypeFact{t.DataType, string(t.From)})
	}
	for _, e := range c.Enums {
		d.Enums = append(d.Enums, jsonEnum{orEmpty(e.Values), e.Quoted, proofDoc(e.Proof)})
	}
	for _, r := range c.Refers {
		d.Refers = append(d.Refers, jsonRefers{r.To, r.Column, proofDoc(r.Proof)})
	}
	if doc := c.Documented; doc != nil {
		d.Tags, d.Meta, d.Description = orEmpty(doc.Tags), doc.Meta, doc.Description
	}
	return d
}

func proofDoc(p manifest.Proof) jsonProof {
	return jsonProof{string(p.Grade), p.By, p.Partial, p.File, p.Place.Start.Line, p.Place.Start.Column}
}

func proofDocs(proofs []manifest.Proof) []jsonProof {
	out := []jsonProof{}
	for _, p := range proofs {
		out = append(out, proofDoc(p))
	}
	return out
}
