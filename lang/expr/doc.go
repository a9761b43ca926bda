// Package expr compiles HCL expressions over a row into typed, dialect-free
// nodes, and holds the reference implementation of what they mean.
//
// A node knows its type, whether it may be null, its labels and its place in
// the file. The package owns the null semantics, the promotion of types and
// the flow of nullability; docs/reference/semantics.md says them in words. It
// must not know SQL (see compiler/lower), dbt or destinations.
//
// Start at [Compile]; [Eval] is the reference.
package expr
