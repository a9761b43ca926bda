package protocol

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var testOpen = &WriteOpen{Object: "o", Key: []*Column{{Name: "id", Type: "int"}},
	Fields: []*Column{{Name: "a", Type: "string"}, {Name: "b", Type: "decimal(10,2)"}}}

func testBatch(t testing.TB, s *arrow.Schema) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for i := range s.NumFields() {
		switch fb := b.Field(i).(type) {
		case *array.Int64Builder:
			fb.AppendValues([]int64{1, 2}, nil)
		case *array.StringBuilder:
			fb.AppendValues([]string{"x", ""}, []bool{true, false})
		case *array.BooleanBuilder:
			fb.AppendValues([]bool{true, false}, nil)
		default:
			fb.AppendNulls(2)
		}
	}
	return b.NewRecordBatch()
}

func encoded(t testing.TB, prior bool) ([]byte, *arrow.Schema) {
	t.Helper()
	s, err := WriteSchema(testOpen, prior)
	if err != nil {
		t.Fatal(err)
	}
	rec := testBatch(t, s)
	defer rec.Release()
	data, err := EncodeBatch(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	return data, s
}

func TestArrowType(t *testing.T) {
	for text, want := range map[string]string{
		"bool": "bool", "int": "int64", "float": "float64", "decimal(10,2)": "decimal(10, 2)", "decimal": "utf8",
		"string(254)": "utf8", `enum("a", "b(")`: "utf8", "uuid": "utf8", "json": "utf8", "list(int)": "utf8",
		"bytes": "binary", "date": "date32", "time": "time64[us]", "timestamp": "timestamp[us]",
		"timestamptz": "timestamp[us, tz=UTC]", "unknown": "utf8",
	} {
		got, err := ArrowType(text)
		if err != nil || got.String() != want {
			t.Errorf("%s travels as %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "integer", "decimal(39,2)", "decimal(2,3)", "decimal(x)"} {
		if got, err := ArrowType(text); err == nil {
			t.Errorf("%q travels as %s, want an error", text, got)
		}
	}
}

func TestBatchRoundTrip(t *testing.T) {
	for _, prior := range []bool{false, true} {
		data, s := encoded(t, prior)
		got, err := DecodeBatch(data, s)
		if err != nil {
			t.Fatal(err)
		}
		want := testBatch(t, s)
		if !array.RecordEqual(got, want) {
			t.Error("the batch changed on the way")
		}
		got.Release()
		want.Release()
	}
}

func TestDecodeRefuses(t *testing.T) {
	data, s := encoded(t, false)
	_, other := encoded(t, true)
	twice := append(append([]byte{}, data...), data...)
	for name, c := range map[string]struct {
		data   []byte
		schema *arrow.Schema
	}{
		"empty": {nil, s}, "text": {[]byte("hello, world"), s}, "truncated": {data[:len(data)/2], s}, "another schema": {data, other}, "two streams": {twice, s},
	} {
		if _, err := DecodeBatch(c.data, c.schema); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzDecodeBatch proves that damaged input is an error, not a crash, and that
// what decodes has the columns asked for.
func FuzzDecodeBatch(f *testing.F) {
	data, s := encoded(f, false)
	f.Add(data)
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\xff", 64)))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := DecodeBatch(data, s)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		for i, col := range rec.Columns() {
			for r := range col.Len() {
				_ = col.ValueStr(r)
			}
			if !arrow.TypeEqual(col.DataType(), s.Field(i).Type) {
				t.Fatal("another type")
			}
		}
		rec.Release()
	})
}
