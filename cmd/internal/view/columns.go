package view

import (
	"strings"
	"unicode/utf8"
)

// minLast is the narrowest last column a grid folds to; below it lines may be
// longer than the style's width.
const minLast = 16

// grid is a table with a heading whose last column is folded to the style's
// width. Empty cells are shown as they are.
func grid(head []string, rows [][]string, right map[int]bool, indent string, st Style) string {
	all := append([][]string{head}, rows...)
	last := len(head) - 1
	used := len(indent)
	for i := range last {
		w := 0
		for _, r := range all {
			w = max(w, utf8.RuneCountInString(r[i]))
		}
		used += w + 2
	}
	room := max(minLast, st.width()-used)
	var folded [][]string
	for _, r := range all {
		for i, part := range fold(r[last], room) {
			line := make([]string, len(head))
			if i == 0 {
				copy(line, r[:last])
			}
			line[last] = part
			folded = append(folded, line)
		}
	}
	text := table(folded, right, indent)
	heading, body, _ := strings.Cut(text, "\n")
	return st.dim(heading) + "\n" + body
}

// fold breaks text at spaces into lines of at most n characters; a longer word
// stays whole. There is always one line.
func fold(text string, n int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		w := utf8.RuneCountInString(word)
		switch {
		case used == 0:
			line, used = word, w
		case used+1+w > n:
			lines = append(lines, line)
			line, used = word, w
		default:
			line, used = line+" "+word, used+1+w
		}
	}
	return append(lines, line)
}

// facts is a table of names and what is to be said of them, folded to the
// style's width. Rows that say nothing are left out.
func facts(rows [][2]string, indent string, st Style) string {
	w := 0
	for _, r := range rows {
		if r[1] != "" {
			w = max(w, utf8.RuneCountInString(r[0]))
		}
	}
	room := max(minLast, st.width()-len(indent)-w-2)
	var out [][]string
	for _, r := range rows {
		if r[1] == "" {
			continue
		}
		for i, part := range fold(r[1], room) {
			name := r[0]
			if i > 0 {
				name = ""
			}
			out = append(out, []string{name, part})
		}
	}
	if len(out) == 0 {
		return ""
	}
	return table(out, nil, indent)
}

// section is a heading above a block of text.
func section(title, body string, st Style) string {
	if body == "" {
		return ""
	}
	return "\n" + st.bold(title) + "\n" + body
}
