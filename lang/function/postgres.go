package function

import (
	"fmt"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// The conversions in PostgreSQL, where a cast that fails is an error: text is
// held against the pattern first. Text that is a date or a float has no such
// test, and stays out.

func isText(t types.Type) bool { return t.Kind == types.String || t.Kind == types.Enum }

// matched is a numeric of text that has the form of the kind, else null, and
// named v in t.
func matched(kind types.Kind, then string) string {
	return "(SELECT " + then + " FROM (SELECT CASE WHEN s.v ~ '" + value.Patterns[kind] + "' AND char_length(s.v) < 1000 THEN CAST(s.v AS numeric) END AS v FROM (SELECT $1 AS v) AS s) AS t)"
}

func intPostgres(c Call) string {
	if !isText(c.Types[0]) {
		return "$1"
	}
	return matched(types.Int, "CASE WHEN t.v BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(t.v AS bigint) END")
}

func decimalPostgres(c Call) string {
	p, s := c.Result.Precision, c.Result.Scale
	fit := fmt.Sprintf("CASE WHEN abs(round(t.v, %d)) < 1e%d THEN CAST(t.v AS numeric(%d,%d)) END", s, p-s, p, s)
	switch {
	case isText(c.Types[0]):
		return matched(types.Decimal, fit)
	case c.Types[0].Kind == types.Float:
		return ""
	}
	return "(SELECT " + fit + " FROM (SELECT CAST($1 AS numeric) AS v) AS t)"
}

func floatPostgres(c Call) string {
	if isText(c.Types[0]) {
		return ""
	}
	return "CAST($1 AS double precision)"
}

func boolPostgres(c Call) string {
	if c.Types[0].Kind == types.Bool {
		return "$1"
	}
	return "(CASE lower($1) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)"
}

func datePostgres(c Call) string {
	if isText(c.Types[0]) {
		return ""
	}
	return "CAST($1 AS date)"
}

func timestampPostgres(c Call) string {
	switch c.Types[0].Kind {
	case types.TimestampTZ:
		offset, _ := zoneMicros(c.constText(1))
		return fmt.Sprintf("($1 AT TIME ZONE 'UTC' + interval '%d microseconds')", offset)
	case types.Date, types.Timestamp:
		return "CAST($1 AS timestamp)"
	}
	return ""
}

func timestamptzPostgres(c Call) string {
	switch c.Types[0].Kind {
	case types.Timestamp:
		offset, _ := zoneMicros(c.constText(1))
		return fmt.Sprintf("(($1 - interval '%d microseconds') AT TIME ZONE 'UTC')", offset)
	case types.TimestampTZ:
		return "$1"
	}
	return ""
}

func stringPostgres(c Call) string {
	const clock = `'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')`
	switch c.Types[0].Kind {
	case types.Float:
		return ""
	case types.Date:
		return "to_char($1, 'YYYY-MM-DD')"
	case types.Timestamp:
		return "rtrim(rtrim(to_char($1, " + clock
	case types.TimestampTZ:
		return "(rtrim(rtrim(to_char($1 AT TIME ZONE 'UTC', " + clock + " || '+00')"
	}
	return "CAST($1 AS text)"
}

func dateDiffPostgres(c Call) string {
	parts := func(field string, each int) string {
		return fmt.Sprintf("CAST((extract(year FROM $3) - extract(year FROM $2)) * %d + extract(%s FROM $3) - extract(%s FROM $2) AS bigint)", each, field, field)
	}
	switch unit := c.constText(0); unit {
	case "year":
		return "CAST(extract(year FROM $3) - extract(year FROM $2) AS bigint)"
	case "quarter":
		return parts("quarter", 4)
	case "month":
		return parts("month", 12)
	case "week":
		return "CAST((CAST(date_trunc('week', CAST($3 AS timestamp)) AS date) - CAST(date_trunc('week', CAST($2 AS timestamp)) AS date)) / 7 AS bigint)"
	case "day":
		return "CAST(CAST($3 AS date) - CAST($2 AS date) AS bigint)"
	default:
		return fmt.Sprintf("CAST((extract(epoch FROM date_trunc('%s', $3)) - extract(epoch FROM date_trunc('%s', $2))) / %d AS bigint)", unit, unit, unitMicros[unit]/1_000_000)
	}
}

// formatPostgres writes a pattern in the language of to_char, where everything
// else stands in double quotes.
func formatPostgres(c Call) string {
	format, out := c.constText(1), ""
	if strings.ContainsAny(format, `"\`) || format == "" {
		return ""
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out += `"` + string(format[i]) + `"`
			continue
		}
		i++
		out += map[byte]string{'Y': "YYYY", 'm': "MM", 'd': "DD", 'H': "HH24", 'M': "MI", 'S': "SS", '%': `"%"`}[format[i]]
	}
	return "to_char(CAST($1 AS timestamp), " + quote(strings.ReplaceAll(out, `""`, "")) + ")"
}
