package types

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads a type as [Type.String] writes it and as users write it in a
// declared object: int, decimal(10,2), string(254), enum("a", "b"), list(int),
// struct("a" int). White space between tokens does not matter.
// The error says what is wrong, without naming a file.
func Parse(text string) (Type, error) {
	p := &typeParser{rest: text}
	t, err := p.parse(0)
	if err != nil {
		return Type{}, err
	}
	if p.space(); p.rest != "" {
		return Type{}, fmt.Errorf("unexpected %q after the type", p.rest)
	}
	return t, nil
}

// maxDepth bounds nested lists and structs, so that hostile text cannot
// exhaust the stack.
const maxDepth = 32

type typeParser struct{ rest string }

func (p *typeParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *typeParser) accept(c string) bool {
	p.space()
	if rest, ok := strings.CutPrefix(p.rest, c); ok {
		p.rest = rest
		return true
	}
	return false
}

func (p *typeParser) expect(c string) error {
	if !p.accept(c) {
		return fmt.Errorf("expected %q", c)
	}
	return nil
}

func (p *typeParser) word() string {
	p.space()
	i := 0
	for i < len(p.rest) && (p.rest[i] >= 'a' && p.rest[i] <= 'z') {
		i++
	}
	w := p.rest[:i]
	p.rest = p.rest[i:]
	return w
}

func (p *typeParser) number() (int, error) {
	p.space()
	i := 0
	for i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(p.rest[:i])
	if err != nil {
		return 0, fmt.Errorf("expected a whole number")
	}
	p.rest = p.rest[i:]
	return n, nil
}

func (p *typeParser) quoted() (string, error) {
	p.space()
	q, err := strconv.QuotedPrefix(p.rest)
	if err != nil || q[0] != '"' {
		return "", fmt.Errorf("expected a quoted string")
	}
	p.rest = p.rest[len(q):]
	return strconv.Unquote(q)
}

func (p *typeParser) parse(depth int) (Type, error) {
	if depth > maxDepth {
		return Type{}, fmt.Errorf("nested too deeply")
	}
	w := p.word()
	for i, name := range kindNames {
		if name == w {
			return p.parameters(Kind(i), depth)
		}
	}
	return Type{}, fmt.Errorf("there is no type %q", w)
}

func (p *typeParser) parameters(k Kind, depth int) (Type, error) {
	t := Type{Kind: k}
	if !p.accept("(") {
		if k == Enum {
			return t, fmt.Errorf(`an enum lists its values: enum("a", "b")`)
		}
		if k == Struct {
			return t, fmt.Errorf(`a struct lists its members: struct("a" int)`)
		}
		return t, nil
	}
	var err error
	switch k {
	case Decimal:
		t, err = p.decimal()
	case String:
		t.Max, err = p.number()
		if err == nil && t.Max == 0 {
			err = fmt.Errorf("the maximum length must be at least 1")
		}
	case Enum:
		t.Values, err = p.values()
	case List:
		var elem Type
		elem, err = p.parse(depth + 1)
		t.Elem = &elem
	case Struct:
		t.Fields, err = p.members(depth + 1)
	default:
		err = fmt.Errorf("%s takes no parameters", k)
	}
	if err != nil {
		return t, err
	}
	return t, p.expect(")")
}

func (p *typeParser) decimal() (Type, error) {
	precision, err := p.number()
	if err != nil {
		return Type{}, err
	}
	scale := 0
	if p.accept(",") {
		if scale, err = p.number(); err != nil {
			return Type{}, err
		}
	}
	if precision < 1 || precision > maxDigits || scale > precision {
		return Type{}, fmt.Errorf("decimal(p,s) needs 1 <= p <= %d and s <= p", maxDigits)
	}
	return DecimalOf(precision, scale), nil
}

func (p *typeParser) values() ([]string, error) {
	var out []string
	for {
		v, err := p.quoted()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if !p.accept(",") {
			return out, nil
		}
	}
}

func (p *typeParser) members(depth int) ([]Field, error) {
	var out []Field
	for {
		name, err := p.quoted()
		if err != nil {
			return nil, err
		}
		t, err := p.parse(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, Field{Name: name, Type: t})
		if !p.accept(",") {
			return out, nil
		}
	}
}
