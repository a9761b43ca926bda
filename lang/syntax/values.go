package syntax

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
)

// Settings evaluates the blocks that stand once. The diagnostics are sorted.
func (c *Config) Settings(consts *Constants) (Settings, diag.Diagnostics) {
	e := &evaluator{consts: consts}
	var s Settings
	s.Environment = e.text(c.Environment, root, "environment")
	if b := c.DBT; b != nil {
		schema, _ := root.Block("dbt")
		s.DBT.ProjectDir = e.text(b.ProjectDir, schema, "project_dir")
		s.DBT.Target = e.text(b.Target, schema, "target")
		s.DBT.Artifacts = e.texts(b.Artifacts, true)
	}
	stateSchema, _ := root.Block("state")
	path, _ := stateSchema.Attribute("path")
	s.StatePath = Setting{Name: "path", Value: cty.StringVal(path.text())}
	if c.State != nil && c.State.Path != nil {
		if v, ok := e.setting(c.State.Path); ok {
			switch {
			case v.Sensitive:
				e.shown(v.Range, "path")
			case v.Env == "" && (v.Value.Type() != cty.String || (!v.Value.IsNull() && v.Value.AsString() == "")):
				e.invalid(c.State.Path.ExprRange, "path", "Write the path of a folder as a string.")
			case v.Env != "" || !v.Value.IsNull():
				s.StatePath = v
			}
		}
	}
	return s, e.diags.Sorted()
}

// Settings evaluates the attributes of a destination. The diagnostics are
// sorted.
func (d *Destination) Settings(consts *Constants) (DestinationSettings, diag.Diagnostics) {
	e := &evaluator{consts: consts}
	s := DestinationSettings{Accepts: e.texts(d.Accepts, false), Region: e.text(d.Region, destinationBlock, "region")}
	for _, v := range d.Config {
		if set, ok := e.setting(v); ok {
			s.Config = append(s.Config, set)
		}
	}
	return s, e.diags.Sorted()
}

// Settings evaluates the attributes of an activation that are not evaluated
// per row, and fills in defaults. The diagnostics are sorted.
func (a *Activation) Settings(consts *Constants) (ActivationSettings, diag.Diagnostics) {
	e := &evaluator{consts: consts, each: a.Each}
	if a.ForEach != nil && a.Each == nil {
		e.each = &Each{Value: cty.DynamicVal} // not unrolled: `each` has no value, and that is no mistake
	}
	s := ActivationSettings{
		Description: e.text(a.Description, activationBlock, "description"),
		Owner:       e.text(a.Owner, activationBlock, "owner"),
		Tags:        e.texts(a.Tags, false),
		Mode:        e.text(a.Mode, activationBlock, "mode"),
		OnRemoved:   e.text(a.OnRemoved, activationBlock, "on_removed"),
		Proofs:      e.text(a.Proofs, activationBlock, "proofs"),
	}
	field, _ := activationBlock.Block("field")
	for _, f := range a.Fields {
		s.Fields = append(s.Fields, FieldSettings{Write: e.text(f.Write, field, "write"), Nulls: e.text(f.Nulls, field, "nulls")})
	}
	guard, _ := activationBlock.Block("guard")
	g := a.Guard
	if g == nil {
		g = &Guard{}
	}
	s.Guard = GuardSettings{
		MaxCreates:   e.limit(g.MaxCreates, guard, "max_creates"),
		MaxUpdates:   e.limit(g.MaxUpdates, guard, "max_updates"),
		MaxRemoves:   e.limit(g.MaxRemoves, guard, "max_removes"),
		MaxWithdrawn: e.limit(g.MaxWithdrawn, guard, "max_withdrawn"),
		MinRows:      e.count(g.MinRows, guard, "min_rows", 0),
	}
	delivery, _ := activationBlock.Block("delivery")
	d := a.Delivery
	if d == nil {
		d = &Delivery{}
	}
	s.Delivery = DeliverySettings{
		Concurrency:   e.count(d.Concurrency, delivery, "concurrency", 1),
		MaxRejectRate: e.limit(d.MaxRejectRate, delivery, "max_reject_rate"),
		OnUnknown:     e.text(d.OnUnknown, delivery, "on_unknown"),
	}
	e.membership(a, &s)
	return s, e.diags.Sorted()
}

// text returns a default that is a string.
func (a AttributeSchema) text() string {
	s, err := strconv.Unquote(a.Default)
	if err != nil {
		return a.Default
	}
	return s
}

// mayBeEmpty lists the strings that mean something when empty.
var mayBeEmpty = []string{"description", "owner", "region"}

// value evaluates an attribute. It reports false when there is none, when it
// is null, and when it was reported. Settings are shown in plans, so a
// sensitive one is a mistake.
func (e *evaluator) value(a *Attribute) (cty.Value, bool) {
	if a == nil {
		return cty.NilVal, false
	}
	v, sensitive, ok := e.eval(a.Expr)
	if ok && sensitive {
		e.shown(a.Expr.Range(), a.Name)
		ok = false
	}
	return v, ok && !v.IsNull()
}

func (e *evaluator) text(a *Attribute, block BlockSchema, name string) Value[string] {
	schema, _ := block.Attribute(name)
	out := Value[string]{Value: schema.text()}
	v, ok := e.value(a)
	if !ok {
		return out
	}
	at := a.Expr.Range()
	if v.Type() != cty.String {
		e.invalid(at, name, "Write a string, in quotes.")
		return out
	}
	s := v.AsString()
	if len(schema.Allowed) > 0 && !slices.Contains(schema.Allowed, s) {
		d := diag.New(diag.InvalidValue, at, "The values are %s.", list(schema.Allowed)).WithSummary("Invalid value of `%s`", name)
		if lit, _, isLiteral := literal(a.Expr); isLiteral { // anything else may come from outside
			d.Detail += diag.DidYouMean(lit, schema.Allowed)
			d = withRename(d.WithSummary("%s is no value of `%s`", quote(lit), name), at, lit, schema.Allowed, quote)
		}
		e.diags.Append(d)
		return out
	}
	if strings.TrimSpace(s) == "" && !slices.Contains(mayBeEmpty, name) {
		e.diags.Append(diag.New(diag.InvalidValue, at, "Give it a value, or leave the attribute out.").WithSummary("`%s` is empty", name))
		return out
	}
	return Value[string]{Value: s, Range: at, Set: true}
}

// texts evaluates a list of strings, or one string where single is true.
func (e *evaluator) texts(a *Attribute, single bool) []Value[string] {
	v, ok := e.value(a)
	if !ok {
		return nil
	}
	at := a.Expr.Range()
	if single && v.Type() == cty.String && v.AsString() != "" {
		return []Value[string]{{Value: v.AsString(), Range: at, Set: true}}
	}
	how := "Write a list of strings: [\"a\", \"b\"]."
	if single {
		how = "Write a string or a list of strings: [\"a\", \"b\"]."
	}
	t := v.Type()
	if !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		e.invalid(at, a.Name, how)
		return nil
	}
	ranges := elementRanges(a, v.LengthInt())
	out := []Value[string]{}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, item := it.Element()
		if item.IsNull() || item.Type() != cty.String || item.AsString() == "" {
			e.invalid(ranges[i], a.Name, how)
			return nil
		}
		out = append(out, Value[string]{Value: item.AsString(), Range: ranges[i], Set: true})
	}
	return out
}

func (e *evaluator) boolean(a *Attribute) Value[bool] {
	v, _, ok := e.eval(a.Expr)
	if !ok {
		return Value[bool]{}
	}
	if v.IsNull() || v.Type() != cty.Bool {
		e.invalid(a.Expr.Range(), a.Name, "Write true or false.")
		return Value[bool]{}
	}
	return Value[bool]{Value: v.True(), Range: a.Expr.Range(), Set: true}
}

func (e *evaluator) count(a *Attribute, block BlockSchema, name string, least int) Value[int] {
	schema, _ := block.Attribute(name)
	n, _ := strconv.Atoi(schema.Default) // "" is 0
	out := Value[int]{Value: n}
	v, ok := e.value(a)
	if !ok {
		return out
	}
	n, ok = whole(v)
	if !ok || n < least {
		e.invalid(a.Expr.Range(), name, "Write a whole number of at least "+strconv.Itoa(least)+".")
		return out
	}
	return Value[int]{Value: n, Range: a.Expr.Range(), Set: true}
}

var percent = regexp.MustCompile(`^([0-9]{1,6}(?:\.[0-9]{1,6})?) *%$`)

func (e *evaluator) limit(a *Attribute, block BlockSchema, name string) Value[Limit] {
	schema, _ := block.Attribute(name)
	out := Value[Limit]{Value: parsePercent(schema.text())}
	v, ok := e.value(a)
	if !ok {
		return out
	}
	at, l, how := a.Expr.Range(), Limit{}, `Write a number of rows, such as 1000, or a share of the managed rows, such as "5%".`
	if schema.Kind == KindPercent {
		how = `Write a share from "0%" to "100%".`
	}
	if v.Type() == cty.String {
		l = parsePercent(v.AsString())
	} else if n, ok := whole(v); ok && n >= 0 && schema.Kind == KindLimit {
		l = Limit{Present: true, N: float64(n)}
	}
	if !l.Present || (schema.Kind == KindPercent && l.N > 100) {
		e.invalid(at, name, how)
		return out
	}
	return Value[Limit]{Value: l, Range: at, Set: true}
}

func parsePercent(s string) Limit {
	m := percent.FindStringSubmatch(s)
	if m == nil {
		return Limit{}
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return Limit{Present: err == nil, Percent: true, N: n}
}

// whole returns a number without a fraction that a float64 holds exactly.
func whole(v cty.Value) (int, bool) {
	if v.IsNull() || v.Type() != cty.Number {
		return 0, false
	}
	f := v.AsBigFloat()
	n, _ := f.Int64()
	if !f.IsInt() || n > 1<<53 || n < -(1<<53) || n > math.MaxInt {
		return 0, false
	}
	return int(n), true
}

func (e *evaluator) invalid(at diag.Range, name, how string) {
	e.diags.Append(diag.New(diag.InvalidValue, at, "%s", how).WithSummary("Invalid value of `%s`", name))
}

func (e *evaluator) shown(at diag.Range, name string) {
	e.diags.Append(diag.New(diag.InvalidValue, at, "Plans and messages show this setting. Use a value that is not made from a sensitive variable.").
		WithSummary("`%s` would show a sensitive value", name))
}

// setting evaluates an attribute of a config or state block.
func (e *evaluator) setting(v *ConfigValue) (Setting, bool) {
	s := Setting{Name: v.Name, NameRange: v.NameRange, Range: v.ExprRange, Env: v.Env}
	if v.Env != "" {
		return s, true
	}
	val, sensitive, ok := e.eval(v.Expr)
	s.Value, s.Sensitive = val, sensitive
	return s, ok
}

// elementRanges returns a range for each of n elements: its own where the
// list is written out in order, else that of the whole expression.
func elementRanges(a *Attribute, n int) []diag.Range {
	out := make([]diag.Range, n)
	items := []hclsyntax.Expression{}
	if t, ok := unwrap(a.Expr).(*hclsyntax.TupleConsExpr); ok {
		items = t.Exprs
	}
	for i := range out {
		out[i] = a.Expr.Range()
		if len(items) == n {
			out[i] = items[i].Range()
		}
	}
	return out
}
