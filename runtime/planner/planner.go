//go:build duckdb_arrow

package planner

import (
	"time"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
	"github.com/leat-dev/leat/runtime/warehouse"
)

// Request is what a plan is a function of.
type Request struct {
	Activations []ir.Activation // selected; any order
	Configured  []string        // names of all configured activations, and those they had: other state is without one
	Removals    []ir.Removal    // selected: state that goes
	Resting     []ir.Removal    // not selected: state that is left alone, without a word
	// Target resolves what state says of an activation that is gone. It reports
	// false when there is no such destination; an object that is not known has no
	// schema. May be nil without Removals.
	Target func(plugin, destination, object string) (ir.Target, bool)
	// Neighbours are all compiled activations, selected or not: those on one
	// object are held against each other. Nil: Activations.
	Neighbours  []ir.Activation
	Source      warehouse.Source
	State       *state.Store // opened; it need not exist
	Project     plan.Project
	Leat        string // version of leat
	Environment string
	AsOf        time.Time // second precision counts
	// IgnoreRequires overrides unmet `requires`; the plan records it.
	IgnoreRequires bool
	// Destinations tells of each destination, by address without the object:
	// "hubspot.crm".
	Destinations map[string]Destination
	// Keys are the values of the environment variables that keyed functions of
	// the activations and their neighbours name. They reach the engine as
	// parameters and nothing else.
	Keys     map[string]string
	Warnings diag.Diagnostics // of compiling, carried into the plan
	Verdicts []plan.Verdict   // of dbt tests and builds, by id; carried into the plan
	// Store keeps the plan and its change sets in the state folder, which must
	// exist. Without it nothing is written but temporary files.
	Store    bool
	Samples  int // rows per activation and operation to return; 0 is none
	TempDir  string
	Memory   string // DuckDB memory limit; "" is the default
	Threads  int    // 0: one a processor
	Progress func(Event)
	// Explain returns what becomes of every single row. For small sources only.
	Explain bool
	// AssumeRecords takes every record that a lookup names for one that is
	// there, unless the activation that keeps it is planned, too: for tests.
	AssumeRecords bool

	weaken func(salt int64, args string) string // tests: another hash of ids
}

// Destination is what the plan says of a destination beyond the schema.
type Destination struct {
	Config   map[string]plan.ConfigValue
	Evidence string
}

// Event is a step of the work, for progress on a terminal.
type Event struct {
	Activation string // name
	Step       string // read, compare, decide, store
	Rows       int64  // of the source, where known
}

// Result is a plan with what a terminal shows beside it.
type Result struct {
	Document *plan.Document
	Bytes    []byte // plan.Encode of it
	Digest   string
	Samples  []Sample // ordered by activation, operation, id
	Stored   bool
	Rows     []Row // with Explain: ordered by activation, then as the change set, then the rest
}

// Sample is one row of a change set, for the eyes of the user at the terminal.
type Sample struct {
	Activation int // index into the document's activations
	Op         string
	ID         []duck.Value
	Key        []duck.Value
	Prior      []duck.Value // key as last acknowledged
	Fields     []Change     // fields that are sent
}

// Change is one field of a sample.
type Change struct {
	Field         int // index into the activation's fields
	Before, After duck.Value
	Pending       bool // After is known when another record is written
}
