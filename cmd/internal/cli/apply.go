package cli

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/project"
	"github.com/leat-dev/leat/runtime/run"
	"github.com/leat-dev/leat/runtime/state"
)

type applyOptions struct {
	ignoreRequires bool
	approve        bool
	asOf           string
	choice         selectOptions
}

func (a *app) applyCmd() *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:   "apply [FILE]",
		Short: "Send a plan's changes to the destinations",
		Long: `With a plan file, sends exactly the rows of that plan; a plan that no longer
fits the state is refused. Without one, plans, asks, and sends.

A run that was interrupted is continued by running the same command again: rows
whose outcome is in doubt are sent again or looked up, never guessed.`,
		Example: "  leat plan -o today.leatplan && leat apply today.leatplan\n  leat apply --auto-approve --select tag:daily",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.run(func(ctx context.Context, args []string) (Exit, error) {
			if len(args) == 1 && o.choice.given() {
				return Usage, usageError{errors.New("a saved plan is applied whole; select when you make it: leat plan --select ... -o " + args[0])}
			}
			if len(args) == 1 {
				return a.applyFile(ctx, args[0])
			}
			return a.applyNow(ctx, o)
		}),
	}
	o.choice.flags(cmd.Flags())
	cmd.Flags().BoolVar(&o.approve, "auto-approve", false, "do not ask before writing")
	cmd.Flags().BoolVar(&o.ignoreRequires, "ignore-requires", false, ignoreRequiresUsage)
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "what today() and now() mean, as RFC 3339 `time`; default: now")
	return cmd
}

// applyFile applies a saved plan.
func (a *app) applyFile(ctx context.Context, name string) (Exit, error) {
	doc, text, code, err := a.readPlan(name)
	if err != nil || code != OK {
		return code, err
	}
	store, p, ds, err := a.stateOf(doc.Environment)
	if err != nil {
		return Failed, err
	}
	digest := plan.Digest(text)
	if !ds.HasErrors() {
		var more diag.Diagnostics
		if stored, problems, err := store.LoadPlan(digest); err != nil {
			return Failed, err
		} else if stored == nil && !problems.HasErrors() {
			more.Append(diag.New(diag.NothingStored, diag.Range{Filename: name},
				"The rows of this plan are not in the state of environment %q. Make the plan again with `leat plan -o %s`.", doc.Environment, name))
		} else {
			more.Extend(problems)
		}
		ds.Extend(more)
	}
	if a.report(ds) != OK {
		return Failed, nil
	}
	if a.report(staleSchemas(p, doc)) != OK {
		return Stale, nil
	}
	lock, code, err := a.lock(store, "apply")
	if err != nil || code != OK {
		return code, err
	}
	defer func() { _ = lock.Unlock() }()
	if code, err := a.settleOthers(ctx, store, lock, digest); err != nil || code != OK {
		return code, err
	}
	return a.deliver(ctx, store, lock, doc, digest)
}

// stateOf opens the state of a plan's environment: where the project says, or
// below the working directory where there is no project, which is nil then.
func (a *app) stateOf(environment string) (*state.Store, *project.Project, diag.Diagnostics, error) {
	_, err := project.FindRoot(a.dir())
	if errors.Is(err, project.ErrNoProject) {
		store, ds, err := state.Open(a.dir()+"/.leat", environment)
		return store, nil, ds, err
	}
	if err != nil {
		return nil, nil, nil, err
	}
	p, ds, err := a.load()
	if err != nil || p == nil {
		return nil, nil, ds, err
	}
	store, more, err := a.openState(p, environment)
	return store, p, more, err
}

// applyNow plans, asks and applies.
func (a *app) applyNow(ctx context.Context, o applyOptions) (Exit, error) {
	asOf, err := a.asOf(o.asOf)
	if err != nil {
		return Usage, err
	}
	if !o.approve && (!a.Terminal || a.json) {
		a.report(diag.Diagnostics{diag.New(diag.NotATerminal, diag.Range{},
			"There is nobody to ask here. Save a plan and apply it (`leat plan -o FILE`, `leat apply FILE`), or pass --auto-approve: guards still hold.")})
		return Failed, nil
	}
	pre, err := a.prepare(ctx, o.choice)
	if err != nil || pre == nil {
		return a.unprepared(err)
	}
	if err := pre.state.Create(a.Random); err != nil {
		return Failed, err
	}
	lock, code, err := a.lock(pre.state, "apply")
	if err != nil || code != OK {
		return code, err
	}
	defer func() { _ = lock.Unlock() }()
	if code, err := a.settleOthers(ctx, pre.state, lock, ""); err != nil || code != OK {
		return code, err
	}
	pre.ignoreRequires = o.ignoreRequires
	res, code, err := a.makePlan(ctx, pre, asOf, true, a.sampleRows(-1, formatText))
	if err != nil || code != OK {
		return code, err
	}
	if !a.json {
		if err := a.showPlan(formatText, res.Document, res.Bytes, res.Samples); err != nil {
			return Failed, err
		}
	}
	if a.stopped(res.Document, pre.compiled) {
		return Stopped, nil
	}
	if !hasChanges(res.Document) && len(res.Document.Graph) == 0 {
		ds, err := pre.state.KeepVerdicts(res.Document.Verdicts)
		if err != nil || a.report(ds) != OK {
			return Failed, err
		}
		if a.json {
			a.print(view.ApplyJSON(engine.Result{Status: engine.StatusDone}, res.Digest))
		}
		return OK, nil
	}
	if !o.approve {
		yes, err := a.ask("\nApply these changes? Only \"yes\" is taken as yes: ")
		if err != nil {
			return Failed, err
		}
		if !yes {
			fmt.Fprintln(a.Out, "Nothing was written.")
			return Failed, nil
		}
	}
	if !a.json {
		fmt.Fprintln(a.Out)
	}
	return a.deliver(ctx, pre.state, lock, res.Document, res.Digest)
}

func (a *app) ask(question string) (bool, error) {
	fmt.Fprint(a.Out, question)
	answer, err := bufio.NewReader(a.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read answer: %w", err)
	}
	return strings.TrimSpace(answer) == "yes", nil
}

// request is what every run over a stored plan needs.
func (a *app) request(store *state.Store, lock *state.Lock, digest string) (run.Request, error) {
	ds, err := descriptions()
	if err != nil {
		return run.Request{}, err
	}
	env := map[string][]string{}
	for name, d := range ds {
		env[name] = d.schema.EnvAllowed
	}
	root, err := project.FindRoot(a.dir())
	if err != nil {
		root = a.dir() // a plan can be applied without its project
	}
	var seed [8]byte
	if _, err := io.ReadFull(a.Random, seed[:]); err != nil {
		return run.Request{}, fmt.Errorf("read randomness: %w", err)
	}
	return run.Request{Store: store, Host: a.host(lock.File()), Digest: digest, Run: a.runID(), Version: Version, Env: a.Env, Now: a.Now,
		Seed: binary.LittleEndian.Uint64(seed[:]), PluginEnv: env, Dir: root}, nil
}

// execute runs over a stored plan and shows its progress.
func (a *app) execute(ctx context.Context, store *state.Store, lock *state.Lock, digest string,
	f func(context.Context, run.Request) (engine.Result, error)) (engine.Result, error) {
	req, err := a.request(store, lock, digest)
	if err != nil {
		return engine.Result{}, err
	}
	sink, done := a.applyProgress()
	defer done()
	req.Events = sink
	return f(ctx, req)
}

// settleOthers closes the unfinished runs of other plans. current may be
// unfinished itself: applying it continues it.
func (a *app) settleOthers(ctx context.Context, store *state.Store, lock *state.Lock, current string) (Exit, error) {
	open, err := store.Unfinished()
	if err != nil {
		return Failed, err
	}
	for _, digest := range open {
		if digest == current {
			continue
		}
		fmt.Fprintf(a.Err, "An earlier apply did not finish (plan %s):\nfinding out what it sent ...\n", shortDigest(digest))
		res, err := a.execute(ctx, store, lock, digest, run.Settle)
		if err != nil {
			return Failed, err
		}
		a.report(res.Diagnostics)
		if res.Status != engine.StatusDone {
			return exitOf[res.Status], nil
		}
	}
	return OK, nil
}

// exitOf gives each status its exit code.
var exitOf = map[engine.Status]Exit{
	engine.StatusDone: OK, engine.StatusRejected: SomeRejected, engine.StatusIncomplete: Failed, engine.StatusInterrupted: Interrupted,
	engine.StatusRefused: Failed, engine.StatusGuard: Stopped, engine.StatusStale: Stale,
}

// deliver sends a stored plan.
func (a *app) deliver(ctx context.Context, store *state.Store, lock *state.Lock, doc *plan.Document, digest string) (Exit, error) {
	res, err := a.execute(ctx, store, lock, digest, run.Apply)
	if err != nil {
		return Failed, err
	}
	if a.json {
		for _, d := range res.Diagnostics.Sorted() {
			fmt.Fprint(a.Err, view.Diagnostics(diag.Diagnostics{d}, a.sources, a.errStyle()))
		}
		a.print(view.ApplyJSON(res, digest))
		return exitOf[res.Status], nil
	}
	a.report(res.Diagnostics)
	a.print([]byte(view.Apply(res, doc, a.style())))
	return exitOf[res.Status], nil
}
