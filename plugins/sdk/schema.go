package sdk

import (
	"cmp"
	"slices"
	"time"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Schema describes a plugin type (from Describe) or an account (from
// Discover). Lists may be in any order: they are sorted by name on the way
// out, keys excepted, whose order is preference.
type Schema struct {
	Plugin      string // "hubspot"
	Version     string // of the plugin: "0.1.0"
	API         string // vendor API version or revision
	Evidence    string // "A" real server to "E" documentation only
	Description string
	Config      []ConfigField
	Objects     []Object
	Limits      []Limit
	NeedsPull   bool     // there is no schema until one is pulled
	Open        bool     // objects beyond those listed may exist
	Env         []string // environment variables the process may see
	Account     string   // set by Discover: the fingerprint Check returns
	Declared    bool     // the configuration declares the objects: Config.Objects has them
}

// ConfigField is one attribute of the config block.
type ConfigField struct {
	Name        string
	Type        string // leat's syntax: string, int, float, bool, enum("a", "b")
	Required    bool
	Secret      bool
	Default     string // as written in HCL; "" for none
	Description string
}

// Object is something rows can be sent to.
type Object struct {
	Name        string
	Label       string
	Description string
	Fields      []Field
	FieldsOpen  bool // fields not listed are legal
	Keys        []Key
	KeysOpen    bool // any fields may be the key
	Operations  []Operation
	Readable    string   // ReadNone, ReadByKey, ReadFull
	Removal     []string // of "delete", "archive", "clear"
	Rekey       bool     // a key can be changed by destination id
	IDs         bool     // outcomes name each record by an id of the destination's own; Rekey implies it
	Replace     bool     // every apply rewrites the object whole
}

// Key is a set of fields that names one record.
type Key struct {
	Fields []string
	Unique bool // the destination guarantees at most one match
}

// Field is one field of an object.
type Field struct {
	Name             string
	Label            string
	Description      string
	Type             string // leat's syntax: decimal(10,2), string(254)
	VendorType       string
	Nullable         bool // the destination accepts "no value"
	RequiredOnCreate bool
	ReadOnly         bool
	Unique           bool
	Clear            string // ClearNull, ClearEmpty, ClearImpossible
	Normalise        string // "", "lower", "trim", "lower_trim"
	PII              string // "", "identifier", "contact", "sensitive", "special"
	EnumOpen         bool   // values outside the enum are created on the fly
}

// Operation is one thing the object's API does, with the size of a call.
type Operation struct {
	Name          string // upsert, create, update, delete, archive, append, read
	Endpoint      string // for people
	Retry         string // Idempotent, RetryReadable, Neither
	MaxRecords    int    // records a call; 0 is unlimited
	MaxBytes      int64  // body bytes a call; 0 is unlimited
	Limits        []string
	CallsPerBatch int // requests one batch costs; 0 means 1
}

// Limit is a bucket of calls the destination grants.
type Limit struct {
	Name        string
	Scope       string // account, object, endpoint
	Amount      int64
	Window      time.Duration
	Concurrent  int    // most calls at once; 0 is unlimited
	Counts      string // requests, records, billable
	Description string
	// AmountFrom and ConcurrentFrom are attributes of the config block, of type
	// int, that give Amount and Concurrent; "" for none. A limit that ends up
	// with neither is none.
	AmountFrom, ConcurrentFrom string
}

// Values of Object.Readable, Field.Clear and Operation.Retry.
const (
	ReadNone  = "none"
	ReadByKey = "by_key"
	ReadFull  = "full"

	ClearNull       = "null"
	ClearEmpty      = "empty_string"
	ClearImpossible = "impossible"

	Idempotent    = "idempotent" // send again: same end state
	RetryReadable = "readable"   // read back by key, then decide
	Neither       = "neither"
)

// Describe returns a plugin's description in the form of the protocol, as the
// host receives it. Built-in plugins are described this way without a process.
func Describe(p Plugin) *protocol.Schema { return p.Describe().Proto() }

// Proto converts the schema. Lists come out sorted by name, empty choices as
// their defaults: Readable none, Clear null, Retry neither.
func (s *Schema) Proto() *protocol.Schema {
	out := &protocol.Schema{
		Plugin: s.Plugin, Version: s.Version, Api: s.API, Evidence: s.Evidence, Description: s.Description,
		NeedsPull: s.NeedsPull, Open: s.Open, Declared: s.Declared, Env: slices.Sorted(slices.Values(s.Env)), Account: s.Account,
	}
	for _, c := range byName(s.Config, func(c ConfigField) string { return c.Name }) {
		out.Config = append(out.Config, &protocol.ConfigField{Name: c.Name, Type: c.Type, Required: c.Required,
			Secret: c.Secret, Default: c.Default, Description: c.Description})
	}
	for _, o := range byName(s.Objects, func(o Object) string { return o.Name }) {
		out.Objects = append(out.Objects, o.proto())
	}
	for _, l := range byName(s.Limits, func(l Limit) string { return l.Name }) {
		out.Limits = append(out.Limits, &protocol.Limit{Name: l.Name, Scope: l.Scope, Amount: l.Amount,
			Window: l.Window.String(), Concurrent: int64(l.Concurrent), Counts: l.Counts, Description: l.Description,
			AmountFrom: l.AmountFrom, ConcurrentFrom: l.ConcurrentFrom})
	}
	return out
}

func (o Object) proto() *protocol.Object {
	out := &protocol.Object{
		Name: o.Name, Label: o.Label, Description: o.Description, FieldsOpen: o.FieldsOpen, KeysOpen: o.KeysOpen,
		Readable: cmp.Or(o.Readable, ReadNone), Removal: slices.Sorted(slices.Values(o.Removal)),
		Rekey: o.Rekey, Replace: o.Replace, Ids: o.IDs,
	}
	for _, f := range byName(o.Fields, func(f Field) string { return f.Name }) {
		out.Fields = append(out.Fields, &protocol.Field{Name: f.Name, Label: f.Label, Description: f.Description,
			Type: f.Type, VendorType: f.VendorType, Nullable: f.Nullable, RequiredOnCreate: f.RequiredOnCreate,
			ReadOnly: f.ReadOnly, Unique: f.Unique, Clear: cmp.Or(f.Clear, ClearNull), Normalise: f.Normalise,
			Pii: f.PII, EnumOpen: f.EnumOpen})
	}
	for _, k := range o.Keys {
		out.Keys = append(out.Keys, &protocol.Key{Fields: slices.Clone(k.Fields), Unique: k.Unique})
	}
	for _, op := range byName(o.Operations, func(op Operation) string { return op.Name }) {
		out.Operations = append(out.Operations, &protocol.Operation{Name: op.Name, Endpoint: op.Endpoint,
			Retry: cmp.Or(op.Retry, Neither), MaxRecords: int64(op.MaxRecords), MaxBytes: op.MaxBytes,
			Limits: slices.Sorted(slices.Values(op.Limits)), CallsPerBatch: int64(op.CallsPerBatch)})
	}
	return out
}

func byName[T any](list []T, name func(T) string) []T {
	return slices.SortedStableFunc(slices.Values(list), func(a, b T) int { return cmp.Compare(name(a), name(b)) })
}
