//go:build duckdb_arrow

package state

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
)

// forgotten are the rows whose refusal is to be forgotten, in the layout of a
// segment read.
const forgotten = "forgotten"

// ForgetRefusals makes the next plan send rejected rows again although their
// payload is the one that was refused: all of the activation, or those with
// the given ids. Why they were refused stays in state. It returns how many
// rows it was. The caller holds the lock; the serial rises, so that saved
// plans of the activation become stale.
func (s *Store) ForgetRefusals(ctx context.Context, h *Head, ids [][]string) (int64, diag.Diagnostics, error) {
	db, err := duck.Open(ctx, duck.Options{TempDir: s.dir})
	if err != nil {
		return 0, nil, fmt.Errorf("forget refusals: %w", err)
	}
	defer db.Close()
	layout := h.layout()
	where, args := RowQuery{IDs: ids, Rejected: true}.where(h)
	err = db.Exec(ctx, "CREATE TABLE "+forgotten+" AS SELECT * REPLACE (NULL::VARCHAR AS refused_digest) FROM ("+
		layout.Live(h.Segments, s.SegmentPath(h.Activation))+")"+where+" AND refused_digest IS NOT NULL", args...)
	if err != nil {
		ds, err := s.explain(err, h.Activation)
		return 0, ds, err
	}
	n, err := db.QueryInts(ctx, "SELECT count(*) FROM "+forgotten)
	if err != nil || n[0] == 0 {
		return 0, nil, err
	}
	next := *h
	next.Serial++
	engine, err := db.Version(ctx)
	if err != nil {
		return 0, nil, err
	}
	c := diff.Committing{Spec: diff.OfState(h.ID, h.Key), Retired: layout.Fields}
	file := "values-" + strconv.FormatInt(next.Serial, 10) + ".parquet"
	query := c.SegmentOf("SELECT * FROM "+forgotten, 0)
	if err := db.WriteParquet(ctx, query, filepath.Join(s.activationDir(h.Activation), file), "zstd"); err != nil {
		ds, err := s.explain(err, h.Activation)
		return 0, ds, err
	}
	next.Segments = append(slices.Clone(h.Segments), c.NewSegment(file, next.Serial, n[0], engine, 0))
	next.Index = nil // disposable: the next reader makes it again
	if err := s.writeHead(&next); err != nil {
		return 0, nil, err
	}
	return n[0], nil, s.sweep(h.Activation, &next, h)
}
