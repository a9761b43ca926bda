package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
)

func (a *app) validateCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration: names, types, keys and proofs",
		Long: `Compiles every activation against the dbt manifest and the destinations' schemas
and reports every problem it finds. It needs no network, no credentials and no
warehouse: run it on every pull request.`,
		Example: "  leat validate\n  leat validate --json | jq '.diagnostics[].code'",
		Args:    cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (Exit, error) {
			p, ds, err := a.load()
			if err != nil {
				return Failed, err
			}
			n := 0
			if p != nil {
				res, more := p.Compile(nil)
				ds.Extend(more)
				n = len(res.Activations)
			}
			ds = ds.Sorted()
			if a.json {
				a.print(view.DiagnosticsJSON(ds, a.sources))
			} else {
				a.report(ds)
				a.print([]byte(view.Verdict(ds, n, a.style())))
			}
			if ds.HasErrors() {
				return Failed, nil
			}
			return OK, nil
		}),
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
