package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/exposure"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
)

type exposuresOptions struct {
	out      string
	check    bool
	maturity string
	choice   selectOptions
}

func (a *app) exposuresCmd() *cobra.Command {
	var o exposuresOptions
	cmd := &cobra.Command{
		Use:   "exposures",
		Short: "Write the activations as dbt exposures",
		Long: `Writes one dbt exposure for each activation: what it reads, where the rows go,
who owns it, and which column each field comes from. With the file among dbt's
models, dbt's lineage and documentation show what leaves the warehouse.

The same configuration gives the same bytes. -o writes a file, and overwrites
only one that leat wrote; with --check it writes nothing and ends with exit
code 1 when the file is not up to date. It needs no network and no warehouse.`,
		Example: "  leat exposures\n  leat exposures -o models/leat_exposures.yml\n  leat exposures -o models/leat_exposures.yml --check\n  leat exposures --select tag:daily",
		Args:    cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (Exit, error) {
			switch {
			case o.check && o.out == "":
				return Usage, usageError{errors.New("--check goes with -o, which names the file to look at")}
			case o.maturity != "" && !slices.Contains(exposure.Maturities, o.maturity):
				return Usage, usageError{fmt.Errorf("--maturity takes %s, not %q", strings.Join(exposure.Maturities, ", "), o.maturity)}
			case o.out != "" && filepath.Ext(o.out) != ".yml" && filepath.Ext(o.out) != ".yaml":
				return Usage, usageError{fmt.Errorf("dbt reads .yml and .yaml files; %s is neither", o.out)}
			}
			return a.exposures(o)
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write this YAML `file`, below one of dbt's model paths")
	f.BoolVar(&o.check, "check", false, "with -o: write nothing; exit code 1 when the file is not up to date")
	f.StringVar(&o.maturity, "maturity", "", "how settled the exposures are: `high, medium or low`")
	o.choice.flags(f)
	_ = cmd.RegisterFlagCompletionFunc("maturity", cobra.FixedCompletions(exposure.Maturities, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagFilename("out", "yml", "yaml")
	return cmd
}

func (a *app) exposures(o exposuresOptions) (Exit, error) {
	p, res, chosen, err := a.compileChosen(o.choice)
	if err != nil || chosen == nil {
		return Failed, err
	}
	in := exposure.Input{Activations: chosen.Activations, All: res.Activations, Destinations: res.Destinations,
		Config: p.Config, Manifest: p.Input.Manifest, Maturity: o.maturity}
	if o.out != "" {
		if rel, err := filepath.Rel(p.Root, a.path(o.out)); err == nil {
			in.File = filepath.ToSlash(rel)
		}
	}
	list, ds := exposure.Build(in)
	if a.report(ds) != OK {
		return Failed, nil
	}
	text := exposure.YAML(list, p.Input.Manifest.Metadata.DbtVersion)
	if o.out != "" {
		return a.writeExposures(o, text, len(list))
	}
	a.show(string(text), view.JSON(struct {
		FormatVersion string              `json:"format_version"`
		Exposures     []exposure.Exposure `json:"exposures"`
	}{"1.0", list}))
	return OK, nil
}

// compileChosen compiles the project and returns all of it and what is
// selected. Everything must compile; warnings are left to validate. The results
// are nil when errors were reported.
func (a *app) compileChosen(o selectOptions) (*project.Project, *check.Result, *check.Result, error) {
	p, ds, err := a.load()
	if err != nil {
		return nil, nil, nil, err
	}
	if p == nil || p.Input.Manifest == nil {
		a.report(ds)
		return nil, nil, nil, nil
	}
	res, more := p.Compile(nil)
	if ds = errorsOf(append(ds, more...)); ds.HasErrors() {
		a.report(ds)
		return nil, nil, nil, nil
	}
	_, chosen, ds, err := a.chooseActivations(p, res, o)
	if err != nil || a.report(ds) != OK {
		return nil, nil, nil, err
	}
	return p, res, chosen, nil
}

// errorsOf leaves warnings out.
func errorsOf(ds diag.Diagnostics) diag.Diagnostics {
	return slices.DeleteFunc(slices.Clone(ds), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// writeExposures writes the file, or with --check compares it. A file that leat
// did not write is left alone.
func (a *app) writeExposures(o exposuresOptions, text []byte, n int) (Exit, error) {
	path := a.path(o.out)
	old, err := os.ReadFile(path)
	exists := !errors.Is(err, fs.ErrNotExist)
	if exists && err != nil {
		return Failed, a.fail(unreadable(o.out, err))
	}
	if first, _, _ := bytes.Cut(old, []byte("\n")); exists && strings.TrimRight(string(first), "\r") != exposure.Marker {
		return Failed, a.fail(diag.New(diag.ForeignFile, diag.Range{Filename: o.out}, "leat overwrites only what it wrote, and the first line of %s does not say so. Name another file with -o, or remove this one.", o.out).
			WithSummary("%s was not written by leat", o.out))
	}
	same := exists && bytes.Equal(bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n")), text)
	status := "written"
	switch {
	case same:
		status = "up to date"
	case o.check:
		what := "differs from what the activations say"
		if !exists {
			what = "does not exist"
		}
		return Failed, a.fail(diag.New(diag.ExposuresOutdated, diag.Range{Filename: o.out}, "%s %s. Run `leat exposures -o %s` and commit the file.", o.out, what, o.out))
	case exists:
		err = replaceFile(path, text)
	default:
		err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644))
	}
	if !same && err != nil {
		return Failed, fmt.Errorf("write exposures: %w", err)
	}
	a.show(fmt.Sprintf("%s: %s, %s\n", o.out, status, view.Count(n, "exposure")), view.JSON(struct {
		FormatVersion string `json:"format_version"`
		File          string `json:"file"`
		Status        string `json:"status"`
		Exposures     int    `json:"exposures"`
	}{"1.0", o.out, status, n}))
	return OK, nil
}
