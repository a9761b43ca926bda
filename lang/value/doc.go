// Package value holds leat's own values: what the reference implementation of
// expressions and functions computes with, and what a constant of the
// configuration is.
//
// A [Value] has no String or JSON method on purpose: values of rows must not
// reach logs or documents by accident. [Value.Literal] is for constants that
// stand in the configuration. The package must not know expressions or SQL.
//
// Start at [Value] and [Null].
package value
