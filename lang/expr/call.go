package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
)

// Functions that operators and templates become.
var stringFunc, oneOfFunc = builtin("string"), builtin("one_of")

func builtin(name string) *function.Func {
	f, ok := function.Lookup(name)
	if !ok {
		panic("internal error: there is no function " + name)
	}
	return f
}

func (c *compiler) call(e *hclsyntax.FunctionCallExpr) *Node {
	switch e.Name {
	case "env":
		return c.fail(diag.New(diag.MisplacedEnv, e.Range(), "Values of the environment are secrets of a run and never become part of a row; here env() can only be a key, as in hmac_sha256(x, env(\"NAME\")). Use a variable, which --var and LEAT_VAR_<name> can set."))
	case "lookup":
		return c.lookup(e)
	}
	if e.Name == "contains" {
		if n, is := c.contained(e); is {
			return n
		}
	}
	f, ok := function.Lookup(e.Name)
	if !ok {
		for _, a := range e.Args {
			c.expr(a) // its own mistakes are still worth knowing
		}
		return c.fail(unknownFunction(e))
	}
	args := make([]*Node, len(e.Args))
	failed := false
	for i, a := range e.Args {
		if p, ok := f.Param(i); ok && p.Secret {
			args[i] = c.secret(f, p, a)
		} else {
			args[i] = c.expr(a)
		}
		failed = failed || args[i].IsBad()
	}
	if e.ExpandFinal {
		return c.fail(diag.New(diag.UnsupportedExpr, e.Range(), "Write the arguments out; a list cannot be spread into them."))
	}
	if low, high := len(f.Params)-f.Optional, len(f.Params); len(args) < low || (len(args) > high && !f.Variadic) {
		return c.fail(diag.New(diag.ArgumentCount, e.Range(), "Write %s. %s", f.Signature(), f.Summary).WithSummary("%s takes %s, not %d", f.Name, counted(low, high, f.Variadic), len(args)))
	}
	if failed {
		return bad(e.Range())
	}
	if f.Clock {
		if d, report := c.clock(f, e.Range()); report {
			c.diags.Append(d)
			if d.Severity == diag.Error {
				return bad(e.Range())
			}
		}
	}
	n, d := c.apply(f, args, e.Range())
	if d != nil {
		return c.fail(*d)
	}
	return n
}

// secret compiles the key of a keyed function.
func (c *compiler) secret(f *function.Func, p function.Param, a hclsyntax.Expression) *Node {
	e, ok := a.(*hclsyntax.FunctionCallExpr)
	if !ok || e.Name != "env" {
		return c.fail(diag.New(diag.KeyNotSecret, a.Range(), "In %s, %s must be env(\"NAME\"), the name of an environment variable. A key that stands in a file or a variable is no secret: it would be in version control, and in what is made of it.",
			f.Signature(), p.Name).WithSummary("Key of %s is not a secret", f.Name))
	}
	if len(e.Args) == 1 && !e.ExpandFinal {
		if name, diags := e.Args[0].Value(nil); !diags.HasErrors() && !name.IsNull() && name.Type() == cty.String && name.AsString() != "" && !strings.ContainsAny(name.AsString(), "=\x00 \t\n") {
			return &Node{Op: Secret, Name: name.AsString(), info: types.Info{Type: types.StringType}, rng: e.Range()}
		}
	}
	return c.fail(diag.New(diag.InvalidEnv, e.Range(), "Give the name of one environment variable as a plain string: env(\"NAME\").").
		WithSummary("env() of %s names no environment variable", p.Name))
}

func counted(low, high int, variadic bool) string {
	s := "arguments"
	if high == 1 && !variadic {
		s = "argument"
	}
	switch {
	case variadic:
		return fmt.Sprintf("%d or more arguments", low)
	case low == high:
		return fmt.Sprintf("%d %s", low, s)
	}
	return fmt.Sprintf("%d to %d %s", low, high, s)
}

// elsewhere are names people know from other languages.
var elsewhere = map[string]string{
	"if_null": "coalesce", "ifnull": "coalesce", "nvl": "coalesce", "len": "length", "substring": "substr", "to_string": "string", "tostring": "string",
	"tonumber": "float", "lowercase": "lower", "uppercase": "upper", "trimspace": "trim", "min": "least", "max": "greatest", "cast": "string",
	"iff": "the conditional x ? a : b", "in": "one_of", "startswith": "starts_with", "endswith": "ends_with", "strftime": "format_date",
	"formatdate": "format_date", "datediff": "date_diff", "dateadd": "date_add", "dayofweek": "day_of_week", "current_date": "today", "current_timestamp": "now",
	"timestamp_trunc": "date_trunc", "to_date": "date", "sha2": "sha256", "ceiling": "ceil", "truncate": "trunc", "strip": "trim", "safe_cast": "try_int",
	"regexp_replace": "regex_replace", "regexp_extract": "regex_extract", "regexp_substr": "regex_extract", "regexp_matches": "regex_match", "regexp_like": "regex_match", "title": "initcap",
	"proper": "initcap", "pow": "power", "log": "ln", "unaccent": "strip_accents", "remove_accents": "strip_accents", "json_extract": "json_value", "json_extract_scalar": "json_value",
	"json_extract_string": "json_value", "array_length": "list_length", "array_contains": "list_contains", "array_to_string": "join", "string_to_array": "split", "decode": "recode",
	"to_timestamp": "parse_timestamp", "str_to_date": "parse_date", "strptime": "parse_timestamp", "unix_seconds": "epoch_seconds", "unix_millis": "epoch_millis", "to_hex": "hex",
	"week": "iso_week", "weekofyear": "iso_week", "dayofyear": "day_of_year", "age": "full_years", "strpos": "position", "instr": "position", "charindex": "position",
	"is_null_or_empty": "is_blank", "is_not_distinct_from": "same", "equal_null": "same", "to_base64": "base64",
	"sha_256": "sha256", "hmac": "hmac_sha256", "hash": "sha256", "normalize": "nfc", "safe_divide": "the operator /", "if": "the conditional x ? a : b",
	"ntile": "width_bucket", "last_day_of_month": "last_day", "eomonth": "last_day", "datefromparts": "make_date", "date_from_parts": "make_date",
}

func unknownFunction(e *hclsyntax.FunctionCallExpr) diag.Diagnostic {
	hint := diag.DidYouMean(e.Name, function.Names())
	s := diag.Suggest(e.Name, function.Names())
	if other, ok := elsewhere[e.Name]; ok {
		hint, s = " Use "+other+".", nil
		if _, is := function.Lookup(other); is {
			s = []string{other}
		}
	}
	d := diag.New(diag.UnknownFunction, e.NameRange, "There is no function %s.%s The functions are listed in docs/reference/functions.md.", e.Name, hint).
		WithSummary("Unknown function %q", e.Name)
	if len(s) > 0 {
		d = d.WithFix("use "+s[0], diag.Edit{Range: e.NameRange, NewText: s[0]})
	}
	return d
}

func (c *compiler) clock(f *function.Func, rng diag.Range) (diag.Diagnostic, bool) {
	switch c.scope.Clock {
	case ClockForbidden:
		return diag.New(diag.ClockInIdentity, rng, "The value changes from one plan to the next, and id and key must not. Use a column.").WithSummary("%s() in an identity", f.Name), true
	case ClockWarns:
		return diag.New(diag.ClockInField, rng, "Every plan will see every row as changed and send it. Use a column of the model that says when the row changed.").WithSummary("%s() in a field", f.Name), true
	}
	return diag.Diagnostic{}, false
}

// apply types a call of a function on compiled arguments. d says why it
// cannot be.
func (c *compiler) apply(f *function.Func, args []*Node, rng diag.Range) (n *Node, d *diag.Diagnostic) {
	args = slices.Clone(args)
	for i := range args {
		p, _ := f.Param(i)
		a, problem := c.argument(f, p, args[i])
		if problem != nil {
			return nil, problem
		}
		args[i] = a
	}
	if f.Unify {
		if problem := c.unifyGroups(f, args); problem != nil {
			return nil, problem
		}
	}
	n = node(Call, types.UnknownType, f.MayBeNull, rng, args...)
	n.Func = f
	t, problem := f.Result(n.CallInfo())
	if problem != nil {
		at := rng
		if problem.Arg >= 0 {
			at = args[problem.Arg].rng
		}
		issue := diag.New(diag.ArgumentType, at, "%s", problem.Message).WithSummary("Argument of %s does not fit", f.Name)
		return nil, &issue
	}
	n.info.Type = t
	n.info.Labels = f.MapLabels(n.info.Labels)
	if f.NeverNull {
		n.info.Nullable = false
		return n, nil
	}
	if f.Nulls == function.Skips {
		all := true
		for _, a := range args {
			all = all && a.info.Nullable
		}
		n.info.Nullable = n.info.Nullable || all
		return n, nil
	}
	for _, a := range args {
		n.info.Nullable = n.info.Nullable || a.info.Nullable
	}
	return n, nil
}

// argument checks one argument against its parameter and converts it where
// that loses nothing.
func (c *compiler) argument(f *function.Func, p function.Param, a *Node) (*Node, *diag.Diagnostic) {
	fail := func(code diag.Code, format string, args ...any) (*Node, *diag.Diagnostic) {
		d := diag.New(code, a.rng, format, args...).WithSummary("Argument %s of %s does not fit", p.Name, f.Name)
		return nil, &d
	}
	if p.Secret {
		return a, nil
	}
	if p.Const {
		if a.Op != Literal || a.Value.IsNull() {
			return fail(diag.ArgumentConstant, "In %s, %s must be a constant: a literal, a variable or a local.", f.Signature(), p.Name)
		}
		if k := a.Type().Kind; !slices.Contains(p.Accept, k) && !(k == types.Enum && p.Accept[0] == types.String) {
			return fail(diag.ArgumentType, "In %s, %s must be %s, and this is %s.", f.Signature(), p.Name, p.Accept[0], kindText(a.Type()))
		}
		if p.Check != nil {
			if want := p.Check(a.Value); want != "" {
				return fail(diag.ArgumentType, "In %s, %s must be %s.", f.Signature(), p.Name, want)
			}
		}
		return a, nil
	}
	k := a.Type().Kind
	switch {
	case p.AsFloat && a.Type().Numeric():
		return c.cast(a, types.FloatType), nil
	case len(p.Accept) == 0 || slices.Contains(p.Accept, k):
		return a, nil
	case k == types.Null || k == types.Unknown:
		return c.cast(a, types.Type{Kind: p.Accept[0]}), nil
	case slices.Contains(p.Accept, types.String) && (k == types.Enum || k == types.UUID):
		return c.cast(a, types.StringOf(types.TextMax(a.Type()))), nil
	}
	for _, want := range p.Accept {
		if conv := types.Convert(a.Type(), types.Type{Kind: want}); conv.Class == types.Lossless && want != types.Decimal && want != types.String {
			return c.cast(a, types.Type{Kind: want}), nil
		}
	}
	how := ""
	for _, want := range p.Accept {
		if conv := types.Convert(a.Type(), types.Type{Kind: want}); conv.Remedy != "" {
			how = " Write " + conv.Remedy + "."
			break
		}
	}
	return fail(diag.ArgumentType, "In %s, %s takes %s, and this is %s.%s", f.Signature(), p.Name, kinds(p.Accept), kindText(a.Type()), how)
}

// kindText names a type for people; a literal's own enum would only confuse.
func kindText(t types.Type) string {
	if t.Kind == types.Enum {
		return "text"
	}
	return t.String()
}

func kinds(ks []types.Kind) string {
	names := make([]string, len(ks))
	for i, k := range ks {
		names[i] = k.String()
	}
	return orList(names)
}

// unifyGroups casts the arguments of each group to their common type.
func (c *compiler) unifyGroups(f *function.Func, args []*Node) *diag.Diagnostic {
	if f.UnifyGroup == nil {
		return c.unify(f, args)
	}
	groups := map[int][]*Node{}
	for i, a := range args {
		g := f.UnifyGroup(i, len(args))
		groups[g] = append(groups[g], a)
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		if problem := c.unify(f, groups[g]); problem != nil {
			return problem
		}
	}
	for i := range args {
		g := f.UnifyGroup(i, len(args))
		args[i], groups[g] = groups[g][0], groups[g][1:]
	}
	return nil
}

// unify casts arguments to their common type.
func (c *compiler) unify(f *function.Func, args []*Node) *diag.Diagnostic {
	common := types.NullType
	known := types.NullType
	for _, a := range args {
		t, ok := types.Common(known, a.Type())
		if !ok || (f.Name != "coalesce" && (t.Kind == types.JSON || t.Kind == types.List || t.Kind == types.Struct)) {
			d := diag.New(diag.BranchTypes, a.rng, "This is %s and the arguments before it are %s. Convert one of them%s.", kindText(a.Type()), kindText(known), textHint(a.Type(), known)).
				WithSummary("Arguments of %s have different types", f.Name)
			return &d
		}
		if a.Type().Kind != types.Unknown {
			known = t
		} else {
			common = types.UnknownType
		}
	}
	target := known
	if common.Kind == types.Unknown { // an unknown argument is read as what the others are
		target = widest(known)
		if target.Kind == types.Null {
			target = types.StringType
		}
	}
	if target.Kind == types.Null {
		return nil
	}
	for i := range args {
		args[i] = c.cast(args[i], target)
	}
	return nil
}
