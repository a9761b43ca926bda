package selector

import (
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Definitions are the YAML selectors of a dbt project. The nil value has none.
type Definitions struct {
	file   string
	byName map[string]*definition
}

// definition is one selector. Its expression is made when it is first asked
// for while reading, so that selectors may name each other in any order.
type definition struct {
	name string
	body *tree
	rng  diag.Range // of the name
	expr *Expr      // nil: it has mistakes
	busy bool
	diag diag.Diagnostics
}

// Names returns the names of the selectors, sorted.
func (d *Definitions) Names() []string {
	if d == nil {
		return nil
	}
	var out []string
	for name := range d.byName {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// find returns a selector's expression, or why there is none.
func (d *Definitions) find(name string, rng diag.Range) (*Expr, diag.Diagnostics) {
	if d != nil {
		if def := d.byName[name]; def != nil {
			return def.expr, def.diag
		}
	}
	detail := "The dbt project has no selectors.yml beside dbt_project.yml that defines one."
	if d != nil {
		detail = d.file + " defines no selector of that name." + diag.DidYouMean(name, d.Names())
	}
	p := diag.New(diag.SelectorUnknown, rng, "%s", detail).WithSummary("Unknown selector %q", name)
	return nil, diag.Diagnostics{p}
}

// ReadYAML reads a selectors.yml. name is how diagnostics call it. A mistake in
// one selector is reported when that one is used: the others are none of the
// user's concern, who may have written them for dbt alone. Which is dbt's
// default does not matter here: it says what dbt builds when nothing is selected.
func ReadYAML(src []byte, name string) (*Definitions, diag.Diagnostics) {
	d := &Definitions{file: name, byName: map[string]*definition{}}
	y := &yamlSelectors{defs: d}
	root, at, err := readTree(src, name)
	if err != nil {
		y.report(at, "%s is not valid YAML here. Check indentation, quotes and colons; `dbt parse` reports the same problem.", name)
		return d, y.diags
	}
	list, ok := root.get("selectors")
	switch {
	case root.kind == nullTree || ok && list.kind == nullTree:
		return d, nil
	case !ok || list.kind != listTree:
		y.report(root.rng, "%s begins with `selectors:`, followed by a list of selectors, each with a name and a definition.", name)
		return d, y.diags
	}
	var defs []*definition
	for i := range list.list {
		if def := y.declare(&list.list[i]); def != nil {
			defs = append(defs, def)
		}
	}
	file := y.diags
	for _, def := range defs {
		y.resolve(def)
	}
	return d, file
}

type yamlSelectors struct {
	defs  *Definitions
	diags diag.Diagnostics
}

func (y *yamlSelectors) report(rng diag.Range, detail string, args ...any) *Expr {
	y.diags.Append(diag.New(diag.SelectorsInvalid, rng, detail, args...))
	return nil
}

func (y *yamlSelectors) declare(t *tree) *definition {
	name, ok := t.get("name")
	body, has := t.get("definition")
	switch {
	case t.kind != mapTree || !ok || name.text == "":
		y.report(t.rng, "A selector needs a `name`.")
	case !has:
		y.report(name.rng, "The selector %q needs a `definition`.", name.text)
	case y.defs.byName[name.text] != nil:
		y.report(name.rng, "The selector %q is defined twice. Rename one of them.", name.text)
	default:
		def := &definition{name: name.text, body: body, rng: name.rng}
		y.defs.byName[def.name] = def
		return def
	}
	return nil
}

func (y *yamlSelectors) resolve(def *definition) {
	if def.expr != nil || def.busy {
		return
	}
	def.busy = true
	outer := y.diags
	y.diags = nil
	if e := y.definition(def.body); e != nil {
		def.expr = &Expr{op: union, parts: []*Expr{e}, raw: "selector:" + def.name, rng: def.rng}
	}
	def.diag, y.diags = y.diags, outer
}

// definition reads any form of a definition.
func (y *yamlSelectors) definition(t *tree) *Expr {
	switch t.kind {
	case scalarTree:
		return y.criterion(t)
	case mapTree:
	default:
		return y.report(t.rng, "A definition is a selection such as tag:daily, a mapping, or a list under `union` or `intersection`.")
	}
	_, isUnion := t.get("union")
	_, isIntersection := t.get("intersection")
	switch {
	case (isUnion || isIntersection) && len(t.members) > 1:
		return y.report(t.rng, "`union` and `intersection` stand alone in a mapping. Nest one in the list of the other, and put `exclude` into the list.")
	case isUnion:
		return y.combination(t.members[0], union)
	case isIntersection:
		return y.combination(t.members[0], intersect)
	}
	return y.method(t)
}

// combination reads a list of definitions, one of which may be an exclude.
func (y *yamlSelectors) combination(m treeMember, how op) *Expr {
	if m.value.kind != listTree {
		return y.report(m.rng, "Below %s stands a list of definitions.", m.key)
	}
	out := &Expr{op: how}
	var without *Expr
	for i := range m.value.list {
		item := &m.value.list[i]
		excluded, ok := item.get("exclude")
		if ok && len(item.members) == 1 {
			if without != nil {
				return y.report(item.rng, "A list takes one `exclude`. Put all that is excluded below it.")
			}
			if without = y.exclusion(excluded); without == nil {
				return nil
			}
			continue
		}
		part := y.definition(item)
		if part == nil {
			return nil
		}
		out.parts = append(out.parts, part)
	}
	if without == nil {
		return out
	}
	return &Expr{op: difference, parts: []*Expr{out, without}}
}

func (y *yamlSelectors) exclusion(t *tree) *Expr {
	return y.combination(treeMember{"exclude", t.rng, *t}, union)
}

// criterion reads a selection written as on the command line; like dbt's, it
// is one term.
func (y *yamlSelectors) criterion(t *tree) *Expr {
	if strings.Contains(t.text, "{{") {
		return y.report(t.rng, "leat does not render Jinja in selectors. Write the value itself.")
	}
	c, problem := parseCriterion(t.text)
	if problem != nil {
		problem.Range = t.rng
		y.diags.Append(*problem)
		return nil
	}
	c.Range = t.rng
	return &Expr{op: single, criterion: c}
}

// method reads {METHOD: VALUE}, or {method: ..., value: ..., parents: true, ...}.
func (y *yamlSelectors) method(t *tree) *Expr {
	if len(t.members) == 1 && t.members[0].key != "method" {
		m := t.members[0]
		if m.value.kind != scalarTree {
			return y.report(m.rng, "%s takes one value. For several, write a list of definitions under `union`.", m.key)
		}
		return y.finish(m.key, &m.value, m.rng, Criterion{}, nil)
	}
	name, hasName := t.get("method")
	value, hasValue := t.get("value")
	if !hasName || !hasValue || name.kind != scalarTree || value.kind != scalarTree {
		return y.report(t.rng, "A definition in a mapping has `method` and `value`, each one text.")
	}
	var c Criterion
	var far generations
	var exclude *Expr
	ok := true
	for i := range t.members {
		m := &t.members[i]
		switch m.key {
		case "method", "value":
		case "exclude":
			if exclude = y.exclusion(&m.value); exclude == nil {
				return nil
			}
		default:
			ok = y.option(&c, &far, m) && ok
		}
	}
	if !ok {
		return nil
	}
	c.Parents, c.Children = far.parents.depth(), far.children.depth()
	return y.finish(name.text, value, name.rng, c, exclude)
}

// generations are `parents` and `children` with their depths, which count only
// beside them.
type generations struct{ parents, children reach }

type reach struct {
	on    bool
	limit int
	given bool
}

func (r reach) depth() int {
	switch {
	case !r.on:
		return 0
	case !r.given:
		return unlimited
	}
	return r.limit
}

// option reads what goes with method and value.
func (y *yamlSelectors) option(c *Criterion, far *generations, m *treeMember) bool {
	flag := func(set func()) bool {
		switch strings.ToLower(m.value.text) {
		case "true":
			set()
			return true
		case "false":
			return true
		}
		y.report(m.value.rng, "%s is true or false.", m.key)
		return false
	}
	number := func(to *reach) bool {
		n, err := strconv.Atoi(m.value.text)
		if err != nil || n < 0 || m.value.kind != scalarTree {
			y.report(m.value.rng, "%s is a number of generations.", m.key)
			return false
		}
		to.limit, to.given = n, true
		return true
	}
	switch m.key {
	case "parents":
		return flag(func() { far.parents.on = true })
	case "children":
		return flag(func() { far.children.on = true })
	case "childrens_parents":
		return flag(func() { c.Ancestry = true })
	case "parents_depth":
		return number(&far.parents)
	case "children_depth":
		return number(&far.children)
	case "indirect_selection":
		c.Indirect = Indirect(m.value.text)
		if slices.Contains(Indirects, c.Indirect) {
			return true
		}
		y.diags.Append(badIndirect(m.value.text, m.value.rng))
		return false
	}
	known := []string{"method", "value", "parents", "children", "childrens_parents", "parents_depth", "children_depth", "indirect_selection", "exclude"}
	y.report(m.rng, "%q does not go with method and value.%s", m.key, diag.DidYouMean(m.key, known))
	return false
}

func badIndirect(given string, rng diag.Range) diag.Diagnostic {
	names := make([]string, len(Indirects))
	for i, m := range Indirects {
		names[i] = string(m)
	}
	return diag.New(diag.SelectorValueInvalid, rng, "Indirect selection is one of %s.%s", strings.Join(names, ", "), diag.DidYouMean(given, names)).
		WithSummary("Indirect selection has no mode %q", given)
}

// finish makes the expression of one method.
func (y *yamlSelectors) finish(name string, value *tree, rng diag.Range, c Criterion, exclude *Expr) *Expr {
	if strings.Contains(value.text, "{{") {
		return y.report(value.rng, "leat does not render Jinja in selectors. Write the value itself.")
	}
	parts := strings.Split(name, ".")
	c.Method, c.Args, c.Value, c.Raw, c.Range = parts[0], parts[1:], value.text, name+":"+value.text, rng
	if c.Ancestry && (c.Parents != 0 || c.Children != 0) {
		return y.report(rng, "childrens_parents selects parents and children already. Leave the others out.")
	}
	if d := checkMethod(c); d != nil {
		y.diags.Append(*d)
		return nil
	}
	if c.Method == "selector" {
		other := y.defs.byName[c.Value]
		if other != nil {
			if other.busy && other.expr == nil && other.diag == nil {
				return y.report(value.rng, "The selector %q leads back to itself.", c.Value)
			}
			y.resolve(other)
		}
		if other == nil || other.expr == nil {
			_, why := y.defs.find(c.Value, value.rng)
			y.diags.Extend(why)
			return nil
		}
	}
	out := &Expr{op: single, criterion: c}
	if exclude == nil {
		return out
	}
	return &Expr{op: difference, parts: []*Expr{out, exclude}}
}
