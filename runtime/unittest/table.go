//go:build duckdb_arrow

package unittest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/warehouse"
)

// memory is a warehouse of tables that tests write out.
type memory struct{ tables []table }

// Attach makes the tables in the database.
func (m memory) Attach(ctx context.Context, db *duck.DB) (diag.Diagnostics, error) {
	for _, t := range m.tables {
		if err := t.make(ctx, db); err != nil {
			return nil, fmt.Errorf("make rows of a test: %w", err)
		}
	}
	return nil, nil
}

// Columns describes a table.
func (m memory) Columns(ctx context.Context, db *duck.DB, relation, name string) ([]warehouse.Column, diag.Diagnostics, error) {
	return warehouse.DuckDB{}.Columns(ctx, db, relation, name)
}

// table is a relation with rows. A nil value is null.
type table struct {
	name    string
	columns []column
	rows    [][]*string
}

// column is a column of a table: cell is the name of its values in the rows of
// the test, sql turns the text of one into the column's type.
type column struct {
	name, cell, typ, sql string
}

// givenTable holds the rows of a model as the test gives them.
func givenTable(name string, g ir.TestRelation) table {
	t := table{name: name}
	for _, c := range g.Columns {
		typ := lower.DuckTypeName(c.Type)
		t.columns = append(t.columns, column{c.Name, c.Name, typ, fromText(c.Type, typ)})
	}
	t.fill(g.Rows)
	return t
}

// state adds a column for a value that state holds, and returns its SQL.
func (t *table) state(cell string, typ types.Type) string {
	name := "c" + strconv.Itoa(len(t.columns))
	duckType, _ := diff.DuckType(typ.String()) // the type is one the planner stores, too
	if typ.Kind == types.List || typ.Kind == types.Struct {
		duckType = "JSON"
	}
	t.columns = append(t.columns, column{name, cell, duckType, fromText(typ, duckType)})
	return "r." + duck.Ident(name)
}

// fromText is the SQL that reads the text of a value, a placeholder, as a
// type.
func fromText(t types.Type, duckType string) string {
	switch t.Kind {
	case types.Bytes:
		return "encode(?)"
	case types.List, types.Struct:
		return "CAST(CAST(? AS JSON) AS " + duckType + ")"
	}
	return "CAST(? AS " + duckType + ")"
}

// fill takes the values of each row.
func (t *table) fill(rows []ir.TestRow) {
	for _, r := range rows {
		values := make([]*string, len(t.columns))
		for i, c := range t.columns {
			if cell := r.Cell(c.cell); cell != nil && !cell.Null {
				values[i] = &cell.Text
			}
		}
		t.rows = append(t.rows, values)
	}
}

// make makes the table in a database. Values are arguments, never SQL.
func (t *table) make(ctx context.Context, db *duck.DB) error {
	var columns, values []string
	for _, c := range t.columns {
		columns = append(columns, duck.Ident(c.name)+" "+c.typ)
		values = append(values, c.sql)
	}
	if len(columns) == 0 { // a model nothing is known of, without rows
		columns = []string{"nothing BOOLEAN"}
	}
	if err := db.Exec(ctx, "CREATE TABLE "+t.name+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return err
	}
	for _, row := range t.rows {
		if len(t.columns) == 0 {
			if err := db.Exec(ctx, "INSERT INTO "+t.name+" VALUES (NULL)"); err != nil {
				return err
			}
			continue
		}
		args := make([]any, len(row))
		for i, v := range row {
			if v != nil {
				args[i] = *v
			}
		}
		if err := db.Exec(ctx, "INSERT INTO "+t.name+" VALUES ("+strings.Join(values, ", ")+")", args...); err != nil {
			return err
		}
	}
	return nil
}
