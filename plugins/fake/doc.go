// Package fake is a destination without a vendor, for tests of the host, of
// delivery and of the conformance suite: contacts with a unique e-mail, kept
// in memory or in a file, and hooks that fail a batch before or after it was
// carried out. It must not be reachable from the shipped program.
//
// Start at [New].
package fake
