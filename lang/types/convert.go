package types

import (
	"fmt"
	"slices"
)

// Class says what a conversion does to values.
type Class string

// The classes. The principle: a conversion that changes no value is lossless
// and implicit; one that some values do not fit and that leaves the others
// unchanged is checked row by row when the plan is made; one that would change
// values silently is lossy and needs a function that says so.
const (
	Identical  Class = "identical"
	Lossless   Class = "lossless"
	Checked    Class = "checked"
	Lossy      Class = "lossy"
	Impossible Class = "impossible"
)

// Implicit reports whether a mapping may convert without a function.
func (c Class) Implicit() bool { return c == Identical || c == Lossless || c == Checked }

// Conversion is the answer of [Convert].
type Conversion struct {
	Class  Class
	Reason string // why it is not lossless, a clause without a final stop; "" when it is
	Remedy string // what to write instead, such as round(x, 2); "" when nothing helps
}

// Digits of a 64-bit integer and of a double that survive as decimals.
const (
	intDigits   = 19
	floatDigits = 15
	maxDigits   = 38
)

// rule is one row of the conversion table: kinds, what holds for every pair of
// them, and, where precision or length decide, a function of both types.
type rule struct {
	from, to Kind
	conv     Conversion
	decide   func(from, to Type) Conversion
	when     string // for the reference page: what decide looks at
}

// Convert says what becomes of a value of type from where type to is wanted.
// Nullability is not its business.
func Convert(from, to Type) Conversion {
	switch {
	case from.Equal(to):
		return Conversion{Class: Identical}
	case from.Kind == Null, to.Kind == Unknown:
		return Conversion{Class: Lossless}
	case from.Kind == Unknown:
		return Conversion{Class: Checked, Reason: "the type is not known, so each value is checked when the plan is made"}
	case from.Kind == List && to.Kind == List:
		return listToList(from, to)
	}
	for _, r := range conversionTable {
		if r.from == from.Kind && r.to == to.Kind {
			if r.decide != nil {
				return r.decide(from, to)
			}
			return r.conv
		}
	}
	return Conversion{Class: Impossible, Reason: fmt.Sprintf("%s cannot become %s", from, to)}
}

func lossless() Conversion { return Conversion{Class: Lossless} }

func byFunction(name string) Conversion {
	return Conversion{Class: Lossy, Reason: "the form of the result has to be chosen", Remedy: name + "(x)"}
}

func parsed(name string) Conversion {
	return Conversion{Class: Lossy, Reason: "text that does not parse would be lost", Remedy: name + "(x)"}
}

// conversionTable lists every pair of kinds that has a conversion. A pair that
// is not listed is impossible.
var conversionTable = []rule{
	{from: Bool, to: String, conv: byFunction("string")},
	{from: Bool, to: Int, conv: Conversion{Class: Impossible, Reason: "a truth value is not a number", Remedy: "x ? 1 : 0"}},
	{from: Int, to: Decimal, decide: intToDecimal, when: "lossless when p-s >= 19, else checked"},
	{from: Int, to: Float, conv: Conversion{Class: Checked, Reason: "integers beyond 2^53 are not exact as floats"}},
	{from: Int, to: String, conv: byFunction("string")},
	{from: Int, to: Bool, conv: Conversion{Class: Impossible, Reason: "a number is not a truth value", Remedy: "x != 0"}},
	{from: Decimal, to: Decimal, decide: decimalToDecimal, when: "lossy when digits after the point are dropped; checked when digits before it may not fit"},
	{from: Decimal, to: Int, decide: decimalToInt, when: "with s = 0: lossless to 18 digits, else checked; with s > 0 lossy"},
	{from: Decimal, to: Float, decide: decimalToFloat, when: "lossless to 15 digits, else checked"},
	{from: Decimal, to: String, conv: byFunction("string")},
	{from: Float, to: Int, conv: Conversion{Class: Lossy, Reason: "the fraction would be lost", Remedy: "round(x)"}},
	{from: Float, to: Decimal, decide: floatToDecimal, when: "lossy: round(x, s) says so"},
	{from: Float, to: String, conv: byFunction("string")},
	{from: String, to: String, decide: stringToString, when: "lossless into a greater or no maximum, else checked"},
	{from: String, to: Enum, conv: Conversion{Class: Checked, Reason: "values outside the list are invalid"}},
	{from: String, to: Bool, conv: parsed("bool")},
	{from: String, to: Int, conv: parsed("int")},
	{from: String, to: Decimal, decide: stringToDecimal, when: "lossy: decimal(x, p, s) parses"},
	{from: String, to: Float, conv: parsed("float")},
	{from: String, to: Date, conv: parsed("date")},
	{from: String, to: Timestamp, conv: parsed("timestamp")},
	{from: String, to: TimestampTZ, conv: parsed("timestamptz")},
	{from: String, to: UUID, conv: Conversion{Class: Checked, Reason: "text that is not a UUID is invalid"}},
	{from: String, to: JSON, conv: Conversion{Class: Checked, Reason: "text that is not JSON is invalid"}},
	{from: Enum, to: String, decide: enumToString, when: "lossless when every value fits, else checked"},
	{from: Enum, to: Enum, decide: enumToEnum, when: "lossless when every value is allowed, else checked"},
	{from: Date, to: Timestamp, conv: lossless()},
	{from: Date, to: String, conv: byFunction("string")},
	{from: Date, to: TimestampTZ, conv: Conversion{Class: Impossible, Reason: "a date has no zone", Remedy: `timestamptz(timestamp(x), "UTC")`}},
	{from: Time, to: String, conv: byFunction("string")},
	{from: Timestamp, to: Date, conv: Conversion{Class: Lossy, Reason: "the time of day would be lost", Remedy: "date(x)"}},
	{from: Timestamp, to: String, conv: byFunction("string")},
	{from: Timestamp, to: TimestampTZ, conv: Conversion{Class: Impossible, Reason: "a wall-clock reading needs a zone to be an instant", Remedy: `timestamptz(x, "UTC")`}},
	{from: TimestampTZ, to: Timestamp, conv: Conversion{Class: Impossible, Reason: "an instant needs a zone to be a wall-clock reading", Remedy: `timestamp(x, "UTC")`}},
	{from: TimestampTZ, to: Date, conv: Conversion{Class: Impossible, Reason: "an instant needs a zone to have a date", Remedy: `date(timestamp(x, "UTC"))`}},
	{from: TimestampTZ, to: String, conv: byFunction("string")},
	{from: UUID, to: String, decide: uuidToString, when: "lossless into 36 characters or more"},
	{from: JSON, to: String, decide: func(_, to Type) Conversion { return stringToString(StringType, to) }, when: "as string to string: the JSON text"},
}

func digitsOf(t Type) (precision, scale int) {
	if t.Precision == 0 {
		return maxDigits, t.Scale
	}
	return t.Precision, t.Scale
}

func outOfRange(from, to Type) Conversion {
	return Conversion{Class: Checked, Reason: fmt.Sprintf("values of %s that do not fit %s are invalid", from, to)}
}

func intToDecimal(from, to Type) Conversion {
	if p, s := digitsOf(to); p-s < intDigits {
		return outOfRange(from, to)
	}
	return lossless()
}

func decimalToDecimal(from, to Type) Conversion {
	if to.Precision == 0 {
		return lossless()
	}
	if from.Precision == 0 {
		return Conversion{Class: Lossy, Reason: "the number of digits is not known", Remedy: fmt.Sprintf("round(x, %d)", to.Scale)}
	}
	if from.Scale > to.Scale {
		return Conversion{Class: Lossy, Remedy: fmt.Sprintf("round(x, %d)", to.Scale),
			Reason: fmt.Sprintf("%d digits after the point do not fit %d", from.Scale, to.Scale)}
	}
	if from.Precision-from.Scale > to.Precision-to.Scale {
		return outOfRange(from, to)
	}
	return lossless()
}

func decimalToInt(from, to Type) Conversion {
	switch p, s := digitsOf(from); {
	case s > 0 || from.Precision == 0:
		return Conversion{Class: Lossy, Reason: "the fraction would be lost", Remedy: "round(x)"}
	case p >= intDigits:
		return outOfRange(from, to)
	}
	return lossless()
}

func decimalToFloat(from, _ Type) Conversion {
	if p, _ := digitsOf(from); p > floatDigits {
		return Conversion{Class: Checked, Reason: "decimals that a float cannot hold are invalid"}
	}
	return lossless()
}

func floatToDecimal(_, to Type) Conversion {
	return Conversion{Class: Lossy, Reason: "a float has no fixed number of digits", Remedy: fmt.Sprintf("round(x, %d)", to.Scale)}
}

func stringToDecimal(_, to Type) Conversion {
	p, s := digitsOf(to)
	return Conversion{Class: Lossy, Reason: "text that does not parse would be lost", Remedy: fmt.Sprintf("decimal(x, %d, %d)", p, s)}
}

func stringToString(from, to Type) Conversion {
	if to.Max == 0 || (from.Max > 0 && from.Max <= to.Max) {
		return lossless()
	}
	return Conversion{Class: Checked, Reason: fmt.Sprintf("values longer than %d characters are invalid", to.Max)}
}

func uuidToString(_, to Type) Conversion { return stringToString(StringOf(36), to) }

func enumToString(from, to Type) Conversion {
	longest := 1
	for _, v := range from.Values {
		longest = max(longest, len([]rune(v)))
	}
	return stringToString(StringOf(longest), to)
}

func enumToEnum(from, to Type) Conversion {
	var missing []string
	for _, v := range from.Values {
		if !slices.Contains(to.Values, v) {
			missing = append(missing, v)
		}
	}
	switch {
	case len(missing) == 0:
		return lossless()
	case len(missing) == len(from.Values):
		return Conversion{Class: Impossible, Reason: fmt.Sprintf("%q is not in the list", missing[0])}
	}
	return Conversion{Class: Checked, Reason: fmt.Sprintf("%q is not in the list", missing[0])}
}

// listToList stands outside the table because it asks the table again.
func listToList(from, to Type) Conversion {
	if from.Elem == nil || to.Elem == nil {
		return Conversion{Class: Checked, Reason: "the type of the elements is not known"}
	}
	return Convert(*from.Elem, *to.Elem)
}

// Common returns the smallest type both types convert to without loss, the
// type of a conditional's or coalesce's result. Numbers widen from int to
// decimal to float; text loses its maximum; ok is false when there is none.
func Common(a, b Type) (t Type, ok bool) {
	switch {
	case a.Equal(b), b.Kind == Null:
		return a, true
	case a.Kind == Null:
		return b, true
	case a.Kind == Unknown || b.Kind == Unknown:
		return UnknownType, true
	case a.Numeric() && b.Numeric():
		return commonNumber(a, b), true
	case a.Kind == Enum && b.Kind == Enum:
		values := slices.Clone(a.Values)
		for _, v := range b.Values {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		return EnumOf(values...), true
	case (a.Text() || a.Kind == UUID) && (b.Text() || b.Kind == UUID):
		x, y := TextMax(a), TextMax(b)
		if x == 0 || y == 0 {
			return StringType, true
		}
		return StringOf(max(x, y)), true
	case a.Kind == Date && b.Kind == Timestamp, a.Kind == Timestamp && b.Kind == Date:
		return TimestampType, true
	case a.Kind == b.Kind:
		return a, a.Kind != List && a.Kind != Struct
	}
	return Type{}, false
}

func commonNumber(a, b Type) Type {
	if a.Kind == Float || b.Kind == Float {
		return FloatType
	}
	if a.Kind == Int && b.Kind == Int {
		return IntType
	}
	pa, sa := AsDecimal(a)
	pb, sb := AsDecimal(b)
	s := max(sa, sb)
	return DecimalOf(min(maxDigits, max(pa-sa, pb-sb)+s), s)
}

// AsDecimal returns the precision and scale that hold every value of an int
// or decimal type; a decimal without digits counts as decimal(38,9).
func AsDecimal(t Type) (precision, scale int) {
	switch {
	case t.Kind == Int:
		return intDigits, 0
	case t.Precision == 0:
		return maxDigits, 9
	}
	return t.Precision, t.Scale
}

// TextMax returns the most characters a value of a text or uuid type has; 0 is
// unbounded.
func TextMax(t Type) int {
	switch t.Kind {
	case UUID:
		return 36
	case Enum:
		longest := 1
		for _, v := range t.Values {
			longest = max(longest, len([]rune(v)))
		}
		return longest
	}
	return t.Max
}
