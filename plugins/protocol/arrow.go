package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ErrMalformed is wrapped by every error that says the other side sent a
// batch that breaks the contract.
var ErrMalformed = errors.New("malformed batch")

// arrowTypes maps the kind of a leat type to its Arrow type. What is not
// listed (string, enum, uuid, json, list, struct, unknown) travels as text:
// json, list and struct as JSON. decimal is in ArrowType: it has parameters.
var arrowTypes = map[string]arrow.DataType{
	"bool":        arrow.FixedWidthTypes.Boolean,
	"int":         arrow.PrimitiveTypes.Int64,
	"float":       arrow.PrimitiveTypes.Float64,
	"bytes":       arrow.BinaryTypes.Binary,
	"date":        arrow.FixedWidthTypes.Date32,
	"time":        arrow.FixedWidthTypes.Time64us,
	"timestamp":   &arrow.TimestampType{Unit: arrow.Microsecond},
	"timestamptz": &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
	"string":      arrow.BinaryTypes.String,
	"enum":        arrow.BinaryTypes.String,
	"uuid":        arrow.BinaryTypes.String,
	"json":        arrow.BinaryTypes.String,
	"list":        arrow.BinaryTypes.String,
	"struct":      arrow.BinaryTypes.String,
	"unknown":     arrow.BinaryTypes.String,
}

// TypeKind returns the outermost kind of a leat type: "decimal" for
// "decimal(10,2)".
func TypeKind(leatType string) string {
	kind, _, _ := strings.Cut(leatType, "(")
	return strings.TrimSpace(kind)
}

// ArrowType returns the Arrow type that carries values of a leat type, given
// as users write it, such as "decimal(10,2)". A decimal without digits travels
// as its text, so that none is lost. Unknown words are an error.
func ArrowType(leatType string) (arrow.DataType, error) {
	kind := TypeKind(leatType)
	if kind == "decimal" {
		return decimalType(leatType)
	}
	t, ok := arrowTypes[kind]
	if !ok {
		return nil, fmt.Errorf("unknown type %q", leatType)
	}
	return t, nil
}

func decimalType(leatType string) (arrow.DataType, error) {
	_, args, has := strings.Cut(leatType, "(")
	if !has {
		return arrow.BinaryTypes.String, nil
	}
	p, s, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(args), ")"), ",")
	precision, err1 := strconv.ParseInt(strings.TrimSpace(p), 10, 32)
	scale, err2 := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
	if !ok || err1 != nil || err2 != nil || precision < 1 || precision > 38 || scale < 0 || scale > precision {
		return nil, fmt.Errorf("unknown type %q", leatType)
	}
	return &arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)}, nil
}

// Names of the fixed Arrow columns. Key, prior key, field and sent columns are
// named by prefix and index: k0, p0, f0, s0.
const (
	RowColumn  = "row"
	DestColumn = "dest"
)

// WriteSchema returns the Arrow schema of the batches of a write stream, in
// the column order WriteOpen documents. prior adds the p columns (OP_REKEY).
func WriteSchema(open *WriteOpen, prior bool) (*arrow.Schema, error) {
	fields := []arrow.Field{
		{Name: RowColumn, Type: arrow.PrimitiveTypes.Int64},
		{Name: DestColumn, Type: arrow.BinaryTypes.String, Nullable: true},
	}
	fields, err := appendColumns(fields, "k", open.GetKey())
	if err != nil {
		return nil, err
	}
	if prior {
		if fields, err = appendColumns(fields, "p", open.GetKey()); err != nil {
			return nil, err
		}
	}
	if fields, err = appendColumns(fields, "f", open.GetFields()); err != nil {
		return nil, err
	}
	for i := range open.GetFields() {
		fields = append(fields, arrow.Field{Name: "s" + strconv.Itoa(i), Type: arrow.FixedWidthTypes.Boolean})
	}
	return arrow.NewSchema(fields, nil), nil
}

// ReadSchemas returns the Arrow schemas of ReadKeys and of ReadResult.
func ReadSchemas(open *ReadOpen) (keys, result *arrow.Schema, err error) {
	fields := []arrow.Field{
		{Name: RowColumn, Type: arrow.PrimitiveTypes.Int64},
		{Name: DestColumn, Type: arrow.BinaryTypes.String, Nullable: true},
	}
	if fields, err = appendColumns(fields, "k", open.GetKey()); err != nil {
		return nil, nil, err
	}
	keys = arrow.NewSchema(fields, nil)
	if fields, err = appendColumns(fields, "f", open.GetFields()); err != nil {
		return nil, nil, err
	}
	return keys, arrow.NewSchema(fields, nil), nil
}

func appendColumns(to []arrow.Field, prefix string, cols []*Column) ([]arrow.Field, error) {
	for i, c := range cols {
		t, err := ArrowType(c.GetType())
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", c.GetName(), err)
		}
		to = append(to, arrow.Field{Name: prefix + strconv.Itoa(i), Type: t, Nullable: true})
	}
	return to, nil
}

// EncodeBatch appends one record batch as an Arrow IPC stream (schema, then
// the batch) to dst and returns it. The caller keeps the record.
func EncodeBatch(dst []byte, rec arrow.RecordBatch) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	w := ipc.NewWriter(buf, ipc.WithSchema(rec.Schema()))
	if err := w.Write(rec); err != nil {
		return nil, fmt.Errorf("encode batch: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode batch: %w", err)
	}
	return buf.Bytes(), nil
}

// DecodeBatch reads what EncodeBatch wrote and holds it against the schema
// both sides know: column count, names and types must agree, and the message
// must hold exactly one batch. Buffers are copied out of data, and the caller
// releases the record. Errors wrap ErrMalformed.
//
// The bytes come from another process, so a panic of the Arrow reader on
// damaged input is turned into an error.
func DecodeBatch(data []byte, want *arrow.Schema) (rec arrow.RecordBatch, err error) {
	defer func() {
		if p := recover(); p != nil {
			rec, err = nil, fmt.Errorf("%w: not readable as an Arrow stream", ErrMalformed)
		}
	}()
	if err := checkFrames(data, want.NumFields()); err != nil {
		return nil, err
	}
	r, err := ipc.NewReader(bytes.NewReader(data), ipc.WithAllocator(memory.DefaultAllocator))
	if err != nil {
		return nil, fmt.Errorf("%w: not an Arrow stream", ErrMalformed)
	}
	defer r.Release()
	if err := sameColumns(r.Schema(), want); err != nil {
		return nil, err
	}
	if !r.Next() {
		return nil, fmt.Errorf("%w: no record batch", ErrMalformed)
	}
	rec = r.RecordBatch()
	if err := validColumns(rec); err != nil {
		return nil, err
	}
	rec.Retain()
	return rec, nil
}

func sameColumns(got, want *arrow.Schema) error {
	if got.NumFields() != want.NumFields() {
		return fmt.Errorf("%w: %d columns, want %d", ErrMalformed, got.NumFields(), want.NumFields())
	}
	for i, w := range want.Fields() {
		g := got.Field(i)
		if g.Name != w.Name || !arrow.TypeEqual(g.Type, w.Type) {
			return fmt.Errorf("%w: column %d is %s %s, want %s %s", ErrMalformed, i, g.Name, g.Type, w.Name, w.Type)
		}
	}
	return nil
}

// validColumns reads every value of every column once, so that a damaged
// buffer panics here, where DecodeBatch catches it, and not while a row is
// being sent.
func validColumns(rec arrow.RecordBatch) error {
	for i, col := range rec.Columns() {
		if int64(col.Len()) != rec.NumRows() {
			return fmt.Errorf("%w: column %d has another length", ErrMalformed, i)
		}
		for r := range col.Len() {
			touch(col, r)
		}
	}
	if n := rec.Column(0).NullN(); n > 0 {
		return fmt.Errorf("%w: %d rows without an ordinal", ErrMalformed, n)
	}
	return nil
}

func touch(col arrow.Array, row int) {
	if col.IsNull(row) {
		return
	}
	switch a := col.(type) {
	case *array.String:
		_ = a.Value(row)
	case *array.Binary:
		_ = a.Value(row)
	case *array.Boolean:
		_ = a.Value(row)
	}
}
