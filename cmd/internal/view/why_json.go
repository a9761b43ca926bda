package view

import (
	"time"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
)

type jsonWhyProof struct {
	jsonProof
	Test     string `json:"test,omitempty"` // the generic test, with its package
	Status   string `json:"status,omitempty"`
	At       string `json:"at,omitempty"`
	Results  string `json:"run_results,omitempty"`
	Outdated bool   `json:"outdated,omitempty"`
}

type jsonWhyKey struct {
	Columns []string       `json:"columns"`
	Grade   string         `json:"grade"` // "" when nothing proves it
	Proofs  []jsonWhyProof `json:"proofs"`
}

type jsonWhyLabel struct {
	Label   string `json:"label"`
	Guessed bool   `json:"guessed"`
	Because string `json:"because"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

type jsonWhyColumn struct {
	Name     string         `json:"name"`
	Model    string         `json:"model"`
	File     string         `json:"file,omitempty"`
	BuiltOn  []string       `json:"built_on"`
	Type     string         `json:"type"`
	Stated   []jsonTypeFact `json:"stated"`
	Nullable bool           `json:"nullable"`
	NotNull  []jsonWhyProof `json:"not_null"`
	Keys     []jsonWhyKey   `json:"keys"`
	Enums    []jsonWhyEnum  `json:"enums"`
	Refers   []jsonWhyRef   `json:"refers"`
	Labels   []jsonWhyLabel `json:"labels"`
}

type jsonWhyEnum struct {
	Values []string     `json:"values"`
	Quoted bool         `json:"quoted"`
	Proof  jsonWhyProof `json:"proof"`
}

type jsonWhyRef struct {
	To     string       `json:"to"`
	Column string       `json:"column"`
	Proof  jsonWhyProof `json:"proof"`
}

type jsonWhyPlace struct {
	Filename string `json:"filename"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

type jsonWhyPart struct {
	Address    string          `json:"address"`
	Kind       string          `json:"kind"`
	Name       string          `json:"name"`
	Value      string          `json:"value"`
	Place      jsonWhyPlace    `json:"place"`
	Known      bool            `json:"known"` // false: the expression has an error
	Type       string          `json:"type,omitempty"`
	Nullable   bool            `json:"nullable"`
	Labels     []string        `json:"labels"`
	Guessed    []string        `json:"guessed"`
	FieldType  string          `json:"field_type,omitempty"`
	Conversion string          `json:"conversion,omitempty"`
	Lookup     string          `json:"lookup,omitempty"` // address of the activation whose record it names
	Reason     string          `json:"conversion_reason,omitempty"`
	TellsApart string          `json:"tells_apart,omitempty"` // the column whose values it keeps apart
	Merges     string          `json:"merges,omitempty"`
	Filtered   []string        `json:"not_null_by_where"`
	Columns    []jsonWhyColumn `json:"columns"`
}

type jsonWhyGrade struct {
	Of     string `json:"of"`
	Fact   string `json:"fact"`
	Grade  string `json:"grade"`
	By     string `json:"by,omitempty"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// WhyJSON renders the document of [WhyText].
func WhyJSON(w *Why) []byte {
	if w.Of == nil {
		doc := struct {
			FormatVersion string          `json:"format_version"`
			Columns       []jsonWhyColumn `json:"columns"`
		}{formatVersion, []jsonWhyColumn{}}
		for _, c := range w.Columns {
			doc.Columns = append(doc.Columns, w.columnDoc(c))
		}
		return JSON(doc)
	}
	x := w.Of
	doc := struct {
		FormatVersion string         `json:"format_version"`
		Activation    string         `json:"activation"`
		Place         jsonWhyPlace   `json:"place"`
		From          string         `json:"from"`
		Model         string         `json:"model,omitempty"`
		To            string         `json:"to"`
		Where         *jsonWhyPart   `json:"where,omitempty"`
		Proofs        []jsonWhyGrade `json:"proofs"`
		Parts         []jsonWhyPart  `json:"parts"`
	}{FormatVersion: formatVersion, Activation: "activation." + x.Name, Place: placeDoc(x.Range), From: x.From, To: x.Target, Proofs: []jsonWhyGrade{}, Parts: []jsonWhyPart{}}
	if x.Relation != nil {
		doc.Model = x.Relation.UniqueID
	}
	if x.Where != nil && w.Whole {
		p := w.partDoc(*x.Where)
		doc.Where = &p
	}
	for _, p := range x.Proofs {
		doc.Proofs = append(doc.Proofs, jsonWhyGrade{p.Of, p.Fact, string(p.Grade), p.By, p.Place.Filename, p.Place.Start.Line, p.Place.Start.Column})
	}
	for _, p := range w.Parts {
		doc.Parts = append(doc.Parts, w.partDoc(p))
	}
	return JSON(doc)
}

func placeDoc(r diag.Range) jsonWhyPlace {
	return jsonWhyPlace{r.Filename, r.Start.Line, r.Start.Column}
}

func (w *Why) partDoc(p check.Part) jsonWhyPart {
	d := jsonWhyPart{Address: w.address(p), Kind: string(p.Kind), Name: p.Name, Value: p.Text, Place: placeDoc(p.Range), Known: p.Known,
		Labels: orEmpty(p.Info.Labels), Guessed: orEmpty(p.Guessed), Filtered: orEmpty(p.Filtered), Columns: []jsonWhyColumn{},
		TellsApart: p.Tells, Merges: p.Merges, Nullable: !p.Known || p.Info.Nullable}
	if p.Known {
		d.Type = p.Info.Type.String()
	}
	if p.Lookup != "" {
		d.Lookup = "activation." + p.Lookup
	}
	if p.Field != nil {
		d.FieldType, d.Reason = p.Field.Type.String(), p.Conversion.Reason
		if p.Lookup == "" {
			d.Conversion = string(p.Conversion.Class)
		}
	}
	for _, c := range p.Columns {
		d.Columns = append(d.Columns, w.columnDoc(c))
	}
	return d
}

func (w *Why) columnDoc(c check.Column) jsonWhyColumn {
	d := jsonWhyColumn{Name: c.Name, Model: c.Relation.UniqueID, File: c.Relation.File(), BuiltOn: orEmpty(c.Relation.DependsOn),
		Type: c.Info.Type.String(), Stated: []jsonTypeFact{}, Nullable: c.Info.Nullable, NotNull: []jsonWhyProof{}, Keys: []jsonWhyKey{},
		Enums: []jsonWhyEnum{}, Refers: []jsonWhyRef{}, Labels: []jsonWhyLabel{}}
	for _, s := range c.Stated {
		d.Stated = append(d.Stated, jsonTypeFact{s.DataType, string(s.From)})
	}
	for _, k := range c.Keys {
		g, _ := manifest.BestGrade(k.Proofs)
		d.Keys = append(d.Keys, jsonWhyKey{orEmpty(k.Columns), string(g), whyProofs(k.Proofs)})
	}
	for _, m := range c.Marks {
		d.Labels = append(d.Labels, jsonWhyLabel{m.Label, m.Guessed, m.Because, m.Place.Filename, m.Place.Start.Line, m.Place.Start.Column})
	}
	if c.Facts == nil {
		return d
	}
	d.NotNull = whyProofs(c.Facts.NotNull)
	for _, e := range c.Facts.Enums {
		d.Enums = append(d.Enums, jsonWhyEnum{orEmpty(e.Values), e.Quoted, whyProof(e.Proof)})
	}
	for _, r := range c.Facts.Refers {
		d.Refers = append(d.Refers, jsonWhyRef{r.To, r.Column, whyProof(r.Proof)})
	}
	return d
}

func whyProofs(proofs []manifest.Proof) []jsonWhyProof {
	out := []jsonWhyProof{}
	for _, p := range proofs {
		out = append(out, whyProof(p))
	}
	return out
}

func whyProof(p manifest.Proof) jsonWhyProof {
	d := jsonWhyProof{jsonProof: proofDoc(p), Status: p.Verdict.Status, Results: p.Verdict.File, Outdated: p.Outdated}
	if p.Test != nil {
		d.Test = p.Test.Generic
		if p.Test.Namespace != "" {
			d.Test = p.Test.Namespace + "." + d.Test
		}
	}
	if !p.Verdict.At.IsZero() {
		d.At = p.Verdict.At.UTC().Format(time.RFC3339)
	}
	return d
}
