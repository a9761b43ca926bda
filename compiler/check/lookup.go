package check

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// inOrder returns the instances so that each comes after those whose records it
// looks up, else as they are. Those on a circle are noted, and the circle is
// reported once.
func (c *compiler) inOrder(instances []*syntax.Activation) []*syntax.Activation {
	const untouched, underWay, done = 0, 1, 2
	state := map[*syntax.Activation]int{}
	var out, path []*syntax.Activation
	var visit func(a *syntax.Activation)
	visit = func(a *syntax.Activation) {
		state[a] = underWay
		path = append(path, a)
		for _, ref := range a.Lookups() {
			for _, b := range instances {
				if b.Addr.Name != ref.Addr.Name || (ref.Addr.Key != "" && b.Addr.Key != ref.Addr.Key) {
					continue
				}
				switch state[b] {
				case untouched:
					visit(b)
				case underWay:
					c.circle(path[slices.Index(path, b):], ref)
				}
			}
		}
		path = path[:len(path)-1]
		state[a] = done
		out = append(out, a)
	}
	for _, a := range instances {
		if state[a] == untouched {
			visit(a)
		}
	}
	return out
}

// circle reports activations that look each other up; closing is the reference
// that leads back to the first of them.
func (c *compiler) circle(path []*syntax.Activation, closing syntax.ActivationRef) {
	if c.circular == nil {
		c.circular = map[*syntax.Activation]bool{}
	}
	for _, a := range path {
		c.circular[a] = true
	}
	names := make([]string, 0, len(path)+1)
	for _, a := range append(slices.Clone(path), path[0]) {
		names = append(names, nameOf(a.Addr))
	}
	summary := "Lookups lead from %s back to it"
	detail := "An activation is applied after those whose records it looks up: " + strings.Join(names, " -> ") + " has no beginning."
	if len(path) == 1 {
		summary, detail = "%s looks up its own records", "They get their ids in the same step in which it would need them."
	}
	d := diag.New(diag.LookupCycle, closing.Range, "%s Set the field with a second activation on the same object, with mode = \"update_only\", that runs when all records exist.", detail).
		WithSummary(summary, path[0].Addr)
	for _, a := range path[1:] {
		d = d.WithRelated(a.DefRange, "on the way: %s", a.Addr)
	}
	c.diags.Append(d)
}

// lookupID answers which id lookup() has to give for an activation.
func (u *unit) lookupID(ref addr.Activation, at diag.Range) ([]types.Type, bool) {
	if !u.knownActivation(&syntax.ActivationRef{Addr: ref, Range: at}) || u.circular[u.block] {
		return nil, false
	}
	block, ok := u.in.Config.Activation(ref.Name)
	if !ok {
		return nil, false // it may stand in the part that could not be read
	}
	if block.ForEach != nil && ref.Key == "" {
		u.report(diag.New(diag.LookupReference, at, "%s has for_each, so that each instance keeps rows of its own. Name one: %s[\"KEY\"], or %s[each.key] in an activation with the same keys.", ref, ref, ref).
			WithSummary("%s is several activations", ref).WithRelated(block.DefRange, "%s", ref))
		return nil, false
	}
	to, compiled := u.compiled[nameOf(ref)]
	switch {
	case !compiled && block.ForEach != nil:
		u.report(diag.New(diag.UnknownActivation, at, "The for_each of activation.%s has no key %q.", ref.Name, ref.Key).WithSummary("There is no %s", ref).
			WithRelated(block.DefRange, "activation.%s", ref.Name))
		return nil, false
	case to == nil:
		return nil, false // it has errors of its own
	}
	why := ""
	switch {
	case to.Mode == ir.Append:
		why = "It only appends rows"
	case !to.Target.Schema.HasIDs() && len(to.Key) != 1:
		why = to.Target.Address() + " gives records no id of their own, and their key has several fields"
	}
	if why != "" {
		u.report(diag.New(diag.LookupTarget, at, "%s, so there is no single value by which another record could refer to one of its records. Map the columns that the records share instead.", why).
			WithSummary("Records of %s have no id to look up", ref).WithRelated(to.Range, "%s", ref))
		return nil, false
	}
	out := make([]types.Type, len(to.ID))
	for i, c := range to.ID {
		out[i] = c.Type
	}
	return out, true
}

// lookup takes over a compiled lookup. It reports whether the field can hold
// what it finds.
func (u *unit) lookup(f *syntax.Field, node *expr.Node, m *ir.Mapping) bool {
	switch m.Type.Kind {
	case types.Unknown:
		m.Type = types.StringType
	case types.String, types.Int, types.Decimal:
	default:
		u.report(diag.New(diag.LookupField, f.Expr.Range(), "%s is %s. Ids of records are texts, some of them numbers; map the lookup to a field that holds such.", f.Name, m.Type).
			WithSummary("Field %q cannot hold the id of a record", f.Name))
		return false
	}
	to := u.compiled[node.Name]
	m.Lookup = &ir.Lookup{Activation: node.Name, IDs: to.Target.Schema.HasIDs()}
	for _, n := range to.Former.Names {
		m.Lookup.Was = append(m.Lookup.Was, n.Name)
	}
	for i, arg := range node.Args {
		t := to.ID[i].Type
		m.Lookup.ID = append(m.Lookup.ID, ir.Column{Name: to.ID[i].Name, Type: t,
			Expr: ir.Expr{Text: u.text(arg.Range(), ""), SQL: lower.Canonical(arg, t), Range: arg.Range()}})
		m.Checks = append(m.Checks, checks(arg, f.Name, t)...)
	}
	u.refers(f, node, to)
	return true
}

// refers grades that every lookup finds a record: a relationships test says
// so, if the other activation keeps all rows of its model.
func (u *unit) refers(f *syntax.Field, node *expr.Node, to *ir.Activation) {
	proof := ir.Proof{Of: f.Name, Fact: ir.Refers, Grade: ir.Unproven}
	var stated []manifest.Proof
	column, bare := "", false
	if len(node.Args) == 1 {
		column, bare = expr.BareColumn(node.Args[0])
	}
	if m := u.facts.Column(column); bare && m.Found != nil {
		for _, r := range m.Found.Refers {
			if r.To == to.Source.UniqueID && strings.EqualFold(r.Column, to.ID[0].Name) {
				stated = append(stated, r.Proof)
			}
		}
	}
	keepsAll := to.Where == nil && !to.Rollout.Set && !to.Holdout.Set && to.Consent == nil && to.Mode == ir.Upsert
	if keepsAll {
		proof.Grade, proof.By = best(stated)
	}
	u.out.Proofs = append(u.out.Proofs, proof)
	if proof.Grade != ir.Unproven {
		return
	}
	detail := "Rows whose record " + to.Address() + " does not keep are held: not sent before it exists."
	switch {
	case len(stated) > 0 && !keepsAll:
		detail += " The relationships test is about all rows of " + to.Source.Name + ", and " + to.Address() + " keeps some of them only."
	case bare:
		detail += " Add a `relationships` test on " + column + " of " + u.facts.Relation.Name + ", to " + to.Source.Name + "."
	default:
		detail += " A relationships test proves it of a bare column only."
	}
	u.missing(diag.LookupUnproven, diag.LookupUnprovenRequired, u.atProofs(diag.New(diag.LookupUnproven, f.Expr.Range(), "%s", detail+u.insufficient(stated)).
		WithSummary("Nothing proves that the lookup of %q finds a record", f.Name), stated, expr.Columns(node)))
}
