package cli

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/runtime/scaffold"
)

func (a *app) initCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Start a leat project in a dbt project",
		Long: `Finds the dbt project from the working folder upward, then downward, and writes
beside its dbt_project.yml: leat.hcl, a first activation, and lines in .gitignore.
The activation takes the model best fit for one, by the manifest: its columns are
known, and tests prove a key of it. It sends rows to a CSV file, leaves out what
looks personal, and is valid as it stands.

Without a manifest only leat.hcl is written; after a dbt build, run init again.
It never overwrites: a project that has activations is left alone.`,
		Example: "  leat init\n  leat --chdir transform init\n  leat init --json",
		Args:    cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (Exit, error) {
			opts, err := a.projectOptions()
			if err != nil {
				return Failed, err
			}
			p, ds, err := scaffold.Propose(opts)
			if err != nil {
				return Failed, err
			}
			if p == nil {
				return a.report(ds), nil
			}
			if err := scaffold.Write(p); err != nil {
				return Failed, err
			}
			folder := ""
			if rel, err := filepath.Rel(a.dir(), p.Root); err == nil && rel != "." {
				folder = filepath.ToSlash(rel)
			}
			a.show(view.Init(p, folder, a.style()), view.InitJSON(p, folder, ds))
			if !a.json {
				a.report(ds)
			}
			return OK, nil
		}),
	}
}
