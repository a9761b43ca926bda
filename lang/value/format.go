package value

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/leat-dev/leat/lang/types"
)

// Format is the text form of a value, what the function string() yields. Null
// has none; the result is then empty. See docs/reference/semantics.md.
func Format(v Value) string {
	switch v.Kind() {
	case types.Bool:
		return strconv.FormatBool(v.i == 1)
	case types.Int:
		return strconv.FormatInt(v.i, 10)
	case types.Float:
		return formatFloat(v.f)
	case types.Decimal:
		return v.d.Text('f')
	case types.Date:
		return Clock(v).Format("2006-01-02")
	case types.Time:
		return Clock(v).Format("15:04:05") + fraction(v.i)
	case types.Timestamp:
		return Clock(v).Format("2006-01-02 15:04:05") + fraction(v.i)
	case types.TimestampTZ:
		return Clock(v).Format("2006-01-02 15:04:05") + fraction(v.i) + "+00"
	case types.List:
		return formatList(v.l, func(e Value) string {
			if e.IsNull() {
				return "null"
			}
			return Format(e)
		})
	}
	return v.s
}

func formatList(elems []Value, each func(Value) string) string {
	parts := make([]string, len(elems))
	for i, e := range elems {
		parts[i] = each(e)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Clock returns a date, time or timestamp as a time in UTC.
func Clock(v Value) time.Time {
	if v.kind == types.Date {
		return time.Unix(v.i*86400, 0).UTC()
	}
	return time.UnixMicro(v.i).UTC()
}

func fraction(micros int64) string {
	n := ((micros % 1_000_000) + 1_000_000) % 1_000_000
	if n == 0 {
		return ""
	}
	return "." + strings.TrimRight(fmt.Sprintf("%06d", n), "0")
}

// formatFloat writes the shortest digits that read back as f, with an
// exponent below 1e-4 and from 1e16 on, and always a point or an exponent.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); f != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
