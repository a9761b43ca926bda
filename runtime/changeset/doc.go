// Package changeset reads and writes the change set: the rows that a plan
// sends, in order, as Parquet.
//
// It owns docs/formats/change-set.md: column names, order and digest. The same
// rows give the same bytes, whatever the number of threads. It must not know
// state, plans or plugins.
//
// Start at [Open] and [Write].
package changeset
