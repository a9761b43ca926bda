package diff

import (
	"slices"
	"strconv"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/types"
)

// Neighbour is the table of the keys that other activations on the same object
// have in their sources: k*, and overlap, whether fields are shared.
const Neighbour = "neighbour"

// KeyOverlap is the reason of rows whose key another activation holds that maps
// one of the same fields.
const KeyOverlap = "key_overlap"

// Beside reports whether two activations keep records of one object of one
// account under one kind of key, so that a key of the one can be a key of the
// other.
func Beside(a, b *ir.Activation) bool {
	return a.Name != b.Name && len(a.Key) > 0 && a.Target.Holder() == b.Target.Holder() && a.Target.Object == b.Target.Object &&
		slices.EqualFunc(a.Key, b.Key, func(x, y ir.Mapping) bool { return x.Field == y.Field && alike(x.Type, y.Type) })
}

// alike reports whether values of two types can be equal. Lengths do not
// matter: an activation that is removed has the types of when it was applied.
func alike(a, b types.Type) bool {
	return duckType(a) == duckType(b) || a.Kind == types.Decimal && b.Kind == types.Decimal
}

// WithNeighbours returns a copy that looks into the table [Neighbour]: a key
// that a neighbour with shared fields holds makes the row invalid, and a record
// that any neighbour claims is released instead of removed.
func (s *Spec) WithNeighbours() *Spec {
	c := *s
	c.Reasons, c.badSQL = slices.Clone(s.Reasons), slices.Clone(s.badSQL)
	c.beside = true
	at := slices.IndexFunc(c.Reasons, func(r Reason) bool { return r.Held }) // invalid comes before held
	if at < 0 {
		at = len(c.Reasons)
	}
	c.Reasons = slices.Insert(c.Reasons, at, Reason{Reason: KeyOverlap})
	c.badSQL = slices.Insert(c.badSQL, at, c.claimed("", "overlap"))
	return &c
}

// MakeNeighbour collects the keys of other activations; overlaps tells which of
// them share fields.
func MakeNeighbour(others []*Spec, overlaps []bool) string {
	q := "CREATE OR REPLACE TABLE " + Neighbour + " AS "
	for n, o := range others {
		if n > 0 {
			q += " UNION "
		}
		o = o.keysOnly()
		unblocked := ""
		if o.consent != nil { // a row that is not sent claims nothing
			unblocked = " AND NOT (" + o.blocked() + ")"
		}
		keys := each(len(o.Key), ", ", col("k"))
		q += "SELECT DISTINCT " + keys + ", " + strconv.FormatBool(overlaps[n]) + " AS overlap FROM (" + o.mapped() + ") WHERE " + notNull(len(o.Key), "k") + unblocked
	}
	return q
}

// claimed is whether a neighbour holds the key in the columns k* or, with a
// prefix such as "p.k", in those. which narrows the neighbours down.
func (s *Spec) claimed(prefix, which string) string {
	if !s.beside {
		return "false"
	}
	if prefix == "" {
		prefix = "k"
	}
	mine, theirs := each(len(s.Key), ", ", func(i int) string { return prefix + strconv.Itoa(i) }), each(len(s.Key), ", ", func(i int) string { return "n.k" + strconv.Itoa(i) })
	if len(s.Key) > 1 {
		mine, theirs = "row("+mine+")", "row("+theirs+")"
	}
	q := mine + " IN (SELECT " + theirs + " FROM " + Neighbour + " AS n"
	if which != "" {
		q += " WHERE n." + which
	}
	return "coalesce(" + q + "), false)"
}
