package schema

import "github.com/leat-dev/leat/lang/types"

// Destination describes what one plugin type, or one account of it, accepts.
// It is a plain value, never changed after it is made.
type Destination struct {
	Plugin      string // plugin type, such as "hubspot"
	Version     string // plugin version
	API         string // vendor API version or revision the plugin speaks
	Evidence    Evidence
	Account     string // fingerprint of the account; "" when not known
	FetchedAt   string // RFC 3339, UTC; "" for a schema that is not from an account
	Open        bool   // objects beyond those listed may exist (declared by the user or discovered)
	Declared    bool   // the configuration declares the objects, in `object` blocks
	NeedsPull   bool   // has no schema until one is pulled: `leat destinations schema pull`
	Config      []ConfigField
	EnvAllowed  []string // environment variables the plugin process may see
	Objects     []Object // ordered by name
	Limits      []Limit
	Description string
}

// Evidence is how well a plugin is proven: A real server, B independent
// emulator, C official description and client, D own double, E documentation.
type Evidence string

// ConfigField is one attribute of a destination's config block.
type ConfigField struct {
	Name        string
	Type        types.Type
	Required    bool
	Secret      bool
	Default     string // as written in HCL; "" for none
	Description string
}

// Object is something rows can be sent to: a CRM object, a table, a file.
type Object struct {
	Name        string
	Label       string
	Description string
	Fields      []Field // ordered by name
	// FieldsOpen says that fields not listed are legal and typed unknown
	// (a file takes any column).
	FieldsOpen bool
	Keys       []Key // candidate keys; empty with KeysOpen means any field may be the key
	KeysOpen   bool
	Operations []Operation // ordered by name
	Readable   Readable    // how records can be read back
	Removal    []string    // of "delete", "archive", "clear": what removal the object offers
	Rekey      bool        // a record's key can be changed by destination id
	IDs        bool        // answers name each record by an id of the destination's own
	// Replace says the object is rewritten whole on every apply (a file).
	Replace bool
}

// HasIDs reports whether records have ids of the destination's own.
func (o *Object) HasIDs() bool { return o.IDs || o.Rekey }

// Readable says how an object's records can be read back.
type Readable string

// The ways to read.
const (
	ReadNone  Readable = "none"
	ReadByKey Readable = "by_key"
	ReadFull  Readable = "full" // all records, and by key
)

// Key is a set of fields that names one record.
type Key struct {
	Fields []string
	Unique bool // the destination itself guarantees at most one match
}

// Operation is one thing the object's API does, with the size of a call.
type Operation struct {
	Name       string // "upsert", "create", "update", "delete", "archive", "append", "read"
	Endpoint   string // for people: "POST /crm/v3/objects/contacts/batch/upsert"
	Retry      Retry
	MaxRecords int   // records a call; 0 is unlimited
	MaxBytes   int64 // body bytes a call; 0 is unlimited
	Limits     []string
	// CallsPerBatch is how many requests one batch costs (find-first upserts
	// cost two); 0 means 1.
	CallsPerBatch int
	// Request is how a declared object does it; nil for others.
	Request *Request `json:",omitempty"`
}

// Request is the request that the configuration declares for an operation.
type Request struct {
	Method   string // POST, PUT, PATCH, DELETE
	Path     string // RFC 6570 {name} and {+name} over key fields
	Envelope string // dotted name the body stands under; "" for none
	Whole    bool   // the body is the whole record, not only what changed
	// IdempotencyHeader takes a value that names the change; "" for none.
	IdempotencyHeader string
}

// Retry says what may be done when the outcome of a call is not known.
type Retry string

// The retry classes of DESIGN section 8.
const (
	Idempotent    Retry = "idempotent" // send again: same end state
	RetryReadable Retry = "readable"   // read back by key, then decide
	Neither       Retry = "neither"    // on_unknown decides
)

// Field is one field of an object.
type Field struct {
	Name             string
	Label            string
	Description      string
	Type             types.Type
	VendorType       string // as the vendor names it
	Nullable         bool   // the destination accepts "no value"
	RequiredOnCreate bool
	ReadOnly         bool
	Unique           bool
	Clear            Clear
	Normalise        string // name of the normalisation the vendor applies: "", "lower", "trim", "lower_trim"
	PII              string // vendor's class: "", "identifier", "contact", "sensitive", "special"
	EnumOpen         bool   // values outside the enum are created on the fly
}

// Clear is how a field is emptied.
type Clear string

// The ways to clear.
const (
	ClearNull       Clear = "null"
	ClearEmpty      Clear = "empty_string"
	ClearImpossible Clear = "impossible"
)

// Limit is a bucket of calls the destination grants.
type Limit struct {
	Name        string // referred to by Operation.Limits
	Scope       string // "account", "object", "endpoint"
	Amount      int64
	Window      string // Go duration: "10s", "24h"
	Concurrent  int    // most calls at once; 0 is unlimited
	Counts      string // "requests", "records", "billable"
	Description string
	// AmountFrom and ConcurrentFrom are config attributes that give Amount and
	// Concurrent; "" for none.
	AmountFrom, ConcurrentFrom string
}

// AnyObject is the name of the object that stands for every name an open
// destination does not list, such as the files of a folder.
const AnyObject = "*"

// Object returns the object by exact name; of an open destination, the
// [AnyObject] under the asked name when none is listed.
func (d *Destination) Object(name string) (*Object, bool) {
	var pattern *Object
	for i := range d.Objects {
		switch d.Objects[i].Name {
		case name:
			return &d.Objects[i], true
		case AnyObject:
			pattern = &d.Objects[i]
		}
	}
	if !d.Open || pattern == nil {
		return nil, false
	}
	named := *pattern
	named.Name = name
	return &named, true
}

// Field returns the field by exact name.
func (o *Object) Field(name string) (*Field, bool) {
	for i := range o.Fields {
		if o.Fields[i].Name == name {
			return &o.Fields[i], true
		}
	}
	return nil, false
}

// Operation returns the operation by name.
func (o *Object) Operation(name string) (*Operation, bool) {
	for i := range o.Operations {
		if o.Operations[i].Name == name {
			return &o.Operations[i], true
		}
	}
	return nil, false
}
