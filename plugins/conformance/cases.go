package conformance

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

func replaces(t *testing.T, h *Harness) {
	s := start(t, h)
	if !s.object.GetReplace() {
		t.Skip("the object takes rows one by one")
	}
	want(t, s.write(t, sdk.Send, h.row(0, 0), h.row(1, 1)), created, updated, unchanged)
	s.expect(t, h.row(0, 0), h.row(1, 1))
	want(t, s.write(t, sdk.Send, h.row(1, 5), h.row(2, 2)), created, updated, unchanged)
	s.expect(t, h.row(1, 5), h.row(2, 2))

	// Without a commit, and with a commit of another number of rows, the
	// object stays as it was.
	for _, commit := range []*protocol.WriteCommit{nil, {Rows: 7}} {
		stream, err := s.api.Write(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		messages := []*protocol.WriteRequest{
			{Message: &protocol.WriteRequest_Open{Open: s.open()}},
			{Message: &protocol.WriteRequest_Batch{Batch: &protocol.WriteBatch{Sequence: 1, Op: sdk.Send, Arrow: s.encode(t, sdk.Send, []row{h.row(9, 9)})}}},
		}
		if commit != nil {
			messages = append(messages, &protocol.WriteRequest{Message: &protocol.WriteRequest_Commit{Commit: commit}})
		}
		for _, m := range messages {
			if err := stream.Send(m); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err == nil {
			t.Error("content that was not committed got an outcome")
		}
		s.expect(t, h.row(1, 5), h.row(2, 2))
	}
}

func createsAndUpdates(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "upsert")
	out := s.write(t, sdk.Send, h.row(0, 0), h.row(1, 1))
	want(t, out, created, updated) // an API may not tell which
	s.expect(t, h.row(0, 0), h.row(1, 1))
	again := s.write(t, sdk.Send, h.row(0, 7))
	want(t, again, updated, unchanged)
	if a, b := id(out, 0), id(again, 0); a != "" && b != "" && a != b {
		t.Errorf("the destination id changed from %q to %q", a, b)
	}
	s.expect(t, h.row(0, 7), h.row(1, 1))
}

func createsOnly(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "create")
	want(t, s.write(t, sdk.Create, h.row(0, 0)), created)
	s.expect(t, h.row(0, 0))
	if !s.uniqueKey() {
		return // a second create makes a second record
	}
	want(t, s.write(t, sdk.Create, h.row(0, 3)), exists)
	s.expect(t, h.row(0, 0))
}

// uniqueKey reports whether the destination guarantees the harness's key.
func (s *session) uniqueKey() bool {
	for _, k := range s.object.GetKeys() {
		if k.GetUnique() && len(k.GetFields()) == len(s.h.Key) && k.GetFields()[0] == s.h.Key[0].Name {
			return true
		}
	}
	return false
}

func updatesOnly(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "update")
	want(t, s.write(t, sdk.Update, h.row(0, 0)), absent)
	s.expect(t)
	ids := s.seed(t, h.row(0, 0))
	byID := h.row(0, 4)
	byID.dest = ids[0]
	want(t, s.write(t, sdk.Update, byID), updated, unchanged)
	s.expect(t, h.row(0, 4))
}

// seed creates records and returns their ids, "" where there are none.
func (s *session) seed(t *testing.T, rows ...row) []string {
	t.Helper()
	op := s.anyWrite()
	out := s.write(t, op, rows...)
	want(t, out, created, updated)
	ids := make([]string, len(rows))
	for i := range ids {
		ids[i] = id(out, i)
	}
	return ids
}

func leavesUnsent(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "upsert")
	if len(h.Fields) < 2 {
		t.Skip("the harness names one field only")
	}
	s.seed(t, h.row(0, 0))
	first := h.Fields[0].Name
	want(t, s.write(t, sdk.Send, h.row(0, 5).only(first)), updated)
	expected := h.row(0, 0)
	expected.fields[first] = h.row(0, 5).fields[first]
	s.expect(t, expected)
}

func clears(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "upsert")
	for _, c := range h.Fields {
		t.Run(c.Name, func(t *testing.T) {
			how := s.clear(c.Name)
			h.Reset(t)
			s.seed(t, h.row(0, 0))
			r := h.row(0, 0).only(c.Name)
			r.fields[c.Name] = nil
			out := s.write(t, sdk.Send, r)
			expected := h.row(0, 0)
			if how == sdk.ClearImpossible {
				want(t, out, rejected)
			} else {
				want(t, out, updated)
				expected.fields[c.Name] = nil
			}
			s.expect(t, expected)
		})
	}
}

func (s *session) clear(field string) string {
	for _, f := range s.object.GetFields() {
		if f.GetName() == field {
			if !f.GetNullable() {
				return sdk.ClearImpossible
			}
			return f.GetClear()
		}
	}
	return sdk.ClearNull
}

func removes(t *testing.T, h *Harness) {
	ops := map[string]sdk.Op{"delete": sdk.Delete, "archive": sdk.Archive}
	s := start(t, h)
	s.needs(t)
	some := false
	for _, how := range s.object.GetRemoval() {
		op, ok := ops[how]
		if !ok {
			continue
		}
		some = true
		t.Run(how, func(t *testing.T) {
			h.Reset(t)
			ids := s.seed(t, h.row(0, 0), h.row(1, 1))
			gone := h.row(0, 0).only()
			gone.dest = ids[0]
			want(t, s.write(t, op, gone), removed)
			s.expect(t, h.row(1, 1))
			// A row that is gone already is absent; an API that cannot tell
			// may say removed.
			want(t, s.write(t, op, gone), absent, removed)
			s.expect(t, h.row(1, 1))
		})
	}
	if !some {
		t.Skip("the object offers neither delete nor archive")
	}
}

func rekeys(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t)
	if !s.object.GetRekey() {
		t.Skip("the object offers no change of a key")
	}
	ids := s.seed(t, h.row(0, 0))
	r := h.row(5, 0)
	r.dest, r.prior = ids[0], h.row(0, 0).key
	want(t, s.write(t, sdk.Rekey, r), updated)
	s.expect(t, h.row(5, 0))
}

func appends(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "append")
	if len(h.Key) > 0 {
		t.Skip("the harness names a key; appended rows have none")
	}
	want(t, s.write(t, sdk.Append, h.row(0, 0), h.row(1, 1)), created)
}

func refusesOne(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "upsert")
	if h.Invalid == nil {
		t.Skip("the harness knows no value the destination refuses")
	}
	field, text := h.Invalid()
	bad := h.row(1, 1)
	bad.fields[field] = &text
	out := s.write(t, sdk.Send, h.row(0, 0), bad, h.row(2, 2))
	got := []protocol.Outcome{protocol.Outcome(out.GetOutcomes()[0]), protocol.Outcome(out.GetOutcomes()[1]), protocol.Outcome(out.GetOutcomes()[2])}
	switch {
	case got[1] == rejected && got[0] != rejected && got[2] != rejected:
		s.expect(t, h.row(0, 0), h.row(2, 2))
	case got[0] == rejected && got[1] == rejected && got[2] == rejected:
		// The API refuses whole batches: leat halves them. Each row alone
		// must then tell.
		s.expect(t)
		want(t, s.write(t, sdk.Send, h.row(0, 0)), created, updated)
		want(t, s.write(t, sdk.Send, bad), rejected)
		s.expect(t, h.row(0, 0))
	default:
		t.Errorf("outcomes %s: the refused row must be rejected, alone or with its whole batch", got)
	}
	for _, r := range out.GetRejections() {
		if r.GetClass() == protocol.RejectClass_REJECT_UNSPECIFIED {
			t.Errorf("row %d is rejected without a class", r.GetIndex())
		}
	}
}

func repeats(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t, "upsert")
	if s.operation("upsert").GetRetry() != sdk.Idempotent {
		t.Skip("the upsert is not declared idempotent")
	}
	rows := []row{h.row(0, 0), h.row(1, 1)}
	for range 3 {
		want(t, s.write(t, sdk.Send, rows...), created, updated, unchanged)
	}
	s.expect(t, rows...)
}

func takesMany(t *testing.T, h *Harness) {
	s := start(t, h)
	n := h.HugeRows
	if n == 0 {
		n = 1000
	}
	op := s.anyWrite()
	if len(h.Key) == 0 && op != sdk.Append {
		t.Skip("the harness names no key")
	}
	for _, name := range []string{"upsert", "create", "append"} {
		if o := s.operation(name); o != nil && o.GetMaxRecords() > 0 {
			n = min(n, int(o.GetMaxRecords()))
		}
	}
	rows := make([]row, n)
	for i := range rows {
		rows[i] = h.row(i, i)
	}
	want(t, s.write(t, op, rows...), created, updated)
	if op != sdk.Append {
		s.expect(t, rows...)
	}
}

func reads(t *testing.T, h *Harness) {
	s := start(t, h)
	s.needs(t)
	if s.object.GetReadable() == sdk.ReadNone {
		t.Skip("the object cannot be read")
	}
	s.seed(t, h.row(0, 0), h.row(1, 1))
	ask := &protocol.ReadOpen{Object: h.Object, Key: columns(h.Key), Fields: columns(h.Fields)}
	stream, err := s.api.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*protocol.ReadRequest{
		{Message: &protocol.ReadRequest_Open{Open: ask}},
		{Message: &protocol.ReadRequest_Keys{Keys: &protocol.ReadKeys{Sequence: 1, Arrow: s.encodeKeys(t, ask, h.row(1, 1), h.row(8, 8))}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	out, err := stream.Recv()
	if err != nil || out.GetFault() != "" {
		t.Fatalf("read: %v, fault %q", err, out.GetFault())
	}
	_, found, err := protocol.ReadSchemas(ask)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := protocol.DecodeBatch(out.GetArrow(), found)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	if rec.NumRows() != 1 || rec.Column(0).(*array.Int64).Value(0) != 0 {
		t.Fatalf("got %d records, want the one of the first key", rec.NumRows())
	}
	s.sameValues(t, rec, h.row(1, 1))
}

// sameValues holds the fields of the first record against a row: both are
// built into Arrow, so that one text stands for one value.
func (s *session) sameValues(t *testing.T, rec arrow.RecordBatch, r row) {
	t.Helper()
	for i, c := range s.h.Fields {
		col := rec.Column(2 + len(s.h.Key) + i)
		b := array.NewBuilder(memory.DefaultAllocator, col.DataType())
		appendText(t, b, r.fields[c.Name])
		expected := b.NewArray()
		if col.IsNull(0) || col.ValueStr(0) != expected.ValueStr(0) {
			t.Errorf("field %s reads back as %q, want %q", c.Name, col.ValueStr(0), expected.ValueStr(0))
		}
		expected.Release()
		b.Release()
	}
}

func (s *session) encodeKeys(t *testing.T, ask *protocol.ReadOpen, rows ...row) []byte {
	t.Helper()
	keys, _, err := protocol.ReadSchemas(ask)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, keys)
	defer b.Release()
	for i, r := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).AppendNull()
		for k := range r.key {
			appendText(t, b.Field(2+k), &r.key[k])
		}
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	data, err := protocol.EncodeBatch(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
