//go:build duckdb_arrow

package warehouse

import (
	"context"
	"fmt"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
)

// Source is a warehouse whose relations can be read in a database's SQL.
type Source interface {
	// Attach makes the warehouse's relations readable in db under the names
	// that dbt's manifest uses. It is called once a database.
	Attach(ctx context.Context, db *duck.DB) (diag.Diagnostics, error)
	// Columns returns the columns of a relation, given as in the manifest, in
	// their order. name is for the message when it does not exist.
	Columns(ctx context.Context, db *duck.DB, relation, name string) ([]Column, diag.Diagnostics, error)
}

// Column is a column of a relation with the type in the warehouse's words.
type Column struct{ Name, Type string }

// DuckDB is a DuckDB file. Catalog is the name dbt knows it by: the first
// part of relation names, which dbt-duckdb takes from the file's name.
type DuckDB struct{ Path, Catalog string }

// Attach attaches the file read-only.
func (d DuckDB) Attach(ctx context.Context, db *duck.DB) (diag.Diagnostics, error) {
	return Explain(db.AttachReadOnly(ctx, d.Path, d.Catalog), d.Path)
}

// Columns describes a relation.
func (d DuckDB) Columns(ctx context.Context, db *duck.DB, relation, name string) ([]Column, diag.Diagnostics, error) {
	rows, err := db.QueryRows(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+relation+")")
	if err != nil {
		ds, err := Explain(err, name)
		return nil, ds, err
	}
	out := make([]Column, len(rows))
	for i, r := range rows {
		out[i].Name, _ = r[0].Reveal()
		out[i].Type, _ = r[1].Reveal()
	}
	return out, nil, nil
}

// explanations say what to do about each class of engine error; %s is the
// file or relation.
var explanations = map[duck.Class]struct {
	code   diag.Code
	detail string
}{
	duck.MissingFile:   {diag.WarehouseMissing, "There is no file %s. Run `dbt build`, or check `path` of the dbt target."},
	duck.Locked:        {diag.WarehouseLocked, "Another process has %s open for writing. Is dbt still running, or a database client open? Wait or close it, then run the command again."},
	duck.NewerFile:     {diag.WarehouseNewer, "%s was written by a newer DuckDB than the one in this leat. Upgrade leat."},
	duck.NotDatabase:   {diag.WarehouseNotDuckDB, "%s is not a DuckDB database. Check `path` of the dbt target."},
	duck.MissingTable:  {diag.RelationMissing, "%s is not in the warehouse. Run `dbt build` with the target leat uses."},
	duck.MissingColumn: {diag.SourceColumnMissing, "%s lacks a column that the activation uses. Build the model again, or correct the expression."},
	duck.Conversion:    {diag.ValueNotConvertible, "A value in %s does not fit the type its mapping needs. Leave such rows out with `where`, or convert with a function that yields null."},
	duck.Arithmetic:    {diag.ValueNotConvertible, "A number computed from %s is out of range. Leave such rows out with `where`."},
	duck.OutOfMemory:   {diag.EngineMemory, "Reading %s needs more memory than the limit allows. Raise the memory limit."},
	duck.NoSpace:       {diag.EngineSpace, "There is no space for temporary files while reading %s. Free space, or point TMPDIR at a larger disk."},
	duck.Damaged:       {diag.WarehouseUnread, "%s cannot be read to its end: it is damaged. Nothing was planned from a part of the rows."},
	duck.Input:         {diag.WarehouseUnread, "%s cannot be read to its end. Nothing was planned from a part of the rows. Try again."},
}

// Explain turns an engine error into a diagnostic about the file or relation;
// other errors, nil included, come back as they are.
func Explain(err error, about string) (diag.Diagnostics, error) {
	class, ok := duck.ClassOf(err)
	if !ok {
		return nil, err
	}
	e, ok := explanations[class]
	if !ok {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	return diag.Diagnostics{diag.New(e.code, diag.Range{}, e.detail, about)}, nil
}
