package types

import "strings"

// constructor returns what reads the arguments of a name when they are types,
// members or values: it reads on behind the opening bracket and takes the
// closing one. It is nil for every other name.
func constructor(name string) func(p *nativeParser, depth int) (Type, bool) {
	switch name {
	case "array", "list":
		return (*nativeParser).listOf
	case "nullable", "lowcardinality":
		return (*nativeParser).wrapped
	case "simpleaggregatefunction":
		return (*nativeParser).aggregate
	case "struct", "row", "tuple", "record", "object":
		return (*nativeParser).structOf
	case "nested":
		return (*nativeParser).nested
	case "vector":
		return (*nativeParser).vector
	case "enum", "enum8", "enum16":
		return (*nativeParser).enumOf
	}
	return nil
}

func (p *nativeParser) close() bool { return p.accept(')') || p.accept('>') }

func (p *nativeParser) wrapped(depth int) (Type, bool) {
	t, ok := p.parse(depth + 1)
	return t, ok && p.close()
}

func (p *nativeParser) listOf(depth int) (Type, bool) {
	t, ok := p.wrapped(depth)
	if t.Kind == Unknown {
		return bareList, ok
	}
	return ListOf(t), ok
}

// aggregate reads ClickHouse's SimpleAggregateFunction(sum, UInt64).
func (p *nativeParser) aggregate(depth int) (Type, bool) {
	if p.word() == "" || !p.accept(',') {
		return UnknownType, false
	}
	return p.wrapped(depth)
}

// vector reads Snowflake's VECTOR(FLOAT, 256); PostgreSQL's vector(3) is text.
func (p *nativeParser) vector(depth int) (Type, bool) {
	t, ok := p.parse(depth + 1)
	if ok && p.accept(',') {
		_, ok = p.balanced()
		return ListOf(t), ok
	}
	return StringType, p.close()
}

// structOf reads members: a INTEGER, a: int, "a b" varchar. Members without
// names, or of one name, make it json.
func (p *nativeParser) structOf(depth int) (Type, bool) {
	out, plain := Type{Kind: Struct}, true
	if p.space(); strings.HasPrefix(p.rest, "'") { // ClickHouse: Object('json')
		_, ok := p.balanced()
		return JSONType, ok
	}
	for {
		name, named := p.memberName()
		t, ok := p.parse(depth + 1)
		if !ok {
			return UnknownType, false
		}
		if _, twice := out.Member(name); !named || twice {
			plain = false
		}
		out.Fields = append(out.Fields, Field{Name: name, Type: t})
		if p.accept(',') {
			continue
		}
		if !plain {
			return JSONType, p.close()
		}
		return out, p.close()
	}
}

// nested reads ClickHouse's Nested(a Int32), a list of structs.
func (p *nativeParser) nested(depth int) (Type, bool) {
	t, ok := p.structOf(depth)
	return ListOf(t), ok
}

// memberName takes the name of a member, if it has one: what stands before
// could be the type itself, as in row(double precision, varchar(3)).
func (p *nativeParser) memberName() (string, bool) {
	if name, ok := p.quoted("\"`"); ok {
		p.accept(':')
		return name, true
	}
	before := p.rest
	name := p.word()
	if name != "" && p.accept(':') {
		return name, true
	}
	behind := p.rest
	next := p.word()
	if name == "" || next == "" || p.table.begins(strings.ToLower(name+" "+next)) || strings.EqualFold(next, "not") {
		p.rest = before
		return "", false
	}
	p.rest = behind
	return name, true
}

// enumOf reads 'a', 'b' and 'a' = 1, 'b' = 2.
func (p *nativeParser) enumOf(int) (Type, bool) {
	var values []string
	for {
		v, ok := p.quoted("'")
		if !ok {
			return UnknownType, false
		}
		values = append(values, v)
		if p.accept('=') {
			p.accept('-')
			p.word()
		}
		if !p.accept(',') {
			return EnumOf(values...), p.close()
		}
	}
}
