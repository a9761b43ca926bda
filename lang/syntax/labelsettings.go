package syntax

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
)

// LabelSettings are the plain values of a label block. A list is nil when its
// attribute is absent.
type LabelSettings struct {
	Tags    []Value[string]
	Meta    []MetaValue // by name
	Columns []Value[string]
}

// MetaValue is an entry of dbt meta: a string, a number or a bool.
type MetaValue struct {
	Name  string
	Value cty.Value
}

// Settings evaluates the attributes of a label block. The diagnostics are
// sorted.
func (l *Label) Settings(consts *Constants) (LabelSettings, diag.Diagnostics) {
	e := &evaluator{consts: consts}
	s := LabelSettings{Tags: e.texts(l.Tags, false), Columns: e.texts(l.Columns, false)}
	v, ok := e.value(l.Meta)
	if !ok {
		return s, e.diags.Sorted()
	}
	const how = "Write an object of strings, numbers and bools: { contains_pii = true }."
	if t := v.Type(); !t.IsObjectType() && !t.IsMapType() {
		e.invalid(l.Meta.Expr.Range(), "meta", how)
		return s, e.diags.Sorted()
	}
	for it := v.ElementIterator(); it.Next(); {
		name, value := it.Element()
		if value.IsNull() || !value.Type().IsPrimitiveType() {
			e.invalid(l.Meta.Expr.Range(), "meta", how)
			break
		}
		s.Meta = append(s.Meta, MetaValue{Name: name.AsString(), Value: value})
	}
	return s, e.diags.Sorted()
}
