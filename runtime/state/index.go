//go:build duckdb_arrow

package state

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
)

// maxSalt bounds the search for a salt without collisions. One raise is
// already a matter of once in a lifetime.
const maxSalt = 16

// SegmentPath returns a function from a segment of an activation to its
// quoted path.
func (s *Store) SegmentPath(activation string) func(diff.Segment) string {
	dir := s.activationDir(activation)
	return func(seg diff.Segment) string { return duck.Literal(filepath.Join(dir, seg.File)) }
}

// LoadIndex makes the view diff.IndexRows of an activation's live rows: from
// the index file where it was made with the same engine, columns and types,
// else from the values. It returns the salt of its hashes. h is nil where
// there is no state. Damage inside the file shows when its rows are read: the
// reader then calls RebuildIndex.
func (s *Store) LoadIndex(ctx context.Context, db *duck.DB, spec *diff.Spec, h *Head) (salt int64, ds diag.Diagnostics, err error) {
	if h == nil || len(h.Segments) == 0 {
		return 0, nil, db.Exec(ctx, diff.ShowIndex("("+diff.NoIndex()+")"))
	}
	engine, err := db.Version(ctx)
	if err != nil {
		return 0, nil, err
	}
	if h.Index != nil && h.Index.Tag == spec.Tag(engine, h.Index.Salt) {
		path := filepath.Join(s.activationDir(h.Activation), h.Index.File)
		err := db.Exec(ctx, diff.ShowIndex("read_parquet("+duck.Literal(path)+")"))
		if err == nil {
			var n []int64
			if n, err = db.QueryInts(ctx, "SELECT count(*) FROM "+diff.IndexRows); err == nil && n[0] == h.Live() {
				return h.Index.Salt, nil, nil
			}
		}
		if _, engine := duck.ClassOf(err); err != nil && !engine {
			return 0, nil, err
		}
		// The index is disposable: a missing or damaged one is made again.
	}
	return s.RebuildIndex(ctx, db, spec, h, 0)
}

// RebuildIndex makes diff.IndexRows from the values, with a salt from the
// given one upward under which no two live rows share a hash. It replaces
// h.Index by what was made, which has no file.
func (s *Store) RebuildIndex(ctx context.Context, db *duck.DB, spec *diff.Spec, h *Head, salt int64) (int64, diag.Diagnostics, error) {
	if h == nil || len(h.Segments) == 0 {
		return salt, nil, db.Exec(ctx, diff.ShowIndex("("+diff.NoIndex()+")"))
	}
	live := spec.Layout().Live(h.Segments, s.SegmentPath(h.Activation))
	lost, err := db.QueryInts(ctx, spec.Layout().LostIDs(live))
	if err != nil {
		ds, err := s.explain(err, h.Activation)
		return 0, ds, err
	}
	if lost[0] > 0 {
		return 0, diag.Diagnostics{diag.New(diag.IDTypeChanged, diag.Range{},
			"%d ids in the state of %s cannot be converted to the new type of its id. Set the id back, or give the activation a new name.", lost[0], h.Activation)}, nil
	}
	for ; salt < maxSalt; salt++ {
		if err := db.Exec(ctx, "CREATE OR REPLACE TABLE idx_built AS "+spec.IndexOf(live, salt)); err != nil {
			ds, err := s.explain(err, h.Activation)
			return 0, ds, err
		}
		if err := db.Exec(ctx, diff.ShowIndex("idx_built")); err != nil {
			return 0, nil, err
		}
		n, err := db.QueryInts(ctx, diff.IndexCollisions())
		if err != nil {
			return 0, nil, err
		}
		if n[0] > 0 {
			continue
		}
		shared, err := db.QueryInts(ctx, diff.KeysShared())
		if err != nil {
			return 0, nil, err
		}
		h.Index = &Index{Salt: salt, KeysShared: shared[0]}
		return salt, nil, nil
	}
	return 0, nil, fmt.Errorf("internal error: no salt below %d separates the ids of %s", maxSalt, h.Activation)
}

// explain turns engine errors about files of the state into diagnostics.
func (s *Store) explain(err error, activation string) (diag.Diagnostics, error) {
	class, ok := duck.ClassOf(err)
	if !ok {
		return nil, err
	}
	switch class {
	case duck.MissingFile, duck.Damaged, duck.Input, duck.MissingColumn, duck.Conversion:
		return diag.Diagnostics{diag.New(diag.StateDamaged, diag.Range{Filename: s.activationDir(activation)},
			"A file with the rows of %s in the state folder is missing or damaged. Restore the state folder from a backup; the destination itself is not affected.", activation)}, nil
	case duck.OutOfMemory:
		return diag.Diagnostics{diag.New(diag.EngineMemory, diag.Range{}, "Reading the state of %s needs more memory than the limit allows. Raise the memory limit.", activation)}, nil
	case duck.NoSpace:
		return diag.Diagnostics{diag.New(diag.EngineSpace, diag.Range{}, "There is no space for temporary files while reading the state of %s.", activation)}, nil
	}
	return nil, fmt.Errorf("state of %s: %w", activation, err)
}

// Explain is explain for readers of state in other packages.
func (s *Store) Explain(err error, activation string) (diag.Diagnostics, error) {
	return s.explain(err, activation)
}
