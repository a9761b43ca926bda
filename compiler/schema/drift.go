package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two schemas of one account.
type Change struct {
	Object string
	Field  string // "" for a change of the object itself
	What   string // "object", "field", or the property: "type", "read only", ...
	Before string // as people read it; "" when it did not exist
	After  string // "" when it does not exist any more
	// Breaking says that a mapping that was valid may not be any more.
	Breaking bool
}

// Kind is "added", "removed" or "changed".
func (c Change) Kind() string {
	switch {
	case c.Before == "":
		return "added"
	case c.After == "":
		return "removed"
	}
	return "changed"
}

// Diff lists what has changed from one schema of an account to another,
// ordered by object, then the object itself before its fields, field and
// property. Labels, descriptions, limits and costs are left out: no mapping
// depends on them.
func Diff(before, after *Destination) []Change {
	var out []Change
	eachName(before.Objects, after.Objects, func(o Object) string { return o.Name }, func(name string, a, b *Object) {
		switch {
		case a == nil:
			out = append(out, Change{Object: name, What: "object", After: fieldCount(b)})
		case b == nil:
			out = append(out, Change{Object: name, What: "object", Before: fieldCount(a), Breaking: true})
		default:
			out = append(out, objectChanges(name, a, b)...)
		}
	})
	return out
}

func fieldCount(o *Object) string {
	if len(o.Fields) == 1 {
		return "1 field"
	}
	return strconv.Itoa(len(o.Fields)) + " fields"
}

func objectChanges(name string, a, b *Object) []Change {
	var out []Change
	property := func(what, x, y string, breaking bool) {
		if x != y {
			out = append(out, Change{Object: name, What: what, Before: x, After: y, Breaking: breaking})
		}
	}
	property("keys", keys(a), keys(b), true)
	property("operations", operations(a), operations(b), true)
	property("removal", orNone(strings.Join(a.Removal, ", ")), orNone(strings.Join(b.Removal, ", ")), true)
	property("rekey", yes(a.Rekey), yes(b.Rekey), false)
	eachName(a.Fields, b.Fields, func(f Field) string { return f.Name }, func(field string, x, y *Field) {
		switch {
		case x == nil:
			// A required field that is new makes every creation without it fail.
			out = append(out, Change{Object: name, Field: field, What: "field", After: summary(y), Breaking: y.RequiredOnCreate})
		case y == nil:
			out = append(out, Change{Object: name, Field: field, What: "field", Before: summary(x), Breaking: true})
		default:
			out = append(out, fieldChanges(name, field, x, y)...)
		}
	})
	return out
}

func fieldChanges(object, field string, a, b *Field) []Change {
	var out []Change
	for _, p := range []struct {
		what, before, after string
		breaking            bool
	}{
		{"type", a.Type.String(), b.Type.String(), true},
		{"nullable", yes(a.Nullable), yes(b.Nullable), a.Nullable},
		{"required on create", yes(a.RequiredOnCreate), yes(b.RequiredOnCreate), b.RequiredOnCreate},
		{"read only", yes(a.ReadOnly), yes(b.ReadOnly), b.ReadOnly},
		{"unique", yes(a.Unique), yes(b.Unique), a.Unique},
		{"cleared by", orNone(string(a.Clear)), orNone(string(b.Clear)), true},
		{"normalised", orNone(a.Normalise), orNone(b.Normalise), false},
		{"values open", yes(a.EnumOpen), yes(b.EnumOpen), a.EnumOpen},
	} {
		if p.before != p.after {
			out = append(out, Change{Object: object, Field: field, What: p.what, Before: p.before, After: p.after, Breaking: p.breaking})
		}
	}
	return out
}

func summary(f *Field) string {
	s := f.Type.String()
	if f.RequiredOnCreate {
		s += ", required on create"
	}
	if f.ReadOnly {
		s += ", read only"
	}
	return s
}

func keys(o *Object) string {
	if o.KeysOpen {
		return "any"
	}
	parts := make([]string, len(o.Keys))
	for i, k := range o.Keys {
		parts[i] = strings.Join(k.Fields, " + ")
		if k.Unique {
			parts[i] += " (unique)"
		}
	}
	slices.Sort(parts)
	return orNone(strings.Join(parts, ", "))
}

func operations(o *Object) string {
	parts := make([]string, len(o.Operations))
	for i, op := range o.Operations {
		parts[i] = op.Name
	}
	slices.Sort(parts)
	return orNone(strings.Join(parts, ", "))
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// eachName pairs two lists by name, in the order of names; either may be nil.
func eachName[T any](a, b []T, name func(T) string, f func(name string, a, b *T)) {
	byName := map[string][2]*T{}
	var names []string
	for side, list := range [2][]T{a, b} {
		for i := range list {
			n := name(list[i])
			pair, seen := byName[n]
			if !seen {
				names = append(names, n)
			}
			pair[side] = &list[i]
			byName[n] = pair
		}
	}
	slices.SortFunc(names, cmp.Compare)
	for _, n := range names {
		f(n, byName[n][0], byName[n][1])
	}
}
