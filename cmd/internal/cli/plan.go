package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/planner"
	"github.com/leat-dev/leat/runtime/state"
)

type planOptions struct {
	ignoreRequires bool
	out            string
	format         string
	detailed       bool
	asOf           string
	samples        int
	choice         selectOptions
}

func (a *app) planCmd() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change",
		Long: `Reads the models from the warehouse, compares them with what the destinations
last acknowledged, and shows what an apply would send. It sends nothing and
starts no plugin. With -o the plan is saved, and apply sends exactly its rows.

--format markdown writes a comment for a pull request: 60,000 characters at
most, the worst first. html is a page of its own, which needs no network.

--select takes dbt's own selections: customers+ are the activations of a model,
tag:daily, destination:hubspot, state:modified+ and so on.`,
		Example: "  leat plan\n  leat plan -o today.leatplan && leat apply today.leatplan\n  leat plan --select tag:daily customers+ --exclude destination:hubspot\n  leat plan --detailed-exitcode --json\n  leat plan --format markdown > comment.md",
		Args:    cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, _ []string) (Exit, error) {
			if err := a.planFormat(o.format); err != nil {
				return Usage, err
			}
			return a.plan(ctx, o)
		}),
	}
	f := cmd.Flags()
	o.choice.flags(f)
	f.StringVarP(&o.out, "out", "o", "", "save the plan to this `file`")
	planFormatFlag(cmd, &o.format)
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 when there are changes")
	f.IntVar(&o.samples, "samples", -1, "show `N` rows of each operation before and after, labelled values masked; elsewhere\nthan as text on a terminal only public columns, bools and enums are shown; default: 3 on a\nterminal, none elsewhere")
	f.BoolVar(&o.ignoreRequires, "ignore-requires", false, ignoreRequiresUsage)
	f.StringVar(&o.asOf, "as-of", "", "what today() and now() mean, as RFC 3339 `time`; default: now")
	return cmd
}

// asOf is the time of a plan, which dbt's dates are held against too.
func (a *app) asOf(text string) (time.Time, error) {
	t := a.Now()
	if text != "" {
		var err error
		if t, err = time.Parse(time.RFC3339, text); err != nil {
			return t, usageError{fmt.Errorf("--as-of takes a time such as 2026-05-01T08:00:00Z, not %q", text)}
		}
	}
	a.judged = t.UTC().Truncate(time.Second)
	return a.judged, nil
}

func (a *app) plan(ctx context.Context, o planOptions) (Exit, error) {
	asOf, err := a.asOf(o.asOf)
	if err != nil {
		return Usage, err
	}
	pre, err := a.prepare(ctx, o.choice)
	if err != nil || pre == nil {
		return a.unprepared(err)
	}
	if err := a.noteUnfinished(pre.state); err != nil {
		return Failed, err
	}
	if o.out != "" {
		if err := pre.state.Create(a.Random); err != nil {
			return Failed, err
		}
		lock, code, err := a.lock(pre.state, "plan -o")
		if err != nil || code != OK {
			return code, err
		}
		defer func() { _ = lock.Unlock() }()
	}
	pre.ignoreRequires = o.ignoreRequires
	res, code, err := a.makePlan(ctx, pre, asOf, o.out != "", a.sampleRows(o.samples, o.format))
	if err != nil || code != OK {
		return code, err
	}
	if o.out != "" {
		if err := a.writePlan(o.out, res.Bytes); err != nil {
			return Failed, err
		}
	}
	if err := a.showPlan(o.format, res.Document, res.Bytes, res.Samples); err != nil {
		return Failed, err
	}
	if !a.json && o.format == formatText && o.out != "" && !res.Document.Tripped() {
		fmt.Fprintf(a.Out, "\nSaved as %s (%s). Apply exactly this plan with:\n  leat apply %s\n", o.out, shortDigest(res.Digest), o.out)
	}
	switch {
	case a.stopped(res.Document, pre.compiled):
		return Stopped, nil
	case o.detailed && hasChanges(res.Document):
		return Changes, nil
	}
	return OK, nil
}

// noteUnfinished tells of runs whose answers are not in state yet: the plan
// may show rows that were sent.
func (a *app) noteUnfinished(s *state.Store) error {
	open, err := s.Unfinished()
	if err != nil {
		return err
	}
	for _, digest := range open {
		fmt.Fprintf(a.Err, "Note: an earlier apply did not finish (plan %s). This plan may\nshow rows that it sent; the next `leat apply` finds that out first.\n\n", shortDigest(digest))
	}
	return nil
}

// writePlan writes a plan file whole: only its owner may read it.
func (a *app) writePlan(name string, doc []byte) error {
	path := a.path(name)
	temp := path + ".tmp"
	if err := errors.Join(os.WriteFile(temp, doc, 0o600), os.Rename(temp, path)); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// lock locks an environment's state. A code other than OK has been reported;
// then there is no lock.
func (a *app) lock(s *state.Store, what string) (*state.Lock, Exit, error) {
	lock, ds, err := s.Lock(a.holder(what))
	switch {
	case err != nil:
		return nil, Failed, err
	case a.report(ds) != OK:
		return nil, Locked, nil
	}
	return lock, OK, nil
}

// holder is what a lock says about this run.
func (a *app) holder(what string) state.Holder {
	host, _ := os.Hostname() // a lock without a name is still a lock
	who := "unknown"
	if u, ok := a.Env("USER"); ok && u != "" {
		who = u
	}
	return state.Holder{Run: a.runID(), Who: who + "@" + host, What: "leat " + what, PID: os.Getpid(), Since: a.Now().UTC().Format(time.RFC3339)}
}

// makePlan runs the planner and reports its problems.
func (a *app) makePlan(ctx context.Context, pre *prepared, asOf time.Time, store bool, samples int) (*planner.Result, Exit, error) {
	dest := map[string]planner.Destination{}
	var ds diag.Diagnostics
	for at, d := range pre.compiled.Destinations {
		config, more := planConfig(d)
		ds.Extend(more)
		evidence := ""
		if d.Schema.Schema != nil {
			evidence = string(d.Schema.Schema.Evidence)
		}
		dest[at.Type+"."+at.Name] = planner.Destination{Config: config, Evidence: evidence}
	}
	keys, more := a.secretKeys(pre.neighbours)
	ds.Extend(more)
	if a.report(ds) != OK {
		return nil, Failed, nil
	}
	names := append([]string{}, check.Names(pre.project.Config, pre.project.Input.Constants)...) // not nil: none is known, too
	for was := range check.Former(pre.project.Config, pre.project.Input.Constants) {
		names = append(names, was)
	}
	meta := pre.project.Input.Manifest.Metadata
	progress, done := a.planProgress()
	res, ds, err := planner.Plan(ctx, planner.Request{
		Activations: pre.compiled.Activations, Configured: names, Removals: pre.compiled.Removals, Resting: pre.resting, Target: pre.compiled.Target, Neighbours: pre.neighbours, Source: pre.source, State: pre.state,
		Project: plan.Project{ConfigDigest: pre.project.ConfigDigest, ManifestDigest: pre.project.ManifestDigest,
			DBTSchema: fmt.Sprintf("v%d", meta.SchemaVersion), Adapter: meta.Adapter},
		Leat: Version, Environment: pre.environment, AsOf: asOf, IgnoreRequires: pre.ignoreRequires, Destinations: dest, Keys: keys, Warnings: pre.warnings,
		Verdicts: verdictsOf(pre.project, pre.compiled.Activations),
		Store:    store, Samples: samples, Progress: progress,
	})
	done()
	if err != nil {
		return nil, Failed, err
	}
	if a.report(fresh(ds, pre.warnings)) != OK {
		return nil, Failed, nil
	}
	return res, OK, nil
}

// fresh leaves out what has been reported before.
func fresh(ds, old diag.Diagnostics) diag.Diagnostics {
	var out diag.Diagnostics
	for _, d := range ds {
		if !slices.ContainsFunc(old, func(o diag.Diagnostic) bool {
			return o.Code == d.Code && o.Range == d.Range && o.Detail == d.Detail
		}) {
			out.Append(d)
		}
	}
	return out
}

// stopped reports the guards that a plan trips, and whether there are any.
func (a *app) stopped(d *plan.Document, res *check.Result) bool {
	var ds diag.Diagnostics
	for _, act := range d.Activations {
		for _, g := range act.Guards {
			if !g.Tripped {
				continue
			}
			rng := diag.Range{Filename: act.Range.Filename}
			rng.Start.Line, rng.Start.Column, rng.End.Line, rng.End.Column = act.Range.Line, 1, act.Range.Line, 1
			if strings.HasPrefix(g.Name, "requires.") {
				unmet := diag.New(diag.RequirementUnmet, rng, "%s. Nothing was written. Build and test the model again and give leat the new run results, or pass --ignore-requires, which the plan records.",
					upperFirst(view.GuardText(g))).WithSummary("%s requires more of its model", act.Address)
				if g.Name == plan.RequiresTests {
					unmet = atFailing(unmet, act.Name, res)
				}
				ds.Append(unmet)
				continue
			}
			if g.Name == plan.ConsentRows {
				ds.Append(diag.New(diag.ConsentEmpty, rng, "%s has no row whose match keys are not null, so nobody would have consented, and on_withdrawn would be done to every record. Nothing was written. Build it again, and look at `match` of the block `consent`.",
					act.Consent.Source.Name).WithSummary("Nobody has consented to %s", act.Address))
				continue
			}
			if act.Removed != "" {
				ds.Append(diag.New(diag.GuardTripped, rng, "%s. Nothing was written. The guard is the one that %s had. If the change is meant, put the activation back with a higher %s, apply that, and remove it again.",
					view.GuardText(g), act.Address, g.Name).WithSummary("Guard %s of %s tripped", g.Name, act.Address))
				continue
			}
			if g.Kept {
				ds.Append(diag.New(diag.GuardTripped, rng, "%s. Nothing was written. The configuration does not give %s any more, so that the limit of the last apply holds on. If the change is meant, give %s in the guard block of %s and plan again.",
					view.GuardText(g), g.Name, g.Name, act.Address).WithSummary("Guard %s of %s tripped", g.Name, act.Address))
				continue
			}
			ds.Append(diag.New(diag.GuardTripped, rng, "%s. Nothing was written. If the change is meant, raise %s in the guard block of %s and plan again.",
				view.GuardText(g), g.Name, act.Address).WithSummary("Guard %s of %s tripped", g.Name, act.Address))
		}
	}
	if len(ds) > 0 {
		fmt.Fprint(a.Err, "\n"+view.Diagnostics(ds.Sorted(), a.sources, a.errStyle()))
	}
	return len(ds) > 0
}

// failingShown is how many tests that did not pass are named.
const failingShown = 5

// atFailing relates a diagnostic to the tests of a model that did not pass.
func atFailing(d diag.Diagnostic, activation string, res *check.Result) diag.Diagnostic {
	for _, act := range res.Activations {
		if act.Name != activation || act.Requires == nil {
			continue
		}
		for i, t := range act.Requires.Failing {
			if i == failingShown {
				return d.WithRelated(diag.Range{}, "and %d more", len(act.Requires.Failing)-i)
			}
			status := t.Status
			if status == "" {
				status = "no verdict is known"
			}
			d = d.WithRelated(t.Place, "test %s: %s", t.Name, status)
		}
	}
	return d
}

const ignoreRequiresUsage = "go on although what a requires block asks of its model\ndoes not hold; the plan records it"

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func hasChanges(d *plan.Document) bool {
	return slices.ContainsFunc(d.Activations, func(a plan.Activation) bool {
		return a.Counts.Deliverable()+a.Counts.Local() > 0 || a.Moved != nil || a.Removed == plan.RemovedKeep
	})
}

func shortDigest(d string) string {
	if len(d) > 19 {
		return d[:19]
	}
	return d
}
