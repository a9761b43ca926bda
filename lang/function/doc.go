// Package function is the one table of functions that expressions may call.
//
// Each entry has its signature, what null arguments do, how it maps labels, a
// reference implementation over leat's own values, its form in each SQL
// dialect, documentation and examples. Everything said about functions
// elsewhere (type checks, lowering, docs/reference/functions.md, completion)
// is read from here; the examples are tests of the reference and of DuckDB.
//
// It must not know expressions, HCL or any engine: SQL stands here as
// templates, which compiler/lower fills in.
//
// Start at [Lookup] and [All].
package function
