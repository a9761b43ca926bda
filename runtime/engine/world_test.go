package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// world is everything around the engine, in memory.
type world struct {
	t       *testing.T
	plan    *plan.Document
	changes [][]change
	waiting []int64 // rows of every change set that refer to a record which is not there
	dest    *destination
	disk    *disk
	heads   []Head
	states  []map[int64]string // committed answers by row
	claim   Claim
	done    bool
	clock   *fakeClock
	env     map[string]string
	events  []event.Event
	starts  int
	tuning  Tuning
	mu      sync.Mutex
}

type change struct {
	op, key, value, dest string
}

const testDigest = "sha256:0101010101010101010101010101010101010101010101010101010101010101"

func newWorld(t *testing.T) *world {
	w := &world{t: t, plan: &plan.Document{LeatVersion: "1", Environment: "test"}, disk: newDisk(), clock: &fakeClock{now: time.Unix(1000, 0), fired: make(chan time.Time)},
		env: map[string]string{"TOKEN": "secret-canary"}}
	w.dest = &destination{clock: w.clock, about: Description{"fake", "1.2.3", "d1"}, account: "acct", records: map[string]record{}}
	return w
}

// opOrder is the order of ops in a change set, with their phase.
var opOrder = []string{"delete", "archive", "clear", "rekey", "send", "create", "update", "append"}

// add adds an activation whose rows must be grouped by op.
func (w *world) add(retry string, changes ...change) *plan.Activation {
	i := len(w.plan.Activations)
	a := plan.Activation{
		Address: fmt.Sprintf("activation.a%d", i), Name: fmt.Sprintf("a%d", i), Range: plan.Range{Filename: "a.leat.hcl", Line: i + 1},
		Target:   plan.Target{Plugin: "fake", Destination: "d", Object: "things", Account: "acct", DescribeDigest: "d1"},
		Config:   map[string]plan.ConfigValue{"token": {Env: "TOKEN"}, "size": {Value: 3.0}},
		Key:      []plan.Column{{Name: "key", Type: "string"}},
		Fields:   []plan.Column{{Name: "value", Type: "string"}},
		Delivery: plan.Delivery{Concurrency: 1, OnUnknown: "skip"}, ChangeSet: &plan.ChangeSet{Rows: int64(len(changes))},
	}
	a.Counts.Send = int64(len(changes))
	commit := plan.Node{Kind: plan.Commit, Activation: i}
	for _, op := range opOrder {
		from := slices.IndexFunc(changes, func(c change) bool { return c.op == op })
		if from < 0 {
			continue
		}
		to := from
		for to < len(changes) && changes[to].op == op {
			to++
		}
		n := plan.Node{ID: len(w.plan.Graph), Kind: plan.Deliver, Activation: i, Op: op, From: int64(from), To: int64(to)}
		if len(commit.After) > 0 {
			n.After = []int{n.ID - 1}
		}
		commit.After = append(commit.After, n.ID)
		w.plan.Graph = append(w.plan.Graph, n)
		a.Operations = append(a.Operations, plan.Operation{Name: op, Retry: retry, Records: int64(to - from), Requests: int64(to-from+3) / 4, MaxRecords: 4, Limits: []string{"burst"}})
	}
	commit.ID = len(w.plan.Graph)
	w.plan.Graph = append(w.plan.Graph, commit)
	w.plan.Activations = append(w.plan.Activations, a)
	w.changes = append(w.changes, changes)
	w.heads = append(w.heads, Head{})
	w.states = append(w.states, map[int64]string{})
	return &w.plan.Activations[i]
}

func sends(op string, n int) []change {
	out := make([]change, n)
	for i := range out {
		out[i] = change{op: op, key: fmt.Sprintf("k%02d", i), value: fmt.Sprintf("v%d", i)}
	}
	return out
}

func (w *world) request() Request {
	rnd := rand.New(rand.NewPCG(1, 2))
	return Request{Plan: w.plan, Digest: testDigest, Run: "r1", Version: "1", Folder: w, FS: w.disk, State: w,
		Changes: func(i int) (ChangeSet, error) { return &changeSet{w, i, w.waiting}, nil },
		Start: func(context.Context, *plan.Activation) (Plugin, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.starts++
			if w.dest.dead {
				return nil, errors.New("no such process")
			}
			return &fakePlugin{d: w.dest}, nil
		},
		Env:   func(n string) (string, bool) { v, ok := w.env[n]; return v, ok },
		Clock: w.clock, Random: rnd.Float64, Tuning: w.tuning,
		Events: func(e event.Event) { w.mu.Lock(); defer w.mu.Unlock(); w.events = append(w.events, e) },
	}
}

func (w *world) apply(ctx context.Context) (Result, error) { return Apply(ctx, w.request()) }

func (w *world) mustApply() Result {
	w.t.Helper()
	res, err := w.apply(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// Folder.
func (w *world) Dir() string { return "plan" }
func (w *world) Claim(string) (Claim, error) {
	if w.done {
		return AlreadyDone, nil
	}
	if w.claim == "" {
		w.claim = ClaimedNow
		return ClaimedNow, nil
	}
	return ClaimedBefore, nil
}
func (w *world) Release() error { w.claim = ""; return nil }
func (w *world) Done() error {
	if err := w.disk.step(); err != nil {
		return err
	}
	w.done = true
	return nil
}

// State.
func (w *world) Head(_ context.Context, i int) (Head, error) { return w.heads[i], nil }
func (w *world) Commit(_ context.Context, i int, _ string, complete bool, answers iter.Seq2[journal.Row, error]) (int64, error) {
	if err := w.disk.step(); err != nil {
		return 0, err
	}
	next := map[int64]string{}
	for a, err := range answers {
		if err != nil {
			return 0, err
		}
		text := fmt.Sprintf("%d %s", a.Outcome, a.ID)
		if a.Rejection != nil {
			text += " " + a.Rejection.Class + " " + a.Rejection.Code
		}
		if _, twice := next[a.Row]; twice {
			w.t.Errorf("row %d committed twice", a.Row)
		}
		next[a.Row] = text
	}
	w.mu.Lock()
	w.states[i] = next
	w.heads[i] = Head{Serial: w.heads[i].Serial + 1, Plan: testDigest, Environment: "test", Account: "acct", Object: "things"}
	serial := w.heads[i].Serial
	w.mu.Unlock()
	return serial, w.disk.step()
}

// changeSet yields records of seven rows, so that batches straddle them.
type changeSet struct {
	w       *world
	index   int
	waiting []int64 // rows that refer to a record which is not there
}

func (c *changeSet) Rows(_ context.Context, from, to int64) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for at := from; at < to; at += 7 {
			rec := recordOf(c.w.changes[c.index], at, min(to, at+7))
			more := yield(rec, nil)
			rec.Release()
			if !more {
				return
			}
		}
	}
}

// Content is what the change set sends plus one row that did not change.
func (c *changeSet) Waiting(context.Context, int64, int64) ([]int64, error) { return c.waiting, nil }

func (c *changeSet) Content(context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		rows := c.w.changes[c.index]
		for i := range rows {
			if !removes(rows[i].op) {
				rec := recordOf(rows, int64(i), int64(i+1))
				yield(rec, nil)
				rec.Release()
			}
		}
		rest := append(slices.Clone(rows), change{key: "same", value: "same"})
		rec := recordOf(rest, int64(len(rows)), int64(len(rest)))
		yield(rec, nil)
		rec.Release()
	}
}

func recordOf(rows []change, from, to int64) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "row", Type: arrow.PrimitiveTypes.Int64}, {Name: "dest", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "k0", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "f0", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "s0", Type: arrow.FixedWidthTypes.Boolean},
	}, nil))
	defer b.Release()
	for i := from; i < to; i++ {
		b.Field(0).(*array.Int64Builder).Append(i)
		if rows[i].dest == "" {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(rows[i].dest)
		}
		b.Field(2).(*array.StringBuilder).Append(rows[i].key)
		b.Field(3).(*array.StringBuilder).Append(rows[i].value)
		b.Field(4).(*array.BooleanBuilder).Append(!removes(rows[i].op))
	}
	return b.NewRecordBatch()
}

// destination is the far side: records by key, or, where several records may
// share a key, a list.
type destination struct {
	mu      sync.Mutex
	clock   *fakeClock
	about   Description
	account string
	records map[string]record
	next    int
	calls   []call // batches that reached it
	reads   int
	dead    bool
	loose   bool // keys are not unique: every send creates
	// script changes how the n-th batch is treated; nil: plainly.
	script func(n int, c *call) treatment
}

type record struct{ id, value string }

type call struct {
	op     string
	keys   []string
	values []string
	resend bool
	when   time.Time
}

// treatment is what happens to one batch.
type treatment struct {
	answer func(a *Answer, c *call) // changes the plain answer
	before bool                     // what breaks breaks before the records are stored
	lost   bool                     // the stream is cut instead of answering
	hang   bool                     // no answer; the clock's timers fire
	crash  bool                     // like lost, and the process is gone for good
	then   func()
	news   *Throttle // sent ahead of the answer
}

func (d *destination) apply(c *call) *Answer {
	a := &Answer{Requests: 1}
	for i, k := range c.keys {
		old, had := d.records[k]
		if d.loose && c.op != "update" && !removes(c.op) {
			k, had = fmt.Sprintf("%s/%d", k, d.next), false
		}
		switch {
		case removes(c.op) && had:
			delete(d.records, k)
			a.add(journal.Removed, old.id)
		case removes(c.op) || c.op == "update" && !had:
			a.add(journal.Absent, "")
		case c.op == "create" && had:
			a.add(journal.Exists, old.id)
		case had:
			d.records[k] = record{old.id, c.values[i]}
			a.add(journal.Updated, old.id)
		default:
			d.next++
			id := "id-" + c.keys[i]
			d.records[k] = record{id, c.values[i]}
			a.add(journal.Created, id)
		}
	}
	return a
}

func (a *Answer) add(o journal.Outcome, id string) {
	a.Outcomes, a.IDs = append(a.Outcomes, byte(o)), append(a.IDs, id)
}

func (d *destination) contents() map[string]string {
	out := map[string]string{}
	for k, r := range d.records {
		out[k] = r.value
	}
	return out
}

type fakePlugin struct {
	d      *destination
	config Config
}

func (p *fakePlugin) Describe(context.Context) (Description, error) { return p.d.about, nil }
func (p *fakePlugin) Configure(_ context.Context, c Config) ([]Problem, error) {
	p.config = c
	if c.Values["token"] != "secret-canary" {
		return []Problem{{"token", "token is wrong", "Give another token."}}, nil
	}
	return nil, nil
}
func (p *fakePlugin) Check(context.Context) (string, []Problem, error) { return p.d.account, nil, nil }
func (p *fakePlugin) Close() error                                     { return nil }

func (p *fakePlugin) Write(_ context.Context, o Open) (Stream, error) {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	if p.d.dead {
		return nil, io.ErrClosedPipe
	}
	return &fakeStream{d: p.d, open: o, out: make(chan Message, 1000), closed: make(chan struct{})}, nil
}

func (p *fakePlugin) Read(_ context.Context, _ Open, keys arrow.RecordBatch) (Found, error) {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	p.d.reads++
	var found []change
	var ords []int64
	for i := range int(keys.NumRows()) {
		key := keys.Column(2).(*array.String).Value(i)
		for k, r := range p.d.records {
			if r.id == "id-"+key {
				_ = k
				found = append(found, change{key: key, value: r.value, dest: r.id})
				ords = append(ords, keys.Column(0).(*array.Int64).Value(i))
			}
		}
	}
	rec := recordOf(found, 0, int64(len(found)))
	ob := array.NewInt64Builder(memory.DefaultAllocator)
	ob.AppendValues(ords, nil)
	cols := append([]arrow.Array{ob.NewArray()}, rec.Columns()[1:4]...)
	return Found{Rows: array.NewRecordBatch(arrow.NewSchema(rec.Schema().Fields()[:4], nil), cols, rec.NumRows())}, nil
}

type fakeStream struct {
	d      *destination
	open   Open
	out    chan Message
	once   sync.Once
	closed chan struct{}
	staged []*call
	seqs   []int64
}

func (s *fakeStream) Close() error { s.once.Do(func() { close(s.closed) }); return nil }

func (s *fakeStream) Recv() (Message, error) {
	select {
	case m := <-s.out:
		return m, nil
	default:
	}
	select {
	case m := <-s.out:
		return m, nil
	case <-s.closed:
		return Message{}, io.EOF
	}
}

func (s *fakeStream) Send(b Batch) error {
	c := &call{op: b.Op, resend: b.Resend, when: s.d.clock.Now()}
	for i := range int(b.Rows.NumRows()) {
		c.keys = append(c.keys, b.Rows.Column(2).(*array.String).Value(i))
		c.values = append(c.values, b.Rows.Column(3).(*array.String).Value(i))
	}
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.open.Replace {
		s.staged, s.seqs = append(s.staged, c), append(s.seqs, b.Sequence)
		return nil
	}
	return s.treat(c, b.Sequence)
}

func (s *fakeStream) treat(c *call, seq int64) error {
	var how treatment
	s.d.calls = append(s.d.calls, *c)
	if s.d.script != nil {
		how = s.d.script(len(s.d.calls), c)
	}
	if how.then != nil {
		defer how.then()
	}
	var a *Answer
	if !how.before {
		a = s.d.apply(c)
	} else {
		a = &Answer{Requests: 1}
		for range c.keys {
			a.add(journal.Retry, "")
		}
	}
	a.Sequence = seq
	switch {
	case how.crash:
		s.d.dead = true
		return s.Close()
	case how.lost:
		return s.Close()
	case how.hang:
		s.d.clock.fire()
		return nil
	}
	if how.answer != nil {
		how.answer(a, c)
	}
	if how.news != nil {
		s.out <- Message{Throttle: how.news}
	}
	s.out <- Message{Answer: a}
	return nil
}

// Commit replaces everything by what was staged.
func (s *fakeStream) Commit(rows int64) error {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	all := &call{op: "replace", when: s.d.clock.Now()}
	for _, c := range s.staged {
		all.keys = append(all.keys, c.keys...)
	}
	if int64(len(all.keys)) != rows {
		return errors.New("rows are missing")
	}
	s.d.calls = append(s.d.calls, *all)
	var how treatment
	if s.d.script != nil {
		how = s.d.script(len(s.d.calls), all)
	}
	if !how.before {
		s.d.records = map[string]record{}
	}
	for i, c := range s.staged {
		var a *Answer
		if how.before {
			a = &Answer{Fault: FaultServer}
			for range c.keys {
				a.add(journal.Retry, "")
			}
		} else {
			a = s.d.apply(c)
		}
		a.Sequence = s.seqs[i]
		if !how.lost {
			s.out <- Message{Answer: a}
		}
	}
	if how.lost {
		return s.Close()
	}
	return nil
}

// fakeClock passes time only by sleeping, at once. Timers fire when told.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
	fired chan time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func (c *fakeClock) Timer(time.Duration) (<-chan time.Time, func()) { return c.fired, func() {} }

// fire lets one timer that is waited for run out.
func (c *fakeClock) fire() { go func() { c.fired <- time.Time{} }() }

// disk is a file system that dies at a chosen operation; what was not synced
// then is lost but for a part.
type disk struct {
	mu      sync.Mutex
	durable map[string][]byte
	pending map[string][]byte
	left    int // operations until death; negative: never
	torn    int
	ops     int
}

var errDead = errors.New("disk is gone")

func newDisk() *disk {
	return &disk{durable: map[string][]byte{}, pending: map[string][]byte{}, left: -1}
}

func (d *disk) step() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.op()
}

func (d *disk) op() error {
	d.ops++
	if d.left == 0 {
		return errDead
	}
	if d.left > 0 {
		d.left--
	}
	return nil
}

func (d *disk) reboot() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, p := range d.pending {
		d.durable[path] = append(d.durable[path], p[:min(d.torn, len(p))]...)
	}
	d.pending, d.left = map[string][]byte{}, -1
}

// Read sees what was written, synced or not, as a process does.
func (d *disk) Read(path string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.durable[path]
	if !ok && d.pending[path] == nil {
		return nil, fs.ErrNotExist
	}
	return append(slices.Clone(b), d.pending[path]...), nil
}

func (d *disk) Append(path string, size int64) (journal.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.durable[path] = append(d.durable[path], d.pending[path]...)[:size]
	d.pending[path] = nil
	return &diskFile{d, path}, nil
}

type diskFile struct {
	d    *disk
	path string
}

func (f *diskFile) Write(p []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	err := f.d.op()
	f.d.pending[f.path] = append(f.d.pending[f.path], p...)
	return len(p), err
}

func (f *diskFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.op(); err != nil {
		return err
	}
	f.d.durable[f.path] = append(f.d.durable[f.path], f.d.pending[f.path]...)
	f.d.pending[f.path] = nil
	return nil
}

func (f *diskFile) Close() error { return nil }
