package view

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// apart is a space of no width. It stands between characters that a forge
// would otherwise join to a mention, a reference or a link, even where they are
// written as character references.
const apart = "&#8203;"

// mdText writes text from outside into Markdown, cut to n characters: into a
// sentence, a cell of a table or an element of HTML alike. It means nothing to
// Markdown or HTML, mentions nobody, refers to nothing, and has no line breaks.
func mdText(s string, n int) string {
	r := []rune(clip(line(s), n))
	var b strings.Builder
	for i, c := range r {
		var before, after rune
		if i > 0 {
			before = r[i-1]
		}
		if i < len(r)-1 {
			after = r[i+1]
		}
		switch {
		case c == '@' || c == '#':
			fmt.Fprintf(&b, "&#%d;%s", c, apart)
		case strings.ContainsRune("&<>|`*[]\\~$^{}", c):
			fmt.Fprintf(&b, "&#%d;", c)
		case c == '_' && !(inWord(before) && inWord(after)):
			b.WriteString("&#95;")
		case c == '!' && inWord(after):
			b.WriteString("&#33;" + apart)
		case c == ':' && after == '/', c == '.' && ends(r[:i], "www"), c == '-' && ends(r[:i], "gh"):
			// https://, www. and GH-1
			if c == ':' {
				b.WriteString(":" + apart)
			} else {
				b.WriteString(apart + string(c))
			}
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func ends(r []rune, with string) bool {
	return len(r) >= len(with) && strings.EqualFold(string(r[len(r)-len(with):]), with)
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// mdCode is mdText in the type of code. Markdown's own backticks would show
// character references as they are written.
func mdCode(s string, n int) string { return "<code>" + mdText(s, n) + "</code>" }

// line makes one line of text: runs of white space and control characters
// become one space, and what turns the direction of writing goes.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return strings.Join(strings.Fields(s), " ")
}

// markerName writes the name of an environment into a comment of HTML. Names
// that differ give texts that differ.
func markerName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.',
			c == '-' && i > 0 && s[i-1] != '-' && i < len(s)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
