package http

import (
	"strings"
)

// template is a path of RFC 6570, of levels 1 and 2 without fragments, cut into
// its parts.
type template []templatePart

type templatePart struct {
	literal  string // when name is ""
	name     string
	reserved bool // {+name}: reserved characters stay as they are
}

// parseTemplate reads a path that the compiler has checked.
func parseTemplate(path string) template {
	var out template
	for path != "" {
		open := strings.IndexByte(path, '{')
		end := strings.IndexByte(path, '}')
		if open < 0 || end < open {
			return append(out, templatePart{literal: path})
		}
		if open > 0 {
			out = append(out, templatePart{literal: path[:open]})
		}
		name, reserved := strings.CutPrefix(path[open+1:end], "+")
		out = append(out, templatePart{name: name, reserved: reserved})
		path = path[end+1:]
	}
	return out
}

// names reports whether the template holds the field.
func (t template) names(field string) bool {
	for _, p := range t {
		if p.name == field {
			return true
		}
	}
	return false
}

// expand fills in values. ok is false when the path would not be about the
// record: a value is empty, or makes a step of dots.
func (t template) expand(value func(name string) string) (path string, ok bool) {
	var out []byte
	for _, p := range t {
		if p.name == "" {
			out = append(out, p.literal...)
			continue
		}
		v := value(p.name)
		if v == "" {
			return "", false
		}
		out = appendEscaped(out, v, p.reserved)
	}
	path = string(out)
	steps, _, _ := strings.Cut(path, "?")
	for step := range strings.SplitSeq(steps, "/") {
		if step == "." || step == ".." {
			return "", false
		}
	}
	return path, true
}

const (
	unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	// keptReserved leaves ? and # out of the reserved characters: a value must
	// not begin a query, nor a fragment, which is never sent.
	keptReserved = ":/[]@!$&'()*+,;="
)

func appendEscaped(dst []byte, s string, reserved bool) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range []byte(s) {
		if strings.IndexByte(unreserved, c) >= 0 || reserved && strings.IndexByte(keptReserved, c) >= 0 {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', digits[c>>4], digits[c&15])
	}
	return dst
}
