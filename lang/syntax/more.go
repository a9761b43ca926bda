package syntax

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
)

// more reads the blocks that say something about activations.
func (p *parser) more(blk *hclsyntax.Block, schema BlockSchema) {
	head := defRange(blk)
	if len(schema.Attributes) == 0 {
		return // not supported yet, and reported
	}
	b := p.body(blk.Body, schema, blk.Type, head)
	switch blk.Type {
	case "label":
		p.cfg.Labels = append(p.cfg.Labels, &Label{
			Name: blk.Labels[0], NameRange: blk.LabelRanges[0], DefRange: head,
			Tags: b.attr("tags"), Meta: b.attr("meta"), Columns: b.attr("columns"), Poisoned: b.poisoned,
		})
	case "policy":
		p.cfg.Policies = append(p.cfg.Policies, &Policy{
			Name: blk.Labels[0], NameRange: blk.LabelRanges[0], DefRange: head,
			When: b.attr("when"), Assert: b.attr("assert"), Message: b.attr("message"), Poisoned: b.poisoned,
		})
	case "test":
		p.test(blk, b, schema)
	case "moved":
		p.cfg.Moved = append(p.cfg.Moved, p.moved(b, head))
	case "removed":
		r := &Removed{DefRange: head, Rows: b.attr("rows")}
		if a := b.attr("from"); a != nil {
			r.From = p.activationRef(a.Expr, a.Name)
		}
		p.cfg.Removed = append(p.cfg.Removed, r)
	}
}

func (p *parser) test(blk *hclsyntax.Block, b *decoded, schema BlockSchema) {
	t := &Test{Name: blk.Labels[0], NameRange: blk.LabelRanges[0], DefRange: defRange(blk), AsOf: b.attr("as_of"), Poisoned: b.poisoned}
	if a := b.attr("activation"); a != nil {
		t.Activation = p.activationRef(a.Expr, a.Name)
		t.Poisoned = t.Poisoned || t.Activation == nil
	}
	for _, nested := range b.blocks {
		s, _ := schema.Block(nested.Type)
		if !p.labels(nested, s) {
			t.Poisoned = true
			continue
		}
		head := defRange(nested)
		n := p.body(nested.Body, s, "test."+nested.Type, head)
		t.Poisoned = t.Poisoned || n.poisoned
		switch nested.Type {
		case "given":
			g := &TestRows{Rows: n.attr("rows"), DefRange: head}
			if a := n.attr("from"); a != nil {
				g.From = p.sourceRef(a)
				t.Poisoned = t.Poisoned || g.From == nil
			}
			t.Given = append(t.Given, g)
		case "synced":
			t.Synced = &TestSynced{Rows: n.attr("rows"), DefRange: head}
		case "expect":
			t.Expect = &TestExpect{DefRange: head, Attrs: n.attrs}
		}
	}
	p.cfg.Tests = append(p.cfg.Tests, t)
}

// moved reads a block `moved`, whose two ends must be of one kind.
func (p *parser) moved(b *decoded, head diag.Range) *Moved {
	m := &Moved{DefRange: head}
	if a := b.attr("from"); a != nil {
		m.From = p.memberRef(a.Expr, a.Name)
	}
	if a := b.attr("to"); a != nil {
		m.To = p.memberRef(a.Expr, a.Name)
	}
	f, t := m.From, m.To
	if f == nil || t == nil {
		return m
	}
	report := func(summary, how string) {
		p.diags.Append(diag.New(diag.InvalidMove, t.Range, "%s", how).WithSummary("%s", summary).WithRelated(f.Range, "It moves from here"))
		m.To = nil
	}
	switch {
	case f.Part != t.Part:
		report("The ends of the move are of different kinds", "An activation moves to an activation, a field to a field, a key field to a key field.")
	case f.Part != "" && f.Activation != t.Activation:
		report("A field cannot move to another activation", "State of a field belongs to the records of its activation. Name one activation at both ends; an activation that is renamed too has a `moved` block of its own.")
	case *f == MemberRef{Activation: t.Activation, Part: t.Part, Name: t.Name, Range: f.Range}:
		report("The move ends where it begins", "Remove the block, or name what the thing was called before in `from`.")
	}
	return m
}

// object reads a block `object` of a destination.
func (p *parser) object(d *Destination, blk *hclsyntax.Block, schema BlockSchema) {
	b := p.body(blk.Body, schema, "destination.object", defRange(blk))
	for _, o := range d.Objects {
		if o.Name == blk.Labels[0] {
			p.diags.Append(diag.New(diag.DuplicateName, defRange(blk), "The names of a destination's objects are unique. Rename one of the two, or remove it.").
				WithSummary("Object %s is declared twice", quote(o.Name)).WithRelated(o.DefRange, "The other one is here"))
			return
		}
	}
	o := &Object{Name: blk.Labels[0], NameRange: blk.LabelRanges[0], DefRange: defRange(blk),
		Key: b.attr("key"), Required: b.attr("required"), Poisoned: b.poisoned}
	if attr := b.attr("fields"); attr != nil {
		fields, ok := p.mapping(attr)
		o.Fields, o.Poisoned = fields, o.Poisoned || !ok
	}
	for _, nested := range b.blocks {
		s, _ := schema.Block(nested.Type)
		if !p.labels(nested, s) {
			o.Poisoned = true
			continue
		}
		r := p.body(nested.Body, s, "destination.object."+nested.Type, defRange(nested))
		o.Poisoned = o.Poisoned || r.poisoned
		o.Requests = append(o.Requests, &Request{Operation: nested.Type, DefRange: defRange(nested), Method: r.attr("method"), Path: r.attr("path"),
			Envelope: r.attr("envelope"), Body: r.attr("body"), Idempotent: r.attr("idempotent"), IdempotencyHeader: r.attr("idempotency_header")})
	}
	d.Objects = append(d.Objects, o)
}

// extra reads the attributes and blocks of an activation that decide which
// rows it may send.
func (p *parser) extra(a *Activation, blk *hclsyntax.Block, b *decoded) {
	head := defRange(blk)
	switch blk.Type {
	case "requires":
		a.Requires = &Requires{DefRange: head, Tests: b.attr("tests"), MaxAge: b.attr("max_age")}
	case "consent":
		a.Consent = &Consent{DefRange: head, Match: b.attr("match"), Allow: b.attr("allow"), OnWithdrawn: b.attr("on_withdrawn")}
		if attr := b.attr("from"); attr != nil {
			a.Consent.From = p.sourceRef(attr)
			a.Poisoned = a.Poisoned || a.Consent.From == nil
		}
	case "rollout":
		a.Rollout = &Share{DefRange: head, Percent: b.attr("percent")}
	case "holdout":
		a.Holdout = &Share{DefRange: head, Percent: b.attr("percent")}
	}
}
