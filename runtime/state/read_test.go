//go:build duckdb_arrow

package state

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/runtime/duck"
)

// rowColumns are the columns of a row in the layout of a segment read, with
// one id, key and field.
const rowColumns = "i0, k0, b0, w0, dest, origin, status, refused_digest, refused_class, refused_code, refused_field, refused_text, refused_transient, " +
	"attempts, first_refused, last_refused, synced_at, gone"

// stored makes a store with one activation and two segments: row 2 was refused
// for good, row 3 may pass, row 4 was removed again.
func stored(t *testing.T) (*Store, *Head) {
	t.Helper()
	ctx := context.Background()
	s, ds, err := Open(t.TempDir(), "dev")
	if err != nil || len(ds) > 0 {
		t.Fatal(ds, err)
	}
	if err := s.Create(bytes.NewReader(bytes.Repeat([]byte{7}, 48))); err != nil {
		t.Fatal(err)
	}
	h := &Head{FormatVersion: FormatVersion, Environment: "dev", Lineage: s.Lineage(), Serial: 2, Activation: "contacts",
		ID: []diff.Column{{Name: "id", Type: "int"}}, Key: []diff.Column{{Name: "email", Type: "string"}},
		Fields: []diff.Column{{Name: "name", Type: "string"}}, Counts: map[string]int64{"synced": 1, "rejected": 2},
		Index: &Index{File: "index-2.parquet", Tag: "stale"}}
	if err := os.MkdirAll(s.activationDir("contacts"), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ok := "'d1', 1::UTINYINT, 0::UTINYINT, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::BOOLEAN, 0::INTEGER, NULL::TIMESTAMP, NULL::TIMESTAMP, TIMESTAMP '2026-05-01 08:00:00'"
	no := func(transient string) string {
		return "NULL::VARCHAR, 0::UTINYINT, 1::UTINYINT, 'digest', 'invalid', 'BAD', 'email', 'b@x is bad', " + transient + ", 2::INTEGER, TIMESTAMP '2026-05-01 08:00:00', TIMESTAMP '2026-05-02 08:00:00', NULL::TIMESTAMP"
	}
	c := diff.Committing{Spec: diff.OfState(h.ID, h.Key), Retired: h.Fields}
	for i, rows := range []string{
		"SELECT 1::BIGINT, 'a@x', 'Ann', true, " + ok + ", false UNION ALL SELECT 2::BIGINT, 'b@x', NULL, false, " + ok + ", false UNION ALL SELECT 4::BIGINT, 'd@x', 'Dan', true, " + ok + ", false",
		"SELECT 2::BIGINT, 'b@x', NULL::VARCHAR, false, " + no("false") + ", false UNION ALL SELECT 3::BIGINT, NULL, NULL, false, " + no("true") + ", false UNION ALL SELECT 4::BIGINT, 'd@x', 'Dan', true, " + ok + ", true",
	} {
		serial := int64(i + 1)
		file := "values-" + string(rune('0'+serial)) + ".parquet"
		if err := db.WriteParquet(ctx, c.SegmentOf("SELECT * FROM ("+rows+") t("+rowColumns+")", 0), filepath.Join(s.activationDir("contacts"), file), "zstd"); err != nil {
			t.Fatal(err)
		}
		h.Segments = append(h.Segments, c.NewSegment(file, serial, 3, "test", 0))
	}
	if err := s.writeHead(h); err != nil {
		t.Fatal(err)
	}
	return s, h
}

// brief tells rows apart, values revealed.
func brief(rows []LiveRow) []string {
	var out []string
	for _, r := range rows {
		line := r.Status.Name()
		for _, v := range append(append(append([]duck.Value{}, r.ID...), r.Key...), r.Fields...) {
			text, ok := v.Reveal()
			if !ok {
				text = "null"
			}
			line += " " + text
		}
		if r.RefusedClass != "" {
			text, _ := r.RefusedText.Reveal()
			line += " " + r.RefusedClass + "/" + r.RefusedCode + "/" + r.RefusedField + "/" + text
			if r.Transient {
				line += " transient"
			}
			if r.Remembered {
				line += " remembered"
			}
		}
		out = append(out, line)
	}
	return out
}

func TestLiveRows(t *testing.T) {
	s, h := stored(t)
	for name, c := range map[string]struct {
		q    RowQuery
		want []string
	}{
		"all": {RowQuery{}, []string{"synced 1 a@x Ann", "rejected 2 b@x null invalid/BAD/email/b@x is bad remembered",
			"rejected 3 null null invalid/BAD/email/b@x is bad transient remembered"}},
		"limit":            {RowQuery{Limit: 1}, []string{"synced 1 a@x Ann"}},
		"rejected, by id":  {RowQuery{IDs: [][]string{{"1"}, {"2"}}, Rejected: true}, []string{"rejected 2 b@x null invalid/BAD/email/b@x is bad remembered"}},
		"removed":          {RowQuery{IDs: [][]string{{"4"}}}, nil},
		"quotes in the id": {RowQuery{IDs: [][]string{{"' OR 1=1 --"}}}, nil},
	} {
		rows, ds, err := s.LiveRows(context.Background(), h, c.q)
		if err != nil || len(ds) > 0 {
			t.Fatal(name, ds, err)
		}
		if d := cmp.Diff(c.want, brief(rows)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestForgetRefusals(t *testing.T) {
	ctx := context.Background()
	s, h := stored(t)
	if n, ds, err := s.ForgetRefusals(ctx, h, [][]string{{"1"}}); n != 0 || len(ds) > 0 || err != nil {
		t.Fatal("a row that is not rejected:", n, ds, err)
	}
	n, ds, err := s.ForgetRefusals(ctx, h, [][]string{{"2"}})
	if n != 1 || len(ds) > 0 || err != nil {
		t.Fatal(n, ds, err)
	}
	next, ds, err := s.Head("contacts")
	if err != nil || len(ds) > 0 {
		t.Fatal(ds, err)
	}
	if next.Serial != 3 || next.Index != nil || len(next.Segments) != 3 {
		t.Errorf("serial %d, index %v, %d segments", next.Serial, next.Index, len(next.Segments))
	}
	rows, _, err := s.LiveRows(ctx, next, RowQuery{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"synced 1 a@x Ann", "rejected 2 b@x null invalid/BAD/email/b@x is bad", "rejected 3 null null invalid/BAD/email/b@x is bad transient remembered"}
	if d := cmp.Diff(want, brief(rows)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if n, _, err := s.ForgetRefusals(ctx, next, nil); n != 1 || err != nil {
		t.Errorf("the rest: %d rows, %v", n, err)
	}
}
