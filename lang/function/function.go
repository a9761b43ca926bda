package function

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// Nulls says what null arguments do.
type Nulls string

// The null rules.
const (
	Strict  Nulls = "null when an argument is null"
	Skips   Nulls = "nulls are passed over"
	Special Nulls = "see the description"
)

// Labels says how labels pass through.
type Labels string

// The label rules. Union keeps the labels of every argument. Hashed turns
// each label into label:hashed, because a hash of personal data is still
// personal data, of a kind a destination may accept on its own.
const (
	Union  Labels = "kept"
	Hashed Labels = "label becomes label:hashed"
)

// Func is one entry of the table.
type Func struct {
	Name     string
	Group    string // heading in the reference
	Summary  string
	Params   []Param // the last one repeats when Variadic
	Optional int     // how many of the last parameters may be left out
	Variadic bool    // the last parameter may stand any number of times, at least once
	Nulls    Nulls
	Labels   Labels
	// Unify casts all arguments to their common type, or, with UnifyGroup,
	// those of each group.
	Unify bool
	// UnifyGroup returns the group of argument i of n; nil puts all into one.
	UnifyGroup func(i, n int) int
	// Clock functions depend on the plan's as_of.
	Clock bool
	// Fails is the reason a row is invalid when all arguments are values and
	// the result is null; "" when the result may be null on its own.
	Fails string
	// Sure reports calls whose types leave nothing to fail; nil is none.
	Sure func(c Call) bool
	// MayBeNull says that the result may be null though no argument is.
	MayBeNull bool
	// NeverNull says that the result is a value even when arguments are null.
	NeverNull bool
	// Approximate says that the last digits may differ from one machine to the
	// next, because the engine's C library computes it.
	Approximate bool
	// Result gives the result type of a call whose arguments have been
	// accepted, or a problem to show at the argument's place.
	Result func(c Call) (types.Type, *Problem)
	// Eval is the reference implementation. With Strict it never sees null.
	// ok is false when the call fails; the value is then null.
	Eval func(c Call, args []value.Value) (v value.Value, ok bool)
	// DuckDB is the template of the SQL: $1, $2 are the arguments, $* all of
	// them with commas. Constants of Const parameters are arguments too. A
	// Secret argument is a STRUCT(inner BLOB, outer BLOB): the blocks that HMAC
	// with SHA-256 begins its two hashes with.
	DuckDB func(c Call) string
	// Postgres is the same for PostgreSQL, version 14 or later with the encoding
	// UTF8. It is nil, or yields "", where PostgreSQL cannot compute exactly the
	// same; then nothing of the kind is sent to it. No argument may make it
	// raise an error: where the call fails the result is null.
	Postgres func(c Call) string
	// Examples run on the reference, on DuckDB and on PostgreSQL.
	Examples []Example
}

// Param is one parameter.
type Param struct {
	Name   string
	Accept []types.Kind // the first is what an unknown type is taken as; empty accepts anything
	Const  bool         // must be a constant of the configuration
	Secret bool         // must be env("NAME"): a key, which stands in no text
	// AsFloat casts every number to float.
	AsFloat bool
	// Check returns what is wrong with a constant, or "".
	Check func(value.Value) string
}

// Call is a function with what is known of its arguments at compile time.
type Call struct {
	Types  []types.Type
	Consts []*value.Value // nil for an argument that is not a constant
	Result types.Type     // set before Eval and DuckDB are called
}

// Const returns the constant argument i as an integer, or otherwise when the
// argument was left out.
func (c Call) constInt(i int, otherwise int64) int {
	if i < len(c.Consts) && c.Consts[i] != nil {
		return int(c.Consts[i].Int64())
	}
	return int(otherwise)
}

func (c Call) constText(i int) string {
	if i < len(c.Consts) && c.Consts[i] != nil {
		return c.Consts[i].Str()
	}
	return ""
}

// Problem is a call that its types do not allow.
type Problem struct {
	Arg     int // -1: the call as a whole
	Message string
}

// Example is an expression made of constants and its value, written as
// value.Literal writes it.
type Example struct{ Expr, Want string }

var table = index(textFunctions(), searchFunctions(), wordFunctions(), tidyFunctions(), regexFunctions(), contactFunctions(), urlFunctions(), hashFunctions(), numberFunctions(), mathFunctions(),
	conversionFunctions(), dateFunctions(), clockFunctions(), parseFunctions(), jsonFunctions(), listFunctions(), choiceFunctions(), testFunctions(), presentFunctions())

func index(groups ...[]Func) map[string]*Func {
	m := make(map[string]*Func)
	for _, g := range groups {
		for i := range g {
			f := &g[i]
			if m[f.Name] != nil {
				panic("internal error: function " + f.Name + " is listed twice")
			}
			m[f.Name] = f
		}
	}
	return m
}

// Lookup returns the function of that exact name.
func Lookup(name string) (*Func, bool) {
	f, ok := table[name]
	return f, ok
}

// All returns every function, ordered by name.
func All() []*Func {
	var out []*Func
	for _, f := range table {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Func) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Names returns the names of all functions, ordered.
func Names() []string {
	var out []string
	for _, f := range All() {
		out = append(out, f.Name)
	}
	return out
}

// Param returns the parameter that argument i fills; ok is false when there is
// none.
func (f *Func) Param(i int) (p Param, ok bool) {
	if f.Variadic && i >= len(f.Params) {
		i = len(f.Params) - 1
	}
	if i >= len(f.Params) {
		return Param{}, false
	}
	return f.Params[i], true
}

// Keyed reports whether the function takes a secret key.
func (f *Func) Keyed() bool {
	return slices.ContainsFunc(f.Params, func(p Param) bool { return p.Secret })
}

// Signature renders the call for people: substr(text, start, length?).
func (f *Func) Signature() string {
	s := f.Name + "("
	for i, p := range f.Params {
		if i > 0 {
			s += ", "
		}
		s += p.Name
		if i >= len(f.Params)-f.Optional {
			s += "?"
		}
	}
	if f.Variadic {
		s += ", ..."
	}
	return s + ")"
}

// MapLabels applies the function's label rule to the union of its arguments'
// labels.
func (f *Func) MapLabels(labels []string) []string {
	if f.Labels != Hashed {
		return labels
	}
	out := make([]string, 0, len(labels))
	for _, l := range labels {
		if len(l) < len(hashedSuffix) || l[len(l)-len(hashedSuffix):] != hashedSuffix {
			l += hashedSuffix
		}
		out = append(out, l)
	}
	return types.UnionLabels(out)
}

const hashedSuffix = ":hashed"

// quote writes text as SQL, for a template: no $ remains that could be taken for
// a placeholder.
func quote(text string) string {
	q := "'" + strings.ReplaceAll(strings.ReplaceAll(text, "'", "''"), "$", "' || chr(36) || '") + "'"
	if strings.Contains(q, "||") {
		q = "(" + q + ")"
	}
	return q
}

// nth is the placeholder of argument i, counted from 0.
func nth(i int) string { return "$" + strconv.Itoa(i+1) }

func sql(template string) func(Call) string { return func(Call) string { return template } }

func returns(t types.Type) func(Call) (types.Type, *Problem) {
	return func(Call) (types.Type, *Problem) { return t, nil }
}

func intBetween(low, high int64) func(value.Value) string {
	return func(v value.Value) string {
		if v.Kind() != types.Int || v.Int64() < low || v.Int64() > high {
			return fmt.Sprintf("a whole number from %d to %d", low, high)
		}
		return ""
	}
}

func oneOf(names ...string) func(value.Value) string {
	return func(v value.Value) string {
		if !slices.Contains(names, v.Str()) {
			return `one of "` + strings.Join(names, `", "`) + `"`
		}
		return ""
	}
}

func notEmpty(v value.Value) string {
	if v.Str() == "" {
		return "text that is not empty"
	}
	return ""
}

func text(name string) Param { return Param{Name: name, Accept: []types.Kind{types.String}} }

func constText(name string, check func(value.Value) string) Param {
	return Param{Name: name, Accept: []types.Kind{types.String}, Const: true, Check: check}
}

func constInt(name string, low, high int64) Param {
	return Param{Name: name, Accept: []types.Kind{types.Int}, Const: true, Check: intBetween(low, high)}
}
