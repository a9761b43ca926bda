// Package conformance is the suite a destination plugin proves itself with.
//
// An author fills a [Harness] with the plugin, a configuration that leads to a
// test account, and a way to look into that account, and calls [Run] from a
// test. The plugin runs behind the real gRPC service and Arrow encoding, in
// the test's process. Cases that need a fault the harness cannot cause are
// skipped with the reason.
//
// The package must not know any vendor.
package conformance
