// Package state is the memory of what destinations acknowledged, kept in a
// local folder: per activation a head, immutable row segments and a disposable
// index; the environment's key and lock; saved plans.
//
// It owns docs/formats/state.md and the step from outcomes to rows. State is
// written from a change set and its outcomes only. It must not know
// configurations, sources or plugins.
//
// Start at [Open]; [Store.Commit] is the only writer of rows.
package state
