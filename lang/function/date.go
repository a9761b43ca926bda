package function

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

var (
	dayUnits   = []string{"day", "week", "month", "quarter", "year"}
	clockUnits = []string{"second", "minute", "hour"}
)

func dateOrTimestamp(name string) Param { return accepting(name, types.Date, types.Timestamp) }

func dateFunctions() []Func {
	part := func(name, sqlName, field, summary, want string, of func(time.Time) int) Func {
		return Func{Name: name, Group: "Dates and times", Nulls: Strict, Labels: Union, Params: []Param{dateOrTimestamp("date")}, Result: returns(types.IntType), Summary: summary,
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Int(int64(of(value.Clock(a[0])))), true
			},
			DuckDB: sql("CAST(" + sqlName + "($1) AS BIGINT)"), Postgres: sql("CAST(extract(" + field + " FROM $1) AS bigint)"),
			Examples: []Example{{name + `(date("2024-02-25"))`, want}}}
	}
	return []Func{
		part("year", "year", "year", "The year.", "2024", time.Time.Year),
		part("month", "month", "month", "The month, 1 to 12.", "2", func(t time.Time) int { return int(t.Month()) }),
		part("day", "day", "day", "The day of the month, 1 to 31.", "25", time.Time.Day),
		part("day_of_week", "isodow", "isodow", "The day of the week, from 1 for Monday to 7 for Sunday.", "7", func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }),
		{Name: "date_trunc", Group: "Dates and times", Nulls: Strict, Labels: Union,
			Params: []Param{constText("unit", oneOf(append(append([]string{}, clockUnits...), dayUnits...)...)), dateOrTimestamp("date")},
			Result: func(c Call) (types.Type, *Problem) {
				if c.Types[1].Kind == types.Date && strings.Contains(" second minute hour ", " "+c.constText(0)+" ") {
					return types.Type{}, &Problem{Arg: 0, Message: "A date has no " + c.constText(0) + "s. Use day, week, month, quarter or year."}
				}
				return datePart(c, 1), nil
			},
			Summary: "The beginning of the unit that the date or timestamp lies in; weeks begin on Monday.",
			Eval:    dateTrunc, DuckDB: func(c Call) string { return "CAST(date_trunc($1, $2) AS " + clockSQL(c.Result) + ")" }, Postgres: func(c Call) string {
				return "CAST(date_trunc($1, CAST($2 AS timestamp)) AS " + clockSQL(c.Result) + ")"
			},
			Examples: []Example{{`date_trunc("month", date("2024-02-29"))`, "2024-02-01"}, {`date_trunc("week", date("2024-02-25"))`, "2024-02-19"},
				{`date_trunc("hour", timestamp("2024-02-29 12:34:56"))`, "2024-02-29 12:00:00"}}},
		{Name: "date_diff", Group: "Dates and times", Nulls: Strict, Labels: Union, Result: dateDiffType, Unify: true, UnifyGroup: func(i, _ int) int { return min(i, 1) },
			Params:  []Param{constText("unit", oneOf(append(append([]string{}, clockUnits...), dayUnits...)...)), dateOrTimestamp("from"), dateOrTimestamp("to")},
			Summary: "How many beginnings of the unit lie between two dates or timestamps: negative when to is earlier. Weeks begin on Monday. For an age see full_years.",
			Eval:    dateDiff, DuckDB: dateDiffSQL, Postgres: dateDiffPostgres,
			Examples: []Example{{`date_diff("day", date("2024-02-28"), date("2024-03-01"))`, "2"}, {`date_diff("month", date("2024-01-31"), date("2024-02-01"))`, "1"},
				{`date_diff("hour", timestamp("2024-01-01 10:59:59"), timestamp("2024-01-01 11:00:00"))`, "1"}}},
		{Name: "date_add", Group: "Dates and times", Nulls: Strict, Labels: Union, Fails: "out_of_range",
			Params:  []Param{constText("unit", oneOf("day", "week", "month", "year")), accepting("count", types.Int), dateOrTimestamp("date")},
			Result:  func(c Call) (types.Type, *Problem) { return datePart(c, 2), nil },
			Summary: "The date or timestamp count units later, or earlier when count is negative. A month that is too short gives its last day. Count lies within 100,000 units, beyond which the row is invalid.",
			Eval:    dateAdd, DuckDB: dateAddSQL, Postgres: dateAddPostgres,
			Examples: []Example{{`date_add("month", 1, date("2024-01-31"))`, "2024-02-29"}, {`date_add("day", -1, date("2024-03-01"))`, "2024-02-29"}}},
		{Name: "format_date", Group: "Dates and times", Nulls: Strict, Labels: Union, Result: returns(types.StringType),
			Params:  []Param{dateOrTimestamp("date"), constText("format", checkFormat)},
			Summary: "Writes a date or timestamp, with a year from 1000 to 9999, after a pattern: %Y year, %m month, %d day, %H hour, %M minute, %S second, %% a percent sign.",
			Eval:    formatDate, DuckDB: sql("strftime($1, $2)"), Postgres: formatPostgres,
			Examples: []Example{{`format_date(date("2024-02-09"), "%d.%m.%Y")`, `"09.02.2024"`}}},
		{Name: "today", Group: "Dates and times", Nulls: Strict, Labels: Union, Clock: true, Result: returns(types.DateType),
			Summary: "The day of the plan's as_of, in UTC. Not allowed in id and key, and a warning in fields: the value changes every day, and so does every row."},
		{Name: "now", Group: "Dates and times", Nulls: Strict, Labels: Union, Clock: true, Result: returns(types.TimestampTZType),
			Summary: "The plan's as_of. Not allowed in id and key, and a warning in fields: the value changes with every plan, and so does every row."},
	}
}

func datePart(c Call, i int) types.Type {
	if c.Types[i].Kind == types.Timestamp {
		return types.TimestampType
	}
	return types.DateType
}

func clockSQL(t types.Type) string {
	if t.Kind == types.Timestamp {
		return "TIMESTAMP"
	}
	return "DATE"
}

func dateOf(t time.Time, like types.Type) value.Value {
	if like.Kind == types.Timestamp {
		return value.Timestamp(t.UnixMicro())
	}
	return value.DayOf(value.Timestamp(t.UnixMicro()))
}

func dateTrunc(c Call, a []value.Value) (value.Value, bool) {
	t := value.Clock(a[1])
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	switch c.constText(0) {
	case "second":
		day = day.Add(t.Sub(day).Truncate(time.Second))
	case "minute":
		day = day.Add(t.Sub(day).Truncate(time.Minute))
	case "hour":
		day = day.Add(t.Sub(day).Truncate(time.Hour))
	case "week":
		day = day.AddDate(0, 0, -(int(t.Weekday())+6)%7)
	case "month":
		day = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case "quarter":
		day = time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	case "year":
		day = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return dateOf(day, c.Result), true
}

func dateDiffType(c Call) (types.Type, *Problem) {
	if unit := c.constText(0); c.Types[1].Kind == types.Date && slices.Contains(clockUnits, unit) {
		return types.Type{}, &Problem{Arg: 0, Message: "A date has no " + unit + "s. Use day, week, month, quarter or year."}
	}
	return types.IntType, nil
}

// unitMicros are the units that have one length.
var unitMicros = map[string]int64{"second": 1_000_000, "minute": 60_000_000, "hour": 3600_000_000, "day": 86400_000_000}

func dateDiff(c Call, a []value.Value) (value.Value, bool) {
	x, y := value.Clock(a[1]), value.Clock(a[2])
	months := func(each int) int64 {
		index := func(t time.Time) int { return (t.Year()*12 + int(t.Month()) - 1) / each }
		return int64(index(y) - index(x))
	}
	switch unit := c.constText(0); unit {
	case "year":
		return value.Int(months(12)), true
	case "quarter":
		return value.Int(months(3)), true
	case "month":
		return value.Int(months(1)), true
	case "week": // 1970-01-01 was a Thursday
		week := func(t time.Time) int64 { return floorDiv(floorDiv(t.Unix(), 86400)+3, 7) }
		return value.Int(week(y) - week(x)), true
	default:
		return value.Int(floorDiv(y.UnixMicro(), unitMicros[unit]) - floorDiv(x.UnixMicro(), unitMicros[unit])), true
	}
}

func dateDiffSQL(c Call) string {
	switch unit := c.constText(0); unit {
	case "week":
		return "CAST(date_diff('day', CAST(date_trunc('week', $2) AS DATE), CAST(date_trunc('week', $3) AS DATE)) // 7 AS BIGINT)"
	case "second", "minute", "hour":
		return fmt.Sprintf("CAST((epoch_us(date_trunc('%s', $3)) - epoch_us(date_trunc('%s', $2))) // %d AS BIGINT)", unit, unit, unitMicros[unit])
	default:
		return "date_diff('" + unit + "', CAST($2 AS DATE), CAST($3 AS DATE))"
	}
}

const maxUnits = 100_000

func dateAdd(c Call, a []value.Value) (value.Value, bool) {
	if a[1].Int64() < -maxUnits || a[1].Int64() > maxUnits {
		return value.Null, false
	}
	t, n := value.Clock(a[2]), int(a[1].Int64())
	switch c.constText(0) {
	case "day":
		return dateOf(t.AddDate(0, 0, n), c.Result), true
	case "week":
		return dateOf(t.AddDate(0, 0, 7*n), c.Result), true
	case "year":
		n *= 12
	}
	months := t.Year()*12 + int(t.Month()) - 1 + n
	year := int(math.Floor(float64(months) / 12))
	first := time.Date(year, time.Month(months-year*12+1), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return dateOf(first.AddDate(0, 0, min(t.Day(), last)-1), c.Result), true
}

func dateAddSQL(c Call) string {
	unit := c.constText(0)
	count := "CAST(CASE WHEN $2 BETWEEN -100000 AND 100000 THEN $2 END AS INTEGER)"
	return "CAST($3 + to_" + unit + "s(" + count + ") AS " + clockSQL(c.Result) + ")"
}

func dateAddPostgres(c Call) string {
	return "CAST($3 + CAST(CASE WHEN $2 BETWEEN -100000 AND 100000 THEN $2 END AS integer) * interval '1 " + c.constText(0) + "' AS " + clockSQL(c.Result) + ")"
}

func checkFormat(v value.Value) string {
	s := v.Str()
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		i++
		if i == len(s) || !strings.ContainsRune("YmdHMS%", rune(s[i])) {
			return "a pattern of %Y, %m, %d, %H, %M, %S and %%"
		}
	}
	return ""
}

func formatDate(_ Call, a []value.Value) (value.Value, bool) {
	t := value.Clock(a[0])
	r := strings.NewReplacer("%%", "%", "%Y", t.Format("2006"), "%m", t.Format("01"), "%d", t.Format("02"),
		"%H", t.Format("15"), "%M", t.Format("04"), "%S", t.Format("05"))
	return value.String(r.Replace(a[1].Str())), true
}
