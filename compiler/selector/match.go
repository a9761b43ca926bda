package selector

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// wild reports whether a pattern has shell wildcards.
func wild(pattern string) bool { return strings.ContainsAny(pattern, "*?[]") }

// match is Python's fnmatch, which dbt uses: * any text (dots and slashes
// too), ? one character, [seq] and [!seq] one of a set. Case counts.
func match(name, pattern string) bool {
	if name == pattern {
		return true
	}
	// Where the last * stands and what it has taken so far: on a mismatch it
	// takes one character more.
	star, taken := -1, 0
	n, p := 0, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, taken = p, n
			p++
			continue
		}
		if width, next, ok := matchOne(name[n:], pattern, p); ok {
			n += width
			p = next
			continue
		}
		if star < 0 {
			return false
		}
		_, width := utf8.DecodeRuneInString(name[taken:])
		taken += width
		n, p = taken, star+1
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches one character of name against what begins at pattern[p],
// and returns its width and where the pattern goes on.
func matchOne(name, pattern string, p int) (width, next int, ok bool) {
	if p >= len(pattern) {
		return 0, p, false
	}
	r, width := utf8.DecodeRuneInString(name)
	switch pattern[p] {
	case '?':
		return width, p + 1, true
	case '[':
		if end := setEnd(pattern, p); end > 0 {
			return width, end + 1, inSet(r, pattern[p+1:end])
		}
	}
	want, w := utf8.DecodeRuneInString(pattern[p:])
	return width, p + w, r == want && width == w
}

// setEnd returns where the set that begins at p ends; 0 when it does not end,
// and [ is itself.
func setEnd(pattern string, p int) int {
	i := p + 1
	if i < len(pattern) && pattern[i] == '!' {
		i++
	}
	if i < len(pattern) && pattern[i] == ']' {
		i++ // a ] that comes first is a member
	}
	if j := strings.IndexByte(pattern[min(i, len(pattern)):], ']'); j >= 0 {
		return i + j
	}
	return 0
}

func inSet(r rune, set string) bool {
	set, negated := strings.CutPrefix(set, "!")
	rs := []rune(set)
	for i := 0; i < len(rs); i++ {
		if i+2 < len(rs) && rs[i+1] == '-' {
			if rs[i] <= r && r <= rs[i+2] {
				return !negated
			}
			i += 2
			continue
		}
		if rs[i] == r {
			return !negated
		}
	}
	return negated
}

// matchPath reports whether a glob over folders matches a path or a folder
// above it. ** is any number of folders; * does not cross a slash.
func matchPath(path, pattern string) bool {
	want := segments(pattern)
	have := segments(path)
	for n := len(have); n > 0; n-- {
		if matchSegments(have[:n], want) {
			return true
		}
	}
	return len(want) == 0 && len(have) > 0
}

// segments cuts a path at its slashes; ./ and a slash at either end say nothing.
func segments(path string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }), func(s string) bool { return s == "." })
}

func matchSegments(have, want []string) bool {
	// reached[i] says that the pattern so far covers have[:i].
	reached := make([]bool, len(have)+1)
	reached[0] = true
	for _, w := range want {
		next := make([]bool, len(have)+1)
		for i, ok := range reached {
			switch {
			case !ok:
			case w == "**":
				for j := i; j <= len(have); j++ {
					next[j] = true
				}
			case i < len(have) && match(have[i], w):
				next[i+1] = true
			}
		}
		reached = next
	}
	return reached[len(have)]
}
