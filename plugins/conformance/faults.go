package conformance

import (
	"slices"
	"testing"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// faulty starts a session with a fault armed for its first write, or skips.
func faulty(t *testing.T, h *Harness, f Fault) (*session, *protocol.BatchOutcome) {
	t.Helper()
	s := start(t, h)
	s.needs(t)
	if h.Fault == nil {
		t.Skipf("the harness causes no faults, so %q is not proven", f)
	}
	if !h.Fault(t, f) {
		t.Skipf("the harness cannot cause %q", f)
	}
	return s, s.write(t, s.anyWrite(), h.row(0, 0))
}

// recovers checks that the same rows can be sent after the fault, and end as
// if it had not been.
func (s *session) recovers(t *testing.T) {
	t.Helper()
	op := s.anyWrite()
	again := []protocol.Outcome{created, updated, unchanged}
	if op == sdk.Create {
		again = append(again, exists)
	}
	want(t, s.write(t, op, s.h.row(0, 0)), again...)
	s.expect(t, s.h.row(0, 0))
}

func wantFault(t *testing.T, out *protocol.BatchOutcome, classes ...string) {
	t.Helper()
	if !slices.Contains(classes, out.GetFault()) {
		t.Errorf("fault is %q, want one of %q", out.GetFault(), classes)
	}
}

func throttled(t *testing.T, h *Harness) {
	s, out := faulty(t, h, Throttle)
	want(t, out, retry)
	wantFault(t, out, protocol.FaultThrottled)
	s.expect(t)
	s.recovers(t)
}

func serverError(t *testing.T, h *Harness) {
	s, out := faulty(t, h, ServerError)
	want(t, out, retry, unknown)
	wantFault(t, out, protocol.FaultServer)
	s.recovers(t)
}

func credentials(t *testing.T, h *Harness) {
	s, out := faulty(t, h, CredentialsNo)
	want(t, out, retry)
	wantFault(t, out, protocol.FaultAuth)
	s.expect(t)
}

func cutBefore(t *testing.T, h *Harness) {
	s, out := faulty(t, h, CutBefore)
	want(t, out, retry, unknown)
	wantFault(t, out, protocol.FaultNetwork, protocol.FaultTimeout)
	s.recovers(t)
}

func cutAfter(t *testing.T, h *Harness) {
	s, out := faulty(t, h, CutAfter)
	want(t, out, unknown) // anything else would be a guess
	wantFault(t, out, protocol.FaultNetwork, protocol.FaultTimeout)
	s.expect(t, h.row(0, 0))
	if op := s.operation("upsert"); op != nil && op.GetRetry() == sdk.Idempotent {
		s.recovers(t)
	}
}
