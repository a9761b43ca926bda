//go:build duckdb_arrow

package planner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/runtime/state"
)

// consentRow is a row of the relation that consent is kept in.
type consentRow struct{ id, email, allow cell }

// consenting is a block `consent` that matches by a column of both relations.
func consenting(column string, withdrawn ir.OnRemoved) *ir.Consent {
	return &ir.Consent{
		Source: ir.Source{UniqueID: "model.shop.consents", Name: `ref("consents")`, Relation: `"shop"."main"."consents"`, Dialect: "duckdb",
			Columns: []string{column, "marketing"}},
		Match: []ir.MatchPair{{Consent: ir.Expr{SQL: `r."` + column + `"`}, Row: ir.Expr{SQL: `r."` + column + `"`}}},
		Allow: ir.Expr{SQL: `coalesce(r."marketing", FALSE)`}, Withdrawn: withdrawn,
	}
}

func (w *world) consents(rows ...string) {
	w.t.Helper()
	w.table("consents", "customer_id INTEGER, email VARCHAR, marketing BOOLEAN", rows...)
}

// says is what the model makes of the rows of consent that match: "" is yes.
func (m *model) says(r sourceRow) string {
	if m.a.Consent == nil {
		return ""
	}
	by, found := r.id, false
	of := func(c consentRow) cell { return c.id }
	if m.a.Consent.Source.Columns[0] == "email" {
		by, of = r.key, func(c consentRow) cell { return c.email }
	}
	for _, c := range m.consents {
		if by == nil || of(c) == nil || *of(c) != *by {
			continue
		}
		if found = true; c.allow == nil || *c.allow != "true" {
			return diff.ConsentFalse
		}
	}
	if !found {
		return diff.NoConsent
	}
	return ""
}

// blockedIDs are the ids of which any row is blocked, with the stronger reason.
func (m *model) blockedIDs(rows []sourceRow) map[string]string {
	out := map[string]string{}
	for _, r := range rows {
		if why := m.says(r); why != "" && r.id != nil && out[*r.id] != diff.ConsentFalse {
			out[*r.id] = why
		}
	}
	return out
}

func (m *model) blocked(r sourceRow, ids map[string]string) string {
	if why := m.says(r); why != "" || r.id == nil {
		return why
	}
	return ids[*r.id]
}

// withdraw is what is done to a record whose consent is gone.
func (m *model) withdraw(id string, p *record, reason string) (c change, why string) {
	c = change{id: id, key: p.key, dest: p.dest, cause: diff.CauseNoConsent}
	if reason == diff.ConsentFalse {
		c.cause = diff.CauseConsentFalse
	}
	policy := m.a.Consent.Withdrawn
	freeze := p.status != state.Unknown && p.status != state.Blocked
	switch {
	case p.status == state.Released:
	case p.status == state.Absent || p.status == state.Exists || p.status == state.Rejected && !p.acked:
		c.op = "forget"
	case !p.acked && policy == ir.Keep:
	case !p.acked:
		c.op = "release"
	case policy == ir.Clear && (p.sent[0] || p.sent[1]):
		c.op, c.send = "clear", p.sent
	case policy == ir.Keep || policy == ir.Clear:
		if freeze {
			c.op = "block"
		}
	case p.origin == 1:
		c.op = string(policy)
	default:
		c.op = "release"
	}
	if slices.Contains([]string{"delete", "archive", "clear"}, c.op) && p.refused == payload("remove "+string(policy), p.key, [2]cell{}) {
		if p.status == state.Rejected && p.refusedForGood {
			return c, "still"
		}
		if p.status == state.Unknown && m.a.Deliver.OnUnknown != ir.UnknownResend {
			return c, "unknown"
		}
	}
	return c, ""
}

// randomConsent draws whether consent is asked for in a step, and how: the
// policy may change from one step to the next.
func randomConsent(r *rand.Rand) *ir.Consent {
	if r.IntN(4) == 0 {
		return nil
	}
	return consenting(pick(r, "customer_id", "customer_id", "email"), pick(r, ir.Keep, ir.Clear, ir.Archive, ir.Delete))
}

// randomConsents fills the relation: most have consented, some several times
// and not always.
func randomConsents(w *world, r *rand.Rand) []consentRow {
	var out []consentRow
	var sql []string
	for id := range 8 {
		n := 1
		if x := r.IntN(12); x == 0 {
			n = 0
		} else if x < 3 {
			n = 2
		}
		for range n {
			s, key, allow := fmt.Sprint(id), "k"+fmt.Sprint(id), "true"
			c := consentRow{&s, &key, &allow}
			if r.IntN(6) == 0 {
				allow = "false"
			}
			if r.IntN(16) == 0 {
				c.allow = nil
			}
			if r.IntN(16) == 0 {
				c.id, c.email = nil, nil
			}
			out = append(out, c)
			text := func(c cell, quote string) string {
				if c == nil {
					return "NULL"
				}
				return quote + *c + quote
			}
			sql = append(sql, "("+text(c.id, "")+", "+text(c.email, "'")+", "+text(c.allow, "")+")")
		}
	}
	w.consents(sql...)
	return out
}

// TestConsentTransitions walks one row through statuses, as
// TestMembershipTransitions does: no- is a row whose consent is withdrawn.
func TestConsentTransitions(t *testing.T) {
	no := "blocked=1(consent_false)"
	for _, c := range []struct {
		withdrawn   ir.OnRemoved
		steps, want string
	}{
		{ir.Archive, "no-in in", no + " | send=1"},
		{ir.Archive, "no-in absent", no + " | "},
		{ir.Archive, "in no-in in", "send=1 | archive=1 withdrawn=1 " + no + " | send=1"},
		{ir.Archive, "in no-in no-in", "send=1 | archive=1 withdrawn=1 " + no + " | " + no},
		{ir.Archive, "in no-absent", "send=1 | delete=1"},
		{ir.Archive, "in no-filtered", "send=1 | delete=1"},
		{ir.Archive, "in no-invalid", "send=1 | archive=1 withdrawn=1 " + no},
		{ir.Archive, "in no-held-in", "send=1 | archive=1 withdrawn=1 " + no},
		{ir.Archive, "no-held-in held-in", no + " | held=1"},
		{ir.Archive, "no-invalid invalid", no + " | invalid=1(null_key email)"},
		{ir.Keep, "in no-in no-changed in", "send=1 | block=1 " + no + " | " + no + " | resolve=1 unchanged=1"},
		{ir.Keep, "in no-in changed", "send=1 | block=1 " + no + " | update=1 first_name:+1-0"},
		{ir.Keep, "in no-in absent", "send=1 | block=1 " + no + " | delete=1"},
		{ir.Keep, "in no-in held-absent absent", "send=1 | block=1 " + no + " | held=1 | delete=1"},
		{ir.Keep, "in no-in invalid", "send=1 | block=1 " + no + " | invalid=1(null_key email)"},
		{ir.Clear, "in no-in no-in in", "send=1 | clear=1 withdrawn=1 " + no + " | " + no + " | update=1 first_name:+1-0 ltv:+1-0"},
		{ir.Clear, "in no-in absent", "send=1 | clear=1 withdrawn=1 " + no + " | delete=1"},
	} {
		t.Run(string(c.withdrawn)+" "+c.steps, func(t *testing.T) {
			w := newWorld(t)
			w.act.Removed = ir.Delete
			w.act.Where = &ir.Expr{SQL: `r."ltv" > 0`}
			var got []string
			for _, step := range strings.Fields(c.steps) {
				status, no := strings.CutPrefix(step, "no-")
				status, held := strings.CutPrefix(status, "held-")
				w.act.Membership = ir.Membership{Consent: consenting("customer_id", c.withdrawn)}
				if held {
					w.act.Holdout = ir.Share{Set: true, Percent: 100}
				}
				rows := map[string][]string{"in": {"(1, 'a@x', 'Ann', 1)"}, "changed": {"(1, 'a@x', 'Anne', 1)"},
					"invalid": {"(1, NULL, 'Ann', 1)"}, "filtered": {"(1, 'a@x', 'Ann', 0)"}, "absent": nil}
				w.customers(rows[status]...)
				w.consents("(1, 'a@x', true)", fmt.Sprintf("(1, 'b@x', %v)", !no), "(NULL, 'a@x', false)")
				got = append(got, w.apply())
			}
			want(t, strings.Join(got, " | "), c.want)
		})
	}
}

// TestConsentOfDuplicates: an id is blocked as a whole when one of its rows is,
// and a blocked row makes no other invalid.
func TestConsentOfDuplicates(t *testing.T) {
	w := newWorld(t)
	w.act.Consent = consenting("email", ir.Delete)
	w.consents("(1, 'a@x', true)", "(1, 'b@x', false)", "(2, 'c@x', true)")
	w.customers("(1, 'a@x', 'Ann', 1)", "(1, 'b@x', 'Ann', 1)", "(2, 'c@x', 'Bob', 1)")
	want(t, w.apply(), "send=1 blocked=2(consent_false)")
	w.act.Consent = consenting("customer_id", ir.Delete)
	w.consents("(1, NULL, false)", "(2, NULL, true)")
	w.customers("(1, 'c@x', 'Ann', 1)", "(2, 'c@x', 'Bob', 1)") // one key
	want(t, w.apply(), "unchanged=1 blocked=1(consent_false)")
}

// TestConsentWithoutID: a row without an id is blocked, and suspends what rests
// on rows that are absent, but not what consent asks for.
func TestConsentWithoutID(t *testing.T) {
	w := newWorld(t)
	w.act.Removed, w.act.Consent = ir.Delete, consenting("email", ir.Delete)
	w.consents("(1, 'a@x', true)", "(2, 'b@x', true)", "(3, 'c@x', true)")
	w.customers("(1, 'a@x', 'Ann', 1)", "(2, 'b@x', 'Bob', 1)", "(3, 'c@x', 'Cyd', 1)")
	want(t, w.apply(), "send=3")
	w.consents("(1, 'a@x', true)", "(2, 'b@x', false)")
	w.customers("(1, 'a@x', 'Ann', 1)", "(2, 'b@x', 'Bob', 1)", "(NULL, 'c@x', 'Cyd', 1)")
	want(t, w.apply(), "delete=1 withdrawn=1 unchanged=1 blocked=1(consent_false) blocked=1(no_consent) suspended=null_id")
}

// TestConsentOfAdopted: a record that leat did not make is released.
func TestConsentOfAdopted(t *testing.T) {
	w := newWorld(t)
	w.exists["1"] = true
	w.act.Consent = consenting("customer_id", ir.Delete)
	w.customers("(1, 'a@x', 'Ann', 1)")
	w.consents("(1, NULL, true)")
	want(t, w.apply(), "send=1")
	w.consents("(2, NULL, true)")
	want(t, w.apply(), "release=1 blocked=1(no_consent)")
	want(t, w.apply(), "blocked=1(no_consent)")
	w.consents("(1, NULL, true)")
	want(t, w.apply(), "send=1")
}

// TestConsentEmpty: without a match key in consent a guard trips.
func TestConsentEmpty(t *testing.T) {
	w := newWorld(t)
	w.act.Consent = consenting("customer_id", ir.Keep)
	w.customers("(1, 'a@x', 'Ann', 1)")
	w.consents("(NULL, 'a@x', true)")
	if d := w.plan().Document; !d.Tripped() {
		t.Errorf("%+v", d.Activations[0].Guards)
	}
	w.consents("(7, 'a@x', true)")
	if d := w.plan().Document; d.Tripped() {
		t.Errorf("%+v", d.Activations[0].Guards)
	}
}

// TestConsentHashes: blocked rows and rows of state that share a hash are told
// apart.
func TestConsentHashes(t *testing.T) {
	w := newWorld(t)
	w.req = func(r *Request) {
		r.weaken = func(salt int64, args string) string {
			return fmt.Sprintf("(hash(%d::BIGINT, %s) %% %d)", salt, args, 8+8*salt)
		}
	}
	w.act.Removed, w.act.Consent = ir.Keep, consenting("customer_id", ir.Delete)
	var rows, yes, no []string
	for id := range 8 {
		rows = append(rows, fmt.Sprintf("(%d, 'k%d@x', 'A', 1)", id, id))
		yes = append(yes, fmt.Sprintf("(%d, NULL, true)", id))
		no = append(no, fmt.Sprintf("(%d, NULL, %v)", id, id < 4))
	}
	w.customers(rows[:4]...)
	w.consents(yes...)
	want(t, w.apply(), "send=4")
	w.customers(rows[4:]...) // the others are gone, and these are blocked
	w.consents(no...)
	want(t, w.apply(), "release=4 blocked=4(consent_false)")
}
