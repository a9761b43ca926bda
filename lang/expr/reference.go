package expr

import (
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// traversal compiles a reference: a column, or a constant.
func (c *compiler) traversal(t hcl.Traversal, rng diag.Range) *Node {
	root := t.RootName()
	known := slices.Contains(exprRoots, root)
	columns := c.scope.columns(root)
	switch {
	case columns != nil && columns != c.scope:
		other := &compiler{scope: columns, facts: c.facts, budget: c.budget}
		n := other.column(t, rng)
		c.diags.Extend(other.diags)
		return n
	case columns != nil:
		return c.column(t, rng)
	case !known && slices.Contains([]string{"activation", "consent", "destination", "mapping", "target"}, root):
		return c.fail(diag.New(diag.MisplacedReference, t.SourceRange(), "Here a reference begins with %s.", orList(c.roots())).
			WithSummary("%s cannot be used here", root))
	case !known:
		d := diag.New(diag.UnknownRoot, t.SourceRange(), "A reference begins with %s; text is written in quotes.%s", orList(c.roots()), diag.DidYouMean(root, c.roots())).
			WithSummary("Unknown name %q", root)
		if found := c.scope.resolve(root); len(t) == 1 && len(found) == 1 && c.scope.allows(c.scope.root()) {
			d.Detail = "A column is written " + c.reference(found[0].Name) + "."
			d = d.WithFix("write "+c.reference(found[0].Name), diag.Edit{Range: t.SourceRange(), NewText: c.reference(found[0].Name)})
		}
		return c.fail(d)
	case !c.scope.allows(root):
		return c.fail(diag.New(diag.MisplacedReference, t.SourceRange(), "Here a reference begins with %s.", orList(c.roots())).
			WithSummary("%s cannot be used here", root))
	}
	return c.constantAt(root, t, rng)
}

func (c *compiler) roots() []string {
	if c.scope.Roots == nil {
		return exprRoots
	}
	return c.scope.Roots
}

func orList(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

// reference writes a column the way users do.
func (c *compiler) reference(name string) string {
	root := c.scope.root()
	if !hclsyntax.ValidIdentifier(name) {
		return root + "[" + strconv.Quote(name) + "]"
	}
	return root + "." + name
}

// stepName returns the name a step of a reference has.
func stepName(s hcl.Traverser) (string, bool) {
	switch s := s.(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() {
			return s.Key.AsString(), true
		}
	}
	return "", false
}

// stepRange is the place of a step, without the dot before a name.
func stepRange(s hcl.Traverser) diag.Range {
	rng := s.SourceRange()
	if _, attr := s.(hcl.TraverseAttr); attr {
		rng.Start.Byte++
		rng.Start.Column++
	}
	return rng
}

func (c *compiler) column(t hcl.Traversal, rng diag.Range) *Node {
	if len(t) == 1 {
		return c.fail(diag.New(diag.WholeRow, rng, "Name a column: %[1]s.NAME, or %[1]s[\"NAME\"] for names that are no identifiers.", c.scope.root()))
	}
	name, ok := stepName(t[1])
	if !ok {
		return c.fail(diag.New(diag.WholeRow, rng, "Columns are named, not numbered: %[1]s.NAME, or %[1]s[\"NAME\"].", c.scope.root()).WithSummary("Column named by a number"))
	}
	step := stepRange(t[1])
	whole := rng
	if len(t) > 2 {
		whole = hcl.RangeBetween(t[0].SourceRange(), t[1].SourceRange())
	}
	found := c.scope.resolve(name)
	if len(found) == 0 {
		if d, ok := c.hyphenated(name, t, rng); ok {
			return c.fail(d)
		}
	}
	switch {
	case len(found) > 1:
		var names []string
		for _, f := range found {
			names = append(names, strconv.Quote(f.Name))
		}
		return c.fail(diag.New(diag.AmbiguousColumn, step, "%s has %s. Write one of them exactly.", c.source(), strings.Join(names, ", ")).
			WithSummary("Column %q is ambiguous", name))
	case len(found) == 0 && c.scope.Complete:
		return c.unknownColumn(name, t)
	case len(found) == 0:
		c.undocumented(name, t)
		info := types.Info{Nullable: true}
		if c.scope.Labels != nil {
			info.Labels = types.UnionLabels(c.scope.Labels(name))
		}
		return c.members(c.narrowed(&Node{Op: Column, Relation: c.scope.Root, Name: name, info: info, rng: whole}), t[2:])
	}
	return c.members(c.narrowed(&Node{Op: Column, Relation: c.scope.Root, Name: found[0].Name, info: found[0].Info, rng: whole}), t[2:])
}

func (c *compiler) source() string {
	if c.scope.Source == "" {
		return "the source"
	}
	return c.scope.Source
}

func (c *compiler) unknownColumn(name string, t hcl.Traversal) *Node {
	step := stepRange(t[1])
	names := c.scope.suggestions(name)
	list := ""
	if len(names) > 0 {
		quoted := make([]string, len(names))
		for i, n := range names {
			quoted[i] = strconv.Quote(n)
		}
		list = " Did you mean " + orList(quoted) + "?"
	}
	d := diag.New(diag.UnknownColumn, step, "%s has no column %s.%s", c.source(), strconv.Quote(name), list).WithSummary("Unknown column %q", name)
	if list == "" && len(c.scope.Columns) > 0 && len(c.scope.Columns) <= 12 {
		var all []string
		for _, col := range c.scope.Columns {
			all = append(all, col.Name)
		}
		d.Detail += " It has " + strings.Join(all, ", ") + "."
	}
	if len(names) > 0 {
		text := c.reference(names[0])
		d = d.WithFix("use "+text, diag.Edit{Range: hcl.RangeBetween(t[0].SourceRange(), step), NewText: text})
	}
	return c.fail(d)
}

// undocumented warns of a column that may exist but is spelt like one that is
// documented.
func (c *compiler) undocumented(name string, t hcl.Traversal) {
	names := c.scope.suggestions(name)
	if len(names) == 0 {
		return
	}
	text := c.reference(names[0])
	c.diags.Append(diag.New(diag.UndocumentedColumn, stepRange(t[1]),
		"dbt documents no column %q of %s, but it does document %q. The plan looks in the warehouse. If the column exists, run `dbt docs generate`, or document it.", name, c.source(), names[0]).
		WithSummary("Column %q is not documented", name).
		WithFix("use "+text, diag.Edit{Range: hcl.RangeBetween(t[0].SourceRange(), stepRange(t[1])), NewText: text}))
}

// hyphenated recognises row.a-1, which HCL reads as a column called a-1, when
// there is a column a.
func (c *compiler) hyphenated(name string, t hcl.Traversal, rng diag.Range) (diag.Diagnostic, bool) {
	if _, attr := t[1].(hcl.TraverseAttr); !attr {
		return diag.Diagnostic{}, false
	}
	for i := len(name) - 1; i > 0; i-- {
		if name[i] != '-' || len(c.scope.resolve(name[:i])) != 1 {
			continue
		}
		rest := strings.TrimLeft(name[i+1:], "-")
		for _, s := range t[2:] {
			if n, ok := stepName(s); ok {
				rest += "." + n
			}
		}
		if len(t) == 2 && len(c.scope.resolve(rest)) == 1 {
			rest = c.reference(c.scope.resolve(rest)[0].Name)
		}
		fixed := c.scope.root() + "." + name[:i] + " - " + rest
		return diag.New(diag.HyphenatedColumn, rng, "This is a column called %s, which %s does not have. To subtract, put spaces around the minus sign: %s.", strconv.Quote(name), c.source(), fixed).
			WithSummary("Column name %q holds a hyphen", name).WithFix("subtract", diag.Edit{Range: rng, NewText: fixed}), true
	}
	return diag.Diagnostic{}, false
}

// constantAt compiles var.x, local.x.y, each.key.
func (c *compiler) constantAt(root string, t hcl.Traversal, rng diag.Range) *Node {
	v, ok := c.scope.Constants[root]
	if !ok || (root == "each" && v.IsNull()) {
		return c.fail(diag.New(diag.MisplacedReference, t.SourceRange(), "%s has no values here.%s", root, map[bool]string{true: " It exists in activations with for_each."}[root == "each"]).
			WithSummary("%s cannot be used here", root))
	}
	for i, step := range t[1:] {
		v, _ = v.Unmark()
		if !v.IsKnown() {
			return bad(rng) // reported where it is declared
		}
		name, named := stepName(step)
		switch ty := v.Type(); {
		case named && !v.IsNull() && ty.IsObjectType() && ty.HasAttribute(name):
			v = v.GetAttr(name)
			continue
		case named && !v.IsNull() && ty.IsMapType() && v.HasIndex(cty.StringVal(name)).True():
			v = v.Index(cty.StringVal(name))
			continue
		case !named && !v.IsNull() && (ty.IsTupleType() || ty.IsListType()):
			if idx, is := step.(hcl.TraverseIndex); is && v.HasIndex(idx.Key).IsKnown() && v.HasIndex(idx.Key).True() {
				v = v.Index(idx.Key)
				continue
			}
		}
		code, what := diag.UnknownConstant, "member"
		if i == 0 {
			switch root {
			case "var":
				code, what = diag.UnknownVariable, "variable"
			case "local":
				code, what = diag.UnknownLocal, "local"
			}
		}
		names := members(v)
		return c.fail(diag.New(code, stepRange(step), "There is no %s %s.%s", what, strconv.Quote(name), diag.DidYouMean(name, names)).WithSummary("Unknown %s %q", what, name))
	}
	if v.IsMarked() {
		return c.fail(diag.New(diag.UnusableConstant, rng, "The value is sensitive, and expressions stand in plans as they are. Sensitive values belong into `config` blocks.").
			WithSummary("Sensitive value in an expression"))
	}
	return c.constant(v, rng, root)
}

func members(v cty.Value) []string {
	if v.IsNull() || !v.IsKnown() || !(v.Type().IsObjectType() || v.Type().IsMapType()) {
		return nil
	}
	return slices.Sorted(maps.Keys(v.AsValueMap()))
}

// constant compiles a value of the configuration. Text is typed as the enum of
// itself, so that a literal is held against a destination's list when it is
// compiled.
func (c *compiler) constant(v cty.Value, rng diag.Range, root string) *Node {
	switch {
	case v.IsMarked() || !v.IsKnown():
		return bad(rng)
	case v.IsNull():
		return literal(value.Null, types.NullType, rng)
	case v.Type() == cty.Bool:
		return literal(value.Bool(v.True()), types.BoolType, rng)
	case v.Type() == cty.String:
		s := v.AsString()
		return literal(value.String(s), types.EnumOf(s), rng)
	case v.Type() == cty.Number:
		return c.number(v.AsBigFloat(), rng)
	}
	what := "a list or an object"
	if root == "" {
		what = "no single value"
	}
	return c.fail(diag.New(diag.UnusableConstant, rng, "This is %s. Take one member of it.", what))
}

// number types a constant: int when it is whole and fits, decimal with its own
// digits when there are at most 38, float otherwise.
func (c *compiler) number(f *big.Float, rng diag.Range) *Node {
	if i, acc := f.Int64(); acc == big.Exact {
		return literal(value.Int(i), types.IntType, rng)
	}
	if v, t, ok := decimalLiteral(f); ok {
		return literal(v, t, rng)
	}
	x, _ := f.Float64()
	return literal(value.Float(x), types.FloatType, rng)
}

func decimalLiteral(f *big.Float) (value.Value, types.Type, bool) {
	if f.MantExp(nil) > 200 || f.MantExp(nil) < -200 {
		return value.Null, types.Type{}, false
	}
	text := f.Text('f', -1)
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	whole = strings.TrimLeft(whole, "0")
	p := max(1, len(whole)) + len(fraction)
	if p > 38 {
		return value.Null, types.Type{}, false
	}
	v, ok := value.ParseDecimal(text)
	return v, types.DecimalOf(p, len(fraction)), ok
}
