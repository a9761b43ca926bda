package expr

import (
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyfunction "github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// ConstantFunctions returns what may be called where constants are evaluated:
// the functions of the table, through their reference implementation, and
// can(x), toset(list) and those over objects, which make sense there alone.
// Some of the table take lists there too: length(list) is list_length(list),
// contains(list, x) is list_contains(list, x), concat(list, list) joins them. Clocks are left out, because what a constant is must
// not depend on when it is asked, and what the machine's C library computes;
// keyed functions, because the key belongs to a run.
// Errors of a call are explained by [ConstantProblem].
func ConstantFunctions() map[string]ctyfunction.Function { return constantFunctions }

var constantFunctions = func() map[string]ctyfunction.Function {
	out := map[string]ctyfunction.Function{"can": tryfunc.CanFunc, "toset": constantFunction(toSet)}
	maps.Copy(out, structural)
	for _, f := range function.All() {
		if IsConstantFunction(f.Name) {
			out[f.Name] = constantFunction(func(args []cty.Value) (cty.Value, error) { return constantCall(f, args) })
		}
	}
	return out
}()

// structural are the functions over objects and lists of lists, which only
// constants have.
var structural = map[string]ctyfunction.Function{"keys": stdlib.KeysFunc, "values": stdlib.ValuesFunc, "merge": stdlib.MergeFunc, "flatten": stdlib.FlattenFunc}

// structuralUse says how to call them.
var structuralUse = map[string]string{
	"keys": "Write keys(object): the names of its members, in order.", "values": "Write values(object): its members, in the order of their names.",
	"merge": "Write merge(object, ...): the members of all; of one name the last.", "flatten": "Write flatten(list): the elements of the lists in it.",
}

// IsConstantFunction reports whether constants may call a function.
func IsConstantFunction(name string) bool {
	f, ok := function.Lookup(name)
	return name == "can" || name == "toset" || structuralUse[name] != "" || ok && !f.Clock && !f.Approximate && !f.Keyed()
}

// CallProblem says what is wrong with the name of a call in a constant.
func CallProblem(e *hclsyntax.FunctionCallExpr) (diag.Diagnostic, bool) {
	if IsConstantFunction(e.Name) {
		return diag.Diagnostic{}, false
	}
	if how, ok := otherwise[e.Name]; ok {
		return diag.New(diag.UnknownFunction, e.NameRange, "%s", how).WithSummary("Unknown function %q", e.Name), true
	}
	f, ok := function.Lookup(e.Name)
	switch {
	case !ok:
		return unknownFunction(e), true
	case f.Keyed():
		return diag.New(diag.NotConstant, e.NameRange, "Keys belong to a run, and constants are computed without one. Use %s() in an expression over rows.", e.Name).
			WithSummary("%s() has no constant value", e.Name), true
	case f.Clock:
		return diag.New(diag.NotConstant, e.NameRange, "The time of a plan is not known before it is made. Use %s() in an expression over rows, or give a variable the time.", e.Name).
			WithSummary("%s() has no constant value", e.Name), true
	}
	return diag.New(diag.NotConstant, e.NameRange, "Its last digits may differ from one machine to the next. Use it in an expression over rows, or write the number.").
		WithSummary("%s() has no constant value", e.Name), true
}

// otherwise are functions people know from Terraform that constants need none
// for.
var otherwise = map[string]string{
	"tomap": "An object is a map where one is wanted. Write it out: { eu = \"EU\" }.", "tolist": "Write the list out: [\"a\", \"b\"].",
	"sort": "list_unique(list) is in order, each element once.", "compact": "Write [for x in list : x if x != \"\"].", "one": "Write list[0].", "zipmap": "Write { for i, k in names : k => list[i] }.",
	"sum": "Write the sum out: a + b.", "jsonencode": "Write the text out, or make it with a template.", "jsondecode": "Write the object out: { a = 1 }.", "slice": "Write [for i, x in list : x if i < 2].",
	"plantimestamp": "Use now() in an expression over rows.",
	"templatefile":  "Constants read no files. Write the text as a heredoc (<<EOT).", "abspath": "Paths are relative to the project root.", "dirname": "Write the folder out.", "basename": "Write the name out.",
	"distinct": "Use list_unique(list).", "format": "Use a template: \"${var.a}-${var.b}\".", "formatlist": "Write [for x in list : \"a-${x}\"].", "try": "Use can(x) ? x : other.",
	"regex": "Use regex_match(text, pattern), or regex_extract for the part that matches.", "anytrue": "Use contains([for x in list : condition], true).",
	"alltrue": "Use !contains([for x in list : condition], false).", "lookup": "Write object[key], with can(object[key]) to ask whether there is one.",
	"nonsensitive": "A sensitive value stays one. Use another variable.", "element": "Write list[0].", "file": "Constants read no files. Write the text as a heredoc (<<EOT).",
	"setunion": "Write toset([...]) of all the elements.", "coalescelist": "Use list_length(a) > 0 ? a : b.", "tonumber": "Use int(text), float(text) or decimal(text).", "tobool": "Use bool(text).",
}

// constantFunction wraps a function over constants. It sees known values
// without marks; what it makes of sensitive values is sensitive.
func constantFunction(f func([]cty.Value) (cty.Value, error)) ctyfunction.Function {
	return ctyfunction.New(&ctyfunction.Spec{
		VarParam: &ctyfunction.Parameter{Name: "arguments", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
		Type:     ctyfunction.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(args) },
	})
}

// callError is why a call has no value. It holds none of the values.
type callError struct {
	arg             int // which argument is wrong; -1: the call
	code            diag.Code
	summary, detail string
}

// Error returns the detail.
func (e *callError) Error() string { return e.detail }

// ConstantProblem explains an error that evaluating a constant came to, where
// it is one of a call.
func ConstantProblem(d *hcl.Diagnostic) (diag.Diagnostic, bool) {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok {
		return diag.Diagnostic{}, false
	}
	var e *callError
	call, isCall := d.Expression.(*hclsyntax.FunctionCallExpr)
	if use := structuralUse[extra.CalledFunctionName()]; use != "" && d.Subject != nil {
		return diag.New(diag.ArgumentType, *d.Subject, "%s", use).WithSummary("Arguments of %s do not fit", extra.CalledFunctionName()), true
	}
	if !isCall || !errors.As(extra.FunctionCallError(), &e) {
		return diag.Diagnostic{}, false
	}
	at := call.Range()
	if e.arg >= 0 && e.arg < len(call.Args) {
		at = call.Args[e.arg].Range()
	}
	return diag.New(e.code, at, "%s", e.detail).WithSummary("%s", e.summary), true
}

// constantCall types and computes a call as it would be in an expression over
// rows.
func constantCall(f *function.Func, args []cty.Value) (cty.Value, error) {
	if v, done := overStructure(f.Name, args); done {
		return v, nil
	}
	if len(args) > 0 && isList(args[0]) && (f.Name == "length" || f.Name == "contains") {
		f = builtin("list_" + f.Name)
		if f.Name == "list_contains" && len(args) == 2 && args[0].LengthInt() == 0 {
			return cty.False, nil
		}
	}
	if low, high := len(f.Params)-f.Optional, len(f.Params); len(args) < low || (len(args) > high && !f.Variadic) {
		return cty.NilVal, &callError{-1, diag.ArgumentCount, f.Name + " takes " + counted(low, high, f.Variadic), "Write " + f.Signature() + ". " + f.Summary}
	}
	c := &compiler{scope: &Scope{}, budget: maxTrials}
	nodes := make([]*Node, len(args))
	for i, a := range args {
		n, problem := c.constantArgument(a, i)
		if problem != nil {
			return cty.NilVal, problem
		}
		nodes[i] = n
	}
	n, d := c.apply(f, nodes, placeOf(-1))
	if d != nil {
		return cty.NilVal, &callError{d.Range.Start.Byte, d.Code, d.Summary, d.Detail}
	}
	v, valid := Eval(n, Env{})
	if !valid {
		return cty.NilVal, &callError{-1, diag.NotConstant, f.Name + " has no result for these arguments", "Write " + f.Signature() + ". " + f.Summary + " Use can(...) to ask whether there is one."}
	}
	return constantResult(f, v)
}

// overStructure are two functions of text that over lists and objects do what
// their names say.
func overStructure(name string, args []cty.Value) (cty.Value, bool) {
	switch {
	case name == "length" && len(args) == 1 && !args[0].IsNull() && (args[0].Type().IsObjectType() || args[0].Type().IsMapType()):
		return cty.NumberIntVal(int64(len(args[0].AsValueMap()))), true
	case name == "concat" && len(args) > 0 && !slices.ContainsFunc(args, func(v cty.Value) bool { return !isList(v) }):
		out := []cty.Value{}
		for _, list := range args {
			out = append(out, list.AsValueSlice()...)
		}
		return cty.TupleVal(out), true
	}
	return cty.NilVal, false
}

func isList(v cty.Value) bool {
	t := v.Type()
	return !v.IsNull() && (t.IsTupleType() || t.IsListType() || t.IsSetType())
}

// placeOf is the place of an argument, which the values do not know, by its
// number; -1 is the call.
func placeOf(arg int) diag.Range { return diag.Range{Start: hcl.Pos{Byte: arg}} }

// constantArgument is a value of the configuration as a literal.
func (c *compiler) constantArgument(v cty.Value, arg int) (*Node, error) {
	if !isList(v) {
		if !v.IsNull() && !v.Type().IsPrimitiveType() {
			return nil, &callError{arg, diag.ArgumentType, "Argument is an object", "Functions take single values and lists. Take a member of it, or make a list: [for k, v in object : v]."}
		}
		return c.constant(v, placeOf(arg), ""), nil
	}
	elem, elems := types.NullType, []value.Value{}
	for _, item := range v.AsValueSlice() {
		n, err := c.constantArgument(item, arg)
		if err != nil {
			return nil, err
		}
		own := n.Type()
		if own.Text() {
			own = types.StringType
		}
		t, ok := types.Common(elem, own)
		if !ok {
			return nil, &callError{arg, diag.ArgumentType, "Elements of a list have different types", "One is " + kindText(elem) + " and another is " + kindText(n.Type()) + ". A function takes a list of one type."}
		}
		elem = t
		elems = append(elems, n.Value)
	}
	if elem.Kind == types.Null && len(elems) == 0 {
		elem = types.StringType
	}
	for i, e := range elems {
		if e.IsNull() || e.Kind() == elem.Kind {
			continue
		}
		if converted, ok := convert(e, elem); ok {
			elems[i] = converted
		}
	}
	return literal(value.List(elems...), types.ListOf(elem), placeOf(arg)), nil
}

// constantResult is what a call came to as a value of the configuration.
func constantResult(f *function.Func, v value.Value) (cty.Value, error) {
	switch k := v.Kind(); k {
	case types.Null:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case types.Bool:
		return cty.BoolVal(v.True()), nil
	case types.Int:
		return cty.NumberIntVal(v.Int64()), nil
	case types.Float:
		if x := v.Float64(); !math.IsNaN(x) && !math.IsInf(x, 0) {
			return cty.NumberFloatVal(x), nil
		}
	case types.Decimal:
		if n, err := cty.ParseNumberVal(value.Format(v)); err == nil {
			return n, nil
		}
	case types.List:
		out := []cty.Value{}
		for _, e := range v.Elems() {
			item, err := constantResult(f, e)
			if err != nil {
				return cty.NilVal, err
			}
			out = append(out, item)
		}
		return cty.TupleVal(out), nil
	default:
		if k == types.String || k == types.Enum || k == types.UUID || k == types.JSON {
			return cty.StringVal(v.Str()), nil
		}
	}
	return cty.NilVal, &callError{-1, diag.NotConstant, f.Name + " gives no constant", "A constant is a text, a number, a truth value, or a list or an object of them, and this is " + v.Kind().String() + ". Write it as text, and convert it where rows are mapped."}
}

// toSet makes a set of a list of texts.
func toSet(args []cty.Value) (cty.Value, error) {
	const how = "Write toset([\"a\", \"b\"]). Of a list of objects make a map: { for x in list : x.name => x }."
	if len(args) != 1 {
		return cty.NilVal, &callError{-1, diag.ArgumentCount, "toset takes 1 argument", how}
	}
	if !isList(args[0]) {
		return cty.NilVal, &callError{0, diag.ArgumentType, "toset() takes a list of strings", how}
	}
	var out []cty.Value
	for _, v := range args[0].AsValueSlice() {
		if v.IsNull() || v.Type() != cty.String {
			return cty.NilVal, &callError{0, diag.ArgumentType, "toset() takes a list of strings", how}
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(out), nil
}
