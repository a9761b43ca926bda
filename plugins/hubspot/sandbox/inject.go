package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// armed is a fault with what it has done.
type armed struct {
	ID      int    `json:"id"`
	Spec    string `json:"spec"`
	Fault   Fault  `json:"fault"`
	Matched int    `json:"matched"` // requests it selects by path, object and operation
	Fired   int    `json:"fired"`
}

// effects is what befalls one request.
type effects struct {
	wait    time.Duration
	before  *Fault   // ends the request, or holds it, before the work
	after   *Fault   // does so after it
	gate    bool     // holds the answer
	records []*Fault // partial and refuse
	names   []string // of the faults, for the log
}

// AddFault arms a fault and returns its number.
func (s *Server) AddFault(f Fault) (int, error) {
	if err := f.Validate(); err != nil {
		return 0, fmt.Errorf("sandbox: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arm(f).ID, nil
}

// ClearFaults disarms all faults. Batches that a gate holds stay held: see Release.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// arm needs s.mu.
func (s *Server) arm(f Fault) *armed {
	s.lastFault++
	a := &armed{ID: s.lastFault, Spec: f.String(), Fault: f}
	s.faults = append(s.faults, a)
	return a
}

// befall chooses the faults of a request, in the order they were armed. Once one ends the request, later ones are
// not asked and do not count it. It needs s.mu.
func (s *Server) befall(c *call) effects {
	var e effects
	for _, a := range s.faults {
		f := &a.Fault
		if !f.selects(c) {
			continue
		}
		a.Matched++
		n := a.Matched - f.After
		if n <= 0 || f.Nth > 0 && n%f.Nth != 0 || f.Count > 0 && a.Fired >= f.Count {
			continue
		}
		if f.Probability > 0 && s.chance.Float64() >= f.Probability {
			continue
		}
		a.Fired++
		s.stats.Faults[f.Kind]++
		e.names = append(e.names, fmt.Sprintf("%s#%d", f.Kind, a.ID))
		if e.add(f) {
			break
		}
	}
	return e
}

// selects reports whether a fault is for this kind of request.
func (f *Fault) selects(c *call) bool {
	switch {
	case f.Path != "" && !glob(f.Path, c.r.URL.Path):
		return false
	case f.Object != "" && (c.table == nil || f.Object != c.table.Name && f.Object != c.table.TypeID):
		return false
	case f.Op == "write" || f.touchesRecords():
		return writes(c.op) && (f.Op == "" || f.Op == "write" || f.Op == c.op)
	}
	return f.Op == "" || f.Op == c.op
}

// add takes a fault in and reports whether it ends the request.
func (e *effects) add(f *Fault) bool {
	switch f.Kind {
	case FaultLatency:
		e.wait += time.Duration(f.Duration)
	case FaultGate:
		e.gate = true
	case FaultPartial, FaultRefuse:
		e.records = append(e.records, f)
	case Fault429, FaultCutBefore:
		e.before = f
		return true
	case FaultCutAfter:
		e.after = f
		return true
	case Fault500, FaultHang:
		if !f.Commit {
			e.before = f
		} else {
			e.after = f
		}
		return true
	}
	return false
}

// refuses says how the record faults treat a record: i is its place in the batch, r what it would become (or, to be
// archived, what it is).
func (e *effects) refuses(t *table, i int, r *record) *batchError {
	for _, f := range e.records {
		hit := false
		if f.Kind == FaultPartial {
			every := f.Every
			if every == 0 {
				every = 2
			}
			hit = (i+1)%every == 0
		} else if v, ok := r.value(&t.Object, f.Property); ok {
			hit = glob(f.Value, v)
		}
		if !hit {
			continue
		}
		category := f.Category
		if category == "" {
			category = "VALIDATION_ERROR"
		}
		refused := refusal(category, "The sandbox was told to refuse this record.")
		if f.Property != "" {
			v, _ := r.value(&t.Object, f.Property)
			refused.Errors = []detail{*about(f.Property, "SANDBOX_REFUSED", "The sandbox was told to refuse "+v)}
		}
		return refused
	}
	return nil
}

// serverError is the answer of a 500 fault.
func (f *Fault) serverError() *reply {
	status := f.Status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	return failure(status, "INTERNAL_ERROR", "internal error")
}

// pause waits; zero is for ever. It reports whether the client is still there.
func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		<-ctx.Done()
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// label is the faults of a request for the log.
func (e *effects) label() string { return strings.Join(e.names, " ") }
