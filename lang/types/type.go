package types

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the outermost shape of a type.
type Kind uint8

// The kinds. Unknown fits anything: it stands for a type nobody declared, and
// is checked against the data when the plan is made. Null is the type of the
// literal null and converts to every nullable type.
const (
	Unknown Kind = iota
	Null
	Bool
	Int // 64-bit signed
	Decimal
	Float // IEEE 754 double
	String
	Bytes
	Date
	Time
	Timestamp   // a wall-clock reading without a zone
	TimestampTZ // an instant
	UUID
	JSON
	List
	Struct
	Enum // a string out of a closed list

	kindCount = iota
)

var kindNames = [...]string{"unknown", "null", "bool", "int", "decimal", "float", "string", "bytes", "date",
	"time", "timestamp", "timestamptz", "uuid", "json", "list", "struct", "enum"}

// String returns the kind as users write it.
func (k Kind) String() string { return kindNames[k] }

// Type is a type without nullability or labels. The zero Type is unknown.
// It is a plain value; its slices are never changed after it is made.
type Type struct {
	Kind      Kind
	Precision int      // Decimal: total digits, 1 to 38; 0 when not known
	Scale     int      // Decimal: digits after the point
	Max       int      // String: most characters; 0 is unbounded
	Values    []string // Enum: the allowed values in declared order
	Elem      *Type    // List: the element type; nil when not known
	Fields    []Field  // Struct: in declared order
}

// Field is a member of a struct type.
type Field struct {
	Name string
	Type Type
}

// Simple types, ready to use.
var (
	UnknownType     = Type{}
	NullType        = Type{Kind: Null}
	BoolType        = Type{Kind: Bool}
	IntType         = Type{Kind: Int}
	FloatType       = Type{Kind: Float}
	StringType      = Type{Kind: String}
	BytesType       = Type{Kind: Bytes}
	DateType        = Type{Kind: Date}
	TimeType        = Type{Kind: Time}
	TimestampType   = Type{Kind: Timestamp}
	TimestampTZType = Type{Kind: TimestampTZ}
	UUIDType        = Type{Kind: UUID}
	JSONType        = Type{Kind: JSON}
)

// DecimalOf returns decimal(precision, scale).
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// StringOf returns string(maxChars); 0 is unbounded.
func StringOf(maxChars int) Type { return Type{Kind: String, Max: maxChars} }

// EnumOf returns an enum of the values.
func EnumOf(values ...string) Type { return Type{Kind: Enum, Values: slices.Clone(values)} }

// ListOf returns list(elem).
func ListOf(elem Type) Type { return Type{Kind: List, Elem: &elem} }

// StructOf returns a struct of the members.
func StructOf(fields ...Field) Type { return Type{Kind: Struct, Fields: slices.Clone(fields)} }

// Member returns the type of a struct's member of exactly that name.
func (t Type) Member(name string) (Type, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f.Type, true
		}
	}
	return Type{}, false
}

// String returns the type as users write it in a declared object, such as
// decimal(10,2). [Parse] reads it back.
func (t Type) String() string {
	switch t.Kind {
	case Decimal:
		if t.Precision == 0 {
			return "decimal"
		}
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case String:
		if t.Max == 0 {
			return "string"
		}
		return fmt.Sprintf("string(%d)", t.Max)
	case Enum:
		quoted := make([]string, len(t.Values))
		for i, v := range t.Values {
			quoted[i] = strconv.Quote(v)
		}
		return "enum(" + strings.Join(quoted, ", ") + ")"
	case List:
		if t.Elem == nil {
			return "list"
		}
		return "list(" + t.Elem.String() + ")"
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = strconv.Quote(f.Name) + " " + f.Type.String()
		}
		return "struct(" + strings.Join(parts, ", ") + ")"
	default:
		return t.Kind.String()
	}
}

// Equal reports whether two types are the same, order of enum values and
// struct fields included.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale || t.Max != u.Max ||
		!slices.Equal(t.Values, u.Values) || (t.Elem == nil) != (u.Elem == nil) {
		return false
	}
	if t.Elem != nil && !t.Elem.Equal(*u.Elem) {
		return false
	}
	return slices.EqualFunc(t.Fields, u.Fields, func(a, b Field) bool { return a.Name == b.Name && a.Type.Equal(b.Type) })
}

// Numeric reports whether arithmetic applies.
func (t Type) Numeric() bool { return t.Kind == Int || t.Kind == Decimal || t.Kind == Float }

// Text reports whether values are character strings.
func (t Type) Text() bool { return t.Kind == String || t.Kind == Enum }
