package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
)

// diskFS keeps files in memory and dies at a chosen operation: from then on
// every call fails, and what was not synced is lost but for a torn part.
type diskFS struct {
	mu      sync.Mutex
	durable map[string][]byte
	pending map[string][]byte
	left    int // operations until death; negative: never
	torn    int // bytes of unsynced data that survive
}

var errDead = errors.New("disk is gone")

func newDisk() *diskFS {
	return &diskFS{durable: map[string][]byte{}, pending: map[string][]byte{}, left: -1}
}

func (d *diskFS) op() error {
	if d.left == 0 {
		return errDead
	}
	if d.left > 0 {
		d.left--
	}
	return nil
}

// reboot is what the next process finds.
func (d *diskFS) reboot() {
	for path, p := range d.pending {
		d.durable[path] = append(d.durable[path], p[:min(d.torn, len(p))]...)
	}
	d.pending, d.left = map[string][]byte{}, -1
}

func (d *diskFS) Read(path string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.durable[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(b), nil
}

func (d *diskFS) Append(path string, size int64) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.durable[path] = d.durable[path][:size]
	return &diskFile{d, path}, nil
}

type diskFile struct {
	d    *diskFS
	path string
}

func (f *diskFile) Write(p []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.d.pending[f.path] = append(f.d.pending[f.path], p...)
	return len(p), f.d.op()
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

var testPlan = Plan{Digest: [32]byte{1, 2, 3}, Rows: []int64{1000, 50}}

func mustOpen(t *testing.T, d FS) (*Journal, *Recovery) {
	t.Helper()
	j, r, diags, err := Open(d, "p", testPlan)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return j, r
}

func spans(r *Recovery, activation int, to int64) []Span {
	return slices.Collect(r.Spans(activation, 0, to))
}

func answer(r Range, codes ...Outcome) Answer {
	a := Answer{Range: r}
	for _, c := range codes {
		a.Outcomes = append(a.Outcomes, byte(c))
	}
	return a
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecovery(t *testing.T) {
	d := newDisk()
	j, r := mustOpen(t, d)
	if !r.Empty {
		t.Error("a new journal is not empty")
	}
	a, b := Range{0, 0, 4, 1}, Range{0, 4, 8, 1}
	ok(t, j.Reserve(a))
	ok(t, j.Reserve(b, Range{0, 8, 10, 1}))
	ok(t, j.Record(answer(a, Created, Retry, Rejected, Unknown)))
	ok(t, j.Reserve(Range{0, 1, 2, 2}))
	ok(t, j.Record(answer(Range{0, 1, 2, 2}, Updated)))
	ok(t, j.Committed(1, 7))
	ok(t, j.Close())

	j, r = mustOpen(t, d)
	want := []Span{
		{Known, 0, 3, 2},
		{InDoubt, 3, 4, 1},
		{InDoubt, 4, 8, 1},
		{InDoubt, 8, 10, 1},
		{Unsent, 10, 1000, 0},
	}
	if diff := cmp.Diff(want, spans(r, 0, 1000)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Span{{Unsent, 0, 50, 0}}, spans(r, 1, 50)); diff != "" {
		t.Error(diff)
	}
	if r.Serial(1) != 7 || r.Serial(0) != 0 || r.Empty || r.Settled {
		t.Errorf("serials %d %d, empty %v, settled %v", r.Serial(1), r.Serial(0), r.Empty, r.Settled)
	}
	if c := r.Counts(0); c[Created] != 1 || c[Updated] != 1 || c[Rejected] != 1 || c[Unknown] != 7 {
		t.Errorf("counts %v", c)
	}
	// What was in doubt is asked about under a new attempt and found not to have happened.
	ok(t, j.Reserve(Range{0, 4, 8, 2}))
	ok(t, j.Record(answer(Range{0, 4, 8, 2}, Retry, Retry, Updated, Retry)))
	ok(t, j.Settled())
	_, r = mustOpen(t, d)
	want = []Span{{Unsent, 4, 6, 2}, {Known, 6, 7, 2}, {Unsent, 7, 8, 2}}
	if diff := cmp.Diff(want, slices.Collect(r.Spans(0, 4, 8))); diff != "" {
		t.Error(diff)
	}
	if !r.Settled {
		t.Error("not settled")
	}
}

func TestAnswersInOrder(t *testing.T) {
	d := newDisk()
	j, _ := mustOpen(t, d)
	first := Answer{Range: Range{0, 0, 2, 1}, Outcomes: []byte{1, 6}, IDs: []string{"a", ""},
		Rejections: []Rejection{{Row: 1, Class: "invalid_value", Code: "X", Field: "f", Text: "words", Transient: true}}}
	second := Answer{Range: Range{0, 1, 2, 2}, Resent: true, Outcomes: []byte{2}, IDs: []string{"b"}}
	ok(t, j.Reserve(first.Range, second.Range))
	ok(t, j.Record(first, second))
	var got []Answer
	_, diags, err := Answers(d, "p", func(a Answer) error { got = append(got, a); return nil })
	if err != nil || diags != nil {
		t.Fatal(err, diags)
	}
	if diff := cmp.Diff([]Answer{first, second}, got); diff != "" {
		t.Error(diff)
	}
	stop := errors.New("stop")
	if _, _, err := Answers(d, "p", func(Answer) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestRows(t *testing.T) {
	d := newDisk()
	j, _ := mustOpen(t, d)
	first := answer(Range{0, 0, 5, 1}, Created, Retry, Rejected, Unknown, Unknown)
	first.IDs = []string{"a", "", "", "", ""}
	first.Rejections = []Rejection{{Row: 2, Class: "conflict"}}
	later := answer(Range{0, 3, 4, 2}, Updated)
	later.Resent = true
	gone := answer(Range{0, 4, 5, 2}, Retry)
	other := answer(Range{1, 0, 1, 1}, Removed)
	for _, a := range []Answer{first, other, later, gone} {
		ok(t, j.Reserve(a.Range))
		ok(t, j.Record(a))
	}
	var got []Row
	for r, err := range Rows(d, "p", 0, 1000) {
		ok(t, err)
		got = append(got, r)
	}
	want := []Row{{Row: 0, Outcome: Created, ID: "a"}, {Row: 2, Outcome: Rejected, Rejection: &Rejection{Row: 2, Class: "conflict"}}, {Row: 3, Outcome: Updated, Resent: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, err := range Rows(d, "p", 0, 3) {
		if err == nil {
			t.Error("a row beyond the change set was accepted")
		}
		break
	}
}

func TestTornTail(t *testing.T) {
	whole := newDisk()
	j, _ := mustOpen(t, whole)
	for i := range 3 {
		r := Range{0, int64(i * 2), int64(i*2 + 2), 1}
		ok(t, j.Reserve(r))
		ok(t, j.Record(answer(r, Created, Created)))
	}
	ok(t, j.Settled())
	for _, file := range []string{"p/journal", "p/outcomes"} {
		full := whole.durable[file]
		for cut := range full {
			d := newDisk()
			d.durable["p/journal"] = slices.Clone(whole.durable["p/journal"])
			d.durable["p/outcomes"] = slices.Clone(whole.durable["p/outcomes"])
			d.durable[file] = slices.Clone(full[:cut])
			_, _, diags, err := Open(d, "p", testPlan)
			if err != nil {
				t.Fatal(err)
			}
			// Cut outcomes contradict a whole journal, and the other way round;
			// what must hold is that a tail alone never counts as damage within the file.
			for _, dg := range diags {
				if dg.Code != diag.JournalDamaged || strings.Contains(dg.Detail, errCorrupt.Error()) {
					t.Errorf("%s cut at %d: %v", file, cut, dg)
				}
			}
			if n := len(d.durable[file]); n > cut {
				t.Errorf("%s cut at %d: %d bytes kept", file, cut, n)
			}
		}
	}
}

func TestDamageInTheMiddle(t *testing.T) {
	d := newDisk()
	j, _ := mustOpen(t, d)
	for i := range 3 {
		ok(t, j.Reserve(Range{0, int64(i), int64(i + 1), 1}))
	}
	for at := range len(d.durable["p/journal"]) - 29 { // all but the last frame
		bad := newDisk()
		bad.durable["p/journal"] = slices.Clone(d.durable["p/journal"])
		bad.durable["p/journal"][at] ^= 0x40
		_, _, diags, err := Open(bad, "p", testPlan)
		if err != nil || len(diags) != 1 || diags[0].Code != diag.JournalDamaged {
			t.Fatalf("byte %d: %v %v", at, diags, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	other := testPlan
	other.Digest[0]++
	short := Plan{Digest: testPlan.Digest, Rows: []int64{3}}
	future := appendHeader(nil, testPlan.Digest)
	future = appendFrame(nil, func(b []byte) []byte { p := slices.Clone(future[frameHead:]); p[1] = 9; return append(b, p...) })
	cases := []struct {
		name   string
		plan   Plan
		change func(d *diskFS)
		want   diag.Code
	}{
		{"another plan", other, func(*diskFS) {}, diag.JournalForeign},
		{"rows beyond the plan", short, func(*diskFS) {}, diag.JournalDamaged},
		{"another version", testPlan, func(d *diskFS) { d.durable["p/journal"] = future; d.durable["p/outcomes"] = nil }, diag.JournalVersion},
		{"lost outcomes", testPlan, func(d *diskFS) { d.durable["p/outcomes"] = nil }, diag.JournalDamaged},
		{"lost journal", testPlan, func(d *diskFS) { delete(d.durable, "p/journal") }, diag.JournalDamaged},
		{"no header", testPlan, func(d *diskFS) { d.durable["p/journal"] = d.durable["p/journal"][43:] }, diag.JournalDamaged},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk()
			j, _ := mustOpen(t, d)
			ok(t, j.Reserve(Range{0, 0, 4, 1}))
			ok(t, j.Record(answer(Range{0, 0, 4, 1}, Created, Created, Created, Created)))
			ok(t, j.Reserve(Range{0, 4, 5, 1})) // syncs the acknowledgement
			c.change(d)
			_, diags, err := Read(d, "p", c.plan)
			if err != nil || len(diags) != 1 || diags[0].Code != c.want {
				t.Fatalf("got %v %v, want %s", diags, err, c.want)
			}
			if slices.Contains([]string{"another plan", "another version", "lost outcomes"}, c.name) {
				diagtest.Example(t, c.want, diags)
			}
		})
	}
}

// Every point at which the disk can die, with every length of torn tail: what
// was promised before the death still holds.
func TestDeathAtEveryOperation(t *testing.T) {
	for torn := 0; torn < 120; torn += 7 {
		for at := 0; ; at++ {
			d := newDisk()
			j, _ := mustOpen(t, d)
			d.left, d.torn = at, torn
			var reserved, recorded int64
			died := false
			for i := int64(0); i < 4 && !died; i++ {
				r := Range{0, i, i + 1, 1}
				if died = j.Reserve(r) != nil; died {
					break
				}
				reserved++
				if died = j.Record(answer(r, Created)) != nil; !died {
					recorded++
				}
			}
			if died && j.Reserve(Range{0, 9, 10, 1}) == nil && j.Record(answer(Range{0, 9, 10, 1}, Created)) == nil {
				t.Fatal("a dead journal accepted a record")
			}
			d.reboot()
			_, r := mustOpen(t, d)
			for s := range r.Spans(0, 0, 4) {
				for row := s.From; row < s.To; row++ {
					if row < recorded && s.State != Known {
						t.Fatalf("torn %d, at %d: row %d was recorded, is %v", torn, at, row, s)
					}
					if row < reserved && s.State == Unsent {
						t.Fatalf("torn %d, at %d: row %d was reserved, is %v", torn, at, row, s)
					}
				}
			}
			if !died {
				break
			}
		}
	}
}

func TestConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	j, _, diags, err := Open(OS(), dir, testPlan)
	if err != nil || diags != nil {
		t.Fatal(err, diags)
	}
	var wg sync.WaitGroup
	for i := range int64(100) {
		wg.Go(func() {
			r := Range{0, i * 10, i*10 + 10, 1}
			if err := j.Reserve(r); err != nil {
				t.Error(err)
			}
			if err := j.Record(Answer{Range: r, Outcomes: make([]byte, 10)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ok(t, j.Close())
	if info, err := os.Stat(filepath.Join(dir, JournalFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	_, r, diags, err := Open(OS(), dir, testPlan)
	if err != nil || diags != nil {
		t.Fatal(err, diags)
	}
	if got := spans(r, 0, 1000); len(got) != 1 || got[0].Attempt != 1 {
		t.Errorf("got %v", got)
	}
}

func FuzzRead(f *testing.F) {
	d := newDisk()
	j, _, _, _ := Open(d, "p", testPlan)
	_ = j.Reserve(Range{0, 0, 2, 1}, Range{1, 0, 3, 1})
	_ = j.Record(answer(Range{0, 0, 2, 1}, Created, Rejected))
	_ = j.Committed(0, 3)
	_ = j.Settled()
	f.Add(d.durable["p/journal"], d.durable["p/outcomes"])
	f.Add([]byte{}, []byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, jb, ob []byte) {
		d := newDisk()
		d.durable["p/journal"], d.durable["p/outcomes"] = jb, ob
		j, r, diags, err := Open(d, "p", testPlan)
		if err != nil || diags.HasErrors() {
			return
		}
		if got := spans(r, 0, 1000); got[len(got)-1].To != 1000 {
			t.Fatalf("spans leave a gap: %v", got)
		}
		if err := j.Reserve(Range{0, 999, 1000, 9}); err != nil {
			t.Fatal(err)
		}
		if _, _, diags, err := Open(d, "p", testPlan); err != nil || diags.HasErrors() {
			t.Fatal("what Open accepted and continued is refused:", err, diags)
		}
	})
}

// FuzzPayload decodes payloads as if their checksum were right.
func FuzzPayload(f *testing.F) {
	f.Add(appendSettled(nil)[frameHead:])
	f.Add(appendRange(nil, kindReserved, Range{1, 2, 3, 4})[frameHead:])
	f.Add([]byte(`{"v":1,"a":0,"from":0,"to":1,"attempt":1,"outcomes":"AQ=="}`))
	f.Fuzz(func(t *testing.T, p []byte) {
		if r, err := decodeRecord(p); err == nil && r.kind == kindReserved && r.rng.To <= r.rng.From {
			t.Fatalf("empty range %v", r.rng)
		}
		if a, err := decodeAnswer(p); err == nil && int64(len(a.Outcomes)) != a.To-a.From {
			t.Fatalf("%d outcomes for %v", len(a.Outcomes), a.Range)
		}
	})
}

func BenchmarkBatch(b *testing.B) {
	dir := b.TempDir()
	j, _, _, err := Open(OS(), dir, Plan{Rows: []int64{1 << 40}})
	if err != nil {
		b.Fatal(err)
	}
	codes := make([]byte, 100)
	b.ReportAllocs()
	var row int64
	for b.Loop() {
		r := Range{0, row, row + 100, 1}
		row += 100
		if err := errors.Join(j.Reserve(r), j.Record(Answer{Range: r, Outcomes: codes})); err != nil {
			b.Fatal(err)
		}
	}
}
