package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// activations compiles every activation and every instance of one. A mistake
// in the block of an activation with for_each is reported once, not once for
// each instance that shows it.
func (c *compiler) activations() {
	instances, ds := c.in.Config.Instances(c.in.Constants)
	c.diags.Extend(ds)
	c.compiled = map[string]*ir.Activation{}
	for _, a := range c.inOrder(instances) {
		before := c.diags
		c.diags = nil
		compiled := c.activation(a)
		own := c.diags
		c.diags = before
		c.compiled[nameOf(a.Addr)] = nil
		if compiled != nil && !own.HasErrors() && !a.Poisoned {
			c.res.Activations = append(c.res.Activations, *compiled)
			c.compiled[nameOf(a.Addr)] = compiled
		}
		for _, d := range own {
			if a.Each == nil || !slices.ContainsFunc(before, func(o diag.Diagnostic) bool { return sameMistake(o, d) }) {
				c.diags.Append(d)
			}
		}
	}
}

func sameMistake(a, b diag.Diagnostic) bool {
	return a.Code == b.Code && a.Range == b.Range && a.Summary == b.Summary
}

// nameOf is the name of an activation in the compiled form: contacts, or
// audience["eu"] for an instance.
func nameOf(a addr.Activation) string { return strings.TrimPrefix(a.String(), "activation.") }

// Names returns the names of all configured activations and instances, as the
// compiled form and state have them. Those of a for_each that cannot be
// evaluated are left out.
func Names(cfg *syntax.Config, consts *syntax.Constants) []string {
	instances, _ := cfg.Instances(consts) // compiling reports what is wrong
	var out []string
	for _, a := range instances {
		if a.ForEach == nil || a.Addr.Key != "" {
			out = append(out, nameOf(a.Addr))
		}
	}
	return out
}

// constants are those of the project, and `each` in an instance.
func (u *unit) constants() map[string]cty.Value {
	all := u.compiler.constants()
	if u.block.Each != nil {
		all = maps.Clone(all)
		all["each"] = u.block.Each.Object()
	}
	return all
}

// shares checks the references of `shares`.
func (u *unit) shares() {
	for _, s := range u.block.Shares {
		u.knownActivation(s)
	}
}

// knownActivation reports a reference to an activation that does not exist.
func (c *compiler) knownActivation(ref *syntax.ActivationRef) bool {
	if c.in.Config.Poisoned {
		return true // it may stand in the part that could not be read
	}
	a, ok := c.in.Config.Activation(ref.Addr.Name)
	if ok && (ref.Addr.Key == "" || a.ForEach != nil) {
		return true
	}
	var names []string
	for _, b := range c.in.Config.Activations {
		names = append(names, b.Addr.String())
	}
	asked := ref.Addr.String()
	d := diag.New(diag.UnknownActivation, ref.Range, "No activation block declares it.%s", diag.DidYouMean(asked, names)).
		WithSummary("There is no %s", asked)
	if ok {
		d = diag.New(diag.UnknownActivation, ref.Range, "It has no for_each, so it has no instances. Write %s.", a.Addr).
			WithSummary("There is no %s", asked).WithRelated(a.DefRange, "%s", a.Addr).
			WithFix("use "+a.Addr.String(), diag.Edit{Range: ref.Range, NewText: a.Addr.String()})
	} else if s := diag.Suggest(asked, names); len(s) == 1 {
		d = d.WithFix("use "+s[0], diag.Edit{Range: ref.Range, NewText: s[0]})
	}
	c.diags.Append(d)
	return false
}

// ownership sees to it that a field of an object has one owner: two
// activations may map it only when they are instances of one for_each or each
// names the other in `shares`. Those then learn of each other: a key that both
// hold is invalid in both.
func (c *compiler) ownership() {
	type slot struct{ account, object, field string }
	type owner struct {
		of  int // index of the activation
		key bool
	}
	owners := map[slot][]owner{}
	whole := map[slot]*ir.Activation{}
	for i := range c.res.Activations {
		a := &c.res.Activations[i]
		object := slot{account: a.Target.Holder(), object: a.Target.Object}
		if first := whole[object]; first != nil && a.Target.Schema.Replace {
			c.diags.Append(diag.New(diag.DuplicateOwner, a.Range, "%s is written anew as a whole on every run, so that what %s wrote there would be lost. Send each to an object of its own.",
				a.Target.Address(), first.Address()).WithSummary("%s has two activations", a.Target.Address()).WithRelated(first.Range, "%s", first.Address()))
			continue
		}
		whole[object] = a
		for k, m := range append(slices.Clone(a.Key), a.Fields...) {
			isKey := k < len(a.Key)
			s := slot{object.account, object.object, m.Field}
			for _, o := range owners[s] {
				if o.of == i || (isKey && o.key) {
					continue // two may find records by one field; to write it is another matter
				}
				b := &c.res.Activations[o.of]
				if ok, oneSided := c.mayShare(a, b); !ok {
					c.diags.Append(c.twoOwners(a, b, m, oneSided))
					break
				}
				if !slices.EqualFunc(a.Key, b.Key, func(x, y ir.Mapping) bool { return x.Field == y.Field }) {
					c.diags.Append(diag.New(diag.DuplicateOwner, m.Expr.Range, "%s finds records by other key fields, so that a record which both hold would not be noticed. Give both the same key fields, or leave the field to one of them.", b.Address()).
						WithSummary("Field %q is shared under different keys", m.Field).WithRelated(b.Range, "%s", b.Address()))
					break
				}
				if !slices.Contains(a.Overlaps, b.Name) {
					a.Overlaps, b.Overlaps = append(a.Overlaps, b.Name), append(b.Overlaps, a.Name)
				}
			}
			owners[s] = append(owners[s], owner{i, isKey})
		}
	}
	for i := range c.res.Activations {
		slices.Sort(c.res.Activations[i].Overlaps)
	}
}

// mayShare reports whether two activations may map one field. oneSided is the
// one that does not name the other, when only one of them does.
func (c *compiler) mayShare(a, b *ir.Activation) (ok bool, oneSided *ir.Activation) {
	x, y := c.blockOf(a), c.blockOf(b)
	if x == nil || y == nil || x == y {
		return true, nil
	}
	names := func(from *syntax.Activation, to *ir.Activation) bool {
		return slices.ContainsFunc(from.Shares, func(s *syntax.ActivationRef) bool {
			name := nameOf(s.Addr)
			return name == to.Name || strings.HasPrefix(to.Name, name+"[")
		})
	}
	ab, ba := names(x, b), names(y, a)
	switch {
	case ab && ba:
		return true, nil
	case ab:
		return false, b
	case ba:
		return false, a
	}
	return false, nil
}

// blockOf returns the block an activation was compiled from.
func (c *compiler) blockOf(a *ir.Activation) *syntax.Activation {
	name, _, _ := strings.Cut(a.Name, "[")
	b, _ := c.in.Config.Activation(name)
	return b
}

func (c *compiler) twoOwners(a, b *ir.Activation, m ir.Mapping, oneSided *ir.Activation) diag.Diagnostic {
	detail := "%s maps %s of %s too, so each would undo the other on every run. Leave the field to one of them; or, where they never hold the same record, let each name the other in `shares`."
	d := diag.New(diag.DuplicateOwner, m.Expr.Range, detail, b.Address(), m.Field, a.Target.Address())
	if oneSided != nil {
		other := a
		if oneSided == a {
			other = b
		}
		d = diag.New(diag.DuplicateOwner, m.Expr.Range, "%s names %s in `shares`, but not the other way round. Add shares = [%s] to %s, or leave the field to one of them.",
			other.Address(), oneSided.Address(), other.Address(), oneSided.Address())
	}
	return d.WithSummary("Field %q is owned by two activations", m.Field).WithRelated(b.Range, "%s", b.Address())
}
