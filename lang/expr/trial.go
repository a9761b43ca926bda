package expr

import (
	"slices"

	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// outcome is what is known of a value: the value itself; or that it is a text
// which none of the condition's texts equals; or of a truth value, what it can
// be; or nothing.
type outcome struct {
	v     value.Value
	is    bool
	other bool
	can   outcomes // empty: not known
}

func known(v value.Value) outcome { return outcome{v: v, is: true} }

func (o outcome) known() bool { return o.is }

func (o outcome) null() bool { return o.is && o.v.IsNull() }

// truth returns what a truth value can be.
func (o outcome) truth() outcomes {
	switch {
	case o.is:
		return outcomes{yes: o.v.True(), no: !o.v.IsNull() && !o.v.True(), null: o.v.IsNull()}
	case o.can == outcomes{}:
		return outcomes{true, true, true}
	}
	return o.can
}

// truly is the outcome of a truth value that can be one of several.
func truly(can outcomes) outcome {
	switch can {
	case outcomes{yes: true}:
		return known(value.Bool(true))
	case outcomes{no: true}:
		return known(value.Bool(false))
	case outcomes{null: true}:
		return known(value.Null)
	}
	return outcome{can: can}
}

// unknown is the outcome nothing is known of.
var unknown = outcome{}

// trial evaluates a condition with one path replaced and the others unknown.
// It must hold whatever the other paths are, so it uses no nullability: that
// of an inner node rests on facts which may not hold for the row.
type trial struct {
	paths  map[*Node]string
	texts  map[string]bool // the texts the condition names
	target string
	put    outcome
	budget *int // evaluations of nodes left
}

// afford takes evaluations from the budget, if it has them.
func (t *trial) afford(n int) bool {
	if *t.budget < n {
		return false
	}
	*t.budget -= n
	return true
}

// collect finds paths and texts and counts nodes.
func (t *trial) collect(n *Node) int {
	size := 1
	if p := path(n); p != "" {
		t.paths[n] = p
	}
	if n.Op == Literal && n.Type().Text() && !n.Value.IsNull() {
		t.texts[n.Value.Str()] = true
	}
	for _, a := range n.Args {
		size += t.collect(a)
	}
	return size
}

// distinct returns one node for each path, in the order of the paths.
func (t *trial) distinct() []*Node {
	first := map[string]*Node{}
	for n, p := range t.paths {
		if first[p] == nil { // equal paths have equal bases
			first[p] = n
		}
	}
	var out []*Node
	for _, n := range first {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *Node) int {
		return cmpText(t.paths[a], t.paths[b])
	})
	return out
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (t *trial) eval(n *Node) outcome {
	if p, ok := t.paths[n]; ok {
		if p == t.target {
			return t.put
		}
		if n.Op == Member && t.eval(n.Args[0]).null() {
			return known(value.Null)
		}
		return unknown
	}
	switch n.Op {
	case Literal:
		return known(n.Value)
	case Secret:
		return unknown
	case If:
		return t.choice(n)
	}
	args := make([]outcome, len(n.Args))
	all, null := true, false
	for i, a := range n.Args {
		args[i] = t.eval(a)
		all, null = all && args[i].known(), null || args[i].null()
	}
	switch n.Op {
	case IsNull, NotNull:
		if args[0].known() || args[0].other {
			return known(value.Bool(args[0].null() == (n.Op == IsNull)))
		}
		return truly(outcomes{yes: true, no: true})
	case And, Or:
		return junction(n.Op, args[0], args[1])
	case Not:
		can := args[0].truth()
		return truly(outcomes{yes: can.no, no: can.yes, null: can.null})
	case Call:
		return t.call(n, args, all, null)
	case Eq, Ne:
		if eq := t.equal(args[0], args[1]); eq.known() && !eq.null() && n.Op == Ne {
			return known(value.Bool(!eq.v.True()))
		} else {
			return eq
		}
	case Cast:
		if args[0].other && n.Type().Text() {
			return args[0]
		}
	}
	switch {
	case null:
		return known(value.Null)
	case !all:
		return unknown
	}
	e := &evaluation{valid: true}
	return sure(e.strict(n, values(args)), e.valid)
}

// sure is a computed value, if the step did not fail: a failed one makes the
// row invalid, and nothing more is said of it.
func sure(v value.Value, valid bool) outcome {
	if !valid {
		return unknown
	}
	return known(v)
}

func values(args []outcome) []value.Value {
	out := make([]value.Value, len(args))
	for i, a := range args {
		out[i] = a.v
	}
	return out
}

func (t *trial) choice(n *Node) outcome {
	cond := t.eval(n.Args[0])
	if cond.known() {
		if cond.v.True() {
			return t.eval(n.Args[1])
		}
		return t.eval(n.Args[2])
	}
	yes, no := t.eval(n.Args[1]), t.eval(n.Args[2])
	switch can := cond.truth(); {
	case !can.yes:
		return no
	case !can.no && !can.null:
		return yes
	case n.Type().Kind == types.Bool:
		a, b := yes.truth(), no.truth()
		return truly(outcomes{a.yes || b.yes, a.no || b.no, a.null || b.null})
	case yes.known() && no.known() && value.Same(yes.v, no.v):
		return yes
	case yes.other && no.other:
		return yes
	}
	return unknown
}

// junction is three-valued && and || over what both sides can be.
func junction(op Op, l, r outcome) outcome {
	a, b := l.truth(), r.truth()
	if op == Or {
		return truly(outcomes{yes: a.yes || b.yes, no: a.no && b.no, null: (a.null && (b.null || b.no)) || (b.null && a.no)})
	}
	return truly(outcomes{yes: a.yes && b.yes, no: a.no || b.no, null: (a.null && (b.null || b.yes)) || (b.null && a.yes)})
}

// equal compares; "another text" differs from every text of the condition.
func (t *trial) equal(a, b outcome) outcome {
	switch {
	case a.null() || b.null():
		return known(value.Null)
	case a.known() && b.known():
		return known(value.Bool(value.Compare(a.v, b.v) == 0))
	case a.other && b.known() && t.texts[b.v.Str()], b.other && a.known() && t.texts[a.v.Str()]:
		return known(value.Bool(false))
	}
	return unknown
}

func (t *trial) call(n *Node, args []outcome, all, null bool) outcome {
	switch {
	case n.Func.Clock:
		return unknown
	case n.Func.Nulls == function.Strict && null:
		return known(value.Null)
	case n.Func.Name == "coalesce":
		return coalesced(args, n.Type().Kind == types.Bool)
	case n.Func.Name == "one_of":
		return t.oneOf(args)
	case !all:
		return unknown
	}
	return sure(n.Func.Eval(n.CallInfo(), values(args)))
}

// coalesced is the first that is not null; a truth value that may be null or
// not leaves the rest to the next one.
func coalesced(args []outcome, truth bool) outcome {
	var can outcomes
	for _, a := range args {
		switch {
		case a.null():
			continue
		case !truth:
			return a
		}
		x := a.truth()
		can.yes, can.no = can.yes || x.yes, can.no || x.no
		if !x.null {
			return truly(can)
		}
	}
	can.null = true
	return truly(can)
}

func (t *trial) oneOf(args []outcome) outcome {
	result := known(value.Bool(false))
	for _, choice := range args[1:] {
		result = junction(Or, result, t.equal(args[0], choice))
	}
	return result
}
