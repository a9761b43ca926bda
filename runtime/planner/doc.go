// Package planner makes plans: it reads source rows, holds them against
// state, and decides per row what to do.
//
// It owns the order of the steps and their memory budget; what they mean is
// compiler/diff, what comes out is compiler/plan. It must not know HCL,
// manifests, plugins or how a plan is applied.
//
// Start at [Plan].
package planner
