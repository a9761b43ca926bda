package profile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rendered is the outcome of a template.
type rendered struct {
	kind   Kind
	text   string
	secret bool // a variable that is secret by its name took part
}

// The ways a template fails. The texts never hold a value.
type (
	unsetError       struct{ name string }
	unsupportedError struct{ what string }
	convertError     struct{ to, name string } // name: the variable, "" when none
)

func (e *unsetError) Error() string       { return "environment variable " + e.name + " is not set" }
func (e *unsupportedError) Error() string { return "unsupported: " + e.what }
func (e *convertError) Error() string     { return "not a " + e.to }

// render evaluates the supported part of Jinja in s.
func render(s string, env Env) (rendered, error) {
	if !strings.Contains(s, "{{") && !strings.Contains(s, "{%") && !strings.Contains(s, "{#") {
		return rendered{kind: Text, text: s}, nil
	}
	var parts []rendered
	for s != "" {
		i := strings.IndexByte(s, '{')
		for i >= 0 && (i+1 == len(s) || !strings.ContainsRune("{%#", rune(s[i+1]))) {
			j := strings.IndexByte(s[i+1:], '{')
			if j < 0 {
				i = -1
				break
			}
			i += 1 + j
		}
		if i < 0 {
			parts = append(parts, rendered{kind: Text, text: s})
			break
		}
		if i > 0 {
			parts = append(parts, rendered{kind: Text, text: s[:i]})
		}
		open, rest := s[i+1], s[i+2:]
		if open == '%' {
			return rendered{}, &unsupportedError{"a {% ... %} block"}
		}
		if open == '#' {
			end := strings.Index(rest, "#}")
			if end < 0 {
				return rendered{}, &unsupportedError{"a comment without its end"}
			}
			s = rest[end+2:]
			continue
		}
		p := &evaluator{src: strings.TrimPrefix(rest, "-"), env: env}
		v, err := p.expression(0)
		if err != nil {
			return rendered{}, err
		}
		p.space()
		p.src = strings.TrimPrefix(p.src, "-")
		if !strings.HasPrefix(p.src, "}}") {
			return rendered{}, &unsupportedError{p.next()}
		}
		parts, s = append(parts, v), p.src[2:]
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	out := rendered{kind: Text}
	for _, p := range parts {
		out.text += p.text
		out.secret = out.secret || p.secret
	}
	return out, nil
}

// evaluator evaluates one expression while reading it.
type evaluator struct {
	src string
	env Env
}

// maxDepth bounds nested parentheses.
const maxDepth = 32

func (p *evaluator) space() { p.src = strings.TrimLeftFunc(p.src, unicode.IsSpace) }

// next names the next character or word for a message. It is template text,
// never a value.
func (p *evaluator) next() string {
	if p.src == "" {
		return "an expression without its end"
	}
	if w := word(p.src); w != "" {
		return "`" + w + "`"
	}
	_, n := utf8.DecodeRuneInString(p.src)
	return fmt.Sprintf("the character %q", p.src[:n])
}

func (p *evaluator) take(s string) bool {
	p.space()
	if !strings.HasPrefix(p.src, s) {
		return false
	}
	p.src = p.src[len(s):]
	return true
}

func word(s string) string {
	i := 0
	for i < len(s) && (s[i] == '_' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || i > 0 && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	return s[:i]
}

// expression = operand { ("~" | "+") operand }
func (p *evaluator) expression(depth int) (rendered, error) {
	if depth > maxDepth {
		return rendered{}, &unsupportedError{"that many parentheses"}
	}
	v, err := p.operand(depth)
	for err == nil && (p.take("~") || p.take("+")) {
		var w rendered
		if w, err = p.operand(depth); err == nil {
			v = rendered{kind: Text, text: v.text + w.text, secret: v.secret || w.secret}
		}
	}
	return v, err
}

// operand = primary { "|" filter }
func (p *evaluator) operand(depth int) (rendered, error) {
	v, variable, err := p.primary(depth)
	for err == nil && p.take("|") {
		p.space()
		name := word(p.src)
		if name == "" {
			return rendered{}, &unsupportedError{p.next()}
		}
		p.src = p.src[len(name):]
		if strings.HasPrefix(p.src, "(") {
			return rendered{}, &unsupportedError{"the filter " + name + " with arguments"}
		}
		v, err = filter(name, v, variable)
	}
	return v, err
}

// primary = text | number | word | env_var(...) | "(" expression ")"
func (p *evaluator) primary(depth int) (v rendered, variable string, err error) {
	p.space()
	switch {
	case p.take("("):
		if v, err = p.expression(depth + 1); err == nil && !p.take(")") {
			err = &unsupportedError{p.next()}
		}
		return v, "", err
	case strings.HasPrefix(p.src, "'"), strings.HasPrefix(p.src, `"`):
		v, err = p.quoted()
		return v, "", err
	}
	if n := number(p.src); n != "" {
		p.src = p.src[len(n):]
		v, _ = filter("as_number", rendered{kind: Text, text: n}, "")
		return v, "", nil
	}
	name := word(p.src)
	switch name {
	case "true", "True", "false", "False":
		p.src = p.src[len(name):]
		return rendered{kind: Bool, text: strings.ToLower(name)}, "", nil
	case "none", "None":
		p.src = p.src[len(name):]
		return rendered{kind: Null}, "", nil
	case "env_var":
		p.src = p.src[len(name):]
		return p.envVar(depth)
	}
	return rendered{}, "", &unsupportedError{p.next()}
}

func (p *evaluator) envVar(depth int) (v rendered, variable string, err error) {
	if !p.take("(") {
		return v, "", &unsupportedError{"env_var without arguments"}
	}
	p.space()
	if !strings.HasPrefix(p.src, "'") && !strings.HasPrefix(p.src, `"`) {
		return v, "", &unsupportedError{"an env_var whose name is not quoted text"}
	}
	name, err := p.quoted()
	if err != nil {
		return v, "", err
	}
	fallback := rendered{kind: Null}
	if !p.take(")") {
		if !p.take(",") {
			return v, "", &unsupportedError{p.next()}
		}
		if fallback, err = p.fallback(depth); err != nil {
			return v, "", err
		}
	}
	if s, ok := p.env(name.text); ok {
		return rendered{kind: Text, text: s, secret: secretVariable(name.text)}, name.text, nil
	}
	if fallback.kind == Null {
		return v, "", &unsetError{name.text}
	}
	return fallback, name.text, nil
}

// fallback reads the second argument of env_var and the closing parenthesis.
func (p *evaluator) fallback(depth int) (rendered, error) {
	if p.take(")") {
		return rendered{kind: Null}, nil
	}
	p.space()
	if word(p.src) == "default" {
		p.src = p.src[len("default"):]
		if !p.take("=") {
			return rendered{}, &unsupportedError{p.next()}
		}
	}
	v, err := p.expression(depth + 1)
	if err != nil {
		return rendered{}, err
	}
	p.take(",")
	if !p.take(")") {
		return rendered{}, &unsupportedError{p.next()}
	}
	return v, nil
}

// quoted reads text in single or double quotes, with backslash escapes.
func (p *evaluator) quoted() (rendered, error) {
	q := p.src[0]
	var b strings.Builder
	for i := 1; i < len(p.src); i++ {
		switch c := p.src[i]; c {
		case q:
			p.src = p.src[i+1:]
			return rendered{kind: Text, text: b.String()}, nil
		case '\\':
			if i++; i < len(p.src) {
				b.WriteByte(unescape(p.src[i]))
			}
		default:
			b.WriteByte(c)
		}
	}
	return rendered{}, &unsupportedError{"quoted text without its end"}
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	}
	return c
}

func number(s string) string {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || i == 0 && s[i] == '-') {
		i++
	}
	if _, err := strconv.ParseFloat(s[:i], 64); err != nil {
		return ""
	}
	return s[:i]
}

// filter applies one of dbt's filters to a value; variable is where it came
// from.
func filter(name string, v rendered, variable string) (rendered, error) {
	trimmed := strings.TrimSpace(v.text)
	switch name {
	case "as_text":
		if v.kind == Null {
			return rendered{kind: Text}, nil
		}
		v.kind = Text
		return v, nil
	case "as_number":
		if _, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return rendered{Int, trimmed, v.secret}, nil
		}
		if _, err := strconv.ParseFloat(trimmed, 64); err == nil {
			return rendered{Float, trimmed, v.secret}, nil
		}
		return v, &convertError{"number", variable}
	case "as_bool":
		if b, ok := parseBool(trimmed); ok {
			return rendered{Bool, strconv.FormatBool(b), v.secret}, nil
		}
		return v, &convertError{"boolean", variable}
	case "as_native":
		return native(v), nil
	case "trim":
		v.text = trimmed
		return v, nil
	}
	return v, &unsupportedError{"the filter " + name}
}

// native reads text as the Python literal it looks like.
func native(v rendered) rendered {
	s := strings.TrimSpace(v.text)
	switch s {
	case "True", "true":
		return rendered{Bool, "true", v.secret}
	case "False", "false":
		return rendered{Bool, "false", v.secret}
	case "None":
		return rendered{kind: Null, secret: v.secret}
	}
	if n, err := filter("as_number", v, ""); err == nil {
		return n
	}
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') {
		p := &evaluator{src: s}
		if q, err := p.quoted(); err == nil && p.src == "" {
			return rendered{Text, q.text, v.secret}
		}
	}
	return v
}
