package sandbox

import (
	"context"
	"slices"
)

// Held is a batch that was committed and whose answer a gate holds back.
type Held struct {
	ID        int    `json:"id"`
	RequestID string `json:"request_id"`
	Object    string `json:"object"`
	Op        string `json:"op"`
	Inputs    int    `json:"inputs"`
}

type holding struct {
	Held
	released chan struct{}
}

// hold waits at the gate. It reports whether the client is still there; one that left is no longer held.
func (s *Server) hold(c *call) bool {
	s.mu.Lock()
	s.lastHeld++
	h := &holding{released: make(chan struct{}), Held: Held{
		ID: s.lastHeld, RequestID: c.requestID, Object: c.table.Name, Op: c.op, Inputs: countInputs(c.body),
	}}
	s.held = append(s.held, h)
	s.signal()
	s.mu.Unlock()

	select {
	case <-h.released:
		return true
	case <-c.r.Context().Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = slices.DeleteFunc(s.held, func(other *holding) bool { return other == h })
	s.signal()
	return false
}

// signal wakes those that watch the gate. It needs s.mu.
func (s *Server) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Held lists the batches at the gate, the longest held first, as soon as there are at least so many, or when the
// context ends.
func (s *Server) Held(ctx context.Context, atLeast int) []Held {
	for {
		s.mu.Lock()
		held, changed := make([]Held, 0, len(s.held)), s.changed
		for _, h := range s.held {
			held = append(held, h.Held)
		}
		s.mu.Unlock()
		if len(held) >= atLeast || ctx.Err() != nil {
			return held
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Release lets the answers of the n batches held longest go, all when n is 0, and returns how many there were.
func (s *Server) Release(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release(n)
}

// release needs s.mu.
func (s *Server) release(n int) int {
	if n <= 0 || n > len(s.held) {
		n = len(s.held)
	}
	for _, h := range s.held[:n] {
		close(h.released)
	}
	s.held = slices.Delete(s.held, 0, n)
	s.signal()
	return n
}
