// Package plan is the plan document: the only hand-over from planning to
// applying.
//
// It owns the document's shape, its canonical bytes and digest, and reading it
// back with diagnostics. The format is specified in docs/formats/plan.md. It
// must not know HCL, manifests, DuckDB, plugins or row values.
//
// Start at [Document], [Encode] and [Decode].
package plan
