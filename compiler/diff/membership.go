package diff

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
)

// Why rows are held.
const (
	OutsideRollout = "rollout"
	InsideHoldout  = "holdout"
)

// Frozen is the table of rows of state that are held and no longer in: kh, i*,
// k*, b*, reason.
const Frozen = "frozen"

// hold appends the reasons for which rows are held. They come after those for
// which rows are invalid, as the first that applies counts.
func (s *Spec) hold(a *ir.Activation) {
	add := func(reason string, share ir.Share, op string) {
		if share.Set {
			s.Reasons = append(s.Reasons, Reason{Reason: reason, Held: true})
			s.badSQL = append(s.badSQL, s.draw(reason, cmp.Or(a.Former.Draw, a.Name))+" "+op+" "+strconv.FormatUint(uint64(share.Percent/100*drawn), 10))
		}
	}
	add(OutsideRollout, a.Rollout, ">=")
	add(InsideHoldout, a.Holdout, "<")
}

// drawn is how many values draw can have.
const drawn = 1 << 32

// draw is a number below drawn for the id in columns i*: the first 32 bits of
// the MD5 of a JSON list of what it is for, the activation's name and the
// parts of the id as text. It is documented, so that others can compute it.
func (s *Spec) draw(what, activation string) string {
	salt, _ := json.Marshal([]string{what, activation}) // strings have a JSON form
	return "('0x' || substr(md5(" + literal(strings.TrimSuffix(string(salt), "]")+",") + " || substr(CAST(to_json([" +
		each(len(s.ID), ", ", func(i int) string { return "CAST(i" + strconv.Itoa(i) + " AS VARCHAR)" }) + "]) AS VARCHAR), 2)), 1, 8))::UBIGINT"
}

// Holds reports whether any row may be held.
func (s *Spec) Holds() bool { return len(s.Reasons) > 0 && s.Reasons[len(s.Reasons)-1].Held }

// Freezes reports whether rows may be held that are no longer in: those that
// their id alone holds. A row that waits for a record is one of the source.
func (s *Spec) Freezes() bool {
	return slices.ContainsFunc(s.Reasons, func(r Reason) bool { return r.Held && r.Reason != Waiting })
}

// MakeFrozen finds the rows of state that would be removed, or looked at, if
// they were not held; the others of the statements take them from the
// candidates. Run it after MakePriors.
func (s *Spec) MakeFrozen() []string {
	reason := "CASE"
	for n, r := range s.Reasons {
		if r.Held && r.Reason != Waiting {
			reason += " WHEN " + s.badSQL[n] + " THEN " + literal(r.Reason)
		}
	}
	of := func(n int, prefix string) string { return list0(n, col(prefix)) }
	return []string{
		"CREATE OR REPLACE TABLE " + Frozen + " AS SELECT * FROM (SELECT kh" + of(len(s.ID), "i") + of(len(s.Key), "k") + of(len(s.Fields), "b") + ", " + reason + " END AS reason FROM " + Priors +
			" WHERE kh IN (SELECT kh FROM " + Candidate + " WHERE NOT here)" + s.notBlockedID("kh") + ") WHERE reason IS NOT NULL",
		"DELETE FROM " + Candidate + " WHERE kh IN (SELECT kh FROM " + Frozen + ")",
		"DELETE FROM " + Priors + " WHERE kh IN (SELECT kh FROM " + Frozen + ")",
	}
}

// CountFrozen counts the rows that MakeFrozen found.
func CountFrozen() string { return "SELECT count(*) FROM " + Frozen }

// ExplainedFrozen selects them: reason, i*, k*, b*.
func (s *Spec) ExplainedFrozen() string {
	return "SELECT reason" + list0(len(s.ID), col("i")) + list0(len(s.Key), col("k")) + list0(len(s.Fields), col("b")) + " FROM " + Frozen + " ORDER BY ALL"
}
