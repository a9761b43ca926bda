package cli

import (
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/planner"
	"github.com/leat-dev/leat/runtime/pluginhost"

	"os"
)

// runID makes an id for this run.
func (a *app) runID() string {
	b := make([]byte, 8)
	if _, err := io.ReadFull(a.Random, b); err != nil {
		return "run-unknown"
	}
	return "run-" + hex.EncodeToString(b)
}

// host starts plugins that hold the lock's file, if any.
func (a *app) host(lock *os.File) *pluginhost.Host {
	return pluginhost.New(pluginhost.Options{Lock: lock, LookupEnv: a.Env})
}

// line is one line of a terminal that is written over and over; on anything
// else, only what stays is written.
type line struct {
	mu   sync.Mutex
	out  io.Writer
	tty  bool
	last int
}

// set shows text until the next call.
func (l *line) set(text string) {
	if !l.tty {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(text) > 79 {
		text = text[:79]
	}
	fmt.Fprintf(l.out, "\r%-*s", l.last, text)
	l.last = len(text)
}

// keep prints a line that stays.
func (l *line) keep(text string) {
	l.clear()
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, text)
}

func (l *line) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last > 0 {
		fmt.Fprintf(l.out, "\r%*s\r", l.last, "")
		l.last = 0
	}
}

// planProgress shows the steps of planning on a terminal.
func (a *app) planProgress() (show func(planner.Event), done func()) {
	l := &line{out: a.Err, tty: a.ErrTTY}
	return func(e planner.Event) {
		text := "Planning " + e.Activation + ": " + e.Step
		if e.Rows > 0 {
			text += fmt.Sprintf(" (%d rows)", e.Rows)
		}
		l.set(text)
	}, l.clear
}

// applyProgress shows delivery: one moving line on a terminal, and a line for
// each delay worth knowing of and each activation that did not end well.
func (a *app) applyProgress() (sink event.Sink, done func()) {
	l := &line{out: a.Err, tty: a.ErrTTY}
	return func(e event.Event) {
		switch e.Kind {
		case event.BatchAnswered:
			l.set(fmt.Sprintf("%s: %d of %d rows", e.Activation, e.Done, e.Total))
		case event.Throttled:
			if e.WaitMS >= 2000 {
				l.keep(fmt.Sprintf("%s: waiting %d s for limit %s", e.Destination, e.WaitMS/1000, e.Limit))
			}
		case event.CircuitOpened:
			l.keep(fmt.Sprintf("%s: not answering (%s), next try in %d s", e.Destination, e.Fault, e.WaitMS/1000))
		case event.ActivationFinished:
			if e.Status != string(engine.StatusDone) {
				l.keep(fmt.Sprintf("%s: %s", e.Activation, e.Status))
			}
		}
	}, l.clear
}
