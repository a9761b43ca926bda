package engine

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Bounds of a batch whatever the operation allows.
const (
	maxBatchRows  = 10_000
	maxBatchBytes = 4 << 20
)

// errRows says that a change set did not hold the rows the plan says it does.
var errRows = errors.New("internal error: the change set does not hold the planned rows")

// cutter cuts a stream of records into batches. The cuts depend on the rows
// and the bounds alone, so that a resumed run makes the same ones.
type cutter struct {
	maxRows  int64
	maxBytes int64
	fields   []Column // for the size of their names in a request body

	parts []arrow.RecordBatch // retained slices of the batch being filled
	rows  int64
	bytes int64
}

// cut reads the rows [from, to) from seq and calls emit with each batch and
// its first row. emit owns the record; it returns false to stop.
func (c *cutter) cut(seq iter.Seq2[arrow.RecordBatch, error], from, to int64, emit func(rec arrow.RecordBatch, from int64) bool) error {
	defer c.drop()
	at, start := from, from
	flush := func() (bool, error) {
		rec, err := c.take()
		if err != nil {
			return false, err
		}
		first := start
		start = at
		return emit(rec, first), nil
	}
	for rec, err := range seq {
		if err != nil {
			return fmt.Errorf("read change set: %w", err)
		}
		if err := expectRows(rec, at, to); err != nil {
			return err
		}
		size := newSizer(rec, c.fields)
		for i := int64(0); i < rec.NumRows(); {
			n, full := c.fit(size, i, rec.NumRows())
			if n > 0 {
				c.parts = append(c.parts, rec.NewSlice(i, i+n))
				i, at = i+n, at+n
			}
			if !full {
				continue
			}
			if more, err := flush(); err != nil || !more {
				return err
			}
		}
	}
	if at != to {
		return errRows
	}
	if c.rows > 0 {
		_, err := flush()
		return err
	}
	return nil
}

// fit returns how many rows from i on still go into the batch, and whether it
// is full then. One row always fits.
func (c *cutter) fit(size *sizer, i, end int64) (n int64, full bool) {
	for ; i+n < end; n++ {
		b := size.row(int(i + n))
		if c.rows > 0 && (c.rows >= c.maxRows || c.bytes+b > c.maxBytes) {
			return n, true
		}
		c.rows++
		c.bytes += b
	}
	return n, c.rows >= c.maxRows
}

// take joins the parts into one record and starts the next batch.
func (c *cutter) take() (arrow.RecordBatch, error) {
	defer c.drop()
	return join(c.parts)
}

func (c *cutter) drop() {
	for _, p := range c.parts {
		p.Release()
	}
	c.parts, c.rows, c.bytes = c.parts[:0], 0, 0
}

// join returns one record with the rows of all parts. The caller owns it; the
// parts stay the caller's. A single part is not copied.
func join(parts []arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(parts) == 1 {
		parts[0].Retain()
		return parts[0], nil
	}
	var rows int64
	for _, p := range parts {
		rows += p.NumRows()
	}
	cols := make([]arrow.Array, parts[0].NumCols())
	defer func() {
		for _, c := range cols {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i := range cols {
		pieces := make([]arrow.Array, len(parts))
		for k, p := range parts {
			pieces[k] = p.Column(i)
		}
		col, err := array.Concatenate(pieces, memory.DefaultAllocator)
		if err != nil {
			return nil, fmt.Errorf("join batches: %w", err)
		}
		cols[i] = col
	}
	return array.NewRecordBatch(parts[0].Schema(), cols, rows), nil
}

// expectRows holds a record's ordinals against the plan at both ends.
func expectRows(rec arrow.RecordBatch, at, to int64) error {
	n := rec.NumRows()
	if n == 0 {
		return nil
	}
	ord, ok := rec.Column(0).(*array.Int64)
	if !ok || at+n > to || ord.Value(0) != at || ord.Value(int(n-1)) != at+n-1 {
		return errRows
	}
	return nil
}

// sizer estimates the bytes of a row in a request body: for each value that
// is sent its text, its name and punctuation. Numbers and times count as 24.
type sizer struct {
	cols []sizedColumn
}

type sizedColumn struct {
	text func(i int) int // nil: fixed width
	sent *array.Boolean  // nil: always
	name int64
}

const (
	rowOverhead   = 64
	valueOverhead = 8
	fixedWidth    = 24
)

func newSizer(rec arrow.RecordBatch, fields []Column) *sizer {
	sent := make(map[string]*array.Boolean)
	for i, f := range rec.Schema().Fields() {
		if b, ok := rec.Column(i).(*array.Boolean); ok && strings.HasPrefix(f.Name, "s") {
			sent[f.Name[1:]] = b
		}
	}
	s := &sizer{}
	field := 0
	for i, f := range rec.Schema().Fields() {
		if i == 0 || (f.Name[0] == 's' && sent[f.Name[1:]] == rec.Column(i)) {
			continue
		}
		c := sizedColumn{name: valueOverhead}
		if f.Name[0] == 'f' {
			c.sent = sent[f.Name[1:]]
			if field < len(fields) {
				c.name += int64(len(fields[field].Name))
			}
			field++
		}
		switch col := rec.Column(i).(type) {
		case *array.String:
			c.text = col.ValueLen
		case *array.Binary:
			c.text = col.ValueLen
		}
		s.cols = append(s.cols, c)
	}
	return s
}

func (s *sizer) row(i int) int64 {
	n := int64(rowOverhead)
	for k := range s.cols {
		c := &s.cols[k]
		if c.sent != nil && !c.sent.Value(i) {
			continue
		}
		n += c.name
		if c.text != nil {
			n += int64(c.text(i))
		} else {
			n += fixedWidth
		}
	}
	return n
}
