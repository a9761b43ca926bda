package expr

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// step is how a member is written after what it belongs to.
func (n *Node) step() string {
	if n.Indexed {
		return "[" + strconv.Itoa(n.Index) + "]"
	}
	return "." + strconv.Quote(n.Name)
}

// members follows the steps of a reference into a value.
func (c *compiler) members(n *Node, steps hcl.Traversal) *Node {
	for _, s := range steps {
		if n.IsBad() {
			return n
		}
		key := cty.DynamicVal
		switch s := s.(type) {
		case hcl.TraverseAttr:
			key = cty.StringVal(s.Name)
		case hcl.TraverseIndex:
			key = s.Key
		}
		n = c.member(n, key, stepRange(s), hcl.RangeBetween(n.rng, s.SourceRange()))
	}
	return n
}

// member takes one part of a struct, a list or a json. A part that is not
// there is null. What is inside a json, or inside a column of unknown type, is
// of unknown type itself.
func (c *compiler) member(n *Node, key cty.Value, at, rng diag.Range) *Node {
	out := &Node{Op: Member, Args: []*Node{n}, info: types.Info{Nullable: true, Labels: n.info.Labels}, rng: rng}
	named := key.IsKnown() && !key.IsNull() && key.Type() == cty.String
	if named {
		out.Name = key.AsString()
	} else if out.Index, out.Indexed = position(key); !out.Indexed {
		return c.fail(diag.New(diag.InsideColumn, at, "A part is a name, or a whole number from 0 on: x.name, x[0].").WithSummary("Not the name of a part"))
	}
	switch t := n.Type(); {
	case t.Kind == types.Struct && named:
		member, name, d := structMember(t, out.Name, at)
		if d != nil {
			return c.fail(*d)
		}
		out.Name, out.info.Type = name, member
	case t.Kind == types.List && !named:
		if t.Elem != nil {
			out.info.Type = *t.Elem
		}
	case t.Kind == types.JSON, t.Kind == types.Unknown:
	default:
		return c.fail(diag.New(diag.InsideColumn, at, "%s", noParts(t, named)).WithSummary("%s has no such part", capital(t.Kind.String())))
	}
	return c.narrowed(out)
}

// position reads an index; it is at most what fits the engines' 32 bits.
func position(key cty.Value) (int, bool) {
	if !key.IsKnown() || key.IsNull() || key.Type() != cty.Number {
		return 0, false
	}
	i, acc := key.AsBigFloat().Int64()
	return int(i), acc == 0 && i >= 0 && i < 1<<31-1
}

func noParts(t types.Type, named bool) string {
	switch t.Kind {
	case types.Struct:
		return "The members of a struct have names: x.name."
	case types.List:
		return "The elements of a list are numbered from 0: x[0]."
	}
	return "This is " + kindText(t) + ", a single value. Add a column for the part to the dbt model."
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// structMember finds a member: exactly, else without case.
func structMember(t types.Type, name string, at diag.Range) (types.Type, string, *diag.Diagnostic) {
	if m, ok := t.Member(name); ok {
		return m, name, nil
	}
	s := &Scope{}
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
		s.Columns = append(s.Columns, SourceColumn{Name: f.Name, Info: types.Info{Type: f.Type}})
	}
	switch found := s.resolve(name); {
	case len(found) == 1:
		return found[0].Info.Type, found[0].Name, nil
	case len(found) > 1:
		d := diag.New(diag.AmbiguousColumn, at, "Several members differ from this one in case only. Write one of them exactly.").WithSummary("Member %q is ambiguous", name)
		return types.Type{}, "", &d
	}
	list := ""
	if len(names) <= 12 {
		list = " It has " + orList(names) + "."
	}
	d := diag.New(diag.UnknownMember, at, "The struct has no member %s.%s%s", strconv.Quote(name), diag.DidYouMean(name, names), list).WithSummary("Unknown member %q", name)
	if better := diag.Suggest(name, names); len(better) > 0 && hclsyntax.ValidIdentifier(better[0]) {
		d = d.WithFix("use "+better[0], diag.Edit{Range: at, NewText: better[0]})
	}
	return types.Type{}, "", &d
}

// index compiles x[KEY] where KEY is an expression: it must be a constant.
func (c *compiler) index(e *hclsyntax.IndexExpr) *Node {
	n, key := c.expr(e.Collection), c.expr(e.Key)
	if n.IsBad() || key.IsBad() {
		return bad(e.Range())
	}
	at := cty.DynamicVal
	if key.Op == Literal && !key.Value.IsNull() {
		switch {
		case key.Type().Text():
			at = cty.StringVal(key.Value.Str())
		case key.Type().Kind == types.Int:
			at = cty.NumberIntVal(key.Value.Int64())
		}
	}
	if !at.IsKnown() {
		return c.fail(diag.New(diag.UnsupportedExpr, key.rng, "Which part is taken must be known when the activation is compiled: a literal, a variable or a local.").WithSummary("Part is computed"))
	}
	return c.member(n, at, key.rng, e.Range())
}

// constantList compiles a list of constants or expressions that stands where
// a list may stand: written out, or as a constant.
func (c *compiler) constantList(e hcl.Expression) ([]*Node, bool) {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return c.constantList(e.Expression)
	case *hclsyntax.TupleConsExpr:
		var out []*Node
		for _, x := range e.Exprs {
			out = append(out, c.expr(x))
		}
		return out, true
	case *hclsyntax.ScopeTraversalExpr:
		root := e.Traversal.RootName()
		if root == "row" || !slices.Contains(exprRoots, root) || !c.scope.allows(root) {
			return nil, false
		}
		v, diags := e.Traversal.TraverseAbs(&hcl.EvalContext{Variables: c.scope.Constants})
		if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) {
			return nil, false
		}
		var out []*Node
		for _, x := range v.AsValueSlice() {
			out = append(out, c.constant(x, e.Range(), root))
		}
		return out, true
	}
	return nil, false
}

// contained compiles contains(LIST, x), which is one_of(x, LIST...).
func (c *compiler) contained(e *hclsyntax.FunctionCallExpr) (*Node, bool) {
	if len(e.Args) != 2 || e.ExpandFinal {
		return nil, false
	}
	choices, is := c.constantList(e.Args[0])
	if !is {
		return nil, false
	}
	args := append([]*Node{c.expr(e.Args[1])}, choices...)
	for _, a := range args {
		if a.IsBad() {
			return bad(e.Range()), true
		}
	}
	if len(choices) == 0 {
		return c.fail(diag.New(diag.ArgumentType, e.Args[0].Range(), "The list is empty, so it contains nothing.").WithSummary("Argument list of contains is empty")), true
	}
	n, d := c.apply(oneOfFunc, args, e.Range())
	if d != nil {
		return c.fail(*d), true
	}
	return n, true
}

// part is the reference of [Member]. Structs and json are held as their JSON
// text. inner says that a part of the part is wanted.
func part(v value.Value, n *Node, inner bool) (value.Value, bool) {
	var raw json.RawMessage
	switch k := v.Kind(); {
	case k == types.List:
		if elems := v.Elems(); n.Indexed && n.Index < len(elems) {
			return elems[n.Index], true
		}
		return value.Null, true
	case k != types.JSON && k != types.Struct:
		return value.Null, true // a column of unknown type that has no parts
	case n.Indexed:
		var list []json.RawMessage
		if json.Unmarshal([]byte(v.Str()), &list) != nil || n.Index >= len(list) {
			return value.Null, true
		}
		raw = list[n.Index]
	default:
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(v.Str()), &object) != nil {
			return value.Null, true
		}
		raw = object[n.Name]
	}
	if len(raw) == 0 || string(raw) == "null" {
		return value.Null, true
	}
	if n.base.Type.Kind == types.Unknown && inner {
		return value.Text(types.JSON, string(raw)), true
	}
	return fromJSON(raw, n.base.Type)
}

// fromJSON reads a value of a type out of JSON. Of unknown type it is the text
// of a text, and else the JSON.
func fromJSON(raw json.RawMessage, t types.Type) (value.Value, bool) {
	text := string(raw)
	if raw[0] == '"' {
		if json.Unmarshal(raw, &text) != nil {
			return value.Null, false
		}
	}
	switch t.Kind {
	case types.Unknown:
		return value.String(text), true
	case types.Bool:
		return value.Bool(text == "true"), text == "true" || text == "false"
	case types.List:
		return listFromJSON(raw, t)
	case types.Struct, types.JSON:
		var b bytes.Buffer
		if json.Compact(&b, raw) != nil {
			return value.Null, false
		}
		return value.Text(t.Kind, b.String()), true
	case types.String, types.Enum, types.UUID, types.Bytes:
		return value.Text(t.Kind, text), true
	}
	return value.Parse(text, t)
}

func listFromJSON(raw json.RawMessage, t types.Type) (value.Value, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return value.Null, false
	}
	elem := types.UnknownType
	if t.Elem != nil {
		elem = *t.Elem
	}
	out := make([]value.Value, len(list))
	for i, e := range list {
		if string(e) == "null" {
			continue
		}
		v, ok := fromJSON(e, elem)
		if !ok {
			return value.Null, false
		}
		out[i] = v
	}
	return value.List(out...), true
}
