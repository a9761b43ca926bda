package manifest

import "time"

// Manifest is what leat keeps of a dbt manifest. It is never changed after
// [Read] made it and may be used from several goroutines.
type Manifest struct {
	Name      string // display name of the file it came from
	Metadata  Metadata
	Models    []*Relation // models, seeds and snapshots, ordered by unique id
	Sources   []*Relation // ordered by unique id
	Tests     []*Test     // ordered by unique id
	Exposures []Exposure  // ordered by unique id
	Groups    []Group     // ordered by unique id
	Disabled  []Disabled  // ordered by unique id

	opts    Options
	byID    map[string]*Relation
	testsOf map[string][]*Test // by target, in order of unique id
}

// Metadata is the head of an artifact. Strings are empty when the file does
// not state them.
type Metadata struct {
	SchemaVersion int    // 4 to 12 for a manifest; v20 of early Rust engines counts as 12
	DbtVersion    string // such as "1.12.2" or "2.0.0-beta.2"
	Engine        Engine
	Adapter       string // such as "duckdb"
	Project       string // root project; before v10 only when [Options].Project gives it
	InvocationID  string
	GeneratedAt   time.Time // UTC; zero when absent or not a timestamp
	Quoting       Quoting
}

// Engine is the implementation of dbt that wrote an artifact.
type Engine string

// The engines.
const (
	EngineV1 Engine = "v1" // Python
	EngineV2 Engine = "v2" // Rust
)

// Quoting says which parts of a relation's name dbt quotes.
type Quoting struct{ Database, Schema, Identifier bool }

// Resource is the kind of node a relation is.
type Resource string

// The resources leat can read rows from.
const (
	Model    Resource = "model"
	Seed     Resource = "seed"
	Snapshot Resource = "snapshot"
	Source   Resource = "source"
)

// Relation is a node with columns that rows can be read from: a model, seed,
// snapshot or source table.
type Relation struct {
	UniqueID string // "model.shop.customers.v2"
	Resource Resource
	Package  string
	Name     string // without version; the table's name for a source
	// SourceName is the first argument of source(); empty unless a source.
	SourceName    string
	Version       string // "" for an unversioned model
	LatestVersion string

	Database string // "" when the warehouse has none
	Schema   string
	Alias    string // the table or view itself; a source's identifier
	// RelationName is the quoted name in the warehouse's own spelling. Where
	// dbt left it out it is put together from the parts and the quoting rules.
	// It is empty for ephemeral models.
	RelationName string

	Materialized     string // "table", "view", "incremental", "ephemeral", "seed", "snapshot", ...; "" for sources
	Access           string // "private", "protected", "public"; "" before v9 and for seeds, snapshots, sources
	Group            string // name of the group; "" for none
	DeprecationDate  string // as dbt wrote it; "" for none
	ContractEnforced bool
	Constraints      []Constraint // of the model, each with its columns
	Columns          []Column     // documented columns in the order of the file

	Tags        []string       // top level and config, in that order, without repeats
	Meta        map[string]any // top level overlaid by config; values as decoded from JSON
	Description string
	FQN         []string
	DependsOn   []string // unique ids of nodes, sorted
	Language    string   // "sql", "python" or "" (seeds, sources)
	// YAMLFile is the file that documents the node, "" when nothing does. Like
	// SourceFile it is slash-separated, under [Options].ProjectDir.
	YAMLFile   string
	SourceFile string // the file that defines the node
	// CompiledCode is the SQL (or Python) dbt ran. Kept only with
	// [Options].KeepCompiledCode; it must never be printed.
	CompiledCode string

	quoting rawQuoting
}

// Ephemeral reports whether the node is never built in the warehouse.
func (r *Relation) Ephemeral() bool { return r.Materialized == "ephemeral" }

// File returns the file that documents the node, else the one that defines it.
func (r *Relation) File() string {
	if r.YAMLFile != "" {
		return r.YAMLFile
	}
	return r.SourceFile
}

// Address returns how an activation names the relation without its package:
// ref("customers.v2") or source("crm", "contacts").
func (r *Relation) Address() string {
	if r.Resource == Source {
		return `source("` + r.SourceName + `", "` + r.Name + `")`
	}
	return `ref("` + r.refName() + `")`
}

func (r *Relation) refName() string {
	if r.Version != "" {
		return r.Name + ".v" + r.Version
	}
	return r.Name
}

// Column is one documented column. The Rust engine gives a column without tags
// or meta those of its relation; nothing in the file tells them apart from its
// own, so they are kept.
type Column struct {
	Name        string
	DataType    string // the author's free text; "" when not declared
	Description string
	Tags        []string       // top level and config
	Meta        map[string]any // top level overlaid by config
	Constraints []Constraint   // Columns holds just this column
}

// Constraint is a constraint of a model or a column, as declared. Warehouses
// enforce few of them.
type Constraint struct {
	Type      string // "not_null", "unique", "primary_key", "foreign_key", "check", "custom"
	Name      string
	Columns   []string
	To        string   // foreign_key: the relation's warehouse name or a ref, as dbt wrote it
	ToColumns []string // foreign_key
}

// Exposure is a declared use of models outside dbt.
type Exposure struct {
	UniqueID  string
	Package   string
	Name      string
	Type      string // "dashboard", "application", ...
	DependsOn []string
	File      string
}

// Group owns models; private models are for members of their group only.
type Group struct {
	UniqueID   string
	Package    string
	Name       string
	OwnerName  string
	OwnerEmail string // several are joined by ", "
}

// Disabled is a node that is switched off in the dbt project.
type Disabled struct {
	UniqueID   string
	Resource   string // any dbt resource type
	Package    string
	Name       string
	SourceName string
	Version    string
	File       string // documents or defines it
}

// Options changes what [Read] keeps. The zero value is what the compiler wants.
type Options struct {
	// KeepCompiledCode fills [Relation].CompiledCode.
	KeepCompiledCode bool
	// Project is the root project's name, used when the manifest is too old to
	// state it (v9 and older).
	Project string
	// ProjectDir is the dbt project's folder relative to leat's project root,
	// slash-separated; it is put before the file names in the manifest.
	ProjectDir string
}

// Relation returns the model, seed, snapshot or source with the unique id.
func (m *Manifest) Relation(uniqueID string) (*Relation, bool) {
	r, ok := m.byID[uniqueID]
	return r, ok
}

// TestsOf returns the tests attached to a relation, ordered by unique id. The
// slice is shared: do not change it.
func (m *Manifest) TestsOf(uniqueID string) []*Test { return m.testsOf[uniqueID] }
