package types

import (
	"fmt"
	"strings"
)

// Groups of kinds that one rule serves.
var (
	numbers = []Kind{Int, Decimal, Float}
	texts   = []Kind{String, Enum}
	clocks  = []Kind{Date, Time, Timestamp, TimestampTZ}
	scalars = []Kind{Bool, Int, Decimal, Float, String, Enum, Bytes, Date, Time, Timestamp, TimestampTZ, UUID}
	anyKind = []Kind{Unknown, Null, Bool, Int, Decimal, Float, String, Bytes, Date, Time, Timestamp, TimestampTZ, UUID, JSON, List, Struct, Enum}
)

func kinds(groups ...any) []Kind {
	var out []Kind
	for _, g := range groups {
		switch g := g.(type) {
		case Kind:
			out = append(out, g)
		case []Kind:
			out = append(out, g...)
		}
	}
	return out
}

func except(all []Kind, out ...Kind) []Kind {
	var left []Kind
	for _, k := range all {
		drop := false
		for _, o := range out {
			drop = drop || k == o
		}
		if !drop {
			left = append(left, k)
		}
	}
	return left
}

// conversionTable holds every pair of kinds once; a test counts them.
var conversionTable = []rule{
	// What is not known, and nothing at all.
	{from: kinds(Unknown), to: except(anyKind, Unknown), conv: Conversion{Class: Checked, Reason: "the type is not known, so each value is checked when the plan is made"}},
	{from: kinds(Null), to: except(anyKind, Null), conv: lossless()},
	{from: except(anyKind, Null), to: kinds(Unknown), conv: lossless()},
	{from: except(anyKind, Unknown, Null), to: kinds(Null), conv: impossible("nothing but null is null", "")},
	{from: kinds(Null), to: kinds(Null), conv: Conversion{Class: Identical}},

	// Truth values.
	{from: kinds(Bool), to: kinds(Bool), conv: Conversion{Class: Identical}},
	{from: kinds(Bool), to: kinds(String, Enum), decide: boolToText, when: "lossy: string(x) chooses the form"},
	{from: kinds(Bool), to: kinds(numbers), conv: impossible("a truth value is not a number", "x ? 1 : 0")},
	{from: kinds(Bool), to: kinds(Bytes, clocks, UUID), conv: impossible("a truth value is neither text nor a time", "")},

	// Numbers.
	{from: kinds(Int), to: kinds(Int), conv: Conversion{Class: Identical}},
	{from: kinds(Int), to: kinds(Decimal), decide: intToDecimal, when: "lossless when p-s >= 19, else checked"},
	{from: kinds(Int), to: kinds(Float), conv: Conversion{Class: Checked, Reason: "integers beyond 2^53 are not exact as floats"}},
	{from: kinds(Decimal), to: kinds(Decimal), decide: decimalToDecimal, when: "lossy when digits after the point are dropped; checked when digits before it may not fit, or how many there are is not known"},
	{from: kinds(Decimal), to: kinds(Int), decide: decimalToInt, when: "with s = 0: lossless to 18 digits, else checked; with s > 0 lossy: `round(x)`; checked when the digits are not known"},
	{from: kinds(Decimal), to: kinds(Float), decide: decimalToFloat, when: "lossless to 15 digits, else checked"},
	{from: kinds(Float), to: kinds(Float), conv: Conversion{Class: Identical}},
	{from: kinds(Float), to: kinds(Int), conv: Conversion{Class: Lossy, Reason: "the fraction would be lost", Remedy: "round(x)"}},
	{from: kinds(Float), to: kinds(Decimal), decide: floatToDecimal, when: "lossy: round(x, s) says so"},
	{from: kinds(numbers), to: kinds(String), conv: byFunction("string")},
	{from: kinds(numbers), to: kinds(Enum), conv: impossible("a number is none of the texts of the list", `x == 1 ? "one" : "other"`)},
	{from: kinds(numbers), to: kinds(Bool), conv: impossible("a number is not a truth value", "x != 0")},
	{from: kinds(numbers), to: kinds(clocks), conv: impossible("a number needs a unit and a beginning to be a time", "")},
	{from: kinds(numbers), to: kinds(Bytes, UUID), conv: impossible("a number is not text", "")},

	// Texts.
	{from: kinds(String), to: kinds(String), decide: stringToString, when: "lossless into a greater or no maximum, else checked"},
	{from: kinds(String), to: kinds(Enum), conv: Conversion{Class: Checked, Reason: "values outside the list are invalid"}},
	{from: kinds(Enum), to: kinds(String), decide: enumToString, when: "lossless when every value fits, else checked"},
	{from: kinds(Enum), to: kinds(Enum), decide: enumToEnum, when: "lossless when every value is allowed, impossible when none is, else checked"},
	{from: kinds(texts), to: kinds(Bool), conv: parsed("bool")},
	{from: kinds(texts), to: kinds(Int), conv: parsed("int")},
	{from: kinds(texts), to: kinds(Decimal), decide: stringToDecimal, when: "lossy: decimal(x, p, s) parses"},
	{from: kinds(texts), to: kinds(Float), conv: parsed("float")},
	{from: kinds(texts), to: kinds(Date), conv: parsed("date")},
	{from: kinds(texts), to: kinds(Timestamp), conv: parsed("timestamp")},
	{from: kinds(texts), to: kinds(TimestampTZ), conv: parsed("timestamptz")},
	{from: kinds(texts), to: kinds(Time), conv: impossible("text is not read as a time of day", "")},
	{from: kinds(texts), to: kinds(UUID), conv: Conversion{Class: Checked, Reason: "text that is not a UUID is invalid"}},
	{from: kinds(texts), to: kinds(JSON), conv: Conversion{Class: Checked, Reason: "text that is not JSON is invalid"}},
	{from: kinds(texts), to: kinds(Bytes), conv: impossible("text needs an encoding to be bytes", "")},
	{from: kinds(UUID), to: kinds(UUID), conv: Conversion{Class: Identical}},
	{from: kinds(UUID), to: kinds(String), decide: uuidToString, when: "lossless into 36 characters or more"},
	{from: kinds(UUID), to: kinds(Enum), conv: impossible("a uuid is none of the texts of the list", "")},
	{from: kinds(UUID), to: kinds(Bool, numbers, clocks, Bytes, JSON), conv: impossible("a uuid is text of its own form", "")},
	{from: kinds(Bytes), to: kinds(Bytes), conv: Conversion{Class: Identical}},
	{from: kinds(Bytes), to: kinds(texts), conv: impossible("bytes need an encoding to be text", "")},
	{from: kinds(Bytes), to: kinds(Bool, numbers, clocks, UUID, JSON), conv: impossible("bytes are neither text nor a number", "")},

	// Days and times.
	{from: kinds(Date), to: kinds(Date), conv: Conversion{Class: Identical}},
	{from: kinds(Date), to: kinds(Timestamp), conv: lossless()},
	{from: kinds(Date), to: kinds(TimestampTZ), conv: impossible("a date has no zone", `timestamptz(timestamp(x), "UTC")`)},
	{from: kinds(Date), to: kinds(Time), conv: impossible("a date has no time of day", "")},
	{from: kinds(Time), to: kinds(Time), conv: Conversion{Class: Identical}},
	{from: kinds(Time), to: kinds(Date, Timestamp, TimestampTZ), conv: impossible("a time of day belongs to no date", "")},
	{from: kinds(Timestamp), to: kinds(Timestamp), conv: Conversion{Class: Identical}},
	{from: kinds(Timestamp), to: kinds(Date), conv: Conversion{Class: Lossy, Reason: "the time of day would be lost", Remedy: "date(x)"}},
	{from: kinds(Timestamp), to: kinds(TimestampTZ), conv: impossible("a wall-clock reading needs a zone to be an instant", `timestamptz(x, "UTC")`)},
	{from: kinds(TimestampTZ), to: kinds(TimestampTZ), conv: Conversion{Class: Identical}},
	{from: kinds(TimestampTZ), to: kinds(Timestamp), conv: impossible("an instant needs a zone to be a wall-clock reading", `timestamp(x, "UTC")`)},
	{from: kinds(TimestampTZ), to: kinds(Date), conv: impossible("an instant needs a zone to have a date", `date(timestamp(x, "UTC"))`)},
	{from: kinds(Timestamp, TimestampTZ), to: kinds(Time), conv: impossible("the date would be lost; a time of day is computed in the dbt model", "")},
	{from: kinds(clocks), to: kinds(String), conv: byFunction("string")},
	{from: kinds(clocks), to: kinds(Enum), conv: impossible("a time is none of the texts of the list", "")},
	{from: kinds(clocks), to: kinds(Bool, numbers, Bytes, UUID), conv: impossible("a time is neither a number nor text", "")},
	{from: kinds(clocks), to: kinds(JSON), conv: impossible("JSON has no form for a time", "")},

	// Values with parts.
	{from: kinds(Bool, Int, Decimal), to: kinds(JSON), conv: lossless()},
	{from: kinds(Float), to: kinds(JSON), conv: Conversion{Class: Checked, Reason: "JSON has no NaN and no infinity"}},
	{from: kinds(JSON), to: kinds(JSON), conv: Conversion{Class: Identical}},
	{from: kinds(JSON), to: kinds(String), decide: func(_, to Type) Conversion { return stringToString(StringType, to) }, when: "as string to string: the JSON text"},
	{from: kinds(JSON), to: except(scalars, String), conv: impossible("json has no one type; map a member of it, such as x.name", "")},
	{from: kinds(JSON), to: kinds(List, Struct), conv: impossible("the members of json are not known; map each where it belongs, such as x.name", "")},
	{from: kinds(List), to: kinds(List), parts: true, when: "as their elements convert"},
	{from: kinds(List), to: kinds(JSON), conv: lossless()},
	{from: kinds(List), to: kinds(scalars), parts: true, when: "impossible: an element such as `x[0]` may fit"},
	{from: kinds(List), to: kinds(Struct), conv: impossible("a list has no members with names", "")},
	{from: kinds(Struct), to: kinds(Struct), parts: true, when: "as the members convert; lossy when a member would be lost, impossible when one is missing"},
	{from: kinds(Struct), to: kinds(JSON), conv: lossless()},
	{from: kinds(Struct), to: kinds(scalars), parts: true, when: "impossible: a member such as `x.name` may fit"},
	{from: kinds(Struct), to: kinds(List), conv: impossible("a struct has members with names, not elements", "")},
	{from: kinds(scalars), to: kinds(List), conv: impossible("one value is not a list", "")},
	{from: kinds(scalars), to: kinds(Struct), conv: impossible("one value has no members", "")},
}

func boolToText(_, to Type) Conversion {
	if to.Kind == Enum {
		return enumOfString(EnumOf("true", "false"), to)
	}
	return byFunction("string")
}

// enumOfString is for values whose text is one of a few, once string() gave it.
func enumOfString(texts, to Type) Conversion {
	conv := enumToEnum(texts, to)
	if !conv.Class.Implicit() {
		return impossible("a truth value is none of the texts of the list", `x ? "yes" : "no"`)
	}
	return byFunction("string")
}

func listToList(from, to Type) Conversion {
	switch {
	case to.Elem == nil:
		return lossless()
	case from.Elem == nil:
		return Conversion{Class: Checked, Reason: "the type of the elements is not known"}
	}
	conv := Convert(*from.Elem, *to.Elem)
	if conv.Class == Identical {
		return lossless()
	}
	conv.Remedy = "" // leat does not walk over lists
	if conv.Reason != "" {
		conv.Reason = "of its elements, " + conv.Reason
	}
	return conv
}

func listToScalar(from, to Type) Conversion {
	conv := impossible("a list holds many values", "")
	if from.Elem != nil && Convert(*from.Elem, to).Class.Implicit() {
		conv.Remedy = "x[0]"
	}
	return conv
}

func structToScalar(from, to Type) Conversion {
	conv := impossible("a struct holds several values", "")
	for _, f := range from.Fields {
		if Convert(f.Type, to).Class.Implicit() && identifier(f.Name) {
			conv.Remedy = "x." + f.Name
			break
		}
	}
	return conv
}

func identifier(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

var classOrder = map[Class]int{Identical: 0, Lossless: 1, Checked: 2, Lossy: 3, Impossible: 4}

// structToStruct matches members by name; the worst of their conversions
// counts.
func structToStruct(from, to Type) Conversion {
	worst := lossless()
	for _, want := range to.Fields {
		have, ok := from.Member(want.Name)
		if !ok {
			return impossible(fmt.Sprintf("member %q is missing", want.Name), "")
		}
		conv := Convert(have, want.Type)
		if classOrder[conv.Class] > classOrder[worst.Class] {
			worst = Conversion{Class: conv.Class, Reason: fmt.Sprintf("in member %q, %s", want.Name, conv.Reason)}
		}
	}
	for _, have := range from.Fields {
		if _, ok := to.Member(have.Name); !ok && classOrder[worst.Class] < classOrder[Lossy] {
			return Conversion{Class: Lossy, Reason: fmt.Sprintf("member %q would be lost", have.Name)}
		}
	}
	return worst
}
