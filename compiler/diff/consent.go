package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
)

// Why rows are blocked.
const (
	ConsentFalse = "consent_false" // a row of consent that matches does not allow it
	NoConsent    = "no_consent"    // no row of consent matches
)

// Consents is the table of what consent says: m0, m1, ... and allow. Each
// combination of match keys occurs once, so that joining it repeats no row.
const Consents = "consents"

// BlockedID is the table of ids that are blocked: kh, and cause as in the
// change set.
const BlockedID = "blocked_id"

// Causes of removals and blocks in a change set, as numbered in
// docs/formats/change-set.md.
const (
	CauseConsentFalse = 7
	CauseNoConsent    = 8
)

// CauseReason names the reason of a cause that consent has; "" for others.
func CauseReason(cause int64) string {
	switch cause {
	case CauseConsentFalse:
		return ConsentFalse
	case CauseNoConsent:
		return NoConsent
	}
	return ""
}

// consent is how rows are held against a relation of consent.
type consent struct {
	relation, allow string
	theirs, mine    []string // match keys: over a row of consent, and of the source
	table           string
}

// block takes over what `consent` asks for. Its reasons come right after
// NullID, before all others: the rows without an id first, then those with one.
func (s *Spec) block(c *ir.Consent) {
	if c == nil {
		return
	}
	s.consent = &consent{relation: c.Source.Relation, allow: c.Allow.SQL, table: Consents}
	for _, p := range c.Match {
		s.consent.theirs = append(s.consent.theirs, p.Consent.SQL)
		s.consent.mine = append(s.consent.mine, p.Row.SQL)
	}
	s.Withdrawn = c.Withdrawn
	for _, noID := range []bool{true, false} {
		for _, r := range []struct{ reason, sql string }{{ConsentFalse, "NOT allowed"}, {NoConsent, "allowed IS NULL"}} {
			if noID {
				r.sql += " AND NOT " + notNull(len(s.idSQL), "i")
			}
			s.Reasons = append(s.Reasons, Reason{Reason: r.reason, Blocked: true, NoID: noID})
			s.badSQL = append(s.badSQL, r.sql)
		}
	}
}

// Blocks reports whether any row may be blocked.
func (s *Spec) Blocks() bool { return s.consent != nil }

// WithConsentTable returns a copy that keeps consent in another table than
// Consents: several activations may be read in one database.
func (s *Spec) WithConsentTable(name string) *Spec {
	c, of := *s, *s.consent
	of.table = name
	c.consent = &of
	return &c
}

// MakeConsents reads the relation of consent once. Where several rows have the
// same match keys, all of them must allow; a null key matches nothing.
func (s *Spec) MakeConsents() string {
	keys := each(len(s.consent.theirs), ", ", col("m"))
	return "CREATE OR REPLACE TABLE " + s.consent.table + " AS SELECT " + keys + ", bool_and(allow) AS allow FROM (SELECT " +
		list(len(s.consent.theirs), func(i int) string { return s.consent.theirs[i] + " AS m" + strconv.Itoa(i) }) + s.consent.allow + " AS allow FROM " + s.consent.relation +
		" AS r) WHERE " + notNull(len(s.consent.theirs), "m") + " GROUP BY " + keys
}

// CountConsents counts the combinations of match keys that have a row.
func (s *Spec) CountConsents() string { return "SELECT count(*) FROM " + s.consent.table }

// joinConsents puts what consent says beside the row alias r.
func (s *Spec) joinConsents() string {
	if s.consent == nil {
		return ""
	}
	return " LEFT JOIN " + s.consent.table + " AS consent_of ON " + each(len(s.consent.mine), " AND ", func(i int) string {
		return "(" + s.consent.mine[i] + ") = consent_of.m" + strconv.Itoa(i)
	})
}

// numbers lists the values that the column bad has for reasons.
func (s *Spec) numbers(of func(Reason) bool) string {
	var out []string
	for i, r := range s.Reasons {
		if of(r) {
			out = append(out, strconv.Itoa(i+1))
		}
	}
	return strings.Join(out, ", ")
}

// identified is the condition for rows that have an id.
func (s *Spec) identified() string {
	if s.consent == nil {
		return "bad <> 1"
	}
	return "bad NOT IN (1, " + s.numbers(func(r Reason) bool { return r.NoID }) + ")"
}

// blocked is the condition for rows that are blocked and have an id.
func (s *Spec) blocked() string {
	return "bad IN (" + s.numbers(func(r Reason) bool { return r.Blocked && !r.NoID }) + ")"
}

// judged is the condition for rows that have an id and are not blocked: they
// can be invalid, held or in.
func (s *Spec) judged() string {
	if s.consent == nil {
		return s.identified()
	}
	return "bad NOT IN (1, " + s.numbers(func(r Reason) bool { return r.Blocked }) + ")"
}

// notBlockedID leaves out rows, of hashes kh, whose id is blocked.
func (s *Spec) notBlockedID(kh string) string {
	if s.consent == nil {
		return ""
	}
	return " AND " + kh + " NOT IN (SELECT kh FROM " + BlockedID + ")"
}

// badOf is the value of the column bad for a reason of rows with an id.
func (s *Spec) badOf(reason string) string {
	return strconv.Itoa(slices.IndexFunc(s.Reasons, func(r Reason) bool { return r.Reason == reason && r.Blocked && !r.NoID }) + 1)
}

// MakeBlocked finds the ids that are blocked, and blocks all rows of each: who
// is not to be contacted is not, whatever another row says. Run it when no two
// ids of the source share a hash.
func (s *Spec) MakeBlocked() []string {
	no, none := s.badOf(ConsentFalse), s.badOf(NoConsent)
	cause := "CASE WHEN min(bad) = " + no + " THEN " + strconv.Itoa(CauseConsentFalse) + " ELSE " + strconv.Itoa(CauseNoConsent) + " END::UTINYINT"
	return []string{
		"CREATE OR REPLACE TABLE " + BlockedID + " AS SELECT kh, " + cause + " AS cause FROM " + Scan + " WHERE " + s.blocked() + " GROUP BY kh",
		"UPDATE " + Scan + " SET bad = CASE b.cause WHEN " + strconv.Itoa(CauseConsentFalse) + " THEN " + no + " ELSE " + none + " END FROM " + BlockedID + " AS b WHERE " +
			Scan + ".kh = b.kh AND " + s.judged(),
		"DELETE FROM " + DupID + " WHERE kh IN (SELECT kh FROM " + BlockedID + ")",
	}
}

// withdrawn selects the candidates that are blocked, from the index.
func (s *Spec) withdrawn() string {
	return "SELECT b.kh, false AS here, true AS known, x.seg FROM " + BlockedID + " AS b JOIN " + IndexRows + " x ON b.kh = x.kh WHERE x.status <> 7"
}

// CheckWithdrawn counts pairs of blocked rows and rows of state that share a
// hash but not an id. It reads the source again where there are such candidates.
func (s *Spec) CheckWithdrawn(salt int64) string {
	kh := s.keyHash(salt, each(len(s.ID), ", ", col("i")))
	return "SELECT count(*) FROM (SELECT DISTINCT " + kh + " AS kh" + list0(len(s.ID), col("i")) + " FROM (" + s.mapped() + ") WHERE " + s.blocked() + ") w JOIN " + Priors +
		" p ON w.kh = p.kh WHERE " + each(len(s.ID), " OR ", func(i int) string { n := strconv.Itoa(i); return "w.i" + n + " IS DISTINCT FROM p.i" + n })
}

// CountWithdrawn counts the candidates that are blocked.
func CountWithdrawn() string {
	return "SELECT count(*) FROM " + Candidate + " SEMI JOIN " + BlockedID + " USING (kh)"
}

// keepsKey says that the record of a blocked row stays under its key.
func (s *Spec) keepsKey() bool { return s.Withdrawn == ir.Keep || s.Withdrawn == ir.Clear }

// opWithdrawn is the operation for a row of state that is blocked. What is in
// doubt stays so: freezing it would forget what may have been sent.
func (s *Spec) opWithdrawn() string {
	freeze, unsure := "CASE WHEN status IN (2, 6) THEN 0 ELSE 23 END", "20"
	op := freeze
	switch s.Withdrawn {
	case ir.Delete:
		op = "CASE WHEN origin = 1 AND NOT claimed THEN 5 ELSE 20 END"
	case ir.Archive:
		op = "CASE WHEN origin = 1 AND NOT claimed THEN 6 ELSE 20 END"
	case ir.Clear:
		op = "CASE WHEN claimed THEN 20 WHEN " + s.everSent() + " THEN 7 ELSE " + freeze + " END"
	default:
		unsure = "0"
	}
	return "CASE WHEN status = 7 THEN 0 WHEN status IN (3, 4) OR status = 1 AND NOT acked THEN 22 WHEN NOT acked THEN " + unsure + " ELSE " + op + " END"
}

// removals is the memory of a refused removal, by what asked for it: withdrawn
// is the condition for those that consent asked for.
func (s *Spec) removals(withdrawn, key, field string) string {
	gone := s.payloadDigest(literal("remove "+string(s.OnRemoved)), key, field)
	if s.Withdrawn == "" || s.Withdrawn == s.OnRemoved {
		return gone
	}
	return "CASE WHEN " + withdrawn + " THEN " + s.payloadDigest(literal("remove "+string(s.Withdrawn)), key, field) + " ELSE " + gone + " END"
}
