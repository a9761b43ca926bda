// Package types is leat's type lattice: what kind of value an expression, a
// warehouse column or a destination field holds, whether it may be null, and
// which labels it carries.
//
// It owns two tables: the conversion table (which conversion is lossless and
// hence implicit, which is lossy and needs a function that says so, which is
// impossible) and the warehouse type names of each dialect. It must not know
// SQL text, expressions, files or destinations.
//
// Start at [Type] and [Convert].
package types
