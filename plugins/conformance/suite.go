package conformance

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// Short names of the outcomes.
const (
	created   = protocol.Outcome_OUTCOME_CREATED
	updated   = protocol.Outcome_OUTCOME_UPDATED
	unchanged = protocol.Outcome_OUTCOME_UNCHANGED
	absent    = protocol.Outcome_OUTCOME_ABSENT
	exists    = protocol.Outcome_OUTCOME_EXISTS
	rejected  = protocol.Outcome_OUTCOME_REJECTED
	retry     = protocol.Outcome_OUTCOME_RETRY
	unknown   = protocol.Outcome_OUTCOME_UNKNOWN
	removed   = protocol.Outcome_OUTCOME_REMOVED
)

// Run runs every case as a subtest. The harness is used by one case at a time.
func Run(t *testing.T, h Harness) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *Harness)
	}{
		{"describe", describes},
		{"configuration", checksConfig},
		{"check", checks},
		{"replace", replaces},
		{"create and update", createsAndUpdates},
		{"create only", createsOnly},
		{"update only", updatesOnly},
		{"unsent fields stay", leavesUnsent},
		{"null semantics", clears},
		{"removal", removes},
		{"rekey", rekeys},
		{"append", appends},
		{"partial failure", refusesOne},
		{"duplicate delivery", repeats},
		{"huge batch", takesMany},
		{"past deadline", keepsDeadline},
		{"cancellation", endsWhenCancelled},
		{"stop", stops},
		{"read", reads},
		{"throttling", throttled},
		{"server error", serverError},
		{"credentials refused", credentials},
		{"cut before", cutBefore},
		{"cut after", cutAfter},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, &h) })
	}
}

// row makes a row with every field sent; n picks the key, v the values.
func (h *Harness) row(n, v int) row {
	r := row{fields: make(map[string]*string)}
	for _, c := range h.Key {
		r.key = append(r.key, h.value(c, n))
	}
	for _, c := range h.Fields {
		text := h.value(c, v)
		r.fields[c.Name] = &text
	}
	return r
}

// only returns the row with just these fields sent.
func (r row) only(fields ...string) row {
	out := row{dest: r.dest, key: r.key, prior: r.prior, fields: make(map[string]*string)}
	for _, f := range fields {
		out.fields[f] = r.fields[f]
	}
	return out
}

func (r row) keyText() string { return strings.Join(r.key, KeySeparator) }

// expect compares the account with the rows it must hold, field by field of
// those the rows send.
func (s *session) expect(t *testing.T, rows ...row) {
	t.Helper()
	got := s.h.ReadBack(t)
	if len(got) != len(rows) {
		t.Errorf("the destination holds %d records, want %d", len(got), len(rows))
	}
	for _, r := range rows {
		rec, ok := got[r.keyText()]
		if !ok {
			t.Errorf("the record with key %q is missing; there are %q", r.keyText(), slices.Sorted(maps.Keys(got)))
			continue
		}
		for name, want := range r.fields {
			have, has := rec[name]
			if has != (want != nil) || (has && have != *want) {
				t.Errorf("record %q field %s is %q (has a value: %v), want %s", r.keyText(), name, have, has, show(want))
			}
		}
	}
}

func show(v *string) string {
	if v == nil {
		return "no value"
	}
	return "\"" + *v + "\""
}

func want(t *testing.T, out *protocol.BatchOutcome, allowed ...protocol.Outcome) {
	t.Helper()
	for i, b := range out.GetOutcomes() {
		if !slices.Contains(allowed, protocol.Outcome(b)) {
			t.Errorf("row %d is %s, want one of %s", i, protocol.Outcome(b), allowed)
		}
	}
}

// needs skips the case unless the object has the operation and takes rows one
// by one.
func (s *session) needs(t *testing.T, operations ...string) {
	t.Helper()
	if s.object.GetReplace() {
		t.Skip("the object is replaced whole")
	}
	for _, name := range operations {
		if s.operation(name) == nil {
			t.Skipf("the object declares no operation %s", name)
		}
	}
}

func id(out *protocol.BatchOutcome, i int) string {
	if i < len(out.GetDestIds()) {
		return out.GetDestIds()[i]
	}
	return ""
}

func describes(t *testing.T, h *Harness) {
	var first []byte
	for range 3 {
		got, err := proto.MarshalOptions{Deterministic: true}.Marshal(open(t, h).describe(t))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Fatal("two descriptions differ")
		}
	}
	s := open(t, h).describe(t)
	if s.GetPlugin() == "" || s.GetVersion() == "" || len(s.GetEvidence()) != 1 {
		t.Error("plugin, version and evidence must be set")
	}
	for _, o := range s.GetObjects() {
		if len(o.GetOperations()) == 0 {
			t.Errorf("object %s has no operation", o.GetName())
		}
		if len(o.GetKeys()) == 0 && !o.GetKeysOpen() && !hasOnly(o, "append") {
			t.Errorf("object %s has no key", o.GetName())
		}
		for _, f := range o.GetFields() {
			if _, err := protocol.ArrowType(f.GetType()); err != nil {
				t.Errorf("object %s field %s: %v", o.GetName(), f.GetName(), err)
			}
		}
	}
}

func hasOnly(o *protocol.Object, name string) bool {
	return !slices.ContainsFunc(o.GetOperations(), func(op *protocol.Operation) bool { return op.GetName() != name })
}

func checksConfig(t *testing.T, h *Harness) {
	s := open(t, h)
	cfg := configOf(t, h)
	cfg.Values["leat_no_such_attribute"] = `"x"`
	out, err := s.api.ValidateConfig(t.Context(), &protocol.ValidateConfigRequest{Config: cfg})
	if err != nil || len(out.GetProblems()) == 0 {
		t.Errorf("an unknown attribute is not reported: %v", err)
	}
	for _, f := range s.describe(t).GetConfig() {
		if !f.GetRequired() {
			continue
		}
		cfg := configOf(t, h)
		delete(cfg.Values, f.GetName())
		out, err := s.api.ValidateConfig(t.Context(), &protocol.ValidateConfigRequest{Config: cfg})
		if err != nil || len(out.GetProblems()) == 0 {
			t.Errorf("required attribute %s left out is not reported: %v", f.GetName(), err)
		}
	}
}

func checks(t *testing.T, h *Harness) {
	s := start(t, h)
	first, err := s.api.Check(t.Context(), &protocol.CheckRequest{})
	if err != nil || len(first.GetProblems()) > 0 || first.GetAccount() == "" {
		t.Fatalf("got %v, %v", first, err)
	}
	again, err := s.api.Check(t.Context(), &protocol.CheckRequest{})
	if err != nil || again.GetAccount() != first.GetAccount() {
		t.Errorf("the account's fingerprint is not stable: %v", err)
	}
	for name, v := range h.Config {
		secret := slices.ContainsFunc(s.describe(t).GetConfig(), func(f *protocol.ConfigField) bool { return f.GetName() == name && f.GetSecret() })
		if text, ok := v.(string); ok && secret && text != "" && strings.Contains(first.GetAccount()+first.GetAccountLabel(), text) {
			t.Errorf("the account shows the secret %s", name)
		}
	}
}

func keepsDeadline(t *testing.T, h *Harness) {
	s := start(t, h)
	if s.object.GetReplace() {
		t.Skip("the object is replaced whole")
	}
	out := s.writeBy(t, time.Unix(1, 0), s.anyWrite(), h.row(0, 0))
	want(t, out, retry)
	if out.GetRequests() != 0 {
		t.Errorf("%d requests were made after the deadline", out.GetRequests())
	}
	s.expect(t)
}

// anyWrite is an op that makes a record, by the operations declared.
func (s *session) anyWrite() sdk.Op {
	switch {
	case s.operation("upsert") != nil:
		return sdk.Send
	case s.operation("create") != nil:
		return sdk.Create
	case s.operation("append") != nil:
		return sdk.Append
	default:
		return sdk.Send
	}
}

func endsWhenCancelled(t *testing.T, h *Harness) {
	s := start(t, h)
	if h.Fault == nil {
		t.Skip("the harness causes no faults")
	}
	s.needs(t)
	if !h.Fault(t, Hang) {
		t.Skip("the harness cannot make a request hang")
	}
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := s.api.Write(ctx)
	if err != nil {
		t.Fatal(err)
	}
	op := s.anyWrite()
	for _, m := range []*protocol.WriteRequest{
		{Message: &protocol.WriteRequest_Open{Open: s.open()}},
		{Message: &protocol.WriteRequest_Batch{Batch: &protocol.WriteBatch{Sequence: 1, Op: op, Arrow: s.encode(t, op, []row{h.row(0, 0)})}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if _, err := stream.Recv(); err == nil {
		t.Error("a cancelled stream gave an outcome")
	}
	// Stop returns only when the call in flight has ended.
	if _, err := s.api.Stop(t.Context(), &protocol.StopRequest{}); err != nil {
		t.Error(err)
	}
}

func stops(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t)
	if _, err := s.api.Stop(t.Context(), &protocol.StopRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.api.Check(t.Context(), &protocol.CheckRequest{})
	if err == nil {
		t.Error("the plugin goes on after Stop")
	}
}
