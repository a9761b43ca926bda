package expr

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// Facts is what a condition proves of the columns it speaks of, and of members
// of columns, in every row in which the condition has a certain outcome.
type Facts struct{ byPath map[string]fact }

// fact is about one path. The values bound what is not null: a path that is
// one of ("a", "b") may still be null.
type fact struct {
	column  string // the column's name, when the path is a column
	nonNull bool
	values  []string // nil: any
}

// ColumnFact is what is known of a column.
type ColumnFact struct {
	Column  string
	NotNull bool
	Values  []string // the only values it can have besides null; nil: any
}

// Columns returns the facts about whole columns, sorted by name.
func (f Facts) Columns() []ColumnFact {
	var out []ColumnFact
	for _, x := range f.byPath {
		if x.column != "" {
			out = append(out, ColumnFact{x.column, x.nonNull, x.values})
		}
	}
	slices.SortFunc(out, func(a, b ColumnFact) int { return strings.Compare(a.Column, b.Column) })
	return out
}

// NotNull returns the columns known to be not null, sorted.
func (f Facts) NotNull() []string {
	var out []string
	for _, c := range f.Columns() {
		if c.NotNull {
			out = append(out, c.Column)
		}
	}
	return out
}

// Narrow returns what holds in every row for which the condition is true.
func Narrow(condition *Node) Facts {
	if condition == nil || condition.IsBad() {
		return Facts{}
	}
	budget := maxTrials
	return narrow(condition, whenTrue, &budget)
}

// outcomes is a set of what a condition can come to.
type outcomes struct{ yes, no, null bool }

// What the sides of a conditional, && and || know.
var (
	whenTrue    = outcomes{yes: true}
	whenNotTrue = outcomes{no: true, null: true}
)

// Bounds on the work of narrowing in one expression: nodes evaluated, and
// values tried of one column. Beyond them nothing more is known.
const (
	maxTrials  = 500_000
	maxChoices = 256
)

// narrow asks of every path in the condition what it can be: it puts null,
// each of the values a closed list has, and, for open text, each text the
// condition names and "another one" in its place, and evaluates what can be
// evaluated. What comes to an outcome outside the set is ruled out. So the
// rules are those of the evaluation, and there are no others.
func narrow(n *Node, when outcomes, budget *int) Facts {
	t := &trial{paths: map[*Node]string{}, texts: map[string]bool{}, budget: budget}
	size := t.collect(n)
	facts := Facts{}
	for _, at := range t.distinct() {
		path := t.paths[at]
		f := fact{}
		if at.Op == Column && at.Relation == "" {
			f.column = at.Name
		}
		possible := func(o outcome) bool {
			t.target, t.put = path, o
			can := t.eval(n).truth()
			return (can.yes && when.yes) || (can.no && when.no) || (can.null && when.null)
		}
		if !t.afford(size) {
			break
		}
		f.nonNull = !possible(known(value.Null))
		f.values = t.choices(at, size, possible)
		if f.nonNull || f.values != nil {
			if facts.byPath == nil {
				facts.byPath = map[string]fact{}
			}
			facts.byPath[path] = f
		}
	}
	return facts
}

// choices returns the values of a text that are possible when others are not;
// nil when nothing is ruled out, or everything.
func (t *trial) choices(at *Node, size int, possible func(outcome) bool) []string {
	all, open := at.base.Type.Values, false
	switch at.base.Type.Kind {
	case types.Enum:
	case types.String:
		all, open = slices.Sorted(maps.Keys(t.texts)), true
	default:
		return nil
	}
	if len(all) > maxChoices || !t.afford(size*(len(all)+1)) || (open && possible(outcome{other: true})) {
		return nil
	}
	var left []string
	for _, v := range all {
		if possible(known(value.Text(at.base.Type.Kind, v))) {
			left = append(left, v)
		}
	}
	if !open && len(left) == len(all) {
		return nil
	}
	return left
}

// path names a column or a member of one; "" for every other node.
func path(n *Node) string {
	switch n.Op {
	case Column:
		return n.Relation + strconv.Quote(n.Name)
	case Member:
		if base := path(n.Args[0]); base != "" {
			return base + n.step()
		}
	}
	return ""
}

// narrowed applies what is known at this place to a column or member.
func (c *compiler) narrowed(n *Node) *Node {
	n.base = n.info
	p := path(n)
	for _, facts := range c.facts {
		f, ok := facts.byPath[p]
		if !ok {
			continue
		}
		if f.nonNull {
			n.info.Nullable = false
		}
		if f.values == nil {
			continue
		}
		left := f.values
		if t := n.info.Type; t.Kind == types.Enum {
			left = nil
			for _, v := range t.Values {
				if slices.Contains(f.values, v) {
					left = append(left, v)
				}
			}
		}
		if len(left) > 0 { // else no row comes here
			n.info.Type = types.EnumOf(left...)
		}
	}
	return n
}

// knowing runs f where the facts hold.
func (c *compiler) knowing(facts Facts, f func() *Node) *Node {
	c.facts = append(c.facts, facts)
	n := f()
	c.facts = c.facts[:len(c.facts)-1]
	return n
}
