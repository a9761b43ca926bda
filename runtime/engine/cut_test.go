package engine

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// pieces yields rows in records of the sizes given, over and over.
func pieces(rows []change, from int64, sizes ...int64) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for n, at := 0, from; at < int64(len(rows)); n++ {
			to := min(at+sizes[n%len(sizes)], int64(len(rows)))
			rec := recordOf(rows, at, to)
			more := yield(rec, nil)
			rec.Release()
			if !more {
				return
			}
			at = to
		}
	}
}

func cuts(t *testing.T, c *cutter, rows []change, from int64, sizes ...int64) []string {
	t.Helper()
	var out []string
	err := c.cut(pieces(rows, from, sizes...), from, int64(len(rows)), func(rec arrow.RecordBatch, first int64) bool {
		defer rec.Release()
		keys := rec.Column(2).(*array.String)
		for i := range keys.Len() {
			if keys.Value(i) != rows[first+int64(i)].key {
				t.Fatalf("row %d of the batch at %d is %s", i, first, keys.Value(i))
			}
		}
		out = append(out, fmt.Sprintf("%d+%d", first, rec.NumRows()))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The cuts do not depend on how the rows arrive, nor on where, at a cut, the
// reading begins.
func TestCutsDependOnRowsAlone(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		rows := sends("send", 1+rnd.IntN(60))
		for i := range rows {
			rows[i].value = strings.Repeat("x", rnd.IntN(300))
		}
		bounds := func() *cutter {
			return &cutter{maxRows: 5, maxBytes: 900, fields: []Column{{"value", "string"}}}
		}
		want := cuts(t, bounds(), rows, 0, int64(len(rows)))
		got := cuts(t, bounds(), rows, 0, 1+rnd.Int64N(4), 1+rnd.Int64N(9))
		if strings.Join(want, " ") != strings.Join(got, " ") {
			t.Fatalf("%v\n%v", want, got)
		}
		var second int64
		if len(want) > 1 {
			if _, err := fmt.Sscanf(want[1], "%d+", &second); err != nil {
				t.Fatal(err)
			}
			if tail := cuts(t, bounds(), rows, second, 3); strings.Join(tail, " ") != strings.Join(want[1:], " ") {
				t.Fatalf("%v\n%v", want, tail)
			}
		}
	}
}

func TestCutBounds(t *testing.T) {
	rows := sends("send", 6)
	rows[2].value = strings.Repeat("x", 10_000) // larger than a batch: goes alone
	got := cuts(t, &cutter{maxRows: 4, maxBytes: 1000}, rows, 0, 6)
	if strings.Join(got, " ") != "0+2 2+1 3+3" {
		t.Error(got)
	}
}

func TestCutRefusesOtherRows(t *testing.T) {
	rows := sends("send", 6)
	emit := func(rec arrow.RecordBatch, _ int64) bool { rec.Release(); return true }
	for name, seq := range map[string]iter.Seq2[arrow.RecordBatch, error]{
		"too few":  pieces(rows[:4], 0, 3),
		"too many": pieces(sends("send", 8), 0, 3),
		"shifted":  pieces(rows, 1, 3),
	} {
		c := &cutter{maxRows: 4, maxBytes: 1000}
		if err := c.cut(seq, 0, 6, emit); !errors.Is(err, errRows) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	rows := make([]change, 100_000)
	for i := range rows {
		rows[i] = change{op: "send", key: "k", value: "a value of some length"}
	}
	records := pieces(rows, 0, 2048)
	b.ReportAllocs()
	b.SetBytes(int64(len(rows)))
	for b.Loop() {
		c := &cutter{maxRows: 100, maxBytes: maxBatchBytes, fields: []Column{{"value", "string"}}}
		err := c.cut(records, 0, int64(len(rows)), func(rec arrow.RecordBatch, _ int64) bool { rec.Release(); return true })
		if err != nil {
			b.Fatal(err)
		}
	}
}
