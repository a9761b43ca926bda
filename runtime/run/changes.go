//go:build duckdb_arrow

package run

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/changeset"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
)

// part is how many rows are held in memory at once.
const part = 50_000

// changes is an activation's change set as the engine reads it.
type changes struct {
	db     *duck.DB
	reader *changeset.Reader
	path   string
	act    *plan.Activation
	rekeys [][2]int64  // ranges of rows that carry the key as last acknowledged
	head   *state.Head // nil: no state
	store  *state.Store
}

// columns are those of the plugin protocol.
func (c *changes) columns(prior bool) []string {
	out := []string{changeset.Row, changeset.Dest}
	add := func(prefix string, n int) {
		for i := range n {
			out = append(out, changeset.Column(prefix, i))
		}
	}
	add(changeset.Keys, len(c.act.Key))
	if prior {
		add(changeset.Prior, len(c.act.Key))
	}
	add(changeset.Fields, len(c.act.Fields))
	add(changeset.Sent, len(c.act.Fields))
	return out
}

// Rows yields the rows from to to in order.
func (c *changes) Rows(ctx context.Context, from, to int64) iter.Seq2[arrow.RecordBatch, error] {
	prior := false
	for _, r := range c.rekeys {
		prior = prior || (r[0] <= from && from < r[1])
	}
	return func(yield func(arrow.RecordBatch, error) bool) {
		for at := from; at < to; at += part {
			rows, err := c.reader.Rows(ctx, at, min(at+part, to), c.columns(prior)...)
			if err != nil {
				yield(nil, err)
				return
			}
			if !pass(rows, yield) {
				return
			}
		}
	}
}

// pass yields a reader's records and reports whether to go on.
func pass(rows array.RecordReader, yield func(arrow.RecordBatch, error) bool) bool {
	defer rows.Release()
	for rows.Next() {
		if !yield(rows.RecordBatch(), nil) {
			return false
		}
	}
	if err := rows.Err(); err != nil {
		yield(nil, fmt.Errorf("read rows: %w", err))
		return false
	}
	return true
}

// Content yields what the object holds after the apply, ordered by id: live
// rows of state that the change set leaves alone, and its own writes.
func (c *changes) Content(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		layout := diff.FromPlan(c.act).Layout()
		var segments []diff.Segment
		if c.head != nil {
			segments = c.head.Segments
		}
		live := layout.Live(segments, c.store.SegmentPath(c.act.Name))
		q := c.contentSQL(layout, live)
		rows, err := c.db.Query(ctx, q)
		if err != nil {
			yield(nil, fmt.Errorf("read content: %w", err))
			return
		}
		pass(rows, yield)
	}
}

// contentSQL reads change set and state. Rows that were never acknowledged are
// not in the object.
func (c *changes) contentSQL(l diff.Layout, live string) string {
	numbered := func(prefix string, n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = prefix + strconv.Itoa(i)
		}
		return out
	}
	ids, keys, fields := numbered("i", len(l.ID)), numbered("k", len(l.Key)), numbered("f", len(c.act.Fields))
	own := slices.Concat(ids, keys, fields)
	held := slices.Concat(ids, keys)
	for i, f := range fields {
		held = append(held, "b"+strconv.Itoa(i)+" AS "+f)
	}
	set := "read_parquet(" + duck.Literal(c.path) + ")"
	q := `SELECT "row", dest, ` + strings.Join(own, ", ") + " FROM " + set + " WHERE op IN (1, 2, 3, 4)"
	q += ` UNION ALL SELECT (SELECT count(*) FROM ` + set + `) + row_number() OVER (ORDER BY ` + strings.Join(ids, ", ") + `) - 1 AS "row", dest, ` +
		strings.Join(held, ", ") + " FROM (" + live + ") l WHERE synced_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + set + " c WHERE c.op NOT IN (20, 21)"
	for _, id := range ids {
		q += " AND c." + id + " IS NOT DISTINCT FROM l." + id
	}
	q += ")"
	out := slices.Concat([]string{`"row"`, "dest"}, keys, fields)
	for i := range fields {
		out = append(out, "true AS s"+strconv.Itoa(i))
	}
	return "SELECT " + strings.Join(out, ", ") + " FROM (" + q + ") ORDER BY " + strings.Join(ids, ", ")
}
