package sandbox

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// bucket is a token bucket: it holds at most max tokens and fills evenly, max in one interval.
type bucket struct {
	max      int // negative: no limit
	interval time.Duration
	tokens   float64
	last     time.Time
}

func newBucket(limit int, interval time.Duration) *bucket {
	return &bucket{max: limit, interval: interval, tokens: float64(limit)}
}

// take takes one token. When there is none it says how long until there is one.
func (b *bucket) take(now time.Time) (wait time.Duration, ok bool) {
	if b.max < 0 {
		return 0, true
	}
	if b.max == 0 {
		return b.interval, false
	}
	if !b.last.IsZero() {
		// A clock that went backwards fills nothing.
		passed := max(0, now.Sub(b.last))
		b.tokens = min(float64(b.max), b.tokens+float64(b.max)*float64(passed)/float64(b.interval))
	}
	b.last = now
	if b.tokens < 1 {
		return time.Duration(math.Ceil((1 - b.tokens) / float64(b.max) * float64(b.interval))), false
	}
	b.tokens--
	return 0, true
}

// limits are the limits of the account.
type limits struct {
	rate   Rate
	burst  *bucket
	search *bucket
	day    string // the UTC day that used counts
	used   int
}

func newLimits(r Rate) *limits {
	return &limits{rate: r, burst: newBucket(r.Max, r.Interval), search: newBucket(r.Search, time.Second)}
}

// take counts one request and returns the 429 to answer with, or nil.
// Searches have a limit of their own and count for the day only, as the vendor's do.
func (l *limits) take(op string, now time.Time) *reply {
	day := now.UTC().Format(time.DateOnly)
	if day != l.day {
		l.day, l.used = day, 0
	}
	if l.rate.Daily >= 0 && l.used >= l.rate.Daily {
		midnight := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		return tooMany("DAILY", "daily", midnight.Sub(now))
	}
	b, policy, word := l.burst, "TEN_SECONDLY_ROLLING", "ten_secondly_rolling"
	if op == opSearch {
		b, policy, word = l.search, "SECONDLY", "secondly"
	}
	if wait, ok := b.take(now); !ok {
		return tooMany(policy, word, wait)
	}
	l.used++
	return nil
}

// setHeaders writes the account's limits and what is left of them. The answer to a search does not carry them.
func (l *limits) setHeaders(h http.Header, op string) {
	if op == opSearch {
		return
	}
	if l.rate.Max >= 0 {
		h.Set("X-HubSpot-RateLimit-Max", strconv.Itoa(l.rate.Max))
		h.Set("X-HubSpot-RateLimit-Remaining", strconv.Itoa(int(l.burst.tokens)))
		h.Set("X-HubSpot-RateLimit-Interval-Milliseconds", strconv.FormatInt(l.rate.Interval.Milliseconds(), 10))
	}
	if l.rate.Daily >= 0 {
		h.Set("X-HubSpot-RateLimit-Daily", strconv.Itoa(l.rate.Daily))
		h.Set("X-HubSpot-RateLimit-Daily-Remaining", strconv.Itoa(max(0, l.rate.Daily-l.used)))
	}
}

// tooMany is the vendor's 429. The vendor's own client recognises the search limit by this very message.
func tooMany(policy, word string, wait time.Duration) *reply {
	a := failure(http.StatusTooManyRequests, "RATE_LIMITS", "You have reached your "+word+" limit.")
	e := a.body.(*apiError)
	e.ErrorType, e.PolicyName = "RATE_LIMIT", policy
	a.retryAfter = wait
	return a
}

// retrySeconds spells a wait for Retry-After: whole seconds, rounded up, at least one.
func retrySeconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64(math.Ceil(d.Seconds()))), 10)
}
