package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/planner"
)

// The formats of a plan. JSON is the plan document itself.
const (
	formatText     = "text"
	formatMarkdown = "markdown"
	formatHTML     = "html"
)

var planFormats = []string{formatText, "json", formatMarkdown, formatHTML}

// sampleRows is how many rows of each operation a terminal shows.
const sampleRows = 3

// planFormatFlag adds the flag --format of commands that show a plan.
func planFormatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", formatText, strings.Join(planFormats, ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(planFormats, cobra.ShellCompDirectiveNoFileComp))
}

// planFormat checks the value of --format. json is the same as --json.
func (a *app) planFormat(format string) error {
	if !slices.Contains(planFormats, format) {
		return usageError{fmt.Errorf("--format takes %s, not %q", strings.Join(planFormats, ", "), format)}
	}
	a.json = a.json || format == "json"
	return nil
}

func (a *app) showCmd() *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use:     "show FILE",
		Short:   "Show a saved plan",
		Long:    "Renders a plan file. It needs no plugin, no network, no warehouse and no project.",
		Example: "  leat show today.leatplan\n  leat show today.leatplan --json\n  leat show today.leatplan --format html > plan.html",
		Args:    cobra.ExactArgs(1),
		RunE: a.run(func(_ context.Context, args []string) (Exit, error) {
			if err := a.planFormat(format); err != nil {
				return Usage, err
			}
			doc, text, code, err := a.readPlan(args[0])
			if err != nil || code != OK {
				return code, err
			}
			if err := a.showPlan(format, doc, text, nil); err != nil {
				return Failed, err
			}
			return OK, nil
		}),
	}
	planFormatFlag(cmd, &format)
	return cmd
}

// readPlan reads a plan file and reports what is wrong with it.
func (a *app) readPlan(name string) (*plan.Document, []byte, Exit, error) {
	path := a.path(name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		a.report(diag.Diagnostics{diag.New(diag.UnreadableFile, diag.Range{Filename: name}, "There is no file %s. Make a plan with `leat plan -o FILE`.", name)})
		return nil, nil, Failed, nil
	}
	if err != nil {
		return nil, nil, Failed, fmt.Errorf("read plan: %w", err)
	}
	doc, ds := plan.Decode(text, name)
	if code := a.report(ds); code != OK {
		return nil, nil, code, nil
	}
	return doc, text, OK, nil
}

// sampleRows is the number of rows to show before and after: as asked, else
// none where the output may be kept.
func (a *app) sampleRows(asked int, format string) int {
	switch {
	case a.json:
		return 0
	case asked >= 0:
		return asked
	case a.open(format):
		return sampleRows
	}
	return 0
}

// open says that what is shown is for the eyes at a terminal: any other output
// may be kept, sent or posted.
func (a *app) open(format string) bool { return a.Terminal && format == formatText }

func (a *app) showPlan(format string, doc *plan.Document, bytes []byte, samples []planner.Sample) error {
	rows := viewSamples(doc, samples, a.open(format))
	switch {
	case a.json:
		a.print(bytes)
	case format == formatMarkdown:
		a.print([]byte(view.PlanMarkdown(doc, plan.Digest(bytes), rows)))
	case format == formatHTML:
		page, err := view.PlanHTML(doc, plan.Digest(bytes), rows)
		if err != nil {
			return err
		}
		a.print(page)
	default:
		a.print([]byte(view.Plan(doc, rows, a.style())))
	}
	return nil
}
