package sdk

import (
	"context"
)

// Plugin is one destination type. Its methods may be called from several
// goroutines.
type Plugin interface {
	// Describe returns what the plugin can do. It is a pure function: no
	// network, no files, no environment, the same answer every time.
	Describe() *Schema
	// Configure makes a connection from a configuration that has passed the
	// checks of its declared fields. It does no network: Check does. It is
	// called once for a process. Problems are shown to the user; with any, the
	// connection is not used.
	Configure(ctx context.Context, cfg *Config) (Connection, []Problem)
}

// Validator is implemented by a plugin whose configuration has rules beyond
// the declared fields. ValidateConfig does no network.
type Validator interface {
	ValidateConfig(cfg *Config) []Problem
}

// Connection is a configured account. Its methods may be called from several
// goroutines at once.
type Connection interface {
	// Check proves that the credentials work and names the account. A problem
	// is what the user can mend; an error is a *Fault or a bug.
	Check(ctx context.Context) (Account, []Problem, error)
	// Write makes one attempt to carry out a batch and records in out what
	// became of every row: the host retries, not the plugin. When it returns
	// an error, rows without an outcome get the one that follows from it: see
	// Fault. When it returns nil, a row without an outcome is a bug of the
	// plugin, reported as such.
	//
	// Before each request the plugin asks MayStart (httpx does so itself).
	// batch and out must not be used after Write returns.
	Write(ctx context.Context, batch *Batch, out *Outcomes) error
	// Close releases what the connection holds. No call is in flight.
	Close() error
}

// Discoverer is implemented by a connection that can read the account's live
// schema. objects limits the answer to these names; empty means all.
type Discoverer interface {
	Discover(ctx context.Context, objects []string) (*Schema, []Problem, error)
}

// Reader is implemented by a connection that can look records up by key or by
// destination id. A key without a match adds no record; a key with several
// matches adds several. On an error nothing of the batch is used.
type Reader interface {
	Read(ctx context.Context, lookup *Lookup, found *Records) error
}

// Replacer is implemented by a connection with objects that are rewritten
// whole on every apply (Object.Replace), such as a file.
type Replacer interface {
	// Replace begins new content for the object.
	Replace(ctx context.Context, target Target) (Replacement, error)
}

// Replacement collects an object's new content. Its methods are called from
// one goroutine, in order. Exactly one of Commit and Abort ends it.
type Replacement interface {
	// Add takes more rows, which need not be stored for good yet. out is kept
	// until Commit has succeeded; rows without an outcome then become updated.
	Add(ctx context.Context, batch *Batch, out *Outcomes) error
	// Commit puts the new content in place, all of it or none.
	Commit(ctx context.Context) error
	// Abort drops it; the object stays as it was.
	Abort()
}

// Target is the object of a stream of batches, with its columns.
type Target struct {
	Object string
	Key    []Column
	Fields []Column
}

// Column is a destination field with the type of the values that follow, in
// leat's syntax: "decimal(10,2)", "string", "timestamptz".
type Column struct {
	Name string
	Type string
}

// Account is what Check found. Neither part holds a secret.
type Account struct {
	Fingerprint string // stable; state is bound to it
	Label       string // for people: "HubSpot portal 1234"
}

// Problem is a fault of the configuration or the account that the user can
// mend. It never holds a secret or a row value.
type Problem struct {
	Field   string // config field it is about; may be empty
	Summary string // one line, no final stop
	Detail  string // what to do
}
