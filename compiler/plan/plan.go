package plan

// FormatVersion is the version this package writes. Readers accept any minor
// of the same major.
const FormatVersion = "1.0"

// Document is a plan. Lists are sorted as docs/formats/plan.md says; the
// document holds no row values and no secrets.
type Document struct {
	FormatVersion string       `json:"format_version"`
	LeatVersion   string       `json:"leat_version"`
	Environment   string       `json:"environment"`
	AsOf          string       `json:"as_of"` // RFC 3339 UTC, second precision
	Project       Project      `json:"project"`
	Activations   []Activation `json:"activations"`
	Graph         []Node       `json:"graph"`
	Warnings      []Warning    `json:"warnings"`
	// Verdicts are what run results said of the tests and builds of the models
	// read, by id. Applying keeps them in state.
	Verdicts []Verdict `json:"verdicts,omitempty"`
}

// Verdict is the last outcome of a dbt test, or of the build of a model.
type Verdict struct {
	ID      string `json:"id"`     // unique id
	Status  string `json:"status"` // dbt's word
	At      string `json:"at"`     // RFC 3339 UTC, to the nanosecond
	Command string `json:"command,omitempty"`
	// Partial says why a pass did not speak for every row then. A test that was
	// changed in this since has to run again.
	Partial string `json:"partial,omitempty"`
}

// Project digests what was compiled.
type Project struct {
	ConfigDigest   string `json:"config_digest"`
	ManifestDigest string `json:"manifest_digest"`
	DBTSchema      string `json:"dbt_schema_version"`
	Adapter        string `json:"adapter"`
}

// Activation is one activation's part of the plan.
type Activation struct {
	Address      string                 `json:"address"`
	Name         string                 `json:"name"`
	Description  string                 `json:"description,omitempty"`
	Owner        string                 `json:"owner,omitempty"`
	Tags         []string               `json:"tags,omitempty"`
	Range        Range                  `json:"range"`
	Source       Source                 `json:"source"`
	Target       Target                 `json:"target"`
	Config       map[string]ConfigValue `json:"config"`
	Region       string                 `json:"region,omitempty"`
	Mode         string                 `json:"mode"`
	OnRemoved    string                 `json:"on_removed"`
	Consent      *Consent               `json:"consent,omitempty"` // nil: none is asked for
	Rollout      *float64               `json:"rollout,omitempty"` // percent of the ids; nil is all
	Holdout      *float64               `json:"holdout,omitempty"` // percent of the ids; nil is none
	Draw         string                 `json:"draw,omitempty"`    // the name rollout and holdout draw by, where it is not the activation's
	Moved        *Moved                 `json:"moved,omitempty"`   // nil when state has today's names
	Removed      string                 `json:"removed,omitempty"` // the activation is gone, its state goes: RemovedKeep, RemovedDelete
	Class        string                 `json:"class"`
	ID           []Column               `json:"id"`
	SecretKeys   []string               `json:"secret_keys,omitempty"` // environment variables with the keys of keyed functions
	Key          []Column               `json:"key"`
	Fields       []Column               `json:"fields"`
	State        StateRef               `json:"state"`
	Counts       Counts                 `json:"counts"`
	FieldCounts  []FieldCount           `json:"field_counts"`
	Invalid      []InvalidCount         `json:"invalid"`
	Blocked      []InvalidCount         `json:"blocked,omitempty"` // consent_false, no_consent
	Waiting      []WaitingCount         `json:"waiting,omitempty"` // of the held rows: why, where a lookup holds them
	Rejected     []RejectedCount        `json:"rejected"`
	RemovalsHeld string                 `json:"removals_suspended,omitempty"` // why; "" when removals were planned
	Guards       []Guard                `json:"guards"`
	GuardRules   GuardRules             `json:"guard_rules"` // kept in state, so that deleting the block disarms nothing
	Delivery     Delivery               `json:"delivery"`
	Proofs       []Proof                `json:"proofs"`
	Operations   []Operation            `json:"operations"` // what deliverable rows use, with sizes and costs
	Limits       []LimitCost            `json:"limits"`
	ChangeSet    *ChangeSet             `json:"change_set"`
}

// Range is a place in the configuration.
type Range struct {
	Filename string `json:"filename"`
	Line     int    `json:"line"`
}

// Source names the relation rows came from.
type Source struct {
	UniqueID string `json:"unique_id"`
	Name     string `json:"name"`
}

// Consent names the relation that says whose rows may be sent, and what
// happens to records whose consent is gone.
type Consent struct {
	Source      Source `json:"source"`
	Keys        int64  `json:"keys"` // of it, by which rows are matched; each may stand for several rows
	OnWithdrawn string `json:"on_withdrawn"`
}

// Target names the object rows go to.
type Target struct {
	Plugin         string `json:"plugin"`
	Destination    string `json:"destination"`
	Object         string `json:"object"`
	Account        string `json:"account"`
	DescribeDigest string `json:"describe_digest"`
	SchemaDigest   string `json:"schema_digest"`
	Readable       string `json:"readable"`
	Replace        bool   `json:"replace,omitempty"`
	Evidence       string `json:"evidence"`
	// Declared is how the object is reached where the configuration declares
	// it; nil where the plugin knows.
	Declared *Declared `json:"declared,omitempty"`
}

// Declared is a declared object: all that a plugin is told of it beside the
// columns of its rows.
type Declared struct {
	Key        []string            `json:"key"`
	Operations []DeclaredOperation `json:"operations"` // ordered by name
}

// DeclaredOperation is the request of one operation of a declared object.
type DeclaredOperation struct {
	Name              string `json:"name"` // upsert, create, update, delete, append
	Method            string `json:"method"`
	Path              string `json:"path"`
	Envelope          string `json:"envelope,omitempty"`
	Whole             bool   `json:"whole,omitempty"` // the body is the whole record
	IdempotencyHeader string `json:"idempotency_header,omitempty"`
}

// ConfigValue is a literal, or the name of an environment variable.
type ConfigValue struct {
	Env   string `json:"env,omitempty"`
	Value any    `json:"value,omitempty"`
}

// Column is an id part, key field or field with its canonical type.
type Column struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Write  string   `json:"write,omitempty"`
	Nulls  string   `json:"nulls,omitempty"`
	Labels []string `json:"labels,omitempty"`
	// Guessed says what nobody stated: labels given by the names of columns,
	// and "pii" where the destination calls its field personal.
	Guessed []string `json:"guessed,omitempty"`
	Lookup  *Lookup  `json:"lookup,omitempty"` // of a field; nil: the change set has its values
}

// Lookup says that a field holds what names the record of another activation's
// row at its destination. Where the record is not written yet, the change set
// has a reference to its row, and apply puts the value in its place.
type Lookup struct {
	Activation string   `json:"activation"`    // name
	IDs        bool     `json:"ids"`           // the destination's own id of the record; otherwise its key
	ID         []Column `json:"id"`            // of the other activation's rows: name and type
	Was        []string `json:"was,omitempty"` // names that it had: its state may be under one still
}

// StateRef is the state the diff was made against. Serial 0: there was none.
type StateRef struct {
	Lineage string `json:"lineage"`
	Serial  int64  `json:"serial"`
}

// Counts are numbers of rows.
type Counts struct {
	Send          int64 `json:"send"`
	Create        int64 `json:"create"`
	Update        int64 `json:"update"`
	Rekey         int64 `json:"rekey"`
	Delete        int64 `json:"delete"`
	Archive       int64 `json:"archive"`
	Clear         int64 `json:"clear"`
	Append        int64 `json:"append"`
	Release       int64 `json:"release"`
	Resolve       int64 `json:"resolve"`
	Forget        int64 `json:"forget"`
	Block         int64 `json:"block,omitempty"`     // records frozen as they are, for want of consent
	Withdrawn     int64 `json:"withdrawn,omitempty"` // of delete, archive and clear: for want of consent
	Unchanged     int64 `json:"unchanged"`
	Invalid       int64 `json:"invalid"`
	Held          int64 `json:"held"`
	Blocked       int64 `json:"blocked"`
	StillRejected int64 `json:"still_rejected"`
	Unknown       int64 `json:"unknown"`
	SourceRows    int64 `json:"source_rows"` // that `where` admits
	Managed       int64 `json:"managed"`     // live rows in state that are not released
}

// Deliverable is the number of rows that are sent.
func (c Counts) Deliverable() int64 {
	return c.Send + c.Create + c.Update + c.Rekey + c.Delete + c.Archive + c.Clear + c.Append
}

// Local is the number of rows whose state changes without a call.
func (c Counts) Local() int64 { return c.Release + c.Resolve + c.Forget + c.Block }

// Removes is the number of rows max_removes is about: removals, but for those
// that max_withdrawn is about.
func (c Counts) Removes() int64 { return c.Delete + c.Archive + c.Clear - c.Withdrawn }

// FieldCount counts what happens to one field in updates and rekeys.
type FieldCount struct {
	Name    string `json:"name"`
	Set     int64  `json:"set"`
	Cleared int64  `json:"cleared"`
	Pending int64  `json:"known_after_apply,omitempty"` // of those set: lookups of records that the plan creates
}

// InvalidCount counts rows left out for one reason.
type InvalidCount struct {
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Rows   int64  `json:"rows"`
}

// WaitingCount counts rows that are held because a lookup finds no record.
type WaitingCount struct {
	Field      string `json:"field"`
	Activation string `json:"activation"` // that keeps no such record
	Rows       int64  `json:"rows"`
}

// RejectedCount counts rows that the destination refused and that would be
// refused again.
type RejectedCount struct {
	Class string `json:"class"`
	Code  string `json:"code,omitempty"`
	Field string `json:"field,omitempty"`
	Rows  int64  `json:"rows"`
}

// Guard is an evaluated guard.
type Guard struct {
	Name    string `json:"name"`  // max_creates, max_updates, max_removes, max_withdrawn, min_rows, consent.rows, requires.build, requires.tests, requires.max_age
	Limit   string `json:"limit"` // as written: "5%", "1000"
	Base    int64  `json:"base"`  // what a percentage refers to
	Value   int64  `json:"value"`
	Tripped bool   `json:"tripped"`
	// Overridden says that it would have tripped and was overridden for this
	// plan.
	Overridden bool `json:"overridden,omitempty"`
	// Kept says that the configuration does not give the limit any more: it is
	// that of the last apply.
	Kept bool `json:"kept,omitempty"`
}

// GuardRules are the guards as written; "" where not set.
type GuardRules struct {
	MaxCreates string `json:"max_creates,omitempty"`
	MaxUpdates string `json:"max_updates,omitempty"`
	MaxRemoves string `json:"max_removes,omitempty"`
	// MaxWithdrawn is set where there is a block `consent`.
	MaxWithdrawn string `json:"max_withdrawn,omitempty"`
	MinRows      int64  `json:"min_rows"`
}

// Delivery is how the engine sends.
type Delivery struct {
	Concurrency   int    `json:"concurrency"`
	MaxRejectRate string `json:"max_reject_rate,omitempty"`
	OnUnknown     string `json:"on_unknown"`
}

// Proof is a fact about identity with its grade: checked when all rows of this
// plan bear it out, else what dbt's artifacts make of it.
type Proof struct {
	Of     string `json:"of"`
	Fact   string `json:"fact"`
	Grade  string `json:"grade"`
	Stated string `json:"stated"`         // the grade by the artifacts alone: unproven, declared, passed
	By     string `json:"by,omitempty"`   // the dbt test or constraint; "" when unproven
	Rows   int64  `json:"rows,omitempty"` // rows of this plan that contradict it
}

// Operation is one kind of call the plan makes.
type Operation struct {
	Name       string   `json:"name"`      // of the change set: send, update, ...
	Operation  string   `json:"operation"` // of the object's schema: upsert, update, archive, ...
	Endpoint   string   `json:"endpoint"`
	Retry      string   `json:"retry"` // idempotent, readable, neither
	Certainty  string   `json:"certainty"`
	Records    int64    `json:"records"`
	Requests   int64    `json:"requests"`
	MaxRecords int      `json:"max_records"`
	MaxBytes   int64    `json:"max_bytes"`
	Limits     []string `json:"limits"`
}

// LimitCost is the share of a destination's limit that the plan uses.
type LimitCost struct {
	Limit      string `json:"limit"`
	Amount     int64  `json:"amount"`
	Window     string `json:"window"`
	Concurrent int    `json:"concurrent,omitempty"`
	Counts     string `json:"counts"`
	Used       int64  `json:"used"`
	Seconds    int64  `json:"seconds"` // least time the limit allows for it
}

// ChangeSet refers to the rows by digest.
type ChangeSet struct {
	Digest string `json:"digest"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
}

// NodeKind is the kind of a graph node.
type NodeKind string

// The node kinds.
const (
	Deliver NodeKind = "deliver"
	Commit  NodeKind = "commit"
)

// Node is one step of the execution graph. After holds ids of earlier nodes.
type Node struct {
	ID         int      `json:"id"`
	Kind       NodeKind `json:"kind"`
	Activation int      `json:"activation"`
	Phase      int      `json:"phase"` // deliver: 0 removals, 1 rekeys, 2 writes
	Op         string   `json:"op,omitempty"`
	From       int64    `json:"from"` // rows of the change set, half open
	To         int64    `json:"to"`
	After      []int    `json:"after"`
}

// Warning is a diagnostic of severity warning that the plan carries along.
type Warning struct {
	Code    string `json:"code"`
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	Range   Range  `json:"range"`
}
