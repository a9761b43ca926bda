package main

import (
	"context"
	"database/sql"
	"fmt"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"
)

// execute runs statements in the DuckDB file at path, in one transaction: a reader sees the warehouse before or
// after, as with dbt it would see whole relations. The compiled SQL names its database, which for DuckDB is the
// file's name at the time dbt ran; attaching the file under that name lets it be called otherwise.
func execute(ctx context.Context, path, database string, statements []string) (err error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()

	all := append([]string{"attach " + quoted(path) + ` as "` + database + `"`, "begin"}, statements...)
	for _, statement := range append(all, "commit", `detach "`+database+`"`) {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
