package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/properties"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
)

func (a *app) whyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "why ADDRESS [NAME]",
		Short: "Explain types, nulls, uniqueness and labels, each with its reason",
		Long: `Says what leat holds of a mapping, and where each fact comes from: the contract,
catalog or data_type that gives the type; the dbt test or constraint that proves
a column unique or not null, its file, and what its last run said; the tag, meta
entry or pattern that sets a label; and the dbt nodes the column comes from.

ADDRESS is an activation, or a part of one:

  activation.contacts
  activation.contacts.field["email"]
  activation.contacts.key["email"]
  activation.contacts.id
  activation.contacts.consent

or a dbt model, seed, snapshot or source, of which NAME is a column:

  customers
  customers.v2
  ref("customers")
  source("crm", "contacts")

With an activation, NAME is one of its fields or key fields, or id. It needs no
network and no warehouse, and works on activations with errors too.`,
		Example: "  leat why activation.contacts\n  leat why activation.contacts lifetime_value\n  leat why 'activation.contacts.key[\"email\"]'\n  leat why customers email\n  leat why customers.email --json",
		Args:    cobra.RangeArgs(1, 2),
		RunE:    a.run(func(_ context.Context, args []string) (Exit, error) { return a.why(args) }),
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.completeWhy(args), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// explained loads the project and explains its activations. Problems of the
// configuration are left to validate, unless nothing can be explained.
func (a *app) explained() (*project.Project, *check.Result, diag.Diagnostics, error) {
	p, ds, err := a.load()
	if err != nil || p == nil {
		return nil, nil, ds, err
	}
	p.Input.Explain = true
	a.recall(p)
	res, _ := p.Compile(nil)
	return p, res, ds, nil
}

func (a *app) why(args []string) (Exit, error) {
	p, res, ds, err := a.explained()
	if err != nil {
		return Failed, err
	}
	if p == nil || p.Input.Manifest == nil {
		a.report(ds)
		return Failed, nil
	}
	w := &view.Why{Manifest: p.Input.Manifest}
	name := ""
	if len(args) == 2 {
		name = args[1]
	}
	if strings.HasPrefix(args[0], "activation.") || strings.HasPrefix(args[0], "activation[") {
		target, err := parseWhy(args[0])
		if err != nil {
			return Usage, usageError{err}
		}
		if name != "" && target.kind != "" {
			return Usage, usageError{errors.New("NAME goes with the address of a whole activation")}
		}
		if d := pickPart(w, res, target, name); d != nil {
			return Failed, a.fail(*d)
		}
	} else if d := a.pickColumns(w, p, args[0], name); d != nil {
		return Failed, a.fail(*d)
	}
	a.show(view.WhyText(w, a.style()), view.WhyJSON(w))
	return OK, nil
}

// whyTarget is the address of an activation or of a part of it.
type whyTarget struct {
	activation addr.Activation
	kind       check.PartKind // "" for the activation as a whole
	name       string
}

// parseWhy reads activation.NAME["KEY"].field["NAME"] and its shorter forms.
func parseWhy(text string) (whyTarget, error) {
	bad := fmt.Errorf(`%q is not an address; write activation.NAME, activation.NAME.field["FIELD"], activation.NAME.key["FIELD"] or activation.NAME.id`, text)
	trav, diags := hclsyntax.ParseTraversalAbs([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() || len(trav) < 2 {
		return whyTarget{}, bad
	}
	var out whyTarget
	steps := trav[1:]
	first, ok := addr.StepName(steps[0])
	if !ok {
		return whyTarget{}, bad
	}
	out.activation.Name, steps = first, steps[1:]
	if len(steps) > 0 {
		if _, index := steps[0].(hcl.TraverseIndex); index {
			key, ok := addr.StepName(steps[0])
			if !ok {
				return whyTarget{}, bad
			}
			out.activation.Key, steps = key, steps[1:]
		}
	}
	if len(steps) == 0 {
		return out, nil
	}
	kind, _ := addr.StepName(steps[0])
	out.kind = check.PartKind(kind)
	switch {
	case (out.kind == check.PartID || out.kind == check.PartWhere || out.kind == check.PartConsent) && len(steps) == 1:
		return out, nil
	case (out.kind == check.PartField || out.kind == check.PartKey || out.kind == check.PartConsent) && len(steps) == 2:
		if out.name, ok = addr.StepName(steps[1]); ok {
			return out, nil
		}
	}
	return whyTarget{}, bad
}

// pickPart finds what is asked for among the explained activations.
func pickPart(w *view.Why, res *check.Result, t whyTarget, name string) *diag.Diagnostic {
	want := strings.TrimPrefix(t.activation.String(), "activation.")
	i := slices.IndexFunc(res.Explained, func(x check.Explanation) bool { return x.Name == want })
	if i < 0 {
		var names []string
		for _, x := range res.Explained {
			names = append(names, "activation."+x.Name)
		}
		d := diag.New(diag.NothingToExplain, diag.Range{}, "The project has: %s.%s", listed(names), diag.DidYouMean(t.activation.String(), names)).
			WithSummary("There is no %s", t.activation)
		return &d
	}
	w.Of = &res.Explained[i]
	if t.kind == "" && name == "" {
		w.Parts, w.Whole = w.Of.Parts, true
		return nil
	}
	if t.kind == check.PartWhere && w.Of.Where != nil {
		w.Parts = []check.Part{*w.Of.Where}
		return nil
	}
	var names []string
	for _, p := range w.Of.Parts {
		names = append(names, p.Name)
		switch {
		case t.kind == "" && (p.Name == name || name == string(check.PartID) && p.Kind == check.PartID),
			t.kind == p.Kind && (t.name == p.Name || t.name == ""):
			w.Parts = append(w.Parts, p)
		}
	}
	if len(w.Parts) > 0 {
		return nil
	}
	if name == "" {
		name = t.name
	}
	d := diag.New(diag.NothingToExplain, diag.Range{}, "It has: %s.%s", listed(names), diag.DidYouMean(name, names)).
		WithSummary("activation.%s maps no %q", w.Of.Name, name)
	return &d
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// pickColumns finds a relation by name, ref() or source(), and its columns. A
// name may end in a column: customers.email.
func (a *app) pickColumns(w *view.Why, p *project.Project, what, column string) *diag.Diagnostic {
	m := p.Input.Manifest
	rel := relationOf(m, what)
	if rel == nil && column == "" {
		if i := strings.LastIndex(what, "."); i > 0 {
			if rel = relationOf(m, what[:i]); rel != nil {
				column = what[i+1:]
			}
		}
	}
	if rel == nil {
		d := noModel(m, what)
		return &d
	}
	all := check.ExplainColumns(p.Input, rel)
	if column == "" {
		w.Columns = all
		return nil
	}
	for _, c := range all {
		if c.Name == column {
			w.Columns = []check.Column{c}
			return nil
		}
	}
	for _, c := range all {
		if strings.EqualFold(c.Name, column) {
			w.Columns = append(w.Columns, c)
		}
	}
	if len(w.Columns) > 0 {
		return nil
	}
	d := m.Facts(rel, p.Input.Catalog, p.Input.Verdicts).Column(column).Diagnostic(diag.Range{})
	for i := range d.Related {
		d.Related[i].Range = properties.NewPlaces(p.Input.Properties).Model(rel, "columns")
	}
	return &d
}

// relationOf finds what a name, ref() or source() means.
func relationOf(m *manifest.Manifest, what string) *manifest.Relation {
	var args []string
	call, rest, isCall := strings.Cut(what, "(")
	if isCall {
		for arg := range strings.SplitSeq(strings.TrimSuffix(rest, ")"), ",") {
			args = append(args, strings.Trim(strings.TrimSpace(arg), `"'`))
		}
	}
	switch {
	case isCall && call == "source" && len(args) == 2:
		return m.ResolveSource(args[0], args[1]).Relation
	case isCall && call == "ref" && len(args) == 1:
		return m.ResolveRef("", args[0]).Relation
	case isCall && call == "ref" && len(args) == 2:
		return m.ResolveRef(args[0], args[1]).Relation
	case isCall:
		return nil
	}
	if r := m.ResolveRef("", what); r.Relation != nil {
		return r.Relation
	}
	if picked := pickModels(activatable(m), what); len(picked) == 1 {
		return picked[0]
	}
	return nil
}

// completeWhy offers addresses, then the names that go with one.
func (a *app) completeWhy(args []string) []string {
	p, res, _, err := a.explained()
	if err != nil || p == nil || p.Input.Manifest == nil {
		return nil
	}
	var out []string
	if len(args) == 0 {
		for _, x := range res.Explained {
			out = append(out, "activation."+x.Name)
		}
		for _, r := range activatable(p.Input.Manifest) {
			out = append(out, modelNames(r)[0])
		}
		return out
	}
	if strings.HasPrefix(args[0], "activation.") {
		for _, x := range res.Explained {
			if "activation."+x.Name == args[0] {
				for _, part := range x.Parts {
					out = append(out, part.Name)
				}
			}
		}
		return out
	}
	if rel := relationOf(p.Input.Manifest, args[0]); rel != nil {
		for _, c := range check.ExplainColumns(p.Input, rel) {
			out = append(out, c.Name)
		}
	}
	return out
}
