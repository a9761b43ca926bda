// Package run puts one apply together: the engine, the stored plan, its change
// sets, the state, and plugin processes.
//
// It opens the stored plan, holds its rows against the digests in it, and hands
// engine/wire's adapters to the engine. It decides nothing about delivery, and must not know HCL, manifests or how
// results are shown.
//
// Start at [Apply].
package run
