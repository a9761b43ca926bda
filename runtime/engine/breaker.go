package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errTripped says that a destination was given up for this run.
var errTripped = errors.New("circuit open")

// breaker stops sending to a destination that fails again and again. After
// threshold faults in a row it is open for a pause, which doubles; then one
// batch probes. When the last of the probes fails too it stays open.
type breaker struct {
	clock     Clock
	threshold int
	probes    int
	pause     time.Duration
	onOpen    func(wait time.Duration)
	onClose   func()

	mu      sync.Mutex
	faults  int
	failed  int // probes
	open    bool
	probing bool
	tripped bool
	until   time.Time
	changed chan struct{} // closed at every change of the fields above
}

// allow waits until a batch may be sent. It returns errTripped when none may
// be any more. Every allow that returns nil is followed by one report or
// cancel, which is told whether this batch is the probe.
func (b *breaker) allow(ctx context.Context) (probe bool, err error) {
	for {
		probe, wait, changed, err := b.ask()
		if err != nil || changed == nil {
			return probe, err
		}
		if wait > 0 {
			if err := b.clock.Sleep(ctx, wait); err != nil {
				return false, err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// ask returns no channel when the batch may go.
func (b *breaker) ask() (probe bool, wait time.Duration, changed chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.tripped:
		return false, 0, nil, errTripped
	case !b.open:
		return false, 0, nil, nil
	case b.probing:
		return false, 0, b.changed, nil
	}
	if wait := b.until.Sub(b.clock.Now()); wait > 0 {
		return false, wait, b.changed, nil
	}
	b.probing = true
	return true, 0, nil, nil
}

// report says how a batch went. Only faults of the server, the network or the
// plugin count; an answer about the rows, whatever it is, is a success.
func (b *breaker) report(probe bool, fault string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.notify()
	if probe {
		b.probing = false
	}
	switch fault {
	case FaultThrottled, FaultDeadline, FaultAuth, FaultSchema: // tell nothing about health
	case FaultServer, FaultNetwork, FaultTimeout, FaultInternal:
		b.faults++
		switch {
		case probe:
			if b.failed++; b.failed >= b.probes {
				b.tripped = true
				return
			}
		case b.open || b.faults < b.threshold:
			return // under way when it opened, or too few
		}
		wait := b.pause << b.failed
		b.open, b.until = true, b.clock.Now().Add(wait)
		b.onOpen(wait)
	default:
		if b.open && !b.tripped {
			b.onClose()
		}
		b.faults, b.failed, b.open = 0, 0, false
	}
}

// gaveUp reports whether the last probe has failed.
func (b *breaker) gaveUp() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tripped
}

// cancel takes an allow back: the batch was not sent.
func (b *breaker) cancel(probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	b.notify()
}

func (b *breaker) notify() {
	close(b.changed)
	b.changed = make(chan struct{})
}
