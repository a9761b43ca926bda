package diff

import (
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/types"
)

// Waiting is the reason of rows that are held because a lookup of theirs finds
// no record.
const Waiting = "lookup"

// Lookup is a field that names the record of another activation's row.
type Lookup struct {
	Activation string // name
	IDs        bool   // by the destination's own id of the record, else by its key of one field
	ID         []Column
	Was        []string // names it had: its state may be under one still

	ref string // SQL of the reference over the source row; "" for a spec made of a plan
}

// lookups lists the fields that are lookups, by index.
func (s *Spec) lookups() []int {
	var out []int
	for i := range s.Fields {
		if s.Fields[i].Lookup != nil {
			out = append(out, i)
		}
	}
	return out
}

// Targets lists the activations whose records the fields look up, each once.
// The table of target n is named by [TargetTable].
func (s *Spec) Targets() []*Lookup {
	var out []*Lookup
	for _, i := range s.lookups() {
		if s.target(out, i) < 0 {
			out = append(out, s.Fields[i].Lookup)
		}
	}
	return out
}

func (s *Spec) target(among []*Lookup, field int) int {
	for n, l := range among {
		if l.Activation == s.Fields[field].Lookup.Activation {
			return n
		}
	}
	return -1
}

// TargetTable is the table of the records of a target: ref, dest, pending. See
// [Fates.Records].
func TargetTable(n int) string { return "lookup_" + strconv.Itoa(n) }

// reference is the text under which a row of the other activation is known: a
// JSON list of the parts of its id as text; null when one of them is.
func reference(parts []string) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = "CAST(" + p + " AS VARCHAR)"
	}
	return "CASE WHEN " + strings.Join(parts, " IS NOT NULL AND ") + " IS NOT NULL THEN CAST(to_json([" + strings.Join(texts, ", ") + "]) AS VARCHAR) END"
}

func lookupOf(m *ir.Mapping) *Lookup {
	if m.Lookup == nil {
		return nil
	}
	l := &Lookup{Activation: m.Lookup.Activation, IDs: m.Lookup.IDs, Was: m.Lookup.Was}
	parts := make([]string, len(m.Lookup.ID))
	for i, c := range m.Lookup.ID {
		l.ID = append(l.ID, Column{c.Name, stored(c.Type)})
		parts[i] = canonical(c.Expr.SQL, c.Type)
	}
	l.ref = reference(parts)
	return l
}

// await appends the reasons for which rows wait for a record.
func (s *Spec) await() {
	for _, i := range s.lookups() {
		s.Reasons = append(s.Reasons, Reason{Reason: Waiting, Field: s.Fields[i].Name, Held: true})
		s.badSQL = append(s.badSQL, "u"+strconv.Itoa(i))
	}
}

// found joins the mapped source m with the records that its lookups name: f*
// is the value where it is known, x* the reference where it will be known when
// the other record is written, u* that no record is found.
func (s *Spec) found(mapped string) string {
	fields := s.lookups()
	if len(fields) == 0 {
		return mapped
	}
	targets := s.Targets()
	q, joins := "(SELECT m.*", ""
	for _, i := range fields {
		n, l := strconv.Itoa(i), "l"+strconv.Itoa(i)
		value := s.fromText(i, l+".dest")
		q += ", " + value + " AS f" + n + ", CASE WHEN " + l + ".pending THEN m.q" + n + " END AS x" + n +
			", m.q" + n + " IS NOT NULL AND (" + l + ".ref IS NULL OR (NOT " + l + ".pending AND " + value + " IS NULL)) AS u" + n
		joins += " LEFT JOIN " + TargetTable(s.target(targets, i)) + " AS " + l + " ON m.q" + n + " = " + l + ".ref"
	}
	return q + " FROM " + mapped + joins + ") AS m"
}

// fromText reads the id of a record as the field holds it; null when it cannot
// hold it.
func (s *Spec) fromText(field int, sql string) string {
	t, err := types.Parse(s.Fields[field].Type)
	switch {
	case err == nil && t.Kind == types.String && t.Max > 0:
		return "CASE WHEN length(" + sql + ") <= " + strconv.Itoa(t.Max) + " THEN " + sql + " END"
	case err != nil || duckType(t) == "VARCHAR":
		return sql
	}
	return "TRY_CAST(" + sql + " AS " + duckType(t) + ")"
}

// Pending is whether the value of field i is known only after the apply.
func (s *Spec) Pending(i int) string {
	if s.Fields[i].Lookup == nil {
		return "false"
	}
	return "(x" + strconv.Itoa(i) + " IS NOT NULL)"
}

// references repeats a part of a select list for the fields that are lookups,
// in the place of %.
func (s *Spec) references(sql string) string {
	q := ""
	for _, i := range s.lookups() {
		q += strings.ReplaceAll(sql, "%", strconv.Itoa(i))
	}
	return q
}

// keysOnly is a copy of the spec that maps id and key alone, and knows which
// rows are blocked.
func (s *Spec) keysOnly() *Spec {
	c := *s
	c.Fields, c.fieldSQL, c.Reasons, c.badSQL = nil, nil, nil, nil
	for i, r := range s.Reasons {
		if s.consent != nil && (i == 0 || r.Blocked) { // NullID and these come first
			c.Reasons, c.badSQL = append(c.Reasons, r), append(c.badSQL, s.badSQL[i])
		}
	}
	return &c
}

// Live is where the rows of an activation's state are read: its segments and
// their paths.
type Live struct {
	Key      []Column // of the state
	Segments []Segment
	Path     func(Segment) string
}

// Records selects ref and dest of the records that state holds of the target.
func (l *Lookup) Records(live Live) string {
	keys := live.Key
	if len(keys) > 1 {
		keys = nil // they are told apart by ids
	}
	dest := "nullif(dest, '')"
	if !l.IDs {
		dest = "NULL::VARCHAR"
		if len(keys) == 1 {
			dest = "coalesce(nullif(dest, ''), CAST(k0 AS VARCHAR))"
		}
	}
	segments := live.Segments
	if len(segments) > 0 && len(segments[0].ID) != len(l.ID) {
		segments = nil // the other activation was given up and began anew: no id of these is known there
	}
	layout := Layout{ID: l.ID, Key: keys}
	return "SELECT * FROM (SELECT " + reference(numberedNames("i", len(l.ID))) + " AS ref, " + dest + " AS dest FROM (" + layout.Live(segments, live.Path) +
		") WHERE " + acknowledged + ") WHERE ref IS NOT NULL AND dest IS NOT NULL"
}

func numberedNames(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = prefix + strconv.Itoa(i)
	}
	return out
}

// Fates are the statements that find out, after the verdicts of an activation,
// which records it will keep, as lookups of others see them: ref, dest, and
// pending where the destination has yet to name the record.
type Fates struct {
	Verdicts Verdicts
	Live     Live
	IDs      bool
}

// Records are the statements; the last one is the query of the result.
func (f Fates) Records() []string {
	s := f.Verdicts.Spec
	l := &Lookup{IDs: f.IDs, ID: s.ID}
	ref := reference(numberedNames("i", len(s.ID)))
	fresh := "here AND op IN (1, 2, 3) AND (NOT cont OR coalesce(dest, '') = '')"
	if !f.IDs {
		fresh = "here AND op IN (1, 2, 3, 4) AND (NOT cont OR moved)" // the key is what the record is found by
	}
	return []string{
		"CREATE OR REPLACE TEMP TABLE fate AS " + f.Verdicts.decide(nil) + "SELECT " + ref + " AS ref, " + fresh + " AS pending FROM " + verdict + " WHERE op > 0 AND op <> 23 AND NOT (op = 7 AND withdrawn > 0) AND (NOT here OR " + fresh + ")",
		"SELECT ref, dest, false AS pending FROM (" + l.Records(f.Live) + ") WHERE ref NOT IN (SELECT ref FROM fate) UNION ALL SELECT ref, NULL AS dest, true AS pending FROM fate WHERE pending",
	}
}

// Lookups returns the fields that are lookups, by index.
func (s *Spec) Lookups() map[int]*Lookup {
	out := map[int]*Lookup{}
	for _, i := range s.lookups() {
		out[i] = s.Fields[i].Lookup
	}
	return out
}

// Referred selects, of the records of a target, those that field i of a change
// set, given by its quoted path, refers to.
func Referred(changeSet string, i int, records string) string {
	return "SELECT ref, dest FROM (" + records + ") WHERE ref IN (SELECT x" + strconv.Itoa(i) + " FROM read_parquet(" + changeSet + "))"
}

// Resolved reads a change set, given by its quoted path, with the ids of
// records in the fields that look them up. records is the query of ref and dest
// that tells of field i, made after the records were written. A row that refers
// to a record it does not tell of has waits set. Without lookups it is the
// change set itself.
func (s *Spec) Resolved(changeSet string, records func(field int) string) string {
	file := "read_parquet(" + changeSet + ")"
	fields := s.lookups()
	if len(fields) == 0 {
		return file
	}
	values, waits, joins := "", "", ""
	for k, i := range fields {
		n := strconv.Itoa(i)
		if k > 0 {
			values, waits = values+", ", waits+" OR "
		}
		value := s.fromText(i, "l"+n+".dest")
		values += "CASE WHEN c.x" + n + " IS NULL THEN c.f" + n + " ELSE " + value + " END AS f" + n
		waits += "(c.x" + n + " IS NOT NULL AND " + value + " IS NULL)"
		joins += " LEFT JOIN (" + records(i) + ") AS l" + n + " ON c.x" + n + " = l" + n + ".ref"
	}
	return "(SELECT c.* REPLACE (" + values + "), " + waits + " AS waits FROM " + file + " c" + joins + ")"
}

// fromPlan takes a lookup over from the plan.
func fromPlan(l *plan.Lookup) *Lookup {
	if l == nil {
		return nil
	}
	out := &Lookup{Activation: l.Activation, IDs: l.IDs, Was: l.Was}
	for _, c := range l.ID {
		out.ID = append(out.ID, Column{c.Name, c.Type})
	}
	return out
}

// CountWaiting counts the rows that wait for a record, by the index of their
// reason plus one. It needs the tables of two passes.
func (s *Spec) CountWaiting() string {
	numbers := "-1"
	for n, r := range s.Reasons {
		if r.Reason == Waiting {
			numbers += ", " + strconv.Itoa(n+1)
		}
	}
	return "SELECT bad, count(*) FROM " + Scan + " WHERE bad IN (" + numbers + ") AND kh NOT IN (FROM " + DupID + ") AND kh NOT IN (FROM " + DupKey + ") GROUP BY bad ORDER BY bad"
}

// Assumed is the table of target n with every record that the source refers to:
// for tests, whose rows stand for all that there is. A record's id at the
// destination is that of its row.
func (s *Spec) Assumed(n int) string {
	q, targets := "", s.Targets()
	for _, i := range s.lookups() {
		if s.target(targets, i) != n {
			continue
		}
		if q != "" {
			q += " UNION "
		}
		q += "SELECT q" + strconv.Itoa(i) + " AS ref FROM " + s.projected()
	}
	return "SELECT ref, " + idText("ref") + " AS dest, false AS pending FROM (" + q + ") WHERE ref IS NOT NULL"
}

// idText is the id that a reference names, as text.
func idText(ref string) string {
	return "array_to_string(from_json(" + ref + ", '[\"VARCHAR\"]'), ', ')"
}

// Shown is the value of field i of a change set for people: of a lookup whose
// record is yet to be written, the id of that record's row.
func (s *Spec) Shown(i int) string {
	f := "f" + strconv.Itoa(i)
	if s.Fields[i].Lookup == nil {
		return f
	}
	return "coalesce(CAST(" + f + " AS VARCHAR), " + idText("x"+strconv.Itoa(i)) + ")"
}
