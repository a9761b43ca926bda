//go:build duckdb_arrow

package unittest

import (
	"context"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
)

// kinds are a value of each kind in the form in which tests write it, and
// another that is the same value.
var kinds = []struct{ typ, text, same string }{
	{"bool", "true", "true"}, {"int", "7", "7"}, {"decimal(10,2)", "1.5", "1.50"}, {"float", "0.1", "0.1"}, {"string", "O'Hara", "O'Hara"},
	{"string(3)", "äöü", "äöü"}, {"date", "2026-02-28", "2026-02-28"}, {"time", "08:30:00", "08:30:00"}, {"timestamp", "2026-02-28 08:30:00", "2026-02-28T08:30:00"},
	{"timestamptz", "2026-02-28T08:30:00Z", "2026-02-28T09:30:00+01:00"}, {"uuid", "0A1B2C3D-0a1b-4c2d-8e3f-0a1b2c3d4e5f", "0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f"},
	{"bytes", "ab", "ab"}, {`enum("a", "b")`, "a", "a"}, {"json", `{"a": 1}`, `{"a": 1}`}, {"list(int)", "[1, 2]", "[1,2]"}, {"unknown", "x", "x"},
}

// activation maps a column v of a type to a field v of the same type.
func activation(t *testing.T, text string) (*ir.Activation, types.Type) {
	t.Helper()
	typ, err := types.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return &ir.Activation{Name: "a", Mode: ir.Upsert, Removed: ir.Archive,
		Source: ir.Source{UniqueID: "model.x.m", Name: `ref("m")`, Relation: "elsewhere", Columns: []string{"id", "v"}},
		Target: ir.Target{Plugin: "p", Destination: "d", Object: "o", Schema: schema.Object{Name: "o", Rekey: true}},
		ID:     []ir.Column{{Name: "id", Type: types.IntType, Expr: ir.Expr{SQL: `r."id"`}}},
		Key:    []ir.Mapping{{Field: "key", Type: types.IntType, Expr: ir.Expr{SQL: `r."id"`}, Write: ir.WriteAlways, Nulls: ir.NullsSkip}},
		Fields: []ir.Mapping{{Field: "v", Type: typ, Expr: ir.Expr{SQL: `r."v"`}, Write: ir.WriteAlways, Nulls: ir.NullsSkip}},
	}, typ
}

func row(pairs ...string) ir.TestRow {
	var r ir.TestRow
	for i := 0; i < len(pairs); i += 2 {
		r.Cells = append(r.Cells, ir.TestCell{Name: pairs[i], Text: pairs[i+1]})
	}
	return r
}

func expect(list string, rows ...ir.TestRow) ir.Expectation {
	return ir.Expectation{List: list, TestRows: ir.TestRows{Rows: rows}}
}

func run(t *testing.T, test *ir.Test) *Result {
	t.Helper()
	res, err := Run(context.Background(), test, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if res.Problems.HasErrors() {
		t.Fatal(res.Problems)
	}
	return res
}

// TestEveryKindOfValue: a value is sent as it is given, and a synced one of the
// same value is unchanged.
func TestEveryKindOfValue(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.typ, func(t *testing.T) {
			a, typ := activation(t, k.typ)
			test := &ir.Test{Name: k.typ, Activation: a,
				Given: []ir.TestRelation{{UniqueID: "model.x.m", Columns: []ir.TestColumn{{Name: "id", Type: types.IntType}, {Name: "v", Type: typ}},
					Rows: []ir.TestRow{row("id", "1", "v", k.text), row("id", "2", "v", k.text), row("id", "3")}}},
				Synced: ir.TestRows{Rows: []ir.TestRow{row("id", "2", "key", "2", "v", k.same), row("id", "3", "key", "3", "v", k.same)}},
				Expect: []ir.Expectation{expect("send", row("id", "1", "key", "1", "v", k.same)), expect("unchanged", row("id", "2"), row("id", "3")), expect("update"), expect("invalid")}}
			for _, f := range run(t, test).Failures {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestMatching: expected rows are paired with planned ones so that most fit,
// whatever their order.
func TestMatching(t *testing.T) {
	a, typ := activation(t, "string")
	given := []ir.TestRelation{{UniqueID: "model.x.m", Columns: []ir.TestColumn{{Name: "id", Type: types.IntType}, {Name: "v", Type: typ}},
		Rows: []ir.TestRow{row("id", "1", "v", "a"), row("id", "2", "v", "a"), row("id", "3", "v", "b")}}}
	for _, c := range []struct {
		name string
		rows []ir.TestRow
		want string
	}{
		{"the vague one first", []ir.TestRow{row(), row("v", "a"), row("v", "a")}, ""},
		{"the same row twice", []ir.TestRow{row("id", "1"), row("id", "1"), row("id", "3")}, "missing, extra"},
		{"a row less", []ir.TestRow{row("v", "b"), row("v", "a")}, "extra"},
		{"another value", []ir.TestRow{row("id", "1", "v", "x"), row("id", "2"), row("id", "3")}, "differs v"},
		{"nobody", []ir.TestRow{row("id", "1"), row("id", "2"), row("id", "3"), row("id", "4")}, "missing"},
		{"none at all", nil, "extra, extra, extra"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range run(t, &ir.Test{Name: c.name, Activation: a, Given: given, Expect: []ir.Expectation{expect("send", c.rows...)}}).Failures {
				text := string(f.Kind)
				for _, d := range f.Fields {
					text += " " + d.Name
				}
				got = append(got, text)
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
}
