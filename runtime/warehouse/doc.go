// Package warehouse attaches the database that dbt builds, read-only, and
// says which columns its tables have.
//
// It must not know activations, plans or profiles: callers hand it what a
// profile says. Engine errors become diagnostics here.
//
// Start at [Source] and [DuckDB].
package warehouse
