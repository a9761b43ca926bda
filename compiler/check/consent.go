package check

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

var (
	useMatch = use{"activation.consent", "match", expr.ClockAllowed}
	useAllow = use{"activation.consent", "allow", expr.ClockAllowed}
)

// consenting is the relation that consent is kept in, seen as a source of its
// own, with what was compiled over it.
type consenting struct {
	*unit // of the relation: its facts, scope and used columns; nothing else is filled
	match []*expr.Node
	allow *expr.Node // nil after an error
}

// consent compiles the block `consent`.
func (u *unit) consent() {
	b := u.block.Consent
	if b == nil {
		if m := u.set.Guard.MaxWithdrawn; m.Set {
			u.report(diag.New(diag.WithdrawnUnused, m.Range, "Records are removed for want of consent only where a block `consent` says who consented. Add the block, or remove max_withdrawn."))
		}
		return
	}
	u.out.Guard.MaxWithdrawn = guardLimit(u.set.Guard.MaxWithdrawn)
	if b.From == nil || b.Match == nil || b.Allow == nil {
		return // reported where they are read
	}
	rel := u.relation(b.From)
	if rel == nil {
		return
	}
	of := &unit{compiler: u.compiler, block: u.block, set: u.set, out: &ir.Activation{}, used: map[string]bool{}, facts: u.factsOf(rel)}
	of.scope = of.rowScope(rel)
	of.scope.Root = expr.ConsentRoot
	u.consents = &consenting{unit: of}
	out := &ir.Consent{Range: b.From.Range, Withdrawn: ir.OnRemoved(u.set.OnWithdrawn.Value)}
	for _, e := range conjuncts(b.Match.Expr) {
		if pair, ok := u.matchPair(e); ok {
			out.Match = append(out.Match, pair)
		}
	}
	u.allow(b.Allow.Expr, out)
	out.Source = ir.Source{UniqueID: rel.UniqueID, Name: b.From.String(), Relation: rel.RelationName,
		Dialect: u.in.Manifest.Metadata.Adapter, Columns: of.columns(), Path: rel.File()}
	u.out.Consent = out
}

// conjuncts are the operands of &&.
func conjuncts(e hcl.Expression) []hcl.Expression {
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return conjuncts(x.Expression)
	case *hclsyntax.BinaryOpExpr:
		if x.Op == hclsyntax.OpLogicalAnd {
			return append(conjuncts(x.LHS), conjuncts(x.RHS)...)
		}
	}
	return []hcl.Expression{e}
}

// matchPair compiles one equality between the two relations. It is compiled as
// a whole, so that the rules of comparing hold, and then taken apart: the two
// sides are computed apart and joined.
func (u *unit) matchPair(e hcl.Expression) (ir.MatchPair, bool) {
	eq, ok := e.(*hclsyntax.BinaryOpExpr)
	if !ok || eq.Op != hclsyntax.OpEqual {
		u.report(diag.New(diag.ConsentMatch, e.Range(), "`match` is one or several equalities joined with &&, so that both sides can be looked up. Write consent.id == row.id; anything else belongs into the dbt model that keeps consent."))
		return ir.MatchPair{}, false
	}
	left, right := sideOf(eq.LHS), sideOf(eq.RHS)
	if !(left == "consent" && right == "row" || left == "row" && right == "consent") {
		u.report(diag.New(diag.ConsentMatch, e.Range(), "%s", oneSided(left, right)).WithSummary("Equality does not match consent with a row"))
		return ir.MatchPair{}, false
	}
	scope := u.scope
	scope.Consent = &u.consents.scope
	scope.Roots, scope.Clock, scope.Facts = roots(useMatch), useMatch.clock, u.narrowed
	node, ok := u.node(e, &scope)
	if !ok {
		return ir.MatchPair{}, false
	}
	if node.Op != expr.Eq {
		u.report(diag.New(diag.ConsentMatch, e.Range(), "One side is always null, and null matches nothing. Compare a column of consent with a column of row."))
		return ir.MatchPair{}, false
	}
	u.consents.match = append(u.consents.match, node)
	u.uses(node)
	l := ir.Expr{Text: u.text(eq.LHS.Range(), ""), SQL: lower.Expr(node.Args[0]), Range: eq.LHS.Range()}
	r := ir.Expr{Text: u.text(eq.RHS.Range(), ""), SQL: lower.Expr(node.Args[1]), Range: eq.RHS.Range()}
	if left == "row" {
		l, r = r, l
	}
	return ir.MatchPair{Consent: l, Row: r}, true
}

// sideOf says which of the two relations an expression is about: consent, row,
// both, or "" for neither.
func sideOf(e hcl.Expression) string {
	has := func(root string) bool {
		return slices.ContainsFunc(e.Variables(), func(t hcl.Traversal) bool { return t.RootName() == root })
	}
	switch {
	case has("consent") && has("row"):
		return "both"
	case has("consent"):
		return "consent"
	case has("row"):
		return "row"
	}
	return ""
}

func oneSided(left, right string) string {
	switch {
	case left == "both" || right == "both":
		return "One side of the equality uses both consent and row. Keep consent on one side and row on the other, as in consent.id == row.id."
	case left == "" && right == "consent" || left == "consent" && right == "":
		return "This compares consent with a constant, so it selects rows of consent rather than matching them. Select them in the dbt model that keeps consent, or decide in `allow`: where several rows match, all of them must allow."
	case left == "" && right == "row" || left == "row" && right == "":
		return "This compares row with a constant, so it selects rows rather than matching them. Select rows in `where` of the activation."
	}
	return "Each equality compares an expression over consent with one over row, as in consent.id == row.id."
}

// allow compiles what says whether a row of consent allows sending.
func (u *unit) allow(e hcl.Expression, out *ir.Consent) {
	scope := u.consents.scope
	scope.Roots, scope.Clock, scope.Want = roots(useAllow), useAllow.clock, types.BoolType
	node, ok := u.node(e, &scope)
	if !ok {
		return
	}
	if t := node.Type(); t.Kind != types.Bool && t.Kind != types.Unknown {
		u.report(diag.New(diag.ConsentAllow, e.Range(), "`allow` decides whether a row may be sent, so it must be true or false; this is %s. Compare it with something, as in %s == \"yes\".", t, u.text(e.Range(), "consent.x")))
		return
	}
	if len(expr.ColumnsOf(expr.ConsentRoot, node)) == 0 {
		u.report(diag.New(diag.ConsentAllow, e.Range(), "Whether a row may be sent is decided without a look at consent. Name a column of consent, such as consent.marketing; where a matching row is enough, consent.id != null with the column that `match` uses.").
			WithSummary("`allow` uses no column of consent"))
		return
	}
	u.consents.allow = node
	u.uses(node)
	out.Allow = ir.Expr{Text: u.text(e.Range(), ""), SQL: lower.Condition(node), Range: e.Range()}
}

// node compiles an expression in a scope of its own.
func (u *unit) node(e hcl.Expression, scope *expr.Scope) (*expr.Node, bool) {
	node, ds := expr.Compile(e, scope)
	if scope.Root == expr.ConsentRoot {
		ds = u.consents.atColumns(ds)
	}
	u.diags.Extend(ds)
	return node, !ds.HasErrors() && node != nil && !node.IsBad()
}

// uses notes the columns that an expression over both relations reads.
func (u *unit) uses(n *expr.Node) {
	for _, c := range expr.Columns(n) {
		u.used[c] = true
	}
	u.secrets = append(u.secrets, expr.Keys(n)...)
	for _, c := range expr.ColumnsOf(expr.ConsentRoot, n) {
		u.consents.used[c] = true
	}
}

// withdrawal checks that the object offers what `on_withdrawn` asks for.
func (u *unit) withdrawal() {
	if u.out.Consent != nil && u.block.Consent.OnWithdrawn != nil {
		u.removal("on_withdrawn", u.out.Consent.Withdrawn, u.set.OnWithdrawn.Range)
	}
}

// consentParts explains the expressions of the block.
func (u *unit) consentParts() []Part {
	b := u.block.Consent
	if b == nil || u.consents == nil {
		return nil
	}
	var out []Part
	add := func(name string, e hcl.Expression, known bool, nodes ...*expr.Node) {
		p := Part{Kind: PartConsent, Name: name, Text: u.text(e.Range(), ""), Range: e.Range(), Known: known}
		if known {
			p.Info = types.Info{Type: types.BoolType, Nullable: true}
			for _, c := range expr.ColumnsOf(expr.ConsentRoot, nodes...) {
				p.Columns = append(p.Columns, u.consents.explained(c))
			}
			for _, c := range expr.Columns(nodes...) {
				p.Columns = append(p.Columns, u.explained(c))
			}
		}
		out = append(out, p)
	}
	add("match", b.Match.Expr, len(u.consents.match) == len(conjuncts(b.Match.Expr)), u.consents.match...)
	add("allow", b.Allow.Expr, u.consents.allow != nil, u.consents.allow)
	return out
}
