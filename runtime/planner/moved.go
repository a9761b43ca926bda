//go:build duckdb_arrow

package planner

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/state"
)

// find reads the head that the activation goes on from: its own, or that of a
// name it had, with today's names of fields.
func (o *one) find() (diag.Diagnostics, error) {
	if o.r.State == nil || o.removal != nil {
		return nil, nil
	}
	h, ds, err := o.r.State.Head(o.a.Name)
	if err != nil || ds.HasErrors() {
		return ds, err
	}
	var m plan.Moved
	for _, f := range o.a.Former.Names {
		old, ds, err := o.r.State.Head(f.Name)
		if err != nil || ds.HasErrors() {
			return ds, err
		}
		switch {
		case old == nil || h != nil && old.LeftOver(h):
		case h != nil:
			return bothEnds(o.a, f, h, old), nil
		default:
			h, m.From = old, "activation."+f.Name
		}
	}
	if h == nil {
		o.serial, err = o.r.State.LastSerial(o.a.Name)
		return nil, err
	}
	if !o.a.Target.Schema.Replace { // what leat writes whole has the old names until it is written anew
		m.Key, m.Fields = h.Renames(o.a.Former)
	}
	if m.From != "" || len(m.Key)+len(m.Fields) > 0 {
		o.moved = &m
	}
	if len(h.Segments) > 0 && len(h.ID) != len(o.a.ID) {
		return otherID(o.a.Range, h.Activation, len(h.ID), len(o.a.ID)), nil
	}
	o.head = h.Renamed(o.moved)
	if o.a.Rollout.Set || o.a.Holdout.Set {
		draw := h.Draw
		if draw == "" {
			draw = h.Activation
		}
		if draw != o.a.Name {
			a := *o.a // compiled activations are never changed
			a.Former.Draw = draw
			o.a = &a
		}
	}
	return nil, nil
}

// otherID reports state whose ids have another number of parts than they have
// now, which nothing converts.
func otherID(at diag.Range, activation string, had, has int) diag.Diagnostics {
	return diag.Diagnostics{diag.New(diag.IDTypeChanged, at,
		"The number of columns that make an id is %d in the state of activation.%s, and %d now. Set the id back, or give the activation a new name.", had, activation, has)}
}

func bothEnds(a *ir.Activation, f ir.FormerName, h, old *state.Head) diag.Diagnostics {
	return diag.Diagnostics{diag.New(diag.StateAtBothEnds, f.Range,
		"There is state of activation.%s (%d rows) and of activation.%s (%d rows), so the one cannot become the other. Where activation.%s was applied under its new name already, put removed { from = activation.%s } in the place of this block: that gives up the older state and leaves the records as they are. Where they are two activations, remove this block.",
		old.Activation, old.Live(), h.Activation, h.Live(), a.Name, old.Activation).
		WithSummary("There is state at both ends of the move to %s", a.Address()).WithRelated(a.Range, "%s", a.Address())}
}

// removal is an activation that is gone, with the state that goes, too.
type removal struct {
	block *ir.Removal
	head  *state.Head
}

// all are the activations of the plan, in order, with those that are gone;
// leaving tells these by name.
func (r *Request) all() (as []ir.Activation, leaving map[string]*removal, failed diag.Diagnostics, err error) {
	gone, err := r.removals()
	if err != nil {
		return nil, nil, nil, err
	}
	as, leaving = slices.Clone(r.Activations), map[string]*removal{}
	for i, m := range gone {
		a, ds := m.activation(r.Target)
		if !ds.HasErrors() {
			ds = r.rewritten(&a)
		}
		failed.Extend(ds)
		as = append(as, a)
		leaving[a.Name] = &gone[i]
	}
	slices.SortFunc(as, func(a, b ir.Activation) int { return cmp.Compare(a.Address(), b.Address()) })
	return as, leaving, failed, nil
}

// removals finds the state that `removed` blocks are about.
func (r *Request) removals() ([]removal, error) {
	if r.State == nil || len(r.Removals) == 0 {
		return nil, nil
	}
	heads, _, err := r.State.ListActivations() // damage is reported with the orphans
	if err != nil {
		return nil, err
	}
	var out []removal
	for _, h := range heads {
		i := slices.IndexFunc(r.Removals, func(b ir.Removal) bool { return b.Of(h.Activation) })
		if i < 0 || slices.Contains(r.Configured, h.Activation) {
			continue
		}
		out = append(out, removal{&r.Removals[i], h})
	}
	return out, nil
}

// activation makes an activation without rows out of what state says of it:
// everything it keeps is gone from the source. Its guards are those in state,
// as far as they can hold: a share of the rows says nothing when all are meant.
func (m removal) activation(target func(plugin, destination, object string) (ir.Target, bool)) (ir.Activation, diag.Diagnostics) {
	h := m.head
	a := ir.Activation{Name: h.Activation, Range: m.block.Range, Mode: ir.Upsert, Removed: ir.Keep, Deliver: ir.Delivery{OnUnknown: ir.UnknownSkip},
		Target: ir.Target{Plugin: h.Plugin, Destination: h.Destination, Object: h.Object, Account: h.Account}}
	from := []string{}
	sql := func(prefix string, i int, t types.Type) ir.Expr {
		name := prefix + strconv.Itoa(i)
		d, _ := diff.DuckType(t.String()) // the head was checked
		from = append(from, "NULL::"+d+" AS "+name)
		return ir.Expr{SQL: "r." + name}
	}
	for i, c := range h.ID {
		t, _ := types.Parse(c.Type)
		a.ID = append(a.ID, ir.Column{Name: c.Name, Type: t, Expr: sql("i", i, t)})
	}
	mappings := func(prefix string, cs []diff.Column) (out []ir.Mapping) {
		for i, c := range cs {
			t, _ := types.Parse(c.Type)
			out = append(out, ir.Mapping{Field: c.Name, Type: t, Expr: sql(prefix, i, t), Nullable: true, Write: ir.WriteAlways, Nulls: ir.NullsSkip})
		}
		return out
	}
	a.Key, a.Fields = mappings("k", h.Key), mappings("f", h.Fields)
	a.Source.Relation = "(SELECT " + strings.Join(from, ", ") + " WHERE false)"
	if !m.block.Delete {
		return a, nil
	}
	a.Removed = ir.Delete
	if n, err := strconv.ParseFloat(h.Guards.MaxRemoves, 64); err == nil {
		a.Guard.MaxRemoves = ir.Limit{Set: true, Value: n}
	}
	at := a.Target.Address()
	t, known := target(h.Plugin, h.Destination, h.Object)
	switch {
	case !known:
		return a, diag.Diagnostics{diag.New(diag.RemovedTargetGone, a.Range,
			"The records of %s are in %s, and no destination block says how to reach it. Put the block back until they are deleted, or write rows = \"keep\".", a.Address(), at).
			WithSummary("%s has records in a destination that is gone", a.Address())}
	case t.Schema.Name == "":
		return a, diag.Diagnostics{diag.New(diag.RemovedTargetGone, a.Range,
			"The records of %s are in %s, an object that the destination's schema does not have. Pull the schema again with `leat destinations schema pull destination.%s.%s`, or write rows = \"keep\".", a.Address(), at, h.Plugin, h.Destination).
			WithSummary("%s has records in an object that is not known", a.Address())}
	case !slices.Contains(t.Schema.Removal, string(ir.Delete)) || len(h.Key) == 0:
		return a, diag.Diagnostics{cannotDelete(a.Address(), at, a.Range, t.Schema.Removal)}
	}
	a.Target = t
	return a, nil
}

// rewritten refuses to delete records of an object that is written as a whole
// and that another activation writes now: the two would overwrite each other.
func (r *Request) rewritten(a *ir.Activation) diag.Diagnostics {
	if a.Removed != ir.Delete || !a.Target.Schema.Replace {
		return nil
	}
	others := r.Neighbours
	if others == nil {
		others = r.Activations
	}
	i := slices.IndexFunc(others, func(o ir.Activation) bool {
		return o.Name != a.Name && o.Target.Holder() == a.Target.Holder() && o.Target.Object == a.Target.Object
	})
	if i < 0 {
		return nil
	}
	at, by := a.Target.Address(), others[i].Address()
	return diag.Diagnostics{diag.New(diag.RemovedCannotDelete, a.Range,
		"%s is written anew as a whole by %s, which leaves out what it does not keep itself. Write rows = \"keep\"; or a `moved` block, if %s goes on where %s ended.", at, by, by, a.Address()).
		WithSummary("The records of %s are those of %s now", a.Address(), by).WithRelated(others[i].Range, "%s", by)}
}

func cannotDelete(address, at string, rng diag.Range, offers []string) diag.Diagnostic {
	how := "Write rows = \"keep\", and delete them there where they are to go."
	if len(offers) > 0 {
		how = "Write rows = \"keep\"; or configure it once more with on_removed = \"" + offers[0] + "\" and where = false, apply that, and remove it then."
	}
	return diag.New(diag.RemovedCannotDelete, rng, "%s does not delete records. %s", at, how).WithSummary("The records of %s cannot be deleted", address)
}

// describeRemoval completes the document of an activation that is removed.
func (o *one) describeRemoval() {
	h := o.head
	o.doc.Class, o.doc.Removed = "removed", plan.RemovedKeep
	if o.removal.block.Delete {
		o.doc.Removed = plan.RemovedDelete
	}
	o.doc.Mode, o.doc.GuardRules = h.Mode, h.Guards
	o.doc.Counts.Managed = h.Live() - h.Counts[state.Released.Name()]
}

// commitsRemoval says whether there is something to commit: rows that change,
// or nothing but state that can go. Rows that were refused stay, and are told.
func (o *one) commitsRemoval() bool {
	c := o.doc.Counts
	return c.Deliverable()+c.Local() > 0 || c.Managed == 0 || o.doc.Removed == plan.RemovedKeep
}
