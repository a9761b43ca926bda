package syntax

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// File is one file of a configuration. Name is relative to the project root
// and slash-separated; it becomes the Filename of ranges.
type File struct {
	Name  string
	Bytes []byte
}

// Config is the tree of a whole configuration. Lists are in the order of file
// name and byte. The first of two blocks with one name is in the tree, the
// second is left out (and reported). A Config is not changed after Parse.
type Config struct {
	Leat         *Leat      // nil when absent
	DBT          *DBT       // nil when absent
	Environment  *Attribute // nil when absent
	State        *State     // nil when absent
	Variables    []*Variable
	Locals       []*Attribute // one per local; Name is the local's name
	Destinations []*Destination
	Activations  []*Activation
	Labels       []*Label
	Policies     []*Policy
	Tests        []*Test
	Moved        []*Moved
	Removed      []*Removed

	// Poisoned is set when a file could not be read whole, so that names
	// that seem to be missing may stand in the lost part. Passes must then
	// not report unknown names of blocks.
	Poisoned bool
}

// Attribute is `name = expression`. The expression is not evaluated.
type Attribute struct {
	Name      string
	NameRange diag.Range
	Range     diag.Range // name, equals sign and expression
	Expr      hcl.Expression
}

// Leat is the block `leat`.
type Leat struct {
	DefRange        diag.Range
	RequiredVersion *Attribute // nil when absent
}

// DBT is the block `dbt`. Attributes are nil when absent.
type DBT struct {
	DefRange   diag.Range
	ProjectDir *Attribute
	Target     *Attribute
	Artifacts  *Attribute // a string or a list of strings
}

// State is the block `state "local"`.
type State struct {
	Backend      string // "local"
	BackendRange diag.Range
	DefRange     diag.Range
	Path         *ConfigValue // nil when absent
}

// Variable is a block `variable "name"`. Attributes are nil when absent.
type Variable struct {
	Name        string
	NameRange   diag.Range // the label with its quotes
	DefRange    diag.Range
	Type        *Attribute // a type, such as list(string)
	Default     *Attribute
	Description *Attribute
	Sensitive   *Attribute
	Nullable    *Attribute
	Validations []*Validation
	Poisoned    bool // something in the block was reported and left out
}

// Validation is a block `validation` of a variable.
type Validation struct {
	DefRange     diag.Range
	Condition    *Attribute
	ErrorMessage *Attribute
}

// Destination is a block `destination "type" "name"`.
type Destination struct {
	Addr      addr.Destination
	TypeRange diag.Range // the label with its quotes
	NameRange diag.Range // the label with its quotes
	DefRange  diag.Range
	Accepts   *Attribute // nil when absent
	Region    *Attribute // nil when absent
	Config    []*ConfigValue
	// ConfigRange is the head of the `config` block, or DefRange when there is
	// none: where to report a missing attribute.
	ConfigRange diag.Range
	Objects     []*Object
	Poisoned    bool // something in the block was reported and left out
}

// ConfigValue is an attribute of a `config` or `state` block: either the name
// of an environment variable or an expression over var and local.
type ConfigValue struct {
	Name      string
	NameRange diag.Range
	Range     diag.Range     // name, equals sign and expression
	ExprRange diag.Range     // the expression only
	Env       string         // the argument of env(); "" when Expr is set
	Expr      hcl.Expression // nil when Env is set
}

// Activation is a block `activation "name"`. Attributes and nested blocks are
// nil when absent, or when present and unreadable (then Poisoned is set).
type Activation struct {
	Addr      addr.Activation
	NameRange diag.Range // the label with its quotes
	DefRange  diag.Range

	Description *Attribute
	Owner       *Attribute
	Tags        *Attribute
	From        *SourceRef
	To          *TargetRef
	Where       *Attribute
	Mode        *Attribute
	ID          *ID
	Key         *Key
	// Fields holds `fields` and the `field` blocks, in source order, names
	// unique. A name may still be in Key too: that is for a later pass.
	Fields     []*Field
	FieldsAttr *Attribute // the attribute `fields` as a whole; nil when absent
	OnRemoved  *Attribute
	Guard      *Guard
	Delivery   *Delivery
	// ForEach is a map or a set of strings. Each is set in what
	// [Config.Instances] returns; From and To are nil before that where they
	// depend on each.
	ForEach          *Attribute
	Each             *Each
	eachFrom, eachTo *Attribute

	Shares   []*ActivationRef
	Proofs   *Attribute
	Requires *Requires
	Consent  *Consent
	Rollout  *Share
	Holdout  *Share

	// Poisoned is set when something in this block was reported and left
	// out. Passes must then not report that something is missing.
	Poisoned bool
}

// SourceKind tells a dbt model from a dbt source.
type SourceKind uint8

// The kinds of what an activation reads from.
const (
	Model  SourceKind = iota + 1 // ref(...): a model, seed or snapshot
	Source                       // source(...)
)

// SourceRef is `from`: ref("name"), ref("name.v2"), ref("package", "name") or
// source("source", "name"), read statically.
type SourceRef struct {
	Kind    SourceKind
	Package string // Model only: "" when not given
	Source  string // Source only: the dbt source
	Name    string // the model, or the source's table
	Version string // Model only: "2" of "name.v2"; "" when not given

	Range        diag.Range // the whole call
	AttrRange    diag.Range // the name `from`
	FirstRange   diag.Range // the package or source argument, quotes left out; zero when absent
	NameRange    diag.Range // the name, quotes and version left out
	VersionRange diag.Range // "v2" without the dot; zero when absent
}

// String returns the reference as users write it.
func (r *SourceRef) String() string {
	name := r.Name
	if r.Version != "" {
		name += ".v" + r.Version
	}
	switch {
	case r.Kind == Source:
		return "source(" + quote(r.Source) + ", " + quote(name) + ")"
	case r.Package != "":
		return "ref(" + quote(r.Package) + ", " + quote(name) + ")"
	}
	return "ref(" + quote(name) + ")"
}

// TargetRef is `to`: an object of a destination, with a range for each step.
type TargetRef struct {
	Addr        addr.Object
	Range       diag.Range // the whole address
	AttrRange   diag.Range // the name `to`
	TypeRange   diag.Range // hubspot, without the dot
	NameRange   diag.Range // crm, without the dot
	ObjectRange diag.Range // contacts without the dot, or ["2-3453932"] with its brackets
}

// ID is `id`: one expression or a tuple of them.
type ID struct {
	Attribute
	Parts []hcl.Expression // at least one
}

// Key is `key`.
type Key struct {
	Attribute
	Fields []*Field // in source order, names unique; Write and Nulls are nil
}

// Field maps one destination field.
type Field struct {
	Name      string
	NameRange diag.Range     // the name in `fields`, or the block's label with its quotes
	Range     diag.Range     // name and expression, or the head of the block
	Expr      hcl.Expression // nil when a block has no readable value (already reported)
	Write     *Attribute     // nil when absent
	Nulls     *Attribute     // nil when absent
	Block     bool           // written as a `field` block
}

// Guard is the block `guard`. Attributes are nil when absent.
type Guard struct {
	DefRange   diag.Range
	MaxCreates *Attribute
	MaxUpdates *Attribute
	MaxRemoves *Attribute
	// MaxWithdrawn limits removals because of consent.
	MaxWithdrawn *Attribute
	MinRows      *Attribute
}

// Delivery is the block `delivery`. Attributes are nil when absent.
type Delivery struct {
	DefRange      diag.Range
	Concurrency   *Attribute
	MaxRejectRate *Attribute
	OnUnknown     *Attribute
}

// Activation returns the activation of that name.
func (c *Config) Activation(name string) (*Activation, bool) {
	for _, a := range c.Activations {
		if a.Addr.Name == name {
			return a, true
		}
	}
	return nil, false
}

// Destination returns the destination with that address.
func (c *Config) Destination(d addr.Destination) (*Destination, bool) {
	for _, b := range c.Destinations {
		if b.Addr == d {
			return b, true
		}
	}
	return nil, false
}

// quote writes a string as an HCL literal.
func quote(s string) string { return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()) }
