package profile

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Kind is the type of a setting's value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Text
	Int
	Float
	Bool
)

// Value is one rendered scalar of a target. A secret one gives its text only
// through [Value.Secret].
type Value struct {
	Kind   Kind
	Hidden bool       // secret by key or variable
	Range  diag.Range // where it is written
	text   string
}

// Text returns the value as text; false when it is null or secret.
func (v Value) Text() (string, bool) {
	if v.Kind == Null || v.Hidden {
		return "", false
	}
	return v.text, true
}

// Secret returns the value wrapped; an empty one when it is null.
func (v Value) Secret() Secret { return Secret{v.text} }

// Int returns the value as a whole number; text that is one counts.
func (v Value) Int() (int, bool) {
	if v.Hidden {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(v.text))
	return n, err == nil && v.Kind != Null
}

// Bool returns the value as a boolean; text that is one counts.
func (v Value) Bool() (value, ok bool) {
	if v.Hidden {
		return false, false
	}
	return parseBool(v.text)
}

// Format shows the value unless it is secret.
func (v Value) Format(f fmt.State, _ rune) {
	s := v.text
	if v.Hidden {
		s = masked
	}
	_, _ = io.WriteString(f, s)
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "1":
		return true, true
	case "false", "no", "off", "0":
		return false, true
	}
	return false, false
}
