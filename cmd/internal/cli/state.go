package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
)

func (a *app) stateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Look into what destinations acknowledged",
		Long: `State is leat's memory of what each destination holds: per activation and id the
key and values it acknowledged, the record's id there, and refusals. These
commands only read it.`,
		Example: "  leat state list\n  leat state show contacts\n  leat state show contacts 42 --reveal",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var o selectOptions
	list := &cobra.Command{
		Use:     "list",
		Short:   "List the activations that have state",
		Long:    "Lists every activation with state in this environment, its rows by status, the\naccount it belongs to, and the last plan that was applied.",
		Example: "  leat state list\n  leat state list --select destination:hubspot --json",
		Args:    cobra.NoArgs,
		RunE:    a.run(func(context.Context, []string) (Exit, error) { return a.stateList(o) }),
	}
	o.flags(list.Flags())
	cmd.AddCommand(list)
	reveal := false
	show := &cobra.Command{
		Use:   "show ACTIVATION [ID]",
		Short: "Show the state of an activation or of one row",
		Long: `Without an ID, shows which columns the state of an activation has and how many
rows. With one, shows that row: its status, the record's id in the destination,
where the record came from and the last refusal. The parts of an id of several
columns are joined by commas. Values are shown only with --reveal.`,
		Example: "  leat state show contacts\n  leat state show contacts 42\n  leat state show order_lines 1001,3 --reveal",
		Args:    cobra.RangeArgs(1, 2),
		RunE: a.run(func(ctx context.Context, args []string) (Exit, error) {
			if len(args) == 1 {
				return a.stateShow(args[0])
			}
			return a.showRow(ctx, args[0], args[1], state.RowQuery{}, reveal)
		}),
	}
	show.Flags().BoolVar(&reveal, "reveal", false, "show the values of the row")
	cmd.AddCommand(show)
	return cmd
}

// environmentState opens the state of the project's environment. Problems are
// reported; the store is nil when there is an error among them. Mistakes in
// activations do not hide the state.
func (a *app) environmentState() (*state.Store, view.StateInfo, error) {
	p, ds, err := a.load()
	if err != nil {
		return nil, view.StateInfo{}, err
	}
	if p == nil || p.Config.Poisoned {
		a.report(ds)
		return nil, view.StateInfo{}, nil
	}
	env, more := p.Environment(nil)
	if more.HasErrors() { // not configured: it is the dbt target's name
		target, problems := p.Target()
		if target == nil {
			if len(problems) == 0 { // there is no dbt project, as Load has said
				problems = ds
			}
			a.report(problems)
			return nil, view.StateInfo{}, nil
		}
		env, _ = p.Environment(target)
	}
	s, ds, err := a.openState(p, env)
	if err != nil || a.report(ds) != OK {
		return nil, view.StateInfo{}, err
	}
	return s, view.StateInfo{Environment: env, Dir: s.Dir()}, nil
}

func (a *app) stateList(o selectOptions) (Exit, error) {
	s, info, err := a.environmentState()
	if err != nil || s == nil {
		return Failed, err
	}
	heads, ds, err := s.ListActivations()
	if err != nil {
		return Failed, err
	}
	code := a.report(ds)
	if a.json && code != OK {
		return code, nil // the diagnostics are the document
	}
	heads, chosen, err := a.chooseHeads(heads, o)
	if err != nil || chosen != OK {
		return chosen, err
	}
	shown := make([]view.StateHead, len(heads))
	for i, h := range heads {
		shown[i] = viewHead(h)
	}
	a.show(view.State(info, shown, a.style()), view.StateJSON(info, shown))
	return code, nil
}

func (a *app) stateShow(name string) (Exit, error) {
	s, info, err := a.environmentState()
	if err != nil || s == nil {
		return Failed, err
	}
	h, code, err := a.head(s, name)
	if err != nil || h == nil {
		return code, err
	}
	shown := viewHead(h)
	a.show(view.StateActivation(info, shown, a.style()), view.StateActivationJSON(info, shown, nil))
	return OK, nil
}

// head reads the head of an activation named on the command line; without
// one, it reports why and returns nil.
func (a *app) head(s *state.Store, name string) (*state.Head, Exit, error) {
	name = strings.TrimPrefix(name, "activation.")
	h, ds, err := s.Head(name)
	if err != nil || a.report(ds) != OK {
		return nil, Failed, err
	}
	if h != nil {
		return h, OK, nil
	}
	if h, err = a.notMoved(s, name); err != nil || h != nil {
		return h, OK, err
	}
	heads, _, err := s.ListActivations() // a damaged neighbour is not asked for
	if err != nil {
		return nil, Failed, err
	}
	known := make([]string, len(heads))
	for i, h := range heads {
		known[i] = h.Activation
	}
	return nil, Failed, a.fail(diag.New(diag.NoSuchState, diag.Range{},
		"The state of environment %q holds nothing of an activation %q.%s `leat state list` shows what it holds.", s.Environment(), name, diag.DidYouMean(name, known)).
		WithSummary("No state of activation %q", name))
}

// notMoved finds the state of an activation that got another name, which the
// next apply gives to its state.
func (a *app) notMoved(s *state.Store, name string) (*state.Head, error) {
	p, _, err := a.load()
	if err != nil || p == nil {
		return nil, err
	}
	for was, now := range check.Former(p.Config, p.Input.Constants) {
		if now != name {
			continue
		}
		h, ds, err := s.Head(was)
		if err != nil {
			return nil, err
		}
		if h != nil && !ds.HasErrors() {
			fmt.Fprintf(a.Err, "Note: the state of activation.%s is still that of\nactivation.%s; the next `leat apply` moves it.\n\n", name, was)
			return h, nil
		}
	}
	return nil, nil
}

// showRow shows one row of state.
func (a *app) showRow(ctx context.Context, name, id string, q state.RowQuery, reveal bool) (Exit, error) {
	s, info, err := a.environmentState()
	if err != nil || s == nil {
		return Failed, err
	}
	h, code, err := a.head(s, name)
	if err != nil || h == nil {
		return code, err
	}
	parts, d := idParts(h, id)
	if d != nil {
		return Failed, a.fail(*d)
	}
	q.IDs, q.Limit = [][]string{parts}, 1
	rows, ds, err := s.LiveRows(ctx, h, q)
	if err != nil || a.report(ds) != OK {
		return Failed, err
	}
	if len(rows) == 0 {
		what := "row"
		if q.Rejected {
			what = "rejected row"
		}
		return Failed, a.fail(diag.New(diag.NoSuchState, diag.Range{},
			"The state of activation %q holds no %s with the id that was given. Ids are written as the warehouse prints them.", h.Activation, what).
			WithSummary("No such row in the state of %q", h.Activation))
	}
	shown, row := viewHead(h), viewRow(h, rows[0], reveal)
	a.show(view.StateRowText(shown, row, a.style()), view.StateActivationJSON(info, shown, &row))
	return OK, nil
}

// idParts takes an id from the command line apart.
func idParts(h *state.Head, id string) ([]string, *diag.Diagnostic) {
	if len(h.ID) == 1 {
		return []string{id}, nil
	}
	parts := strings.Split(id, ",")
	if len(parts) == len(h.ID) {
		return parts, nil
	}
	names := make([]string, len(h.ID))
	for i, c := range h.ID {
		names[i] = c.Name
	}
	d := diag.New(diag.NoSuchState, diag.Range{}, "The id of activation %q has %d parts, joined by commas: %s.", h.Activation, len(h.ID), strings.Join(names, ",")).
		WithSummary("Incomplete id")
	return nil, &d
}

func viewHead(h *state.Head) view.StateHead {
	return view.StateHead{Activation: h.Activation, Plugin: h.Plugin, Destination: h.Destination, Object: h.Object, Account: h.Account,
		Serial: h.Serial, Mode: h.Mode, OnRemoved: h.OnRemoved, Plan: h.Plan, AsOf: h.AsOf, Rows: h.Live(), Counts: h.Counts,
		ID: viewColumns(h.ID), Key: viewColumns(h.Key), Fields: viewColumns(h.Fields), Retired: viewColumns(h.Retired)}
}

func viewColumns(cs []diff.Column) []view.StateColumn {
	out := make([]view.StateColumn, len(cs))
	for i, c := range cs {
		out[i] = view.StateColumn(c)
	}
	return out
}

// viewRow is a row as it may be shown: its id, which the user knows, and the
// values only when they were asked for.
func viewRow(h *state.Head, r state.LiveRow, reveal bool) view.StateRow {
	out := view.StateRow{Status: r.Status.Name(), Origin: r.Origin, DestID: r.DestID, SyncedAt: r.SyncedAt,
		ID: viewCells(h.ID, r.ID, true), Key: viewCells(h.Key, r.Key, reveal)}
	mapped := len(h.Fields)
	out.Fields = append(viewCells(h.Fields, r.Fields[:mapped], reveal), viewCells(h.Retired, r.Fields[mapped:], reveal)...)
	for i, sent := range r.Sent {
		out.Fields[i].Sent = sent
	}
	if r.Status == state.Rejected {
		out.Refusal = &view.Refusal{Class: r.RefusedClass, Code: r.RefusedCode, Field: r.RefusedField, Transient: r.Transient,
			Forgotten: !r.Remembered, Attempts: r.Attempts, First: r.FirstRefused, Last: r.LastRefused}
		if reveal {
			out.Refusal.Text, _ = r.RefusedText.Reveal()
		}
	}
	return out
}

func viewCells(cs []diff.Column, values []duck.Value, reveal bool) []view.StateCell {
	out := make([]view.StateCell, len(cs))
	for i, c := range cs {
		out[i] = view.StateCell{Name: c.Name, Hidden: !reveal, Sent: true}
		if text, ok := values[i].Reveal(); ok && reveal {
			out[i].Value = &text
		}
	}
	return out
}
