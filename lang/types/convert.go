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
// them, and, where precision, length or members decide, a function of both
// types. A pair of kinds stands in exactly one row.
type rule struct {
	from, to []Kind
	conv     Conversion
	decide   func(from, to Type) Conversion
	parts    bool   // decided by what the parts of a list or struct convert to: [convertParts]
	when     string // for the reference page: what decide looks at
}

// Convert says what becomes of a value of type from where type to is wanted.
// Nullability is not its business.
func Convert(from, to Type) Conversion {
	if from.Equal(to) {
		return Conversion{Class: Identical}
	}
	r := conversions[from.Kind][to.Kind]
	if r.parts {
		return convertParts(from, to)
	}
	if r.decide != nil {
		return r.decide(from, to)
	}
	return r.conv
}

// conversions finds the rule of a pair of kinds.
var conversions = func() (m [kindCount][kindCount]*rule) {
	for i := range conversionTable {
		r := &conversionTable[i]
		for _, from := range r.from {
			for _, to := range r.to {
				if m[from][to] != nil {
					panic("internal error: two rules from " + from.String() + " to " + to.String())
				}
				m[from][to] = r
			}
		}
	}
	return m
}()

// convertParts stands outside the table because it asks the table again.
func convertParts(from, to Type) Conversion {
	switch {
	case from.Kind == List && to.Kind == List:
		return listToList(from, to)
	case from.Kind == List:
		return listToScalar(from, to)
	case to.Kind == Struct:
		return structToStruct(from, to)
	}
	return structToScalar(from, to)
}

func lossless() Conversion { return Conversion{Class: Lossless} }

func byFunction(name string) Conversion {
	return Conversion{Class: Lossy, Reason: "the form of the result has to be chosen", Remedy: name + "(x)"}
}

func parsed(name string) Conversion {
	return Conversion{Class: Lossy, Reason: "text that does not parse would be lost", Remedy: name + "(x)"}
}

func impossible(reason, remedy string) Conversion {
	return Conversion{Class: Impossible, Reason: reason, Remedy: remedy}
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

// digitsUnknown is for a decimal whose warehouse did not say how many digits
// it has: like unknown, it fits anything and is checked.
func digitsUnknown() Conversion {
	return Conversion{Class: Checked, Reason: "the number of digits is not known, so values that do not fit are found when the plan is made"}
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
		return digitsUnknown()
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
	case from.Precision == 0:
		return digitsUnknown()
	case s > 0:
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
	case a.Kind == List && b.Kind == List:
		return commonList(a, b)
	case a.Kind == Struct && b.Kind == Struct:
		return commonStruct(a, b)
	case (a.Kind == JSON || a.Kind == List || a.Kind == Struct) && (b.Kind == JSON || b.Kind == List || b.Kind == Struct):
		return JSONType, true
	}
	return Type{}, false
}

func commonList(a, b Type) (Type, bool) {
	if a.Elem == nil || b.Elem == nil {
		return Type{Kind: List}, true
	}
	elem, ok := Common(*a.Elem, *b.Elem)
	if !ok {
		return JSONType, true
	}
	return ListOf(elem), true
}

// commonStruct needs the same members in the same order; other structs meet
// in json.
func commonStruct(a, b Type) (Type, bool) {
	if len(a.Fields) != len(b.Fields) {
		return JSONType, true
	}
	out := Type{Kind: Struct}
	for i, f := range a.Fields {
		t, ok := Common(f.Type, b.Fields[i].Type)
		if !ok || f.Name != b.Fields[i].Name {
			return JSONType, true
		}
		out.Fields = append(out.Fields, Field{Name: f.Name, Type: t})
	}
	return out, true
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
