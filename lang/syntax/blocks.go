package syntax

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

func (p *parser) state(blk *hclsyntax.Block, schema BlockSchema) {
	b := p.body(blk.Body, schema, "state", defRange(blk))
	s := &State{Backend: blk.Labels[0], BackendRange: blk.LabelRanges[0], DefRange: defRange(blk)}
	if a := b.attr("path"); a != nil {
		s.Path = p.configValue(a)
	}
	p.cfg.State = s
}

func (p *parser) destination(blk *hclsyntax.Block, schema BlockSchema) {
	b := p.body(blk.Body, schema, "destination", defRange(blk))
	d := &Destination{
		Addr:      addr.Destination{Type: blk.Labels[0], Name: blk.Labels[1]},
		TypeRange: blk.LabelRanges[0], NameRange: blk.LabelRanges[1], DefRange: defRange(blk),
		Accepts: b.attr("accepts"), Region: b.attr("region"),
		ConfigRange: defRange(blk), Poisoned: b.poisoned,
	}
	for _, nested := range b.blocks {
		s, _ := schema.Block(nested.Type)
		if nested.Type == "config" {
			d.ConfigRange = defRange(nested)
		}
		if !p.labels(nested, s) {
			d.Poisoned = true
			continue
		}
		if nested.Type == "object" {
			p.object(d, nested, s)
			continue
		}
		c := p.body(nested.Body, s, "destination.config", defRange(nested))
		d.Poisoned = d.Poisoned || c.poisoned
		for _, a := range c.attrs {
			if v := p.configValue(a); v != nil {
				d.Config = append(d.Config, v)
			} else {
				d.Poisoned = true
			}
		}
	}
	p.cfg.Destinations = append(p.cfg.Destinations, d)
}

func (p *parser) activation(blk *hclsyntax.Block, schema BlockSchema) {
	b := p.body(blk.Body, schema, "activation", defRange(blk))
	a := &Activation{
		Addr: addr.Activation{Name: blk.Labels[0]}, NameRange: blk.LabelRanges[0], DefRange: defRange(blk),
		Description: b.attr("description"), Owner: b.attr("owner"), Tags: b.attr("tags"),
		Where: b.attr("where"), Mode: b.attr("mode"), OnRemoved: b.attr("on_removed"),
		ForEach: b.attr("for_each"), Proofs: b.attr("proofs"), Poisoned: b.poisoned,
	}
	if attr := b.attr("shares"); attr != nil {
		refs, ok := p.activationRefs(attr)
		a.Shares, a.Poisoned = refs, a.Poisoned || !ok
	}
	if attr := b.attr("from"); attr != nil && a.ForEach != nil && usesEach(attr.Expr) {
		a.eachFrom = attr
	} else if attr != nil {
		a.From = p.sourceRef(attr)
		a.Poisoned = a.Poisoned || a.From == nil
	}
	if attr := b.attr("to"); attr != nil && a.ForEach != nil && usesEach(attr.Expr) {
		a.eachTo = attr
	} else if attr != nil {
		a.To = p.targetRef(attr)
		a.Poisoned = a.Poisoned || a.To == nil
	}
	if attr := b.attr("id"); attr != nil {
		a.ID = p.identity(attr)
		a.Poisoned = a.Poisoned || a.ID == nil
	}
	if attr := b.attr("key"); attr != nil {
		fields, ok := p.mapping(attr)
		a.Poisoned = a.Poisoned || !ok
		if fields != nil || ok {
			a.Key = &Key{Attribute: *attr, Fields: fields}
		}
	}
	if attr := b.attr("fields"); attr != nil {
		fields, ok := p.mapping(attr)
		a.Poisoned = a.Poisoned || !ok
		a.Fields, a.FieldsAttr = fields, attr
	}
	for _, nested := range b.blocks {
		p.nested(a, nested, schema)
	}
	slices.SortStableFunc(a.Fields, func(x, y *Field) int {
		return cmp.Compare(x.NameRange.Start.Byte, y.NameRange.Start.Byte)
	})
	a.Fields = p.unique(a.Fields)
	p.cfg.Activations = append(p.cfg.Activations, a)
}

// nested reads a block inside an activation.
func (p *parser) nested(a *Activation, blk *hclsyntax.Block, parent BlockSchema) {
	schema, _ := parent.Block(blk.Type)
	if !p.labels(blk, schema) {
		a.Poisoned = true
		return
	}
	b := p.body(blk.Body, schema, "activation."+blk.Type, defRange(blk))
	a.Poisoned = a.Poisoned || b.poisoned
	switch blk.Type {
	case "field":
		f := &Field{Name: blk.Labels[0], NameRange: blk.LabelRanges[0], Range: defRange(blk),
			Write: b.attr("write"), Nulls: b.attr("nulls"), Block: true}
		if v := b.attr("value"); v != nil {
			f.Expr = v.Expr
		}
		a.Fields = append(a.Fields, f)
	case "guard":
		a.Guard = &Guard{DefRange: defRange(blk), MaxCreates: b.attr("max_creates"), MaxUpdates: b.attr("max_updates"),
			MaxRemoves: b.attr("max_removes"), MaxWithdrawn: b.attr("max_withdrawn"), MinRows: b.attr("min_rows")}
	case "delivery":
		a.Delivery = &Delivery{DefRange: defRange(blk), Concurrency: b.attr("concurrency"),
			MaxRejectRate: b.attr("max_reject_rate"), OnUnknown: b.attr("on_unknown")}
	default:
		p.extra(a, blk, b)
	}
}

// unique reports fields mapped twice and keeps the first of each.
func (p *parser) unique(fields []*Field) []*Field {
	first := map[string]*Field{}
	var out []*Field
	for _, f := range fields {
		if other, dup := first[f.Name]; dup {
			p.diags.Append(diag.New(diag.DuplicateField, f.NameRange, "A field takes one value. Remove one of the two.").
				WithSummary("Field %s is mapped twice", quote(f.Name)).WithRelated(other.NameRange, "The other one is here"))
			continue
		}
		first[f.Name] = f
		out = append(out, f)
	}
	return out
}
