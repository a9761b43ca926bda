package format

import (
	"bytes"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// maxPasses bounds the search for a layout that no longer changes. Alignment
// of comments behind nested brackets can take a second pass.
const maxPasses = 8

var byteOrderMark = []byte("\xef\xbb\xbf")

// File returns the canonical layout of a file. A file that is not valid HCL
// comes back as it is, with the reasons. Formatting the result again changes
// nothing. A byte order mark is dropped; line ends stay as they are.
func File(f syntax.File) ([]byte, diag.Diagnostics) {
	if ds := syntax.WellFormed(f); ds.HasErrors() {
		return f.Bytes, ds
	}
	quoted := quoteLabels(bytes.TrimPrefix(f.Bytes, byteOrderMark))
	out := quoted
	for range maxPasses {
		next := spacing(hclwrite.Format(out))
		if !sameTokens(out, next) {
			return f.Bytes, nil // a layout that would change what the file says is no layout
		}
		if bytes.Equal(next, out) {
			return out, nil
		}
		out = next
	}
	return f.Bytes, nil // no layout is stable; the file keeps the one it has
}

func lex(src []byte) hclsyntax.Tokens {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos) // the file was parsed before: its errors are known
	return tokens
}

// quoteLabels writes the labels of blocks in quotes, as every example does:
// HCL takes them without.
func quoteLabels(src []byte) []byte {
	file, _ := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return src
	}
	var bare []hcl.Range
	var walk func(*hclsyntax.Body)
	walk = func(b *hclsyntax.Body) {
		for _, blk := range b.Blocks {
			for _, r := range blk.LabelRanges {
				if src[r.Start.Byte] != '"' {
					bare = append(bare, r)
				}
			}
			walk(blk.Body)
		}
	}
	walk(body)
	slices.SortFunc(bare, func(a, b hcl.Range) int { return b.Start.Byte - a.Start.Byte }) // last first: earlier places stay valid
	src = slices.Clone(src)
	for _, r := range bare {
		src = slices.Insert(src, r.End.Byte, '"')
		src = slices.Insert(src, r.Start.Byte, '"')
	}
	return src
}

// spacing drops blank lines at the start and the end of the file and of what
// stands in brackets, makes one of several, and ends the file with a line end.
func spacing(src []byte) []byte {
	tokens := lex(src)
	var out bytes.Buffer
	at := 0              // how far src is copied
	atStart := true      // of a line
	blank := true        // the line before is blank, or there is none
	var pending [][]byte // the blank line that goes out before the next content
	for i, t := range tokens {
		start, end := t.Range.Start.Byte, t.Range.End.Byte
		if t.Type == hclsyntax.TokenNewline && atStart {
			if !blank && !opens(tokens, i) {
				pending = [][]byte{t.Bytes}
			}
			blank, at = true, end
			continue
		}
		if t.Type != hclsyntax.TokenEOF && !closes(t.Type) {
			for _, line := range pending {
				out.Write(line)
			}
		}
		pending = nil
		if t.Type == hclsyntax.TokenEOF {
			break
		}
		out.Write(src[at:start])
		out.Write(t.Bytes)
		at = end
		blank = false
		atStart = t.Type == hclsyntax.TokenNewline || (t.Type == hclsyntax.TokenComment && bytes.HasSuffix(t.Bytes, []byte("\n")))
	}
	if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// opens reports whether the last token before i that is no line end opens a
// bracket.
func opens(tokens hclsyntax.Tokens, i int) bool {
	for i--; i >= 0; i-- {
		switch tokens[i].Type {
		case hclsyntax.TokenNewline:
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen:
			return true
		default:
			return false
		}
	}
	return false
}

func closes(t hclsyntax.TokenType) bool {
	return t == hclsyntax.TokenCBrace || t == hclsyntax.TokenCBrack || t == hclsyntax.TokenCParen
}

// sameTokens reports whether two texts hold the same tokens, line ends aside.
func sameTokens(a, b []byte) bool {
	content := func(src []byte) hclsyntax.Tokens {
		return slices.DeleteFunc(lex(src), func(t hclsyntax.Token) bool {
			return t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenEOF
		})
	}
	return slices.EqualFunc(content(a), content(b), func(x, y hclsyntax.Token) bool {
		return x.Type == y.Type && bytes.Equal(bytes.TrimRight(x.Bytes, "\r\n"), bytes.TrimRight(y.Bytes, "\r\n"))
	})
}
