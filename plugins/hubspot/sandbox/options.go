package sandbox

import (
	"io"
	"time"
)

// Options is how a sandbox is set up. The zero value works: see each field for what it then means.
type Options struct {
	// Token is the bearer token a request must carry. Empty: any bearer token will do, but there must be one.
	Token string
	// PortalID is the account's number, its fingerprint. Zero: 1001.
	PortalID int64
	// FirstID is the id of the first record; ids count up from it over all objects. Zero: 10001.
	FirstID int64
	// Clock tells the time of records, log entries and limits. It is called with a lock held and must not call back.
	// Nil: a clock of its own that starts at the beginning of 2026 and moves one second at each reading, so that two
	// runs of the same requests give the same bytes (and the default limits are never reached).
	Clock func() time.Time
	// Seed makes the choices of faults with a probability repeatable.
	Seed uint64
	// Rate is the account's limits.
	Rate Rate
	// Objects are the objects of the account. Nil: StandardObjects().
	Objects []Object
	// Faults are armed from the start, as by AddFault; New panics on one that is not valid.
	Faults []Fault
	// Log receives each log entry as a line of JSON with one Write, before the request it belongs to is answered.
	// Nil: entries are kept in memory only.
	Log io.Writer
	// LogKeep is how many of the newest entries stay in memory, for /_sandbox/log and the page. Zero: all.
	LogKeep int
	// SearchLag is how long a new record stays invisible to search, as the vendor's index is behind its store.
	// Reading by id and listing see a record at once.
	SearchLag time.Duration
	// WholeBatchErrors refuses a whole batch with 400 when one of its records is refused, for every operation. The
	// vendor once did so everywhere, and still does for creates whose inputs carry no objectWriteTraceId.
	WholeBatchErrors bool
}

// Rate is what an account may ask for. In each field zero is the vendor's default and a negative number is no limit.
type Rate struct {
	Max      int           // requests per Interval, searches not counted; default 190
	Interval time.Duration // default 10 s
	Daily    int           // requests per day in UTC; default 650,000
	Search   int           // searches per second; default 5
}

// withDefaults fills in what the zero value of each field stands for.
func (o Options) withDefaults() Options {
	if o.PortalID == 0 {
		o.PortalID = 1001
	}
	if o.FirstID == 0 {
		o.FirstID = 10001
	}
	if o.Clock == nil {
		o.Clock = countingClock()
	}
	if o.Rate.Max == 0 {
		o.Rate.Max = 190
	}
	if o.Rate.Interval <= 0 {
		o.Rate.Interval = 10 * time.Second
	}
	if o.Rate.Daily == 0 {
		o.Rate.Daily = 650_000
	}
	if o.Rate.Search == 0 {
		o.Rate.Search = 5
	}
	if o.Objects == nil {
		o.Objects = StandardObjects()
	}
	return o
}

// countingClock returns a clock that moves one second at each reading.
func countingClock() func() time.Time {
	at := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}
