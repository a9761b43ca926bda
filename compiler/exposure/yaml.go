package exposure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Marker is the first line of every file of exposures. A file without it was
// not written by leat.
const Marker = "# Written by `leat exposures`, which overwrites it. Do not edit."

// YAML writes a properties file that dbt reads. The same exposures give the
// same bytes. dbtVersion decides where tags and meta stand: dbt 1.10 moved them
// below config, and an engine that is not known is taken for a new one.
//
// PyYAML reads YAML 1.1 and dbt renders Jinja in the values, so every string is
// quoted unless it can be nothing else, and braces of Jinja are taken apart.
func YAML(list []Exposure, dbtVersion string) []byte {
	w := &writer{}
	w.line(0, Marker)
	w.line(0, "version: 2")
	w.line(0, "")
	if len(list) == 0 {
		w.line(0, "exposures: []")
	} else {
		w.line(0, "exposures:")
	}
	for i, e := range list {
		if i > 0 {
			w.line(0, "")
		}
		w.exposure(e, configured(dbtVersion))
	}
	return []byte(w.String())
}

// configured reports whether tags and meta stand below config.
func configured(dbtVersion string) bool {
	parts := strings.SplitN(dbtVersion, ".", 3)
	if len(parts) < 2 {
		return true
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 != nil || err2 != nil || major > 1 || (major == 1 && minor >= 10)
}

type writer struct{ strings.Builder }

func (w *writer) line(indent int, format string, args ...any) {
	line := format
	if len(args) > 0 {
		line = fmt.Sprintf(format, args...)
	}
	if line != "" {
		w.WriteString(strings.Repeat("  ", indent) + line)
	}
	w.WriteByte('\n')
}

// entry writes name: value, leaving an empty value out.
func (w *writer) entry(indent int, name, value string) {
	if value != "" {
		w.line(indent, "%s: %s", name, text(value))
	}
}

// list writes name: and texts in place.
func (w *writer) list(indent int, name string, items []string) {
	parts := make([]string, len(items))
	for i, s := range items {
		parts[i] = text(s)
	}
	w.line(indent, "%s: [%s]", name, strings.Join(parts, ", "))
}

func (w *writer) exposure(e Exposure, inConfig bool) {
	w.line(1, "- name: %s", text(e.Name))
	w.entry(2, "label", e.Label)
	w.entry(2, "type", e.Type)
	w.entry(2, "maturity", e.Maturity)
	w.entry(2, "url", e.URL)
	w.entry(2, "description", e.Description)
	w.line(2, "owner:")
	w.entry(3, "name", e.Owner.Name)
	w.entry(3, "email", e.Owner.Email)
	w.line(2, "depends_on:")
	for _, c := range e.DependsOn {
		w.line(3, "- %s", call(c))
	}
	at := 2
	if inConfig {
		w.line(2, "config:")
		at = 3
	}
	w.list(at, "tags", e.Tags)
	w.line(at, "meta:")
	w.line(at+1, "leat:")
	m := e.Meta
	w.entry(at+2, "activation", m.Activation)
	w.entry(at+2, "destination", m.Destination)
	w.entry(at+2, "object", m.Object)
	w.entry(at+2, "mode", m.Mode)
	w.list(at+2, "labels", m.Labels)
	w.line(at+2, "fields:")
	for _, f := range m.Fields {
		w.line(at+3, "- name: %s", text(f.Name))
		if f.Key {
			w.line(at+4, "key: true")
		}
		w.list(at+4, "columns", f.Columns)
		if len(f.Labels) > 0 {
			w.list(at+4, "labels", f.Labels)
		}
	}
}

var (
	plainText = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	plainCall = regexp.MustCompile(`^(ref|source)\('[\w.-]+'(, '[\w.-]+')?(, v=(\d+|'[\w.-]+'))?\)$`)
)

// reserved words mean something else than text in YAML 1.1.
var reserved = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// text writes a string as a scalar that is text in YAML 1.1 and 1.2, and that
// Jinja leaves as it is.
func text(s string) string {
	if plainText.MatchString(s) && !slices.Contains(reserved, s) {
		return s
	}
	return quoted(jinja.Replace(s))
}

// jinja writes what opens a block of Jinja as an expression that yields it.
var jinja = strings.NewReplacer("{{", "{{ '{{' }}", "{%", "{{ '{%' }}", "{#", "{{ '{#' }}")

// call writes an item of depends_on, which dbt evaluates.
func call(s string) string {
	if plainCall.MatchString(s) {
		return s
	}
	return quoted(s)
}

// quoted writes a double-quoted scalar. What cannot be printed is escaped.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
