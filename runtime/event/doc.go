// Package event is the stream of what a plan or an apply is doing, for
// progress on a terminal and for `--json`.
//
// It owns the vocabulary and its newline-delimited JSON form, whose first line
// names the version. An event holds counts, names, fault classes and times; it
// must never hold a row value, an id, a secret or a vendor's words, and it has
// no field that could. The package knows nothing of plans or plugins.
//
// Start at [Event] and [Sink]; [NewEncoder] writes the stream.
package event
