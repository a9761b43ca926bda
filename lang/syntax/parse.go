package syntax

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// Parse reads the files of one configuration. The order of files does not
// matter. The tree is never nil and holds everything that could be read; it is
// fit for evaluation and checking even when there are errors. The diagnostics
// are sorted. Safe for concurrent use.
func Parse(files []File) (*Config, diag.Diagnostics) {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	p := &parser{cfg: &Config{}, names: map[string]diag.Range{}}
	for _, f := range files {
		for _, part := range read(f) {
			p.diags.Extend(part.diags)
			if part.broken {
				p.salvage(part.body)
				continue
			}
			p.file(part.body)
		}
	}
	return p.cfg, p.diags.Sorted()
}

type parser struct {
	cfg   *Config
	diags diag.Diagnostics
	names map[string]diag.Range // what is taken: "activation contacts", or "dbt"
	each  *evaluator            // reads the names of one instance; nil in Parse
}

// file reads the top level of a file.
func (p *parser) file(body *hclsyntax.Body) {
	b := p.body(body, root, "", diag.Range{})
	if env := b.attr("environment"); env != nil {
		if p.take("environment", env.NameRange) {
			p.cfg.Environment = env
		}
	}
	if b.poisoned {
		p.cfg.Poisoned = true
	}
	for _, blk := range b.blocks {
		p.block(blk)
	}
}

// block reads a block of the top level whose type is known and supported.
func (p *parser) block(blk *hclsyntax.Block) {
	schema, _ := root.Block(blk.Type)
	if !p.labels(blk, schema) {
		p.cfg.Poisoned = true
		return
	}
	id := blk.Type
	if schema.Many && len(schema.Labels) > 0 {
		for _, l := range blk.Labels {
			id += " " + l
		}
	}
	if (len(schema.Labels) > 0 || !schema.Many) && !p.takeBlock(id, blk, schema) {
		return
	}
	switch blk.Type {
	case "leat":
		b := p.body(blk.Body, schema, "leat", defRange(blk))
		p.cfg.Leat = &Leat{DefRange: defRange(blk), RequiredVersion: b.attr("required_version")}
	case "dbt":
		b := p.body(blk.Body, schema, "dbt", defRange(blk))
		p.cfg.DBT = &DBT{DefRange: defRange(blk), ProjectDir: b.attr("project_dir"), Target: b.attr("target"), Artifacts: b.attr("artifacts")}
	case "state":
		p.state(blk, schema)
	case "variable":
		p.variable(blk, schema)
	case "locals":
		b := p.body(blk.Body, schema, "locals", defRange(blk))
		if b.poisoned {
			p.cfg.Poisoned = true
		}
		for _, a := range b.attrs {
			if p.take("local "+a.Name, a.NameRange) {
				p.cfg.Locals = append(p.cfg.Locals, a)
			}
		}
	case "destination":
		p.destination(blk, schema)
	case "activation":
		p.activation(blk, schema)
	default:
		p.more(blk, schema)
	}
}

// salvage keeps the name of a block that could not be read, so that references
// to it are not reported.
func (p *parser) salvage(body *hclsyntax.Body) {
	p.cfg.Poisoned = true
	if len(body.Blocks) == 0 {
		return
	}
	blk := body.Blocks[0]
	schema, ok := root.Block(blk.Type)
	if !ok || schema.Since == "" || len(blk.Labels) != len(schema.Labels) {
		return
	}
	id := blk.Type
	for _, l := range blk.Labels {
		id += " " + l
	}
	if _, taken := p.names[id]; taken {
		return
	}
	p.names[id] = defRange(blk)
	switch blk.Type {
	case "variable":
		p.cfg.Variables = append(p.cfg.Variables, &Variable{Name: blk.Labels[0], NameRange: blk.LabelRanges[0], DefRange: defRange(blk), Poisoned: true})
	case "destination":
		p.cfg.Destinations = append(p.cfg.Destinations, &Destination{
			Addr: addr.Destination{Type: blk.Labels[0], Name: blk.Labels[1]}, TypeRange: blk.LabelRanges[0], NameRange: blk.LabelRanges[1],
			DefRange: defRange(blk), ConfigRange: defRange(blk), Poisoned: true,
		})
	case "activation":
		p.cfg.Activations = append(p.cfg.Activations, &Activation{
			Addr: addr.Activation{Name: blk.Labels[0]}, NameRange: blk.LabelRanges[0], DefRange: defRange(blk), Poisoned: true,
		})
	}
}

// take claims a name and reports whether it was free.
func (p *parser) take(id string, at diag.Range) bool {
	first, taken := p.names[id]
	if !taken {
		p.names[id] = at
		return true
	}
	code := diag.DuplicateName
	if id == "environment" {
		code = diag.AttributeTwice
	}
	p.diags.Append(diag.New(code, at, "It may be set once in all files of the project. Keep one of the two.").
		WithSummary("%s is set twice", describe(id)).WithRelated(first, "The other one is here"))
	return false
}

func (p *parser) takeBlock(id string, blk *hclsyntax.Block, schema BlockSchema) bool {
	at := defRange(blk)
	first, taken := p.names[id]
	if !taken {
		p.names[id] = at
		return true
	}
	if schema.Many {
		p.diags.Append(diag.New(diag.DuplicateName, at, "Names are unique over all files of the project. Rename one of the two, or remove it.").
			WithSummary("%s is defined twice", describe(id)).WithRelated(first, "The other one is here"))
		return false
	}
	p.diags.Append(diag.New(diag.DuplicateBlock, at, "A project has one block `%s`. Merge the two.", blk.Type).
		WithSummary("Block `%s` stands twice", blk.Type).WithRelated(first, "The other one is here"))
	return false
}

// describe turns `activation contacts` into `activation "contacts"`.
func describe(id string) string {
	parts := strings.Split(id, " ")
	if len(parts) == 1 {
		return "`" + id + "`"
	}
	for i := range parts[1:] {
		parts[i+1] = quote(parts[i+1])
	}
	return upperFirst(strings.Join(parts, " "))
}

// decoded is a body with the names its schema knows.
type decoded struct {
	attrs    []*Attribute // in source order
	blocks   []*hclsyntax.Block
	poisoned bool // something was reported and left out
}

func (d *decoded) attr(name string) *Attribute {
	for _, a := range d.attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// body sorts out a body by its schema. path is the path of block types, head
// the range to report missing attributes at. Everything unknown, not supported yet, misplaced or missing is reported.
func (p *parser) body(body *hclsyntax.Body, schema BlockSchema, path string, head diag.Range) *decoded {
	d := &decoded{}
	names := make([]string, 0, len(body.Attributes))
	for n := range body.Attributes {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Compare(body.Attributes[a].NameRange.Start.Byte, body.Attributes[b].NameRange.Start.Byte)
	})
	for _, n := range names {
		a := body.Attributes[n]
		attr := &Attribute{Name: n, NameRange: a.NameRange, Range: hcl.RangeBetween(a.NameRange, a.Expr.Range()), Expr: a.Expr}
		known, ok := schema.Attribute(n)
		switch {
		case schema.Free:
		case !ok:
			p.unknownAttribute(attr, schema)
			d.poisoned = true
			continue
		case known.Since == "":
			p.unsupported(attr.NameRange, "attribute", n) // and read all the same: its mistakes are known early
			d.poisoned = true
		}
		if !takesEnv(path) && !p.noEnv(attr.Expr, takesRows(path, n)) {
			d.poisoned = true
			continue
		}
		d.attrs = append(d.attrs, attr)
	}
	first := map[string]diag.Range{}
	for _, blk := range body.Blocks {
		known, ok := schema.Block(blk.Type)
		switch {
		case !ok:
			p.unknownBlock(blk, schema)
			d.poisoned = true
			continue
		case known.Since == "":
			p.unsupported(defRange(blk), "block", blk.Type)
			d.poisoned = true
			if len(known.Attributes) == 0 {
				continue // what it holds is not known
			}
		}
		if path != "" && !known.Many {
			if at, dup := first[blk.Type]; dup {
				p.diags.Append(diag.New(diag.DuplicateBlock, defRange(blk), "The block may stand once here. Merge the two.").
					WithSummary("Block `%s` stands twice", blk.Type).WithRelated(at, "The other one is here"))
				continue
			}
			first[blk.Type] = defRange(blk)
		}
		d.blocks = append(d.blocks, blk)
	}
	for _, a := range schema.Attributes {
		if a.Required && !d.poisoned && d.attr(a.Name) == nil && schema.Since != "" {
			p.diags.Append(diag.New(diag.MissingAttribute, head, "Add `%s = %s`. %s", a.Name, a.Kind, a.Doc).
				WithSummary("Block `%s` has no attribute `%s`", schema.Type, a.Name))
		}
	}
	return d
}

// labels checks the labels of a block.
func (p *parser) labels(blk *hclsyntax.Block, schema BlockSchema) bool {
	want := schema.Type
	for _, l := range schema.Labels {
		want += ` "` + strings.ToUpper(l.Name) + `"`
	}
	if len(blk.Labels) != len(schema.Labels) {
		at := defRange(blk)
		if len(blk.Labels) > len(schema.Labels) {
			at = blk.LabelRanges[len(schema.Labels)]
		}
		p.diags.Append(diag.New(diag.WrongLabels, at, "Write `%s { ... }`.", want).
			WithSummary("Block `%s` takes %s", schema.Type, count(len(schema.Labels), "label")))
		return false
	}
	for i, l := range schema.Labels {
		name, at := blk.Labels[i], blk.LabelRanges[i]
		switch {
		case slices.Contains(l.Planned, name):
			p.unsupported(at, schema.Type, name)
			return false
		case len(l.Allowed) > 0 && !slices.Contains(l.Allowed, name):
			d := diag.New(diag.WrongLabels, at, "Known values: %s.%s", list(l.Allowed), diag.DidYouMean(name, l.Allowed)).
				WithSummary("Unknown %s %s of block `%s`", l.Name, quote(name), schema.Type)
			p.diags.Append(withRename(d, at, name, l.Allowed, quote))
			return false
		case strings.TrimSpace(name) == "":
			p.diags.Append(diag.New(diag.InvalidName, at, "Write `%s { ... }`.", want).WithSummary("The %s of `%s` is empty", l.Name, schema.Type))
			return false
		case !l.Anything && !hclsyntax.ValidIdentifier(name):
			p.diags.Append(diag.New(diag.InvalidName, at, "The %s begins with a letter and holds letters, digits, _ and -.", l.Name).
				WithSummary("%s is not a valid name", quote(name)))
			return false
		}
	}
	return true
}

func (p *parser) unsupported(at diag.Range, what, name string) {
	p.diags.Append(diag.New(diag.NotSupportedYet, at, "This version of leat does not act on it. Remove it for now.").
		WithSummary("%s `%s` is not supported yet", upperFirst(what), name))
}
