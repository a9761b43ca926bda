// Package check is the compiler proper: it resolves every activation's model
// and destination, types every mapping against both, grades the proofs of its
// id and key, and lowers its expressions to SQL.
//
// It owns the diagnostics of names, mappings and identity (03xx, 05xx). It
// does no I/O: manifests, schemas and live columns come in read. It recovers:
// all problems of a configuration come out of one run, and a problem is
// reported once, where its cause stands.
//
// Start at [Compile].
package check
