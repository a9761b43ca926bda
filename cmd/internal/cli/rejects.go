package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/state"
)

func (a *app) rejectsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rejects",
		Short: "Look at rows a destination refused, and retry them",
		Long: `A row that a destination refused is remembered with the class and code of the
refusal. It is sent again when what would be sent differs, when the refusal was
of a kind that passes, or when you ask for it with ` + "`leat rejects retry`" + `.`,
		Example: "  leat rejects list\n  leat rejects show contacts 42 --reveal\n  leat rejects retry contacts",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	limit := 0
	var o selectOptions
	list := &cobra.Command{
		Use:     "list [ACTIVATION | --select ...]",
		Short:   "List refused rows",
		Long:    "Lists the rows that are rejected now, with their ids and why, in order of id.",
		Example: "  leat rejects list\n  leat rejects list contacts --limit 0 --json\n  leat rejects list --select tag:daily",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.run(func(ctx context.Context, args []string) (Exit, error) {
			if limit < 0 {
				return Usage, usageError{errors.New("--limit takes a number from 0, which is all")}
			}
			return a.rejectsList(ctx, args, limit, o)
		}),
	}
	o.flags(list.Flags())
	list.Flags().IntVar(&limit, "limit", 100, "rows to list of each activation; 0 is all")
	reveal := false
	show := &cobra.Command{
		Use:     "show ACTIVATION ID",
		Short:   "Show one refused row",
		Long:    "Shows a refused row. What the destination said in its own words, and the values\nof the row, are shown only with --reveal.",
		Example: "  leat rejects show contacts 42\n  leat rejects show contacts 42 --reveal",
		Args:    cobra.ExactArgs(2),
		RunE: a.run(func(ctx context.Context, args []string) (Exit, error) {
			return a.showRow(ctx, args[0], args[1], state.RowQuery{Rejected: true}, reveal)
		}),
	}
	show.Flags().BoolVar(&reveal, "reveal", false, "show the destination's words and the values of the row")
	all := false
	var chosen selectOptions
	retry := &cobra.Command{
		Use:   "retry ACTIVATION [ID...] | --select ... | --all",
		Short: "Have refused rows sent again",
		Long: `Forgets what was refused, so that the next plan sends the rows again although
nothing in them has changed: after you have fixed something in the destination.
It sends nothing itself. Saved plans of the activation become stale.`,
		Example: "  leat rejects retry contacts\n  leat rejects retry contacts 42 43\n  leat rejects retry --select tag:daily --exclude destination:hubspot\n  leat rejects retry --all && leat apply",
		RunE: a.run(func(ctx context.Context, args []string) (Exit, error) {
			if chosen.given() && (all || len(args) > 0) || !chosen.given() && all == (len(args) > 0) {
				return Usage, usageError{errors.New("rejects retry takes an activation, a selection (--select, --exclude or --selector), or --all")}
			}
			return a.rejectsRetry(ctx, args, chosen)
		}),
	}
	chosen.flags(retry.Flags())
	retry.Flags().BoolVar(&all, "all", false, "retry every refused row of every activation")
	cmd.AddCommand(list, show, retry)
	return cmd
}

// headsOf are the heads of the activation named, or of all. Problems are
// reported; heads that can be read are returned all the same.
func (a *app) headsOf(s *state.Store, names []string) ([]*state.Head, Exit, error) {
	if len(names) > 0 {
		h, code, err := a.head(s, names[0])
		if err != nil || h == nil {
			return nil, code, err
		}
		return []*state.Head{h}, OK, nil
	}
	heads, ds, err := s.ListActivations()
	if err != nil {
		return nil, Failed, err
	}
	return heads, a.report(ds), nil
}

func (a *app) rejectsList(ctx context.Context, args []string, limit int, o selectOptions) (Exit, error) {
	s, info, err := a.environmentState()
	if err != nil || s == nil {
		return Failed, err
	}
	heads, code, err := a.headsOf(s, args)
	if err != nil || code != OK {
		return code, err
	}
	if heads, code, err = a.chooseHeads(heads, o); err != nil || code != OK {
		return code, err
	}
	var lists []view.RejectList
	for _, h := range heads {
		total := h.Counts[state.Rejected.Name()]
		if total == 0 {
			continue
		}
		rows, ds, err := s.LiveRows(ctx, h, state.RowQuery{Rejected: true, Limit: limit})
		if err != nil || a.report(ds) != OK {
			return Failed, err
		}
		l := view.RejectList{Activation: h.Activation, Total: total}
		for _, r := range rows {
			l.Rows = append(l.Rows, viewRow(h, r, false))
		}
		lists = append(lists, l)
	}
	a.show(view.Rejects(info, lists, a.style()), view.RejectsJSON(info, lists))
	return OK, nil
}

func (a *app) rejectsRetry(ctx context.Context, args []string, o selectOptions) (Exit, error) {
	s, info, err := a.environmentState()
	if err != nil || s == nil {
		return Failed, err
	}
	if s.Exists() {
		lock, code, err := a.lock(s, "rejects retry")
		if err != nil || code != OK {
			return code, err
		}
		defer func() { _ = lock.Unlock() }() // the process ends and frees it
		open, err := s.Unfinished()
		if err != nil {
			return Failed, err
		}
		if len(open) > 0 { // it would find the state at another serial than its plan
			return Failed, a.fail(diag.New(diag.RunUnfinished, diag.Range{},
				"An apply in environment %q was interrupted and not continued. Run `leat apply` first, then retry.", info.Environment))
		}
	}
	heads, code, err := a.headsOf(s, args)
	if err != nil || code != OK {
		return code, err
	}
	if heads, code, err = a.chooseHeads(heads, o); err != nil || code != OK {
		return code, err
	}
	var done []view.Retried
	for _, h := range heads {
		n, code, err := a.retry(ctx, s, h, args[min(1, len(args)):])
		if err != nil || code != OK {
			return code, err
		}
		if n > 0 {
			done = append(done, view.Retried{Activation: h.Activation, Rows: n})
		}
	}
	a.show(view.Retries(done), view.RetriesJSON(info, done))
	return OK, nil
}

// retry forgets the refusals of the ids, or of all rows when none is given.
func (a *app) retry(ctx context.Context, s *state.Store, h *state.Head, ids []string) (int64, Exit, error) {
	var wanted [][]string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		parts, d := idParts(h, id)
		if d != nil {
			return 0, Failed, a.fail(*d)
		}
		wanted = append(wanted, parts)
	}
	if len(wanted) > 0 {
		rows, ds, err := s.LiveRows(ctx, h, state.RowQuery{IDs: wanted, Rejected: true})
		if err != nil || a.report(ds) != OK {
			return 0, Failed, err
		}
		if len(rows) < len(wanted) {
			return 0, Failed, a.fail(diag.New(diag.NoSuchState, diag.Range{},
				"%d of the %d ids given are not rejected rows of activation %q; nothing was changed. `leat rejects list %s` shows which are rejected.", len(wanted)-len(rows), len(wanted), h.Activation, h.Activation).
				WithSummary("Not every id is a rejected row"))
		}
	}
	n, ds, err := s.ForgetRefusals(ctx, h, wanted)
	if err != nil || a.report(ds) != OK {
		return 0, Failed, err
	}
	return n, OK, nil
}
