package check

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/properties"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// Explanation is everything the compiler holds of one activation, with the
// reason of each fact. It is made for activations with errors too, as far as
// they could be judged.
type Explanation struct {
	Name     string // as in ir.Activation
	Range    diag.Range
	From     string             // as written: ref("customers"); "" when unreadable
	Relation *manifest.Relation // nil: not resolved
	Target   string             // address of the object; "" when unreadable
	Proofs   []Graded           // of id and key
	Where    *Part              // nil: every row
	Parts    []Part             // id, then key, then fields, each in the order of the file
}

// Graded is a proof of id or key, with the place of the test or constraint.
type Graded struct {
	ir.Proof
	Place diag.Range // zero when nothing states it
}

// PartKind is what a part of an activation is.
type PartKind string

// The kinds of parts.
const (
	PartID    PartKind = "id"
	PartKey   PartKind = "key"
	PartField PartKind = "field"
	PartWhere PartKind = "where"
	// PartConsent is match or allow of the block `consent`.
	PartConsent PartKind = "consent"
)

// Part is one expression of an activation.
type Part struct {
	Kind  PartKind
	Name  string // the destination field; of an id part the column, or "id"
	Text  string // as written, white space folded
	Range diag.Range
	// Known is false when the expression has an error; then only the above is
	// set.
	Known bool
	Info  types.Info // of the value, before it becomes the field's
	// Guessed are the labels that only names of columns give.
	Guessed    []string
	Field      *schema.Field // nil where the object does not say
	Conversion types.Conversion
	// Lookup is the activation whose record the value names; "" when it is
	// none of another.
	Lookup string
	// Tells is the column whose value can be told from this one; else Merges
	// says how two rows come to one value. Both are "" for a constant.
	Tells, Merges string
	// Filtered are the columns that `where` shows not to be null.
	Filtered []string
	Columns  []Column // that the value is made of, by name
}

// Column is a source column with all that is known of it.
type Column struct {
	Name     string
	Relation *manifest.Relation
	Root     string // what references to it begin with: row or consent
	Info     types.Info
	// Stated is every statement about the type, best first.
	Stated []manifest.TypeFact
	// Facts is what dbt says of the column; nil when it says nothing.
	Facts *manifest.ColumnFacts
	Keys  []manifest.KeyFact // the unique keys it belongs to
	Marks []label.Mark       // its labels with their reasons
}

// FromLive marks a type that the warehouse itself gave when the plan was made.
const FromLive manifest.From = "live"

// explain gathers what was found out about the activation.
func (u *unit) explain() Explanation {
	x := Explanation{Name: u.out.Name, Range: u.out.Range}
	if u.block.From != nil {
		x.From = u.block.From.String()
	}
	if u.block.To != nil {
		x.Target = u.block.To.Addr.String()
	}
	if u.facts == nil {
		return x
	}
	x.Relation = u.facts.Relation
	u.places.Fill(u.facts)
	for _, p := range u.out.Proofs {
		x.Proofs = append(x.Proofs, Graded{p, placeOf(u.facts, p.By)})
	}
	if w := u.block.Where; w != nil {
		p := u.part(PartWhere, "where", w.Expr)
		x.Where = &p
	}
	if u.block.ID != nil {
		for _, e := range u.block.ID.Parts {
			x.Parts = append(x.Parts, u.part(PartID, "id", e))
		}
	}
	if u.block.Key != nil {
		for _, f := range u.block.Key.Fields {
			if f.Expr != nil {
				x.Parts = append(x.Parts, u.mapped(PartKey, f.Name, f.Expr))
			}
		}
	}
	for _, f := range u.block.Fields {
		if f.Expr != nil {
			x.Parts = append(x.Parts, u.mapped(PartField, f.Name, f.Expr))
		}
	}
	x.Parts = append(x.Parts, u.consentParts()...)
	return x
}

// placeOf is where the test or constraint that is named so stands.
func placeOf(f *manifest.Facts, by string) diag.Range {
	var all []manifest.Proof
	for _, k := range f.Keys {
		all = append(all, k.Proofs...)
	}
	for i := range f.Columns {
		all = append(all, f.Columns[i].NotNull...)
	}
	for _, p := range all {
		if p.By == by && by != "" {
			return p.Place
		}
	}
	return diag.Range{}
}

func (u *unit) part(kind PartKind, name string, e hcl.Expression) Part {
	p := Part{Kind: kind, Name: name, Text: u.text(e.Range(), ""), Range: e.Range()}
	node, ok := u.earlier(e)
	if !ok {
		return p
	}
	if column, bare := expr.BareColumn(node); bare && kind == PartID {
		p.Name = column
	}
	p.Known, p.Info = true, node.Info()
	p.Info.Labels, p.Guessed = u.labelsOf(node)
	t := tell(node)
	p.Tells, p.Merges = t.column, t.why
	for _, name := range expr.Columns(node) {
		if kind != PartWhere && u.filtered(name) {
			p.Filtered = append(p.Filtered, name)
		}
		p.Columns = append(p.Columns, u.explained(name))
	}
	return p
}

func (u *unit) mapped(kind PartKind, name string, e hcl.Expression) Part {
	p := u.part(kind, name, e)
	if u.object == nil || !p.Known {
		return p
	}
	if f, ok := u.object.Field(name); ok {
		p.Field, p.Conversion = f, types.Convert(p.Info.Type, f.Type)
	}
	if node, _ := u.earlier(e); node.Op == expr.Lookup {
		p.Lookup, p.Conversion = node.Name, types.Conversion{}
	}
	return p
}

// explained gathers what is known of one source column.
func (u *unit) explained(name string) Column {
	c := Column{Name: name, Root: cmp.Or(u.scope.Root, "row"), Relation: u.facts.Relation, Info: types.Info{Nullable: true}, Marks: u.marks(name)}
	for i, m := range c.Marks {
		c.Marks[i].Place = u.markPlace(name, m)
	}
	for _, s := range u.scope.Columns {
		if s.Name == name {
			c.Info = s.Info
		}
	}
	for _, l := range u.in.Live[u.facts.Relation.UniqueID] {
		if l.Name == name {
			c.Stated = append(c.Stated, manifest.TypeFact{DataType: l.DataType, From: FromLive})
		}
	}
	m := u.facts.Column(name)
	if m.Found == nil {
		return c
	}
	c.Facts = m.Found
	c.Stated = append(c.Stated, m.Found.Types...)
	for _, k := range u.facts.Keys {
		if slices.Contains(k.Columns, m.Found.Name) {
			c.Keys = append(c.Keys, k)
		}
	}
	return c
}

// ExplainColumns gathers what is known of every column of a relation, in
// order.
func ExplainColumns(in Input, rel *manifest.Relation) []Column {
	c := &compiler{in: in, res: &Result{}, places: properties.NewPlaces(in.Properties)}
	c.rules()
	u := &unit{compiler: c, facts: c.factsOf(rel), used: map[string]bool{}, out: &ir.Activation{}}
	u.places.Fill(u.facts)
	cols, _ := u.columnsOf(rel)
	out := make([]Column, len(cols))
	for i, col := range cols {
		out[i] = u.explained(col.name)
		out[i].Info = col.info
	}
	return out
}
