//go:build duckdb_arrow

package changeset

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/runtime/duck"
)

// Names of the fixed columns. Numbered columns are made of a prefix and an
// index: [Keys], [Prior], [Fields], [Sent], [Before], [IDs].
const (
	Row   = "row"
	Phase = "phase"
	Op    = "op"
	Cause = "cause"
	Dest  = "dest"
)

// Prefixes of the numbered columns.
const (
	IDs    = "i"
	Keys   = "k"
	Prior  = "p"
	Fields = "f"
	Sent   = "s"
	Before = "b"
)

// Column names a numbered column: Column(Keys, 0) is "k0".
func Column(prefix string, i int) string { return prefix + strconv.Itoa(i) }

// Reader reads one change set. It is safe for concurrent use.
type Reader struct {
	db   *duck.DB
	from string // the relation that is read
}

// Open makes a reader of a change set file through a database. The file is
// not looked at before the first read; hold its digest against the plan's
// first.
func Open(db *duck.DB, path string) *Reader {
	return &Reader{db, "read_parquet(" + duck.Literal(path) + ")"}
}

// Through reads the change set through another relation: SQL with the same rows
// and columns.
func (r *Reader) Through(relation string) *Reader { return &Reader{r.db, relation} }

// Len returns the number of rows.
func (r *Reader) Len(ctx context.Context) (int64, error) {
	n, err := r.db.QueryInts(ctx, "SELECT count(*) FROM "+r.from)
	if err != nil {
		return 0, fmt.Errorf("read change set: %w", err)
	}
	return n[0], nil
}

// Rows returns the columns of the rows from to to (half open), ordered by row,
// as Arrow batches of up to 2048 rows. Arrow types are those of
// protocol.ArrowType for the columns' leat types; row is int64, phase, op and
// cause are uint8, dest is utf8, sent columns are bool. The whole range is
// held in memory until the reader is released: read large phases in parts.
func (r *Reader) Rows(ctx context.Context, from, to int64, columns ...string) (array.RecordReader, error) {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = duck.Ident(c)
	}
	rows, err := r.db.Query(ctx, "SELECT "+strings.Join(quoted, ", ")+" FROM "+r.from+
		" WHERE \"row\" >= "+strconv.FormatInt(from, 10)+" AND \"row\" < "+strconv.FormatInt(to, 10)+" ORDER BY \"row\"")
	if err != nil {
		return nil, fmt.Errorf("read change set: %w", err)
	}
	return rows, nil
}

// Range is a run of rows of one phase and op, [From, To).
type Range struct {
	Phase, Op int
	From, To  int64
}

// Ranges returns the phases and ops of the change set with their rows, in
// sending order.
func (r *Reader) Ranges(ctx context.Context) ([]Range, error) {
	rows, err := r.db.QueryRows(ctx, "SELECT phase, op, min(\"row\"), max(\"row\") + 1 FROM "+r.from+" GROUP BY ALL ORDER BY 3")
	if err != nil {
		return nil, fmt.Errorf("read change set: %w", err)
	}
	out := make([]Range, len(rows))
	for i, row := range rows {
		var n [4]int64
		for c, v := range row {
			text, _ := v.Reveal()
			if n[c], err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, fmt.Errorf("read change set: column %d is not a number", c)
			}
		}
		out[i] = Range{int(n[0]), int(n[1]), n[2], n[3]}
	}
	return out, nil
}

// Write writes the rows of a query to path. The query yields every column but
// row, and order lists what they are sorted by: together unique.
func Write(ctx context.Context, db *duck.DB, query, order, path string) error {
	err := db.Ordered(ctx, func() error {
		return db.WriteParquet(ctx, "SELECT row_number() OVER () - 1 AS \"row\", * FROM (SELECT * FROM ("+query+") ORDER BY "+order+")", path, "zstd")
	})
	if err != nil {
		return fmt.Errorf("write change set: %w", err)
	}
	return nil
}
