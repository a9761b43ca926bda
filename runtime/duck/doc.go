// Package duck is the embedded DuckDB: the only package that imports its
// driver.
//
// It opens private in-memory databases with bounded memory, attaches
// warehouses read-only, moves rows in and out as Arrow batches, and turns
// engine errors into classes, because the engine's own text quotes values. It
// must not know activations, plans or state. It needs cgo and the build tag
// duckdb_arrow.
//
// Start at [Open].
package duck
