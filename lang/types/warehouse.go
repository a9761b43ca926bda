package types

import (
	"regexp"
	"strconv"
	"strings"
)

// FromWarehouse reads a column type as a warehouse of the dialect (dbt's
// adapter type: duckdb, postgres, snowflake, bigquery, redshift, databricks)
// or the author of a dbt contract writes it. ok is false when the name is not
// known; the type is then unknown. Names are compared without case.
//
// Sources: the type chapters of each warehouse's manual. DuckDB does not
// enforce a declared length, so its VARCHAR(n) is an unbounded string.
func FromWarehouse(dialect, text string) (t Type, ok bool) {
	return fromWarehouse(dialect, text, 0)
}

func fromWarehouse(dialect, text string, depth int) (Type, bool) {
	text = strings.TrimSpace(text)
	if depth > maxDepth || text == "" {
		return UnknownType, false
	}
	if elem, isList := listElement(text); isList {
		return listOf(dialect, elem, depth)
	}
	name, args, tail := splitName(text)
	if tail != "" {
		name += " " + tail
	}
	switch name {
	case "list", "array":
		return listOf(dialect, args, depth)
	case "struct", "row", "map", "object", "record", "variant", "super", "union":
		return JSONType, true
	case "enum":
		return enumFrom(args)
	case "nullable":
		return fromWarehouse(dialect, args, depth+1)
	}
	table := warehouseTables[dialect]
	if t, ok := table[name]; ok {
		return withArguments(dialect, t, args), true
	}
	if t, ok := commonNames[name]; ok {
		return withArguments(dialect, t, args), true
	}
	return UnknownType, false
}

// commonNames are spelt alike everywhere they exist.
var commonNames = map[string]Type{
	"bool": BoolType, "boolean": BoolType,
	"tinyint": IntType, "smallint": IntType, "int2": IntType, "int": IntType, "integer": IntType, "int4": IntType,
	"bigint": IntType, "int8": IntType, "byteint": IntType, "long": IntType, "short": IntType, "byte": IntType,
	"mediumint": IntType, "serial": IntType, "bigserial": IntType, "smallserial": IntType, "int16": IntType, "int32": IntType, "int64": IntType,
	"real": FloatType, "float": FloatType, "float4": FloatType, "float8": FloatType, "double": FloatType,
	"double precision": FloatType, "float64": FloatType, "float32": FloatType,
	"decimal": {Kind: Decimal}, "numeric": {Kind: Decimal}, "number": {Kind: Decimal}, "dec": {Kind: Decimal},
	"varchar": StringType, "char": StringType, "bpchar": StringType, "character": StringType, "character varying": StringType,
	"text": StringType, "string": StringType, "nvarchar": StringType, "nchar": StringType, "citext": StringType, "name": StringType,
	"blob": BytesType, "bytea": BytesType, "binary": BytesType, "varbinary": BytesType, "bytes": BytesType,
	"date": DateType, "time": TimeType, "time without time zone": TimeType,
	"timestamp": TimestampType, "timestamp without time zone": TimestampType, "datetime": TimestampType,
	"timestamptz": TimestampTZType, "timestamp with time zone": TimestampTZType,
	"uuid": UUIDType, "json": JSONType, "jsonb": JSONType,
}

// warehouseTables hold what one dialect spells or means differently.
var warehouseTables = map[string]map[string]Type{
	"duckdb": {
		"hugeint": DecimalOf(38, 0), "uhugeint": DecimalOf(38, 0), "utinyint": IntType, "usmallint": IntType, "uinteger": IntType,
		"ubigint": DecimalOf(20, 0), "int1": IntType, "int128": DecimalOf(38, 0), "signed": IntType, "uint8": IntType, "uint16": IntType,
		"uint32": IntType, "uint64": DecimalOf(20, 0), "decimal": DecimalOf(18, 3), "numeric": DecimalOf(18, 3), "dec": DecimalOf(18, 3),
		"timestamp_s": TimestampType, "timestamp_ms": TimestampType, "timestamp_us": TimestampType, "timestamp_ns": TimestampType,
		"bit": StringType, "bitstring": StringType, "interval": StringType, "logical": BoolType, "bignum": StringType, "varint": StringType,
	},
	"postgres": {
		"oid": IntType, "money": StringType, "interval": StringType, "inet": StringType, "cidr": StringType, "macaddr": StringType,
		"xml": StringType, "tsvector": StringType, "time with time zone": StringType, "timetz": StringType, "bit": StringType,
		"bit varying": StringType, "varbit": StringType, "hstore": StringType,
	},
	"redshift": {
		"decimal": DecimalOf(18, 0), "numeric": DecimalOf(18, 0), "varbyte": BytesType, "geometry": StringType, "timetz": StringType, "bpchar": StringType,
	},
	"snowflake": {
		"number": DecimalOf(38, 0), "decimal": DecimalOf(38, 0), "numeric": DecimalOf(38, 0), "int": DecimalOf(38, 0), "integer": DecimalOf(38, 0),
		"bigint": DecimalOf(38, 0), "smallint": DecimalOf(38, 0), "tinyint": DecimalOf(38, 0), "byteint": DecimalOf(38, 0), "fixed": DecimalOf(38, 0),
		"timestamp_ntz": TimestampType, "timestamp_ltz": TimestampTZType, "timestamp_tz": TimestampTZType, "geography": JSONType, "geometry": JSONType,
	},
	"bigquery": {
		"numeric": DecimalOf(38, 9), "decimal": DecimalOf(38, 9), "bignumeric": {Kind: Decimal}, "bigdecimal": {Kind: Decimal},
		"timestamp": TimestampTZType, "geography": StringType, "interval": StringType,
	},
	"databricks": {
		"decimal": DecimalOf(10, 0), "numeric": DecimalOf(10, 0), "dec": DecimalOf(10, 0), "timestamp": TimestampTZType, "timestamp_ntz": TimestampType,
		"interval": StringType,
	},
}

func withArguments(dialect string, t Type, args string) Type {
	first, second, _ := strings.Cut(args, ",")
	n, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || n < 1 {
		return t
	}
	switch t.Kind {
	case Decimal:
		s, err := strconv.Atoi(strings.TrimSpace(second))
		if err != nil {
			s = 0
		}
		if n > maxDigits || s > n || s < 0 {
			return Type{Kind: Decimal} // more digits than leat's decimals: not known
		}
		return DecimalOf(n, s)
	case String:
		if dialect != "duckdb" {
			return StringOf(n)
		}
	}
	return t
}

// listElement cuts T[] and T[3] to T.
func listElement(text string) (string, bool) {
	if !strings.HasSuffix(text, "]") {
		return "", false
	}
	i := strings.LastIndexByte(text, '[')
	if i <= 0 || strings.Trim(text[i+1:len(text)-1], "0123456789") != "" {
		return "", false
	}
	return text[:i], true
}

func listOf(dialect, elem string, depth int) (Type, bool) {
	t, ok := fromWarehouse(dialect, elem, depth+1)
	if !ok {
		return Type{Kind: List}, true
	}
	return ListOf(t), true
}

var blanks = regexp.MustCompile(`\s+`)

// splitName cuts "TIMESTAMP(3) WITH TIME ZONE" into its folded name, the
// arguments between the outermost brackets (also <>), and what follows them.
func splitName(text string) (name, args, tail string) {
	fold := func(s string) string { return strings.ToLower(blanks.ReplaceAllString(strings.TrimSpace(s), " ")) }
	i := strings.IndexAny(text, "(<")
	if i < 0 {
		return fold(text), "", ""
	}
	j := strings.LastIndexAny(text, ")>")
	if j < i {
		return fold(text[:i]), "", ""
	}
	return fold(text[:i]), text[i+1 : j], fold(text[j+1:])
}

// enumFrom reads DuckDB's 'a', 'b' with doubled quotes.
func enumFrom(args string) (Type, bool) {
	var values []string
	for rest := strings.TrimSpace(args); rest != ""; {
		if rest[0] != '\'' {
			return StringType, true
		}
		var b strings.Builder
		i := 1
		for ; i < len(rest); i++ {
			if rest[i] != '\'' {
				b.WriteByte(rest[i])
			} else if i+1 < len(rest) && rest[i+1] == '\'' {
				b.WriteByte('\'')
				i++
			} else {
				break
			}
		}
		if i >= len(rest) {
			return StringType, true
		}
		values = append(values, b.String())
		rest = strings.TrimLeft(rest[i+1:], " ,")
	}
	if len(values) == 0 {
		return StringType, true
	}
	return EnumOf(values...), true
}
