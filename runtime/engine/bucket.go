package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/leat-dev/leat/compiler/plan"
)

// bucket is a token bucket for one limit of one destination account, shared
// by all activations that send there.
//
// For windows of up to a minute a quarter of the amount may go at once and the
// rest flows evenly, so that no window of the vendor's, wherever it begins,
// sees more than the amount. Longer windows are quotas: they may be used up
// at once.
type bucket struct {
	clock   Clock
	records bool // counts records, not requests
	slots   chan struct{}

	mu     sync.Mutex
	cap    float64
	rate   float64 // tokens a second
	tokens float64
	at     time.Time
	until  time.Time // nothing goes before it
}

const longestPaced = time.Minute

func newBucket(clock Clock, l plan.LimitCost) *bucket {
	b := &bucket{clock: clock, records: l.Counts == "records" || l.Counts == "billable", at: clock.Now()}
	if l.Concurrent > 0 {
		b.slots = make(chan struct{}, l.Concurrent)
	}
	window, err := time.ParseDuration(l.Window)
	if err != nil || window <= 0 || l.Amount <= 0 {
		return b // no rate: a limit of concurrency only
	}
	amount := float64(l.Amount)
	b.cap, b.rate = amount, amount/window.Seconds()
	if window <= longestPaced && l.Amount > 1 {
		b.cap = max(1, float64(l.Amount/4))
		b.rate = (amount - b.cap) / window.Seconds()
	}
	b.tokens = b.cap
	return b
}

// take waits until n tokens are there and takes them. A batch that costs more
// than the bucket holds waits for a full one.
func (b *bucket) take(ctx context.Context, n int64) error {
	for {
		wait := b.tryTake(float64(n))
		if wait <= 0 {
			return nil
		}
		if err := b.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (b *bucket) tryTake(n float64) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if w := b.until.Sub(now); w > 0 {
		return w
	}
	if b.rate == 0 {
		return 0
	}
	b.refill(now)
	n = min(n, b.cap)
	if b.tokens >= n {
		b.tokens -= n
		return 0
	}
	return max(time.Duration((n-b.tokens)/b.rate*float64(time.Second)), time.Millisecond)
}

func (b *bucket) refill(now time.Time) {
	if d := now.Sub(b.at); d > 0 {
		b.tokens = min(b.cap, b.tokens+d.Seconds()*b.rate)
		b.at = now
	}
}

// steer takes the vendor's word about what is left.
func (b *bucket) steer(remaining int64, reset time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.refill(now)
	b.tokens = min(b.tokens, max(0, float64(remaining)))
	if remaining <= 0 {
		b.pause(now.Add(reset))
	}
}

// hold lets nothing go for d.
func (b *bucket) hold(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pause(b.clock.Now().Add(d))
}

func (b *bucket) pause(until time.Time) {
	if until.After(b.until) {
		b.until = until
	}
}

// buckets are the limits of one destination by name.
type buckets map[string]*bucket

// enter waits for every named limit and returns the function that frees the
// slots taken. Limits are taken in the order of their names, so that two
// batches never wait for each other.
func (bs buckets) enter(ctx context.Context, names []string, requests, records int64) (leave func(), err error) {
	var held []*bucket
	leave = func() {
		for _, b := range held {
			<-b.slots
		}
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		b := bs[name]
		if b == nil {
			continue
		}
		if b.slots != nil {
			select {
			case b.slots <- struct{}{}:
				held = append(held, b)
			case <-ctx.Done():
				leave()
				return nil, ctx.Err()
			}
		}
		n := requests
		if b.records {
			n = records
		}
		if err := b.take(ctx, n); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}

// add makes the buckets of an activation's limits that are not there yet. The
// smaller amount wins where two activations disagree.
func (bs buckets) add(clock Clock, limits []plan.LimitCost) {
	sorted := slices.SortedFunc(slices.Values(limits), func(a, b plan.LimitCost) int {
		return cmp.Or(cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Amount, b.Amount))
	})
	for _, l := range sorted {
		if bs[l.Limit] == nil {
			bs[l.Limit] = newBucket(clock, l)
		}
	}
}
