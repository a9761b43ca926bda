// Package policy evaluates policy blocks: rules of an organisation over what
// its configuration sends where, decided when it is compiled.
//
// A policy sees metadata only: the field, type and labels of a mapping, the
// activation with its model, and the target with its region. It is plain HCL
// over these values and a fixed set of functions; it cannot see rows, files,
// clocks or the environment. The package does not know how any of these are
// compiled, and makes no diagnostics of a broken policy: who calls it knows
// the places.
//
// Start at [New] and [Set.Check].
package policy
