package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/project"
	"github.com/leat-dev/leat/runtime/state"
	"github.com/leat-dev/leat/runtime/warehouse"
	"github.com/zclconf/go-cty/cty"
)

// prepared is a project compiled against the live warehouse, with the state
// of its environment opened.
type prepared struct {
	ignoreRequires bool // overrides unmet requires blocks
	project        *project.Project
	compiled       *check.Result   // of what is selected
	neighbours     []ir.Activation // selected or on an object with one that is
	resting        []ir.Removal    // not selected
	source         warehouse.Source
	environment    string
	state          *state.Store
	warnings       diag.Diagnostics
}

// prepare does everything a plan needs before rows are read. All activations
// must compile; what is prepared are those selected. Problems are reported; the
// result is nil when there is an error among them.
func (a *app) prepare(ctx context.Context, o selectOptions) (*prepared, error) {
	p, ds, err := a.load()
	if err != nil {
		return nil, err
	}
	if p == nil {
		a.report(ds)
		return nil, nil
	}
	out := &prepared{project: p}
	a.recall(p)
	res, more := p.Compile(nil)
	if all := append(ds[:len(ds):len(ds)], more...); all.HasErrors() {
		a.report(all)
		return nil, nil
	}
	all := res
	sel, res, chosen, err := a.chooseActivations(p, res, o)
	if err != nil {
		return nil, err
	}
	ds.Extend(chosen)
	for _, act := range res.Activations {
		if act.Target.Schema.Name == "" {
			ds.Append(noSchema(act))
		}
	}
	if ds.HasErrors() {
		a.report(ds)
		return nil, nil
	}
	target, more := p.Target()
	ds.Extend(more)
	if ds.HasErrors() || target == nil {
		a.report(ds)
		return nil, nil
	}
	env, more := p.Environment(target)
	ds.Extend(more)
	out.environment = env
	if target.Type != "duckdb" {
		ds.Append(diag.New(diag.UnsupportedStore, target.Range, "The dbt target is of type %q. This version of leat reads DuckDB warehouses; `leat validate` works with every adapter.", target.Type))
		a.report(ds)
		return nil, nil
	}
	db, more := target.DuckDB()
	ds.Extend(more)
	path := db.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.DBTDir, path)
	}
	out.source = warehouse.DuckDB{Path: path, Catalog: db.Database}
	live, more, err := liveColumns(ctx, out.source, beside(all, res))
	ds.Extend(more)
	if err != nil {
		return nil, err
	}
	if !ds.HasErrors() {
		out.compiled, more = p.Compile(live)
		all, out.compiled = out.compiled, only(out.compiled, sel)
		out.neighbours = beside(all, out.compiled).Activations
		out.resting = slices.DeleteFunc(slices.Clone(all.Removals), func(r ir.Removal) bool { return sel == nil || sel.HasActivation(r.Name) })
		ds.Extend(within(p, more, sel))
	}
	store, more, err := a.readableState(p, env)
	ds.Extend(more)
	if err != nil {
		return nil, err
	}
	if a.report(ds) != OK {
		return nil, nil
	}
	out.state, out.warnings = store, ds.Sorted()
	return out, nil
}

// noSchema refuses to plan against a destination nobody has looked at:
// validate only warns of it.
func noSchema(act ir.Activation) diag.Diagnostic {
	name := "destination." + act.Target.Plugin + "." + act.Target.Destination
	d := diag.New(diag.NoSchema, act.Range, "What %s accepts is not known, so nothing can be planned for it. Run `leat destinations schema pull %s` and commit the file.", name, name)
	d.Severity = diag.Error
	return d.WithSummary("%s has no schema", name)
}

// openState opens the state of an environment where the configuration says it
// is.
func (a *app) openState(p *project.Project, env string) (*state.Store, diag.Diagnostics, error) {
	path, ds := a.statePath(p)
	if ds.HasErrors() {
		return nil, ds, nil
	}
	return state.Open(path, env)
}

func (a *app) statePath(p *project.Project) (string, diag.Diagnostics) {
	s := p.Settings.StatePath
	if s.Env == "" {
		return p.Path(s.Value.AsString()), nil
	}
	v, ok := a.Env(s.Env)
	if !ok || v == "" {
		return "", diag.Diagnostics{unsetEnv(s)}
	}
	return p.Path(v), nil
}

func unsetEnv(s syntax.Setting) diag.Diagnostic {
	return diag.New(diag.UnsetEnv, s.Range, "%s takes its value from the environment variable %s, which is not set. Set it and run the command again.", s.Name, s.Env).
		WithSummary("Environment variable %s is not set", s.Env)
}

// secretKeys reads the keys that activations make hashes with. White space
// around a key is none of it, as with other secrets.
func (a *app) secretKeys(acts []ir.Activation) (map[string]string, diag.Diagnostics) {
	out := map[string]string{}
	var ds diag.Diagnostics
	for _, act := range acts {
		for _, k := range act.SecretKeys {
			v, _ := a.Env(k.Env)
			if out[k.Env] = strings.TrimSpace(v); out[k.Env] == "" {
				ds.Append(diag.New(diag.UnsetEnv, k.Range, "%s makes hashes with the key in the environment variable %s, which is not set. Set it and run the command again.", act.Address(), k.Env).
					WithSummary("Environment variable %s is not set", k.Env))
			}
		}
	}
	return out, ds
}

// beside leaves out of all activations those that neither are among the chosen
// nor share an object with one of them: a plan holds the others against the
// chosen, although it plans nothing for them.
func beside(all, chosen *check.Result) *check.Result {
	if slices.ContainsFunc(chosen.Removals, func(r ir.Removal) bool { return r.Delete }) {
		return all // whose records are deleted stands in state
	}
	out := *all
	out.Activations = slices.DeleteFunc(slices.Clone(all.Activations), func(a ir.Activation) bool {
		return !slices.ContainsFunc(chosen.Activations, func(b ir.Activation) bool { return a.Name == b.Name || diff.Beside(&b, &a) })
	})
	return &out
}

// liveColumns asks the warehouse for the columns of every relation in use.
func liveColumns(ctx context.Context, src warehouse.Source, res *check.Result) (map[string][]check.LiveColumn, diag.Diagnostics, error) {
	db, err := duck.Open(ctx, duck.Options{Threads: 1})
	if err != nil {
		return nil, nil, fmt.Errorf("open engine: %w", err)
	}
	defer db.Close()
	ds, err := src.Attach(ctx, db)
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	out := map[string][]check.LiveColumn{}
	read := func(of ir.Source, at diag.Range) error {
		if _, done := out[of.UniqueID]; done {
			return nil
		}
		cols, more, err := src.Columns(ctx, db, of.Relation, of.Name)
		for i := range more {
			more[i].Range = at
		}
		ds.Extend(more)
		if err != nil {
			return err
		}
		live := make([]check.LiveColumn, len(cols))
		for i, c := range cols {
			live[i] = check.LiveColumn{Name: c.Name, DataType: c.Type}
		}
		out[of.UniqueID] = live
		return nil
	}
	for _, act := range res.Activations {
		if err := read(act.Source, act.Range); err != nil {
			return nil, ds, err
		}
		if c := act.Consent; c != nil {
			if err := read(c.Source, c.Range); err != nil {
				return nil, ds, err
			}
		}
	}
	return out, ds, nil
}

// planConfig is a destination's config as a plan keeps it: literals, and the
// names of environment variables.
func planConfig(d check.Destination) (map[string]plan.ConfigValue, diag.Diagnostics) {
	out := map[string]plan.ConfigValue{}
	var ds diag.Diagnostics
	for _, s := range d.Settings.Config {
		if s.Env != "" {
			out[s.Name] = plan.ConfigValue{Env: s.Env}
			continue
		}
		v, ok := plainValue(s.Value)
		if !ok {
			ds.Append(diag.New(diag.BadConfig, s.Range, "%s must be a string, a number or a bool.", s.Name).WithSummary("Wrong value for %q", s.Name))
			continue
		}
		out[s.Name] = plan.ConfigValue{Value: v}
	}
	return out, ds
}

// configValues is a destination's config with environment variables read: it
// holds secrets.
func (a *app) configValues(d check.Destination) (map[string]any, diag.Diagnostics) {
	named, ds := planConfig(d)
	out := map[string]any{}
	for _, s := range d.Settings.Config {
		c := named[s.Name]
		if c.Env == "" {
			out[s.Name] = c.Value
			continue
		}
		v, ok := a.Env(c.Env)
		if !ok {
			ds.Append(unsetEnv(s))
			continue
		}
		out[s.Name] = strings.TrimSpace(v)
	}
	return out, ds
}

// plainValue turns a constant into what JSON has for it.
func plainValue(v cty.Value) (any, bool) {
	if v.IsNull() || !v.IsKnown() {
		return nil, v.IsKnown()
	}
	switch v.Type() {
	case cty.String:
		return v.AsString(), true
	case cty.Bool:
		return v.True(), true
	case cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return f, true
	default:
		return nil, false
	}
}
