// Package view renders what leat has to say: diagnostics, plans, lists and
// progress, as text for people and as JSON for programs.
//
// Every view is a pure function from data to bytes: it reads no clock,
// environment or file. It must not decide anything; exit codes and flags are
// cli's. Row values come in only where a view's documentation says so.
//
// Start at [Diagnostics] and [Plan].
package view
