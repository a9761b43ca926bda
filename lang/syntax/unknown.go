package syntax

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
)

func (p *parser) unknownAttribute(a *Attribute, schema BlockSchema) {
	where := place(schema)
	if _, isBlock := schema.Block(a.Name); isBlock {
		d := diag.New(diag.NotAnAttribute, a.NameRange, "Write it without the equals sign: `%s { ... }`.", a.Name).
			WithSummary("`%s` is a block", a.Name)
		if _, object := a.Expr.(*hclsyntax.ObjectConsExpr); object {
			d = d.WithFix("Remove the equals sign", diag.Edit{Range: between(a.NameRange, a.Expr.Range()), NewText: " "})
		}
		p.diags.Append(d)
		return
	}
	if schema.Type == "" && slices.Contains(namesOf(activationBlock.Attributes), a.Name) {
		p.diags.Append(diag.New(diag.UnknownAttribute, a.NameRange, "Move it into a block `activation`; a brace may be closed too early above it.").
			WithSummary("`%s` does not belong %s", a.Name, where))
		return
	}
	for _, b := range schema.Blocks {
		if _, ok := b.Attribute(a.Name); ok {
			p.diags.Append(diag.New(diag.UnknownAttribute, a.NameRange, "Move it into a block `%s`.", b.Type).
				WithSummary("`%s` belongs in the block `%s`", a.Name, b.Type))
			return
		}
	}
	names := namesOf(schema.Attributes)
	detail := "No attribute of that name exists " + where + "."
	if len(names) > 0 {
		detail = "Attributes " + where + ": " + list(supportedNames(schema)) + "."
	}
	d := diag.New(diag.UnknownAttribute, a.NameRange, "%s", detail+diag.DidYouMean(a.Name, append(names, typesOf(schema)...))).
		WithSummary("Unknown attribute `%s`", a.Name)
	p.diags.Append(withRename(d, a.NameRange, a.Name, names, plain))
}

func (p *parser) unknownBlock(blk *hclsyntax.Block, schema BlockSchema) {
	at, where := blk.TypeRange, place(schema)
	if _, isAttr := schema.Attribute(blk.Type); isAttr || (schema.Free && schema.Type != "") {
		d := diag.New(diag.NotABlock, at, "Write it with an equals sign: `%s = { ... }`.", blk.Type).
			WithSummary("`%s` is an attribute", blk.Type)
		if len(blk.Labels) == 0 {
			d = d.WithFix("Add the equals sign", diag.Edit{Range: between(at, blk.OpenBraceRange), NewText: " = "})
		}
		p.diags.Append(d)
		return
	}
	types := typesOf(schema)
	detail := "No blocks stand " + where + "."
	if len(types) > 0 {
		detail = "Blocks " + where + ": " + list(supportedTypes(schema)) + "."
	}
	if _, ok := root.Block(blk.Type); ok && schema.Type != "" {
		detail = "It stands at the top level of a file, not " + where + "; a brace may be missing above it."
		p.diags.Append(diag.New(diag.UnknownBlock, at, "%s", detail).WithSummary("Block `%s` does not belong %s", blk.Type, where))
		return
	}
	d := diag.New(diag.UnknownBlock, at, "%s", detail+diag.DidYouMean(blk.Type, types)).
		WithSummary("Unknown block `%s`", blk.Type)
	p.diags.Append(withRename(d, at, blk.Type, types, plain))
}

// withRename adds an edit when one name is the clear candidate.
func withRename(d diag.Diagnostic, at diag.Range, given string, names []string, render func(string) string) diag.Diagnostic {
	if s := diag.Suggest(given, names); len(s) == 1 {
		return d.WithFix("Change to "+s[0], diag.Edit{Range: at, NewText: render(s[0])})
	}
	return d
}

func plain(s string) string { return s }

func place(schema BlockSchema) string {
	if schema.Type == "" {
		return "at the top level"
	}
	return "in `" + schema.Type + "`"
}

func namesOf(as []AttributeSchema) []string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = a.Name
	}
	return out
}

func supportedNames(s BlockSchema) []string {
	return namesOf(slices.DeleteFunc(slices.Clone(s.Attributes), func(a AttributeSchema) bool { return a.Since == "" }))
}

func supportedTypes(s BlockSchema) []string {
	s.Blocks = slices.DeleteFunc(slices.Clone(s.Blocks), func(b BlockSchema) bool { return b.Since == "" })
	return typesOf(s)
}

func typesOf(s BlockSchema) []string {
	out := make([]string, len(s.Blocks))
	for i, b := range s.Blocks {
		out[i] = b.Type
	}
	return out
}

// between is the gap between two ranges.
func between(a, b diag.Range) diag.Range {
	return hcl.Range{Filename: a.Filename, Start: a.End, End: b.Start}
}

// defRange is the head of a block: its type and labels.
func defRange(blk *hclsyntax.Block) diag.Range {
	if n := len(blk.LabelRanges); n > 0 {
		return hcl.RangeBetween(blk.TypeRange, blk.LabelRanges[n-1])
	}
	return blk.TypeRange
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	if n := len(quoted); n > 1 {
		return strings.Join(quoted[:n-1], ", ") + " and " + quoted[n-1]
	}
	return strings.Join(quoted, "")
}

func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "one " + noun
	case 2:
		return "two " + noun + "s"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
