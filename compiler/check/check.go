package check

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/policy"
	"github.com/leat-dev/leat/compiler/properties"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/syntax"
)

// Input is everything a compilation depends on.
type Input struct {
	Config    *syntax.Config
	Constants *syntax.Constants
	Source    func(file string) []byte // text of configuration files, for messages; may be nil
	// Properties is the text of dbt's YAML files, for messages; nil where it
	// is not at hand. May be nil.
	Properties func(file string) []byte
	Manifest   *manifest.Manifest // nil: it could not be read, and that has been reported
	Catalog    *manifest.Catalog  // may be nil
	Verdicts   manifest.Verdicts  // may be nil
	Schemas    map[string]Schema  // by plugin type, as the plugins describe themselves
	Snapshots  map[addr.Destination]Schema
	// Live holds the warehouse's own columns by unique id of the relation, in
	// order. It is empty offline; at plan time it overrides every other type.
	Live map[string][]LiveColumn
	// AsOf is what deprecation dates are held against; zero judges none.
	AsOf time.Time
	// Explain fills Result.Explained.
	Explain bool
}

// Schema is what a destination accepts.
type Schema struct {
	Schema *schema.Destination
	Digest string // of the plugin's Describe
	File   string // the snapshot; "" for the plugin type's own description
}

// LiveColumn is a column as the warehouse has it now.
type LiveColumn struct{ Name, DataType string }

// Result is a compiled configuration. Activations with errors are left out.
type Result struct {
	Activations  []ir.Activation // sorted by name
	Removals     []ir.Removal    // sorted by name
	Destinations map[addr.Destination]Destination
	Explained    []Explanation // of every activation, sorted by name; only when asked for
}

// Destination is a checked destination block.
type Destination struct {
	Block    *syntax.Destination
	Settings syntax.DestinationSettings
	Schema   Schema
}

// Compile checks a configuration. The diagnostics are not sorted.
func Compile(in Input) (*Result, diag.Diagnostics) {
	c := &compiler{in: in, res: &Result{Destinations: map[addr.Destination]Destination{}}, places: properties.NewPlaces(in.Properties)}
	c.rules()
	c.renames()
	for _, d := range in.Config.Destinations {
		c.destination(d)
	}
	c.activations()
	c.removals()
	slices.SortFunc(c.res.Explained, func(a, b Explanation) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.res.Activations, func(a, b ir.Activation) int { return strings.Compare(a.Name, b.Name) })
	c.ownership()
	return c.res, c.diags
}

type compiler struct {
	in       Input
	res      *Result
	diags    diag.Diagnostics
	facts    map[string]*manifest.Facts // by unique id
	places   *properties.Places
	labels   *label.Rules
	policies *policy.Set
	consts   map[string]cty.Value
	// compiled holds the activations compiled so far by name; nil: with errors.
	compiled map[string]*ir.Activation
	circular map[*syntax.Activation]bool // their lookups lead back to them
	moves    *moves
}

func (c *compiler) errors() int {
	n, _ := c.diags.Count()
	return n
}

// activation compiles one block. It returns nil when source or target could
// not be resolved; then nothing else of the block can be judged.
func (c *compiler) activation(a *syntax.Activation) *ir.Activation {
	set, ds := a.Settings(c.in.Constants)
	c.diags.Extend(ds)
	u := &unit{compiler: c, block: a, set: set, used: map[string]bool{}, out: &ir.Activation{
		Name: nameOf(a.Addr), Range: a.DefRange,
		Description: set.Description.Value, Owner: set.Owner.Value, Tags: values(set.Tags),
		Mode: ir.Mode(set.Mode.Value), Removed: ir.OnRemoved(set.OnRemoved.Value),
		Guard:   guard(set.Guard),
		Deliver: ir.Delivery{Concurrency: set.Delivery.Concurrency.Value, MaxRejectRate: limit(set.Delivery.MaxRejectRate.Value), OnUnknown: ir.Unknown(set.Delivery.OnUnknown.Value)},
	}}
	if c.in.Explain {
		defer func() { c.res.Explained = append(c.res.Explained, u.explain()) }()
	}
	u.shares()
	u.membership()
	source, target := u.source(), u.target()
	if source {
		u.requires()
		u.where()
		u.consent()
	}
	if source || target {
		u.mappings()
	}
	if source {
		u.identity()
	}
	if !source || !target {
		return nil
	}
	u.operations()
	u.withdrawal()
	u.heldPolicies()
	u.out.Source.Columns, u.out.SecretKeys = u.columns(), u.keys()
	u.out.Former = c.moves.formerOf(a.Addr, u.out)
	return u.out
}

// unit is one activation being compiled.
type unit struct {
	*compiler
	block *syntax.Activation
	set   syntax.ActivationSettings
	out   *ir.Activation

	facts    *manifest.Facts // nil: the source is not resolved
	scope    expr.Scope
	nodes    map[hcl.Expression]result
	object   *schema.Object // nil: the target is not resolved, or has no schema
	dest     Destination
	used     map[string]bool
	secrets  []expr.Key
	narrowed expr.Facts  // what `where` proves of every row that belongs
	consents *consenting // nil: no block `consent`, or its relation is not resolved
}

func (u *unit) report(d diag.Diagnostic) { u.diags.Append(d) }

// columns returns the source columns in use, sorted.
func (u *unit) columns() []string {
	out := make([]string, 0, len(u.used))
	for name := range u.used {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// keys returns the secrets in use, sorted by name; each stands once, where it
// is used first.
func (u *unit) keys() []ir.SecretKey {
	slices.SortStableFunc(u.secrets, func(a, b expr.Key) int {
		return cmp.Or(strings.Compare(a.Env, b.Env), cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte))
	})
	var out []ir.SecretKey
	for _, k := range u.secrets {
		if n := len(out); n == 0 || out[n-1].Env != k.Env {
			out = append(out, ir.SecretKey{Env: k.Env, Range: k.Range})
		}
	}
	return out
}

func values(in []syntax.Value[string]) []string {
	var out []string
	for _, v := range in {
		out = append(out, v.Value)
	}
	return out
}

func limit(l syntax.Limit) ir.Limit { return ir.Limit{Set: l.Present, Percent: l.Percent, Value: l.N} }

// guardLimit is a limit of a guard, which state keeps armed when the
// configuration no longer gives it.
func guardLimit(v syntax.Value[syntax.Limit]) ir.Limit {
	l := limit(v.Value)
	l.Given = v.Set
	return l
}

func guard(g syntax.GuardSettings) ir.Guard {
	return ir.Guard{MaxCreates: guardLimit(g.MaxCreates), MaxUpdates: guardLimit(g.MaxUpdates), MaxRemoves: guardLimit(g.MaxRemoves),
		MinRows: int64(g.MinRows.Value), MinRowsGiven: g.MinRows.Set}
}
