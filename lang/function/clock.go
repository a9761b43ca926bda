package function

import (
	"fmt"
	"strings"
	"time"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

const clockGroup = "Dates and times"

// The seconds of the years 1 to 9999.
const (
	firstSecond = -62_135_596_800
	lastSecond  = 253_402_300_799
)

func clockPart(name, duck, postgres, summary, want string, of func(time.Time) int) Func {
	param, example := dateOrTimestamp("date"), name+`(timestamp("2024-12-30 13:14:15.9"))`
	if strings.Contains("hour minute second", name) {
		param = accepting("timestamp", types.Timestamp)
	}
	return Func{Name: name, Group: clockGroup, Nulls: Strict, Labels: Union, Params: []Param{param}, Result: returns(types.IntType), Summary: summary,
		Eval: func(_ Call, a []value.Value) (value.Value, bool) {
			return value.Int(int64(of(value.Clock(a[0])))), true
		},
		DuckDB: sql("CAST(" + duck + "($1) AS BIGINT)"), Postgres: sql("CAST(floor(extract(" + postgres + " FROM $1)) AS bigint)"), Examples: []Example{{example, want}}}
}

// clockFunctions take dates and times apart and put them together.
func clockFunctions() []Func {
	week := func(t time.Time) int { _, w := t.ISOWeek(); return w }
	isoYear := func(t time.Time) int { y, _ := t.ISOWeek(); return y }
	return []Func{
		clockPart("hour", "hour", "hour", "The hour, 0 to 23.", "13", time.Time.Hour),
		clockPart("minute", "minute", "minute", "The minute, 0 to 59.", "14", time.Time.Minute),
		clockPart("second", "second", "second", "The second, 0 to 59, without its fraction.", "15", time.Time.Second),
		clockPart("quarter", "quarter", "quarter", "The quarter of the year, 1 to 4.", "4", func(t time.Time) int { return (int(t.Month())-1)/3 + 1 }),
		clockPart("day_of_year", "dayofyear", "doy", "The day of the year, 1 to 366.", "365", time.Time.YearDay),
		clockPart("iso_week", "week", "week", "The number of the ISO week, 1 to 53: weeks begin on Monday, and the first one holds the year's first Thursday.", "1", week),
		clockPart("iso_year", "isoyear", "isoyear", "The year that the ISO week belongs to.", "2025", isoYear),
		{Name: "last_day", Group: clockGroup, Nulls: Strict, Labels: Union, Params: []Param{dateOrTimestamp("date")}, Result: returns(types.DateType), Summary: "The last day of the month.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				t := value.Clock(a[0])
				return dateOf(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC), types.DateType), true
			},
			DuckDB: sql("last_day($1)"), Postgres: sql("CAST(date_trunc('month', CAST($1 AS timestamp)) + interval '1 month' - interval '1 day' AS date)"),
			Examples: []Example{{`last_day(date("2024-02-09"))`, "2024-02-29"}}},
		{Name: "full_years", Group: clockGroup, Nulls: Strict, Labels: Union, Params: []Param{accepting("from", types.Date), accepting("to", types.Date)}, Result: returns(types.IntType),
			Summary: "How many birthdays lie between two dates, which is an age: who was born on 29 February has one on 1 March in other years. Not for a `to` before `from`.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				x, y := value.Clock(a[0]), value.Clock(a[1])
				n := y.Year() - x.Year()
				if int(y.Month())*100+y.Day() < int(x.Month())*100+x.Day() {
					n--
				}
				return value.Int(int64(n)), true
			},
			DuckDB:   sql("CAST(year($2) - year($1) - CASE WHEN month($2) * 100 + day($2) < month($1) * 100 + day($1) THEN 1 ELSE 0 END AS BIGINT)"),
			Postgres: sql("CAST(extract(year FROM $2) - extract(year FROM $1) - CASE WHEN extract(month FROM $2) * 100 + extract(day FROM $2) < extract(month FROM $1) * 100 + extract(day FROM $1) THEN 1 ELSE 0 END AS bigint)"),
			Examples: []Example{{`full_years(date("1990-05-17"), date("2024-05-16"))`, "33"}, {`full_years(date("1990-05-17"), date("2024-05-17"))`, "34"}}},
		{Name: "make_date", Group: clockGroup, Nulls: Strict, Labels: Union, Fails: "out_of_range", Params: []Param{accepting("year", types.Int), accepting("month", types.Int), accepting("day", types.Int)}, Result: returns(types.DateType),
			Summary: "The date of a year from 1000 to 9999, a month and a day. A row in which there is no such day is invalid.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				y, m, d := a[0].Int64(), a[1].Int64(), a[2].Int64()
				if y < 1000 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 {
					return value.Null, false
				}
				return value.Parse(fmt.Sprintf("%04d-%02d-%02d", y, m, d), types.DateType)
			},
			DuckDB: func(Call) string {
				return "TRY_CAST(CASE WHEN $1 BETWEEN 1000 AND 9999 AND $2 BETWEEN 1 AND 12 AND $3 BETWEEN 1 AND 31 THEN CAST($1 AS VARCHAR) || '-' || lpad(CAST($2 AS VARCHAR), 2, '0') || '-' || lpad(CAST($3 AS VARCHAR), 2, '0') END AS DATE)"
			},
			Examples: []Example{{`make_date(2024, 2, 29)`, "2024-02-29"}}},
		{Name: "epoch_seconds", Group: clockGroup, Nulls: Strict, Labels: Union, Params: []Param{instantParam()}, Result: returns(types.IntType),
			Summary: "The whole seconds from 1970-01-01 00:00:00 UTC to the instant, rounded down.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Int(floorDiv(a[0].Int64(), 1_000_000)), true
			},
			DuckDB: sql("CAST(floor(CAST(epoch_us($1) AS DECIMAL(18,0)) / 1000000) AS BIGINT)"), Postgres: sql("CAST(floor(extract(epoch FROM $1)) AS bigint)"),
			Examples: []Example{{`epoch_seconds(timestamptz("2024-02-29 12:00:00.9Z"))`, "1709208000"}}},
		{Name: "epoch_millis", Group: clockGroup, Nulls: Strict, Labels: Union, Params: []Param{instantParam()}, Result: returns(types.IntType),
			Summary: "The whole milliseconds from 1970-01-01 00:00:00 UTC to the instant, rounded down.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Int(floorDiv(a[0].Int64(), 1000)), true
			},
			DuckDB: sql("CAST(floor(CAST(epoch_us($1) AS DECIMAL(18,0)) / 1000) AS BIGINT)"), Postgres: sql("CAST(floor(extract(epoch FROM $1) * 1000) AS bigint)"),
			Examples: []Example{{`epoch_millis(timestamptz("2024-02-29 12:00:00.9Z"))`, "1709208000900"}}},
		fromEpoch("from_epoch_seconds", "seconds", 1_000_000, "1709208000"),
		fromEpoch("from_epoch_millis", "milliseconds", 1000, "1709208000000"),
		{Name: "iso8601", Group: clockGroup, Nulls: Strict, Labels: Union, Params: []Param{instantParam()}, Result: returns(types.StringOf(40)),
			Summary: "An instant in UTC as YYYY-MM-DDTHH:MM:SSZ, with a fraction before the Z when there is one: the form most HTTP APIs take.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.String(strings.Replace(strings.TrimSuffix(value.Format(a[0]), "+00"), " ", "T", 1) + "Z"), true
			},
			DuckDB:   sql("(replace(CAST(make_timestamp(epoch_us($1)) AS VARCHAR), ' ', 'T') || 'Z')"),
			Postgres: sql(`(rtrim(rtrim(to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z')`),
			Examples: []Example{{`iso8601(timestamptz("2024-02-29 13:30:00.25+01:00"))`, `"2024-02-29T12:30:00.25Z"`}}},
	}
}

func instantParam() Param { return accepting("instant", types.TimestampTZ) }

func fromEpoch(name, unit string, micros int64, example string) Func {
	perSecond := 1_000_000 / micros
	low, high := firstSecond*perSecond, lastSecond*perSecond
	inside := fmt.Sprintf("CASE WHEN $1 BETWEEN %d AND %d THEN $1 END", low, high)
	return Func{Name: name, Group: clockGroup, Nulls: Strict, Labels: Union, Fails: "out_of_range", Params: []Param{accepting(unit, types.Int)}, Result: returns(types.TimestampTZType),
		Summary: "The instant that lies so many " + unit + " after 1970-01-01 00:00:00 UTC, within the years 1 to 9999; outside the row is invalid.",
		Eval: func(_ Call, a []value.Value) (value.Value, bool) {
			if n := a[0].Int64(); n >= low && n <= high {
				return value.TimestampTZ(n * micros), true
			}
			return value.Null, false
		},
		DuckDB:   sql(fmt.Sprintf("CAST(CAST(make_timestamp(%s * %d) AS VARCHAR) || '+00' AS TIMESTAMPTZ)", inside, micros)),
		Postgres: sql(fmt.Sprintf("(timestamptz '1970-01-01 00:00:00+00' + CAST(%s AS double precision) * interval '%d microseconds')", inside, micros)),
		Examples: []Example{{name + "(" + example + ")", "2024-02-29 12:00:00+00"}}}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
