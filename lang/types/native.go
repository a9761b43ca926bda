package types

import (
	"slices"
	"strconv"
	"strings"
)

// FromWarehouse reads a column type as a warehouse of the dialect (dbt's
// adapter type: duckdb, postgres, redshift, snowflake, bigquery, databricks,
// spark, clickhouse, trino, mysql, sqlserver and those that speak like them)
// or the author of a dbt contract writes it, nested ones included:
// ARRAY<STRUCT<a INT64>>, Nullable(Decimal(10, 2)), timestamp(3) with time
// zone. ok is false when the name is not known; the type is then unknown.
// Names are compared without case.
//
// Lengths are upper bounds in characters: where a warehouse counts bytes there
// are never more characters. A map, a union and a struct whose members have no
// names are json. More than 38 digits make a decimal of unknown digits.
func FromWarehouse(dialect, text string) (t Type, ok bool) {
	table, known := byAdapter[dialect]
	if !known {
		table = anywhereNames
	}
	p := &nativeParser{table: table, rest: text}
	t, ok = p.parse(0)
	p.space()
	if !ok || p.rest != "" || t.tooDeep(maxDepth) {
		return UnknownType, false
	}
	return t, true
}

// tooDeep reports whether lists and structs lie in each other more than n deep.
func (t Type) tooDeep(n int) bool {
	if n < 0 {
		return true
	}
	return t.Elem != nil && t.Elem.tooDeep(n-1) || slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Type.tooDeep(n - 1) })
}

type nativeParser struct {
	table names
	rest  string
}

func (p *nativeParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *nativeParser) accept(c byte) bool {
	if p.space(); p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80
}

// word takes a bare word, "" when none stands there.
func (p *nativeParser) word() string {
	p.space()
	i := 0
	for i < len(p.rest) && wordByte(p.rest[i]) {
		i++
	}
	w := p.rest[:i]
	p.rest = p.rest[i:]
	return w
}

// quoted takes 'text', "name" or `name`; a doubled quote, or in ClickHouse one
// after a backslash, stands for itself.
func (p *nativeParser) quoted(quotes string) (string, bool) {
	p.space()
	if p.rest == "" || !strings.Contains(quotes, p.rest[:1]) {
		return "", false
	}
	q := p.rest[0]
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && q == '\'' && i+1 < len(p.rest) && (p.rest[i+1] == '\'' || p.rest[i+1] == '\\'):
			i++
			b.WriteByte(p.rest[i])
		case c != q:
			b.WriteByte(c)
		case i+1 < len(p.rest) && p.rest[i+1] == q:
			b.WriteByte(q)
			i++
		default:
			p.rest = p.rest[i+1:]
			return b.String(), true
		}
	}
	return "", false
}

// balanced takes what stands before the closing bracket of an opened one.
func (p *nativeParser) balanced() (inner string, ok bool) {
	whole := p.rest
	for depth := 1; p.rest != ""; {
		switch p.rest[0] {
		case '(', '<', '[':
			depth++
		case ')', '>', ']':
			if depth--; depth == 0 {
				inner = whole[:len(whole)-len(p.rest)]
				p.rest = p.rest[1:]
				return inner, true
			}
		case '\'', '"', '`':
			if _, ok := p.quoted("'\"`"); !ok {
				return "", false
			}
			continue
		}
		p.rest = p.rest[1:]
	}
	return "", false
}

// attributes follow a type and do not belong to it: NOT NULL, COMMENT 'x',
// COLLATE x, CHARACTER SET x, OPTIONS(...).
func (p *nativeParser) attribute(word string) bool {
	switch word {
	case "not", "null", "zerofill", "signed":
		return true
	case "comment":
		_, ok := p.quoted("'\"")
		return ok
	case "collate", "set", "charset":
		if _, ok := p.quoted("'\"`"); ok {
			return true
		}
		return p.word() != ""
	case "options":
		if !p.accept('(') {
			return false
		}
		_, ok := p.balanced()
		return ok
	}
	return false
}

// parse reads one type with what follows it.
func (p *nativeParser) parse(depth int) (Type, bool) {
	if depth > maxDepth {
		return UnknownType, false
	}
	t, ok := p.named(depth)
	if !ok {
		return UnknownType, false
	}
	for p.accept('[') {
		if inner, closed := p.balanced(); !closed || strings.Trim(inner, "0123456789 ") != "" {
			return UnknownType, false
		}
		if depth++; depth > maxDepth {
			return UnknownType, false
		}
		t = ListOf(t)
	}
	return t, true
}

// named reads words, arguments and further words: timestamp(3) with time zone.
// An unknown name is ok inside a struct or list, where it is of unknown type;
// at the top it is not.
func (p *nativeParser) named(depth int) (Type, bool) {
	name, args, list := "", "", false
	var built *Type
	if p.space(); strings.HasPrefix(p.rest, `"char"`) {
		name, p.rest = `"char"`, p.rest[len(`"char"`):]
	}
	for {
		word := strings.ToLower(p.word())
		switch {
		case word == "" && built == nil && name != "" && (p.accept('(') || p.accept('<')):
			if build := constructor(name); build != nil {
				t, ok := build(p, depth)
				if !ok {
					return UnknownType, false
				}
				built = &t
				continue
			}
			inner, ok := p.balanced()
			if !ok {
				return UnknownType, false
			}
			if args == "" {
				args = inner
			}
		case word == "":
			t, ok := p.lookup(name, args)
			if built != nil {
				t, ok = *built, true
			}
			if ok && list {
				t = ListOf(t)
			}
			return t, ok || (depth > 0 && name != "")
		case name != "" && p.attribute(word):
		case name != "" && word == "array":
			list = true
		case name != "" && name != "national" && word == "character": // of CHARACTER SET x
		case built != nil:
			return UnknownType, false
		default:
			name = strings.TrimSpace(name + " " + word)
		}
	}
}

func (p *nativeParser) lookup(name, args string) (Type, bool) {
	t, ok := p.table.byName[name]
	if !ok {
		t, ok = anywhereNames.byName[name]
	}
	if udt, inner := strings.CutPrefix(name, "_"); inner && !ok { // PostgreSQL's inner names of arrays
		if t, ok := p.lookup(udt, ""); ok {
			return ListOf(t), true
		}
	}
	switch name {
	case "decimal32", "decimal64", "decimal128", "decimal256": // ClickHouse: the bits are the digits
		if s, err := strconv.Atoi(strings.TrimSpace(args)); ok && t.Precision > 0 && err == nil && s >= 0 && s <= t.Precision {
			return DecimalOf(t.Precision, s), true
		}
		return bareDecimal, ok
	}
	if !ok {
		return UnknownType, false
	}
	return withArguments(t, args, p.table.enforced && sized(name)), true
}

// sized reports whether the number in the brackets is a length: that of
// time(3) or geometry(4326) is not.
func sized(name string) bool {
	switch name {
	case "string", "fixedstring", "bit", "bit varying", "varbit":
		return true
	}
	return strings.Contains(name, "char")
}

// withArguments puts the arguments of a name to its type. lengths says that a
// number is a length that holds.
func withArguments(t Type, args string, lengths bool) Type {
	first, second, two := strings.Cut(args, ",")
	n, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || n < 0 {
		return t // no arguments, max, or a zone
	}
	switch t.Kind {
	case Decimal:
		s := 0
		if two {
			if s, err = strconv.Atoi(strings.TrimSpace(second)); err != nil {
				return bareDecimal
			}
		}
		if n < 1 || n > maxDigits || s > n || s < 0 {
			return bareDecimal
		}
		return DecimalOf(n, s)
	case String:
		if lengths && n > 0 {
			return StringOf(n)
		}
	}
	return t
}
