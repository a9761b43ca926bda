package syntax

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/leat-dev/leat/lang/diag"
	calc "github.com/leat-dev/leat/lang/expr"
)

// Inputs are the values given to variables from outside. Keys are variable
// names. Flags win over Env.
type Inputs struct {
	Flags map[string]string // --var; unknown names are errors
	Env   map[string]string // LEAT_VAR_NAME, without the prefix; unknown names are ignored
}

// Constant is the value of a variable or local.
type Constant struct {
	Name      string
	Value     cty.Value  // unmarked; cty.DynamicVal when Poisoned
	Range     diag.Range // where it is defined: the variable's label, the local's name
	Sensitive bool       // is, or is made from, a sensitive variable: never print it
	Poisoned  bool       // has no value because of an error already reported
}

// Constants are the values of all variables and locals. They are not changed
// after Evaluate; safe for concurrent reading.
type Constants struct {
	// Poisoned is set when names may be missing because of an error already
	// reported: unknown names must then not be reported.
	Poisoned bool

	vars, locals map[string]Constant
}

// Var returns the value of a variable.
func (c *Constants) Var(name string) (Constant, bool) { v, ok := c.vars[name]; return v, ok }

// Local returns the value of a local.
func (c *Constants) Local(name string) (Constant, bool) { v, ok := c.locals[name]; return v, ok }

// VarNames returns the names of all variables, sorted.
func (c *Constants) VarNames() []string { return slices.Sorted(maps.Keys(c.vars)) }

// LocalNames returns the names of all locals, sorted.
func (c *Constants) LocalNames() []string { return slices.Sorted(maps.Keys(c.locals)) }

// Evaluate gives the variables and locals of a configuration their values.
// The result is never nil. The diagnostics are sorted and hold no values that
// were given from outside, but for those that an error_message shows.
func Evaluate(cfg *Config, in Inputs) (*Constants, diag.Diagnostics) {
	e := &evaluator{
		consts: &Constants{Poisoned: cfg.Poisoned, vars: map[string]Constant{}, locals: map[string]Constant{}},
		exprs:  map[string]*Attribute{}, state: map[string]int{},
	}
	names := make([]string, 0, len(cfg.Variables))
	for _, v := range cfg.Variables {
		names = append(names, v.Name)
		e.consts.vars[v.Name] = e.variable(v, in)
	}
	e.validate(cfg.Variables, in)
	for _, n := range slices.Sorted(maps.Keys(in.Flags)) {
		if !slices.Contains(names, n) && !cfg.Poisoned {
			e.diags.Append(diag.New(diag.UnknownVariableFlag, diag.Range{}, "Declare it with variable %s { ... }, or leave the flag out.%s", quote(n), diag.DidYouMean(n, names)).
				WithSummary("--var sets %s, which no file declares", quote(n)))
		}
	}
	for _, l := range cfg.Locals {
		e.exprs[l.Name] = l
	}
	for _, l := range cfg.Locals {
		e.local(l.Name)
	}
	return e.consts, e.diags.Sorted()
}

type evaluator struct {
	consts *Constants
	diags  diag.Diagnostics
	exprs  map[string]*Attribute // of locals
	state  map[string]int        // of locals: 0 untouched, 1 under way, 2 done
	path   []string              // locals under way
	each   *Each                 // nil outside instances of for_each
}

const sensitiveMark = "sensitive"

func (e *evaluator) variable(v *Variable, in Inputs) Constant {
	c := Constant{Name: v.Name, Range: v.NameRange, Value: cty.DynamicVal, Poisoned: true}
	if v.Poisoned {
		return c
	}
	ok, nullable := true, true
	if v.Sensitive != nil {
		b := e.boolean(v.Sensitive)
		c.Sensitive, ok = b.Value, b.Set
	}
	if v.Nullable != nil {
		b := e.boolean(v.Nullable)
		nullable, ok = b.Value, ok && b.Set
	}
	typ, defaults := cty.DynamicPseudoType, (*typeexpr.Defaults)(nil)
	if v.Type != nil {
		t, optional, diags := typeexpr.TypeConstraintWithDefaults(v.Type.Expr)
		if diags.HasErrors() {
			names := []string{"string", "number", "bool", "any", "list", "set", "map", "object", "tuple"}
			d := diag.New(diag.InvalidVariableType, v.Type.Expr.Range(), "The types are string, number, bool, any, list(T), set(T), map(T), tuple([T, ...]) and object({ name = T, other = optional(T, default), ... }).").
				WithSummary("`type` of variable %s is not a type", quote(v.Name))
			if kw := hcl.ExprAsKeyword(v.Type.Expr); kw != "" {
				d.Detail += diag.DidYouMean(kw, names)
				d = withRename(d, v.Type.Expr.Range(), kw, names[:4], plain)
			}
			e.diags.Append(d)
			ok = false
		}
		typ, defaults = t, optional
	}
	if !ok {
		return c
	}
	val, at, found, ok := e.given(v, typ, in)
	if ok && found && !nullable && val.IsNull() && at == v.NameRange { // null from outside asks for the default
		val, at, found, ok = e.given(v, typ, Inputs{})
	}
	if !ok {
		return c
	}
	if !found {
		e.diags.Append(diag.New(diag.UnsetVariable, v.NameRange, "Give it a default, or a value with --var %s=VALUE or LEAT_VAR_%s.", v.Name, v.Name).
			WithSummary("Variable %s has no value", quote(v.Name)))
		return c
	}
	if defaults != nil && !val.IsNull() {
		val = defaults.Apply(val)
	}
	val, err := convert.Convert(val, typ)
	if err != nil {
		e.diags.Append(diag.New(diag.InvalidVariable, at, "The variable's type is %s. Give it a value of that type.", typeexpr.TypeString(typ)).
			WithSummary("Value of variable %s is not a %s", quote(v.Name), typeexpr.TypeString(typ)))
		return c
	}
	if !nullable && val.IsNull() {
		e.diags.Append(diag.New(diag.InvalidVariable, at, "The variable is `nullable = false`. Give it a value, or leave the default out.").
			WithSummary("Value of variable %s is null", quote(v.Name)))
		return c
	}
	c.Value, c.Poisoned = val, false
	return c
}

// given returns the value of a variable before conversion, and where to
// report that it does not fit.
func (e *evaluator) given(v *Variable, typ cty.Type, in Inputs) (val cty.Value, at diag.Range, found, ok bool) {
	text, fromOutside := in.Flags[v.Name]
	if !fromOutside {
		text, fromOutside = in.Env[v.Name]
	}
	if fromOutside {
		if typ.IsPrimitiveType() || typ == cty.DynamicPseudoType {
			return cty.StringVal(text), v.NameRange, true, true
		}
		expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
		if !diags.HasErrors() && len(expr.Variables()) == 0 {
			if val, diags := expr.Value(nil); !diags.HasErrors() {
				return val, v.NameRange, true, true
			}
		}
		e.diags.Append(diag.New(diag.InvalidVariable, v.NameRange, "Write a value of type %s as HCL, such as [\"a\", \"b\"] or { a = 1 }.", typeexpr.TypeString(typ)).
			WithSummary("Value given for variable %s cannot be read", quote(v.Name)))
		return cty.NilVal, v.NameRange, true, false
	}
	if v.Default == nil {
		return cty.NilVal, v.NameRange, false, true
	}
	at = v.Default.Expr.Range()
	for _, t := range v.Default.Expr.Variables() {
		e.diags.Append(diag.New(diag.MisplacedReference, t.SourceRange(), "Write a value. A local can combine variables.").
			WithSummary("The default of variable %s may not refer to anything", quote(v.Name)))
		return cty.NilVal, at, true, false
	}
	val, _, ok = e.eval(v.Default.Expr)
	return val, at, true, ok
}

// local evaluates a local and the locals it is made from.
func (e *evaluator) local(name string) {
	if e.state[name] != 0 {
		return
	}
	attr := e.exprs[name]
	e.state[name] = 1
	e.path = append(e.path, name)
	defer func() {
		e.path = e.path[:len(e.path)-1]
		e.state[name] = 2
	}()
	c := Constant{Name: name, Range: attr.NameRange, Value: cty.DynamicVal, Poisoned: true}
	e.consts.locals[name] = c // what a circle sees
	for _, t := range attr.Expr.Variables() {
		if t.RootName() != "local" || len(t) < 2 {
			continue
		}
		step, ok := t[1].(hcl.TraverseAttr)
		if !ok || e.exprs[step.Name] == nil {
			continue
		}
		if e.state[step.Name] == 1 {
			e.cycle(step.Name, t.SourceRange())
			continue
		}
		e.local(step.Name)
	}
	if val, sensitive, ok := e.eval(attr.Expr); ok {
		c.Value, c.Sensitive, c.Poisoned = val, sensitive, false
	}
	e.consts.locals[name] = c
}

// cycle reports the circle that begins and ends with a local under way.
func (e *evaluator) cycle(name string, at diag.Range) {
	circle := append(slices.Clone(e.path[slices.Index(e.path, name):]), name)
	d := diag.New(diag.ReferenceCycle, at, "%s. Give one of them a value of its own.", strings.Join(circle, " needs ")).
		WithSummary("Local %s is made from itself", quote(name))
	for _, n := range circle[:len(circle)-1] {
		d = d.WithRelated(e.exprs[n].NameRange, "%s is defined here", quote(n))
	}
	e.diags.Append(d)
}

// eval evaluates an expression over var and local. It reports what is wrong
// and returns false, also (without a report) when what it refers to is
// poisoned. The value is unmarked.
func (e *evaluator) eval(expr hcl.Expression) (val cty.Value, sensitive, ok bool) {
	if !e.references(expr) {
		return cty.NilVal, false, false
	}
	if !e.calls(expr) {
		return cty.NilVal, false, false
	}
	val, diags := expr.Value(e.context(expr))
	if diags.HasErrors() {
		e.failed(diags)
		return cty.NilVal, false, false
	}
	val, marks := val.UnmarkDeep()
	if !val.IsWhollyKnown() {
		return cty.NilVal, false, false
	}
	_, sensitive = marks[sensitiveMark]
	return val, sensitive, true
}

// context holds the constants an expression refers to.
func (e *evaluator) context(expr hcl.Expression) *hcl.EvalContext {
	vars, locals := map[string]cty.Value{}, map[string]cty.Value{}
	each := cty.EmptyObjectVal
	if e.each != nil {
		each = e.each.Object()
	}
	for _, t := range expr.Variables() {
		if len(t) < 2 || t.RootName() == "each" {
			continue
		}
		name := t[1].(hcl.TraverseAttr).Name // seen to by references
		from, into := e.consts.vars, vars
		if t.RootName() == "local" {
			from, into = e.consts.locals, locals
		}
		c := from[name]
		into[name] = c.Value
		if c.Sensitive {
			into[name] = c.Value.Mark(sensitiveMark)
		}
	}
	return &hcl.EvalContext{Functions: calc.ConstantFunctions(), Variables: map[string]cty.Value{"var": cty.ObjectVal(vars), "local": cty.ObjectVal(locals), "each": each}}
}

// references checks the references of an expression. It reports false when
// one of them has no value.
func (e *evaluator) references(expr hcl.Expression) bool {
	ok := true
	for _, t := range expr.Variables() {
		root, at := t.RootName(), t.SourceRange()
		if root == "each" && e.each != nil {
			ok = e.eachStep(t) && ok
			continue
		}
		if root != "var" && root != "local" {
			e.misplaced(t)
			ok = false
			continue
		}
		step, isAttr := hcl.Traverser(nil), false
		if len(t) > 1 {
			step = t[1]
			_, isAttr = step.(hcl.TraverseAttr)
		}
		if !isAttr {
			e.diags.Append(diag.New(diag.NotConstant, at, "Write %s.NAME.", root).WithSummary("`%s` alone has no value", root))
			ok = false
			continue
		}
		name := step.(hcl.TraverseAttr).Name
		from, code, names := e.consts.vars, diag.UnknownVariable, e.consts.VarNames()
		if root == "local" {
			from, code, names = e.consts.locals, diag.UnknownLocal, slices.Sorted(maps.Keys(e.exprs))
			if len(e.exprs) == 0 {
				names = e.consts.LocalNames()
			}
		}
		c, found := from[name]
		switch {
		case !found && !e.consts.Poisoned:
			nameRange := stepRange(step, name)
			d := diag.New(code, nameRange, "No file of the project defines it.%s", diag.DidYouMean(name, names)).
				WithSummary("There is no %s.%s", root, name)
			e.diags.Append(withRename(d, nameRange, name, names, plain))
			ok = false
		case !found || c.Poisoned:
			ok = false
		}
	}
	return ok
}

// eachStep checks a reference to `each`. It reports false when it has no value.
func (e *evaluator) eachStep(t hcl.Traversal) bool {
	names := []string{"key", "value"}
	if len(t) < 2 {
		e.diags.Append(diag.New(diag.NotConstant, t.SourceRange(), "Write each.key or each.value.").WithSummary("`each` alone has no value"))
		return false
	}
	step, isAttr := t[1].(hcl.TraverseAttr)
	if !isAttr || !slices.Contains(names, step.Name) {
		at := t[1].SourceRange()
		if isAttr {
			at = stepRange(step, step.Name)
		}
		d := diag.New(diag.NotConstant, at, "Write each.key or each.value.%s", diag.DidYouMean(step.Name, names)).WithSummary("`each` has a key and a value only")
		e.diags.Append(withRename(d, at, step.Name, names, plain))
		return false
	}
	return e.each.Key != "" // else for_each was reported
}

func (e *evaluator) misplaced(t hcl.Traversal) {
	root, at := t.RootName(), t.SourceRange()
	if len(t) == 1 && !slices.Contains(Roots(), root) {
		e.diags.Append(diag.New(diag.MisplacedReference, at, "A text is written in quotes: %s. A reference begins with var. or local.", quote(root)).
			WithSummary("`%s` refers to nothing", root).
			WithFix("Put it in quotes", diag.Edit{Range: at, NewText: quote(root)}))
		return
	}
	if root == "each" {
		e.diags.Append(diag.New(diag.MisplacedReference, at, "It exists in an activation with for_each. Add `for_each = { ... }` there, or write the value.").
			WithSummary("`each` does not exist here"))
		return
	}
	e.diags.Append(diag.New(diag.MisplacedReference, at, "Only var and local exist here.%s", diag.DidYouMean(root, []string{"var", "local"})).
		WithSummary("`%s` does not exist here", root))
}
