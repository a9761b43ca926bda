package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/event"
)

// account is one destination of the run: its plugin process, limits and
// breaker, shared by the activations that send there.
type account struct {
	run     *run
	name    string // destination.TYPE.NAME
	objects []DeclaredObject
	first   *plan.Activation
	config  Config
	buckets buckets
	breaker *breaker
	found   atomic.Pointer[string] // the fingerprint the plugin gave; nil before it was asked

	mu     sync.Mutex
	plugin Plugin
	about  Description
	ended  error // set when no more is sent here in this run
}

func (r *run) account(p *plan.Activation) *account {
	name := "destination." + p.Target.Plugin + "." + p.Target.Destination
	if a := r.accounts[name]; a != nil {
		a.buckets.add(r.req.Clock, p.Limits)
		a.declare(&p.Target)
		return a
	}
	a := &account{run: r, name: name, first: p, buckets: make(buckets)}
	a.buckets.add(r.req.Clock, p.Limits)
	a.declare(&p.Target)
	t := r.req.Tuning
	a.breaker = &breaker{clock: r.req.Clock, threshold: t.BreakerAfter, probes: t.BreakerTries, pause: t.BreakerPause,
		changed: make(chan struct{}),
		onOpen: func(wait time.Duration) {
			r.emit(event.Event{Kind: event.CircuitOpened, Destination: name, WaitMS: wait.Milliseconds()})
		},
		onClose: func() { r.emit(event.Event{Kind: event.CircuitClosed, Destination: name}) },
	}
	r.accounts[name] = a
	return a
}

// declare keeps a declared object for the plugin, once.
func (a *account) declare(t *plan.Target) {
	if t.Declared == nil {
		return
	}
	at, known := slices.BinarySearchFunc(a.objects, t.Object, func(o DeclaredObject, name string) int { return strings.Compare(o.Name, name) })
	if !known {
		a.objects = slices.Insert(a.objects, at, DeclaredObject{t.Object, *t.Declared})
	}
}

// evaluate resolves the config block. Every variable that is not set gets a
// diagnostic that names it.
func (a *account) evaluate() diag.Diagnostics {
	var out diag.Diagnostics
	a.config = Config{Values: make(map[string]any), Region: a.first.Region, Objects: a.objects}
	for _, name := range slices.Sorted(maps.Keys(a.first.Config)) {
		v := a.first.Config[name]
		if v.Env == "" {
			a.config.Values[name] = v.Value
			continue
		}
		text, ok := a.run.req.Env(v.Env)
		if !ok {
			out.Append(diag.New(diag.ApplyEnvUnset, place(a.first),
				"The attribute %q of %s is env(%q), and %s is not set here. Set it and run apply again.", name, a.name, v.Env, v.Env).
				WithSummary("environment variable %s is not set", v.Env))
			continue
		}
		a.config.Values[name] = text
	}
	return out
}

// start starts the plugin and passes it through every check. It is used before
// the run and again after the process died.
func (a *account) start(ctx context.Context) (Status, diag.Diagnostics) {
	p, err := a.run.req.Start(ctx, a.first)
	if err != nil {
		return StatusRefused, a.broken(err)
	}
	status, diags := a.check(ctx, p)
	if diags.HasErrors() {
		_ = p.Close() // what it would say adds nothing
		return status, diags
	}
	a.plugin = p
	a.run.emit(event.Event{Kind: event.PluginStarted, Destination: a.name})
	return "", nil
}

func (a *account) check(ctx context.Context, p Plugin) (Status, diag.Diagnostics) {
	about, err := p.Describe(ctx)
	if err != nil {
		return StatusRefused, a.broken(err)
	}
	a.about = about
	if want := a.first.Target.DescribeDigest; want != "" && want != about.Digest {
		return StatusStale, diag.Diagnostics{diag.New(diag.DescribeChanged, place(a.first),
			"Plugin %q %s of %s describes itself differently than when the plan was made. Make a new plan.", about.Plugin, about.Version, a.name)}
	}
	problems, err := p.Configure(ctx, a.config)
	if err != nil {
		return StatusRefused, a.broken(err)
	}
	if len(problems) > 0 {
		return StatusRefused, a.problems(diag.ConfigRefused, problems)
	}
	found, problems, err := p.Check(ctx)
	if err != nil {
		return StatusRefused, a.broken(err)
	}
	if len(problems) > 0 {
		return StatusRefused, a.problems(diag.CheckFailed, problems)
	}
	for _, act := range a.run.acts {
		if act.account != a {
			continue
		}
		for _, known := range []struct{ account, by string }{{act.plan.Target.Account, "plan"}, {act.head.Account, "state"}} {
			if known.account != "" && known.account != found {
				return StatusStale, diag.Diagnostics{diag.New(diag.AccountChanged, place(act.plan),
					"The credentials of %s lead to account %q; the %s of %s is for account %q. Use that account's credentials, or make a new plan.",
					a.name, found, known.by, act.plan.Address, known.account)}
			}
		}
	}
	a.found.Store(&found)
	return "", nil
}

// fingerprint is the account the plugin found; "" in a run that started none.
func (a *account) fingerprint() string {
	if a == nil {
		return ""
	}
	if found := a.found.Load(); found != nil {
		return *found
	}
	return ""
}

func (a *account) problems(code diag.Code, problems []Problem) diag.Diagnostics {
	var out diag.Diagnostics
	for _, p := range problems {
		detail := p.Detail
		if p.Field != "" {
			detail = fmt.Sprintf("Attribute %q of %s: %s", p.Field, a.name, p.Detail)
		}
		out.Append(diag.New(code, place(a.first), "%s", detail).WithSummary("%s: %s", a.name, p.Summary))
	}
	return out
}

// broken describes an error of the plugin process.
func (a *account) broken(err error) diag.Diagnostics {
	if c, ok := errors.AsType[*Diagnosed](err); ok {
		return diag.Diagnostics{c.Diagnostic}
	}
	return diag.Diagnostics{diag.New(diag.DeliveryPluginFailed, place(a.first),
		"The plugin of %s failed: %v. Run apply again; when it happens again, report it to the plugin's author.", a.name, err)}
}

// open opens a stream, after starting the process again when it is gone.
func (a *account) open(ctx context.Context, o Open) (Stream, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended != nil {
		return nil, a.ended
	}
	if a.plugin != nil {
		s, err := a.plugin.Write(ctx, o)
		if err == nil {
			return s, nil
		}
		_ = a.plugin.Close() // it does not answer any more
		a.plugin = nil
	}
	status, diags := a.start(ctx)
	if diags.HasErrors() {
		if status == StatusStale {
			a.ended = errEnded
			a.run.report(diags...)
		}
		return nil, fmt.Errorf("%w: plugin does not start", errStream)
	}
	return a.plugin.Write(ctx, o)
}

// read looks records up.
func (a *account) read(ctx context.Context, o Open, keys arrow.RecordBatch) (Found, error) {
	a.mu.Lock()
	p := a.plugin
	a.mu.Unlock()
	if p == nil {
		return Found{}, errStream
	}
	return p.Read(ctx, o, keys)
}

// errEnded says that nothing more is sent to a destination in this run.
var errEnded = errors.New("destination given up")

// end gives the destination up for this run; its activations stop.
func (a *account) end(d diag.Diagnostic) {
	a.mu.Lock()
	already := a.ended != nil
	a.ended = errEnded
	a.mu.Unlock()
	if already {
		return
	}
	a.run.report(d)
	for _, act := range a.run.acts {
		if act.account == a {
			act.halt(StatusIncomplete)
		}
	}
}

func (a *account) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.plugin != nil {
		_ = a.plugin.Close() // the run is over; its answers are recorded
		a.plugin = nil
	}
}

// throttle takes a plugin's news about a limit.
func (a *account) throttle(t Throttle) {
	if b := a.buckets[t.Limit]; b != nil {
		b.steer(t.Remaining, t.Reset)
		if t.Remaining <= 0 {
			a.run.emit(event.Event{Kind: event.Throttled, Destination: a.name, Limit: t.Limit, WaitMS: t.Reset.Milliseconds()})
		}
	}
}

func (a *account) description() Description {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.about
}
