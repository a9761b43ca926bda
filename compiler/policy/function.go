package policy

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// A Function is one that policies may call. Those that expressions over rows
// have too mean the same there.
type Function struct{ Name, Signature, Doc string }

// Functions lists the functions, by name.
var Functions = []Function{
	{"contains", "contains(list, value) or contains(text, part)", "Whether a list has a value, or a text has a part."},
	{"ends_with", "ends_with(text, end)", "Whether a text ends so."},
	{"intersects", "intersects(a, b)", "Whether two lists have a value in common."},
	{"length", "length(list) or length(text)", "How many values a list has, or characters a text."},
	{"lower", "lower(text)", "The text in lower case."},
	{"matches", "matches(text, pattern)", "Whether an RE2 regular expression matches somewhere in a text."},
	{"starts_with", "starts_with(text, start)", "Whether a text begins so."},
	{"subset", "subset(a, b)", "Whether every value of list a is in list b."},
}

var functions = map[string]function.Function{
	"contains": overAny(2, cty.Bool, func(a []cty.Value) (cty.Value, error) {
		if a[0].Type() == cty.String && a[1].Type() == cty.String {
			return cty.BoolVal(strings.Contains(a[0].AsString(), a[1].AsString())), nil
		}
		list, err := items(a[0])
		return cty.BoolVal(has(list, a[1])), err
	}),
	"length": overAny(1, cty.Number, func(a []cty.Value) (cty.Value, error) {
		if a[0].Type() == cty.String {
			return cty.NumberIntVal(int64(utf8.RuneCountInString(a[0].AsString()))), nil
		}
		list, err := items(a[0])
		return cty.NumberIntVal(int64(len(list))), err
	}),
	"intersects": overAny(2, cty.Bool, func(a []cty.Value) (cty.Value, error) { return compare(a, false) }),
	"subset":     overAny(2, cty.Bool, func(a []cty.Value) (cty.Value, error) { return compare(a, true) }),
	"ends_with":  overText(2, cty.Bool, func(a []string) (cty.Value, error) { return cty.BoolVal(strings.HasSuffix(a[0], a[1])), nil }),
	"starts_with": overText(2, cty.Bool, func(a []string) (cty.Value, error) {
		return cty.BoolVal(strings.HasPrefix(a[0], a[1])), nil
	}),
	"lower": overText(1, cty.String, func(a []string) (cty.Value, error) { return cty.StringVal(strings.ToLower(a[0])), nil }),
	"matches": overText(2, cty.Bool, func(a []string) (cty.Value, error) {
		re, err := regexp.Compile(a[1])
		if err != nil {
			return cty.NilVal, errors.New("the pattern is no regular expression")
		}
		return cty.BoolVal(re.MatchString(a[0])), nil
	}),
}

func overAny(n int, result cty.Type, f func([]cty.Value) (cty.Value, error)) function.Function {
	return define(n, cty.DynamicPseudoType, result, f)
}

func overText(n int, result cty.Type, f func([]string) (cty.Value, error)) function.Function {
	return define(n, cty.String, result, func(a []cty.Value) (cty.Value, error) {
		texts := make([]string, len(a))
		for i, v := range a {
			texts[i] = v.AsString()
		}
		return f(texts)
	})
}

func define(n int, param, result cty.Type, f func([]cty.Value) (cty.Value, error)) function.Function {
	spec := &function.Spec{Type: function.StaticReturnType(result),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(args) }}
	for range n {
		spec.Params = append(spec.Params, function.Parameter{Name: "value", Type: param})
	}
	return function.New(spec)
}

// items returns the values of a list, a tuple or a set.
func items(v cty.Value) ([]cty.Value, error) {
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		return nil, errors.New("a list is wanted")
	}
	return v.AsValueSlice(), nil
}

func has(list []cty.Value, v cty.Value) bool {
	for _, item := range list {
		if item.Type().Equals(v.Type()) && item.RawEquals(v) {
			return true
		}
	}
	return false
}

// compare tells whether all, or any, of the first list are in the second.
func compare(a []cty.Value, all bool) (cty.Value, error) {
	x, err := items(a[0])
	if err != nil {
		return cty.NilVal, err
	}
	y, err := items(a[1])
	if err != nil {
		return cty.NilVal, err
	}
	for _, v := range x {
		if has(y, v) != all {
			return cty.BoolVal(!all), nil
		}
	}
	return cty.BoolVal(all), nil
}
