package value

import (
	"regexp"
	"strconv"
	"time"

	"github.com/leat-dev/leat/lang/types"
)

// Patterns are the texts that the conversion functions read, as regular
// expressions that both Go and the engines understand. Everything else does
// not parse.
var Patterns = map[types.Kind]string{
	types.Int:         `^[+-]?[0-9]+$`,
	types.Decimal:     `^[+-]?[0-9]+(\.[0-9]+)?$`,
	types.Float:       `^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?$`,
	types.Date:        `^` + datePattern + `$`,
	types.Time:        `^` + timePattern + `$`,
	types.Timestamp:   `^` + datePattern + `[T ]` + timePattern + `$`,
	types.TimestampTZ: `^` + datePattern + `[T ]` + timePattern + `(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`,
	types.UUID:        `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`,
}

const (
	datePattern = `[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}`
	timePattern = `([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?`
)

var compiled = func() map[types.Kind]*regexp.Regexp {
	m := make(map[types.Kind]*regexp.Regexp)
	for k, p := range Patterns {
		m[k] = regexp.MustCompile(p)
	}
	return m
}()

// Parse reads text as a value of the type, which is bool, a number, a date,
// time or timestamp, or uuid. A decimal is rounded half away from zero to its
// scale. ok is false when the text does not parse or does not fit.
func Parse(text string, t types.Type) (v Value, ok bool) {
	if p := compiled[t.Kind]; p != nil && !p.MatchString(text) {
		return Null, false
	}
	switch t.Kind {
	case types.Int:
		i, err := strconv.ParseInt(text, 10, 64)
		return Int(i), err == nil
	case types.Decimal:
		d, ok := ParseDecimal(text)
		if !ok {
			return Null, false
		}
		return FitDecimal(d, t)
	case types.Float:
		f, _ := strconv.ParseFloat(text, 64) // beyond the range: infinity, as engines have it
		return Float(f), true
	case types.UUID:
		return Text(types.UUID, text), true
	}
	return parseClock(text, t.Kind)
}

var layouts = map[types.Kind][]string{
	types.Date:        {"2006-01-02"},
	types.Time:        {"15:04:05"},
	types.Timestamp:   {"2006-01-02 15:04:05", "2006-01-02T15:04:05"},
	types.TimestampTZ: {"2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00"},
}

func parseClock(text string, kind types.Kind) (Value, bool) {
	for _, layout := range layouts[kind] {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		switch kind {
		case types.Date:
			return Date(floorDiv(at.Unix(), 86400)), true
		case types.Time:
			return Time(int64(at.Hour())*3600_000_000 + int64(at.Minute())*60_000_000 + int64(at.Second())*1_000_000 + int64(at.Nanosecond())/1000), true
		case types.Timestamp:
			return Timestamp(at.UnixMicro()), true
		}
		return TimestampTZ(at.UnixMicro()), true
	}
	return Null, false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// DayOf returns the day of a timestamp.
func DayOf(v Value) Value { return Date(floorDiv(v.i, 86400_000_000)) }

// MidnightOf returns the timestamp at the beginning of a date.
func MidnightOf(v Value) Value { return Timestamp(v.i * 86400_000_000) }

// CanParse reports whether text reads as a value of the type.
func CanParse(text string, t types.Type) bool {
	if t.Kind == types.Bool {
		return text == "true" || text == "false"
	}
	_, ok := Parse(text, t)
	return ok
}
