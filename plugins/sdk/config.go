package sdk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Config is an evaluated config block. Reading an attribute that is not set
// gives its declared default, else the zero value.
type Config struct {
	Region  string           // of the destination block; may be empty
	Objects []DeclaredObject // of a plugin with Schema.Declared, ordered by name; those in use
	values  map[string]any
}

// NewConfig makes a configuration from attribute values (string, bool, int,
// int64, float64), for tests. The server makes its own from the host's call.
func NewConfig(values map[string]any) *Config { return &Config{values: values} }

// Has reports whether the attribute is set, by the user or by default.
func (c *Config) Has(name string) bool { return c.values[name] != nil }

// Format implements fmt.Formatter: a configuration prints no value.
func (*Config) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(config)")) }

// Text returns a text attribute.
func (c *Config) Text(name string) string {
	s, _ := c.values[name].(string)
	return s
}

// Bool returns a bool attribute.
func (c *Config) Bool(name string) bool {
	b, _ := c.values[name].(bool)
	return b
}

// Int returns a whole-number attribute.
func (c *Config) Int(name string) int64 {
	switch v := c.values[name].(type) {
	case int64:
		return v
	case int:
		return int64(v)
	}
	return 0
}

// Float returns a number attribute.
func (c *Config) Float(name string) float64 {
	if f, ok := c.values[name].(float64); ok {
		return f
	}
	return float64(c.Int(name))
}

// Secret returns a text attribute in a wrapping that does not print.
func (c *Config) Secret(name string) Secret { return Secret{c.Text(name)} }

// Secret is a text that prints as "(secret)" by every formatting verb and in
// JSON.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text. Put it into a request, nowhere else.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether the text is empty.
func (s Secret) IsZero() bool { return s.text == "" }

// Format implements fmt.Formatter for all verbs.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(secret)")) }

// MarshalText keeps the text out of encodings.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// decodeConfig checks values against the declared fields.
func decodeConfig(fields []ConfigField, in *protocol.Config) (*Config, []Problem) {
	cfg := &Config{Region: in.GetRegion(), Objects: declaredOf(in.GetObjects()), values: make(map[string]any)}
	var problems []Problem
	for _, f := range fields {
		raw, set := in.GetValues()[f.Name]
		if set && raw == "null" {
			set = false
		}
		if !set && f.Default != "" {
			raw, set = defaultJSON(f), true
		}
		if !set {
			if f.Required {
				problems = append(problems, Problem{f.Name, fmt.Sprintf("%s is not set", f.Name),
					fmt.Sprintf("Set %s in the config block of the destination.", f.Name)})
			}
			continue
		}
		v, ok := decodeValue(f.Type, raw)
		if !ok {
			problems = append(problems, Problem{f.Name, fmt.Sprintf("%s is not of type %s", f.Name, f.Type),
				fmt.Sprintf("Set %s to a value of type %s.", f.Name, f.Type)})
			continue
		}
		cfg.values[f.Name] = v
	}
	for _, name := range sortedKeys(in.GetValues()) {
		if !slices.ContainsFunc(fields, func(f ConfigField) bool { return f.Name == name }) {
			problems = append(problems, Problem{name, fmt.Sprintf("the destination has no attribute %s", name),
				fmt.Sprintf("Remove %s from the config block.", name)})
		}
	}
	return cfg, problems
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// defaultJSON turns a default as written in HCL into JSON: texts may stand
// there with or without quotes.
func defaultJSON(f ConfigField) string {
	if textKind(f.Type) && !strings.HasPrefix(f.Default, `"`) {
		return strconv.Quote(f.Default)
	}
	return f.Default
}

func textKind(t string) bool {
	k := protocol.TypeKind(t)
	return k == "string" || k == "enum"
}

func decodeValue(typ, raw string) (any, bool) {
	switch protocol.TypeKind(typ) {
	case "bool":
		return decodeAs[bool](raw)
	case "int":
		return decodeAs[int64](raw)
	case "float", "decimal":
		return decodeAs[float64](raw)
	case "enum":
		s, ok := decodeAs[string](raw)
		if text, isText := s.(string); ok && isText && strings.Contains(typ, strconv.Quote(text)) {
			return s, true
		}
		return nil, false
	default:
		return decodeAs[string](raw)
	}
}

func decodeAs[T any](raw string) (any, bool) {
	var v T
	if json.Unmarshal([]byte(raw), &v) != nil {
		return nil, false
	}
	return v, true
}
