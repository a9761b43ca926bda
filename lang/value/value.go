package value

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/leat-dev/leat/lang/types"
)

// Value is one value, or null. The zero Value is null. It is immutable.
type Value struct {
	kind types.Kind // Unknown and Null both mean null
	i    int64      // Int; Bool 0 or 1; Date: days; Time: microseconds; timestamps: microseconds since 1970
	f    float64
	s    string // String, Enum, UUID, JSON, Bytes
	d    *apd.Decimal
	l    []Value // List
}

// Null is the absent value.
var Null = Value{}

// Bool returns a truth value.
func Bool(b bool) Value {
	if b {
		return Value{kind: types.Bool, i: 1}
	}
	return Value{kind: types.Bool}
}

// Int returns an integer.
func Int(i int64) Value { return Value{kind: types.Int, i: i} }

// Float returns a double.
func Float(f float64) Value { return Value{kind: types.Float, f: f} }

// Decimal returns a finite decimal; its exponent is minus its scale.
func Decimal(d *apd.Decimal) Value { return Value{kind: types.Decimal, d: d} }

// Text returns a string, enum, uuid or json value, as kind says.
func Text(kind types.Kind, s string) Value { return Value{kind: kind, s: s} }

// String returns a string value.
func String(s string) Value { return Value{kind: types.String, s: s} }

// Bytes returns a byte string.
func Bytes(b string) Value { return Value{kind: types.Bytes, s: b} }

// Date returns the day that lies days after 1970-01-01.
func Date(days int64) Value { return Value{kind: types.Date, i: days} }

// Time returns a time of day in microseconds since midnight.
func Time(micros int64) Value { return Value{kind: types.Time, i: micros} }

// Timestamp returns a wall-clock reading, in microseconds since 1970-01-01.
func Timestamp(micros int64) Value { return Value{kind: types.Timestamp, i: micros} }

// TimestampTZ returns an instant, in microseconds since 1970-01-01 UTC.
func TimestampTZ(micros int64) Value { return Value{kind: types.TimestampTZ, i: micros} }

// List returns a list of values of one kind, some of which may be null. It
// keeps the slice.
func List(elems ...Value) Value { return Value{kind: types.List, l: elems} }

// Elems returns the elements of a list; do not change them.
func (v Value) Elems() []Value { return v.l }

// Kind returns the value's kind; types.Null for null.
func (v Value) Kind() types.Kind {
	if v.kind == types.Unknown {
		return types.Null
	}
	return v.kind
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.Kind() == types.Null }

// True reports whether the value is the boolean true; null is not.
func (v Value) True() bool { return v.kind == types.Bool && v.i == 1 }

// Int64 returns an integer, the days of a date, or the microseconds of a time.
func (v Value) Int64() int64 { return v.i }

// Float64 returns a float.
func (v Value) Float64() float64 { return v.f }

// Str returns the characters of a text value or the bytes of a byte string.
func (v Value) Str() string { return v.s }

// Dec returns a decimal, or an integer as a decimal; do not change it.
func (v Value) Dec() *apd.Decimal {
	if v.kind == types.Int {
		return apd.New(v.i, 0)
	}
	return v.d
}

// Compare orders two values of one kind as the engines do: text by bytes of
// UTF-8, false before true, NaN equal to itself and after every number.
// Null must be handled by the caller.
func Compare(a, b Value) int {
	switch a.kind {
	case types.Float:
		switch an, bn := math.IsNaN(a.f), math.IsNaN(b.f); {
		case an && bn:
			return 0
		case an:
			return 1
		case bn:
			return -1
		}
		return cmp.Compare(a.f, b.f)
	case types.Decimal:
		return a.d.Cmp(b.d)
	case types.String, types.Enum, types.UUID, types.JSON, types.Bytes:
		return strings.Compare(a.s, b.s)
	case types.List:
		return slices.CompareFunc(a.l, b.l, compareElems)
	}
	return cmp.Compare(a.i, b.i)
}

// compareElems orders elements of lists, nulls last.
func compareElems(a, b Value) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return 1
	case b.IsNull():
		return -1
	}
	return Compare(a, b)
}

// Same reports whether two values are both null or equal; numbers of
// different scale are the same when they are equal.
func Same(a, b Value) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	if a.kind != b.kind && !(textual(a.kind) && textual(b.kind)) {
		return false
	}
	return Compare(a, b) == 0
}

func textual(k types.Kind) bool {
	return k == types.String || k == types.Enum || k == types.UUID || k == types.JSON
}

// Literal renders a constant of the configuration for canonical encodings and
// documentation. It must never be called on a value of a row.
func (v Value) Literal() string {
	switch v.Kind() {
	case types.Null:
		return "null"
	case types.Float:
		return strconv.FormatFloat(v.f, 'g', -1, 64)
	case types.String, types.Enum, types.UUID, types.JSON, types.Bytes:
		return strconv.Quote(v.s)
	case types.List:
		return formatList(v.l, Value.Literal)
	}
	return Format(v)
}
