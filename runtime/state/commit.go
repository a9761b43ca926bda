//go:build duckdb_arrow

package state

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
)

// Rejection is why a destination refused a row. Text may hold row values: it
// goes into state and nowhere else.
type Rejection struct {
	Class, Code, Field, Text string
	Transient                bool // may succeed later with the same payload
}

// Outcome is what the destination answered about one row of a change set.
// Code is numbered like protocol.Outcome: 1 created, 2 updated, 3 unchanged,
// 4 absent, 5 exists, 6 rejected, 7 retry, 8 unknown, 9 removed. Retry, and
// no outcome at all, leave the state as it was.
type Outcome struct {
	Row       int64 // of the change set
	Code      byte
	DestID    string // "" where not known
	Resent    bool   // an earlier attempt at the row had an unknown outcome
	Rejection *Rejection
}

// CommitRequest is one activation's part of a plan, with its answers.
type CommitRequest struct {
	Plan       string                    // the plan's digest
	Activation *plan.Activation          // of that plan
	AsOf       string                    // of that plan
	ChangeSet  string                    // path of the change set; "" when it has no rows
	Outcomes   iter.Seq2[Outcome, error] // any order, each row at most once; nil: none
	Now        time.Time                 // becomes synced_at and last_refused
	Memory     string                    // DuckDB memory limit; "" is the default
	Threads    int
}

// Committed tells what a commit did.
type Committed struct {
	Serial   int64
	Counts   map[string]int64 // live rows by status
	Repeated bool             // this plan had been committed before; nothing was done
}

// maxSegments is how many segments an activation may have before a commit
// writes all its live rows into one.
const maxSegments = 8

// Commit turns a change set and its outcomes into the activation's next state:
// a new segment, a new index, and last the head, with a serial one higher. A
// second commit of the same plan does nothing. State that changed since the
// plan was made is the diagnostic StateStale. The caller holds the lock.
func (s *Store) Commit(ctx context.Context, r CommitRequest) (Committed, diag.Diagnostics, error) {
	h, ds, err := s.HeadOf(r.Activation)
	if err != nil || ds.HasErrors() {
		return Committed{}, ds, err
	}
	if h != nil && h.Plan == r.Plan && h.Serial == r.Activation.State.Serial+1 {
		return Committed{h.Serial, h.Counts, true}, nil, s.moved(h)
	}
	if serial(h) != r.Activation.State.Serial {
		return Committed{}, diag.Diagnostics{diag.New(diag.StateStale, diag.Range{},
			"The state of %s is at serial %d; the plan was made at %d. Another run came between. Make a new plan.", r.Activation.Name, serial(h), r.Activation.State.Serial)}, nil
	}
	db, err := duck.Open(ctx, duck.Options{TempDir: s.dir, MemoryLimit: r.Memory, Threads: r.Threads})
	if err != nil {
		return Committed{}, nil, fmt.Errorf("commit: %w", err)
	}
	defer db.Close()
	c := &commit{s: s, db: db, r: r, old: h, c: &diff.Committing{Spec: diff.FromPlan(r.Activation), Now: "'" + r.Now.UTC().Format("2006-01-02 15:04:05.000000") + "'"}}
	next, ds, err := c.run(ctx)
	if err != nil || ds.HasErrors() {
		return Committed{}, ds, err
	}
	return Committed{Serial: next.Serial, Counts: next.Counts}, nil, nil
}

func serial(h *Head) int64 {
	if h == nil {
		return 0
	}
	return h.Serial
}

// commit is one run of Commit.
type commit struct {
	s   *Store
	db  *duck.DB
	r   CommitRequest
	old *Head
	c   *diff.Committing
}

func (c *commit) run(ctx context.Context) (*Head, diag.Diagnostics, error) {
	a := c.r.Activation
	next := &Head{FormatVersion: FormatVersion, Environment: c.s.env, Lineage: c.s.lineage, Serial: serial(c.old) + 1, Activation: a.Name,
		Plugin: a.Target.Plugin, Destination: a.Target.Destination, Object: a.Target.Object, Account: a.Target.Account,
		Mode: a.Mode, OnRemoved: a.OnRemoved, Guards: a.GuardRules, ID: c.c.ID, Key: c.c.Key, Fields: c.c.Columns(),
		Segments: []diff.Segment{}, Retired: []diff.Column{}, Plan: c.r.Plan, AsOf: c.r.AsOf}
	if err := os.MkdirAll(c.s.activationDir(a.Name), 0o700); err != nil {
		return nil, nil, fmt.Errorf("commit: %w", err)
	}
	if err := c.continues(next); err != nil {
		return nil, nil, err
	}
	if a.Removed == plan.RemovedKeep {
		return next, nil, c.forget(next)
	}
	if c.old != nil {
		c.c.Segments, c.c.Path = c.old.Segments, c.s.SegmentPath(a.Name)
		next.Segments = slices.Clone(c.old.Segments)
		next.Retired = retired(c.old, next.Fields)
		c.c.Retired = next.Retired
	}
	salt, ds, err := c.s.LoadIndex(ctx, c.db, c.c.Spec, c.old)
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	rows, ds, err := c.fresh(ctx)
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	if salt, ds, err = c.write(ctx, next, rows, salt); err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	if err := c.finish(ctx, next, salt); err != nil {
		return nil, nil, err
	}
	return next, nil, nil
}

// continues tells the next head what the one before knows beyond its rows. A
// head of another name gives up its files to this one.
func (c *commit) continues(next *Head) error {
	if c.old == nil {
		return nil
	}
	next.Draw, next.Moved = c.old.Draw, c.old.Moved
	if from := c.old.Activation; from != next.Activation {
		next.Draw = cmp.Or(next.Draw, from)
		next.Moved = &Moved{From: from, Head: c.old.digest}
		var err error
		if c.old, err = c.s.adopt(c.old, next.Activation); err != nil {
			return err
		}
	} else if next.Moved != nil {
		left, _, err := c.s.readHead(next.Moved.From)
		if err != nil {
			return err
		}
		if left == nil || !left.LeftOver(c.old) {
			next.Moved = nil // a thing of the past
		}
	}
	if next.Draw == next.Activation {
		next.Draw = ""
	}
	return nil
}

// forget writes the last head of an activation that is removed.
func (c *commit) forget(next *Head) error {
	bury(next)
	if err := c.s.writeHead(next); err != nil {
		return err
	}
	return c.s.sweep(next.Activation, next, c.old)
}

// retired lists the fields of the old head that are no longer mapped.
func retired(old *Head, mapped []diff.Column) []diff.Column {
	out := []diff.Column{}
	for _, f := range append(slices.Clone(old.Fields), old.Retired...) {
		same := func(c diff.Column) bool { return c.Name == f.Name }
		if !slices.ContainsFunc(mapped, same) && !slices.ContainsFunc(out, same) {
			out = append(out, f)
		}
	}
	return out
}

// fresh makes the table of new rows and returns how many there are.
func (c *commit) fresh(ctx context.Context) (int64, diag.Diagnostics, error) {
	if c.r.ChangeSet == "" {
		return 0, nil, nil
	}
	inner, outer := c.s.PayloadKeys()
	if err := c.db.Exec(ctx, "CREATE TABLE "+diff.PayloadKeys+" (inner_key VARCHAR, outer_key VARCHAR)"); err != nil {
		return 0, nil, err
	}
	if err := c.db.Exec(ctx, "INSERT INTO "+diff.PayloadKeys+" VALUES (?, ?)", inner, outer); err != nil {
		return 0, nil, err
	}
	if err := loadOutcomes(ctx, c.db, c.r.Outcomes); err != nil {
		return 0, nil, err
	}
	c.c.Live = map[string]diff.Live{}
	for _, l := range c.c.Targets() {
		live, ds, err := c.s.Live(l.Activation, l.Was...)
		if err != nil || ds.HasErrors() {
			return 0, ds, err
		}
		c.c.Live[l.Activation] = live
	}
	for _, q := range c.c.MakeAnswered(duck.Literal(c.r.ChangeSet)) {
		if err := c.db.Exec(ctx, q); err != nil {
			if class, _ := duck.ClassOf(err); class == duck.Damaged || class == duck.MissingFile {
				return 0, diag.Diagnostics{diag.New(diag.ChangeSetDamage, diag.Range{}, "The change set of %s cannot be read.", c.r.Activation.Name)}, nil
			}
			return 0, nil, fmt.Errorf("commit: %w", err)
		}
	}
	if err := c.db.Exec(ctx, c.c.MakePriorRows()); err != nil {
		ds, err := c.s.explain(err, c.r.Activation.Name)
		return 0, ds, err
	}
	if err := c.db.Exec(ctx, c.c.MakeFresh()); err != nil {
		return 0, nil, fmt.Errorf("commit: %w", err)
	}
	n, err := c.db.QueryInts(ctx, "SELECT count(*) FROM "+diff.Fresh)
	if err != nil {
		return 0, nil, fmt.Errorf("commit: %w", err)
	}
	return n[0], nil, nil
}

// write writes the segment and brings the index table up to date.
func (c *commit) write(ctx context.Context, next *Head, rows, salt int64) (int64, diag.Diagnostics, error) {
	if rows == 0 {
		return salt, nil, nil
	}
	source := "SELECT * FROM " + diff.Fresh
	compact := len(next.Segments) >= maxSegments
	if compact {
		source = c.c.AllLive()
	}
	engine, err := c.db.Version(ctx)
	if err != nil {
		return 0, nil, fmt.Errorf("commit: %w", err)
	}
	file := "values-" + strconv.FormatInt(next.Serial, 10) + ".parquet"
	if err := c.db.WriteParquet(ctx, c.c.SegmentOf(source, salt), filepath.Join(c.s.activationDir(next.Activation), file), "uncompressed"); err != nil {
		ds, err := c.s.explain(err, next.Activation)
		return 0, ds, err
	}
	if compact {
		n, err := c.db.QueryInts(ctx, "SELECT count(*) FROM read_parquet("+duck.Literal(filepath.Join(c.s.activationDir(next.Activation), file))+")")
		if err != nil {
			return 0, nil, err
		}
		next.Segments = []diff.Segment{c.c.NewSegment(file, next.Serial, n[0], engine, salt)}
		return c.s.RebuildIndex(ctx, c.db, c.c.Spec, next, salt)
	}
	next.Segments = append(next.Segments, c.c.NewSegment(file, next.Serial, rows, engine, salt))
	for _, q := range c.c.MakeNextIndex(salt, next.Serial) {
		if err := c.db.Exec(ctx, q); err != nil {
			if _, engine := duck.ClassOf(err); !engine {
				return 0, nil, err
			}
			// The index file may be damaged inside: make it from the values.
			return c.s.RebuildIndex(ctx, c.db, c.c.Spec, next, salt)
		}
	}
	n, err := c.db.QueryInts(ctx, diff.IndexCollisions())
	if err != nil {
		return 0, nil, err
	}
	if n[0] > 0 {
		return c.s.RebuildIndex(ctx, c.db, c.c.Spec, next, salt+1)
	}
	return salt, nil, nil
}

// finish writes the index and the head, and removes files that neither this
// head nor the one before names.
func (c *commit) finish(ctx context.Context, next *Head, salt int64) error {
	counts, err := c.db.QueryRows(ctx, "SELECT status, count(*) FROM "+diff.IndexRows+" GROUP BY status ORDER BY status")
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	next.Counts = map[string]int64{}
	for _, r := range counts {
		code, _ := r[0].Reveal()
		count, _ := r[1].Reveal()
		i, _ := strconv.Atoi(code)
		if next.Counts[RowStatus(i).Name()], err = strconv.ParseInt(count, 10, 64); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	if c.r.Activation.Removed != "" && next.Live() == next.Counts[Released.Name()] {
		return c.forget(next)
	}
	engine, err := c.db.Version(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	shared, err := c.db.QueryInts(ctx, diff.KeysShared())
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	next.Index = &Index{"index-" + strconv.FormatInt(next.Serial, 10) + ".parquet", c.c.Tag(engine, salt), salt, shared[0]}
	dir := c.s.activationDir(next.Activation)
	if err := c.db.WriteParquet(ctx, "SELECT "+diff.IndexColumns+" FROM "+diff.IndexRows, filepath.Join(dir, next.Index.File), "uncompressed"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := c.s.writeHead(next); err != nil {
		return err
	}
	if err := c.s.moved(next); err != nil {
		return err
	}
	return c.s.sweep(next.Activation, next, c.old)
}

// sweep removes row files that none of the heads names. The head before is
// among them, so that a plan being made from it can go on reading.
func (s *Store) sweep(activation string, heads ...*Head) error {
	keep := map[string]bool{"head.json": true}
	for _, h := range heads {
		if h == nil {
			continue
		}
		if h.Index != nil {
			keep[h.Index.File] = true
		}
		for _, seg := range h.Segments {
			keep[seg.File] = true
		}
	}
	dir := s.activationDir(activation)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("sweep state: %w", err)
	}
	for _, e := range entries {
		if !keep[e.Name()] && e.Type().IsRegular() {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("sweep state: %w", err)
			}
		}
	}
	return nil
}
