//go:build duckdb_arrow

package duck

import (
	"context"
	"fmt"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Query runs one statement and returns its rows as Arrow batches of up to
// 2048 rows. The rows are held by the engine until the reader is released.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn == nil {
		return nil, fmt.Errorf("duckdb: database is closed")
	}
	r, err := db.arrow.QueryContext(ctx, sql, args...)
	if err != nil {
		return nil, classify(err)
	}
	return r, nil
}

// QueryInts returns the first row of a statement whose columns are all
// integers or null; null is 0.
func (db *DB) QueryInts(ctx context.Context, sql string, args ...any) ([]int64, error) {
	rows, err := db.QueryRows(ctx, "SELECT COLUMNS(*)::BIGINT::VARCHAR FROM ("+sql+")", args...)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("duckdb: no row")
	}
	out := make([]int64, len(rows[0]))
	for i, v := range rows[0] {
		if text, ok := v.Reveal(); ok {
			if _, err := fmt.Sscan(text, &out[i]); err != nil {
				return nil, fmt.Errorf("duckdb: column %d is not an integer", i)
			}
		}
	}
	return out, nil
}

// QueryRows returns all rows of a statement as text, for small results.
func (db *DB) QueryRows(ctx context.Context, sql string, args ...any) ([][]Value, error) {
	r, err := db.Query(ctx, "SELECT COLUMNS(*)::VARCHAR FROM ("+sql+")", args...)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var out [][]Value
	for r.Next() {
		rec := r.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]Value, rec.NumCols())
			for c := range row {
				col, ok := rec.Column(c).(*array.String)
				if !ok {
					return nil, fmt.Errorf("duckdb: column %d is not text", c)
				}
				if !col.IsNull(i) {
					row[c] = ValueOf(string([]byte(col.Value(i))))
				}
			}
			out = append(out, row)
		}
	}
	return out, classify(r.Err())
}

// Load makes table from Arrow batches of one schema; each batch is released
// here. The sequence runs on a goroutine of its own, because the engine asks
// for batches from a thread of its own, on which coroutines cannot switch.
func (db *DB) Load(ctx context.Context, table string, schema *arrow.Schema, batches iter.Seq2[arrow.RecordBatch, error]) error {
	feed, done := make(chan feedItem), make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(feed)
		for rec, err := range batches {
			select {
			case feed <- feedItem{rec, err}:
			case <-done:
				if rec != nil {
					rec.Release()
				}
				return
			}
		}
	}()
	defer func() { close(done); <-ended }()
	src := &source{schema: schema, refs: 1, next: func() (arrow.RecordBatch, error) {
		item := <-feed
		return item.rec, item.err
	}}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn == nil {
		return fmt.Errorf("duckdb: database is closed")
	}
	view := table + "_arrow"
	release, err := db.arrow.RegisterView(src, view)
	if err != nil {
		return classify(err)
	}
	defer release()
	err = db.exec(ctx, "CREATE OR REPLACE TABLE "+Ident(table)+" AS SELECT * FROM "+Ident(view))
	if drop := db.exec(context.WithoutCancel(ctx), "DROP VIEW IF EXISTS "+Ident(view)); err == nil {
		err = drop
	}
	if src.err != nil {
		return src.err
	}
	return err
}

type feedItem struct {
	rec arrow.RecordBatch
	err error
}

// source is a record reader over a function.
type source struct {
	schema *arrow.Schema
	next   func() (arrow.RecordBatch, error)
	rec    arrow.RecordBatch
	err    error
	refs   int
}

func (s *source) Retain()                        { s.refs++ }
func (s *source) Schema() *arrow.Schema          { return s.schema }
func (s *source) RecordBatch() arrow.RecordBatch { return s.rec }
func (s *source) Record() arrow.RecordBatch      { return s.rec }
func (s *source) Err() error                     { return s.err }

func (s *source) Release() {
	if s.refs--; s.refs == 0 && s.rec != nil {
		s.rec.Release()
		s.rec = nil
	}
}

func (s *source) Next() bool {
	if s.rec != nil {
		s.rec.Release()
		s.rec = nil
	}
	if s.err != nil {
		return false
	}
	s.rec, s.err = s.next()
	return s.rec != nil && s.err == nil
}

// Allocator is the allocator for batches handed to Load.
func Allocator() memory.Allocator { return memory.DefaultAllocator }

// Version is the engine's version, such as "v1.5.1". Hashes and sort keys may
// differ between versions.
func (db *DB) Version(ctx context.Context) (string, error) {
	rows, err := db.QueryRows(ctx, "SELECT version() AS v")
	if err != nil {
		return "", err
	}
	v, _ := rows[0][0].Reveal()
	return v, nil
}
