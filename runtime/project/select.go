package project

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/selector"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// SelectorsFile is where dbt keeps YAML selectors, beside dbt_project.yml.
const SelectorsFile = "selectors.yml"

// Graph returns the dbt project with the activations on it, for selection.
// Activations that did not compile are on it too, as far as they say what they
// are. more are activations that only state knows.
func (p *Project) Graph(res *check.Result, more ...selector.Activation) (*selector.Graph, diag.Diagnostics, error) {
	var dbt *manifest.Graph
	var ds diag.Diagnostics
	if p.manifestPath != "" {
		text, err := os.ReadFile(p.manifestPath)
		if err != nil {
			return nil, nil, fmt.Errorf("read manifest again: %w", err)
		}
		dbt, ds = manifest.ReadGraph(bytes.NewReader(text), relative(p.Root, p.manifestPath), p.manifestOptions())
	}
	if ds.HasErrors() {
		return nil, ds, nil
	}
	activations := p.selectable(res)
	for _, a := range more {
		if !slices.ContainsFunc(activations, func(b selector.Activation) bool { return a.Name == b.Name }) {
			activations = append(activations, a)
		}
	}
	return selector.NewGraph(dbt, activations), nil, nil // warnings were reported when the manifest was read
}

// selectable are the activations as selection sees them.
func (p *Project) selectable(res *check.Result) []selector.Activation {
	instances, _ := p.Config.Instances(p.Input.Constants) // reported by the compiler
	named := map[string][]string{}
	for _, a := range instances {
		named[a.Addr.Name] = append(named[a.Addr.Name], a.Addr.String())
	}
	compiled := map[string]*ir.Activation{}
	for i := range res.Activations {
		compiled[res.Activations[i].Name] = &res.Activations[i]
	}
	var out []selector.Activation
	for _, a := range instances {
		set, _ := a.Settings(p.Input.Constants)
		s := selector.Activation{Name: InstanceName(a.Addr), File: a.DefRange.Filename, Parents: p.parents(a, named),
			Config: map[string]any{"mode": set.Mode.Value, "on_removed": set.OnRemoved.Value, "owner": set.Owner.Value}}
		for _, tag := range set.Tags {
			s.Tags = append(s.Tags, tag.Value)
		}
		s.Config["tags"] = s.Tags
		if a.To != nil {
			to := a.To.Addr
			s.Plugin, s.Destination, s.Object = to.Destination.Type, to.Destination.Name, to.Object
		}
		if c := compiled[s.Name]; c != nil {
			digest := c.Digest()
			s.Digest = &digest
		}
		out = append(out, s)
	}
	return out
}

// InstanceName is an activation's name in state and plans: contacts, or
// audience["eu"] for an instance.
func InstanceName(a addr.Activation) string { return strings.TrimPrefix(a.String(), "activation.") }

// parents are what an activation reads: its source, its consents, and the
// activations it looks up. A name without a key means all instances.
func (p *Project) parents(a *syntax.Activation, named map[string][]string) []string {
	var out []string
	sources := []*syntax.SourceRef{a.From}
	if a.Consent != nil {
		sources = append(sources, a.Consent.From)
	}
	for _, ref := range sources {
		if id := p.uniqueID(ref); id != "" {
			out = append(out, id)
		}
	}
	var exprs []hcl.Expression
	if a.Where != nil {
		exprs = append(exprs, a.Where.Expr)
	}
	if a.ID != nil {
		exprs = append(exprs, a.ID.Parts...)
	}
	fields := a.Fields
	if a.Key != nil {
		fields = append(slices.Clone(fields), a.Key.Fields...)
	}
	for _, f := range fields {
		if f.Expr != nil {
			exprs = append(exprs, f.Expr)
		}
	}
	for _, e := range exprs {
		for _, t := range e.Variables() {
			if t.RootName() != "activation" || len(t) < 2 {
				continue
			}
			name, _ := addr.StepName(t[1])
			if key, ok := "", len(t) > 2; ok {
				if key, ok = addr.StepName(t[2]); ok {
					out = append(out, addr.Activation{Name: name, Key: key}.String())
					continue
				}
			}
			out = append(out, named[name]...)
		}
	}
	return out
}

// uniqueID resolves `from`; "" when it cannot be.
func (p *Project) uniqueID(ref *syntax.SourceRef) string {
	if ref == nil || p.Input.Manifest == nil {
		return ""
	}
	res := check.Resolve(p.Input.Manifest, ref)
	if res.Relation == nil {
		return ""
	}
	return res.Relation.UniqueID
}

// Selectors reads the YAML selectors of the dbt project; nil without any.
func (p *Project) Selectors() (*selector.Definitions, diag.Diagnostics) {
	if p.DBTDir == "" {
		return nil, nil
	}
	path := filepath.Join(p.DBTDir, SelectorsFile)
	name := relative(p.Root, path)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diag.Diagnostics{unreadable(name)}
	}
	p.files[name] = text
	return selector.ReadYAML(text, name)
}

// Previous reads a saved state: manifest.json, and run_results.json and what
// SaveState wrote where they are. dir is a folder; name is how the user wrote
// it.
func (p *Project) Previous(dir, name string) (*selector.Previous, diag.Diagnostics, error) {
	unusable := func(file, detail string) diag.Diagnostics {
		return diag.Diagnostics{diag.New(diag.SavedStateUnusable, diag.Range{Filename: filepath.ToSlash(filepath.Join(name, file))}, "%s", detail).
			WithSummary("The saved state in %s cannot be used", name)}
	}
	read := func(file string) ([]byte, error) {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return b, err
	}
	out := &selector.Previous{}
	text, err := read("manifest.json")
	if err != nil {
		return nil, nil, fmt.Errorf("read saved state: %w", err)
	}
	if text == nil {
		return nil, unusable("manifest.json", "The folder holds no manifest.json. `leat validate --save-state "+name+"` after `dbt parse` or `dbt build` writes one."), nil
	}
	opts := p.manifestOptions()
	dbt, ds := manifest.ReadGraph(bytes.NewReader(text), filepath.ToSlash(filepath.Join(name, "manifest.json")), opts)
	if ds.HasErrors() {
		return nil, ds, nil
	}
	out.DBT = dbt
	if text, err = read("run_results.json"); err != nil {
		return nil, nil, fmt.Errorf("read saved state: %w", err)
	} else if text != nil {
		runs, more := manifest.ReadRunResults(bytes.NewReader(text), filepath.ToSlash(filepath.Join(name, "run_results.json")))
		ds.Extend(more)
		out.Results = runs
	}
	if text, err = read(selector.SavedFile); err != nil {
		return nil, nil, fmt.Errorf("read saved state: %w", err)
	}
	if text != nil {
		if out.Activations, err = selector.Load(text); err != nil {
			ds.Extend(unusable(selector.SavedFile, "This is not a file that `leat validate --save-state` of this version writes. Save the state again."))
		}
	}
	return out, ds, nil
}

// SaveState writes into a folder what a later --state compares with: the
// manifest, the last run results when there are any, and the digests of the
// compiled activations. The folder is made when it is not there.
func (p *Project) SaveState(dir string, activations []ir.Activation) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	files := map[string][]byte{selector.SavedFile: selector.Save(activations, p.opts.Version)}
	for _, name := range []string{"manifest.json", "run_results.json"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(p.manifestPath), name))
		switch {
		case err == nil:
			files[name] = text
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("save state: %w", err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("save state: %w", err)
		}
	}
	return nil
}

// ActivationAt returns the name of the activation block that a range stands
// in; "" when it stands elsewhere.
func (p *Project) ActivationAt(r diag.Range) string {
	at, name := -1, ""
	look := func(def diag.Range, block string) {
		if def.Filename == r.Filename && def.Start.Byte <= r.Start.Byte && def.Start.Byte > at {
			at, name = def.Start.Byte, block
		}
	}
	for _, a := range p.Config.Activations {
		look(a.DefRange, a.Addr.Name)
	}
	for _, def := range p.otherBlocks() {
		look(def, "")
	}
	return name
}

// otherBlocks are where blocks that are no activations begin.
func (p *Project) otherBlocks() []diag.Range {
	c := p.Config
	var out []diag.Range
	for _, b := range c.Destinations {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Variables {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Labels {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Policies {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Tests {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Moved {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Removed {
		out = append(out, b.DefRange)
	}
	for _, b := range c.Locals {
		out = append(out, b.Range)
	}
	if c.DBT != nil {
		out = append(out, c.DBT.DefRange)
	}
	if c.State != nil {
		out = append(out, c.State.DefRange)
	}
	return out
}
