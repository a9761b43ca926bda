package syntax

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
)

// part is a piece of a file that was parsed by itself.
type part struct {
	body   *hclsyntax.Body
	diags  diag.Diagnostics
	broken bool // the body is not to be trusted
}

// maxDepth bounds the nesting of brackets. HCL's parser is recursive; a file
// made to exhaust its stack would end the process.
const maxDepth = 500

// read parses a file. After a syntax error HCL's parser loses its footing in
// the rest of the file, so a file with errors is cut before each line that
// begins, in the first column, like a block of the top level, and the pieces
// are parsed apart: the error costs its own block only.
func read(f File) []part {
	if at, deep := tooDeep(f); deep {
		d := diag.New(diag.SyntaxError, at, "Brackets are nested more than %d deep here. Split the expression with locals.", maxDepth).
			WithSummary("Brackets are nested too deeply")
		return []part{{body: &hclsyntax.Body{}, diags: diag.Diagnostics{d}, broken: true}}
	}
	begin := hcl.InitialPos
	if bytes.HasPrefix(f.Bytes, byteOrderMark) {
		begin.Byte = len(byteOrderMark) // or ranges would be off by the mark
	}
	whole := parsePart(f.Name, f.Bytes[begin.Byte:], begin)
	if !whole.broken {
		return []part{whole}
	}
	var parts []part
	for _, c := range cut(f.Bytes, begin) {
		parts = append(parts, parsePart(f.Name, f.Bytes[c.Byte:c.end], c.Pos))
	}
	for _, p := range parts {
		if p.broken {
			return parts
		}
	}
	return []part{whole} // an error that only the whole file shows
}

func parsePart(name string, src []byte, pos hcl.Pos) part {
	file, hclDiags := hclsyntax.ParseConfig(src, name, pos)
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok || body == nil {
		body = &hclsyntax.Body{}
	}
	p := part{body: body}
	var worst *hcl.Diagnostic // one per piece: the others mostly follow from it
	for _, d := range hclDiags {
		if d.Summary == "Attribute redefined" {
			p.diags.Append(redefined(body, src, pos.Byte, *d.Subject))
			continue
		}
		if worst == nil || (d.Subject != nil && worst.Subject != nil && d.Subject.Start.Byte < worst.Subject.Start.Byte) {
			worst = d
		}
	}
	if worst != nil {
		p.broken = true
		p.diags.Append(translate(worst))
	}
	return p
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// piece is bytes Pos.Byte to end of a file.
type piece struct {
	hcl.Pos
	end int
}

var headLine = regexp.MustCompile(`(?m)^(?:environment[ \t]*=|(?:` + strings.Join(typesOf(root), "|") + `)(?:[ \t]+(?:"[^"\n]*"|[A-Za-z_][\w-]*))*[ \t]*\{)`)

// cut returns the pieces of a file that begin like a block of the top level.
func cut(src []byte, begin hcl.Pos) []piece {
	pieces := []piece{{Pos: begin, end: len(src)}}
	line, seen, texts := 1, 0, heredocs(src)
	for _, m := range headLine.FindAllIndex(src, -1) {
		if m[0] == 0 || slices.ContainsFunc(texts, func(t diag.Range) bool { return t.Start.Byte < m[0] && m[0] < t.End.Byte }) {
			continue
		}
		line += bytes.Count(src[seen:m[0]], []byte("\n"))
		seen = m[0]
		pieces[len(pieces)-1].end = m[0]
		pieces = append(pieces, piece{Pos: hcl.Pos{Line: line, Column: 1, Byte: m[0]}, end: len(src)})
	}
	return pieces
}

// heredocs returns the ranges of closed heredocs: their lines are text, even
// those that look like the head of a block.
func heredocs(src []byte) []diag.Range {
	var out []diag.Range
	var open []diag.Range
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos) // its errors are the parser's too
	for _, t := range tokens {
		switch {
		case t.Type == hclsyntax.TokenOHeredoc:
			open = append(open, t.Range)
		case t.Type == hclsyntax.TokenCHeredoc && len(open) > 0:
			out = append(out, hcl.RangeBetween(open[len(open)-1], t.Range))
			open = open[:len(open)-1]
		}
	}
	return out
}

// tooDeep finds the first bracket beyond the bound. Brackets in strings and
// comments count too: that many unmatched ones are not written by hand.
func tooDeep(f File) (diag.Range, bool) {
	depth, line, start := 0, 1, 0
	for i, c := range f.Bytes {
		switch c {
		case '\n':
			line, start = line+1, i+1
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
		}
		if depth > maxDepth {
			pos := hcl.Pos{Line: line, Column: i - start + 1, Byte: i}
			end := hcl.Pos{Line: line, Column: pos.Column + 1, Byte: i + 1}
			return hcl.Range{Filename: f.Name, Start: pos, End: end}, true
		}
	}
	return diag.Range{}, false
}

// redefined reports an attribute that is set twice, with the other place. HCL
// keeps the first and names the second only.
func redefined(body *hclsyntax.Body, src []byte, start int, at diag.Range) diag.Diagnostic {
	d := diag.New(diag.AttributeTwice, at, "Remove one of the two.")
	name := string(src[at.Start.Byte-start : at.End.Byte-start])
	if first, ok := innermost(body, at).Attributes[name]; ok {
		d = d.WithSummary("`%s` is set twice", name).WithRelated(first.NameRange, "The other one is here")
	}
	return d
}

// innermost returns the body of the smallest block around a range.
func innermost(body *hclsyntax.Body, at diag.Range) *hclsyntax.Body {
	for _, b := range body.Blocks {
		if b.OpenBraceRange.Start.Byte < at.Start.Byte && at.Start.Byte < b.CloseBraceRange.End.Byte {
			return innermost(b.Body, at)
		}
	}
	return body
}
