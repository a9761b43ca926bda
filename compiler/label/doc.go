// Package label says which labels the columns of dbt's models carry, and why:
// by dbt tags and meta, of the column or of its model, and by patterns of
// column names, which are guesses.
//
// The rules are the label blocks of a configuration. The label pii exists
// without a block. The package knows nothing of expressions and destinations:
// how labels flow is the business of lang/expr, and who accepts them that of
// compiler/check.
//
// Start at [New] and [Rules.Of].
package label
