//go:build duckdb_arrow

package state

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
)

// RowQuery selects live rows. The zero value selects all.
type RowQuery struct {
	IDs      [][]string // only these ids, each with all its parts, as text
	Rejected bool       // only rows with status rejected
	Limit    int        // at most so many, in order of id; 0 is all
}

// LiveRow is one row of state. It holds row values: see [duck.Value].
type LiveRow struct {
	ID     []duck.Value
	Key    []duck.Value // as acknowledged
	Fields []duck.Value // of the head's Fields, then of its Retired ones
	Sent   []bool       // of each field: it was ever sent
	DestID string
	Origin string // "unknown", "created", "adopted"
	Status RowStatus

	RefusedClass, RefusedCode, RefusedField string
	RefusedText                             duck.Value // vendor's words, which may hold values
	Transient                               bool
	Remembered                              bool // the refused payload is not sent again
	Attempts                                int64
	FirstRefused, LastRefused, SyncedAt     string // UTC; "" for never
}

var originNames = map[string]string{"0": "unknown", "1": "created", "2": "adopted"}

// LiveRows reads rows of an activation, ordered by id. It needs no lock: the
// head it is given names immutable files.
func (s *Store) LiveRows(ctx context.Context, h *Head, q RowQuery) ([]LiveRow, diag.Diagnostics, error) {
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("read state: %w", err)
	}
	defer db.Close()
	layout := h.layout()
	where, args := q.where(h)
	sql := "SELECT * FROM (" + layout.Live(h.Segments, s.SegmentPath(h.Activation)) + ")" + where + " ORDER BY " + columnList("i", len(h.ID))
	if q.Limit > 0 {
		sql += " LIMIT " + strconv.Itoa(q.Limit)
	}
	cells, err := db.QueryRows(ctx, sql, args...)
	if err != nil {
		ds, err := s.explain(err, h.Activation)
		return nil, ds, err
	}
	out := make([]LiveRow, len(cells))
	for i, c := range cells {
		out[i] = liveRow(layout, c)
	}
	return out, nil, nil
}

// layout is every column that the rows may hold a value of.
func (h *Head) layout() diff.Layout {
	return diff.Layout{ID: h.ID, Key: h.Key, Fields: append(slices.Clone(h.Fields), h.Retired...)}
}

func columnList(prefix string, n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = prefix + strconv.Itoa(i)
	}
	return strings.Join(parts, ", ")
}

// where is the condition of a query over rows in the layout, with the ids as
// arguments: they are values.
func (q RowQuery) where(h *Head) (sql string, args []any) {
	var all []string
	if q.Rejected {
		all = append(all, "status = "+strconv.Itoa(int(Rejected)))
	}
	var anyID []string
	for _, id := range q.IDs {
		parts := make([]string, len(h.ID))
		for i := range h.ID {
			parts[i] = "CAST(i" + strconv.Itoa(i) + " AS VARCHAR) = ?"
			args = append(args, id[i])
		}
		anyID = append(anyID, "("+strings.Join(parts, " AND ")+")")
	}
	if len(anyID) > 0 {
		all = append(all, "("+strings.Join(anyID, " OR ")+")")
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// liveRow takes a row of a layout apart; see diff.Layout.SegmentRows for the
// order of its cells.
func liveRow(l diff.Layout, cells []duck.Value) LiveRow {
	next := func() duck.Value {
		c := cells[0]
		cells = cells[1:]
		return c
	}
	text := func() string {
		t, _ := next().Reveal()
		return t
	}
	var r LiveRow
	for range l.ID {
		r.ID = append(r.ID, next())
	}
	for range l.Key {
		r.Key = append(r.Key, next())
	}
	for range l.Fields {
		r.Fields = append(r.Fields, next())
		r.Sent = append(r.Sent, text() == "true")
	}
	r.DestID, r.Origin = text(), originNames[text()]
	status, err := strconv.Atoi(text())
	if err != nil {
		status = -1 // named damaged
	}
	r.Status = RowStatus(status)
	r.Remembered = text() != ""
	r.RefusedClass, r.RefusedCode, r.RefusedField, r.RefusedText = text(), text(), text(), next()
	r.Transient = text() == "true"
	r.Attempts, _ = strconv.ParseInt(text(), 10, 64) // null before a refusal
	r.FirstRefused, r.LastRefused, r.SyncedAt = text(), text(), text()
	return r
}

// Live returns where the live rows of an activation are read; the zero value
// when it has no state. was are names that it had: state may not have been moved
// from there.
func (s *Store) Live(activation string, was ...string) (diff.Live, diag.Diagnostics, error) {
	for _, name := range append([]string{activation}, was...) {
		h, ds, err := s.Head(name)
		if h != nil || err != nil || ds.HasErrors() {
			return s.live(h), ds, err
		}
	}
	return diff.Live{}, nil, nil
}

// LiveOf is Live of what a plan's activation goes on from.
func (s *Store) LiveOf(a *plan.Activation) (diff.Live, diag.Diagnostics, error) {
	h, ds, err := s.HeadOf(a)
	return s.live(h), ds, err
}

func (s *Store) live(h *Head) diff.Live {
	if h == nil {
		return diff.Live{}
	}
	return diff.Live{Key: h.Key, Segments: h.Segments, Path: s.SegmentPath(h.Activation)}
}
