package diff

import (
	"slices"
	"strconv"

	"github.com/leat-dev/leat/compiler/ir"
)

// Tables made while planning. All hold hashes and row numbers only, but for
// Wide and Priors, which hold the values of rows that may change.
const (
	Scan      = "scan"       // kh, hk, rh, bad: every row that where admits
	IndexRows = "idx"        // kh, hk, rh, seg, status: every live row of state
	DupID     = "dup_id"     // kh
	DupHash   = "dup_hash"   // hk
	DupKey    = "dup_key"    // kh
	Candidate = "cand"       // kh, here, known, seg
	Wide      = "wide"       // kh, hk, i*, k*, f*, x*
	Priors    = "prior"      // kh and the live row of state
	OutOfScan = "out_kh"     // kh of rows that where does not admit
	Holder    = "holder"     // kh, other: key of kh is held by other
	Shared    = "shared_key" // kh, other, seg, bad: pairs with one key hash
	HolderRow = "holder_row" // live rows of the holders
	verdict   = "verdict"    // one row a candidate: op, cause, values
)

// mapped is the source as a select of i*, k*, f* and bad.
func (s *Spec) mapped() string {
	q := "SELECT *, CASE"
	for n, sql := range s.badSQL {
		if s.Reasons[n].Blocked {
			q += " WHEN " + sql + " THEN " + strconv.Itoa(n+1)
		}
	}
	q += " WHEN NOT " + notNull(len(s.ID), "i") + " THEN 1"
	for n, sql := range s.badSQL {
		if n > 0 && !s.Reasons[n].Blocked {
			q += " WHEN " + s.check(sql, n) + " THEN " + strconv.Itoa(n+1)
		}
	}
	return q + " ELSE 0 END::USMALLINT AS bad FROM " + s.found(s.projected())
}

// projected is the source as a select, named m, of i*, k*, f* and the checks
// over the source row; for a lookup, q* is the reference in the place of f*.
func (s *Spec) projected() string {
	q := "(SELECT "
	q += list(len(s.ID), func(i int) string { return s.idSQL[i] + " AS i" + strconv.Itoa(i) })
	q += list(len(s.Key), func(i int) string { return s.keySQL[i] + " AS k" + strconv.Itoa(i) })
	q += list(len(s.Fields), func(i int) string {
		if l := s.Fields[i].Lookup; l != nil {
			return l.ref + " AS q" + strconv.Itoa(i)
		}
		return s.fieldSQL[i] + " AS f" + strconv.Itoa(i)
	})
	for n, sql := range s.badSQL {
		if !s.outer(n) {
			q += sql + " AS c" + strconv.Itoa(n) + ", "
		}
	}
	if s.consent != nil {
		q += "consent_of.allow AS allowed, "
	}
	q += "true AS ok FROM " + s.Relation + " AS r" + s.joinConsents()
	if s.Where != "" {
		q += " WHERE (" + s.Where + ")"
	}
	return q + ") AS m"
}

func (s *Spec) check(sql string, n int) string {
	if s.outer(n) {
		return sql
	}
	return "c" + strconv.Itoa(n)
}

// outer says that a check is over the mapped columns, not over the source row.
func (s *Spec) outer(n int) bool {
	return s.Reasons[n].Held || s.Reasons[n].Blocked || slices.Contains([]string{NullID, NullKey, KeyOverlap}, s.Reasons[n].Reason)
}

// MakeScan reads the whole source once and keeps hashes.
func (s *Spec) MakeScan(salt int64) string {
	return "CREATE OR REPLACE TABLE " + Scan + " AS SELECT " + s.hashes(salt, "f", notNull(len(s.Key), "k")) +
		", bad FROM (" + s.mapped() + ")"
}

// CountScan counts the rows by the index of their reason plus one; 0 is valid.
func (s *Spec) CountScan() string {
	return "SELECT bad, count(*) FROM " + Scan + " GROUP BY bad ORDER BY bad"
}

// MakeDuplicateIDs finds hashes of ids that occur more than once.
func (s *Spec) MakeDuplicateIDs() string {
	return "CREATE OR REPLACE TABLE " + DupID + " AS SELECT kh FROM " + Scan + " WHERE " + s.identified() + " GROUP BY kh HAVING count(*) > 1"
}

// MakeDuplicateHashes finds hashes of keys that occur more than once.
func (s *Spec) MakeDuplicateHashes() string {
	return "CREATE OR REPLACE TABLE " + DupHash + " AS SELECT hk FROM " + Scan + " WHERE " + s.judged() + " AND hk IS NOT NULL GROUP BY hk HAVING count(*) > 1"
}

// SourceCollisions counts hashes shared by different ids of the source.
func (s *Spec) SourceCollisions(salt int64) string {
	ids := each(len(s.ID), ", ", col("i"))
	return "SELECT count(*) FROM (SELECT kh FROM (SELECT DISTINCT " + s.keyHash(salt, ids) + " AS kh, " + ids + " FROM (" + s.mapped() +
		") WHERE " + s.identified() + ") WHERE kh IN (FROM " + DupID + ") GROUP BY kh HAVING count(*) > 1)"
}

// MakeDuplicateKeys finds the rows whose keys are truly equal.
func (s *Spec) MakeDuplicateKeys(salt int64) string {
	keys := each(len(s.Key), ", ", col("k"))
	if keys == "" {
		return "CREATE OR REPLACE TABLE " + DupKey + " (kh UBIGINT)"
	}
	return "CREATE OR REPLACE TABLE " + DupKey + " AS SELECT DISTINCT kh FROM (SELECT " + s.keyHash(salt, each(len(s.ID), ", ", col("i"))) +
		" AS kh, count(*) OVER (PARTITION BY " + keys + ") AS n FROM (" + s.mapped() + ") WHERE " + s.judged() + s.notBlockedID(s.keyHash(salt, each(len(s.ID), ", ", col("i")))) + " AND " +
		notNull(len(s.Key), "k") + " AND hash(" + keys + ") IN (FROM " + DupHash + ")) WHERE n > 1"
}

// CountDuplicates counts rows that are valid but for a duplicate id, and but
// for a duplicate key; then how many of all these would be held.
func (s *Spec) CountDuplicates() string {
	held := 0
	for _, r := range s.Reasons {
		if r.Held {
			held++
		}
	}
	if held == 0 {
		return "SELECT count(*) FILTER (kh IN (FROM " + DupID + ")), count(*) FILTER (kh NOT IN (FROM " + DupID + ") AND kh IN (FROM " + DupKey +
			")), 0 FROM " + Scan + " WHERE bad = 0"
	}
	return "SELECT count(*) FILTER (kh IN (FROM " + DupID + ")), count(*) FILTER (kh NOT IN (FROM " + DupID + ") AND kh IN (FROM " + DupKey +
		")), count(*) FILTER (bad > 0 AND (kh IN (FROM " + DupID + ") OR kh IN (FROM " + DupKey + "))) FROM " + Scan +
		" WHERE bad = 0 OR bad > " + strconv.Itoa(len(s.Reasons)-held)
}

// MakeCandidates holds the source against the index: what remains may have to
// change. removals is false when they are suspended; dups says whether any
// duplicates were found.
func (s *Spec) MakeCandidates(removals, dups bool) string {
	index := IndexRows
	if s.consent != nil {
		index = "(FROM " + IndexRows + " WHERE true" + s.notBlockedID("kh") + ")"
	}
	q := "CREATE OR REPLACE TABLE " + Candidate + " AS SELECT coalesce(s.kh, x.kh) AS kh, s.kh IS NOT NULL AS here, x.kh IS NOT NULL AS known, x.seg" +
		" FROM (SELECT * FROM " + Scan + " WHERE " + s.judged() + ") s FULL JOIN " + index + " x ON s.kh = x.kh" +
		" WHERE coalesce(s.bad, 0) = 0 AND (x.kh IS NULL OR " + s.outCondition(removals) + " OR (s.kh IS NOT NULL AND " + s.hereCondition() + "))"
	if dups {
		q += " AND coalesce(s.kh, x.kh) NOT IN (FROM " + DupID + ") AND coalesce(s.kh, x.kh) NOT IN (FROM " + DupKey + ")"
	}
	if s.consent != nil && s.Mode != ir.Append {
		q += " UNION ALL " + s.withdrawn()
	}
	return q
}

func (s *Spec) outCondition(removals bool) string {
	if !removals || s.Mode == "append" {
		return "false"
	}
	return "(s.kh IS NULL AND x.status <> 7)"
}

func (s *Spec) hereCondition() string {
	switch s.Mode {
	case "append", "create_only":
		return "x.status NOT IN (0, 4)"
	}
	return "(s.rh <> x.rh OR x.status <> 0)"
}

// MakeWide reads the source again and keeps the values of the candidates.
func (s *Spec) MakeWide(salt int64) []string {
	ids := each(len(s.ID), ", ", col("i"))
	hk := "NULL::UBIGINT"
	if len(s.Key) > 0 {
		hk = "hash(" + each(len(s.Key), ", ", col("k")) + ")"
	}
	return []string{"CREATE OR REPLACE TABLE wide_rows AS SELECT " + s.keyHash(salt, ids) + " AS kh, " + hk + " AS hk, " + ids +
		list0(len(s.Key), col("k")) + list0(len(s.Fields), col("f")) + s.references(", x%") + " FROM (" + s.mapped() + ") WHERE bad = 0 AND " +
		s.keyHash(salt, ids) + " IN (SELECT kh FROM " + Candidate + " WHERE here)",
		"CREATE OR REPLACE VIEW " + Wide + " AS FROM wide_rows"}
}

// MakeCandidatesWide does the work of MakeScan, MakeCandidates and MakeWide in
// one read: the source streams past the index, and what differs is kept with
// its values. It needs the index in memory. Invalid rows are kept, too.
func (s *Spec) MakeCandidatesWide(salt int64) string {
	return "CREATE OR REPLACE TABLE " + Candidate + " AS SELECT coalesce(s.kh, x.kh) AS kh, s.* EXCLUDE (kh, rh), s.kh IS NOT NULL AS here, x.kh IS NOT NULL AS known, x.seg, x.status" +
		" FROM (SELECT " + s.hashes(salt, "f", notNull(len(s.Key), "k")) + ", " + each(len(s.ID), ", ", col("i")) + list0(len(s.Key), col("k")) + list0(len(s.Fields), col("f")) +
		", bad FROM (" + s.mapped() + ")) s FULL JOIN " + IndexRows + " x ON s.kh = x.kh WHERE " + s.apart()
}

// apart is when a row of source or state, or a pair of them, is a candidate. A
// hash is never null: a row without a partner has a different one.
func (s *Spec) apart() string {
	if s.Mode == "append" || s.Mode == "create_only" {
		return "s.kh IS NULL OR x.kh IS NULL OR s.bad <> 0 OR " + s.hereCondition()
	}
	return "s.rh IS DISTINCT FROM x.rh OR s.bad <> 0 OR x.status <> 0"
}

// CountSource counts the rows that where admits.
func (s *Spec) CountSource() string {
	q := "SELECT count(*) FROM " + s.Relation + " AS r"
	if s.Where != "" {
		q += " WHERE (" + s.Where + ")"
	}
	return q
}

// CountWide counts candidates: in the source, in both, only in state; then
// hashes of ids, and of keys, that several of them share.
func (s *Spec) CountWide() string {
	return "SELECT count(*) FILTER (here), count(*) FILTER (here AND known), count(*) FILTER (NOT here)," +
		" (SELECT count(*) FROM (SELECT kh FROM " + Candidate + " WHERE here AND bad <> 1 GROUP BY kh HAVING count(*) > 1))," +
		" (SELECT count(*) FROM (SELECT hk FROM " + Candidate + " WHERE here AND bad <> 1 AND hk IS NOT NULL GROUP BY hk HAVING count(*) > 1)) FROM " + Candidate
}

// MakeShared finds pairs of candidates and other rows of state that have the
// candidate's key hash. From it follow CountSharedKeys and MakeHolders without
// another look at the index.
func (s *Spec) MakeShared() string {
	return "CREATE OR REPLACE TABLE " + Shared + " AS SELECT c.kh, x.kh AS other, x.seg, c.bad FROM " + IndexRows + " x JOIN (SELECT kh, hk, bad FROM " + Candidate +
		" WHERE here AND bad <> 1 AND hk IS NOT NULL) c ON x.hk = c.hk WHERE x.kh <> c.kh"
}

// CountSharedKeys counts candidates whose key hash an unchanged row of the
// source has, too.
func (s *Spec) CountSharedKeys() string {
	return "SELECT count(*) FROM " + Shared + " WHERE other NOT IN (SELECT kh FROM " + Candidate + ")"
}

// HoldersOfShared is MakeHolders after MakeShared.
func (s *Spec) HoldersOfShared() string {
	return "CREATE OR REPLACE TABLE " + Holder + " AS SELECT kh, other, seg FROM " + Shared +
		" WHERE bad = 0 AND other NOT IN (SELECT kh FROM " + Candidate + " WHERE NOT here)"
}

// CountWideBad is CountScan over the candidates of one read; valid rows are
// not among its counts.
func (s *Spec) CountWideBad() string {
	return "SELECT bad, count(*) FROM " + Candidate + " WHERE here AND bad <> 0 GROUP BY bad ORDER BY bad"
}

// SplitWide makes Wide a view of the candidates and drops those that cannot
// change: invalid rows, rows of state that an invalid row stands for, and
// vanished rows where removals are suspended.
func (s *Spec) SplitWide(removals bool) []string {
	gone := "true"
	if removals && s.Mode != "append" {
		gone = "status = 7"
	}
	return []string{
		"DELETE FROM " + Candidate + " WHERE bad <> 0 OR (NOT here AND " + gone + ")",
		"CREATE OR REPLACE VIEW " + Wide + " AS SELECT kh, hk, " + each(len(s.ID), ", ", col("i")) + list0(len(s.Key), col("k")) + list0(len(s.Fields), col("f")) +
			" FROM " + Candidate + " WHERE here",
	}
}

// list0 is each with a comma before every part.
func list0(n int, f func(i int) string) string {
	return each(n, "", func(i int) string { return ", " + f(i) })
}

// MakeOut finds which vanished candidates are in the source but not admitted
// by where. It is "" when every row is admitted.
func (s *Spec) MakeOut(salt int64) string {
	if s.Where == "" {
		return "CREATE OR REPLACE TABLE " + OutOfScan + " (kh UBIGINT)"
	}
	q := "CREATE OR REPLACE TABLE " + OutOfScan + " AS SELECT DISTINCT kh FROM (SELECT " + s.keyHash(salt, each(len(s.ID), ", ", func(i int) string { return s.idSQL[i] })) +
		" AS kh FROM " + s.Relation + " AS r WHERE (" + s.Where + ") IS NOT TRUE) WHERE kh IN (SELECT kh FROM " + Candidate + " WHERE NOT here)"
	return q
}

// MakeHolders finds candidates whose key another row of state holds that this
// plan does not remove. The hashes are held against values later.
func (s *Spec) MakeHolders() string {
	stays := ""
	if s.consent != nil && s.keepsKey() {
		stays = s.notBlockedID("kh")
	}
	return "CREATE OR REPLACE TABLE " + Holder + " AS SELECT w.kh, x.kh AS other, x.seg FROM " + Wide + " w JOIN " + IndexRows +
		" x ON w.hk = x.hk WHERE x.kh <> w.kh AND x.kh NOT IN (SELECT kh FROM " + Candidate + " WHERE NOT here" + stays + ")"
}
