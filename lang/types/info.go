package types

import "slices"

// Info is what the compiler knows of an expression, a source column or a
// destination field: its type, whether it may be null, and its labels.
// It is a plain value; Labels is sorted, without repeats, and never changed
// after it is made.
type Info struct {
	Type     Type
	Nullable bool
	Labels   []string
}

// UnionLabels returns the sorted union of label sets, nil when all are empty.
func UnionLabels(sets ...[]string) []string {
	var out []string
	for _, s := range sets {
		out = append(out, s...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
