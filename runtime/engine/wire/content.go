//go:build duckdb_arrow

package wire

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/duck"
)

// Content yields the whole content of an object after the apply, for objects
// that are replaced: the rows the change set leaves there, and the live rows
// of state that it does not touch, ordered by id. The engine holds the result
// in memory while it is read.
func (c *changes) Content(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		r := c.resolver
		relation, err := r.relation(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		if !r.idle() { // what waits stays as state has it
			relation = "(FROM " + relation + " WHERE NOT waits)"
		}
		live, ds, err := r.store.LiveOf(c.plan)
		if err == nil {
			err = firstOf(ds)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		rr, err := r.db.Query(ctx, contentQuery(c.plan, relation, r.spec.Layout().Live(live.Segments, live.Path)))
		if err != nil {
			yield(nil, err)
			return
		}
		defer rr.Release()
		some := false
		for rr.Next() {
			some = true
			if !yield(rr.RecordBatch(), nil) {
				return
			}
		}
		if err := rr.Err(); err != nil {
			yield(nil, err)
		} else if !some {
			b := array.NewRecordBuilder(duck.Allocator(), rr.Schema())
			defer b.Release()
			none := b.NewRecordBatch()
			defer none.Release()
			yield(none, nil)
		}
	}
}

// Rows of the change set that leave a record in the object: send, create,
// update, rekey, clear, append. A released record stays as it was, so that it
// is taken from state like an untouched one.
const leaves = "op IN (1, 2, 3, 4, 7, 8)"

// Rows of the change set that decide about a record: all but release, resolve
// and block.
const decides = "op NOT IN (20, 21, 23)"

// held: state says that the object holds the record.
const held = "synced_at IS NOT NULL AND status IN (0, 1, 2, 5, 6, 7)"

func contentQuery(a *plan.Activation, changes, live string) string {
	numbered := func(n int, f func(i string) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(", " + f(strconv.Itoa(i)))
		}
		return b.String()
	}
	plainly := func(prefix string) func(string) string { return func(i string) string { return prefix + i } }
	ids := strings.TrimPrefix(numbered(len(a.ID), plainly("i")), ", ")
	sent := numbered(len(a.Fields), func(i string) string { return "true AS s" + i })
	keys := numbered(len(a.Key), plainly("k"))
	n := int64(0)
	if a.ChangeSet != nil {
		n = a.ChangeSet.Rows
	}
	touched := `SELECT "row", dest` + keys + numbered(len(a.Fields), func(i string) string { return "CASE WHEN op = 7 AND s" + i + " THEN NULL ELSE f" + i + " END AS f" + i }) +
		sent + ", " + ids + " FROM " + changes + " WHERE " + leaves
	rest := "SELECT " + strconv.FormatInt(n, 10) + "::BIGINT + row_number() OVER (ORDER BY " + ids + `) - 1 AS "row", dest` + keys +
		numbered(len(a.Fields), func(i string) string { return "b" + i + " AS f" + i }) + sent + ", " + ids +
		" FROM (" + live + ") WHERE " + held + " AND (" + ids + ") NOT IN (SELECT (" + ids + ") FROM " + changes + " WHERE " + decides + ")"
	return `SELECT "row", dest` + keys + numbered(len(a.Fields), plainly("f")) + numbered(len(a.Fields), plainly("s")) +
		" FROM (" + touched + " UNION ALL " + rest + ") ORDER BY " + ids
}
