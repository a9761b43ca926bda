package diff

import (
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

// effective is the value the destination would hold of field i: f as mapped,
// c as acknowledged (null for a record that does not continue).
func (s *Spec) effective(i int) string {
	n := strconv.Itoa(i)
	v := "f" + n
	switch s.Fields[i].Write {
	case ir.WriteCreate:
		v = "CASE WHEN cont THEN c" + n + " ELSE f" + n + " END"
	case ir.WriteFillEmpty:
		v = "coalesce(c" + n + ", f" + n + ")"
	}
	if s.Fields[i].Nulls == ir.NullsClear {
		return v
	}
	return "coalesce(" + v + ", c" + n + ")"
}

// CountRemembered counts candidates whose refused payload is remembered: only
// then does a verdict need digests.
func CountRemembered() string {
	return "SELECT count(*) FROM " + Priors + " WHERE status IN (1, 2, 3) AND refused_digest IS NOT NULL"
}

// MakeVerdict decides every candidate, in a view: its many columns are cheaper
// to compute again than to keep. digests is false when no candidate has
// a refused payload to compare with.
func (s *Spec) MakeVerdict(digests bool) string {
	id := list(len(s.ID), col("i"))
	k, p, b, w := list(len(s.Key), col("k")), list(len(s.Key), col("p")), list(len(s.Fields), col("b")), list(len(s.Fields), col("w"))
	moved := "false"
	if len(s.Key) > 0 {
		moved = "(" + each(len(s.Key), " OR ", func(i int) string { n := strconv.Itoa(i); return "k" + n + " IS DISTINCT FROM p" + n }) + ")"
	}
	joined := "SELECT coalesce(w.kh, p.kh) AS kh, w.kh IS NOT NULL AS here, p.kh IS NOT NULL AS known, " +
		list(len(s.ID), func(i int) string { n := strconv.Itoa(i); return "coalesce(w.i" + n + ", p.i" + n + ") AS i" + n }) +
		list(len(s.Key), func(i int) string { n := strconv.Itoa(i); return "w.k" + n + " AS k" + n + ", p.k" + n + " AS p" + n }) +
		list(len(s.Fields), func(i int) string {
			n := strconv.Itoa(i)
			return "w.f" + n + " AS f" + n + ", p.b" + n + " AS b" + n + ", coalesce(p.w" + n + ", false) AS w" + n
		}) +
		"p.dest, p.origin, p.status, p.refused_digest, p.refused_class, p.refused_code, p.refused_field, coalesce(p.refused_transient, false) AS transient, " +
		"coalesce(p.synced_at IS NOT NULL AND p.status IN (0, 1, 2, 5, 6), false) AS base, p.synced_at IS NOT NULL AS acked, " +
		"coalesce(w.kh, p.kh) IN (SELECT kh FROM " + Holder + ") AS taken, coalesce(w.kh, p.kh) IN (FROM " + OutOfScan + ") AS filtered" +
		" FROM " + Wide + " w FULL JOIN " + Priors + " p ON w.kh = p.kh"
	continued := "SELECT *, base AND here AND " + moved + " AS moved, base AND here AND NOT (moved AND NOT " + s.canRekey() + ") AS cont" +
		list0(len(s.Fields), func(i int) string { n := strconv.Itoa(i); return "CASE WHEN cont THEN b" + n + " END AS c" + n }) + " FROM (" + joined + ")"
	effective := "SELECT *" + list0(len(s.Fields), func(i int) string {
		n := strconv.Itoa(i)
		return s.effective(i) + " AS e" + n + ", here AND (e" + n + " IS DISTINCT FROM c" + n + " OR (cont AND status = 2 AND (e" + n + " IS NOT NULL OR w" + n + "))) AS s" + n
	}) + " FROM (" + continued + ")"
	differs := "false"
	if len(s.Fields) > 0 {
		differs = "(" + each(len(s.Fields), " OR ", col("s")) + ")"
	}
	same, keys := "false", ""
	if digests {
		keys = " CROSS JOIN " + PayloadKeys
		same = "CASE WHEN status IN (1, 2, 3) AND refused_digest IS NOT NULL THEN refused_digest = CASE WHEN here THEN " +
			s.payloadDigest("'write'", "k", "e") + " ELSE " + s.payloadDigest(literal("remove "+string(s.OnRemoved)), "p", "nul") + " END ELSE false END"
	}
	digested := "SELECT *, here AND " + differs + " AS differs, " + same + " AS same" +
		" FROM (SELECT *" + list0(len(s.Fields), func(i int) string { return "NULL AS nul" + strconv.Itoa(i) }) + " FROM (" + effective + ")" + keys + ")"
	judged := "SELECT *, CASE WHEN here THEN " + s.opHere() + " ELSE " + s.opOut() + " END AS wish, CASE" +
		" WHEN here AND taken AND (NOT base OR moved) AND wish <> 0 THEN " + literal(WhyTaken) +
		" WHEN wish NOT IN (0, 20, 21, 22) AND status = 1 AND same AND NOT transient THEN " + literal(WhyStillRejected) +
		" WHEN wish NOT IN (0, 20, 21, 22) AND status = 2 AND same AND " + strconv.FormatBool(s.OnUnknown != ir.UnknownResend) + " THEN " + literal(WhyUnknown) +
		" WHEN here AND status = 3 AND same AND wish = 3 THEN " + literal(WhyAbsent) +
		" WHEN wish = 0 AND NOT here THEN " + literal(WhyKept) + " WHEN wish = 0 THEN " + literal(WhyUnchanged) + " END AS why" +
		" FROM (" + digested + ")"
	return "CREATE OR REPLACE VIEW " + Verdict + " AS SELECT kh, here, CASE WHEN why IS NULL THEN wish ELSE 0 END::UTINYINT AS op, why, base AND moved AND NOT cont AS recreated, " +
		id + "CASE WHEN cont OR NOT here THEN dest END AS dest, dest AS prior_dest, origin, status, moved, " +
		k + p + list(len(s.Fields), func(i int) string { n := strconv.Itoa(i); return "CASE WHEN here THEN e" + n + " END AS f" + n }) +
		list(len(s.Fields), func(i int) string {
			n := strconv.Itoa(i)
			return "CASE WHEN here THEN s" + n + " ELSE wish = 7 AND w" + n + " END AS s" + n
		}) +
		b + w + "cont, CASE WHEN NOT here THEN CASE WHEN filtered THEN 2 ELSE 1 END" +
		" WHEN status = 1 THEN 5 WHEN status = 2 THEN 6 WHEN NOT base THEN 3 ELSE 4 END::UTINYINT AS cause, refused_class, refused_code, refused_field" +
		" FROM (" + judged + ")"
}

func (s *Spec) canRekey() string {
	if !s.Rekey {
		return "false"
	}
	return "coalesce(dest, '') <> ''"
}

// opHere is the operation for a row that is in.
func (s *Spec) opHere() string {
	settle := "WHEN status <> 0 THEN 21 ELSE 0"
	switch s.Mode {
	case ir.Append:
		return "CASE WHEN known AND status NOT IN (1, 2) THEN 0 ELSE 8 END"
	case ir.CreateOnly:
		return "CASE WHEN base AND status = 0 OR status = 4 THEN 0 WHEN base THEN 21 ELSE 2 END"
	case ir.UpdateOnly:
		return "CASE WHEN NOT cont THEN 3 WHEN moved THEN 4 WHEN differs THEN 3 " + settle + " END"
	}
	return "CASE WHEN NOT cont THEN 1 WHEN moved THEN 4 WHEN differs AND status = 2 THEN 1 WHEN differs THEN 3 " + settle + " END"
}

// opOut is the operation for a row of state that is no longer in.
func (s *Spec) opOut() string {
	sent := "false"
	if len(s.Fields) > 0 {
		sent = "(" + each(len(s.Fields), " OR ", col("w")) + ")"
	}
	op := "20"
	switch s.OnRemoved {
	case ir.Delete:
		op = "CASE WHEN origin = 1 THEN 5 ELSE 20 END"
	case ir.Archive:
		op = "CASE WHEN origin = 1 THEN 6 ELSE 20 END"
	case ir.Clear:
		op = "CASE WHEN " + sent + " THEN 7 ELSE 20 END"
	}
	return "CASE WHEN status = 7 THEN 0 WHEN status IN (3, 4) THEN 22 WHEN status = 1 AND NOT acked THEN 22 WHEN NOT acked THEN 20 ELSE " + op + " END"
}

// Changes selects the change set from the verdicts, all columns but row.
// recreated says that records are made anew because their key changed.
func (s *Spec) Changes(recreated bool) string {
	cols := func(k, f, b string, sent func(int) string) string {
		return list(len(s.ID), col("i")) + "dest, " +
			list(len(s.Key), func(i int) string { n := strconv.Itoa(i); return k + n + " AS k" + n }) +
			list(len(s.Key), func(i int) string {
				n := strconv.Itoa(i)
				return "CASE WHEN cont OR NOT here THEN p" + n + " END AS p" + n
			}) +
			list(len(s.Fields), func(i int) string { n := strconv.Itoa(i); return f + n + " AS f" + n }) +
			list(len(s.Fields), func(i int) string { return sent(i) + " AS s" + strconv.Itoa(i) }) +
			list(len(s.Fields), func(i int) string { n := strconv.Itoa(i); return b + n + " AS b" + n })
	}
	q := "SELECT CASE WHEN op >= 20 THEN 3 WHEN op IN (5, 6, 7) THEN 0 WHEN op = 4 THEN 1 ELSE 2 END::UTINYINT AS phase, op, cause, " +
		cols("q", "f", "d", col("s")) + "true AS ok FROM (SELECT *" +
		list0(len(s.Key), func(i int) string {
			n := strconv.Itoa(i)
			return "CASE WHEN here THEN k" + n + " ELSE p" + n + " END AS q" + n
		}) +
		list0(len(s.Fields), func(i int) string {
			n := strconv.Itoa(i)
			return "CASE WHEN cont OR NOT here THEN b" + n + " END AS d" + n
		}) +
		" FROM " + Verdict + " WHERE op > 0)"
	if op, cond := s.replaced(); op > 0 && recreated {
		clears := func(i int) string { return strconv.FormatBool(op == OpClear) + " AND w" + strconv.Itoa(i) }
		q += " UNION ALL SELECT 0::UTINYINT AS phase, " + strconv.Itoa(op) + "::UTINYINT AS op, cause, " + cols("p", "z", "b", clears) +
			"true AS ok FROM (SELECT * EXCLUDE (dest, here), prior_dest AS dest, false AS here" +
			list0(len(s.Fields), func(i int) string { n := strconv.Itoa(i); return "CASE WHEN false THEN f" + n + " END AS z" + n }) +
			" FROM " + Verdict + " WHERE op = 1 AND recreated AND " + cond + ")"
	}
	return "SELECT * EXCLUDE (ok) FROM (" + q + ")"
}

// replaced is how the old record is removed when a key changed and the
// destination cannot rekey; op 0: it is left.
func (s *Spec) replaced() (op int, cond string) {
	switch s.OnRemoved {
	case ir.Delete:
		return OpDelete, "origin = 1"
	case ir.Archive:
		return OpArchive, "origin = 1"
	case ir.Clear:
		return OpClear, "true"
	}
	return 0, ""
}

// Order is what a change set is sorted by.
func (s *Spec) Order() string { return "phase, op, " + each(len(s.ID), ", ", col("i")) }

// CountVerdicts counts candidates by op, why and whether they are in the
// source. Columns: those three, the rows, the rows of changed keys whose old
// record is removed, and two a field: rows that set and that clear it.
func (s *Spec) CountVerdicts() string {
	op, cond := s.replaced()
	if op == OpNone {
		cond = "false"
	}
	return "SELECT op, coalesce(why, '') AS why, here, count(*), count(*) FILTER (op = 1 AND recreated AND " + cond + ")" +
		list0(len(s.Fields), func(i int) string {
			n := strconv.Itoa(i)
			return "count(*) FILTER (s" + n + " AND f" + n + " IS NOT NULL), count(*) FILTER (s" + n + " AND f" + n + " IS NULL)"
		}) + " FROM " + Verdict + " GROUP BY op, why, here ORDER BY op, why, here"
}

// ReplacedOp is the operation that removes the old record of a changed key.
func (s *Spec) ReplacedOp() int {
	op, _ := s.replaced()
	return op
}

// CountRejected counts still rejected rows by class, code and field.
func CountRejected() string {
	return "SELECT coalesce(refused_class, ''), coalesce(refused_code, ''), coalesce(refused_field, ''), count(*) FROM " + Verdict +
		" WHERE why = " + literal(WhyStillRejected) + " GROUP BY ALL ORDER BY ALL"
}
