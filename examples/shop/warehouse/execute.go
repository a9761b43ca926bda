package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/leat-dev/leat/runtime/duck"
)

// step is one statement and what it builds.
type step struct {
	builds string
	sql    string
}

// execute runs steps in the DuckDB file at path, in one transaction: a reader sees the warehouse before or
// after. The compiled SQL names its database, which for DuckDB is the file's name at the time dbt ran; attaching
// the file under that name lets it be called otherwise.
func execute(ctx context.Context, path, database string, steps []step) (err error) {
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	name := duck.Ident(database)
	steps = append([]step{{"attach", "attach " + duck.Literal(path) + " as " + name}, {"begin", "begin"}}, steps...)
	for _, s := range append(steps, step{"commit", "commit"}, step{"detach", "detach " + name}) {
		if err := db.Exec(ctx, s.sql); err != nil {
			return fmt.Errorf("%s: %s: %w", path, s.builds, err)
		}
	}
	return nil
}
