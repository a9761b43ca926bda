package hubspot

import (
	"context"
	"strconv"

	"github.com/leat-dev/leat/plugins/sdk"
)

// input is one record of a batch. The trace id comes back with the record or
// its error, so that each row gets its own outcome.
type input struct {
	ID           string            `json:"id,omitempty"`
	IDProperty   string            `json:"idProperty,omitempty"`
	Properties   map[string]string `json:"properties,omitzero"`
	Associations []struct{}        `json:"associations,omitzero"`
	Trace        string            `json:"objectWriteTraceId,omitempty"`
}

// Write makes one attempt at a batch. Objects with a unique key cost one
// request; others are looked up first.
func (c *connection) Write(ctx context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
	unique, err := c.isUnique(ctx, out, b.Object, b.Key)
	if err != nil {
		return err
	}
	w := &write{c: c, b: b, out: out, unique: unique}
	switch b.Op {
	case sdk.Send:
		return w.upsert(ctx)
	case sdk.Create:
		return w.create(ctx)
	case sdk.Update, sdk.Clear, sdk.Rekey:
		return w.update(ctx)
	case sdk.Archive:
		return w.archive(ctx)
	default:
		return &sdk.Fault{Class: sdk.FaultInternal, Code: "operation not offered"}
	}
}

// write is one batch under way.
type write struct {
	c      *connection
	b      *sdk.Batch
	out    *sdk.Outcomes
	unique bool
}

func (w *write) rows() []int {
	rows := make([]int, w.b.Len())
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// properties are the fields the row sends, with its key where asked for. A
// field that is sent without a value is emptied.
func (w *write) properties(row int, key bool) map[string]string {
	out := make(map[string]string, len(w.b.Fields)+len(w.b.Key))
	for i, f := range w.b.Fields {
		if !w.b.Sent(row, i) {
			continue
		}
		out[f.Name] = ""
		if w.b.Op != sdk.Clear {
			out[f.Name] = vendorText(f, row)
		}
	}
	if key {
		for _, k := range w.b.Key {
			out[k.Name] = vendorText(k, row)
		}
	}
	return out
}

func (w *write) input(row int, id string, key bool) input {
	return input{ID: id, Properties: w.properties(row, key), Trace: strconv.Itoa(row)}
}

// upsert uses the native operation for a unique key. Otherwise rows whose
// record id is known are updated by it, and the rest, with those whose record
// is gone, are found by key, then updated or created.
func (w *write) upsert(ctx context.Context) error {
	if w.unique {
		s := sending{action: "upsert"}
		for _, row := range w.rows() {
			in := w.input(row, vendorText(w.b.Key[0], row), false)
			in.IDProperty = w.b.Key[0].Name
			s.add(row, in)
		}
		return w.send(ctx, s)
	}
	var rest []int
	byID := sending{action: "update", absent: func(row int) { rest = append(rest, row) }}
	for _, row := range w.rows() {
		if id := w.b.DestID(row); id != "" {
			byID.add(row, w.input(row, id, true))
		} else {
			rest = append(rest, row)
		}
	}
	if err := w.send(ctx, byID); err != nil {
		return err
	}
	found, err := w.find(ctx, w.b.Key, rest)
	if err != nil {
		return err
	}
	updates, creates := sending{action: "update"}, sending{action: "create"}
	for _, row := range rest {
		switch matches := found[row]; len(matches) {
		case 0:
			creates.add(row, w.newRecord(row))
		case 1:
			updates.add(row, w.input(row, matches[0].ID, false))
		default:
			w.ambiguous(row)
		}
	}
	if err := w.send(ctx, updates); err != nil {
		return err
	}
	return w.send(ctx, creates)
}

func (w *write) newRecord(row int) input {
	in := w.input(row, "", true)
	in.Associations = []struct{}{}
	return in
}

// create leaves records that are there as they are. Where the key is not
// unique only a search can tell.
func (w *write) create(ctx context.Context) error {
	s := sending{action: "create"}
	var found map[int][]record
	if !w.unique {
		var err error
		if found, err = w.find(ctx, w.b.Key, w.rows()); err != nil {
			return err
		}
	}
	for _, row := range w.rows() {
		switch matches := found[row]; len(matches) {
		case 0:
			s.add(row, w.newRecord(row))
		case 1:
			w.out.Exists(row, matches[0].ID)
		default:
			w.ambiguous(row)
		}
	}
	return w.send(ctx, s)
}

// update writes to records that are there: by record id, by the unique key, or
// by what a search finds. Rekey finds them by the key as it was.
func (w *write) update(ctx context.Context) error {
	key := w.b.Key
	if w.b.Op == sdk.Rekey {
		key = w.b.Prior
	}
	s := sending{action: "update", absent: w.out.Absent}
	addressed, err := w.address(ctx, key, w.unique)
	if err != nil {
		return err
	}
	for _, row := range w.rows() {
		a, ok := addressed[row]
		if !ok {
			continue // has its outcome
		}
		in := w.input(row, a.id, w.b.Op == sdk.Rekey)
		in.IDProperty = a.property
		s.add(row, in)
	}
	return w.send(ctx, s)
}

// address is how a request names a record: by record id, or by the value of a
// property.
type address struct{ id, property string }

// address finds out how to name each row's record. byKey allows a unique key to
// stand in for the record id. Rows without a record, or with several, get their
// outcome.
func (w *write) address(ctx context.Context, key []sdk.Values, byKey bool) (map[int]address, error) {
	out := make(map[int]address, w.b.Len())
	var rest []int
	for _, row := range w.rows() {
		switch id := w.b.DestID(row); {
		case id != "":
			out[row] = address{id: id}
		case byKey:
			out[row] = address{vendorText(key[0], row), key[0].Name}
		default:
			rest = append(rest, row)
		}
	}
	found, err := w.find(ctx, key, rest)
	if err != nil {
		return nil, err
	}
	for _, row := range rest {
		switch matches := found[row]; len(matches) {
		case 0:
			w.out.Absent(row)
		case 1:
			out[row] = address{id: matches[0].ID}
		default:
			w.ambiguous(row)
		}
	}
	return out, nil
}

// archive needs record ids; it answers without a body, also for records that
// are gone already.
func (w *write) archive(ctx context.Context) error {
	addressed, err := w.address(ctx, w.b.Key, false)
	if err != nil {
		return err
	}
	s := sending{action: "archive", absent: w.out.Absent}
	for _, row := range w.rows() {
		if a, ok := addressed[row]; ok {
			s.add(row, input{ID: a.id})
		}
	}
	return w.send(ctx, s)
}

func (w *write) find(ctx context.Context, key []sdk.Values, rows []int) (map[int][]record, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	return w.c.find(ctx, w.out, question{object: w.b.Object, key: key, unique: w.unique}, rows)
}

func (w *write) ambiguous(row int) {
	w.out.Reject(row, sdk.Rejection{Class: sdk.Conflict, Code: "MULTIPLE_MATCHES", Field: w.b.Key[0].Name,
		Text: "several records have this key"})
}
