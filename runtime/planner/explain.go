//go:build duckdb_arrow

package planner

import (
	"context"
	"fmt"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/runtime/duck"
)

// Row is what a plan does with one row: for tests that users write, which look
// at every row of small sources.
type Row struct {
	Activation int    // index into the document's activations
	List       string // send, create, update, remove, unchanged, invalid, held, blocked
	Op         string // operation of the change set; "" for none
	Reason     string // why the row is invalid, held or blocked, or removed for want of consent; else ""
	ID, Key    []duck.Value
	Fields     []duck.Value // as the destination would hold them; before a removal, as it holds them
	Sent       []bool       // fields that are sent
}

// lists tells which list of expectations the rows of an operation belong to.
var lists = map[int64]string{
	diff.OpSend: "send", diff.OpCreate: "create", diff.OpAppend: "create", diff.OpUpdate: "update", diff.OpRekey: "update",
	diff.OpDelete: "remove", diff.OpArchive: "remove", diff.OpClear: "remove", diff.OpRelease: "remove", diff.OpForget: "remove",
	diff.OpResolve: "unchanged", diff.OpBlock: "blocked",
}

// explain returns every row of the source, and every row of state that leaves,
// with what becomes of it: first the change set in its order, then the rest.
func (o *one) explain(ctx context.Context) ([]Row, error) {
	changed, err := o.explainChanged(ctx)
	if err != nil {
		return nil, err
	}
	rest, err := o.explainRest(ctx)
	if err != nil || !o.spec.Freezes() {
		return append(changed, rest...), err
	}
	frozen, err := o.explainFrozen(ctx)
	return append(append(changed, rest...), frozen...), err
}

// explainFrozen returns the rows of state that are held and no longer in.
func (o *one) explainFrozen(ctx context.Context) ([]Row, error) {
	cells, err := o.db.QueryRows(ctx, o.spec.ExplainedFrozen())
	if err != nil {
		return nil, fmt.Errorf("explain held rows: %w", err)
	}
	var out []Row
	for _, c := range cells {
		next := cutter(c[1:])
		r := Row{List: "held", ID: next(len(o.spec.ID)), Key: next(len(o.spec.Key)), Fields: next(len(o.spec.Fields)), Sent: make([]bool, len(o.spec.Fields))}
		r.Reason, _ = c[0].Reveal()
		out = append(out, r)
	}
	return out, nil
}

func (o *one) explainChanged(ctx context.Context) ([]Row, error) {
	q := "SELECT op, cause, " + columnNames("i", len(o.spec.ID))
	if len(o.spec.Key) > 0 {
		q += ", " + columnNames("k", len(o.spec.Key))
	}
	for i := range o.spec.Fields {
		q += ", " + o.spec.Shown(i)
	}
	if n := len(o.spec.Fields); n > 0 {
		q += ", " + columnNames("b", n) + ", " + columnNames("s", n)
	}
	cells, err := o.db.QueryRows(ctx, q+" FROM ("+o.verdicts.Changes(o.recreated > 0, nil)+") ORDER BY "+o.spec.Order())
	if err != nil {
		return nil, fmt.Errorf("explain changes: %w", err)
	}
	var out []Row
	for _, c := range cells {
		op, err := number(c[0])
		if err != nil {
			return nil, err
		}
		cause, err := number(c[1])
		if err != nil {
			return nil, err
		}
		next := cutter(c[2:])
		r := Row{List: lists[op], Op: diff.OpName(int(op)), Reason: diff.CauseReason(cause), ID: next(len(o.spec.ID)), Key: next(len(o.spec.Key))}
		after, before, sent := next(len(o.spec.Fields)), next(len(o.spec.Fields)), next(len(o.spec.Fields))
		r.Fields = after
		if r.List == "remove" || op == diff.OpBlock {
			r.Fields = before
		}
		for _, s := range sent {
			text, _ := s.Reveal()
			r.Sent = append(r.Sent, text == "true")
		}
		out = append(out, r)
	}
	return out, nil
}

// cutter takes a row apart from its beginning.
func cutter(cells []duck.Value) func(n int) []duck.Value {
	return func(n int) []duck.Value {
		part := cells[:n]
		cells = cells[n:]
		return part
	}
}

func (o *one) explainRest(ctx context.Context) ([]Row, error) {
	cells, err := o.db.QueryRows(ctx, o.verdicts.Explained(o.salt))
	if err != nil {
		return nil, fmt.Errorf("explain rows: %w", err)
	}
	var out []Row
	for _, c := range cells {
		bad, err := number(c[0])
		if err != nil {
			return nil, err
		}
		next := cutter(c[5:])
		r := Row{List: "unchanged", ID: next(len(o.spec.ID)), Key: next(len(o.spec.Key)), Fields: next(len(o.spec.Fields)), Sent: make([]bool, len(o.spec.Fields))}
		is := func(i int) bool { text, _ := c[i].Reveal(); return text == "true" }
		why, _ := c[4].Reveal()
		invalid := bad > 0 && !o.spec.Reasons[bad-1].Held
		if bad > 0 && o.spec.Reasons[bad-1].Blocked {
			r.List, r.Reason = "blocked", o.spec.Reasons[bad-1].Reason
			out = append(out, r)
			continue
		}
		switch {
		case invalid:
			r.Reason = o.spec.Reasons[bad-1].Reason
		case is(1):
			r.Reason = diff.DuplicateID
		case is(2):
			r.Reason = diff.DuplicateKey
		case why == diff.WhyTaken:
			r.Reason = diff.KeyTaken
		}
		switch {
		case r.Reason != "":
			r.List = "invalid"
		case bad > 0:
			r.List, r.Reason = "held", o.spec.Reasons[bad-1].Reason
		}
		out = append(out, r)
	}
	return out, nil
}
