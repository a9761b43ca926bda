package sdk

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Lookup asks for records by destination id, where known, else by key.
type Lookup struct {
	Object string
	Key    []Values
	Fields []Column // what to read

	rec  arrow.RecordBatch
	dest *array.String
	row  *array.Int64
}

// Len returns the number of keys asked for.
func (l *Lookup) Len() int { return int(l.rec.NumRows()) }

// DestID returns the destination id to look up, "" where leat does not know
// it; then the key counts.
func (l *Lookup) DestID(row int) string {
	if l.dest.IsNull(row) {
		return ""
	}
	return l.dest.Value(row)
}

func decodeLookup(open *protocol.ReadOpen, in *protocol.ReadKeys) (*Lookup, *Records, error) {
	keys, result, err := protocol.ReadSchemas(open)
	if err != nil {
		return nil, nil, err
	}
	rec, err := protocol.DecodeBatch(in.GetArrow(), keys)
	if err != nil {
		return nil, nil, err
	}
	l := &Lookup{Object: open.GetObject(), Fields: columnsOf(open.GetFields()), rec: rec,
		row: rec.Column(0).(*array.Int64), dest: rec.Column(1).(*array.String)}
	for i, c := range columnsOf(open.GetKey()) {
		l.Key = append(l.Key, newValues(c, rec.Column(2+i)))
	}
	return l, &Records{lookup: l, build: array.NewRecordBuilder(memory.DefaultAllocator, result)}, nil
}

// Records collects what a lookup found. It is not safe for concurrent use.
type Records struct {
	lookup *Lookup
	build  *array.RecordBuilder
	err    error // of an Add that left the columns uneven; fails the batch
}

// Add adds one record found for row of the lookup: its destination id, its key
// and its fields, in the order of Lookup.Key and Lookup.Fields. A value is
// nil, bool, int, int64, float64, []byte, time.Time, or a string, which is
// read as the canonical text of the column's type; RFC 3339 offsets and JSON
// forms are understood. A value that does not fit its column is an error that
// names the column only.
func (r *Records) Add(row int, destID string, key, fields []any) error {
	if len(key) != len(r.lookup.Key) || len(fields) != len(r.lookup.Fields) {
		return fmt.Errorf("record has %d key values and %d fields, want %d and %d",
			len(key), len(fields), len(r.lookup.Key), len(r.lookup.Fields))
	}
	r.build.Field(0).(*array.Int64Builder).Append(r.lookup.row.Value(row))
	dest := r.build.Field(1).(*array.StringBuilder)
	if destID == "" {
		dest.AppendNull()
	} else {
		dest.Append(destID)
	}
	for i, v := range slices.Concat(key, fields) {
		if err := appendAny(r.build.Field(2+i), v); err != nil {
			r.err = fmt.Errorf("field %q: %w", r.name(i), err)
			return r.err
		}
	}
	return nil
}

func (r *Records) name(i int) string {
	if i < len(r.lookup.Key) {
		return r.lookup.Key[i].Name
	}
	return r.lookup.Fields[i-len(r.lookup.Key)].Name
}

func appendAny(b array.Builder, v any) error {
	switch x := v.(type) {
	case nil:
		b.AppendNull()
		return nil
	case int:
		return appendAny(b, int64(x))
	case []byte:
		if bb, ok := b.(*array.BinaryBuilder); ok {
			bb.Append(x)
			return nil
		}
		return appendText(b, string(x))
	case bool:
		if bb, ok := b.(*array.BooleanBuilder); ok {
			bb.Append(x)
			return nil
		}
	case int64:
		if ib, ok := b.(*array.Int64Builder); ok {
			ib.Append(x)
			return nil
		}
	case float64:
		if fb, ok := b.(*array.Float64Builder); ok {
			fb.Append(x)
			return nil
		}
	case time.Time:
		return appendTime(b, x.UTC())
	case string:
		return appendText(b, x)
	}
	text, err := plainText(v)
	if err != nil {
		return err
	}
	return appendText(b, text)
}

func plainText(v any) (string, error) {
	switch x := v.(type) {
	case bool:
		return fmt.Sprint(x), nil
	case int64:
		return fmt.Sprint(x), nil
	case float64:
		return string(appendFloat(nil, x)), nil
	default:
		return "", fmt.Errorf("a %T is not a value", v)
	}
}

func appendTime(b array.Builder, t time.Time) error {
	switch tb := b.(type) {
	case *array.Date32Builder:
		tb.Append(arrow.Date32FromTime(t))
	case *array.TimestampBuilder:
		tb.Append(arrow.Timestamp(t.UnixMicro()))
	case *array.Time64Builder:
		tb.Append(arrow.Time64(t.Sub(t.Truncate(24 * time.Hour)).Microseconds()))
	case *array.StringBuilder:
		tb.Append(string(appendTimestamp(nil, t, true)))
	default:
		return fmt.Errorf("a time does not fit %s", b.Type())
	}
	return nil
}

// timestampLayouts are the forms of a timestamp that are understood, with and
// without an offset.
var timestampLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", time.DateOnly}

// appendText parses a text. Errors do not quote it.
func appendText(b array.Builder, text string) error {
	switch tb := b.(type) {
	case *array.StringBuilder:
		tb.Append(strings.Clone(text))
		return nil
	case *array.BinaryBuilder:
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("the text is not base64")
		}
		tb.Append(raw)
		return nil
	case *array.TimestampBuilder:
		for _, layout := range timestampLayouts {
			if t, err := time.Parse(layout, text); err == nil {
				tb.Append(arrow.Timestamp(t.UnixMicro()))
				return nil
			}
		}
		return fmt.Errorf("the text is not a timestamp")
	}
	if err := b.AppendValueFromString(text); err != nil {
		return fmt.Errorf("the text is not a %s", b.Type())
	}
	return nil
}

func (r *Records) encode() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	rec := r.build.NewRecordBatch()
	defer rec.Release()
	return protocol.EncodeBatch(nil, rec)
}

func (r *Records) release() {
	r.lookup.rec.Release()
	r.build.Release()
}
