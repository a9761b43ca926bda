package expr

import (
	"maps"
	"slices"

	"github.com/leat-dev/leat/lang/function"
)

// Narrow returns the columns that are not null in every row for which the
// condition is true, sorted.
func Narrow(condition *Node) []string {
	if condition == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(trueFacts(condition)))
}

// trueFacts are the columns that are not null when n is true.
func trueFacts(n *Node) map[string]bool {
	switch n.Op {
	case And:
		return union(trueFacts(n.Args[0]), trueFacts(n.Args[1]))
	case Or:
		return intersect(trueFacts(n.Args[0]), trueFacts(n.Args[1]))
	case NotNull:
		return strict(n.Args[0])
	case IsNull:
		return nil
	case Not:
		return union(strict(n.Args[0]), falseFacts(n.Args[0]))
	}
	return strict(n)
}

// falseFacts are the columns that are not null when n is false or null.
func falseFacts(n *Node) map[string]bool {
	switch n.Op {
	case And:
		return intersect(falseFacts(n.Args[0]), falseFacts(n.Args[1]))
	case Or:
		return union(falseFacts(n.Args[0]), falseFacts(n.Args[1]))
	case IsNull:
		return strict(n.Args[0])
	case Not:
		if op := n.Args[0].Op; op == NotNull || op == IsNull { // never null themselves
			return trueFacts(n.Args[0])
		}
	}
	return nil
}

// strict are the columns whose null makes n null, so that n not being null
// proves them.
func strict(n *Node) map[string]bool {
	out := map[string]bool{}
	switch n.Op {
	case Column:
		out[n.Name] = true
	case Call:
		if n.Func.Nulls == function.Strict {
			for _, a := range n.Args {
				maps.Copy(out, strict(a))
			}
		}
	case Cast, Neg, Not, Add, Sub, Mul, Div, Mod, Eq, Ne, Lt, Le, Gt, Ge, Concat:
		for _, a := range n.Args {
			maps.Copy(out, strict(a))
		}
	}
	return out
}

func union(a, b map[string]bool) map[string]bool {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]bool{}
	}
	maps.Copy(out, b)
	return out
}

func intersect(a, b map[string]bool) map[string]bool {
	out := map[string]bool{}
	for name := range a {
		if b[name] {
			out[name] = true
		}
	}
	return out
}
