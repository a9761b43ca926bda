package syntax

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
)

// Value is a plain value with the place it was written at. For a default,
// Set is false and Range is the zero Range.
type Value[T any] struct {
	Value T
	Range diag.Range
	Set   bool
}

// Setting is the evaluated form of a [ConfigValue].
type Setting struct {
	Name      string
	NameRange diag.Range
	Range     diag.Range // of the expression
	Env       string     // the environment variable to read; "" when Value is set
	Value     cty.Value  // unmarked; cty.NilVal when Env is set
	Sensitive bool       // made from a sensitive variable: never print it
}

// Settings are the plain values of the blocks that stand once.
type Settings struct {
	Environment Value[string] // Set is false when the dbt target decides
	DBT         DBTSettings
	StatePath   Setting // ".leat" by default
}

// DBTSettings are the values of the block `dbt`. A value that is not Set is
// left to dbt's own rules.
type DBTSettings struct {
	ProjectDir Value[string]
	Target     Value[string]
	Artifacts  []Value[string] // empty when not given
}

// DestinationSettings are the plain values of a destination.
type DestinationSettings struct {
	Accepts []Value[string]
	Region  Value[string]
	Config  []Setting // in source order
}

// Limit is a guard's limit: a number of rows, or a share of the managed rows.
// The zero Limit means no limit.
type Limit struct {
	Present bool
	Percent bool    // N is in percent
	N       float64 // a whole number unless Percent
}

// GuardSettings are a guard with its defaults.
type GuardSettings struct {
	MaxCreates Value[Limit]
	MaxUpdates Value[Limit]
	MaxRemoves Value[Limit]
	// MaxWithdrawn limits removals because of consent.
	MaxWithdrawn Value[Limit]
	MinRows      Value[int]
}

// DeliverySettings are the values of `delivery` with their defaults.
type DeliverySettings struct {
	Concurrency   Value[int]    // 0 leaves it to the destination
	MaxRejectRate Value[Limit]  // in percent when present
	OnUnknown     Value[string] // resend or skip
}

// FieldSettings are the values of one mapped field with their defaults.
type FieldSettings struct {
	Write Value[string] // always, create or fill_empty
	Nulls Value[string] // skip or clear
}

// ActivationSettings are the plain values of an activation, with the defaults
// of the block table.
type ActivationSettings struct {
	Description Value[string]
	Owner       Value[string]
	Tags        []Value[string]
	Mode        Value[string]   // upsert, update_only, create_only or append
	OnRemoved   Value[string]   // keep, clear, archive or delete
	Fields      []FieldSettings // parallel to Activation.Fields
	Guard       GuardSettings
	Delivery    DeliverySettings
	Proofs      Value[string] // require, warn or off
	Requires    RequiresSettings
	OnWithdrawn Value[string]  // of consent: keep, clear, archive or delete
	Rollout     Value[float64] // percent of the ids to begin with; 100 by default
	Holdout     Value[float64] // percent of the ids kept out; 0 by default
}

// RequiresSettings are the values of `requires`.
type RequiresSettings struct {
	Tests  Value[bool]          // whether the tests of the model must have passed
	MaxAge Value[time.Duration] // since the model's last build; 0 for any
}

// RemovedSettings are the values of a block `removed`.
type RemovedSettings struct {
	Rows Value[string] // keep or delete
}
