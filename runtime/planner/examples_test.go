//go:build duckdb_arrow

package planner

import (
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/state"
)

const (
	ann = "(1, 'ann@x', 'Ann', 10.00)"
	bob = "(2, 'bob@x', 'Bob', 20.00)"
	cyd = "(3, 'cyd@x', 'Cyd', NULL)"
)

func TestFirstThenNothing(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob, cyd)
	want(t, w.apply(), "send=3")
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "unchanged=3")
	if len(res.Document.Graph) != 0 || res.Document.Activations[0].ChangeSet != nil {
		t.Error("a plan without changes has work to do")
	}
}

func TestUpdateOneField(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.apply()
	w.customers("(1, 'ann@x', 'Anna', 10.00)", bob)
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "update=1 unchanged=1 first_name:+1-0")
	s := res.Samples[0]
	before, _ := s.Fields[0].Before.Reveal()
	after, _ := s.Fields[0].After.Reveal()
	if len(s.Fields) != 1 || s.Op != "update" || before != "Ann" || after != "Anna" {
		t.Error("sample", s.Op, before, after)
	}
	w.deliver(res)
	want(t, w.apply(), "unchanged=2")
}

func TestNullRules(t *testing.T) {
	w := newWorld(t)
	w.act.Fields[1].Nulls = ir.NullsClear
	w.customers(ann, bob)
	w.apply()
	w.customers("(1, 'ann@x', NULL, NULL)", bob)
	want(t, w.apply(), "update=1 unchanged=1 ltv:+0-1")
	want(t, w.apply(), "unchanged=2")
	w.customers("(1, 'ann@x', 'Ann', 1)", bob)
	want(t, w.apply(), "update=1 unchanged=1 ltv:+1-0")
}

func TestEmptyIsNull(t *testing.T) {
	w := newWorld(t)
	w.act.Fields[0].EmptyIsNull = true
	w.customers("(1, 'ann@x', '', 1)")
	w.apply()
	w.customers("(1, 'ann@x', NULL, 1)")
	want(t, w.apply(), "unchanged=1")
}

func TestWriteRules(t *testing.T) {
	w := newWorld(t)
	w.act.Fields[0].Write = ir.WriteCreate
	w.act.Fields[1].Write = ir.WriteFillEmpty
	w.customers(ann, cyd)
	w.apply()
	w.customers("(1, 'ann@x', 'Zoe', 99)", "(3, 'cyd@x', 'Zoe', 99)")
	want(t, w.apply(), "update=1 unchanged=1 ltv:+1-0")
	want(t, w.apply(), "unchanged=2")
}

func TestRekey(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.apply()
	w.customers("(1, 'new@x', 'Ann', 10.00)", bob)
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "rekey=1 unchanged=1")
	got := w.read(w.store.ChangeSetPath(res.Digest, "contacts"), "row, phase, op, cause, dest, k0, p0, s0, s1")
	want(t, strings.Join(got[0], " "), "0 1 4 4 d1 new@x ann@x false false")
	w.deliver(res)
	want(t, w.apply(), "unchanged=2")
}

func TestKeyChangeWithoutRekey(t *testing.T) {
	for _, tt := range []struct {
		removed ir.OnRemoved
		want    string
	}{{ir.Keep, "send=1 unchanged=1"}, {ir.Archive, "send=1 archive=1 unchanged=1"}, {ir.Clear, "send=1 clear=1 unchanged=1"}} {
		w := newWorld(t)
		w.act.Target.Schema.Rekey = false
		w.act.Removed = tt.removed
		w.customers(ann, bob)
		w.apply()
		w.customers("(1, 'new@x', NULL, 11)", bob)
		want(t, w.apply(), tt.want)
		want(t, w.apply(), "unchanged=2")
		// The new record never held a first name: clearing rules start anew.
		w.customers("(1, 'new@x', 'Ann', 11)", bob)
		want(t, w.apply(), "update=1 unchanged=1 first_name:+1-0")
	}
}

func TestKeyChangeInterrupted(t *testing.T) {
	w := newWorld(t)
	w.act.Target.Schema.Rekey = false
	w.act.Removed = ir.Archive
	w.customers(ann)
	w.apply()
	w.customers("(1, 'new@x', 'Ann', 10)")
	w.answer = func(op, _ string) *state.Outcome {
		if op == "send" {
			return &state.Outcome{} // the run stopped between the two
		}
		return nil
	}
	want(t, w.apply(), "send=1 archive=1")
	w.answer = nil
	want(t, w.apply(), "send=1")
	want(t, w.apply(), "unchanged=1")
}

func rejection(transient bool) *state.Outcome {
	return &state.Outcome{Code: 6, Rejection: &state.Rejection{Class: "invalid_value", Code: "INVALID_EMAIL", Field: "email", Text: "ann@x is bad", Transient: transient}}
}

func TestRejected(t *testing.T) {
	w := newWorld(t)
	w.answer = func(string, string) *state.Outcome { return rejection(false) }
	w.customers(ann)
	want(t, w.apply(), "send=1")
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "still_rejected=1")
	if r := res.Document.Activations[0].Rejected; len(r) != 1 || r[0].Code != "INVALID_EMAIL" || r[0].Rows != 1 {
		t.Error(r)
	}
	w.customers("(1, 'ann@y', 'Ann', 10)")
	want(t, w.apply(), "send=1") // another payload
	w.answer = nil
	w.customers("(1, 'ann@z', 'Ann', 10)")
	want(t, w.apply(), "send=1")
	want(t, w.apply(), "unchanged=1")
}

func TestRejectedUpdateThatReturns(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	w.apply()
	w.customers("(1, 'ann@x', 'Bad', 10)")
	w.answer = func(string, string) *state.Outcome { return rejection(false) }
	want(t, w.apply(), "update=1 first_name:+1-0")
	want(t, w.apply(), "still_rejected=1")
	w.customers(ann)
	want(t, w.apply(), "resolve=1 unchanged=1")
	want(t, w.apply(), "unchanged=1")
}

func TestTransientRejectionIsSentAgain(t *testing.T) {
	w := newWorld(t)
	w.answer = func(string, string) *state.Outcome { return rejection(true) }
	w.customers(ann)
	want(t, w.apply(), "send=1")
	want(t, w.apply(), "send=1")
}

func TestRejectedNeverSentThenGone(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Archive
	w.answer = func(string, string) *state.Outcome { return rejection(false) }
	w.customers(ann)
	w.apply()
	w.customers()
	want(t, w.apply(), "forget=1")
	want(t, w.apply(), "")
}

func TestUnknownOutcome(t *testing.T) {
	w := newWorld(t)
	w.answer = func(string, string) *state.Outcome { return &state.Outcome{Code: 8} }
	w.customers(ann)
	want(t, w.apply(), "send=1")
	want(t, w.apply(), "unknown=1")
	w.act.Deliver.OnUnknown = ir.UnknownResend
	w.answer = nil
	want(t, w.apply(), "send=1")
	want(t, w.apply(), "unchanged=1")
}

func TestRemovals(t *testing.T) {
	for _, tt := range []struct {
		removed ir.OnRemoved
		want    string
	}{
		{ir.Keep, "release=2 unchanged=1"},
		{ir.Delete, "delete=1 release=1 unchanged=1"},
		{ir.Archive, "archive=1 release=1 unchanged=1"},
		{ir.Clear, "clear=2 unchanged=1"},
	} {
		t.Run(string(tt.removed), func(t *testing.T) {
			w := newWorld(t)
			w.act.Removed = tt.removed
			w.exists["2"] = true // adopted
			w.customers(ann, bob, cyd)
			w.apply()
			w.customers(cyd)
			want(t, w.apply(), tt.want)
			want(t, w.apply(), "unchanged=1")
			w.customers(ann, bob, cyd)
			want(t, w.apply(), "send=2 unchanged=1")
		})
	}
}

func TestResentRecordIsNeverRemoved(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Delete
	w.answer = func(op, id string) *state.Outcome { return &state.Outcome{Code: 2, DestID: "9", Resent: true} }
	w.customers(ann)
	w.apply()
	w.answer = nil
	w.customers()
	want(t, w.apply(), "release=1")
}

func TestWhere(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Archive
	w.customers(ann, bob, cyd, "(NULL, NULL, 'out', NULL)")
	w.act.Where = &ir.Expr{SQL: `r."email" IS NOT NULL`}
	want(t, w.apply(), "send=3")
	w.act.Where = &ir.Expr{SQL: `r."ltv" > 10`}
	res := w.plan()
	want(t, line(&res.Document.Activations[0]), "archive=2 unchanged=1")
	for _, r := range w.read(w.store.ChangeSetPath(res.Digest, "contacts"), "row, cause") {
		want(t, r[1], "2")
	}
}

func TestInvalidRowsAreFrozen(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Archive
	w.act.Fields[0].Checks = []ir.Check{{Reason: "too_long", Field: "first_name", SQL: `length(r."first_name") > 5`}}
	w.customers(ann, bob, cyd, "(4, 'dan@x', 'Dan', 4)")
	want(t, w.apply(), "send=4")
	w.customers("(1, 'ann@x', 'Annabelle', 10)", "(2, 'bob@x', 'B', 1)", "(2, 'bob@x', 'B', 2)", "(3, NULL, 'Cyd', 3)", "(4, 'eve@x', 'D', 4)", "(5, 'eve@x', 'E', 5)")
	want(t, w.apply(), "invalid=2(duplicate_id) invalid=2(duplicate_key) invalid=1(null_key email) invalid=1(too_long first_name)")
	w.customers(ann, bob, cyd, "(4, 'dan@x', 'Dan', 4)")
	want(t, w.apply(), "unchanged=4")
}

func TestNullIDSuspendsRemovals(t *testing.T) {
	w := newWorld(t)
	w.act.Removed = ir.Delete
	w.customers(ann, bob)
	w.apply()
	w.customers(ann, "(NULL, 'who@x', 'Who', 1)")
	want(t, w.apply(), "unchanged=1 invalid=1(null_id) suspended=null_id")
	w.customers(ann)
	want(t, w.apply(), "delete=1 unchanged=1")
}

func TestKeyTaken(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob, cyd)
	w.apply()
	// 1 and 2 swap, 4 wants the key of 3, which stays.
	w.customers("(1, 'bob@x', 'Ann', 10)", "(2, 'ann@x', 'Bob', 20)", "(3, 'zed@x', 'Cyd', NULL)", "(4, 'cyd@x', 'Dan', 4)")
	want(t, w.apply(), "rekey=1 invalid=3(key_taken)")
	want(t, w.apply(), "send=1 unchanged=1 invalid=2(key_taken)")
}

func TestKeyOfARemovedRowIsFree(t *testing.T) {
	for _, removed := range []ir.OnRemoved{ir.Keep, ir.Archive} {
		w := newWorld(t)
		w.act.Removed = removed
		w.customers(ann)
		w.apply()
		w.customers("(9, 'ann@x', 'Ann', 10)")
		res := w.apply()
		if !strings.HasPrefix(res, "send=1") || strings.Contains(res, "invalid") {
			t.Error(res)
		}
		want(t, w.apply(), "unchanged=1")
	}
}

func TestModes(t *testing.T) {
	t.Run("update_only", func(t *testing.T) {
		w := newWorld(t)
		w.act.Mode = ir.UpdateOnly
		w.answer = func(_, id string) *state.Outcome {
			if id == "1" {
				return &state.Outcome{Code: 4}
			}
			return nil
		}
		w.customers(ann, bob)
		want(t, w.apply(), "update=2 first_name:+2-0 ltv:+2-0")
		want(t, w.apply(), "unchanged=2")
		w.customers("(1, 'ann@x', 'Anna', 10)", bob)
		want(t, w.apply(), "update=1 unchanged=1 first_name:+1-0 ltv:+1-0")
		w.customers(bob)
		want(t, w.apply(), "forget=1 unchanged=1")
	})
	t.Run("create_only", func(t *testing.T) {
		w := newWorld(t)
		w.act.Mode = ir.CreateOnly
		w.answer = func(_, id string) *state.Outcome {
			if id == "1" {
				return &state.Outcome{Code: 5}
			}
			return nil
		}
		w.customers(ann, bob)
		want(t, w.apply(), "create=2")
		w.customers("(1, 'ann@x', 'Anna', 11)", "(2, 'bob@x', 'Bobby', 20)")
		want(t, w.apply(), "unchanged=2")
	})
	t.Run("append", func(t *testing.T) {
		w := newWorld(t)
		w.act.Mode = ir.Append
		w.act.Key = nil
		w.customers(ann, bob)
		want(t, w.apply(), "append=2")
		w.customers("(1, 'ann@x', 'Anna', 11)", cyd)
		want(t, w.apply(), "append=1 unchanged=1")
		w.customers(ann, bob, cyd)
		want(t, w.apply(), "unchanged=3")
	})
}

func TestAbsentIsCreatedAgainByUpsert(t *testing.T) {
	w := newWorld(t)
	w.customers(ann)
	w.apply()
	w.customers("(1, 'ann@x', 'Anna', 10)")
	w.answer = func(string, string) *state.Outcome { return &state.Outcome{Code: 4} }
	want(t, w.apply(), "update=1 first_name:+1-0")
	w.answer = nil
	want(t, w.apply(), "send=1")
	want(t, w.apply(), "unchanged=1")
}

func TestWideningSendsNothing(t *testing.T) {
	w := newWorld(t)
	w.customers(ann, bob)
	w.apply()
	w.build("customer_id BIGINT, email VARCHAR, first_name VARCHAR, ltv DECIMAL(18,4), other INTEGER", "(1, 'ann@x', 'Ann', 10, 1)", "(2, 'bob@x', 'Bob', 20, 2)")
	want(t, w.apply(), "unchanged=2")
	w.build("customer_id BIGINT, email VARCHAR, first_name VARCHAR, ltv DECIMAL(18,4), other INTEGER", "(1, 'ann@x', 'Ann', 10, 7)", "(2, 'bob@x', 'Bob', 20, 8)")
	want(t, w.apply(), "unchanged=2")
}

func TestAddAndDropMapping(t *testing.T) {
	w := newWorld(t)
	cols := columns + ", city VARCHAR"
	rows := []string{"(1, 'ann@x', 'Ann', 10, 'Oslo')", "(2, 'bob@x', 'Bob', 20, NULL)"}
	w.build(cols, rows...)
	w.apply()
	w.act.Fields = append([]ir.Mapping{mapping("city", types.StringType)}, w.act.Fields...)
	want(t, w.apply(), "update=1 unchanged=1 city:+1-0")
	want(t, w.apply(), "unchanged=2")
	city := w.act.Fields
	w.act.Fields = w.act.Fields[1:]
	want(t, w.apply(), "unchanged=2")
	w.build(cols, "(1, 'ann@x', 'Anna', 10, 'Oslo')", rows[1])
	want(t, w.apply(), "update=1 unchanged=1 first_name:+1-0")
	w.act.Fields = city
	want(t, w.apply(), "unchanged=2") // the destination still holds Oslo
}

func TestManyCommitsAreCompacted(t *testing.T) {
	w := newWorld(t)
	for i := range 25 {
		n := string(rune('a' + i))
		w.customers(ann, bob, "(3, 'cyd@x', '"+n+"', 1)", "(4, 'dan@x', '"+n+"', 1)")
		got := w.apply()
		if i > 0 {
			want(t, got, "update=2 unchanged=2 first_name:+2-0")
		}
	}
	h, _, err := w.store.Head("contacts")
	if err != nil || len(h.Segments) > 8 || h.Serial != 25 || h.Live() != 4 {
		t.Error(h, err)
	}
	want(t, w.apply(), "unchanged=4")
}
