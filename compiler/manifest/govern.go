package manifest

import (
	"strings"
	"time"
)

// GroupOf returns the group a relation belongs to: of its own package first.
func (m *Manifest) GroupOf(r *Relation) (Group, bool) {
	if r.Group == "" {
		return Group{}, false
	}
	found := Group{}
	for _, g := range m.Groups {
		if g.Name != r.Group {
			continue
		}
		if g.Package == r.Package {
			return g, true
		}
		if found.Name == "" {
			found = g
		}
	}
	return found, found.Name != ""
}

// Owner names the owner for people: the name, the address, or both.
func (g Group) Owner() string {
	switch {
	case g.OwnerName == "":
		return g.OwnerEmail
	case g.OwnerEmail == "":
		return g.OwnerName
	}
	return g.OwnerName + " (" + g.OwnerEmail + ")"
}

// OwnedBy reports whether someone is the group's owner, by name or by one of
// its addresses. Nobody is "".
func (g Group) OwnedBy(who string) bool {
	if who == "" {
		return false
	}
	if strings.EqualFold(who, g.OwnerName) {
		return true
	}
	for email := range strings.SplitSeq(g.OwnerEmail, ", ") {
		if strings.EqualFold(who, email) {
			return true
		}
	}
	return false
}

// ParseDate reads a deprecation date as dbt writes it: a day, or a moment with
// or without a zone, which is then UTC.
func ParseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
