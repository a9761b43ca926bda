package sdk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leat-dev/leat/plugins/protocol"
)

// FaultClass says what kind of fault hit a whole request.
type FaultClass string

// The fault classes.
const (
	FaultThrottled FaultClass = protocol.FaultThrottled // asked to slow down (429); nothing happened
	FaultServer    FaultClass = protocol.FaultServer    // the vendor failed (5xx)
	FaultTimeout   FaultClass = protocol.FaultTimeout   // no answer in time
	FaultAuth      FaultClass = protocol.FaultAuth      // credentials refused (401, 403); nothing happened
	FaultNetwork   FaultClass = protocol.FaultNetwork   // connection refused, cut, or not trusted
	FaultDeadline  FaultClass = protocol.FaultDeadline  // not begun: deadline passed or plugin stopping
	FaultInternal  FaultClass = protocol.FaultInternal  // a bug of the plugin, or an answer it cannot read
	FaultSchema    FaultClass = protocol.FaultSchema    // the object or a field is gone or was changed; nothing happened

	// FaultInvalidBatch says that the vendor refused a batch of several rows
	// because of some of them, did nothing, and does not say which: leat
	// halves it and sends the parts.
	FaultInvalidBatch FaultClass = protocol.FaultInvalidBatch
)

// Fault is the error of a request that failed as a whole. It holds no row
// value, header or body.
type Fault struct {
	Class FaultClass
	// Sent says that the destination may have acted on the request. Rows
	// without an outcome become "unknown" then, else "retry".
	Sent       bool
	RetryAfter time.Duration // as asked by the vendor; 0 when it did not say
	Code       string        // HTTP status or vendor code; no values
}

// Error names class and code.
func (f *Fault) Error() string {
	state := "nothing was sent"
	if f.Sent {
		state = "the outcome is unknown"
	}
	if f.Code == "" {
		return fmt.Sprintf("%s fault, %s", f.Class, state)
	}
	return fmt.Sprintf("%s fault (%s), %s", f.Class, f.Code, state)
}

// faultOf turns any error into a fault. An error that is not a *Fault tells
// nothing about the destination, so its outcome is unknown.
func faultOf(err error) *Fault {
	var f *Fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &Fault{Class: FaultTimeout, Sent: true}
	case errors.Is(err, context.Canceled):
		return &Fault{Class: FaultDeadline, Sent: true}
	default:
		return &Fault{Class: FaultInternal, Sent: true}
	}
}

type startKey struct{}

// startRule is what MayStart asks: the batch's deadline and the plugin's stop.
type startRule struct {
	deadline time.Time
	stopping func() bool
	now      func() time.Time
}

// WithDeadline returns a context under which MayStart refuses requests from
// the deadline on, by the given clock. The zero time is no deadline. The
// server does this for every batch; tests may do it themselves.
func WithDeadline(ctx context.Context, deadline time.Time, now func() time.Time) context.Context {
	return context.WithValue(ctx, startKey{}, startRule{deadline: deadline, now: now})
}

// MayStart returns nil when a request may begin now. After the batch's
// deadline, during Stop, or once ctx is cancelled it returns a *Fault of class
// FaultDeadline, nothing sent. A request begun in time may run past the deadline.
func MayStart(ctx context.Context) error {
	if ctx.Err() != nil {
		return &Fault{Class: FaultDeadline}
	}
	rule, ok := ctx.Value(startKey{}).(startRule)
	if !ok {
		return nil
	}
	if rule.stopping != nil && rule.stopping() {
		return &Fault{Class: FaultDeadline}
	}
	if !rule.deadline.IsZero() && !rule.now().Before(rule.deadline) {
		return &Fault{Class: FaultDeadline}
	}
	return nil
}
