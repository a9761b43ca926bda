package against

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/properties"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Kind is what happened, for machines.
type Kind string

// The kinds of findings.
const (
	ModelRemoved  Kind = "model_removed"
	ModelDisabled Kind = "model_disabled"
	ModelUnbuilt  Kind = "model_ephemeral"
	AccessLost    Kind = "access_lost"
	RelationMoved Kind = "relation_moved"
	ColumnDropped Kind = "column_dropped"
	ColumnRenamed Kind = "column_renamed"
	Retyped       Kind = "column_retyped"
	Narrowed      Kind = "column_narrowed"
	Nullable      Kind = "column_nullable"
	UniqueLost    Kind = "unique_lost"
	EnumLost      Kind = "accepted_values_lost"
	Compile       Kind = "compile" // anything else that compiled before
)

// Finding is one thing about one activation.
type Finding struct {
	Activation string // its name, such as contacts or audience["eu"]
	Kind       Kind
	Model      string // unique id before
	Column     string // "" when it is not about one
	// Before and After are types, lists of values or tests; "" when they say
	// nothing.
	Before, After string
	// Diagnostic says it to people. An error breaks the activation.
	Diagnostic diag.Diagnostic
}

// Breaks reports whether the activation no longer does what it did.
func (f *Finding) Breaks() bool { return f.Diagnostic.Severity == diag.Error }

// Report is the outcome of a comparison.
type Report struct {
	Before, After string // display names of the two manifests
	Activations   []string
	Findings      []Finding // in the order of activations and of their text
	explained     []diag.Range
}

// explains reports whether a finding speaks of the place of an error.
func (r *Report) explains(d diag.Diagnostic) bool {
	return slices.ContainsFunc(r.explained, func(e diag.Range) bool {
		return e.Filename == d.Range.Filename && e.Start.Byte <= d.Range.Start.Byte && d.Range.End.Byte <= e.End.Byte
	})
}

// Broken returns the names of the activations that break, sorted.
func (r *Report) Broken() []string {
	var out []string
	for i := range r.Findings {
		if r.Findings[i].Breaks() {
			out = append(out, r.Findings[i].Activation)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Keep drops what is about other activations than those that keep names.
func (r *Report) Keep(keep func(name string) bool) {
	r.Activations = slices.DeleteFunc(r.Activations, func(name string) bool { return !keep(name) })
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return !keep(f.Activation) })
}

// Diagnostics returns those of the findings. An instance of for_each says
// nothing again that another has said.
func (r *Report) Diagnostics() diag.Diagnostics {
	var out diag.Diagnostics
	for i := range r.Findings {
		out.Append(r.Findings[i].Diagnostic)
	}
	return out.Sorted()
}

// Unexplained leaves out errors of compiling that a finding stands for.
func (r *Report) Unexplained(ds diag.Diagnostics) diag.Diagnostics {
	return slices.DeleteFunc(slices.Clone(ds), func(d diag.Diagnostic) bool { return d.Severity == diag.Error && r.explains(d) })
}

// Compare compiles one configuration against two manifests. Both must be
// there. What was wrong before is not held against the change.
func Compare(before, after check.Input) *Report {
	before.Verdicts, after.Verdicts = nil, nil // a test that did not run yet is not a lost one
	r := &Report{Before: before.Manifest.Name, After: after.Manifest.Name}
	c := &comparison{report: r, old: side(before), now: side(after)}
	instances, _ := after.Config.Instances(after.Constants) // compiling reports what is wrong
	for _, a := range instances {
		name := strings.TrimPrefix(a.Addr.String(), "activation.")
		r.Activations = append(r.Activations, name)
		c.activation(a, name)
	}
	c.compileErrors(instances)
	slices.SortStableFunc(r.Findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Activation, y.Activation), cmp.Compare(x.Diagnostic.Range.Filename, y.Diagnostic.Range.Filename),
			cmp.Compare(x.Diagnostic.Range.Start.Byte, y.Diagnostic.Range.Start.Byte), cmp.Compare(x.Kind, y.Kind))
	})
	return r
}

// oneSide is a manifest with what compiling against it gives.
type oneSide struct {
	in       check.Input
	compiled map[string]*ir.Activation
	diags    diag.Diagnostics
	facts    map[string]*manifest.Facts
	places   *properties.Places
}

func side(in check.Input) *oneSide {
	res, ds := check.Compile(in)
	s := &oneSide{in: in, compiled: map[string]*ir.Activation{}, diags: ds.Sorted(), facts: map[string]*manifest.Facts{}, places: properties.NewPlaces(in.Properties)}
	for i := range res.Activations {
		s.compiled[res.Activations[i].Name] = &res.Activations[i]
	}
	return s
}

func (s *oneSide) factsOf(rel *manifest.Relation) *manifest.Facts {
	if s.facts[rel.UniqueID] == nil {
		s.facts[rel.UniqueID] = s.in.Manifest.Facts(rel, s.in.Catalog, nil)
	}
	return s.facts[rel.UniqueID]
}

// has reports whether compiling gave this very diagnostic.
func (s *oneSide) has(d diag.Diagnostic) bool {
	return slices.ContainsFunc(s.diags, func(o diag.Diagnostic) bool { return o.Code == d.Code && o.Range == d.Range && o.Summary == d.Summary })
}

type comparison struct {
	report   *Report
	old, now *oneSide
}

// add adds a finding. What it says in place of the compiler is remembered.
func (c *comparison) add(f Finding) {
	c.report.Findings = append(c.report.Findings, f)
	if f.Breaks() {
		c.report.explained = append(c.report.explained, f.Diagnostic.Range)
	}
}

// activation compares what one activation reads.
func (c *comparison) activation(a *syntax.Activation, name string) {
	inputs := []input{{ref: a.From, root: "row", uses: rowUses(a)}}
	if a.Consent != nil {
		inputs = append(inputs, input{ref: a.Consent.From, root: "consent", uses: consentUses(a.Consent)})
	}
	for _, in := range inputs {
		if in.ref == nil {
			continue
		}
		was := check.Resolve(c.old.in.Manifest, in.ref)
		if !was.OK() {
			continue // it did not work before either
		}
		is := check.Resolve(c.now.in.Manifest, in.ref)
		u := &unit{comparison: c, name: name, block: a, in: in, was: was.Relation, is: is.Relation}
		if !is.OK() {
			u.gone(is)
			continue
		}
		u.model()
		u.columns()
		if in.root == "row" {
			u.keys()
		}
	}
}

// input is a relation that an activation reads, with the uses of its columns.
type input struct {
	ref  *syntax.SourceRef
	root string
	uses []use
}

// use is one mention of a column.
type use struct {
	column string
	rng    diag.Range // row.x
	place  string     // "id", "key", "where", "consent" or the name of a field
}

func rowUses(a *syntax.Activation) []use {
	var out []use
	if a.ID != nil {
		for _, e := range a.ID.Parts {
			out = append(out, usesOf(e, "row", "id")...)
		}
	}
	if a.Key != nil {
		for _, f := range a.Key.Fields {
			out = append(out, usesOf(f.Expr, "row", "key")...)
		}
	}
	if a.Where != nil {
		out = append(out, usesOf(a.Where.Expr, "row", "where")...)
	}
	for _, f := range a.Fields {
		out = append(out, usesOf(f.Expr, "row", f.Name)...)
	}
	if a.Consent != nil && a.Consent.Match != nil {
		out = append(out, usesOf(a.Consent.Match.Expr, "row", "consent")...)
	}
	return out
}

func consentUses(s *syntax.Consent) []use {
	var out []use
	for _, attr := range []*syntax.Attribute{s.Match, s.Allow} {
		if attr != nil {
			out = append(out, usesOf(attr.Expr, "consent", "consent")...)
		}
	}
	return out
}

// usesOf finds root.column in an expression.
func usesOf(e hcl.Expression, root, place string) []use {
	if e == nil {
		return nil
	}
	var out []use
	for _, t := range e.Variables() {
		if t.RootName() != root || len(t) < 2 {
			continue
		}
		if column, ok := addr.StepName(t[1]); ok {
			out = append(out, use{column, hcl.RangeBetween(t[0].SourceRange(), t[1].SourceRange()), place})
		}
	}
	return out
}

// compileErrors adds what compiles no longer, and nothing else explains.
func (c *comparison) compileErrors(instances []*syntax.Activation) {
	for _, d := range c.now.diags {
		if d.Severity != diag.Error || c.old.has(d) || c.report.explains(d) {
			continue
		}
		for _, a := range instances {
			name := strings.TrimPrefix(a.Addr.String(), "activation.")
			if c.old.compiled[name] != nil && c.now.compiled[name] == nil && within(a, d.Range) {
				c.add(Finding{Activation: name, Kind: Compile, Model: c.old.compiled[name].Source.UniqueID, Diagnostic: d})
			}
		}
	}
}

// within reports whether a range is that of a part of the activation. A block
// has no end in the tree, so its parts are asked.
func within(a *syntax.Activation, r diag.Range) bool {
	inside := func(o diag.Range) bool {
		return o.Filename == r.Filename && o.Start.Byte <= r.Start.Byte && r.Start.Byte < max(o.End.Byte, o.Start.Byte+1)
	}
	ranges := []diag.Range{a.DefRange, a.NameRange}
	attrs := []*syntax.Attribute{a.Description, a.Owner, a.Tags, a.Where, a.Mode, a.OnRemoved, a.ForEach, a.Proofs, a.FieldsAttr}
	if a.ID != nil {
		attrs = append(attrs, &a.ID.Attribute)
	}
	if a.Key != nil {
		attrs = append(attrs, &a.Key.Attribute)
	}
	if a.Consent != nil {
		attrs = append(attrs, a.Consent.Match, a.Consent.Allow)
	}
	for _, at := range attrs {
		if at != nil {
			ranges = append(ranges, at.Range)
		}
	}
	for _, f := range a.Fields {
		ranges = append(ranges, f.Range)
		if f.Expr != nil {
			ranges = append(ranges, f.Expr.Range())
		}
	}
	if a.From != nil {
		ranges = append(ranges, a.From.Range)
	}
	if a.To != nil {
		ranges = append(ranges, a.To.Range)
	}
	return slices.ContainsFunc(ranges, inside)
}
