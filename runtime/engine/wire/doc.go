// Package wire connects the engine's ports to the house's own parts: plugin
// processes, the local state, and change sets in Parquet.
//
// It only converts between their types, so that neither side knows the other.
// It decides nothing about delivery and keeps no state of its own.
//
// Start at [Plugin], [Local] and [ChangeSet].
package wire
