package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// destination checks a destination block against its plugin type.
func (c *compiler) destination(d *syntax.Destination) {
	set, ds := d.Settings(c.in.Constants)
	c.diags.Extend(ds)
	c.labelsKnown(set)
	base, ok := c.in.Schemas[d.Addr.Type]
	if !ok {
		names := sortedKeys(c.in.Schemas)
		c.diags.Append(diag.New(diag.UnknownPlugin, d.TypeRange, "There is no destination type %q. Built in are: %s.%s",
			d.Addr.Type, strings.Join(names, ", "), diag.DidYouMean(d.Addr.Type, names)).
			WithSummary("Unknown destination type %q", d.Addr.Type))
		c.res.Destinations[d.Addr] = Destination{Block: d, Settings: set}
		return
	}
	c.config(d, set, base.Schema)
	s := base
	snap, pulled := c.in.Snapshots[d.Addr]
	switch {
	case base.Schema.Declared:
		s = c.declared(d, set, base)
	case pulled:
		s = snap
	case base.Schema.NeedsPull:
		c.diags.Append(diag.New(diag.NoSchema, d.DefRange,
			"What %s accepts is learnt from the account itself, and no snapshot is committed, so mappings to it are not checked. Run `leat destinations schema pull %s` and commit %s.",
			d.Addr, d.Addr, SnapshotFile(d.Addr)).WithSummary("%s has no schema", d.Addr))
	}
	if !base.Schema.Declared {
		c.notDeclared(d, base.Schema)
	}
	c.res.Destinations[d.Addr] = Destination{Block: d, Settings: set, Schema: s}
}

// SnapshotFile is where the schema snapshot of a destination is committed,
// relative to the project root.
func SnapshotFile(d addr.Destination) string {
	return "leat_schemas/" + d.Type + "." + d.Name + ".json"
}

// config checks the attributes of a config block by name.
func (c *compiler) config(d *syntax.Destination, set syntax.DestinationSettings, s *schema.Destination) {
	var names []string
	fields := map[string]schema.ConfigField{}
	for _, f := range s.Config {
		names = append(names, f.Name)
		fields[f.Name] = f
	}
	given := map[string]bool{}
	for _, v := range set.Config {
		given[v.Name] = true
		f, ok := fields[v.Name]
		if !ok {
			c.diags.Append(diag.New(diag.UnknownConfig, v.NameRange, "Destinations of type %q have no attribute %q.%s",
				s.Plugin, v.Name, diag.DidYouMean(v.Name, names)).WithSummary("Unknown config attribute %q", v.Name))
			continue
		}
		if f.Secret && v.Env == "" {
			c.diags.Append(diag.New(diag.SecretLiteral, v.Range, "%s is a secret, and this file is committed. Put it into an environment variable and write env(\"NAME\").", v.Name).
				WithSummary("Secret %q written into the configuration", v.Name))
		}
	}
	for _, f := range s.Config {
		if f.Required && !given[f.Name] && !d.Poisoned {
			c.diags.Append(diag.New(diag.MissingConfig, d.ConfigRange, "Destinations of type %q need the attribute %q in their config block: %s",
				s.Plugin, f.Name, f.Description).WithSummary("Missing config attribute %q", f.Name))
		}
	}
}

// target resolves `to`. It reports whether mappings can be judged.
func (u *unit) target() bool {
	to := u.block.To
	if to == nil {
		return false // reported by the parser
	}
	d, ok := u.res.Destinations[to.Addr.Destination]
	if !ok {
		if u.in.Config.Poisoned {
			return false
		}
		var names []string
		for _, b := range u.in.Config.Destinations {
			names = append(names, b.Addr.String())
		}
		asked := to.Addr.Destination.String()
		rng := to.NameRange
		rng.Start = to.TypeRange.Start
		dd := diag.New(diag.UnknownDestination, rng, "No destination block declares %s.%s Add one, or use a declared one.", asked, diag.DidYouMean(asked, names)).
			WithSummary("Unknown destination %s", asked)
		if s := diag.Suggest(asked, names); len(s) > 0 {
			dd = dd.WithFix("use "+s[0], diag.Edit{Range: rng, NewText: strings.TrimPrefix(s[0], "destination.")})
		}
		u.report(dd)
		return false
	}
	if d.Schema.Schema == nil {
		return false // unknown plugin type: reported at the block
	}
	u.dest = d
	s := d.Schema.Schema
	u.out.Target = ir.Target{Plugin: to.Addr.Destination.Type, Destination: to.Addr.Destination.Name, Object: to.Addr.Object,
		Account: s.Account, Describe: d.Schema.Digest, Limits: s.Limits,
		Accepts: values(d.Settings.Accepts), Region: d.Settings.Region.Value}
	if s.NeedsPull {
		return true // no schema: the warning stands at the destination
	}
	object, ok := s.Object(to.Addr.Object)
	if !ok && slices.ContainsFunc(d.Block.Objects, func(o *syntax.Object) bool { return o.Name == to.Addr.Object }) {
		return false // its declaration has a mistake, which is reported
	}
	if !ok {
		u.unknownObject(to, s)
		return false
	}
	u.object = object
	u.out.Target.Schema = *object
	return true
}

func (u *unit) unknownObject(to *syntax.TargetRef, s *schema.Destination) {
	var names []string
	for _, o := range s.Objects {
		names = append(names, o.Name)
	}
	how := fmt.Sprintf("If the account has it, run `leat destinations schema pull %s`.", to.Addr.Destination)
	if s.Declared {
		how = "Declare it in an `object` block of the destination."
	}
	if len(names) > 0 {
		how = "Its objects: " + list(names, 12) + ". " + how
	}
	d := diag.New(diag.UnknownObject, to.ObjectRange, "%s has no object %q.%s %s", to.Addr.Destination, to.Addr.Object, diag.DidYouMean(to.Addr.Object, names), how).
		WithSummary("Unknown object %q", to.Addr.Object)
	if u.dest.Schema.File != "" {
		d = d.WithRelated(diag.Range{Filename: u.dest.Schema.File}, "the account's schema, as pulled")
	}
	if s.Declared {
		d = d.WithRelated(u.dest.Block.DefRange, "the objects are declared here")
	}
	if sg := diag.Suggest(to.Addr.Object, names); len(sg) == 1 {
		d = d.WithFix("use "+sg[0], diag.Edit{Range: to.ObjectRange, NewText: sg[0]})
	}
	u.report(d)
}

// modeNeeds lists, per mode, the operations of which an object must offer one
// set.
var modeNeeds = map[ir.Mode][][]string{
	ir.Upsert:     {{"upsert"}},
	ir.UpdateOnly: {{"update"}},
	ir.CreateOnly: {{"create"}},
	ir.Append:     {{"append"}},
}

// operations checks that the object can do what mode, on_removed and the write
// rules ask for.
func (u *unit) operations() {
	o := u.object
	if o == nil {
		return
	}
	offers := func(set []string) bool {
		return !slices.ContainsFunc(set, func(name string) bool { _, ok := o.Operation(name); return !ok })
	}
	if need := modeNeeds[u.out.Mode]; need != nil && !slices.ContainsFunc(need, offers) {
		var can []string
		for _, m := range []ir.Mode{ir.Upsert, ir.UpdateOnly, ir.CreateOnly, ir.Append} {
			if slices.ContainsFunc(modeNeeds[m], offers) {
				can = append(can, `"`+string(m)+`"`)
			}
		}
		u.report(diag.New(diag.UnsupportedMode, place(u.set.Mode.Range, u.block.To.ObjectRange), "%s cannot be used with mode = %q. It supports: %s.",
			u.out.Target.Address(), u.out.Mode, strings.Join(can, ", ")).WithSummary("Mode %q is not supported by %s", u.out.Mode, u.out.Target.Object))
	}
	u.removal("on_removed", u.out.Removed, u.set.OnRemoved.Range)
}

// removal checks that the object offers a way of removing records.
func (u *unit) removal(attribute string, r ir.OnRemoved, at diag.Range) {
	o := u.object
	if o == nil || r == ir.Keep || slices.Contains(o.Removal, string(r)) {
		return
	}
	offered := append([]string{"keep"}, o.Removal...)
	u.report(diag.New(diag.UnsupportedRemoval, place(at, u.block.To.ObjectRange), "%s cannot %s records. %s may be: %s.",
		u.out.Target.Address(), r, attribute, strings.Join(offered, ", ")).WithSummary("%s offers no %s", u.out.Target.Object, r))
}

func place(rng, otherwise diag.Range) diag.Range {
	if rng.Filename == "" {
		return otherwise
	}
	return rng
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// list renders the first n names.
func list(names []string, n int) string {
	if len(names) > n {
		return strings.Join(names[:n], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}

// Target resolves an object by its names. It reports false when no destination
// has them; an object that its schema does not have comes without one.
func (r *Result) Target(plugin, destination, object string) (ir.Target, bool) {
	d, ok := r.Destinations[addr.Destination{Type: plugin, Name: destination}]
	if !ok || d.Schema.Schema == nil {
		return ir.Target{}, false
	}
	t := ir.Target{Plugin: plugin, Destination: destination, Object: object, Account: d.Schema.Schema.Account, Describe: d.Schema.Digest,
		Limits: d.Schema.Schema.Limits, Accepts: values(d.Settings.Accepts), Region: d.Settings.Region.Value}
	if o, ok := d.Schema.Schema.Object(object); ok {
		t.Schema = *o
	}
	return t, true
}
