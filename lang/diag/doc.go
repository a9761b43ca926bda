// Package diag is leat's vocabulary for problems a user can fix.
//
// A [Diagnostic] has a stable code, a severity, a summary, a detail that says
// what to do, a primary range, related ranges and, where leat knows it, a
// machine edit. Every layer returns [Diagnostics]; nothing below cmd prints
// them. Go errors are for I/O and bugs only.
//
// This is the lowest package of the house: it imports hcl for ranges and
// nothing of ours. It must not know what any code is about beyond its entry in
// the code table, and it must never be given a secret or a row value.
//
// Start at [New] and [Diagnostics].
package diag
