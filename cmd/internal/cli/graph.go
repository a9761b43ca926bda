package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/graph"
)

var graphFormats = []string{"text", "dot", "mermaid", "json"}

func (a *app) graphCmd() *cobra.Command {
	format, fields := "", false
	var choice selectOptions
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw where rows flow: model, activation, destination, object",
		Long: `Draws the activations with what they read and where they write; with --fields
also which column feeds which field. It needs no network and no warehouse, and
the same configuration gives the same bytes.

--format dot is for Graphviz, mermaid for Markdown on GitHub and GitLab.`,
		Example: "  leat graph\n  leat graph --format dot | dot -Tsvg > leat.svg\n  leat graph --format mermaid --fields --select destination:hubspot",
		Args:    cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (Exit, error) {
			if !slices.Contains(graphFormats, format) {
				return Usage, usageError{fmt.Errorf("--format takes %s, not %q", strings.Join(graphFormats, ", "), format)}
			}
			a.json = a.json || format == "json"
			return a.graph(format, fields, choice)
		}),
	}
	cmd.Flags().StringVar(&format, "format", "text", strings.Join(graphFormats, ", "))
	cmd.Flags().BoolVar(&fields, "fields", false, "show columns and fields too")
	choice.flags(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(graphFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) graph(format string, fields bool, choice selectOptions) (Exit, error) {
	p, _, chosen, err := a.compileChosen(choice)
	if err != nil || chosen == nil {
		return Failed, err
	}
	g := graph.Build(graph.Input{Activations: chosen.Activations, Config: p.Config, Manifest: p.Input.Manifest, Fields: fields})
	text := ""
	switch format {
	case "dot":
		text = g.DOT()
	case "mermaid":
		text = g.Mermaid()
	default:
		text = view.Graph(g, a.style())
	}
	a.show(text, view.GraphJSON(g))
	return OK, nil
}
