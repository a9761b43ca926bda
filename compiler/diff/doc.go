// Package diff is the SQL text of planning and committing: mapping source
// rows, finding what changed against acknowledged values, deciding operations,
// and turning outcomes into rows of state.
//
// It owns the meaning of a row (membership, operations, write and null rules)
// as docs/formats says it, and the layout of change sets and segments. It
// builds text only: it must not know a driver, files, clocks or plugins.
//
// Start at [FromActivation] and [Spec].
package diff
