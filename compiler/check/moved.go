package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// moves are the `moved` blocks of a configuration, ready to be followed.
type moves struct {
	cfg       *syntax.Config
	instances []*syntax.Activation // with an address of their own
	open      map[string]bool      // names of blocks whose instances are not known
	to        map[addr.Activation]*syntax.Moved
}

func newMoves(cfg *syntax.Config, consts *syntax.Constants) *moves {
	m := &moves{cfg: cfg, open: map[string]bool{}, to: map[addr.Activation]*syntax.Moved{}}
	all, _ := cfg.Instances(consts) // compiling reports what is wrong
	for _, a := range all {
		if a.ForEach != nil && a.Addr.Key == "" {
			m.open[a.Addr.Name] = true
			continue
		}
		m.instances = append(m.instances, a)
	}
	for _, b := range cfg.Moved {
		if b.From == nil || b.To == nil || b.To.Part != "" {
			continue
		}
		if m.to[b.To.Activation] == nil {
			m.to[b.To.Activation] = b
		}
	}
	return m
}

// before is where state of an activation was kept before: moved by its own
// address, or as an instance with all the others.
func (m *moves) before(a addr.Activation) (addr.Activation, *syntax.Moved) {
	if b := m.to[a]; b != nil {
		return b.From.Activation, b
	}
	if b := m.to[addr.Activation{Name: a.Name}]; b != nil && a.Key != "" && b.From.Activation.Key == "" {
		return addr.Activation{Name: b.From.Activation.Name, Key: a.Key}, b
	}
	return addr.Activation{}, nil
}

// former lists the earlier addresses of an activation, the latest first.
func (m *moves) former(a addr.Activation) (out []addr.Activation, by []*syntax.Moved) {
	seen := map[addr.Activation]bool{a: true}
	for {
		prev, b := m.before(a)
		if b == nil || seen[prev] {
			return out, by
		}
		seen[prev] = true
		out, by, a = append(out, prev), append(by, b), prev
	}
}

// formerOf is former for the compiled form, with the fields.
func (m *moves) formerOf(a addr.Activation, out *ir.Activation) ir.Former {
	var f ir.Former
	names, by := m.former(a)
	for i, n := range names {
		f.Names = append(f.Names, ir.FormerName{Name: nameOf(n), Range: by[i].DefRange})
	}
	known := append([]addr.Activation{a}, names...)
	follow := func(part string, ms []ir.Mapping) (out []ir.Renamed) {
		from := map[string]string{}
		for _, b := range m.members(part, known) {
			if _, twice := from[b.To.Name]; !twice {
				from[b.To.Name] = b.From.Name
			}
		}
		for _, f := range ms {
			var was []string
			for name, ok := from[f.Field]; ok && !slices.Contains(was, name) && name != f.Field; name, ok = from[name] {
				was = append(was, name)
			}
			if len(was) > 0 {
				out = append(out, ir.Renamed{Name: f.Field, Was: was})
			}
		}
		return out
	}
	f.Key, f.Fields = follow(syntax.PartKey, out.Key), follow(syntax.PartField, out.Fields)
	return f
}

// members are the blocks that move a part of an activation under one of its
// addresses. A block that names the activation means all its instances.
func (m *moves) members(part string, known []addr.Activation) (out []*syntax.Moved) {
	for _, b := range m.cfg.Moved {
		if b.From != nil && b.To != nil && b.To.Part == part && slices.ContainsFunc(known, func(a addr.Activation) bool {
			return a == b.To.Activation || a.Name == b.To.Activation.Name && b.To.Activation.Key == ""
		}) {
			out = append(out, b)
		}
	}
	return out
}

// is lists the activations of the configuration that an address means: itself,
// or all instances of it.
func (m *moves) is(a addr.Activation) (out []*syntax.Activation) {
	for _, i := range m.instances {
		if i.Addr == a || a.Key == "" && i.Addr.Name == a.Name {
			out = append(out, i)
		}
	}
	return out
}

// now lists the activations that an address, followed through moves, means.
func (m *moves) now(a addr.Activation) (out []*syntax.Activation) {
	for _, i := range m.instances {
		names, _ := m.former(i.Addr)
		if slices.ContainsFunc(append(names, i.Addr), func(n addr.Activation) bool { return n == a || a.Key == "" && n.Name == a.Name }) {
			out = append(out, i)
		}
	}
	return out
}

// renames checks the `moved` blocks.
func (c *compiler) renames() {
	c.moves = newMoves(c.in.Config, c.in.Constants)
	if c.in.Config.Poisoned {
		return // what a block speaks of may stand in the part that could not be read
	}
	var good []*syntax.Moved
	for i, b := range c.in.Config.Moved {
		if b.From == nil || b.To == nil {
			continue
		}
		if c.contradicts(b, c.in.Config.Moved[:i]) {
			continue
		}
		good = append(good, b)
	}
	round := c.circles(good)
	for _, b := range good {
		switch {
		case round[b]:
		case b.To.Part == "":
			c.movedActivation(b)
		default:
			c.movedMember(b)
		}
	}
}

// thing writes what a reference names as users do.
func thing(r *syntax.MemberRef) string {
	s := r.Activation.String()
	if r.Part != "" {
		s += "." + r.Part + "[" + strconv.Quote(r.Name) + "]"
	}
	return s
}

func same(a, b *syntax.MemberRef) bool {
	return a.Activation == b.Activation && a.Part == b.Part && a.Name == b.Name
}

// contradicts reports a block that shares an end with an earlier one.
func (c *compiler) contradicts(b *syntax.Moved, earlier []*syntax.Moved) bool {
	for _, o := range earlier {
		if o.From == nil || o.To == nil {
			continue
		}
		switch {
		case same(b.From, o.From):
			c.diags.Append(diag.New(diag.MovesContradict, b.From.Range, "State of one thing cannot go to two places. Keep the block that tells what happened, and remove the other.").
				WithSummary("%s is moved twice", thing(b.From)).WithRelated(o.From.Range, "It is moved here, too"))
			return true
		case same(b.To, o.To):
			c.diags.Append(diag.New(diag.MovesContradict, b.To.Range, "It can go on from one of the two only. Keep the block of the one whose state it is to have; the state of the other can be given up with a `removed` block.").
				WithSummary("Two things move to %s", thing(b.To)).WithRelated(o.To.Range, "The other one"))
			return true
		}
	}
	return false
}

// circles reports moves that lead back to where they began, each circle once.
func (c *compiler) circles(all []*syntax.Moved) map[*syntax.Moved]bool {
	next := func(b *syntax.Moved) *syntax.Moved {
		for _, n := range all {
			if same(n.From, b.To) {
				return n
			}
		}
		return nil
	}
	round := map[*syntax.Moved]bool{}
	for _, b := range all {
		if round[b] {
			continue
		}
		path := []*syntax.Moved{b}
		for n := next(b); n != nil && !slices.Contains(path[1:], n); n = next(n) {
			if n == b {
				for _, p := range path {
					round[p] = true
				}
				c.diags.Append(diag.New(diag.MovesContradict, b.DefRange, "%s ends where it begins, so that no name is the one of today. Remove the block that no longer holds.", thing(b.From)).
					WithSummary("Moves go round in a circle").WithRelated(path[len(path)-1].DefRange, "This one leads back"))
				break
			}
			path = append(path, n)
		}
	}
	return round
}

func (c *compiler) movedActivation(b *syntax.Moved) {
	from, to := b.From.Activation, b.To.Activation
	stays := c.moves.is(from)
	if from.Key == "" && to.Key != "" {
		// State from before for_each becomes that of one instance.
		stays = slices.DeleteFunc(stays, func(a *syntax.Activation) bool { return a.Addr != from })
	}
	if len(stays) > 0 {
		c.stillThere(b.From.Range, from.String(), stays[0].DefRange, "A `moved` block tells of a name that is no longer used. Remove the block, or rename the activation.")
		return
	}
	if slices.ContainsFunc(c.in.Config.Moved, func(o *syntax.Moved) bool {
		return o.From != nil && o.To != nil && o.From.Part == "" && (o.From.Activation == to || o.From.Activation == addr.Activation{Name: to.Name})
	}) || slices.ContainsFunc(c.in.Config.Removed, func(r *syntax.Removed) bool {
		return r.From != nil && (r.From.Addr == to || r.From.Addr == addr.Activation{Name: to.Name})
	}) || c.moves.open[to.Name] {
		return
	}
	are := c.moves.is(to)
	switch {
	case len(are) == 0:
		c.nowhere(b.To.Range, to.String(), true)
	case from.Key != "" && are[0].Addr != to:
		c.diags.Append(diag.New(diag.MovedNowhere, b.To.Range, "It has for_each, so that state is kept for each instance. Name the one that goes on from %s, such as %s.", from, are[0].Addr).
			WithSummary("%s is several activations", to).WithRelated(are[0].DefRange, "%s", to))
	}
}

func (c *compiler) movedMember(b *syntax.Moved) {
	are := c.moves.now(b.To.Activation)
	if len(are) == 0 {
		if !c.moves.open[b.To.Activation.Name] {
			c.nowhere(b.To.Range, b.To.Activation.String(), false)
		}
		return
	}
	known, _ := c.moves.former(are[0].Addr)
	carried := slices.ContainsFunc(c.moves.members(b.To.Part, append(known, are[0].Addr)), func(o *syntax.Moved) bool { return o.From.Name == b.To.Name })
	var names []string
	for _, a := range are {
		fields := a.Fields
		if b.To.Part == syntax.PartKey {
			fields = nil
			if a.Key != nil {
				fields = a.Key.Fields
			}
		}
		for _, f := range fields {
			if f.Name == b.From.Name {
				c.stillThere(b.From.Range, thing(b.From), f.Range, "A `moved` block tells of a field that is no longer mapped. Remove the block, or take the field out.")
				return
			}
			names = append(names, f.Name)
		}
		if a.Poisoned {
			carried = true // it may be among what could not be read
		}
	}
	if carried || slices.Contains(names, b.To.Name) {
		return
	}
	what := "field"
	if b.To.Part == syntax.PartKey {
		what = "key field"
	}
	slices.Sort(names)
	d := diag.New(diag.MovedNowhere, b.To.Range, "%s maps no %s %q.%s", are[0].Addr, what, b.To.Name, diag.DidYouMean(b.To.Name, slices.Compact(names))).
		WithSummary("The move to %s leads nowhere", thing(b.To)).WithRelated(are[0].DefRange, "%s", are[0].Addr)
	c.diags.Append(d)
}

func (c *compiler) stillThere(at diag.Range, what string, there diag.Range, how string) {
	c.diags.Append(diag.New(diag.MovedStillThere, at, "%s", how).WithSummary("%s is still configured", what).WithRelated(there, "It stands here"))
}

// nowhere reports an address at the end of a move that no activation has.
// whole says that the range is of the address alone.
func (c *compiler) nowhere(at diag.Range, asked string, whole bool) {
	var names []string
	for _, a := range c.moves.instances {
		names = append(names, a.Addr.String())
	}
	d := diag.New(diag.MovedNowhere, at, "No activation of the configuration has this address.%s", diag.DidYouMean(asked, names)).WithSummary("There is no %s", asked)
	if s := diag.Suggest(asked, names); whole && len(s) == 1 {
		d = d.WithFix("use "+s[0], diag.Edit{Range: at, NewText: s[0]})
	}
	c.diags.Append(d)
}

// removals checks the `removed` blocks.
func (c *compiler) removals() {
	blocks := c.in.Config.Removed
	for i, b := range blocks {
		set, ds := b.Settings(c.in.Constants)
		c.diags.Extend(ds)
		if b.From == nil || ds.HasErrors() {
			continue
		}
		a := b.From.Addr
		if !c.in.Config.Poisoned && c.removalContradicts(b, blocks[:i]) {
			continue
		}
		r := ir.Removal{Name: nameOf(a), Range: b.DefRange, Delete: set.Rows.Value == "delete"}
		names, _ := c.moves.former(a)
		for _, n := range names {
			r.Former = append(r.Former, nameOf(n))
		}
		c.res.Removals = append(c.res.Removals, r)
	}
	slices.SortFunc(c.res.Removals, func(a, b ir.Removal) int { return strings.Compare(a.Name, b.Name) })
}

func (c *compiler) removalContradicts(b *syntax.Removed, earlier []*syntax.Removed) bool {
	a := b.From.Addr
	if there := c.moves.is(a); len(there) > 0 {
		c.stillThere(b.From.Range, a.String(), there[0].DefRange, "A `removed` block says what becomes of an activation that is gone. Remove the block, or the activation.")
		return true
	}
	for _, o := range earlier {
		if o.From != nil && o.From.Addr == a {
			c.diags.Append(diag.New(diag.MovesContradict, b.From.Range, "What becomes of its records is said once. Remove one of the blocks.").
				WithSummary("%s is removed twice", a).WithRelated(o.From.Range, "The other one"))
			return true
		}
	}
	for _, o := range c.in.Config.Moved {
		if o.From != nil && o.To != nil && o.From.Part == "" && o.From.Activation == a {
			c.diags.Append(diag.New(diag.MovesContradict, b.From.Range, "Its state goes to %s. To remove that one, name it here; to give up the state, remove the `moved` block.", o.To.Activation).
				WithSummary("%s is moved and removed", a).WithRelated(o.From.Range, "It is moved here"))
			return true
		}
	}
	return false
}

// Former returns the names that state may hold configured activations under
// before a move was applied, with the names they have now.
func Former(cfg *syntax.Config, consts *syntax.Constants) map[string]string {
	m := newMoves(cfg, consts)
	out := map[string]string{}
	for _, a := range m.instances {
		names, _ := m.former(a.Addr)
		for _, n := range names {
			out[nameOf(n)] = nameOf(a.Addr)
		}
	}
	return out
}
