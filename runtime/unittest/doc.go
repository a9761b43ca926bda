// Package unittest runs the `test` blocks of a project: it gives an activation
// rows, makes state of what was synced before, plans with the planner, and
// holds the plan against what the test expects.
//
// Rows live in DuckDB in memory, state in a temporary folder. It must not know
// warehouses, destinations or the network. Its values come from the project's
// own files, so that a failure may show them.
//
// Start at [Run].
package unittest
