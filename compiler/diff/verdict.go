package diff

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
)

// Why a candidate is not in the change set.
const (
	WhyUnchanged     = "unchanged"
	WhyStillRejected = "still_rejected"
	WhyUnknown       = "unknown"
	WhyAbsent        = "absent"
	WhyTaken         = KeyTaken
	WhyKept          = "kept" // out of the source, and nothing to do
)

// PayloadKeys is the table with the keyed digest's inner and outer keys.
const PayloadKeys = "payload_key"

// payloadDigest is the memory of a refused payload: a keyed digest of what was
// to be done (a write, or a way of removal), the names, the key and the fields.
// It stands where PayloadKeys is joined.
func (s *Spec) payloadDigest(kind, key, field string) string {
	parts := []string{kind}
	for i, c := range s.Key {
		parts = append(parts, literal(c.Name), "CAST("+key+strconv.Itoa(i)+" AS VARCHAR)")
	}
	for i, c := range s.Fields {
		parts = append(parts, literal(c.Name), "CAST("+field+strconv.Itoa(i)+" AS VARCHAR)")
	}
	return "sha256(outer_key || sha256(inner_key || CAST(to_json([" + strings.Join(parts, ", ") + "]) AS VARCHAR)))"
}

// effective is the value the destination would hold of a field: f as mapped,
// had as acknowledged (null for a record that does not continue).
func (f *Field) effective(value, had string) string {
	v := value
	switch f.Write {
	case ir.WriteCreate:
		v = "CASE WHEN cont THEN " + had + " ELSE " + value + " END"
	case ir.WriteFillEmpty:
		v = "coalesce(" + had + ", " + value + ")"
	}
	if f.Nulls == ir.NullsClear {
		return v
	}
	return "coalesce(" + v + ", " + had + ")"
}

// CountSpecial counts candidates whose refused payload is remembered, whose
// last outcome is unknown, whose key is held, and that were filtered out: what
// does not occur makes verdicts cheaper.
func CountSpecial() string {
	return "SELECT count(*) FILTER (status IN (1, 2, 3) AND refused_digest IS NOT NULL), count(*) FILTER (status = 2), (SELECT count(*) FROM " + Holder +
		"), (SELECT count(*) FROM " + OutOfScan + ") FROM " + Priors
}

// Verdicts makes queries over the decided candidates.
type Verdicts struct {
	Spec     *Spec
	Digests  bool // a candidate has a refused payload to compare with
	Unknown  bool // the last outcome of a candidate is unknown
	Taken    bool // another record holds the key of a candidate
	Filtered bool // a vanished candidate is in the source, but not admitted
}

// numbered repeats a part of a select list for 0 .. n-1 in the place of %, with
// a comma after each.
func numbered(n int, sql string) string {
	return list(n, func(i int) string { return strings.ReplaceAll(sql, "%", strconv.Itoa(i)) })
}

// joined is each candidate with what source and state have of it: i*, k*, p*
// (key before), f*, b* and w*; and base: it has a record, moved: under another
// key, cont: the record continues.
func (v Verdicts) joined(among []string) string {
	s, wide, priors := v.Spec, Wide, Priors
	if among != nil {
		only := " WHERE kh IN (" + strings.Join(append(among, "NULL"), ", ") + "))"
		wide, priors = "(FROM "+Wide+only, "(FROM "+Priors+only
	}
	base := "coalesce(p.synced_at IS NOT NULL AND p.status IN (0, 1, 2, 5, 6), false)"
	moved := base + " AND w.kh IS NOT NULL AND false"
	if len(s.Key) > 0 {
		moved = base + " AND w.kh IS NOT NULL AND (" + each(len(s.Key), " OR ", func(i int) string { n := strconv.Itoa(i); return "w.k" + n + " IS DISTINCT FROM p.k" + n }) + ")"
	}
	withdrawn, blocked := "0", ""
	if s.Blocks() {
		withdrawn, blocked = "coalesce(b.cause, 0)", " LEFT JOIN "+BlockedID+" AS b ON p.kh = b.kh"
	}
	return "SELECT coalesce(w.kh, p.kh) AS kh, w.kh IS NOT NULL AS here, p.kh IS NOT NULL AS known, " +
		numbered(len(s.ID), "coalesce(w.i%, p.i%) AS i%") + numbered(len(s.Key), "w.k% AS k%, p.k% AS p%") +
		numbered(len(s.Fields), "w.f% AS f%, p.b% AS b%") +
		list(len(s.Fields), func(i int) string { return marked("p", i) + " AS w" + strconv.Itoa(i) }) +
		"p.dest, p.origin, p.status, p.refused_digest, p.refused_class, p.refused_code, p.refused_field, coalesce(p.refused_transient, false) AS transient, " +
		s.references("w.x%, ") + base + " AS base, p.synced_at IS NOT NULL AS acked, " + moved + " AS moved, " + base + " AND w.kh IS NOT NULL AND NOT (" + moved + " AND NOT " + s.canRekey() + ") AS cont, " +
		listed(v.Taken, Holder) + " AS taken, " + listed(v.Filtered, OutOfScan) + " AS filtered, " + withdrawn + " AS withdrawn, " + s.claimed("p.k", "") + " AS claimed FROM " + wide + " w FULL JOIN " + priors + " p ON w.kh = p.kh" + blocked
}

// decide is the clause that a query over the verdicts begins with: their many
// columns are cheaper to compute again than to keep. With among, only
// candidates of these hashes are decided. It has few layers: each costs a
// little for each of its columns.
func (v Verdicts) decide(among []string) string {
	s := v.Spec
	// e* is the effective value, s* whether it is to be sent.
	sent := "SELECT *" + list0(len(s.Fields), func(i int) string {
		n := strconv.Itoa(i)
		had := "CASE WHEN cont THEN b" + n + " END"
		e := s.Fields[i].effective("f"+n, had)
		if s.Fields[i].Lookup != nil {
			e = "CASE WHEN x" + n + " IS NULL THEN " + e + " END"
		}
		q := e + " AS e" + n + ", here AND (" + e + " IS DISTINCT FROM " + had
		if s.Fields[i].Lookup != nil {
			q += " OR x" + n + " IS NOT NULL"
		}
		if v.Unknown {
			q += " OR (cont AND status = 2 AND (" + e + " IS NOT NULL OR w" + n + "))"
		}
		return q + ") AS s" + n
	}) + " FROM (" + v.joined(among) + ")"
	differs := "false"
	if len(s.Fields) > 0 {
		differs = "(" + each(len(s.Fields), " OR ", col("s")) + ")"
	}
	same := "false"
	if v.Digests {
		sent = "SELECT *" + list0(len(s.Fields), func(i int) string { return "NULL AS nul" + strconv.Itoa(i) }) + " FROM (" + sent + ") CROSS JOIN " + PayloadKeys
		same = "CASE WHEN status IN (1, 2, 3) AND refused_digest IS NOT NULL THEN refused_digest = CASE WHEN here THEN " +
			s.payloadDigest("'write'", "k", "e") + " ELSE " + s.removals("withdrawn > 0", "p", "nul") + " END ELSE false END"
		for _, i := range s.lookups() { // what is not known yet was not refused
			same = "(x" + strconv.Itoa(i) + " IS NULL AND " + same + ")"
		}
	}
	out := ""
	if s.Blocks() {
		out = " WHEN withdrawn > 0 THEN " + s.opWithdrawn()
	}
	wished := "SELECT *, CASE WHEN here THEN " + s.opHere(differs) + out + " ELSE " + s.opOut() + " END AS wish, " + same + " AS same FROM (" + sent + ")"
	judged := "SELECT *, CASE" +
		" WHEN here AND taken AND (NOT base OR moved) AND wish <> 0 THEN " + literal(WhyTaken) +
		" WHEN wish NOT IN (0, 20, 21, 22, 23) AND status = 1 AND same AND NOT transient THEN " + literal(WhyStillRejected) +
		" WHEN wish NOT IN (0, 20, 21, 22, 23) AND status = 2 AND same AND " + strconv.FormatBool(s.OnUnknown != ir.UnknownResend) + " THEN " + literal(WhyUnknown) +
		" WHEN here AND status = 3 AND same AND wish = 3 THEN " + literal(WhyAbsent) +
		" WHEN wish = 0 AND NOT here THEN " + literal(WhyKept) + " WHEN wish = 0 THEN " + literal(WhyUnchanged) + " END AS why" +
		" FROM (" + wished + ")"
	// A row that is out of the source has no field to set; it may clear some.
	sets := "s% AS s%, "
	if s.OnRemoved == ir.Clear || s.Withdrawn == ir.Clear {
		sets = "s% OR (wish = 7 AND w%) AS s%, "
	}
	keys, fields := len(s.Key), len(s.Fields)
	return "WITH " + verdict + " AS NOT MATERIALIZED (SELECT kh, here, CASE WHEN why IS NULL THEN wish ELSE 0 END::UTINYINT AS op, why, base AND moved AND NOT cont AS recreated, " +
		numbered(len(s.ID), "i%") + "CASE WHEN cont OR NOT here THEN dest END AS dest, dest AS prior_dest, origin, status, moved, claimed, " +
		numbered(keys, "k%, p%") + numbered(fields, "e% AS f%, "+sets+"b%, w%") + s.references("x%, ") +
		"cont, withdrawn, CASE WHEN NOT here THEN CASE WHEN withdrawn > 0 THEN withdrawn WHEN filtered THEN 2 ELSE 1 END" +
		" WHEN status = 1 THEN 5 WHEN status = 2 THEN 6 WHEN NOT base THEN 3 ELSE 4 END::UTINYINT AS cause, refused_class, refused_code, refused_field" +
		" FROM (" + judged + ")) "
}

// listed is whether a candidate is in a table, which may be known to be empty.
func listed(some bool, table string) string {
	if !some {
		return "false"
	}
	return "coalesce(w.kh, p.kh) IN (SELECT kh FROM " + table + ")"
}

func (s *Spec) canRekey() string {
	if !s.Rekey {
		return "false"
	}
	return "coalesce(p.dest, '') <> ''"
}

// opHere is the operation for a row that is in.
func (s *Spec) opHere(differs string) string {
	settle := "WHEN status <> 0 THEN 21 ELSE 0"
	switch s.Mode {
	case ir.Append:
		return "CASE WHEN known AND status NOT IN (1, 2) THEN 0 ELSE 8 END"
	case ir.CreateOnly:
		return "CASE WHEN base AND status = 0 OR status = 4 THEN 0 WHEN base THEN 21 ELSE 2 END"
	case ir.UpdateOnly:
		return "CASE WHEN NOT cont THEN 3 WHEN moved THEN 4 WHEN " + differs + " THEN 3 " + settle + " END"
	}
	return "CASE WHEN NOT cont THEN 1 WHEN moved THEN 4 WHEN " + differs + " THEN CASE WHEN status = 2 THEN 1 ELSE 3 END " + settle + " END"
}

// everSent is whether any field of the record was ever sent.
func (s *Spec) everSent() string {
	if len(s.Fields) == 0 {
		return "false"
	}
	return "(" + each(len(s.Fields), " OR ", col("w")) + ")"
}

// opOut is the operation for a row of state that is no longer in.
func (s *Spec) opOut() string {
	op := "20"
	switch s.OnRemoved {
	case ir.Delete:
		op = "CASE WHEN origin = 1 THEN 5 ELSE 20 END"
	case ir.Archive:
		op = "CASE WHEN origin = 1 THEN 6 ELSE 20 END"
	case ir.Clear:
		op = "CASE WHEN " + s.everSent() + " THEN 7 ELSE 20 END"
	}
	return "CASE WHEN status = 7 THEN 0 WHEN status IN (3, 4) THEN 22 WHEN status = 1 AND NOT acked THEN 22 WHEN NOT acked OR claimed THEN 20 ELSE " + op + " END"
}

// Changes selects the change set, all columns but row. recreated says that
// records are made anew because their key changed; among limits it to
// candidates of these hashes, unless it is nil.
func (v Verdicts) Changes(recreated bool, among []string) string {
	s := v.Spec
	keys, fields := len(s.Key), len(s.Fields)
	// Comma first: there may be no field.
	named := func(n int, as, sql string) string {
		return list0(n, func(i int) string { n := strconv.Itoa(i); return strings.ReplaceAll(sql, "%", n) + " AS " + as + n })
	}
	q := "SELECT CASE WHEN v.op >= 20 THEN 3 WHEN v.op IN (5, 6, 7) THEN 0 WHEN v.op = 4 THEN 1 ELSE 2 END::UTINYINT AS phase, v.op, v.cause" +
		named(len(s.ID), "i", "v.i%") + ", v.dest" + named(keys, "k", "CASE WHEN v.here THEN v.k% ELSE v.p% END") +
		named(keys, "p", "CASE WHEN v.cont OR NOT v.here THEN v.p% END") + named(fields, "f", "v.f%") + named(fields, "s", "v.s%") +
		named(fields, "b", "CASE WHEN v.cont OR NOT v.here THEN v.b% END") + s.references(", v.x%") + " FROM " + verdict + " AS v WHERE v.op > 0"
	if op, cond := s.replaced(); op > 0 && recreated {
		q += " UNION ALL SELECT 0::UTINYINT AS phase, " + strconv.Itoa(op) + "::UTINYINT AS op, v.cause" +
			named(len(s.ID), "i", "v.i%") + ", v.prior_dest AS dest" + named(keys, "k", "v.p%") + named(keys, "p", "v.p%") +
			named(fields, "f", "CASE WHEN false THEN v.f% END") + named(fields, "s", strconv.FormatBool(op == OpClear)+" AND v.w%") +
			named(fields, "b", "v.b%") + s.references(", NULL AS x%") + " FROM " + verdict + " AS v WHERE v.op = 1 AND v.recreated AND " + cond
	}
	return v.decide(among) + q
}

// replaced is how the old record is removed when a key changed and the
// destination cannot rekey; op 0: it is left.
func (s *Spec) replaced() (op int, cond string) {
	switch s.OnRemoved {
	case ir.Delete:
		return OpDelete, "origin = 1 AND NOT claimed"
	case ir.Archive:
		return OpArchive, "origin = 1 AND NOT claimed"
	case ir.Clear:
		return OpClear, "NOT claimed"
	}
	return 0, ""
}

// Order is what a change set is sorted by.
func (s *Spec) Order() string { return "phase, op, " + each(len(s.ID), ", ", col("i")) }

// Count counts candidates by op, why, and whether they are in the source, and
// whether their consent is gone. Columns: those four, the rows, the rows of
// changed keys whose old record is removed, two a field: rows that set it, and
// that set or clear it, with a third for a lookup: whose value is known after
// apply; and the hashes of the first candidates, by id, that change something at
// the destination. What cannot occur is no column: each costs its preparation.
func (v Verdicts) Count(first int) string {
	s := v.Spec
	op, cond := s.replaced()
	if op == OpNone {
		cond = "false"
	}
	hashes := "NULL"
	if first > 0 {
		id := "i0"
		if len(s.ID) > 1 {
			id = "row(" + each(len(s.ID), ", ", col("i")) + ")"
		}
		hashes = fmt.Sprintf("arg_min(kh, %s, %d) FILTER (op BETWEEN 1 AND 20)", id, first)
	}
	gone, groups := "false AS gone", "op, why, here"
	if s.Blocks() {
		gone, groups = "withdrawn > 0 AS gone", groups+", gone"
	}
	return v.decide(nil) + "SELECT op, coalesce(why, '') AS why, here, " + gone + ", count(*), count(*) FILTER (op = 1 AND recreated AND " + cond + ")" +
		list0(len(s.Fields), func(i int) string {
			n := strconv.Itoa(i)
			if s.Fields[i].Lookup == nil {
				return "count(CASE WHEN s" + n + " THEN f" + n + " END), count_if(s" + n + ")"
			}
			return "count_if(s" + n + " AND (f" + n + " IS NOT NULL OR " + s.Pending(i) + ")), count_if(s" + n + "), count_if(s" + n + " AND " + s.Pending(i) + ")"
		}) + ", " + hashes + " AS first FROM " + verdict + " GROUP BY " + groups + " ORDER BY " + groups
}

// ReplacedOp is the operation that removes the old record of a changed key.
func (s *Spec) ReplacedOp() int {
	op, _ := s.replaced()
	return op
}

// CountRejected counts still rejected rows by class, code and field.
func (v Verdicts) CountRejected() string {
	return v.decide(nil) + "SELECT coalesce(refused_class, ''), coalesce(refused_code, ''), coalesce(refused_field, ''), count(*) FROM " + verdict +
		" WHERE why = " + literal(WhyStillRejected) + " GROUP BY ALL ORDER BY ALL"
}
