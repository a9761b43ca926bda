package check

import (
	"slices"
	"strings"
	"unicode"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// source resolves `from` and builds the scope of `row`. It reports whether
// expressions over the row can be judged.
func (u *unit) source() bool {
	from := u.block.From
	if from == nil {
		return false // reported where it is read
	}
	rel := u.relation(from)
	if rel == nil {
		return false
	}
	u.facts = u.factsOf(rel)
	u.out.Source = ir.Source{UniqueID: rel.UniqueID, Name: from.String(), Relation: rel.RelationName,
		Dialect: u.in.Manifest.Metadata.Adapter, Path: rel.File()}
	u.scope = u.rowScope(rel)
	return true
}

// relation resolves a reference and holds its use against what the owners of
// the model allow. It is nil after a diagnostic, and without a manifest.
func (u *unit) relation(from *syntax.SourceRef) *manifest.Relation {
	m := u.in.Manifest
	if m == nil {
		return nil // reported where it is read
	}
	res := Resolve(m, from)
	if !res.OK() {
		d := u.located(res.Diagnostic(from.Range), res)
		if len(res.Candidates) > 0 && (res.Failure == manifest.UnknownName || res.Failure == manifest.UnknownPackage) && from.Kind == syntax.Model {
			d = d.WithFix("use ref("+res.Candidates[0]+")", diag.Edit{Range: from.Range, NewText: "ref(" + res.Candidates[0] + ")"})
		}
		u.report(d)
		return nil
	}
	u.govern(from, res.Relation)
	return res.Relation
}

// located gives the related places of a failed resolution their lines.
func (c *compiler) located(d diag.Diagnostic, res manifest.Resolution) diag.Diagnostic {
	for i := range d.Related {
		switch {
		case res.Disabled != nil:
			d.Related[i].Range = c.places.Disabled(res.Disabled)
		case res.Relation != nil:
			d.Related[i].Range = c.places.Model(res.Relation, "materialized")
		}
	}
	return d
}

func (c *compiler) factsOf(rel *manifest.Relation) *manifest.Facts {
	if f := c.facts[rel.UniqueID]; f != nil {
		return f
	}
	if c.facts == nil {
		c.facts = map[string]*manifest.Facts{}
	}
	f := c.in.Manifest.Facts(rel, c.in.Catalog, c.in.Verdicts)
	c.facts[rel.UniqueID] = f
	return f
}

// column is a source column as expressions see it.
type column struct {
	name string
	info types.Info
}

// columnsOf returns the columns of a relation with the best types known, and
// whether the list is complete.
func (u *unit) columnsOf(rel *manifest.Relation) (cols []column, complete bool) {
	dialect := u.in.Manifest.Metadata.Adapter
	live, haveLive := u.in.Live[rel.UniqueID]
	if haveLive {
		for _, l := range live {
			t, _ := types.FromWarehouse(dialect, l.DataType)
			cols = append(cols, column{l.Name, u.info(l.Name, t)})
		}
		return cols, true
	}
	for _, f := range u.facts.Columns {
		t := types.UnknownType
		if fact, ok := f.Type(); ok {
			t, _ = types.FromWarehouse(dialect, fact.DataType)
		}
		cols = append(cols, column{f.Name, u.info(f.Name, t)})
	}
	return cols, u.facts.Complete
}

// info adds to a column's type what tests and constraints say.
func (u *unit) info(name string, t types.Type) types.Info {
	info := types.Info{Type: t, Nullable: true, Labels: label.Names(u.marks(name))}
	match := u.facts.Column(name)
	if match.Found == nil {
		return info
	}
	if _, proven := manifest.BestGrade(match.Found.NotNull); proven {
		info.Nullable = false
	}
	if values, ok := allowed(match.Found, t); ok {
		info.Type = types.EnumOf(values...)
	}
	return info
}

// allowed returns the values that tests prove a column of type t to hold. A
// column of unknown type is text when it is compared with words.
func allowed(c *manifest.ColumnFacts, t types.Type) ([]string, bool) {
	for _, e := range c.Enums {
		if e.Quoted && e.Proof.Partial == "" && (t.Kind == types.String || t.Kind == types.Unknown && slices.ContainsFunc(e.Values, word)) {
			return e.Values, true
		}
	}
	return nil, false
}

// word reports whether no type but text has the value.
func word(s string) bool {
	return strings.ContainsFunc(s, unicode.IsLetter) && !slices.Contains([]string{"true", "false", "t", "f", "nan", "inf", "infinity"}, strings.ToLower(s)) && !slices.Contains([]byte("+-.0123456789"), s[0])
}

// where compiles the filter.
func (u *unit) where() {
	a := u.block.Where
	if a == nil {
		return
	}
	node, ok := u.compile(a.Expr, useWhere, types.BoolType)
	if !ok {
		return
	}
	if t := node.Type(); t.Kind != types.Bool && t.Kind != types.Unknown && t.Kind != types.Null {
		u.report(diag.New(diag.MappingImpossible, a.Expr.Range(), "`where` decides which rows belong, so it must be true or false; this is %s. Compare it with something, as in %s != null.", t, u.text(a.Expr.Range(), "row.x")).
			WithSummary("`where` is not a condition"))
		return
	}
	u.narrowed = expr.Narrow(node)
	u.out.Where = &ir.Expr{Text: u.text(a.Expr.Range(), ""), SQL: lower.Condition(node), Range: a.Expr.Range()}
}
