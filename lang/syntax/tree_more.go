package syntax

import (
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// Label is a block `label "name"`: which columns carry the label. Attributes
// are nil when absent.
type Label struct {
	Name      string
	NameRange diag.Range // the label with its quotes
	DefRange  diag.Range
	Tags      *Attribute // a list of dbt tags
	Meta      *Attribute // an object of dbt meta entries
	Columns   *Attribute // a list of patterns of column names
	Poisoned  bool       // something in the block was reported and left out
}

// Policy is a block `policy "name"`: a rule over every compiled mapping.
type Policy struct {
	Name      string
	NameRange diag.Range // the label with its quotes
	DefRange  diag.Range
	When      *Attribute // nil when absent: always
	Assert    *Attribute
	Message   *Attribute // nil when absent
	Poisoned  bool       // something in the block was reported and left out
}

// ActivationRef is a reference to an activation or to one instance of it:
// activation.x or activation.x["eu"].
type ActivationRef struct {
	Addr  addr.Activation
	Range diag.Range
}

// Test is a block `test "name"`.
type Test struct {
	Name       string
	NameRange  diag.Range // the label with its quotes
	DefRange   diag.Range
	Activation *ActivationRef // nil when it could not be read
	AsOf       *Attribute     // nil when absent
	Given      []*TestRows    // in source order
	Synced     *TestSynced    // nil when absent
	Expect     *TestExpect    // nil when absent
	Poisoned   bool           // something in the block was reported and left out
}

// TestRows is a block `given`: the rows of one model or source.
type TestRows struct {
	From     *SourceRef // nil when it could not be read
	Rows     *Attribute
	DefRange diag.Range
}

// TestSynced is the block `synced`: what state holds before.
type TestSynced struct {
	Rows     *Attribute
	DefRange diag.Range
}

// TestExpect is the block `expect`. Attrs are in source order; their names are
// send, create, update, remove, unchanged, invalid, held and blocked.
type TestExpect struct {
	DefRange diag.Range
	Attrs    []*Attribute
}

// Moved is a block `moved`. From and To are nil when unreadable (already
// reported).
type Moved struct {
	DefRange diag.Range
	From, To *MemberRef
}

// The parts of an activation that a [MemberRef] may name.
const (
	PartField = "field"
	PartKey   = "key"
)

// MemberRef is a reference to an activation, or to a field or key field of it:
// activation.x, activation.x["eu"], activation.x.field["name"] or
// activation.x.key["name"].
type MemberRef struct {
	Activation addr.Activation
	Part       string // "", PartField or PartKey
	Name       string // of the field; "" when Part is ""
	Range      diag.Range
}

// Removed is a block `removed`.
type Removed struct {
	DefRange diag.Range
	From     *ActivationRef // nil when unreadable (already reported)
	Rows     *Attribute     // nil when absent
}

// Object is a block `object "name"` of a destination without a schema of its
// own. Attributes are nil when absent.
type Object struct {
	Name      string
	NameRange diag.Range // the label with its quotes
	DefRange  diag.Range
	Key       *Attribute // a list of field names
	Required  *Attribute // a list of field names
	// Fields are in source order, names unique; each Expr is a type.
	Fields   []*Field
	Requests []*Request // in source order
	Poisoned bool       // something in the block was reported and left out
}

// Request is a block of an object that says how one operation is done. Attributes
// are nil when absent.
type Request struct {
	Operation         string // the block's type
	DefRange          diag.Range
	Method            *Attribute
	Path              *Attribute
	Envelope          *Attribute
	Body              *Attribute
	Idempotent        *Attribute
	IdempotencyHeader *Attribute
}

// Requires is the block `requires`. Attributes are nil when absent.
type Requires struct {
	DefRange diag.Range
	Tests    *Attribute
	MaxAge   *Attribute
}

// Consent is the block `consent`. Attributes are nil when absent, From also
// when unreadable (already reported).
type Consent struct {
	DefRange    diag.Range
	From        *SourceRef
	Match       *Attribute
	Allow       *Attribute
	OnWithdrawn *Attribute
}

// Share is a block `rollout` or `holdout`: a share of the rows.
type Share struct {
	DefRange diag.Range
	Percent  *Attribute // nil when absent
}
