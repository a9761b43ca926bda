package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/against"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/selector"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
)

// diagnosticFormats are the forms in which validate prints problems.
var diagnosticFormats = []string{"text", "json", "github", "sarif"}

// validateOptions are the flags of validate.
type validateOptions struct {
	format    string
	saveState string
	against   string
	choice    selectOptions
}

func (a *app) validateCmd() *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration: names, types, keys and proofs",
		Long: `Compiles every activation against the dbt manifest and the destinations' schemas
and reports every problem it finds. It needs no network, no credentials and no
warehouse: run it on every pull request.

On GitHub, --format github annotates the changed lines, and --format sarif writes
a log for code scanning.

--save-state keeps in a folder what a later --select state:modified --state FOLDER
compares with: dbt's manifest.json and the digests of the activations.

--against compiles the same configuration with another manifest too, such as the
base branch's, and reports which activations the change of dbt models breaks.`,
		Example: "  leat validate\n  leat validate --json | jq '.diagnostics[].code'\n  leat validate --format sarif > leat.sarif\n  leat validate --save-state ci-state\n  leat validate --select state:modified+ --state ci-state\n  leat validate --against base/manifest.json",
		Args:    cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (Exit, error) {
			if !slices.Contains(diagnosticFormats, o.format) {
				return Usage, usageError{fmt.Errorf("--format takes %s, not %q", strings.Join(diagnosticFormats, ", "), o.format)}
			}
			a.json = a.json || o.format == "json"
			return a.validate(o)
		}),
	}
	o.choice.flags(cmd.Flags())
	cmd.Flags().StringVar(&o.saveState, "save-state", "", "write what --state compares with into this `folder`")
	cmd.Flags().StringVar(&o.against, "against", "", "report what breaks since this `manifest`: a manifest.json, or a folder that has one")
	cmd.Flags().StringVar(&o.format, "format", "text", strings.Join(diagnosticFormats, ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(diagnosticFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) validate(o validateOptions) (Exit, error) {
	p, ds, err := a.load()
	if err != nil {
		return Failed, err
	}
	n := 0
	var report *against.Report
	if p != nil {
		res, more := p.Compile(nil)
		ds.Extend(more)
		_, more = check.Tests(p.Input, res)
		ds.Extend(more)
		if o.saveState != "" && !ds.HasErrors() {
			if err := p.SaveState(a.path(o.saveState), res.Activations); err != nil {
				return Failed, err
			}
		}
		sel, chosen, more, err := a.chooseActivations(p, res, o.choice)
		if err != nil {
			return Failed, err
		}
		n = len(chosen.Activations)
		if o.against != "" && p.Input.Manifest != nil {
			var found diag.Diagnostics
			report, found = a.compare(p, o.against, sel)
			more.Extend(found)
		}
		if report != nil {
			ds = append(report.Unexplained(ds), report.Diagnostics()...)
		}
		ds = append(within(p, ds, sel), more...)
	}
	ds = ds.Sorted()
	switch {
	case a.json && report != nil:
		a.print(view.AgainstJSON(ds, report, a.sources))
	case a.json:
		a.print(view.DiagnosticsJSON(ds, a.sources))
	case o.format == "github":
		a.print([]byte(view.DiagnosticsGitHub(ds, a.belowRepository(p))))
		a.print([]byte(view.Verdict(ds, n, view.Style{})))
	case o.format == "sarif":
		a.print(view.DiagnosticsSARIF(ds, a.sources, a.belowRepository(p), Version))
	default:
		a.report(ds)
		a.print([]byte(view.Verdict(ds, n, a.style())))
		if report != nil {
			a.print([]byte(view.Against(report, a.style())))
		}
	}
	if ds.HasErrors() {
		return Failed, nil
	}
	return OK, nil
}

// compare compiles the project with another manifest as well. The report is
// nil when that manifest cannot be used.
func (a *app) compare(p *project.Project, name string, sel *selector.Selection) (*against.Report, diag.Diagnostics) {
	before, ds := p.Against(a.path(name), name)
	if before == nil {
		return nil, ds
	}
	report := against.Compare(*before, p.Input)
	if sel != nil {
		report.Keep(sel.HasActivation)
	}
	return report, ds
}

// belowRepository is the project's folder below the root of its git repository,
// slash-separated: services name files from there. It is "" at the root, and
// outside a repository.
func (a *app) belowRepository(p *project.Project) string {
	if p == nil {
		return ""
	}
	for dir := p.Root; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			rel, err := filepath.Rel(dir, p.Root)
			if err != nil || rel == "." {
				return ""
			}
			return filepath.ToSlash(rel)
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  leat version\n  leat version --json",
		Args:    cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (Exit, error) {
			ds, err := descriptions()
			if err != nil {
				return Failed, err
			}
			type plugin struct {
				Name    string `json:"name"`
				Version string `json:"version"`
			}
			doc := struct {
				FormatVersion string   `json:"format_version"`
				Version       string   `json:"version"`
				Plugins       []plugin `json:"plugins"`
			}{FormatVersion: "1.0", Version: Version}
			for _, n := range pluginNames(ds) {
				doc.Plugins = append(doc.Plugins, plugin{n, ds[n].schema.Version})
			}
			if a.json {
				a.print(view.JSON(doc))
				return OK, nil
			}
			fmt.Fprintf(a.Out, "leat %s\n", Version)
			for _, p := range doc.Plugins {
				fmt.Fprintf(a.Out, "  destination %s %s\n", p.Name, p.Version)
			}
			return OK, nil
		}),
	}
}
