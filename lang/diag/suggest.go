package diag

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Suggest returns up to three of the names that a user who wrote given most
// likely meant, best first. Names that differ only in case come first, then
// by edit distance (swapped neighbours count once), then by common prefix,
// then alphabetically. Names too far away are left out.
func Suggest(given string, names []string) []string {
	type scored struct {
		name string
		dist int
	}
	limit := max(1, utf8.RuneCountInString(given)/3)
	low := strings.ToLower(given)
	var hits []scored
	for _, n := range names {
		if n == given {
			continue
		}
		d := distance([]rune(low), []rune(strings.ToLower(n)), limit+1)
		if strings.EqualFold(n, given) {
			d = -1
		}
		if d <= limit || (len(low) >= 4 && strings.Contains(strings.ToLower(n), low)) {
			hits = append(hits, scored{n, d})
		}
	}
	slices.SortFunc(hits, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.dist, b.dist),
			-cmp.Compare(commonPrefix(low, strings.ToLower(a.name)), commonPrefix(low, strings.ToLower(b.name))),
			cmp.Compare(a.name, b.name))
	})
	hits = slices.Compact(hits)
	out := make([]string, 0, 3)
	for _, h := range hits[:min(3, len(hits))] {
		out = append(out, h.name)
	}
	return out
}

// DidYouMean renders suggestions as the tail of a detail: "" or
// ` Did you mean "a", "b" or "c"?` with a leading space.
func DidYouMean(given string, names []string) string {
	s := Suggest(given, names)
	if len(s) == 0 {
		return ""
	}
	for i := range s {
		s[i] = `"` + s[i] + `"`
	}
	list := s[0]
	if n := len(s); n > 1 {
		list = strings.Join(s[:n-1], ", ") + " or " + s[n-1]
	}
	return " Did you mean " + list + "?"
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// distance is the optimal string alignment distance, cut off at limit.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit)
}
