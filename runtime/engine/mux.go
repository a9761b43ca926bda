package engine

import (
	"errors"
	"fmt"
	"sync"

	"github.com/leat-dev/leat/runtime/journal"
)

// errStream says that the stream ended while a batch was on its way.
var errStream = errors.New("stream ended")

// reply is the fate of one batch: an answer, or why there is none.
type reply struct {
	answer *Answer
	err    error // wraps errStream or ErrContract
}

// mux lets many goroutines send batches over one stream and wait for each
// one's own answer.
type mux struct {
	stream     Stream
	onThrottle func(Throttle)

	sending sync.Mutex // one Send at a time

	mu      sync.Mutex
	waiting map[int64]pending
	next    int64
	err     error // after it the stream is of no use
}

type pending struct {
	rows int64
	ch   chan reply // capacity 1
}

func newMux(s Stream, onThrottle func(Throttle)) *mux {
	m := &mux{stream: s, onThrottle: onThrottle, waiting: make(map[int64]pending)}
	go m.receive()
	return m
}

// send hands one batch over and returns the channel that gets its reply. The
// sequence number is set here.
func (m *mux) send(b Batch) <-chan reply {
	ch := make(chan reply, 1)
	m.mu.Lock()
	if m.err != nil {
		defer m.mu.Unlock()
		ch <- reply{err: m.err}
		return ch
	}
	m.next++
	b.Sequence = m.next
	m.waiting[b.Sequence] = pending{b.Rows.NumRows(), ch}
	m.mu.Unlock()

	m.sending.Lock()
	defer m.sending.Unlock()
	if err := m.stream.Send(b); err != nil {
		m.fail(fmt.Errorf("%w: %w", errStream, err))
	}
	return ch
}

// alive reports whether batches can still be sent.
func (m *mux) alive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err == nil
}

// fail ends the stream: every batch on its way gets the error.
func (m *mux) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return
	}
	m.err = err
	for _, p := range m.waiting {
		p.ch <- reply{err: err}
	}
	clear(m.waiting)
	_ = m.stream.Close() // the error that matters is the one at hand
}

func (m *mux) receive() {
	for {
		msg, err := m.stream.Recv()
		switch {
		case err != nil && errors.Is(err, ErrContract):
			m.fail(err)
			return
		case err != nil:
			m.fail(fmt.Errorf("%w: %w", errStream, err))
			return
		case msg.Throttle != nil:
			m.onThrottle(*msg.Throttle)
		case msg.Answer != nil:
			if !m.deliver(msg.Answer) {
				m.fail(fmt.Errorf("%w: it answered a batch that was not sent, or twice", ErrContract))
				return
			}
		}
	}
}

func (m *mux) deliver(a *Answer) bool {
	m.mu.Lock()
	p, ok := m.waiting[a.Sequence]
	delete(m.waiting, a.Sequence)
	m.mu.Unlock()
	if !ok {
		return false
	}
	if err := a.check(p.rows); err != nil {
		p.ch <- reply{err: err}
	} else {
		p.ch <- reply{answer: a}
	}
	return true
}

// check holds an answer against the protocol.
func (a *Answer) check(rows int64) error {
	if int64(len(a.Outcomes)) != rows {
		return fmt.Errorf("%w: %d outcomes for %d rows", ErrContract, len(a.Outcomes), rows)
	}
	if len(a.IDs) != 0 && int64(len(a.IDs)) != rows {
		return fmt.Errorf("%w: %d destination ids for %d rows", ErrContract, len(a.IDs), rows)
	}
	for _, o := range a.Outcomes {
		if o == byte(journal.None) || o > byte(journal.Removed) {
			return fmt.Errorf("%w: outcome %d does not exist", ErrContract, o)
		}
	}
	for _, r := range a.Rejections {
		if r.Row < 0 || r.Row >= rows || journal.Outcome(a.Outcomes[r.Row]) != journal.Rejected {
			return fmt.Errorf("%w: a rejection of a row that is not rejected", ErrContract)
		}
	}
	return nil
}
