package engine

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/runtime/journal"
)

func (w *world) codes(res Result) []diag.Code {
	var out []diag.Code
	for _, d := range res.Diagnostics {
		out = append(out, d.Code)
		if strings.Contains(d.Detail+d.Summary, "secret-canary") {
			w.t.Errorf("a secret in %v", d)
		}
	}
	return out
}

func (w *world) want(res Result, status Status, codes ...diag.Code) {
	w.t.Helper()
	if res.Status != status {
		w.t.Errorf("status %s, want %s", res.Status, status)
	}
	if diff := cmp.Diff(codes, w.codes(res)); diff != "" {
		w.t.Errorf("diagnostics: %s\n%v", diff, res.Diagnostics)
	}
}

// holds checks that the destination holds exactly what n sends leave there.
func (w *world) holds(n int) {
	w.t.Helper()
	want := map[string]string{}
	for i := range n {
		want[fmt.Sprintf("k%02d", i)] = fmt.Sprintf("v%d", i)
	}
	if diff := cmp.Diff(want, w.dest.contents()); diff != "" {
		w.t.Error(diff)
	}
}

func TestApply(t *testing.T) {
	w := newWorld(t)
	w.dest.records = map[string]record{"k00": {"id-k00", "old"}, "gone": {"id-gone", "x"}}
	w.add(idempotent, append([]change{{op: "delete", key: "gone"}}, sends("send", 10)...)...)
	res := w.mustApply()
	w.want(res, StatusDone)
	w.holds(10)
	a := res.Activations[0]
	if a.Outcomes.Created != 9 || a.Outcomes.Updated != 1 || a.Outcomes.Removed != 1 || a.Requests != 4 || a.Unsent != 0 || a.Serial != 1 {
		t.Errorf("%+v", a)
	}
	if len(w.states[0]) != 11 || w.states[0][1] != "2 id-k00" || !w.done {
		t.Errorf("state %v, done %v", w.states[0], w.done)
	}
	res = w.mustApply()
	w.want(res, StatusStale, diag.PlanAlreadyDone)
	if w.starts != 1 {
		t.Errorf("%d plugin starts", w.starts)
	}
}

func TestNothingToSendStartsNoPlugin(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent)
	w.want(w.mustApply(), StatusDone)
	if w.starts != 0 || w.heads[0].Serial != 1 {
		t.Errorf("%d starts, serial %d", w.starts, w.heads[0].Serial)
	}
}

// Each check refuses the run before anything is written and gives the claim back.
func TestRefusedBeforeTheFirstWrite(t *testing.T) {
	cases := []struct {
		name   string
		change func(w *world)
		status Status
		code   diag.Code
	}{
		{"version", func(w *world) { w.plan.LeatVersion = "2" }, StatusStale, diag.PlanOtherVersion},
		{"guard", func(w *world) {
			w.plan.Activations[1].Guards = []plan.Guard{{Name: "max_removes", Limit: "5%", Value: 9, Tripped: true}}
		}, StatusGuard, diag.GuardStopped},
		{"serial", func(w *world) { w.heads[1].Serial = 4 }, StatusStale, diag.StateMoved},
		{"object", func(w *world) { w.heads[1] = Head{Object: "others", Serial: 3}; w.plan.Activations[1].State.Serial = 3 }, StatusStale, diag.StateAccountOther},
		{"environment variable", func(w *world) { delete(w.env, "TOKEN") }, StatusRefused, diag.ApplyEnvUnset},
		{"config", func(w *world) { w.env["TOKEN"] = "wrong" }, StatusRefused, diag.ConfigRefused},
		{"account of the plan", func(w *world) { w.dest.account = "another" }, StatusStale, diag.AccountChanged},
		{"account of the state", func(w *world) {
			w.plan.Activations[0].Target.Account, w.plan.Activations[1].Target.Account = "", ""
			w.heads[1] = Head{Account: "x", Serial: 1}
			w.plan.Activations[1].State.Serial = 1
		}, StatusStale, diag.AccountChanged},
		{"describe", func(w *world) { w.dest.about.Digest = "d2" }, StatusStale, diag.DescribeChanged},
		{"no process", func(w *world) { w.dest.dead = true }, StatusRefused, diag.DeliveryPluginFailed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.add(idempotent, sends("send", 3)...)
			w.add(idempotent, sends("send", 3)...)
			c.change(w)
			res := w.mustApply()
			w.want(res, c.status, c.code)
			if slices.Contains([]string{"version", "object", "describe", "no process"}, c.name) {
				diagtest.Example(t, c.code, res.Diagnostics)
			}
			if len(w.dest.calls) > 0 || w.claim != "" {
				t.Errorf("%d calls, claim %q", len(w.dest.calls), w.claim)
			}
		})
	}
}

// Faults that heal: the end is the same, and what was done on the way is as told.
func TestFaultsThatHeal(t *testing.T) {
	once := func(at int, tr treatment) func(int, *call) treatment {
		return func(n int, _ *call) treatment {
			if n == at {
				return tr
			}
			return treatment{}
		}
	}
	fault := func(f string, after time.Duration) func(*Answer, *call) {
		return func(a *Answer, _ *call) { a.Fault, a.RetryAfter = f, after }
	}
	unknown := func(a *Answer, _ *call) {
		for i := range a.Outcomes {
			a.Outcomes[i] = byte(journal.Unknown)
		}
		a.IDs, a.Fault = nil, FaultTimeout
	}
	cases := []struct {
		name   string
		retry  string
		script func(int, *call) treatment
		check  func(t *testing.T, w *world)
	}{
		{"throttled", idempotent, once(2, treatment{before: true, answer: fault(FaultThrottled, 7*time.Second)}), func(t *testing.T, w *world) {
			if gap := w.dest.calls[2].when.Sub(w.dest.calls[1].when); gap < 7*time.Second {
				t.Errorf("retried after %v", gap)
			}
			if w.dest.calls[2].resend {
				t.Error("a retry of rows that nothing happened to is flagged as a resend")
			}
		}},
		{"server error", idempotent, once(1, treatment{before: true, answer: fault(FaultServer, 0)}), nil},
		{"unknown after the commit, idempotent", idempotent, once(2, treatment{answer: unknown}), func(t *testing.T, w *world) {
			if !w.dest.calls[2].resend {
				t.Error("resend is not flagged")
			}
		}},
		{"unknown before the commit, idempotent", idempotent, once(2, treatment{before: true, answer: unknown}), nil},
		{"unknown after the commit, readable", readable, once(2, treatment{answer: unknown}), func(t *testing.T, w *world) {
			if len(w.dest.calls) != 3 || w.dest.reads != 1 {
				t.Errorf("%d calls, %d reads: what was found is sent again", len(w.dest.calls), w.dest.reads)
			}
		}},
		{"unknown before the commit, readable", readable, once(2, treatment{before: true, answer: unknown}), func(t *testing.T, w *world) {
			if len(w.dest.calls) != 4 || w.dest.calls[2].resend {
				t.Errorf("%+v", w.dest.calls)
			}
		}},
		{"connection cut after the commit", idempotent, once(2, treatment{lost: true}), nil},
		{"connection cut before the commit", readable, once(2, treatment{before: true, lost: true}), nil},
		{"hang", idempotent, once(2, treatment{hang: true}), nil},
		{"retry of every other row", idempotent, once(1, treatment{answer: func(a *Answer, c *call) {
			for i := range a.Outcomes {
				if i%2 == 0 {
					a.Outcomes[i] = byte(journal.Retry)
				}
			}
		}}), func(t *testing.T, w *world) {
			if diff := cmp.Diff([]string{"k00", "k02"}, w.dest.calls[1].keys); diff != "" {
				t.Error(diff)
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.add(c.retry, sends("send", 10)...)
			w.dest.script = c.script
			res := w.mustApply()
			w.want(res, StatusDone)
			w.holds(10)
			if a := res.Activations[0]; a.Outcomes.Lasting() != 10 || len(w.states[0]) != 10 {
				t.Errorf("%+v", a)
			}
			if c.check != nil {
				c.check(t, w)
			}
		})
	}
}

func TestInvalidBatchIsSplit(t *testing.T) {
	w := newWorld(t)
	a := w.add(idempotent, sends("send", 16)...)
	a.Operations[0].MaxRecords = 16
	w.dest.script = func(_ int, c *call) treatment {
		for _, k := range c.keys {
			if k == "k11" {
				return treatment{before: true, answer: func(a *Answer, _ *call) { a.Fault = FaultInvalidBatch }}
			}
		}
		return treatment{}
	}
	res := w.mustApply()
	w.want(res, StatusRejected)
	if o := res.Activations[0].Outcomes; o.Created != 15 || o.Rejected != 1 || w.states[0][11] != "6  other invalid_batch" || !w.done {
		t.Errorf("%+v, row 11: %q", o, w.states[0][11])
	}
	if len(w.dest.calls) != 9 {
		t.Errorf("%d calls", len(w.dest.calls))
	}
}

func reject(keys ...string) func(int, *call) treatment {
	return func(int, *call) treatment {
		return treatment{answer: func(a *Answer, c *call) {
			for i, k := range c.keys {
				for _, bad := range keys {
					if k == bad {
						a.Outcomes[i] = byte(journal.Rejected)
						a.Rejections = append(a.Rejections, journal.Rejection{Row: int64(i), Class: "invalid_value", Code: "BAD", Text: "secret-canary"})
					}
				}
			}
		}}
	}
}

func TestRejectRate(t *testing.T) {
	for rate, want := range map[string]struct {
		status Status
		codes  []diag.Code
		done   bool
	}{
		"20%": {StatusRejected, nil, true},
		"2":   {StatusRejected, nil, true},
		"10%": {StatusRejected, []diag.Code{diag.RejectRateStopped}, false},
	} {
		w := newWorld(t)
		w.add(idempotent, sends("send", 10)...).Delivery.MaxRejectRate = rate
		w.dest.script = reject("k00", "k01")
		res := w.mustApply()
		w.want(res, want.status, want.codes...)
		if w.done != want.done {
			t.Errorf("%s: done %v", rate, w.done)
		}
		if !want.done && (len(w.dest.calls) != 1 || len(w.states[0]) != 4 || res.Activations[0].Unsent != 6) {
			t.Errorf("%s: %d calls, state %v", rate, len(w.dest.calls), w.states[0])
		}
	}
}

// Rows that refer to a record which is not there are not sent, the others are,
// and the plan is done.
func TestWaiting(t *testing.T) {
	for _, waiting := range [][]int64{{0}, {4, 5, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		w := newWorld(t)
		w.add(idempotent, sends("send", 10)...)
		w.waiting = waiting
		res := w.mustApply()
		w.want(res, StatusDone, diag.LookupUnmet)
		sent := 10 - len(waiting)
		if len(w.dest.records) != sent || res.Activations[0].Unsent != int64(len(waiting)) || !w.done {
			t.Errorf("%v: %d records, %d unsent, done %v", waiting, len(w.dest.records), res.Activations[0].Unsent, w.done)
		}
		for _, row := range waiting {
			if got, has := w.states[0][row]; has {
				t.Errorf("row %d is in state as %q", row, got)
			}
		}
	}
}

func TestNeither(t *testing.T) {
	lose := func(n int, _ *call) treatment { return treatment{lost: n == 1} }
	w := newWorld(t)
	w.add(neither, sends("append", 6)...)
	w.dest.script, w.dest.loose = lose, true
	res := w.mustApply()
	w.want(res, StatusDone, diag.RowsUnknown)
	diagtest.Example(t, diag.RowsUnknown, res.Diagnostics)
	if len(w.dest.calls) != 2 || len(w.dest.records) != 6 || w.states[0][0] != "8 " || !w.done {
		t.Errorf("%d calls, %d records, row 0 %q", len(w.dest.calls), len(w.dest.records), w.states[0][0])
	}
	w = newWorld(t)
	w.add(neither, sends("append", 6)...).Delivery.OnUnknown = onUnknownResend
	w.dest.script, w.dest.loose = lose, true
	w.want(w.mustApply(), StatusDone)
	if len(w.dest.records) != 10 || !w.dest.calls[1].resend {
		t.Errorf("%d records", len(w.dest.records))
	}
}

func TestAttemptsSpent(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 10)...)
	w.dest.script = func(_ int, c *call) treatment {
		return treatment{before: c.keys[0] == "k04", answer: func(a *Answer, c *call) {
			if c.keys[0] == "k04" {
				a.Fault = FaultThrottled
			}
		}}
	}
	res := w.mustApply()
	w.want(res, StatusIncomplete, diag.AttemptsSpent)
	diagtest.Example(t, diag.AttemptsSpent, res.Diagnostics)
	if a := res.Activations[0]; a.Unsent != 4 || a.Outcomes.Created != 6 || len(w.dest.calls) != 2+8 || w.done || len(w.states[0]) != 6 {
		t.Errorf("%+v, %d calls", a, len(w.dest.calls))
	}
	w.dest.script = nil
	w.want(w.mustApply(), StatusDone)
	w.holds(10)
	if last := w.dest.calls[len(w.dest.calls)-1]; len(last.keys) != 4 || last.resend {
		t.Errorf("resumed with %v", last)
	}
}

func TestCircuitBreaker(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 10)...)
	w.add(idempotent, sends("send", 10)...).Target.Destination = "other"
	down := true
	w.dest.script = func(_ int, c *call) treatment {
		return treatment{before: down, answer: func(a *Answer, _ *call) {
			if down {
				a.Fault = FaultServer
			}
		}}
	}
	w.tuning.MaxAttempts = 100
	res := w.mustApply()
	w.want(res, StatusIncomplete, diag.CircuitOpen, diag.CircuitOpen)
	diagtest.Example(t, diag.CircuitOpen, res.Diagnostics)
	if n := len(w.dest.calls); n != 2*(5+3) {
		t.Errorf("%d calls", n)
	}
	// It opens, the probe succeeds, and the run goes on by itself.
	w.dest.script = func(n int, _ *call) treatment {
		return treatment{before: n <= 22, answer: func(a *Answer, _ *call) {
			if n <= 22 {
				a.Fault = FaultServer
			}
		}}
	}
	w.plan.Activations[1].Target.Destination = "d"
	w.want(w.mustApply(), StatusDone)
	w.holds(10)
}

// A fault of the schema stops its activation at once: no retry can help.
func TestSchemaGone(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 10)...)
	w.dest.script = func(n int, _ *call) treatment {
		return treatment{before: n == 2, answer: func(a *Answer, _ *call) {
			if n == 2 {
				a.Fault = FaultSchema
			}
		}}
	}
	res := w.mustApply()
	w.want(res, StatusIncomplete, diag.SchemaGone)
	diagtest.Example(t, diag.SchemaGone, res.Diagnostics)
	if res.Activations[0].Unsent != 6 || len(w.dest.calls) != 2 {
		t.Errorf("%+v", res.Activations[0])
	}
}

func TestAuthLost(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 10)...)
	w.dest.script = func(n int, _ *call) treatment {
		return treatment{before: n == 2, answer: func(a *Answer, _ *call) {
			if n == 2 {
				a.Fault = FaultAuth
			}
		}}
	}
	res := w.mustApply()
	w.want(res, StatusIncomplete, diag.AuthLost)
	diagtest.Example(t, diag.AuthLost, res.Diagnostics)
	if res.Activations[0].Unsent != 6 || len(w.dest.calls) != 2 {
		t.Errorf("%+v", res.Activations[0])
	}
}

func TestContractViolation(t *testing.T) {
	for name, breach := range map[string]func(a *Answer, c *call){
		"too few outcomes":  func(a *Answer, _ *call) { a.Outcomes = a.Outcomes[1:] },
		"ids":               func(a *Answer, _ *call) { a.IDs = a.IDs[1:] },
		"no such outcome":   func(a *Answer, _ *call) { a.Outcomes[0] = 77 },
		"unspecified":       func(a *Answer, _ *call) { a.Outcomes[0] = 0 },
		"rejection of none": func(a *Answer, _ *call) { a.Rejections = []journal.Rejection{{Row: 0}} },
		"another sequence":  func(a *Answer, _ *call) { a.Sequence += 9 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(idempotent, sends("send", 10)...)
			w.add(idempotent, sends("update", 2)...).Target.Destination = "other"
			w.dest.script = func(_ int, c *call) treatment {
				if c.op == "send" && len(c.keys) == 4 {
					return treatment{answer: breach}
				}
				return treatment{}
			}
			res := w.mustApply()
			w.want(res, StatusIncomplete, diag.PluginBrokeContract)
			if name == "too few outcomes" {
				diagtest.Example(t, diag.PluginBrokeContract, res.Diagnostics)
			}
			a := res.Activations[0]
			if a.Outcomes.Unknown != 4 || a.Unsent != 6 || res.Activations[1].Status != StatusDone {
				t.Errorf("%+v", res.Activations)
			}
			if d := res.Diagnostics[0]; !strings.Contains(d.Summary, "fake 1.2.3") {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestPluginCrash(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 10)...)
	w.dest.script = func(n int, _ *call) treatment { return treatment{crash: n == 2} }
	w.want(w.mustApply(), StatusIncomplete, diag.CircuitOpen)
	w.dest.dead = false
	w.want(w.mustApply(), StatusDone)
	w.holds(10)
	if !w.dest.calls[2].resend || len(w.dest.calls) != 4 {
		t.Errorf("%+v", w.dest.calls)
	}
}

func TestInterrupt(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 20)...)
	ctx, cancel := context.WithCancel(context.Background())
	w.dest.script = func(n int, _ *call) treatment {
		if n == 3 {
			return treatment{then: cancel}
		}
		return treatment{}
	}
	res, err := w.apply(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.want(res, StatusInterrupted)
	if a := res.Activations[0]; a.Outcomes.Created != 12 || a.Unsent != 8 || len(w.states[0]) != 12 || w.done || a.Serial != 1 {
		t.Errorf("%+v", a)
	}
	w.want(w.mustApply(), StatusDone)
	w.holds(20)
	if len(w.dest.calls) != 5 || len(w.states[0]) != 20 {
		t.Errorf("%d calls", len(w.dest.calls))
	}
}

func TestDependency(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 10)...)
	w.add(idempotent, sends("update", 4)...).Target.Destination = "other"
	w.plan.Graph[2].After = []int{1}
	w.dest.script = func(int, *call) treatment {
		return treatment{before: true, answer: func(a *Answer, _ *call) { a.Fault = FaultAuth }}
	}
	res := w.mustApply()
	w.want(res, StatusIncomplete, diag.AuthLost, diag.DependencyFailed)
	diagtest.Example(t, diag.DependencyFailed, res.Diagnostics)
	if len(w.dest.calls) != 1 {
		t.Errorf("%d calls", len(w.dest.calls))
	}
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		w.add(idempotent, sends("send", 80)...).Limits = []plan.LimitCost{{Limit: "burst", Amount: 8, Window: "10s", Counts: "requests", Concurrent: 2}}
	}
	w.want(w.mustApply(), StatusDone)
	if len(w.dest.calls) != 40 {
		t.Fatalf("%d calls", len(w.dest.calls))
	}
	for i, c := range w.dest.calls {
		in := 0
		for _, d := range w.dest.calls[i:] {
			if d.when.Sub(c.when) < 10*time.Second {
				in++
			}
		}
		if in > 8 {
			t.Fatalf("%d calls in the window that begins with call %d", in, i)
		}
	}
}

func TestThrottleNewsSteersTheBucket(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 12)...).Limits = []plan.LimitCost{{Limit: "burst", Amount: 1000, Window: "1s", Counts: "records"}}
	w.dest.script = func(n int, _ *call) treatment {
		if n == 2 {
			return treatment{news: &Throttle{Limit: "burst", Remaining: 0, Reset: 30 * time.Second}}
		}
		return treatment{news: &Throttle{Limit: "unheard of"}}
	}
	w.want(w.mustApply(), StatusDone)
	if gap := w.dest.calls[2].when.Sub(w.dest.calls[1].when); gap < 30*time.Second {
		t.Errorf("sent after %v", gap)
	}
}

// A retry says nothing about the attempt before it, whose outcome is unknown.
func TestRetryAfterUnknownStaysInDoubt(t *testing.T) {
	w := newWorld(t)
	w.add(idempotent, sends("send", 4)...)
	w.tuning.MaxAttempts = 2
	w.dest.script = func(n int, _ *call) treatment {
		return treatment{before: n > 1, lost: n == 1, answer: func(a *Answer, _ *call) { a.Fault = FaultThrottled }}
	}
	res := w.mustApply()
	w.want(res, StatusIncomplete, diag.AttemptsSpent)
	if a := res.Activations[0]; a.Outcomes.Unknown != 4 || a.Unsent != 0 {
		t.Errorf("%+v", a)
	}
	w.dest.script = nil
	w.want(w.mustApply(), StatusDone)
	if !w.dest.calls[2].resend || len(w.dest.calls) != 3 {
		t.Errorf("%+v", w.dest.calls)
	}
}

// What a look at the destination means depends on the operation.
func TestReadBackByOperation(t *testing.T) {
	for _, c := range []struct {
		op      string
		before  bool // the first attempt broke before it was stored
		calls   int
		outcome string
		left    map[string]string
	}{
		{"send", true, 2, "2 id-a", map[string]string{"a": "new"}},
		{"send", false, 1, "2 id-a", map[string]string{"a": "new"}},
		{"update", true, 2, "2 id-a", map[string]string{"a": "new"}},
		{"delete", true, 2, "9 id-a", map[string]string{}},
		{"delete", false, 1, "9 ", map[string]string{}},
		{"create", true, 1, "1 id-a", map[string]string{"a": "old"}}, // found is done: creating again would make two
	} {
		w := newWorld(t)
		w.dest.records["a"] = record{"id-a", "old"}
		w.add(readable, change{op: c.op, key: "a", value: "new"})
		w.dest.script = func(n int, _ *call) treatment { return treatment{before: c.before && n == 1, lost: n == 1} }
		w.want(w.mustApply(), StatusDone)
		if len(w.dest.calls) != c.calls || w.states[0][0] != c.outcome {
			t.Errorf("%s, before %v: %d calls, %q", c.op, c.before, len(w.dest.calls), w.states[0][0])
		}
		if diff := cmp.Diff(c.left, w.dest.contents()); diff != "" {
			t.Errorf("%s, before %v: %s", c.op, c.before, diff)
		}
	}
}

func TestSettle(t *testing.T) {
	w := newWorld(t)
	w.add(readable, sends("send", 10)...)
	w.dest.script = func(n int, _ *call) treatment { return treatment{crash: n == 2} }
	w.mustApply()
	w.dest.dead, w.dest.script = false, nil
	res, err := Settle(context.Background(), w.request())
	if err != nil {
		t.Fatal(err)
	}
	w.want(res, StatusDone)
	if a := res.Activations[0]; a.Outcomes.Lasting() != 8 || a.Unsent != 2 || len(w.states[0]) != 8 || !w.done || len(w.dest.calls) != 2 {
		t.Errorf("%+v", a)
	}
	rec, _, err := journal.Read(w.disk, "plan", journal.Plan{Digest: [32]byte(bytes.Repeat([]byte{1}, 32)), Rows: []int64{10}})
	if err != nil || !rec.Settled {
		t.Error("not settled", err)
	}
}

func TestReplace(t *testing.T) {
	setup := func() *world {
		w := newWorld(t)
		w.dest.records = map[string]record{"gone": {"x", "x"}, "old": {"x", "x"}}
		w.add(idempotent, append([]change{{op: "delete", key: "gone"}}, sends("send", 3)...)...).Target.Replace = true
		return w
	}
	scripts := map[string]func(int, *call) treatment{
		"plain":        nil,
		"refused once": func(n int, _ *call) treatment { return treatment{before: n == 1} },
		"lost once":    func(n int, _ *call) treatment { return treatment{lost: n == 1} },
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			w := setup()
			w.t = t
			w.dest.script = script
			w.want(w.mustApply(), StatusDone)
			if diff := cmp.Diff(map[string]string{"k00": "v0", "k01": "v1", "k02": "v2", "same": "same"}, w.dest.contents()); diff != "" {
				t.Error(diff)
			}
			if len(w.states[0]) != 4 || !strings.HasPrefix(w.states[0][0], "9") || !w.done {
				t.Errorf("%v", w.states[0])
			}
		})
	}
}

// The process dies at every write and sync of the journal and around every
// commit, with several lengths of torn tail, and is started again. The end is
// that of an uninterrupted run; where sending twice is not harmless, nothing
// was stored twice.
func TestDeathAtEveryPoint(t *testing.T) {
	for _, c := range []struct {
		name, retry, op string
		loose           bool
		concurrency     int
	}{
		{"idempotent", idempotent, "send", false, 1},
		{"idempotent, four at once", idempotent, "send", false, 4},
		{"readable, keys not unique", readable, "send", true, 1},
		{"readable, four at once", readable, "create", true, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			build := func() *world {
				w := newWorld(t)
				w.dest.loose = c.loose
				w.dest.records["gone"] = record{"id-gone", "x"}
				w.add(c.retry, append([]change{{op: "delete", key: "gone"}}, sends(c.op, 13)...)...).Delivery.Concurrency = c.concurrency
				// one batch answers in part, so that retries are hit as well
				w.dest.script = func(n int, cl *call) treatment {
					if n != 3 {
						return treatment{}
					}
					return treatment{before: true, answer: func(a *Answer, _ *call) { a.Fault = FaultThrottled }}
				}
				return w
			}
			clean := build()
			clean.want(clean.mustApply(), StatusDone)
			points := clean.disk.ops
			for torn := 0; torn <= 60; torn += 30 {
				for at := range points {
					w := build()
					w.disk.left, w.disk.torn = at, torn
					if _, err := w.apply(context.Background()); err == nil && !w.done {
						t.Fatalf("point %d: no error and not done", at)
					}
					first := len(w.dest.calls)
					w.disk.reboot()
					if w.done {
						continue
					}
					res := w.mustApply()
					if res.Status != StatusDone || !w.done {
						t.Fatalf("point %d: %s %v", at, res.Status, res.Diagnostics)
					}
					if diff := cmp.Diff(values(clean.dest), values(w.dest)); diff != "" {
						t.Fatalf("point %d, torn %d: %s", at, torn, diff)
					}
					if len(w.states[0]) != 14 {
						t.Fatalf("point %d: state has %d rows", at, len(w.states[0]))
					}
					sentTwice(t, w, first)
				}
			}
		})
	}
}

// values counts the values a destination holds, so that a record stored twice shows.
func values(d *destination) map[string]int {
	out := map[string]int{}
	for _, r := range d.records {
		out[r.value]++
	}
	return out
}

// sentTwice checks that a later run repeats stored rows only under the resend flag.
func sentTwice(t *testing.T, w *world, first int) {
	t.Helper()
	seen := map[string]bool{}
	for n, c := range w.dest.calls {
		for _, k := range c.keys {
			if n >= first && seen[k] && !c.resend {
				t.Fatalf("call %d repeats %s without the flag", n, k)
			}
			seen[k] = n+1 != 3 // the third call stored nothing
		}
	}
}

// Random faults of all kinds, many runs, three activations at once.
func TestStorm(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		w := newWorld(t)
		w.dest.loose = seed%2 == 0
		for range 2 {
			w.add(readable, sends("send", 30)...).Delivery.Concurrency = 3
		}
		for i := range w.changes[1] {
			w.changes[1][i].key = "b" + w.changes[1][i].key
		}
		calm := false
		w.dest.script = func(int, *call) treatment {
			if calm || rnd.IntN(3) > 0 {
				return treatment{}
			}
			tr := treatment{before: rnd.IntN(2) == 0, lost: rnd.IntN(4) == 0}
			tr.answer = func(a *Answer, _ *call) {
				for i := range a.Outcomes {
					if tr.before && rnd.IntN(3) == 0 || !tr.before && rnd.IntN(2) == 0 {
						a.Outcomes[i] = byte(journal.Unknown)
					}
				}
				a.Fault = []string{"", FaultThrottled, FaultServer}[rnd.IntN(3)]
			}
			return tr
		}
		for run := 0; !w.done; run++ {
			calm = run > 5
			w.disk.left, w.disk.torn = -1, rnd.IntN(80)
			if !calm {
				w.disk.left = rnd.IntN(120)
			}
			if _, err := w.apply(context.Background()); err != nil && calm {
				t.Fatal(seed, err)
			}
			w.disk.reboot()
			if run > 8 {
				t.Fatal(seed, "does not come to an end")
			}
		}
		for v, n := range values(w.dest) {
			if n != 2 {
				t.Fatalf("seed %d: value %s is held %d times, want once by each activation", seed, v, n)
			}
		}
	}
}
