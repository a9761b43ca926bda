package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// read looks keys up and returns the answer, and the records as text.
func (s *session) read(t *testing.T, keys ...row) (*protocol.ReadResult, []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ask := &protocol.ReadOpen{Object: s.object, Key: s.key, Fields: s.fields}
	asked, answered, err := protocol.ReadSchemas(ask)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, asked)
	defer b.Release()
	for i, k := range keys {
		b.Field(0).(*array.Int64Builder).Append(int64(10 * i))
		b.Field(1).AppendNull()
		for c, text := range k {
			put(t, b.Field(2+c), text)
		}
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	data, err := protocol.EncodeBatch(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := s.api.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*protocol.ReadRequest{
		{Message: &protocol.ReadRequest_Open{Open: ask}},
		{Message: &protocol.ReadRequest_Keys{Keys: &protocol.ReadKeys{Sequence: 1, Arrow: data}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	out, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if out.GetFault() != "" {
		return out, nil
	}
	found, err := protocol.DecodeBatch(out.GetArrow(), answered)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Release()
	var records []string
	for i := range int(found.NumRows()) {
		text := ""
		for c, col := range found.Columns() {
			if c != 1 { // the destination id
				text += "|" + col.ValueStr(i)
			}
		}
		records = append(records, text[1:])
	}
	return out, records
}

func (s *session) readFault(t *testing.T) string {
	t.Helper()
	out, _ := s.read(t, row{"1"})
	return out.GetFault()
}

func TestRead(t *testing.T) {
	d := newDatabase(t, "leat_read", "create type mood as enum ('ok')",
		`create table v (a int, b text, b1 bool, i bigint, n numeric, n2 numeric(10,4), f float8, c char(5), by bytea, d date, ti time, ts timestamp, tz timestamptz, u uuid, j json, jb jsonb, arr int[], m mood,
			primary key (a, b))`,
		`insert into v values (1, 'x', true, -5, 1.50, 2.5, 0.1, 'ab', '\x000102ff', '2024-02-29', '10:20:30.5', '2024-03-31 02:30:00.25', '2024-03-31 02:30:00+02',
			'00000000-0000-4000-8000-00000000000A', '{"a":  [1, 2.0]}', '{"b": 1, "a": " x "}', '{1,2}', 'ok')`,
		"insert into v (a, b) values (2, '')")
	s := d.session(t, "v", "b: string; a: int", "b1: bool; i: int; n: decimal; n2: decimal(10,4); f: float; c: string; by: bytes; d: date; ti: time; ts: timestamp; tz: timestamptz; u: uuid; j: json; jb: json; arr: unknown; m: string")
	_, got := s.read(t, row{"y", "1"}, row{"", "2"}, row{"x", "1"}, row{"x", "2"}, row{null, "1"})
	nulls := "10||2"
	for range 16 {
		nulls += "|(null)"
	}
	want := []string{nulls,
		`20|x|1|true|-5|1.5|2.5|0.1|ab|AAEC/w==|2024-02-29|10:20:30.500000|2024-03-31T02:30:00.25Z|2024-03-31T00:30:00Z|00000000-0000-4000-8000-00000000000a|{"a":[1,2.0]}|{"a":" x ","b":1}|{1,2}|ok`}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if _, none := s.read(t, row{"y", "1"}); len(none) != 0 {
		t.Errorf("got %q", none)
	}
	d.exec(t, "create table big (id int primary key, n int)", "insert into big select i, i from generate_series(1, 5000) i")
	s = d.session(t, "big", "id: int", "n: int")
	var keys []row
	for i := range 5000 {
		keys = append(keys, row{fmt.Sprint(5000 - i)})
	}
	if _, got := s.read(t, keys...); len(got) != 5000 || got[4999] != "49990|1|1" {
		t.Errorf("%d records, the last %q", len(got), got[len(got)-1])
	}
}

// BenchmarkUpsert writes batches of the size the host cuts, of a table that
// fills up.
func BenchmarkUpsert(b *testing.B) {
	d := newDatabase(b, "leat_bench", "create table people (id bigint primary key, email text, name text, score numeric(12,2), born date, seen timestamptz, active bool, n int)")
	s := d.session(b, "people", "id: int", "email: string; name: string; score: decimal(12,2); born: date; seen: timestamptz; active: bool; n: int")
	const size = 1000
	next := 0
	for b.Loop() {
		rows := make([]row, size)
		for i := range rows {
			id := fmt.Sprint(next % 100_000)
			rows[i] = row{id, "person" + id + "@example.com", "Person " + id, "12.50", "2001-02-03", "2024-03-31T02:30:00Z", "true", id}
			next++
		}
		if out := s.write(b, sdk.Send, rows...); out.GetFault() != "" {
			b.Fatal(out.GetFault())
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
}
