package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/leat-dev/leat/compiler/schema"
)

// serves lists, per operation of a change set, the object's operations that
// can do it, best first.
var serves = map[string][]string{
	"send":    {"upsert", "create"},
	"create":  {"create", "upsert"},
	"update":  {"update", "upsert"},
	"rekey":   {"update"},
	"delete":  {"delete", "archive"},
	"archive": {"archive", "delete"},
	"clear":   {"update", "upsert"},
	"append":  {"append", "create"},
}

// Serving returns the object's operation that does a change set's operation.
func Serving(o *schema.Object, op string) (*schema.Operation, bool) {
	for _, name := range serves[op] {
		if s, ok := o.Operation(name); ok {
			return s, true
		}
	}
	if o.Replace && len(o.Operations) > 0 {
		return &o.Operations[0], true
	}
	return nil, false
}

// step is a run of rows of one operation.
type step struct {
	op    string
	phase int
	rows  int64
}

// steps are the deliverable operations with rows, in sending order.
func (c Counts) steps() []step {
	all := []step{{"delete", 0, c.Delete}, {"archive", 0, c.Archive}, {"clear", 0, c.Clear}, {"rekey", 1, c.Rekey},
		{"send", 2, c.Send}, {"create", 2, c.Create}, {"update", 2, c.Update}, {"append", 2, c.Append}}
	return slices.DeleteFunc(all, func(s step) bool { return s.rows == 0 })
}

// Costs returns the calls that the counts make necessary, and the share of
// each declared limit that they use. Operations are in sending order, limits
// are ordered by name.
func Costs(o *schema.Object, limits []schema.Limit, c Counts) ([]Operation, []LimitCost) {
	ops, costs := []Operation{}, []LimitCost{}
	for _, s := range c.steps() {
		op := Operation{Name: s.op, Certainty: "certain", Records: s.rows, Requests: 1, Limits: []string{}}
		if s.op == "send" {
			op.Certainty = "known_after_apply"
		}
		if by, ok := Serving(o, s.op); ok {
			op.Operation, op.Endpoint, op.Retry = by.Name, by.Endpoint, string(by.Retry)
			op.MaxRecords, op.MaxBytes = by.MaxRecords, by.MaxBytes
			op.Limits = append(op.Limits, by.Limits...)
			if by.MaxRecords > 0 {
				op.Requests = ceil(s.rows, int64(by.MaxRecords))
			}
			op.Requests *= int64(max(1, by.CallsPerBatch))
		}
		ops = append(ops, op)
	}
	for _, l := range limits {
		used := int64(0)
		for _, op := range ops {
			if !slices.Contains(op.Limits, l.Name) {
				continue
			}
			if l.Counts == "records" || l.Counts == "billable" {
				used += op.Records
			} else {
				used += op.Requests
			}
		}
		if used > 0 {
			costs = append(costs, LimitCost{l.Name, l.Amount, l.Window, l.Concurrent, cmp.Or(l.Counts, "requests"), used, seconds(l, used)})
		}
	}
	slices.SortFunc(costs, func(a, b LimitCost) int { return cmp.Compare(a.Limit, b.Limit) })
	return ops, costs
}

// seconds is the least time in which a limit lets so many calls through: the
// first window's worth goes at once.
func seconds(l schema.Limit, used int64) int64 {
	window, err := time.ParseDuration(l.Window)
	if err != nil || l.Amount <= 0 {
		return 0
	}
	return int64(float64(ceil(used, l.Amount)-1) * window.Seconds())
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }

// BuildGraph returns the steps of applying: per activation its deliveries in
// phase order, then its commit. commits says which activations have something
// to commit; deliveries imply one. Rows are those of the change set, which is
// ordered by phase and operation. Steps that look up records come after the
// commits of those.
func BuildGraph(as []Activation, commits []bool) []Node {
	graph := []Node{}
	for i, a := range as {
		var before, current []int // nodes of earlier phases, of this phase
		phase, from := -1, int64(0)
		for _, s := range a.Counts.steps() {
			if s.phase != phase {
				before, current, phase = append(before, current...), nil, s.phase
			}
			n := Node{ID: len(graph), Kind: Deliver, Activation: i, Phase: s.phase, Op: s.op, From: from, To: from + s.rows, After: after(before)}
			graph = append(graph, n)
			current = append(current, n.ID)
			from = n.To
		}
		before = append(before, current...)
		if len(before) > 0 || commits[i] {
			graph = append(graph, Node{ID: len(graph), Kind: Commit, Activation: i, Phase: 3, From: from, To: from + a.Counts.Local(), After: after(before)})
		}
	}
	if lookups(graph, as) {
		return inOrder(graph)
	}
	return graph
}

func after(ids []int) []int { return append([]int{}, ids...) }

// inOrder puts the steps so that each comes after those it waits for, else as
// they are, and numbers them anew.
func inOrder(graph []Node) []Node {
	out, number := make([]Node, 0, len(graph)), make([]int, len(graph))
	done := make([]bool, len(graph))
	for len(out) < len(graph) {
		next := slices.IndexFunc(graph, func(n Node) bool {
			return !done[n.ID] && !slices.ContainsFunc(n.After, func(id int) bool { return !done[id] })
		})
		if next < 0 {
			return graph // the compiler refuses circles
		}
		done[next], number[next] = true, len(out)
		out = append(out, graph[next])
	}
	for i := range out {
		out[i].ID = i
		for k, id := range out[i].After {
			out[i].After[k] = number[id]
		}
		slices.Sort(out[i].After)
	}
	return out
}

// lookups adds what the steps of an activation wait for because its fields look
// up records of another: its writes for the commit of the other, and, the other
// way round, the removals there for its own, so that no record refers to one
// that is gone. It reports whether there are such fields.
func lookups(graph []Node, as []Activation) (found bool) {
	index, steps := map[string]int{}, make([][]*Node, len(as))
	for i, a := range as {
		index[a.Name] = i
	}
	for n := range graph {
		steps[graph[n].Activation] = append(steps[graph[n].Activation], &graph[n])
	}
	for i := range as {
		for _, f := range as[i].Fields {
			if f.Lookup == nil {
				continue
			}
			if to, planned := index[f.Lookup.Activation]; planned {
				found = true
				afterRecords(steps[i], steps[to], as[i].Target.Replace, as[to].Target.Replace)
			}
		}
	}
	return found
}

// afterRecords lets the steps mine wait for the records that theirs write. What
// is replaced as a whole is written in one step, removals with it.
func afterRecords(mine, theirs []*Node, wholeMine, wholeTheirs bool) {
	wait := func(n, other *Node) {
		if !slices.Contains(n.After, other.ID) {
			n.After = append(n.After, other.ID)
		}
	}
	for _, m := range mine {
		for _, t := range theirs {
			switch {
			case m.Kind != Deliver:
			case t.Kind == Commit && (m.Phase > 0 || wholeMine):
				wait(m, t)
			case t.Kind == Deliver && m.Phase == 0 && t.Phase == 0 && !wholeMine && !wholeTheirs:
				wait(t, m)
			}
		}
	}
}
