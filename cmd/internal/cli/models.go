package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/properties"
	"github.com/leat-dev/leat/compiler/selector"
	"github.com/leat-dev/leat/lang/diag"
)

type modelsOptions struct {
	manifest   string
	catalog    string
	runResults []string
	choice     selectOptions
}

func (a *app) modelsCmd() *cobra.Command {
	var o modelsOptions
	cmd := &cobra.Command{
		Use:   "models [SELECTOR]",
		Short: "List the dbt models that can be activated",
		Long: `Lists models, seeds, snapshots and sources with their proven keys. A selector is
a name, the start of a path of folders (marts.customers, source:shop), or either
with shell wildcards; or any selection of dbt's, as for --select. Where it
selects one model, its columns are shown with their types, what proves them
unique or not null, and their tags and meta.

With --manifest it reads a dbt manifest directly and needs no leat project.`,
		Example: "  leat models\n  leat models customers\n  leat models 'marts.*'\n  leat models --select +activation.contacts\n  leat models --manifest target/manifest.json --catalog target/catalog.json orders",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.run(func(_ context.Context, args []string) (Exit, error) {
			if o.manifest == "" && (o.catalog != "" || len(o.runResults) > 0) {
				return Usage, usageError{errors.New("--catalog and --run-results go with --manifest")}
			}
			return a.models(o, args)
		}),
	}
	f := cmd.Flags()
	o.choice.flags(f)
	f.StringVar(&o.manifest, "manifest", "", "read this manifest.json `file` instead of a project's")
	f.StringVar(&o.catalog, "catalog", "", "with --manifest: a catalog.json `file`")
	f.StringArrayVar(&o.runResults, "run-results", nil, "with --manifest: a run_results.json `file`; may be repeated")
	return cmd
}

// artifacts are what models are listed from.
type artifacts struct {
	manifest *manifest.Manifest
	catalog  *manifest.Catalog
	verdicts manifest.Verdicts
	labels   *label.Rules
	places   *properties.Places
	choose   func(selectOptions) (*selector.Selection, diag.Diagnostics, error)
}

func (a *app) models(o modelsOptions, args []string) (Exit, error) {
	read := a.projectArtifacts
	if o.manifest != "" {
		read = func() (artifacts, diag.Diagnostics, error) { return a.fileArtifacts(o) }
	}
	in, ds, err := read()
	if err != nil {
		return Failed, err
	}
	if a.report(ds) != OK || in.manifest == nil {
		return Failed, nil
	}
	list := &view.ModelList{Metadata: in.manifest.Metadata, Labels: in.labels}
	leftOut(list, in.manifest)
	selected := activatable(in.manifest)
	if o.choice.given() {
		sel, ds, err := in.choose(o.choice)
		if err != nil || a.report(ds) != OK {
			return Failed, err
		}
		selected = slices.DeleteFunc(selected, func(r *manifest.Relation) bool { return !sel.Has(r.UniqueID) })
	}
	if len(args) == 1 {
		picked := pickModels(selected, args[0])
		if len(picked) == 0 && selection(args[0]) {
			sel, ds, err := in.choose(selectOptions{include: args, state: o.choice.state, indirect: o.choice.indirect})
			if err != nil || a.report(ds) != OK {
				return Failed, err
			}
			picked = slices.DeleteFunc(selected, func(r *manifest.Relation) bool { return !sel.Has(r.UniqueID) })
		}
		if selected = picked; len(selected) == 0 && !selection(args[0]) {
			return Failed, a.fail(noModel(in.manifest, args[0]))
		}
	}
	for _, r := range selected {
		facts := in.manifest.Facts(r, in.catalog, in.verdicts)
		if a.json {
			in.places.Fill(facts)
		}
		list.Models = append(list.Models, view.Model{Relation: r, Facts: facts})
	}
	text := view.Models(list, a.style())
	if len(args) == 1 && len(selected) == 1 {
		text = view.ModelDetail(list, list.Models[0], a.style())
	}
	a.show(text, view.ModelsJSON(list))
	return OK, nil
}

// projectArtifacts takes the artifacts of the project. Problems of its
// configuration are left to validate: they do not hide the models.
func (a *app) projectArtifacts() (artifacts, diag.Diagnostics, error) {
	p, ds, err := a.load()
	if err != nil || p == nil {
		return artifacts{}, ds, err
	}
	a.recall(p)
	in := artifacts{manifest: p.Input.Manifest, catalog: p.Input.Catalog, verdicts: p.Input.Verdicts, places: properties.NewPlaces(p.Input.Properties)}
	in.labels, _ = label.New(p.Config, p.Input.Constants) // its problems are for validate too
	in.choose = func(o selectOptions) (*selector.Selection, diag.Diagnostics, error) {
		res, _ := p.Compile(nil)
		return a.choose(p, res, o)
	}
	if in.manifest == nil {
		return in, ds, nil
	}
	return in, nil, nil
}

// fileArtifacts reads the files named on the command line.
func (a *app) fileArtifacts(o modelsOptions) (artifacts, diag.Diagnostics, error) {
	in := artifacts{labels: label.Default(), places: properties.NewPlaces(nil)}
	var ds diag.Diagnostics
	open := func(name string, read func(*os.File) diag.Diagnostics) {
		f, err := os.Open(a.path(name))
		if err != nil {
			detail := "%s cannot be read. Check its permissions."
			if errors.Is(err, fs.ErrNotExist) {
				detail = "There is no file %s. dbt writes its artifacts into the target folder of the dbt project."
			}
			ds.Append(diag.New(diag.UnreadableFile, diag.Range{Filename: name}, detail, name))
			return
		}
		defer f.Close()
		ds.Extend(read(f))
	}
	open(o.manifest, func(f *os.File) (more diag.Diagnostics) {
		in.manifest, more = manifest.Read(f, o.manifest, manifest.Options{})
		return more
	})
	in.choose = func(choice selectOptions) (*selector.Selection, diag.Diagnostics, error) {
		var g *manifest.Graph
		open(o.manifest, func(f *os.File) (more diag.Diagnostics) {
			g, more = manifest.ReadGraph(f, o.manifest, manifest.Options{})
			return more
		})
		if g == nil {
			return nil, ds, nil
		}
		return a.chooseModels(g, choice)
	}
	if o.catalog != "" {
		open(o.catalog, func(f *os.File) (more diag.Diagnostics) {
			in.catalog, more = manifest.ReadCatalog(f, o.catalog)
			return more
		})
	}
	var runs []*manifest.RunResults
	for _, name := range o.runResults {
		open(name, func(f *os.File) diag.Diagnostics {
			r, more := manifest.ReadRunResults(f, name)
			runs = append(runs, r)
			return more
		})
	}
	in.verdicts = manifest.LastVerdicts(runs...)
	return in, ds, nil
}

// activatable are the nodes that rows can be read from.
func activatable(m *manifest.Manifest) []*manifest.Relation {
	var out []*manifest.Relation
	for _, list := range [][]*manifest.Relation{m.Models, m.Sources} {
		for _, r := range list {
			if !r.Ephemeral() {
				out = append(out, r)
			}
		}
	}
	return out
}

// leftOut counts the nodes that activatable leaves out.
func leftOut(l *view.ModelList, m *manifest.Manifest) {
	for _, r := range m.Models {
		if r.Ephemeral() {
			l.Ephemeral++
		}
	}
	for _, d := range m.Disabled {
		switch manifest.Resource(d.Resource) {
		case manifest.Model, manifest.Seed, manifest.Snapshot, manifest.Source:
			l.Disabled++
		}
	}
}

// modelNames are what a relation may be called by in a selector: its name, with
// version, package or source, its path of folders and its unique id.
func modelNames(r *manifest.Relation) []string {
	out := []string{r.Name, r.UniqueID, strings.Join(r.FQN, ".")}
	if r.Resource == manifest.Source {
		qualified := r.SourceName + "." + r.Name
		return append(out, qualified, "source:"+qualified, "source:"+r.Package+"."+qualified)
	}
	if r.Version != "" {
		out = append(out, r.Name+".v"+r.Version)
	}
	if len(r.FQN) > 1 { // dbt lets the package's name be left out
		out = append(out, strings.Join(r.FQN[1:], "."))
	}
	return append(out, r.Package+"."+r.Name)
}

// pickModels selects by name; where no name is the selector, by the start of
// a path of folders.
func pickModels(all []*manifest.Relation, selector string) []*manifest.Relation {
	var exact, prefix []*manifest.Relation
	for _, r := range all {
		how := 0
		for _, n := range modelNames(r) {
			if ok, err := path.Match(selector, n); n == selector || (err == nil && ok) {
				how = 2
				break
			}
			if strings.HasPrefix(n, selector+".") && n != r.UniqueID {
				how = 1
			}
		}
		switch how {
		case 2:
			exact = append(exact, r)
		case 1:
			prefix = append(prefix, r)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return prefix
}

// selection reports whether a selector is more than a name: it has a method, a
// graph operator or several parts.
func selection(text string) bool { return strings.ContainsAny(text, ":+@, /") }

// noModel explains a selector that selects nothing.
func noModel(m *manifest.Manifest, selector string) diag.Diagnostic {
	if res := m.ResolveRef("", selector); res.Failure == manifest.IsEphemeral || res.Failure == manifest.IsDisabled {
		return res.Diagnostic(diag.Range{})
	}
	var known []string
	for _, r := range activatable(m) {
		known = append(known, modelNames(r)[0])
		if r.Resource == manifest.Source {
			known = append(known, "source:"+r.SourceName+"."+r.Name)
		}
	}
	return diag.New(diag.ModelUnknown, diag.Range{}, "No model, seed, snapshot or source that can be activated is called %q, and no folder of them starts so.%s `leat models` lists them all.",
		selector, diag.DidYouMean(selector, known)).WithSummary("Nothing is selected by %q", selector)
}
