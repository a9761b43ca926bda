package exposure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Maturities are the words dbt has for how settled an exposure is.
var Maturities = []string{"high", "medium", "low"}

// Exposure is one activation as dbt sees it. The fields and their rules are
// those of https://docs.getdbt.com/reference/exposure-properties.
type Exposure struct {
	Name        string    `json:"name"` // letters, digits and _; unique in the project
	Label       string    `json:"label"`
	Type        string    `json:"type"`               // always "application"
	Maturity    string    `json:"maturity,omitempty"` // one of [Maturities]; "" for none
	URL         string    `json:"url,omitempty"`      // "" when not known
	Description string    `json:"description"`
	DependsOn   []string  `json:"depends_on"` // ref() and source() as dbt writes them, sorted
	Owner       Owner     `json:"owner"`
	Tags        []string  `json:"tags"`
	Meta        Activated `json:"meta"`
}

// Owner is who answers for an exposure. dbt wants at least one of the two.
type Owner struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Activated is what an exposure's meta says under "leat".
type Activated struct {
	Activation  string   `json:"activation"`
	Destination string   `json:"destination"`
	Object      string   `json:"object"`
	Mode        string   `json:"mode"`
	Labels      []string `json:"labels"` // of all mapped values, sorted
	Fields      []Field  `json:"fields"` // key fields, then the others, each ordered by name
}

// Field is the lineage of one destination field.
type Field struct {
	Name    string   `json:"name"`
	Key     bool     `json:"key"`
	Columns []string `json:"columns"` // of the model, sorted
	Labels  []string `json:"labels"`
}

// Input is what exposures are made of.
type Input struct {
	Activations  []ir.Activation
	All          []ir.Activation // of the project: names do not depend on what is selected; nil: Activations
	Destinations map[addr.Destination]check.Destination
	Config       *syntax.Config
	Manifest     *manifest.Manifest
	Maturity     string // of all of them; "" for none
	// File is where the exposures will lie, as the manifest names files; ""
	// when not known. Names that other files hold are then reported.
	File string
}

// Build makes one exposure for each activation, in the order given.
func Build(in Input) ([]Exposure, diag.Diagnostics) {
	var ds diag.Diagnostics
	all := in.All
	if all == nil {
		all = in.Activations
	}
	nameOf := map[string]string{}
	for i, name := range names(all) {
		nameOf[all[i].Name] = name
	}
	out := make([]Exposure, 0, len(in.Activations))
	for i := range in.Activations {
		a := &in.Activations[i]
		owner, d := in.owner(a)
		if d != nil {
			ds.Append(*d)
		}
		e := Exposure{Name: nameOf[a.Name], Label: a.Name + " to " + objectOf(a), Type: "application", Maturity: in.Maturity,
			URL: in.url(a), Description: description(a), DependsOn: in.dependsOn(a), Owner: owner, Tags: orEmpty(a.Tags), Meta: activated(a)}
		if other := in.taken(e.Name); other != "" {
			ds.Append(diag.New(diag.ExposureTaken, a.Range, "The dbt project has an exposure %s in %s already. Rename that one or the activation.", e.Name, other).
				WithSummary("Exposure name %q is taken", e.Name))
		}
		out = append(out, e)
	}
	return out, ds
}

// taken returns the file of the project that has an exposure of the name; ""
// when none has, or it is the file to be written.
func (in Input) taken(name string) string {
	if in.File == "" || in.Manifest == nil {
		return ""
	}
	for _, e := range in.Manifest.Exposures {
		if e.Name == name && e.Package == in.Manifest.Metadata.Project && e.File != in.File {
			return e.File
		}
	}
	return ""
}

func objectOf(a *ir.Activation) string {
	t := a.Target
	return strings.TrimPrefix(addr.Object{Destination: addr.Destination{Type: t.Plugin, Name: t.Destination}, Object: t.Object}.String(), "destination.")
}

func description(a *ir.Activation) string {
	if a.Description != "" {
		return a.Description
	}
	return fmt.Sprintf("Rows of %s, sent by leat to %s.", a.Source.Name, objectOf(a))
}

func activated(a *ir.Activation) Activated {
	m := Activated{Activation: a.Address(), Destination: addr.Destination{Type: a.Target.Plugin, Name: a.Target.Destination}.String(),
		Object: a.Target.Object, Mode: string(a.Mode), Labels: []string{}, Fields: []Field{}}
	for i, list := range [][]ir.Mapping{a.Key, a.Fields} {
		for _, f := range list {
			m.Labels = append(m.Labels, f.Labels...)
			labels := slices.Sorted(slices.Values(f.Labels))
			m.Fields = append(m.Fields, Field{Name: f.Field, Key: i == 0, Columns: orEmpty(f.Columns), Labels: orEmpty(labels)})
		}
	}
	slices.Sort(m.Labels)
	m.Labels = slices.Compact(m.Labels)
	return m
}

// block returns the block an activation was compiled from; nil when it is not
// at hand.
func (in Input) block(a *ir.Activation) *syntax.Activation {
	if in.Config == nil {
		return nil
	}
	b, _ := in.Config.Activation(addressOf(a).Name)
	return b
}

// addressOf splits the name of an activation into name and instance.
func addressOf(a *ir.Activation) addr.Activation {
	if parsed, err := addr.ParseActivation("activation." + a.Name); err == nil {
		return parsed
	}
	return addr.Activation{Name: a.Name}
}

// dependsOn lists what the activation reads: its source, and the relation that
// says who consented.
func (in Input) dependsOn(a *ir.Activation) []string {
	if in.Manifest == nil {
		return []string{}
	}
	var out []string
	if r, ok := in.Manifest.Relation(a.Source.UniqueID); ok {
		pinned := r.Version != "" && strings.HasSuffix(a.Source.Name, ".v"+r.Version+`")`)
		out = append(out, in.call(r, pinned))
	}
	if b := in.block(a); b != nil && b.Consent != nil && b.Consent.From != nil {
		from := b.Consent.From
		if res := check.Resolve(in.Manifest, from); res.OK() {
			out = append(out, in.call(res.Relation, from.Version != ""))
		}
	}
	slices.Sort(out)
	return orEmpty(slices.Compact(out))
}

// call writes a relation as dbt's ref() or source(). An unpinned reference
// follows the latest version, as it does in dbt.
func (in Input) call(r *manifest.Relation, pinned bool) string {
	if r.Resource == manifest.Source {
		return "source(" + python(r.SourceName) + ", " + python(r.Name) + ")"
	}
	args := python(r.Name)
	if r.Package != in.Manifest.Metadata.Project {
		args = python(r.Package) + ", " + args
	}
	if pinned {
		v := python(r.Version)
		if _, err := strconv.Atoi(r.Version); err == nil {
			v = r.Version
		}
		args += ", v=" + v
	}
	return "ref(" + args + ")"
}

// python writes a string as a literal of Jinja's expressions.
func python(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
