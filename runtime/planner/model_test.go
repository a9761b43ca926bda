//go:build duckdb_arrow

package planner

import (
	"crypto/md5" //nolint:gosec // not for secrets: the share of an id
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/runtime/state"
)

// The model is a naive diff over Go maps, written from docs/formats alone. The
// planner has to agree with it over random histories.

// cell is a value; nil is null.
type cell = *string

func same(a, b cell) bool { return a == b || (a != nil && b != nil && *a == *b) }

func show(c cell) string {
	if c == nil {
		return "-"
	}
	return *c
}

type sourceRow struct {
	id, key cell
	fields  [2]cell
}

type record struct {
	key            cell
	dest           string
	origin         int
	status         state.RowStatus
	values         [2]cell
	sent           [2]bool
	acked          bool
	refused        string // payload, "" for none
	refusedForGood bool
}

type model struct {
	a        *ir.Activation
	rows     map[string]*record
	consents []consentRow
}

// draw is the number that docs/formats/membership.md gives an id.
func draw(what, activation, id string) float64 {
	text, err := json.Marshal([]string{what, activation, id})
	if err != nil {
		panic(err)
	}
	sum := md5.Sum(text)
	return float64(binary.BigEndian.Uint32(sum[:4])) / (1 << 32) * 100
}

// held reports whether a row is frozen as it is.
func (m *model) held(id string) bool {
	return m.a.Rollout.Set && draw("rollout", m.a.Name, id) >= m.a.Rollout.Percent ||
		m.a.Holdout.Set && draw("holdout", m.a.Name, id) < m.a.Holdout.Percent
}

// change is one row the model expects in the change set.
type change struct {
	op, id string
	cause  int // where consent is the cause
	key    cell
	dest   string
	fields [2]cell
	send   [2]bool
}

func (c change) String() string {
	return fmt.Sprintf("%s %s c=%d k=%s d=%s f=%s,%s s=%v,%v", c.op, c.id, c.cause, show(c.key), c.dest, show(c.fields[0]), show(c.fields[1]), c.send[0], c.send[1])
}

func (m *model) base(r *record) bool {
	return r != nil && r.acked && slices.Contains([]state.RowStatus{state.Synced, state.Rejected, state.Unknown, state.Blocked}, r.status)
}

// plan returns the expected changes and the counts of rows left alone.
func (m *model) plan(rows []sourceRow, admit func(sourceRow) bool) (out []change, counts string) {
	ids, keys := map[string]int{}, map[string]int{}
	var in []sourceRow
	suspended := false
	invalid, blocked := map[string]int{}, map[string]int{}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r sourceRow) bool { return !admit(r) })
	withdrawn := m.blockedIDs(rows)
	for _, r := range rows {
		suspended = suspended || r.id == nil
		if why := m.blocked(r, withdrawn); why != "" {
			blocked[why]++
			continue
		}
		in = append(in, r)
		if r.id == nil {
			continue
		}
		ids[*r.id]++
		if r.key != nil {
			keys[*r.key]++
		}
	}
	present := map[string]bool{}
	for _, r := range in {
		if r.id != nil {
			present[*r.id] = true
		}
	}
	holder := map[string]string{} // key to the id that keeps holding it
	for id, r := range m.rows {
		stays := present[id] || suspended || m.held(id)
		if withdrawn[id] != "" {
			stays = m.a.Consent.Withdrawn == ir.Keep || m.a.Consent.Withdrawn == ir.Clear
		}
		if m.base(r) && r.key != nil && stays {
			holder[*r.key] = id
		}
	}
	var unchanged, still, unknown, held int
	for _, r := range in {
		switch {
		case r.id == nil:
			invalid["null_id"]++
		case r.key == nil:
			invalid["null_key"]++
		case ids[*r.id] > 1:
			invalid["duplicate_id"]++
		case keys[*r.key] > 1:
			invalid["duplicate_key"]++
		case m.held(*r.id):
			held++
		default:
			cs, why := m.decide(r, holder)
			switch why {
			case "taken":
				invalid["key_taken"]++
			case "still":
				still++
			case "unknown":
				unknown++
			case "unchanged":
				unchanged++
			}
			out = append(out, cs...)
		}
	}
	for id, r := range m.rows {
		if why := withdrawn[id]; why != "" {
			c, why := m.withdraw(id, r, why)
			switch {
			case why == "still":
				still++
			case why == "unknown":
				unknown++
			case c.op != "":
				out = append(out, c)
			}
			continue
		}
		if !present[id] && !suspended && m.held(id) {
			if r.status != state.Released {
				held++
			}
			continue
		}
		if !present[id] && !suspended {
			c, why := m.gone(id, r)
			switch why {
			case "still":
				still++
			case "unknown":
				unknown++
			}
			if c.op != "" && why == "" {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b change) int { return strings.Compare(a.String(), b.String()) })
	return out, fmt.Sprint("unchanged ", unchanged, " still ", still, " unknown ", unknown, " held ", held, " blocked ", blocked, " invalid ", invalid)
}

func payload(op string, key cell, fields [2]cell) string {
	return op + "|" + show(key) + "|" + show(fields[0]) + "|" + show(fields[1])
}

func (m *model) decide(r sourceRow, holder map[string]string) (out []change, why string) {
	p := m.rows[*r.id]
	base := m.base(p)
	moved := base && !same(p.key, r.key)
	cont := base && (!moved || (m.a.Target.Schema.Rekey && p.dest != ""))
	c := change{id: *r.id, key: r.key}
	var old [2]cell
	var sent [2]bool
	if cont {
		old, sent, c.dest = p.values, p.sent, p.dest
	}
	differs := false
	for i, f := range m.a.Fields {
		v := r.fields[i]
		if f.EmptyIsNull && v != nil && *v == "" {
			v = nil
		}
		switch {
		case f.Write == ir.WriteCreate && cont:
			v = old[i]
		case f.Write == ir.WriteFillEmpty && old[i] != nil:
			v = old[i]
		}
		if v == nil && f.Nulls == ir.NullsSkip {
			v = old[i]
		}
		c.fields[i] = v
		c.send[i] = !same(v, old[i]) || (cont && p.status == state.Unknown && (v != nil || sent[i]))
		differs = differs || c.send[i]
	}
	switch {
	case !cont:
		c.op = "send"
	case moved:
		c.op = "rekey"
	case differs && p.status == state.Unknown:
		c.op = "send"
	case differs:
		c.op = "update"
	case p.status != state.Synced:
		c.op = "resolve"
	default:
		return nil, "unchanged"
	}
	if h, ok := holder[*r.key]; ok && h != *r.id && (!base || moved) {
		return nil, "taken"
	}
	if p != nil && c.op != "resolve" && p.refused == payload("write", c.key, c.fields) {
		if p.status == state.Rejected && p.refusedForGood {
			return nil, "still"
		}
		if p.status == state.Unknown && m.a.Deliver.OnUnknown != ir.UnknownResend {
			return nil, "unknown"
		}
	}
	out = append(out, c)
	if base && moved && !cont {
		old := change{id: *r.id, key: p.key, dest: p.dest}
		switch {
		case m.a.Removed == ir.Clear:
			old.op, old.send = "clear", p.sent
		case (m.a.Removed == ir.Delete || m.a.Removed == ir.Archive) && p.origin == 1:
			old.op = string(m.a.Removed)
		}
		if old.op != "" {
			out = append(out, old)
		}
	}
	if c.op == "resolve" {
		return out, "unchanged"
	}
	return out, ""
}

func (m *model) gone(id string, p *record) (c change, why string) {
	c = change{id: id, key: p.key, dest: p.dest}
	switch {
	case p.status == state.Released:
		return change{}, ""
	case p.status == state.Absent || p.status == state.Exists || (p.status == state.Rejected && !p.acked):
		c.op = "forget"
	case !p.acked:
		c.op = "release"
	case m.a.Removed == ir.Clear && (p.sent[0] || p.sent[1]):
		c.op, c.send = "clear", p.sent
	case (m.a.Removed == ir.Delete || m.a.Removed == ir.Archive) && p.origin == 1:
		c.op = string(m.a.Removed)
	default:
		c.op = "release"
	}
	if c.op != "release" && c.op != "forget" && p.refused == payload("remove "+string(m.a.Removed), p.key, [2]cell{}) {
		if p.status == state.Rejected && p.refusedForGood {
			return c, "still"
		}
		if p.status == state.Unknown && m.a.Deliver.OnUnknown != ir.UnknownResend {
			return c, "unknown"
		}
	}
	return c, ""
}

// settle brings one change and its outcome into the model's state. cleared
// says that the id's old record was removed before.
func (m *model) settle(c change, o *state.Outcome, cleared bool) {
	p := m.rows[c.id]
	keep := p != nil && p.acked && !cleared
	fail := func(status state.RowStatus) {
		n := &record{status: status}
		if keep {
			copied := *p
			n = &copied
			n.status = status
		}
		kind := "write"
		if c.op == "delete" || c.op == "archive" || c.op == "clear" {
			kind = "remove " + string(m.a.Removed)
			if c.cause != 0 {
				kind = "remove " + string(m.a.Consent.Withdrawn)
			}
		}
		n.refused, n.refusedForGood = payload(kind, c.key, c.fields), o.Rejection != nil && !o.Rejection.Transient
		m.rows[c.id] = n
	}
	switch {
	case c.op == "release":
		p.status, p.refused = state.Released, ""
	case c.op == "block":
		p.status, p.refused = state.Blocked, ""
	case c.op == "forget":
		delete(m.rows, c.id)
	case c.op == "resolve":
		p.status, p.refused = state.Synced, ""
	case o.Code == 6:
		fail(state.Rejected)
	case o.Code == 8:
		fail(state.Unknown)
	case o.Code == 4 && c.op == "update":
		fail(state.Absent)
	case c.op == "delete" || c.op == "archive":
		delete(m.rows, c.id)
	case c.op == "clear":
		p.status, p.values, p.sent, p.refused = state.Released, [2]cell{}, [2]bool{}, ""
		if c.cause != 0 {
			p.status = state.Blocked
		}
	default:
		first := !m.base(p) || (c.op == "send" && !same(p.key, c.key))
		n := &record{acked: true, key: c.key, dest: o.DestID}
		if !first {
			n.values, n.sent, n.origin = p.values, p.sent, p.origin
			if n.dest == "" {
				n.dest = p.dest
			}
		}
		for i := range c.send {
			if c.send[i] {
				n.values[i], n.sent[i] = c.fields[i], true
			}
		}
		switch {
		case o.Code == 1:
			n.origin = 1
		case first && o.Resent:
			n.origin = 0
		case first:
			n.origin = 2
		}
		m.rows[c.id] = n
	}
}

func TestAgainstModel(t *testing.T) {
	histories, steps := 16, 7
	if testing.Short() {
		histories, steps = 4, 5
	}
	for seed := range histories {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			history(t, rand.New(rand.NewPCG(uint64(seed), 99)), steps)
		})
	}
}

func pick[T any](r *rand.Rand, xs ...T) T { return xs[r.IntN(len(xs))] }

func history(t *testing.T, r *rand.Rand, steps int) {
	w := newWorld(t)
	a := &w.act
	a.Fields[1] = mapping("ltv", a.Fields[0].Type)
	a.Removed = pick(r, ir.Keep, ir.Clear, ir.Archive, ir.Delete)
	a.Target.Schema.Rekey = r.IntN(2) == 0
	a.Deliver.OnUnknown = pick(r, ir.UnknownSkip, ir.UnknownResend)
	for i := range a.Fields {
		a.Fields[i].Nulls = pick(r, ir.NullsSkip, ir.NullsClear)
		a.Fields[i].Write = pick(r, ir.WriteAlways, ir.WriteAlways, ir.WriteCreate, ir.WriteFillEmpty)
		a.Fields[i].EmptyIsNull = r.IntN(3) == 0
	}
	m := &model{a: a, rows: map[string]*record{}}
	for step := range steps {
		rows := randomRows(r)
		admit := func(sourceRow) bool { return true }
		a.Where = nil
		if r.IntN(3) == 0 {
			a.Where = &ir.Expr{SQL: `r."first_name" <> 'b'`}
			admit = func(s sourceRow) bool { return s.fields[0] != nil && *s.fields[0] != "b" }
		}
		a.Membership = randomMembership(r)
		a.Consent = randomConsent(r)
		m.consents = randomConsents(w, r)
		m.load(w, rows)
		wanted, counts := m.plan(rows, admit)
		res := w.plan()
		got := readChanges(w, res)
		if x, y := lines(got), lines(wanted); x != y {
			t.Fatalf("step %d %s rekey=%v %v\nrows\n%s\nplanner\n%s\nmodel\n%s", step, a.Removed, a.Target.Schema.Rekey, a.Fields, showRows(rows), x, y)
		}
		c := res.Document.Activations[0].Counts
		invalid := map[string]int{}
		for _, i := range res.Document.Activations[0].Invalid {
			invalid[i.Reason] += int(i.Rows)
		}
		blocked := map[string]int{}
		for _, b := range res.Document.Activations[0].Blocked {
			blocked[b.Reason] += int(b.Rows)
		}
		if x := fmt.Sprint("unchanged ", c.Unchanged, " still ", c.StillRejected, " unknown ", c.Unknown, " held ", c.Held, " blocked ", blocked, " invalid ", invalid); x != counts {
			t.Fatalf("step %d\nrows\n%s\nplanner %s\nmodel   %s", step, showRows(rows), x, counts)
		}
		m.answerAll(w, r, wanted)
		w.deliver(res)
	}
}

func lines(cs []change) string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.String()
	}
	return strings.Join(out, "\n")
}

func showRows(rows []sourceRow) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintln(&b, show(r.id), show(r.key), show(r.fields[0]), show(r.fields[1]))
	}
	return b.String()
}

func randomRows(r *rand.Rand) []sourceRow {
	var out []sourceRow
	text := func(pool string, nulls int) cell {
		if r.IntN(100) < nulls {
			return nil
		}
		s := string(pool[r.IntN(len(pool))])
		return &s
	}
	for id := range 8 {
		n := 1
		if x := r.IntN(20); x < 6 {
			n = 0
		} else if x == 6 {
			n = 2
		}
		for range n {
			s := fmt.Sprint(id)
			row := sourceRow{id: &s, key: &s, fields: [2]cell{text("abc", 20), text("xy", 20)}}
			key := "k" + s
			row.key = &key
			switch r.IntN(12) {
			case 0:
				key := "k" + fmt.Sprint(r.IntN(8)) // somebody's key
				row.key = &key
			case 1:
				key := "new" + fmt.Sprint(r.IntN(3))
				row.key = &key
			case 2:
				if r.IntN(3) == 0 {
					row.key = nil
				}
			}
			if r.IntN(10) == 0 {
				empty := ""
				row.fields[1] = &empty
			}
			out = append(out, row)
		}
	}
	if r.IntN(12) == 0 {
		out = append(out, sourceRow{key: text("pq", 50), fields: [2]cell{text("a", 0), nil}})
	}
	return out
}

func (m *model) load(w *world, rows []sourceRow) {
	quote := func(c cell) string {
		if c == nil {
			return "NULL"
		}
		return "'" + *c + "'"
	}
	var sql []string
	for _, r := range rows {
		id := "NULL"
		if r.id != nil {
			id = *r.id
		}
		sql = append(sql, "("+id+", "+quote(r.key)+", "+quote(r.fields[0])+", "+quote(r.fields[1])+")")
	}
	w.build("customer_id INTEGER, email VARCHAR, first_name VARCHAR, ltv VARCHAR", sql...)
}

func readChanges(w *world, res *Result) []change {
	a := &res.Document.Activations[0]
	if a.ChangeSet == nil {
		return nil
	}
	var out []change
	for _, r := range w.read(w.store.ChangeSetPath(res.Digest, a.Name), `"row", op, i0, k0, dest, f0, f1, s0, s1, cause`) {
		opt := func(s string) cell {
			if s == "-" {
				return nil
			}
			return &s
		}
		var op int
		w.scan(r[1], &op)
		c := change{op: diff.OpName(op), id: r[2], key: opt(r[3]), fields: [2]cell{opt(r[5]), opt(r[6])}, send: [2]bool{r[7] == "true", r[8] == "true"}}
		if r[4] != "-" {
			c.dest = r[4]
		}
		if w.scan(r[9], &c.cause); c.cause < diff.CauseConsentFalse {
			c.cause = 0
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b change) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// answerAll draws an outcome for every change and tells both sides.
func (m *model) answerAll(w *world, r *rand.Rand, changes []change) {
	drawn := map[string]*state.Outcome{}
	for i, c := range changes {
		o := &state.Outcome{Code: 2}
		switch c.op {
		case "send":
			o.DestID = fmt.Sprintf("d%d.%d", len(drawn), i)
			o.Code = pick[byte](r, 1, 1, 2)
			o.Resent = r.IntN(8) == 0
		case "delete", "archive":
			o.Code = 9
		}
		switch r.IntN(10) {
		case 0:
			o = &state.Outcome{Code: 6, Rejection: &state.Rejection{Class: "invalid_value", Transient: r.IntN(2) == 0}}
		case 1:
			o = &state.Outcome{Code: 8}
		case 2:
			if c.op == "update" {
				o = &state.Outcome{Code: 4}
			}
		}
		drawn[c.op+"/"+c.id] = o
	}
	w.answer = func(op, id string) *state.Outcome {
		o := *drawn[op+"/"+id]
		return &o
	}
	// Removals come first: an id may have its old record removed and a new one
	// sent, and then the send decides.
	sends := map[string]bool{}
	for _, c := range changes {
		if c.op == "send" {
			sends[c.id] = true
		}
	}
	cleared := map[string]bool{}
	for _, c := range changes {
		if (c.op == "delete" || c.op == "archive" || c.op == "clear") && sends[c.id] {
			o := drawn[c.op+"/"+c.id]
			cleared[c.id] = o.Code != 6 && o.Code != 8
			continue
		}
		if !sends[c.id] {
			m.settle(c, drawn[c.op+"/"+c.id], false)
		}
	}
	for _, c := range changes {
		if c.op == "send" {
			m.settle(c, drawn["send/"+c.id], cleared[c.id])
		}
	}
}
