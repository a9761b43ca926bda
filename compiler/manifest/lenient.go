package manifest

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The types below decode what dbt and its dialects write into one shape and
// skip what does not fit, so that one odd field never costs the whole node.
// Only syntax errors of the file come out of them.

// text takes a string, a number or a boolean as text; anything else is "".
// Versions, for one, are written as 1, 1.0 and "1".
type text string

func (t *text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '"', '0', 't', 'f':
		tok, err := dec.ReadToken()
		if err != nil {
			return err
		}
		*t = text(tok.String())
		return nil
	}
	return dec.SkipValue()
}

// flag takes a boolean, or "true"; anything else leaves it unset.
type flag struct{ value, set bool }

func (f *flag) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var t text
	if err := t.UnmarshalJSONFrom(dec); err != nil {
		return err
	}
	if t == "true" || t == "false" {
		*f = flag{value: t == "true", set: true}
	}
	return nil
}

// list takes a list, or a single value as a list of one; null and objects
// where scalars are wanted give an empty list.
type list[T any] []T

func (l *list[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '[':
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		for dec.PeekKind() != ']' {
			var v T
			if err := json.UnmarshalDecode(dec, &v); err != nil {
				return err
			}
			*l = append(*l, v)
		}
		_, err := dec.ReadToken()
		return err
	case 'n':
		return dec.SkipValue()
	}
	var v T
	if err := json.UnmarshalDecode(dec, &v); err != nil {
		return err
	}
	*l = list[T]{v}
	return nil
}

func texts(l list[text]) []string {
	var out []string
	for _, t := range l {
		if t != "" {
			out = append(out, string(t))
		}
	}
	return out
}

// object takes an object into T; anything else leaves T zero.
type object[T any] struct{ v T }

func (o *object[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	return json.UnmarshalDecode(dec, &o.v)
}

// entry is one member of an object.
type entry[T any] struct {
	key   string
	value T
}

// dict takes an object into its members in the order of the file; anything
// else leaves it empty.
type dict[T any] []entry[T]

func (d *dict[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	return eachMember(dec, func(key string) error {
		e := entry[T]{key: key}
		if err := json.UnmarshalDecode(dec, &e.value); err != nil {
			return err
		}
		*d = append(*d, e)
		return nil
	})
}

// eachMember reads the object that comes next and calls fn after each member's
// name; fn must consume the value.
func eachMember(dec *jsontext.Decoder, fn func(key string) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		tok, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := fn(tok.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// metaMap takes an object of anything.
type metaMap map[string]any

func (m *metaMap) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	var v map[string]any
	if err := json.UnmarshalDecode(dec, &v); err != nil {
		return err
	}
	if len(v) > 0 {
		*m = v
	}
	return nil
}

// value is an argument of a test: a scalar as text, null, or neither.
type value struct {
	text         text
	scalar, null bool
}

func (v *value) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '"', '0', 't', 'f':
		v.scalar = true
	case 'n':
		v.null = true
	}
	return v.text.UnmarshalJSONFrom(dec)
}
