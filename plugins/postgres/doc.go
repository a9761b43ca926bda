// Package postgres is the built-in destination for PostgreSQL tables.
//
// An object is a table of the configured schema. A batch is one transaction of
// set-based statements; when a row of it is refused, the batch is taken apart
// row by row, so that one bad row costs only itself. Every operation but
// append is idempotent.
//
// It must not know activations, plans or state. Server messages may hold
// values: only SQLSTATE codes, constraint and column names leave the package
// outside a rejection's text.
//
// Start at [New].
package postgres
