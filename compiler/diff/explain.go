package diff

import "strconv"

// Explained selects every row that where admits and that is not in the change
// set: bad, dup_id, dup_key, op, why, i*, k*, f*, as mapped. It needs the tables
// of two passes over the source. For small sources only: it is how tests look at
// single rows.
func (v Verdicts) Explained(salt int64) string {
	s := v.Spec
	ids, keys, fields := len(s.ID), len(s.Key), len(s.Fields)
	of := func(n int, prefix string) string {
		return list0(n, func(i int) string { return "m." + prefix + strconv.Itoa(i) })
	}
	bad, blocked, done := "m.bad", "", ""
	if s.Blocks() {
		bad = "CASE b.cause WHEN " + strconv.Itoa(CauseConsentFalse) + " THEN " + s.badOf(ConsentFalse) + " WHEN " + strconv.Itoa(CauseNoConsent) + " THEN " + s.badOf(NoConsent) + " ELSE m.bad END"
		blocked = " LEFT JOIN " + BlockedID + " AS b ON m.kh = b.kh AND m.bad <> 1"
		done = " AND m.kh NOT IN (SELECT kh FROM " + verdict + " WHERE NOT here AND op > 0)"
	}
	return v.decide(nil) + "SELECT " + bad + ", m.kh IN (FROM " + DupID + ") AS dup_id, m.kh IN (FROM " + DupKey + ") AS dup_key, coalesce(v.op, 0) AS op, coalesce(v.why, '') AS why" +
		of(ids, "i") + of(keys, "k") + of(fields, "f") +
		" FROM (SELECT *, " + s.keyHash(salt, each(ids, ", ", col("i"))) + " AS kh FROM (" + s.mapped() + ")) AS m LEFT JOIN (FROM " + verdict + " WHERE here) AS v ON m.kh = v.kh" + blocked +
		" WHERE coalesce(v.op, 0) = 0" + done + " ORDER BY ALL"
}
