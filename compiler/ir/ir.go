package ir

import (
	"time"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// Activation is one compiled activation. It is never changed after compiling.
type Activation struct {
	Name        string // unique in the project: `contacts`, or `audience["eu"]` for an instance
	Range       diag.Range
	Description string
	Owner       string
	Tags        []string

	Source  Source
	Target  Target
	Mode    Mode
	Where   *Expr // nil: every row
	ID      []Column
	Key     []Mapping // ordered by field
	Fields  []Mapping // ordered by field
	Removed OnRemoved
	Membership
	Guard    Guard
	Deliver  Delivery
	Proofs   []Proof
	Requires *Requires // nil: nothing
	// Overlaps are the names of other activations that may map the same field
	// of the same object, sorted. A key that two of them hold is invalid in
	// both.
	Overlaps []string
	Former   Former
	// SecretKeys are the keys that the activation's hashes are made with, sorted.
	SecretKeys []SecretKey
}

// SecretKey is a key of keyed functions: the environment variable that holds
// its value, and where the activation names it.
type SecretKey struct {
	Env   string
	Range diag.Range
}

// Address returns the activation's address, such as activation.contacts.
func (a *Activation) Address() string { return "activation." + a.Name }

// Source is the relation rows come from.
type Source struct {
	UniqueID string   // dbt id: model.shop.customers
	Name     string   // as the user refers to it
	Relation string   // quoted warehouse name, ready for SQL
	Dialect  string   // adapter type: duckdb, postgres, ...
	Columns  []string // source columns the expressions use, sorted
	Path     string   // dbt file that declares it, for people; may be empty
}

// Target is the object rows go to.
type Target struct {
	Plugin      string // plugin type: hubspot
	Destination string // name of the destination block: crm
	Object      string
	Schema      schema.Object // what the object accepts; the checks used it
	Account     string        // account fingerprint of the schema snapshot; "" unknown
	Describe    string        // digest of the plugin's Describe
	Limits      []schema.Limit
	Accepts     []string
	Region      string
}

// Address returns destination.TYPE.NAME.OBJECT.
func (t *Target) Address() string {
	return "destination." + t.Plugin + "." + t.Destination + "." + t.Object
}

// Holder tells apart who holds the records: the account itself where its schema
// has been pulled, else the destination. Two destination blocks may lead to one
// account.
func (t *Target) Holder() string {
	if t.Account != "" {
		return t.Plugin + " " + t.Account
	}
	return t.Plugin + "." + t.Destination
}

// Mode is what happens to rows the destination does or does not hold.
type Mode string

// The modes.
const (
	Upsert     Mode = "upsert"
	UpdateOnly Mode = "update_only"
	CreateOnly Mode = "create_only"
	Append     Mode = "append"
)

// OnRemoved is what happens to a managed record whose row is gone.
type OnRemoved string

// The removal policies.
const (
	Keep    OnRemoved = "keep"
	Clear   OnRemoved = "clear"
	Archive OnRemoved = "archive"
	Delete  OnRemoved = "delete"
)

// Expr is a compiled expression.
type Expr struct {
	Text  string // as written, white space folded
	SQL   string // DuckDB SQL over the row alias r
	Range diag.Range
}

// Column is one part of an activation's id.
type Column struct {
	Name    string // the column, or "id" for an expression
	Type    types.Type
	Expr    Expr
	Labels  []string // sorted
	Guessed []string // those of Labels that only the names of columns give
}

// Write says when a field is sent.
type Write string

// The write rules.
const (
	WriteAlways    Write = "always"
	WriteCreate    Write = "create"
	WriteFillEmpty Write = "fill_empty"
)

// Nulls says what a null value does.
type Nulls string

// The null rules.
const (
	NullsSkip  Nulls = "skip"
	NullsClear Nulls = "clear"
)

// Mapping is one destination field fed by an expression.
type Mapping struct {
	Field    string
	Type     types.Type // the destination field's canonical type
	Expr     Expr       // SQL yields the canonical, normalised value
	Nullable bool
	Labels   []string // sorted
	Guessed  []string // labels that only the names of columns, or of the destination, suggest
	Write    Write
	Nulls    Nulls
	// EmptyIsNull says that "" and null are one value of this field.
	EmptyIsNull bool
	Checks      []Check
	Lookup      *Lookup      // nil: Expr gives the value
	Schema      schema.Field // the destination field; zero when not in the schema
	Columns     []string     // source columns it is made of, sorted
}

// Lookup says that the value of a mapping is what names the record of another
// activation's row at its destination. It may be known only once that record is
// written.
type Lookup struct {
	Activation string   // name, as in Activation.Name
	IDs        bool     // the destination's own id of the record; otherwise its key, of one field
	ID         []Column // the id of the row, as the other activation holds ids
	Was        []string // names that the other activation had, the latest first
}

// Check makes a row invalid when its SQL is true.
type Check struct {
	Reason string // too_long, not_in_enum, out_of_range, bad_format
	Field  string
	SQL    string
}

// Limit is a guard's threshold: a number of rows or a percentage of the rows
// under management. Set is false where the user and the defaults give none.
type Limit struct {
	Set     bool
	Given   bool // by the configuration; false for a default
	Percent bool
	Value   float64
}

// Guard stops a run before its first write.
type Guard struct {
	MaxCreates, MaxUpdates, MaxRemoves Limit
	MaxWithdrawn                       Limit // set only with a Consent
	MinRows                            int64
	MinRowsGiven                       bool
}

// Requires is what must hold of the model, with what the run results given say
// of it.
type Requires struct {
	Tests  bool          // every test of the model, but those that only warn, must have passed
	MaxAge time.Duration // of the model's last build; 0: any

	Known, NotPassed int64     // such tests; those whose last verdict is not a pass, or that have none
	Failing          []Failing // those of the NotPassed whose place is known
	BuildKnown       bool      // the run results tell of a build
	BuildOK          bool
	BuiltAt          time.Time
}

// Failing is a test that did not pass, as far as it is known.
type Failing struct {
	Name   string
	Status string // of its last run; "" when it is not known
	Place  diag.Range
}

// Unknown says what to do with rows whose outcome cannot be found out.
type Unknown string

// The choices for an unknown outcome.
const (
	UnknownSkip   Unknown = "skip"
	UnknownResend Unknown = "resend"
)

// Delivery tunes how changes are sent.
type Delivery struct {
	Concurrency   int   // batches in flight; 0: the engine's default
	MaxRejectRate Limit // of the rows sent
	OnUnknown     Unknown
}

// Grade says how far a fact is proven.
type Grade string

// The grades, weakest first.
const (
	Unproven Grade = "unproven"
	Declared Grade = "declared" // a dbt test or constraint says so
	Passed   Grade = "passed"   // and the last run's results show it passed
	Checked  Grade = "checked"  // and the data of this plan was looked at
)

// Refers is the fact that every lookup of a field finds a record.
const Refers = "refers"

// Proof is a fact about the identity of rows, with its grade and origin.
type Proof struct {
	Fact  string // "unique", "not_null" or Refers
	Of    string // "id", "key", or the field of a lookup
	Grade Grade
	By    string // the dbt test or constraint; "" when unproven
}
