package ir

import (
	"time"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// Test is a compiled `test` block: rows in, changes out. Its values come from
// the project's files, not from a warehouse.
type Test struct {
	Name       string
	Range      diag.Range // of the name
	Activation *Activation
	AsOf       time.Time
	Given      []TestRelation
	// Records are activations whose records Activation looks up, as far as the
	// test gives the rows of their models.
	Records []*Activation
	Synced  TestRows // by id part, key field and field
	Expect  []Expectation
}

// TestRelation is a model or source with the rows that a test gives it. Rows
// name columns as they are spelt here.
type TestRelation struct {
	UniqueID string
	Columns  []TestColumn
	Rows     []TestRow
}

// TestColumn is a column of a [TestRelation].
type TestColumn struct {
	Name string
	Type types.Type
}

// TestRows are rows with the place they are written at.
type TestRows struct {
	Range diag.Range
	Rows  []TestRow
}

// TestRow is one row. Columns without a cell are null, or not looked at.
type TestRow struct {
	Range diag.Range
	Cells []TestCell
}

// Cell returns the cell of a name, nil when there is none.
func (r *TestRow) Cell(name string) *TestCell {
	for i := range r.Cells {
		if r.Cells[i].Name == name {
			return &r.Cells[i]
		}
	}
	return nil
}

// TestCell is one value of a row, checked against its column's type.
type TestCell struct {
	Name  string
	Range diag.Range // of the value
	Null  bool
	Text  string // as DuckDB reads it into the column's type; JSON for lists and structs
}

// Expectation is one list of an `expect` block. Range is the list's.
type Expectation struct {
	List string // send, create, update, remove, unchanged, invalid, held or blocked
	TestRows
}

// What a row of an expectation may name besides the activation's own fields,
// unless a field has that name.
const (
	ExpectOperation = "operation" // of the plan: delete, archive, clear, release, rekey, ...
	ExpectReason    = "reason"    // why a row is invalid, held or blocked
)
