// Package run puts one apply together: the engine, the stored plan, its change
// sets, the state, and plugin processes.
//
// It adapts the ports that runtime/engine declares to the packages that fill
// them, and decides nothing itself. It must not know HCL, manifests or how
// results are shown.
//
// Start at [Apply].
package run
