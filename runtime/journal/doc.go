// Package journal is the write-ahead log of delivery: which ranges of a change
// set were reserved before they were sent, and what the destination answered.
//
// It owns two append-only files of a plan's folder, "journal" and "outcomes",
// whose format is specified in docs/formats/journal.md, and one invariant: a
// range is durable before it is sent, and an answer is durable before it is
// acknowledged. After a crash at any byte [Open] tells for every row whether
// nothing happened, the answer is known, or it is not known.
//
// The journal file holds ranges and nothing about any record; the outcomes
// file holds destination ids and the vendor's words, and never leaves the
// state folder. The package must not know plans, plugins, Arrow or how an
// unknown range is settled.
//
// Start at [Open].
package journal
