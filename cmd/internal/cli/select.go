package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/selector"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
	"github.com/leat-dev/leat/runtime/state"
)

// selectOptions are the flags of selection, which dbt has too.
type selectOptions struct {
	include, exclude []string
	selector         string
	state            string
	indirect         string
}

// flags adds the flags to a command.
func (o *selectOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.include, "select", "s", nil, "only what this `selection` matches, in dbt's grammar; may be repeated")
	f.StringArrayVar(&o.exclude, "exclude", nil, "but not what this `selection` matches; may be repeated")
	f.StringVar(&o.selector, "selector", "", "only what this YAML selector of the dbt project matches: its `name`")
	f.StringVar(&o.state, "state", "", "`folder` of an earlier run, for state: and result:; default: DBT_STATE")
	f.StringVar(&o.indirect, "indirect-selection", "", "how tests are selected with their models, the `mode`: eager, cautious, buildable or empty")
}

// given reports whether anything was selected.
func (o *selectOptions) given() bool {
	return len(o.include) > 0 || len(o.exclude) > 0 || o.selector != ""
}

// check reports flags that do not go together.
func (o *selectOptions) check() error {
	switch {
	case o.selector != "" && (len(o.include) > 0 || len(o.exclude) > 0):
		return usageError{errors.New("--selector does not go with --select or --exclude; write --select selector:" + o.selector)}
	case (o.state != "" || o.indirect != "") && !o.given():
		return usageError{errors.New("--state and --indirect-selection go with --select, --exclude or --selector")}
	}
	return nil
}

// choose computes what the flags select of a project; nil when they select
// everything. Problems are returned, not reported; the selection is nil when
// there is an error among them. more are activations that only state knows.
func (a *app) choose(p *project.Project, res *check.Result, o selectOptions, more ...selector.Activation) (*selector.Selection, diag.Diagnostics, error) {
	if err := o.check(); err != nil || !o.given() {
		return nil, nil, err
	}
	g, ds, err := p.Graph(res, more...)
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	req := selector.Request{Graph: g, Select: o.include, Exclude: o.exclude, Selector: o.selector, Indirect: selector.Indirect(o.indirect)}
	if o.names("selector:") || o.selector != "" {
		var found diag.Diagnostics
		req.Definitions, found = p.Selectors()
		ds.Extend(found)
	}
	if dir := o.state; dir != "" || o.names("state:") || o.names("result:") {
		if dir == "" {
			dir, _ = a.Env("DBT_STATE")
		}
		if dir != "" {
			prev, found, err := p.Previous(a.path(dir), dir)
			ds.Extend(found)
			if err != nil || ds.HasErrors() {
				return nil, ds, err
			}
			if prev.Activations == nil && len(res.Activations) > 0 {
				ds.Append(diag.New(diag.SavedActivationsAbsent, diag.Range{},
					"%s has no %s, so every activation counts as new. Save the state with `leat validate --save-state %s`.", dir, selector.SavedFile, dir))
			}
			req.Previous = prev
		}
	}
	sel, found := selector.Select(req)
	ds.Extend(found)
	return sel, ds, nil
}

// names reports whether a method is used on the command line.
func (o *selectOptions) names(method string) bool {
	return slices.ContainsFunc(slices.Concat(o.include, o.exclude), func(s string) bool { return strings.Contains(s, method) })
}

// chooseActivations is choose for a command that acts on activations: it warns
// when none is selected, and returns the result without the others.
func (a *app) chooseActivations(p *project.Project, res *check.Result, o selectOptions) (*selector.Selection, *check.Result, diag.Diagnostics, error) {
	sel, ds, err := a.choose(p, res, o, goneOf(res)...)
	if err != nil || sel == nil {
		return nil, res, ds, err
	}
	ds.Extend(sel.CheckActivations())
	return sel, only(res, sel), ds, nil
}

// only is a result without the activations that are not selected. Everything
// is selected by nil.
func only(res *check.Result, sel *selector.Selection) *check.Result {
	if sel == nil || res == nil {
		return res
	}
	out := *res
	out.Activations = slices.DeleteFunc(slices.Clone(res.Activations), func(act ir.Activation) bool { return !sel.HasActivation(act.Name) })
	out.Removals = slices.DeleteFunc(slices.Clone(res.Removals), func(r ir.Removal) bool { return !sel.HasActivation(r.Name) })
	return &out
}

// goneOf are the activations of `removed` blocks: they are selected by name.
func goneOf(res *check.Result) []selector.Activation {
	var out []selector.Activation
	if res != nil {
		for _, r := range res.Removals {
			out = append(out, selector.Activation{Name: r.Name, File: r.Range.Filename})
		}
	}
	return out
}

// within leaves out problems of activations that are not selected. An
// activation with for_each counts when one of its instances does.
func within(p *project.Project, ds diag.Diagnostics, sel *selector.Selection) diag.Diagnostics {
	if sel == nil {
		return ds
	}
	chosen := map[string]bool{"": true}
	for _, name := range sel.Activations() {
		base, _, _ := strings.Cut(name, "[")
		chosen[base] = true
	}
	return slices.DeleteFunc(slices.Clone(ds), func(d diag.Diagnostic) bool { return !chosen[p.ActivationAt(d.Range)] })
}

// chooseHeads selects among the activations of state, also those that are not
// configured any more. Mistakes in activations do not hide the state.
func (a *app) chooseHeads(heads []*state.Head, o selectOptions) ([]*state.Head, Exit, error) {
	if err := o.check(); err != nil {
		return nil, Usage, err
	}
	if !o.given() {
		return heads, OK, nil
	}
	p, ds, err := a.load()
	if err != nil || p == nil {
		return nil, a.report(ds), err
	}
	res, _ := p.Compile(nil)
	var kept []selector.Activation
	now := check.Former(p.Config, p.Input.Constants)
	name := func(h *state.Head) string { return cmp.Or(now[h.Activation], h.Activation) } // selected by the name of today
	for _, h := range heads {
		kept = append(kept, selector.Activation{Name: name(h), Plugin: h.Plugin, Destination: h.Destination, Object: h.Object})
	}
	sel, ds, err := a.choose(p, res, o, kept...)
	if err != nil {
		return nil, Failed, err
	}
	if sel != nil {
		ds.Extend(sel.CheckActivations())
	}
	if code := a.report(ds); code != OK {
		return nil, code, nil
	}
	return slices.DeleteFunc(heads, func(h *state.Head) bool { return !sel.HasActivation(name(h)) }), OK, nil
}

// chooseModels computes what the flags select among the nodes of a manifest
// that was named on the command line: there are no activations.
func (a *app) chooseModels(dbt *manifest.Graph, o selectOptions) (*selector.Selection, diag.Diagnostics, error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	sel, ds := selector.Select(selector.Request{Graph: selector.NewGraph(dbt, nil), Select: o.include, Exclude: o.exclude,
		Selector: o.selector, Indirect: selector.Indirect(o.indirect)})
	return sel, ds, nil
}

// selectionFlags take several values, as dbt's do.
var selectionFlags = []string{"--select", "-s", "--exclude"}

// spread lets one flag of selection take several values, as dbt does:
// --select a b is --select a --select b.
func spread(args []string) []string {
	var out []string
	flag := ""
	for i, arg := range args {
		switch {
		case arg == "--":
			return append(out, args[i:]...)
		case strings.HasPrefix(arg, "-"):
			flag = ""
			if slices.Contains(selectionFlags, arg) {
				flag = arg
			}
		case flag != "" && args[i-1] != flag:
			out = append(out, flag)
		}
		out = append(out, arg)
	}
	return out
}
