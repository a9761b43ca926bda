//go:build duckdb_arrow

package unittest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/planner"
)

// Kind says how a plan differs from what a test expects.
type Kind string

// The kinds of failures.
const (
	Differs Kind = "differs" // a planned row is near the expected one
	Missing Kind = "missing" // no planned row is
	Extra   Kind = "extra"   // a planned row was not expected
)

// Failure is one row that is not as expected.
type Failure struct {
	List    string // of the expect block
	Kind    Kind
	Range   diag.Range // of the expected row; of the list's name for an extra one
	Message string     // one sentence
	Fields  []FieldDiff
}

// FieldDiff is one value that is not as expected, both as the language writes
// them.
type FieldDiff struct {
	Name              string
	Range             diag.Range // of the expected value
	Expected, Planned string
}

// comparing holds the rows of a plan against a test.
type comparing struct {
	test *ir.Test
	rows []planner.Row
}

// compare returns what is not as expected, list by list.
func compare(ctx context.Context, t *ir.Test, rows []planner.Row, temp string) ([]Failure, error) {
	db, err := duck.Open(ctx, duck.Options{TempDir: temp, Threads: 1})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c := &comparing{test: t, rows: rows}
	var out []Failure
	for _, e := range t.Expect {
		e.Rows, err = c.canonical(ctx, db, e.Rows)
		if err != nil {
			return nil, err
		}
		out = append(out, c.list(e)...)
	}
	return out, nil
}

// canonical brings expected values into the text form that a plan's rows have.
func (c *comparing) canonical(ctx context.Context, db *duck.DB, rows []ir.TestRow) ([]ir.TestRow, error) {
	out := slices.Clone(rows)
	for x := range out {
		out[x].Cells = slices.Clone(out[x].Cells)
		for i := range out[x].Cells {
			cell := &out[x].Cells[i]
			t := c.typeOf(cell.Name)
			if cell.Null || structured(t) {
				continue
			}
			duckType, err := diff.DuckType(t.String())
			if err != nil {
				return nil, err
			}
			sql := fromText(t, duckType)
			if t.Kind == types.UUID {
				sql = "CAST(? AS UUID)"
			}
			got, err := db.QueryRows(ctx, "SELECT CAST("+sql+" AS VARCHAR) AS v", cell.Text)
			if err != nil {
				return nil, fmt.Errorf("read expected value: %w", err)
			}
			cell.Text, _ = got[0][0].Reveal()
		}
	}
	return out, nil
}

// list compares one list of expectations with the rows of the plan that belong
// to it: each expected row must be one of them, and each of them expected.
func (c *comparing) list(e ir.Expectation) []Failure {
	var actual []int
	for i, r := range c.rows {
		if r.List == e.List {
			actual = append(actual, i)
		}
	}
	diffs := make([][][]FieldDiff, len(e.Rows))
	for x, want := range e.Rows {
		diffs[x] = make([][]FieldDiff, len(actual))
		for y, i := range actual {
			diffs[x][y] = c.differences(want, c.rows[i])
		}
	}
	takenBy := match(len(e.Rows), len(actual), func(x, y int) bool { return len(diffs[x][y]) == 0 })
	free := func(y int) bool { return takenBy[y] < 0 }
	var out []Failure
	for x, want := range e.Rows {
		if slices.Contains(takenBy, x) {
			continue
		}
		y := c.nearest(want, diffs[x], free)
		if y < 0 {
			out = append(out, Failure{List: e.List, Kind: Missing, Range: want.Range, Message: c.missing(e.List, x, want)})
			continue
		}
		takenBy[y] = x
		out = append(out, Failure{List: e.List, Kind: Differs, Range: want.Range, Fields: diffs[x][y],
			Message: fmt.Sprintf("row %d is planned otherwise: %s", x+1, c.name(c.rows[actual[y]]))})
	}
	for y, i := range actual {
		if free(y) {
			out = append(out, Failure{List: e.List, Kind: Extra, Range: e.Range, Message: "a row was not expected: " + c.describe(c.rows[i])})
		}
	}
	return out
}

// match pairs as many of n expected with m actual rows as can be; it returns
// the expected row of each actual one, or -1.
func match(n, m int, fits func(x, y int) bool) []int {
	by := make([]int, m)
	for y := range by {
		by[y] = -1
	}
	var seek func(x int, seen []bool) bool
	seek = func(x int, seen []bool) bool {
		for y := range m {
			if !fits(x, y) || seen[y] {
				continue
			}
			seen[y] = true
			if by[y] < 0 || seek(by[y], seen) {
				by[y] = x
				return true
			}
		}
		return false
	}
	for x := range n {
		seek(x, make([]bool, m))
	}
	return by
}

// nearest is the free actual row that differs least, among those whose id and
// key are as expected; -1 when there is none.
func (c *comparing) nearest(want ir.TestRow, diffs [][]FieldDiff, free func(int) bool) int {
	best, left := -1, 0
	for y, d := range diffs {
		if !free(y) {
			continue
		}
		left++
		named := slices.ContainsFunc(d, func(f FieldDiff) bool { return c.identifies(f.Name) })
		if !named && len(d) < len(want.Cells) && (best < 0 || len(d) < len(diffs[best])) {
			best = y
		}
	}
	if best < 0 && left == 1 && len(diffs) == 1 {
		return 0 // the only row of a list
	}
	return best
}

// identifies reports whether a name is a part of the id or a key field.
func (c *comparing) identifies(name string) bool {
	a := c.test.Activation
	return slices.ContainsFunc(a.ID, func(p ir.Column) bool { return p.Name == name }) ||
		slices.ContainsFunc(a.Key, func(m ir.Mapping) bool { return m.Field == name })
}

// missing says what became of an expected row instead.
func (c *comparing) missing(list string, x int, want ir.TestRow) string {
	text := fmt.Sprintf("row %d is not planned", x+1)
	ids := ir.TestRow{}
	for _, cell := range want.Cells {
		if c.identifies(cell.Name) {
			ids.Cells = append(ids.Cells, cell)
		}
	}
	if len(ids.Cells) == 0 {
		return text
	}
	for _, r := range c.rows {
		if r.List == list {
			continue
		}
		if len(c.differences(ids, r)) == 0 {
			text += "; " + c.name(r) + " is in " + r.List
			if r.Reason != "" {
				text += " (" + r.Reason + ")"
			}
			return text
		}
	}
	return text + "; nothing is planned for it at all"
}

// differences are the values of an expected row that an actual one does not
// have.
func (c *comparing) differences(want ir.TestRow, got planner.Row) []FieldDiff {
	var out []FieldDiff
	for _, cell := range want.Cells {
		v := c.value(cell.Name, got)
		if same, expected := v.is(cell); !same {
			out = append(out, FieldDiff{Name: cell.Name, Range: cell.Range, Expected: expected, Planned: v.text()})
		}
	}
	return out
}

// planned is a value of a plan's row.
type planned struct {
	value   duck.Value
	typ     types.Type
	empty   bool // "" and null are one value
	notSent bool // the row is written, and this field is not
}

// value finds what a plan's row has under a name: a key field, a field, a part
// of the id, or what the plan says of the row.
func (c *comparing) value(name string, r planner.Row) planned {
	a := c.test.Activation
	if i := slices.IndexFunc(a.Key, func(m ir.Mapping) bool { return m.Field == name }); i >= 0 {
		return planned{value: r.Key[i], typ: a.Key[i].Type, empty: a.Key[i].EmptyIsNull}
	}
	if i := slices.IndexFunc(a.Fields, func(m ir.Mapping) bool { return m.Field == name }); i >= 0 {
		written := r.List == "send" || r.List == "create" || r.List == "update"
		return planned{value: r.Fields[i], typ: a.Fields[i].Type, empty: a.Fields[i].EmptyIsNull, notSent: written && !r.Sent[i]}
	}
	if i := slices.IndexFunc(a.ID, func(p ir.Column) bool { return p.Name == name }); i >= 0 {
		return planned{value: r.ID[i], typ: a.ID[i].Type}
	}
	said := r.Reason
	if name == ir.ExpectOperation {
		said = r.Op
	}
	if said == "" {
		return planned{typ: types.StringType}
	}
	return planned{value: duck.ValueOf(said), typ: types.StringType}
}

// typeOf is the type of the values under a name.
func (c *comparing) typeOf(name string) types.Type {
	none := planner.Row{Key: make([]duck.Value, len(c.test.Activation.Key)), ID: make([]duck.Value, len(c.test.Activation.ID)),
		Fields: make([]duck.Value, len(c.test.Activation.Fields)), Sent: make([]bool, len(c.test.Activation.Fields))}
	return c.value(name, none).typ
}

// is compares with an expected value. A field that is not sent is as good as
// null: the record keeps what it has.
func (v planned) is(cell ir.TestCell) (same bool, expected string) {
	got, has := v.value.Reveal()
	if cell.Null || (v.empty && cell.Text == "") {
		return v.notSent || !has, "null"
	}
	return has && !v.notSent && sameText(cell.Text, got, v.typ), literal(cell.Text, v.typ)
}

func structured(t types.Type) bool {
	return t.Kind == types.JSON || t.Kind == types.List || t.Kind == types.Struct
}

func sameText(a, b string, t types.Type) bool {
	if a == b || !structured(t) {
		return a == b
	}
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// text is a planned value as the language writes it.
func (v planned) text() string {
	text, ok := v.value.Reveal()
	switch {
	case v.notSent && !ok:
		return "null, not sent"
	case v.notSent:
		return literal(text, v.typ) + ", not sent: the record has it"
	case !ok:
		return "null"
	}
	return literal(text, v.typ)
}

func literal(text string, t types.Type) string {
	switch t.Kind {
	case types.Decimal:
		if strings.Contains(text, ".") {
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
		return text
	case types.Bool, types.Int, types.Float, types.JSON, types.List, types.Struct:
		return text
	}
	return strconv.Quote(text)
}

// name says which row is meant: its id, or its key where the id is null.
func (c *comparing) name(r planner.Row) string {
	var parts []string
	for i, p := range c.test.Activation.ID {
		parts = append(parts, p.Name+" = "+planned{value: r.ID[i], typ: p.Type}.text())
	}
	return strings.Join(parts, ", ")
}

// describe is name with what a plan would do to the row.
func (c *comparing) describe(r planner.Row) string {
	parts := []string{c.name(r)}
	a := c.test.Activation
	for i, m := range a.Key {
		if !slices.ContainsFunc(a.ID, func(p ir.Column) bool { return p.Name == m.Field }) {
			parts = append(parts, m.Field+" = "+planned{value: r.Key[i], typ: m.Type}.text())
		}
	}
	for i, m := range a.Fields {
		if r.Sent[i] {
			parts = append(parts, m.Field+" = "+planned{value: r.Fields[i], typ: m.Type}.text())
		}
	}
	text := strings.Join(parts, ", ")
	if r.List == "remove" {
		text += " (" + r.Op + ")"
	}
	if r.Reason != "" {
		text += " (" + r.Reason + ")"
	}
	return text
}
