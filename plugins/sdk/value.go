package sdk

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Values is one column of a batch. Row indexes run from 0 to the batch's
// length. Texts and byte slices it returns share the batch's memory and are
// good until Write returns; copy what is kept longer.
type Values struct {
	Column
	kind string
	data arrow.Array
}

func newValues(c Column, data arrow.Array) Values {
	return Values{Column: c, kind: protocol.TypeKind(c.Type), data: data}
}

// Null reports whether the row has no value.
func (v Values) Null(row int) bool { return v.data.IsNull(row) }

// Bool returns the value of a bool column; false for null.
func (v Values) Bool(row int) bool {
	a, ok := v.data.(*array.Boolean)
	return ok && !a.IsNull(row) && a.Value(row)
}

// Int returns the value of an int column; 0 for null.
func (v Values) Int(row int) int64 {
	if a, ok := v.data.(*array.Int64); ok && !a.IsNull(row) {
		return a.Value(row)
	}
	return 0
}

// Float returns the value of a float column; 0 for null.
func (v Values) Float(row int) float64 {
	if a, ok := v.data.(*array.Float64); ok && !a.IsNull(row) {
		return a.Value(row)
	}
	return 0
}

// Decimal returns the unscaled value of a decimal column and its scale.
func (v Values) Decimal(row int) (decimal128.Num, int32) {
	if a, ok := v.data.(*array.Decimal128); ok && !a.IsNull(row) {
		return a.Value(row), a.DataType().(*arrow.Decimal128Type).Scale
	}
	return decimal128.Num{}, 0
}

// Time returns the value of a date, time, timestamp or timestamptz column, in
// UTC. A time of day falls on 1 January 1970. The zero time for null.
func (v Values) Time(row int) time.Time {
	if v.data.IsNull(row) {
		return time.Time{}
	}
	switch a := v.data.(type) {
	case *array.Date32:
		return time.Unix(int64(a.Value(row))*86400, 0).UTC()
	case *array.Time64:
		return time.UnixMicro(int64(a.Value(row))).UTC()
	case *array.Timestamp:
		return time.UnixMicro(int64(a.Value(row))).UTC()
	}
	return time.Time{}
}

// Bytes returns the value of a bytes column, or the bytes of a text; nil for
// null.
func (v Values) Bytes(row int) []byte {
	if v.data.IsNull(row) {
		return nil
	}
	switch a := v.data.(type) {
	case *array.Binary:
		return a.Value(row)
	case *array.String:
		return []byte(a.Value(row))
	}
	return nil
}

// Text returns the canonical text of a value of any type, see AppendText. For
// text columns it does not allocate. "" for null.
func (v Values) Text(row int) string {
	if v.data.IsNull(row) {
		return ""
	}
	if a, ok := v.data.(*array.String); ok {
		return a.Value(row)
	}
	return string(v.AppendText(nil, row))
}

// Any returns the value as nil, bool, int64, float64, string, []byte or
// time.Time. Decimals are their canonical text; so are times of day.
func (v Values) Any(row int) any {
	if v.data.IsNull(row) {
		return nil
	}
	switch v.data.(type) {
	case *array.Boolean:
		return v.Bool(row)
	case *array.Int64:
		return v.Int(row)
	case *array.Float64:
		return v.Float(row)
	case *array.Binary:
		return v.Bytes(row)
	case *array.Date32, *array.Timestamp:
		return v.Time(row)
	default:
		return v.Text(row)
	}
}

// AppendText appends the canonical text of a value; nothing for null. The
// text of equal values is equal: true and false; whole numbers in digits;
// decimals without trailing zeros; floats by the shortest digits that read
// back; dates as 2006-01-02; times of day as 15:04:05 with a fraction where
// there is one; timestamps as 2006-01-02T15:04:05.000, with six digits where
// three do not do, and with Z when they are instants; bytes in base64.
func (v Values) AppendText(dst []byte, row int) []byte {
	if v.data.IsNull(row) {
		return dst
	}
	switch a := v.data.(type) {
	case *array.Boolean:
		return strconv.AppendBool(dst, a.Value(row))
	case *array.Int64:
		return strconv.AppendInt(dst, a.Value(row), 10)
	case *array.Float64:
		return appendFloat(dst, a.Value(row))
	case *array.Decimal128:
		return appendDecimal(dst, a.Value(row), a.DataType().(*arrow.Decimal128Type).Scale)
	case *array.String:
		return append(dst, a.Value(row)...)
	case *array.Binary:
		return base64.StdEncoding.AppendEncode(dst, a.Value(row))
	case *array.Date32:
		return v.Time(row).AppendFormat(dst, time.DateOnly)
	case *array.Time64:
		return v.Time(row).AppendFormat(dst, "15:04:05.999999")
	case *array.Timestamp:
		return appendTimestamp(dst, v.Time(row), a.DataType().(*arrow.TimestampType).TimeZone != "")
	}
	return dst
}

// AppendJSON appends a value as JSON: null, true, a number for int, decimal
// and float, the document itself for json, list and struct, else a quoted
// canonical text.
func (v Values) AppendJSON(dst []byte, row int) []byte {
	if v.data.IsNull(row) {
		return append(dst, "null"...)
	}
	switch v.kind {
	case "bool", "int":
		return v.AppendText(dst, row)
	case "float":
		if f := v.Float(row); math.IsNaN(f) || math.IsInf(f, 0) {
			break // JSON has no such number
		}
		return v.AppendText(dst, row)
	case "decimal":
		if a, ok := v.data.(*array.String); ok && !json.Valid([]byte(a.Value(row))) {
			break
		}
		return v.AppendText(dst, row)
	case "json", "list", "struct":
		if json.Valid([]byte(v.Text(row))) {
			return v.AppendText(dst, row)
		}
	}
	if a, ok := v.data.(*array.String); ok {
		return AppendJSONString(dst, a.Value(row))
	}
	dst = append(dst, '"')
	dst = v.AppendText(dst, row) // no canonical text but a string's needs an escape
	return append(dst, '"')
}

func appendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, '0') // also for -0
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

func appendDecimal(dst []byte, n decimal128.Num, scale int32) []byte {
	dst = append(dst, n.ToString(scale)...)
	if scale <= 0 {
		return dst
	}
	end := len(dst)
	for dst[end-1] == '0' {
		end--
	}
	if dst[end-1] == '.' {
		end--
	}
	return dst[:end]
}

func appendTimestamp(dst []byte, t time.Time, instant bool) []byte {
	layout := "2006-01-02T15:04:05.000"
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		layout = "2006-01-02T15:04:05.000000"
	}
	dst = t.AppendFormat(dst, layout)
	if instant {
		dst = append(dst, 'Z')
	}
	return dst
}
