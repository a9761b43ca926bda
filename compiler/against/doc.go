// Package against compares what two manifests of one dbt project mean for the
// same activations: which of them a change of dbt models alone breaks, and why.
//
// It owns the findings (LEAT047x): a model that is gone, disabled or ephemeral,
// access that was lost, columns dropped, renamed, retyped, narrowed or newly
// nullable, keys and lists of values that nothing proves any longer. What else
// compiled before and does not now is a finding too. It does no I/O and must
// not know where the manifests came from.
//
// Start at [Compare].
package against
