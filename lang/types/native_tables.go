package types

import "strings"

// dialect is what the types of one warehouse are called.
type dialect struct {
	adapters string // dbt's adapter types that speak it, separated by blanks
	source   string // where the facts are from
	// enforced says that a declared length holds for every value.
	enforced bool
	rows     []nativeRow
}

// nativeRow lists names, separated by commas, of one leat type. The
// digits of a decimal are those of the name without brackets.
type nativeRow struct {
	t     Type
	names string
}

// What a row yields where no plain type is meant.
var (
	bareDecimal = Type{Kind: Decimal}
	uint64Type  = DecimalOf(20, 0)
	bareList    = Type{Kind: List}
)

// dialects is the table of native type names. Arrays, structs, maps, enums and
// wrappers such as Nullable(T) are syntax and not names: see native.go.
var dialects = []dialect{
	{adapters: "duckdb", source: "https://duckdb.org/docs/stable/sql/data_types/overview", rows: []nativeRow{ // VARCHAR(n) is not enforced
		{BoolType, "boolean, bool, logical"},
		{IntType, "tinyint, int1, smallint, int2, short, int16, integer, int4, int, signed, int32, bigint, int8, long, int64, oid"},
		{IntType, "utinyint, uint8, usmallint, uint16, uinteger, uint32"},
		{uint64Type, "ubigint, uint64"},
		{DecimalOf(38, 0), "hugeint, int128, uhugeint, uint128"},
		{DecimalOf(18, 3), "decimal, numeric, dec"},
		{FloatType, "real, float, float4, double, float8"},
		{StringType, "varchar, char, bpchar, text, string, nvarchar, bit, bitstring, interval, bignum, varint, time with time zone, timetz"},
		{BytesType, "blob, bytea, binary, varbinary, geometry, wkb_blob"},
		{DateType, "date"},
		{TimeType, "time, time without time zone, time_ns"},
		{TimestampType, "timestamp, timestamp without time zone, datetime, timestamp_s, timestamp_ms, timestamp_us, timestamp_ns"},
		{TimestampTZType, "timestamptz, timestamp with time zone"},
		{UUIDType, "uuid, guid"},
		{JSONType, "json, variant, map, struct, union"},
		{bareList, "list, array"},
	}},
	{adapters: "postgres alloydb greenplum materialize risingwave", source: "https://www.postgresql.org/docs/current/datatype.html", enforced: true, rows: []nativeRow{
		{BoolType, "boolean, bool"},
		{IntType, "smallint, int2, integer, int, int4, bigint, int8, smallserial, serial2, serial, serial4, bigserial, serial8, oid, xid, cid"},
		{bareDecimal, "numeric, decimal, dec"},
		{FloatType, "real, float4, double precision, float8, float"},
		{StringType, "text, character varying, varchar, character, char, bpchar, citext, \"char\""},
		{StringOf(63), "name"},
		{StringType, "money, interval, inet, cidr, macaddr, macaddr8, xml, tsvector, tsquery, time with time zone, timetz, bit, bit varying, varbit, pg_lsn, regclass, hstore, ltree"},
		{StringType, "point, line, lseg, box, path, polygon, circle, geometry, geography, vector, halfvec, sparsevec, jsonpath"},
		{StringType, "int4range, int8range, numrange, tsrange, tstzrange, daterange, int4multirange, int8multirange, nummultirange, tsmultirange, tstzmultirange, datemultirange"},
		{BytesType, "bytea"},
		{DateType, "date"},
		{TimeType, "time, time without time zone"},
		{TimestampType, "timestamp, timestamp without time zone"},
		{TimestampTZType, "timestamptz, timestamp with time zone"},
		{UUIDType, "uuid"},
		{JSONType, "json, jsonb"},
		{bareList, "array"},
	}},
	{adapters: "redshift", source: "https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html", enforced: true, rows: []nativeRow{ // lengths are bytes, so at most as many characters
		{BoolType, "boolean, bool"},
		{IntType, "smallint, int2, integer, int, int4, bigint, int8, oid"},
		{DecimalOf(18, 0), "decimal, numeric"},
		{FloatType, "real, float4, double precision, float8, float"},
		{StringType, "character varying, varchar, nvarchar, character, char, nchar, \"char\", name, interval year to month, interval day to second, intervaly2m, intervald2s"},
		{StringOf(256), "text, bpchar"},
		{StringType, "time with time zone, timetz, hllsketch, geometry, geography"},
		{BytesType, "varbyte, varbinary, binary varying"},
		{DateType, "date"},
		{TimeType, "time, time without time zone"},
		{TimestampType, "timestamp, timestamp without time zone"},
		{TimestampTZType, "timestamptz, timestamp with time zone"},
		{JSONType, "super"},
	}},
	// The catalog of dbt has NUMBER and TEXT for every number and text, without
	// digits or length, because information_schema keeps those elsewhere; the
	// other names are only written by authors, and mean NUMBER(38,0).
	{adapters: "snowflake", source: "https://docs.snowflake.com/en/sql-reference/intro-summary-data-types", enforced: true, rows: []nativeRow{
		{BoolType, "boolean"},
		{bareDecimal, "number, decfloat"},
		{DecimalOf(38, 0), "decimal, dec, numeric, int, integer, bigint, smallint, tinyint, byteint, fixed"},
		{FloatType, "float, float4, float8, double, double precision, real"},
		{StringType, "varchar, text, string, char varying, nvarchar, nvarchar2, nchar varying"},
		{StringType, "char, character, nchar"},
		{BytesType, "binary, varbinary"},
		{DateType, "date"},
		{TimeType, "time"},
		{TimestampType, "timestamp_ntz, timestampntz, timestamp without time zone, datetime, timestamp"},
		{TimestampTZType, "timestamp_ltz, timestampltz, timestamp with local time zone, timestamp_tz, timestamptz, timestamp with time zone"},
		{UUIDType, "uuid"},
		{JSONType, "variant, object, map, geography, geometry"},
		{bareList, "array"},
	}},
	{adapters: "bigquery", source: "https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types", enforced: true, rows: []nativeRow{
		{BoolType, "bool, boolean"},
		{IntType, "int64, int, smallint, integer, bigint, tinyint, byteint"},
		{DecimalOf(38, 9), "numeric, decimal"},
		{bareDecimal, "bignumeric, bigdecimal"},
		{FloatType, "float64, float"},
		{StringType, "string, interval, geography, range"},
		{BytesType, "bytes"},
		{DateType, "date"},
		{TimeType, "time"},
		{TimestampType, "datetime"},
		{TimestampTZType, "timestamp"},
		{JSONType, "json, struct, record"},
		{bareList, "array"},
	}},
	{adapters: "databricks spark", source: "https://docs.databricks.com/en/sql/language-manual/sql-ref-datatypes.html", enforced: true, rows: []nativeRow{
		{BoolType, "boolean"},
		{IntType, "byte, tinyint, short, smallint, int, integer, long, bigint"},
		{DecimalOf(10, 0), "decimal, dec, numeric"},
		{FloatType, "float, real, double"},
		{StringType, "string, varchar, char, character, geometry, geography"},
		{StringType, "interval, interval year, interval month, interval year to month, interval day, interval hour, interval minute, interval second"},
		{StringType, "interval day to hour, interval day to minute, interval day to second, interval hour to minute, interval hour to second, interval minute to second"},
		{BytesType, "binary"},
		{DateType, "date"},
		{TimeType, "time"},
		{TimestampType, "timestamp_ntz"},
		{TimestampTZType, "timestamp, timestamp_ltz"},
		{JSONType, "variant, object, struct, map"},
		{bareList, "array"},
	}},
	{adapters: "clickhouse", source: "https://clickhouse.com/docs/sql-reference/data-types", enforced: true, rows: []nativeRow{
		{BoolType, "bool, boolean"},
		{IntType, "int8, int16, int32, int64, uint8, uint16, uint32, tinyint, smallint, int, integer, bigint"},
		{uint64Type, "uint64"},
		{bareDecimal, "decimal, numeric, dec, decimal256, int128, int256, uint128, uint256"},
		{DecimalOf(9, 0), "decimal32"},
		{DecimalOf(18, 0), "decimal64"},
		{DecimalOf(38, 0), "decimal128"},
		{FloatType, "float32, float64, bfloat16, float, double, real"},
		{StringType, "string, fixedstring, text, varchar, char, ipv4, ipv6, time, time64"},
		{DateType, "date, date32"},
		{TimestampTZType, "datetime, datetime32, datetime64, timestamp"},
		{UUIDType, "uuid"},
		{JSONType, "json, object, map, tuple, variant, dynamic, point, ring, linestring, multilinestring, polygon, multipolygon"},
		{BytesType, "aggregatefunction"},
		{bareList, "array"},
	}},
	{adapters: "trino athena starburst", source: "https://trino.io/docs/current/language/types.html", enforced: true, rows: []nativeRow{
		{BoolType, "boolean"},
		{IntType, "tinyint, smallint, integer, int, bigint"},
		{DecimalOf(38, 0), "decimal"},
		{FloatType, "real, float, double"},
		{StringType, "varchar, char, string, ipaddress, interval year to month, interval day to second, time with time zone, geometry, sphericalgeography"},
		{BytesType, "varbinary, binary, hyperloglog, p4hyperloglog, setdigest, qdigest, tdigest"},
		{DateType, "date"},
		{TimeType, "time, time without time zone"},
		{TimestampType, "timestamp, timestamp without time zone"},
		{TimestampTZType, "timestamp with time zone"},
		{UUIDType, "uuid"},
		{JSONType, "json, row, map, struct"},
		{bareList, "array"},
	}},
	{adapters: "mysql mariadb tidb singlestore", source: "https://dev.mysql.com/doc/refman/9.0/en/data-types.html", enforced: true, rows: []nativeRow{
		{IntType, "bool, boolean, tinyint, smallint, mediumint, int, integer, bigint, year"},
		{IntType, "tinyint unsigned, smallint unsigned, mediumint unsigned, int unsigned, integer unsigned"},
		{uint64Type, "bigint unsigned, serial"},
		{DecimalOf(10, 0), "decimal, dec, numeric, fixed, decimal unsigned, dec unsigned, numeric unsigned, fixed unsigned"},
		{FloatType, "float, double, double precision, real, float unsigned, double unsigned, double precision unsigned, real unsigned"},
		{StringType, "char, varchar, character, character varying, nchar, nvarchar, tinytext, text, mediumtext, longtext, set, time"}, // TIME goes to 838 hours
		{BytesType, "binary, varbinary, tinyblob, blob, mediumblob, longblob, bit, geometry, point, linestring, polygon, vector"},
		{DateType, "date"},
		{TimestampType, "datetime"},
		{TimestampTZType, "timestamp"},
		{UUIDType, "uuid"},
		{JSONType, "json"},
	}},
	{adapters: "sqlserver fabric synapse", source: "https://learn.microsoft.com/en-us/sql/t-sql/data-types/data-types-transact-sql", enforced: true, rows: []nativeRow{
		{BoolType, "bit"},
		{IntType, "tinyint, smallint, int, integer, bigint"},
		{DecimalOf(18, 0), "decimal, dec, numeric"},
		{DecimalOf(19, 4), "money"},
		{DecimalOf(10, 4), "smallmoney"},
		{FloatType, "float, real, double precision"},
		{StringType, "char, character, varchar, character varying, char varying, text, nchar, national character, nvarchar, national character varying, ntext, xml"},
		{StringType, "hierarchyid, geometry, geography"},
		{StringOf(128), "sysname"},
		{BytesType, "binary, varbinary, binary varying, image, rowversion, timestamp"}, // timestamp is a row version here
		{DateType, "date"},
		{TimeType, "time"},
		{TimestampType, "datetime, datetime2, smalldatetime"},
		{TimestampTZType, "datetimeoffset"},
		{UUIDType, "uniqueidentifier"},
		{JSONType, "json"},
	}},
}

// anywhere are names that authors write whatever the warehouse; they count
// where the dialect does not know the name.
var anywhere = dialect{enforced: true, rows: []nativeRow{
	{BoolType, "bool, boolean"},
	{IntType, "tinyint, smallint, int2, int, integer, int4, bigint, int8, byteint, long, short, byte, mediumint, serial, bigserial, smallserial, int16, int32, int64"},
	{FloatType, "real, float, float4, float8, double, double precision, float64, float32"},
	{bareDecimal, "decimal, numeric, number, dec"},
	{StringType, "varchar, char, bpchar, character, character varying, text, string, nvarchar, nchar, citext"},
	{BytesType, "blob, bytea, binary, varbinary, bytes"},
	{DateType, "date"},
	{TimeType, "time, time without time zone"},
	{TimestampType, "timestamp, timestamp without time zone, datetime, timestamp_ntz"},
	{TimestampTZType, "timestamptz, timestamp with time zone, timestamp_tz, timestamp_ltz"},
	{UUIDType, "uuid"},
	{JSONType, "json, jsonb, struct, row, map, object, record, variant, super"},
	{bareList, "array, list"},
}}

// names are a dialect's rows by folded name.
type names struct {
	byName   map[string]Type
	prefixes map[string]bool // the first two words of longer names
	enforced bool
}

// begins reports whether two words are the beginning of a name.
func (n names) begins(two string) bool { return n.prefixes[two] || anywhereNames.prefixes[two] }

func (d dialect) index() names {
	n := names{map[string]Type{}, map[string]bool{}, d.enforced}
	for _, r := range d.rows {
		for name := range strings.SplitSeq(r.names, ", ") {
			if _, twice := n.byName[name]; twice {
				panic("internal error: type " + name + " is listed twice")
			}
			n.byName[name] = r.t
			if words := strings.Fields(name); len(words) > 1 {
				n.prefixes[words[0]+" "+words[1]] = true
			}
		}
	}
	return n
}

var (
	byAdapter = func() map[string]names {
		m := map[string]names{}
		for _, d := range dialects {
			index := d.index()
			for a := range strings.FieldsSeq(d.adapters) {
				m[a] = index
			}
		}
		return m
	}()
	anywhereNames = anywhere.index()
)
