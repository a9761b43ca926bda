package view

import (
	"strings"

	"github.com/mitchellh/go-wordwrap"
)

// Style is how text looks. The zero Style is plain text, 80 columns wide.
type Style struct {
	Color bool
	Width int // columns; 0 means 80
}

func (s Style) width() int {
	if s.Width <= 0 {
		return 80
	}
	return max(40, min(s.Width, 120))
}

func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s Style) red(t string) string    { return s.paint("31;1", t) }
func (s Style) yellow(t string) string { return s.paint("33;1", t) }
func (s Style) green(t string) string  { return s.paint("32", t) }
func (s Style) cyan(t string) string   { return s.paint("36", t) }
func (s Style) dim(t string) string    { return s.paint("2", t) }
func (s Style) bold(t string) string   { return s.paint("1", t) }

// nbsp is a space at which a line is not broken.
const nbsp = "\u00a0"

// code keeps commands between backticks on one line, where they fit on one, so
// that they can be copied.
func code(text string, width int) string {
	parts := strings.Split(text, "`")
	for i := 1; i < len(parts)-1; i += 2 {
		if len(parts[i])+2 <= width {
			parts[i] = strings.ReplaceAll(parts[i], " ", nbsp)
		}
	}
	return strings.Join(parts, "`")
}

// wrap folds text to the style's width with every line indented.
func (s Style) wrap(text, indent string) string {
	w := s.width() - len(indent)
	var b strings.Builder
	for _, para := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		para = code(para, w)
		for _, line := range strings.Split(wordwrap.WrapString(para, uint(w)), "\n") {
			if line == "" {
				b.WriteByte('\n')
				continue
			}
			b.WriteString(indent + strings.ReplaceAll(line, nbsp, " ") + "\n")
		}
	}
	return b.String()
}
