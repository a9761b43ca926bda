package function

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// fromText is SQL that yields the text where it has the form the kind is read
// from, and otherwise empty text, which no cast accepts.
func fromText(kind types.Kind) string {
	return "regexp_extract($1, '" + value.Patterns[kind] + "')"
}

func accepting(name string, kinds ...types.Kind) Param { return Param{Name: name, Accept: kinds} }

// conversion describes one conversion function and its try_ twin.
type conversion struct {
	kind     types.Kind
	summary  string
	accept   []types.Kind
	params   []Param // after the first
	optional int
	result   func(Call) (types.Type, *Problem)
	eval     func(Call, value.Value) (value.Value, bool)
	sql      func(Call) string
	postgres func(Call) string
	examples []Example
	bad      string // an argument list that does not convert, for try_
}

func conversions() []conversion {
	return []conversion{
		{kind: types.Int, postgres: intPostgres, accept: []types.Kind{types.String, types.Int}, bad: `"12a"`,
			summary: "Reads a whole number: digits with an optional sign and nothing else. For decimals and floats use round, floor, ceil or trunc.",
			result:  returns(types.IntType), sql: func(c Call) string { return readSQL(c, types.Int, "BIGINT") },
			examples: []Example{{`int("-12")`, "-12"}, {`int("007")`, "7"}}},
		{kind: types.Decimal, postgres: decimalPostgres, accept: []types.Kind{types.String, types.Int, types.Decimal, types.Float}, bad: `"1,5", 10, 2`,
			params:  []Param{constInt("precision", 1, 38), constInt("scale", 0, 37)},
			summary: "Makes a decimal(precision, scale) of digits with an optional sign and point, or of a number, rounding halves away from zero.",
			result:  decimalType, eval: func(c Call, v value.Value) (value.Value, bool) { return value.FitDecimal(v, c.Result) },
			sql: func(c Call) string {
				return readSQL(c, types.Decimal, fmt.Sprintf("DECIMAL(%d,%d)", c.Result.Precision, c.Result.Scale))
			},
			examples: []Example{{`decimal("12.345", 10, 2)`, "12.35"}, {`decimal(7, 5, 1)`, "7.0"}}},
		{kind: types.Float, postgres: floatPostgres, accept: []types.Kind{types.String, types.Int, types.Decimal, types.Float}, bad: `"1,5"`,
			summary: "Reads digits with an optional sign, point and exponent as a double, or takes the double nearest to a number.",
			result:  returns(types.FloatType), eval: func(_ Call, v value.Value) (value.Value, bool) { return value.ToFloat(v), true }, sql: floatSQL,
			examples: []Example{{`float("1.5e3")`, "1500"}, {`float(0.1)`, "0.1"}}},
		{kind: types.Bool, postgres: boolPostgres, accept: []types.Kind{types.String, types.Bool}, bad: `"yes"`,
			summary: `Reads "true" or "false", in any case.`, result: returns(types.BoolType), sql: boolSQL,
			examples: []Example{{`bool("TRUE")`, "true"}, {`bool("false")`, "false"}}},
		{kind: types.Date, postgres: datePostgres, accept: []types.Kind{types.String, types.Timestamp, types.Date}, bad: `"2024-02-30"`,
			summary: "Reads YYYY-MM-DD with a year from 1000 on, or takes the day of a timestamp.", result: returns(types.DateType),
			eval:     func(_ Call, v value.Value) (value.Value, bool) { return value.DayOf(v), true },
			sql:      func(c Call) string { return readSQL(c, types.Date, "DATE") },
			examples: []Example{{`date("2024-02-29")`, "2024-02-29"}, {`date(timestamp("2024-02-29 23:59:59"))`, "2024-02-29"}}},
		{kind: types.Timestamp, postgres: timestampPostgres, accept: []types.Kind{types.String, types.Date, types.Timestamp, types.TimestampTZ}, bad: `"2024-02-29"`,
			params: []Param{constText("zone", checkZone)}, optional: 1,
			summary: `Reads YYYY-MM-DD HH:MM:SS with an optional fraction (a T may stand for the space) and a year from 1000 on; takes midnight of a date; or takes the wall-clock reading of an instant in a zone, "UTC" or an offset such as "+02:00".`,
			result:  timestampType, eval: timestampEval, sql: timestampSQL,
			examples: []Example{{`timestamp("2024-02-29T12:30:00.5")`, "2024-02-29 12:30:00.5"}, {`timestamp(date("2024-02-29"))`, "2024-02-29 00:00:00"},
				{`timestamp(timestamptz("2024-02-29 12:00:00Z"), "+02:00")`, "2024-02-29 14:00:00"}}},
	}
}

func conversionFunctions() []Func {
	out := []Func{
		{Name: "string", Group: "Conversion", Nulls: Strict, Labels: Union,
			Params: []Param{accepting("value", types.String, types.Bool, types.Int, types.Decimal, types.Float, types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.UUID, types.JSON)},
			Result: stringType, Summary: "The text of a value: true or false; all digits of a decimal's scale; the shortest digits that read back as a float; dates and times as YYYY-MM-DD HH:MM:SS with a fraction when there is one; instants in UTC with +00 behind.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) { return value.String(value.Format(a[0])), true }, DuckDB: stringSQL, Postgres: stringPostgres,
			Examples: []Example{{`string(true)`, `"true"`}, {`string(1.50)`, `"1.5"`}, {`string(float("1e20"))`, `"1e+20"`}, {`string(date("2024-01-31"))`, `"2024-01-31"`},
				{`string(timestamptz("2024-01-31 10:00:00+02:00"))`, `"2024-01-31 08:00:00+00"`}}},
		{Name: "timestamptz", Group: "Conversion", Nulls: Strict, Labels: Union, Optional: 1, Fails: "bad_format",
			Params: []Param{accepting("value", types.String, types.Timestamp, types.TimestampTZ), constText("zone", checkZone)}, Result: timestamptzType,
			Summary: `Reads YYYY-MM-DD HH:MM:SS with an optional fraction and with Z or an offset such as +02:00 behind; or takes the instant of a wall-clock reading in a zone, "UTC" or an offset.`,
			Eval:    timestamptzEval, DuckDB: timestamptzSQL, Postgres: timestamptzPostgres,
			Examples: []Example{{`timestamptz("2024-01-31T10:00:00+02:00")`, "2024-01-31 08:00:00+00"}, {`timestamptz(timestamp("2024-01-31 10:00:00"), "-01:30")`, "2024-01-31 11:30:00+00"}}},
		{Name: "uuid", Group: "Conversion", Nulls: Strict, Labels: Union, Fails: "bad_format", Params: []Param{accepting("value", types.String, types.UUID)}, Result: returns(types.UUIDType),
			Summary: "Reads a UUID in its usual form of 36 characters and writes it in lower case.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				return value.Parse(lower(a[0].Str()), types.UUIDType)
			},
			DuckDB:   sql("nullif(regexp_extract(lower($1), '" + value.Patterns[types.UUID] + "'), '')"),
			Postgres: sql("substring(lower($1) FROM '" + value.Patterns[types.UUID] + "')"),
			Examples: []Example{{`uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")`, `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`}}},
	}
	for _, c := range conversions() {
		f := Func{Name: c.kind.String(), Group: "Conversion", Nulls: Strict, Labels: Union, Optional: c.optional, Fails: "bad_format", Result: c.result, DuckDB: c.sql, Postgres: c.postgres,
			Params: append([]Param{accepting("value", c.accept...)}, c.params...), Eval: c.read, Examples: c.examples,
			Summary: c.summary + " Anything else makes the row invalid; " + "try_" + c.kind.String() + " gives null instead."}
		try := f
		try.Name, try.Fails, try.MayBeNull = "try_"+f.Name, "", true
		try.Summary = "As " + f.Name + ", but null where " + f.Name + " would make the row invalid."
		try.Examples = []Example{{try.Name + "(" + c.bad + ")", "null"}}
		try.Eval = func(call Call, a []value.Value) (value.Value, bool) {
			if v, ok := c.read(call, a); ok {
				return v, true
			}
			return value.Null, true
		}
		out = append(out, f, try)
	}
	return out
}

// read is the reference of a conversion: text is parsed, a value of the kind
// itself passes, the rest is the conversion's own business.
func (c conversion) read(call Call, a []value.Value) (value.Value, bool) {
	switch k := call.Types[0].Kind; {
	case k == types.String || k == types.Enum:
		text := a[0].Str()
		if c.kind == types.Bool {
			switch lower(text) {
			case "true":
				return value.Bool(true), true
			case "false":
				return value.Bool(false), true
			}
			return value.Null, false
		}
		return value.Parse(text, call.Result)
	case k == c.kind && k != types.Decimal:
		return a[0], true
	}
	return c.eval(call, a[0])
}

func readSQL(c Call, kind types.Kind, to string) string {
	if k := c.Types[0].Kind; k == types.String || k == types.Enum {
		return "TRY_CAST(" + fromText(kind) + " AS " + to + ")"
	}
	return "TRY_CAST($1 AS " + to + ")"
}

func floatSQL(c Call) string {
	switch t := c.Types[0]; {
	case t.Kind == types.String || t.Kind == types.Enum:
		return "TRY_CAST(" + fromText(types.Float) + " AS DOUBLE)"
	case t.Kind == types.Decimal && t.Precision > 15:
		return "CAST(CAST($1 AS VARCHAR) AS DOUBLE)" // a direct cast may be off in the last place
	}
	return "CAST($1 AS DOUBLE)"
}

func boolSQL(c Call) string {
	if c.Types[0].Kind == types.Bool {
		return "$1"
	}
	return "(CASE lower($1) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)"
}

func decimalType(c Call) (types.Type, *Problem) {
	p, s := c.constInt(1, 38), c.constInt(2, 0)
	if s >= p {
		return types.Type{}, &Problem{Arg: 2, Message: "The precision counts all digits and must be greater than the scale, which counts those after the point."}
	}
	if s > 18 && c.Types[0].Kind == types.Float {
		return types.Type{}, &Problem{Arg: 2, Message: "A float has no more than 18 digits worth keeping after the point."}
	}
	return types.DecimalOf(p, s), nil
}

func stringType(c Call) (types.Type, *Problem) {
	switch t := c.Types[0]; t.Kind {
	case types.String, types.Enum, types.UUID:
		return types.StringOf(types.TextMax(t)), nil
	case types.Bool:
		return types.StringOf(5), nil
	case types.Int:
		return types.StringOf(20), nil
	case types.Decimal:
		p, _ := types.AsDecimal(t)
		return types.StringOf(p + 3), nil
	case types.Float:
		return types.StringOf(24), nil
	case types.Date:
		return types.StringOf(18), nil
	case types.Time, types.Timestamp, types.TimestampTZ:
		return types.StringOf(40), nil
	}
	return types.StringType, nil
}

func stringSQL(c Call) string {
	switch t := c.Types[0]; t.Kind {
	case types.Decimal:
		if t.Precision == t.Scale && t.Precision > 0 { // DuckDB writes .5
			return `regexp_replace(CAST($1 AS VARCHAR), '^(-?)\.', '\10.')`
		}
	case types.Float:
		return "replace(CAST($1 AS VARCHAR), '-nan', 'nan')"
	case types.TimestampTZ:
		return "(CAST(make_timestamp(epoch_us($1)) AS VARCHAR) || '+00')"
	}
	return "CAST($1 AS VARCHAR)"
}

// zoneMicros is what a zone's clocks are ahead of UTC.
func zoneMicros(zone string) (micros int64, ok bool) {
	if zone == "UTC" {
		return 0, true
	}
	if len(zone) != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' {
		return 0, false
	}
	h, errH := strconv.ParseUint(zone[1:3], 10, 8)
	m, errM := strconv.ParseUint(zone[4:], 10, 8)
	if errH != nil || errM != nil || h > 23 || m > 59 {
		return 0, false
	}
	micros = int64(h*3600+m*60) * 1_000_000
	if zone[0] == '-' {
		micros = -micros
	}
	return micros, true
}

func checkZone(v value.Value) string {
	if _, ok := zoneMicros(v.Str()); !ok {
		return `"UTC" or an offset such as "+02:00"`
	}
	return ""
}

func timestampType(c Call) (types.Type, *Problem) {
	return types.TimestampType, zoneProblem(c, types.TimestampTZ, "A zone is needed to read an instant's clock: timestamp(x, \"UTC\").")
}

func timestamptzType(c Call) (types.Type, *Problem) {
	return types.TimestampTZType, zoneProblem(c, types.Timestamp, "A wall-clock reading needs a zone: timestamptz(x, \"UTC\").")
}

func zoneProblem(c Call, zoned types.Kind, message string) *Problem {
	switch k := c.Types[0].Kind; {
	case k == zoned && len(c.Types) == 1:
		return &Problem{Arg: 0, Message: message}
	case k != zoned && k != types.Null && len(c.Types) == 2:
		return &Problem{Arg: 1, Message: "A zone has no meaning for " + c.Types[0].String() + ". Leave it out."}
	}
	return nil
}

func timestampEval(c Call, v value.Value) (value.Value, bool) {
	if v.Kind() == types.Date {
		return value.MidnightOf(v), true
	}
	offset, _ := zoneMicros(c.constText(1))
	return value.Timestamp(v.Int64() + offset), true
}

func timestampSQL(c Call) string {
	if c.Types[0].Kind == types.TimestampTZ {
		offset, _ := zoneMicros(c.constText(1))
		return fmt.Sprintf("make_timestamp(epoch_us($1) + %d)", offset)
	}
	return readSQL(c, types.Timestamp, "TIMESTAMP")
}

func timestamptzEval(c Call, a []value.Value) (value.Value, bool) {
	switch c.Types[0].Kind {
	case types.Timestamp:
		offset, _ := zoneMicros(c.constText(1))
		return value.TimestampTZ(a[0].Int64() - offset), true
	case types.TimestampTZ:
		return a[0], true
	}
	return value.Parse(a[0].Str(), types.TimestampTZType)
}

func timestamptzSQL(c Call) string {
	switch c.Types[0].Kind {
	case types.Timestamp:
		offset, _ := zoneMicros(c.constText(1))
		return fmt.Sprintf("CAST(CAST(make_timestamp(epoch_us($1) - %d) AS VARCHAR) || '+00' AS TIMESTAMPTZ)", offset)
	case types.TimestampTZ:
		return "$1"
	}
	return strings.Replace("TRY_CAST(# AS TIMESTAMPTZ)", "#", fromText(types.TimestampTZ), 1)
}
