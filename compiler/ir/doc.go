// Package ir is what the compiler decided: every activation resolved, typed
// and lowered, ready for planning.
//
// It is plain data. Expressions stand here twice: as the text the user wrote
// (for people) and as DuckDB SQL over the source row `r` (for the diff). It
// owns the content digest of an activation. It must not know HCL, manifests,
// plugins or state.
//
// Start at [Activation].
package ir
