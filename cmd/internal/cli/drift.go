package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/runtime/project"
)

func (a *app) schemaDiffCmd() *cobra.Command {
	detailed := false
	cmd := &cobra.Command{
		Use:   "diff [DESTINATION...]",
		Short: "Compare the accounts with the committed snapshots",
		Long: `Connects to the destinations of this project, reads which objects and fields
each account has now, and shows what differs from the committed snapshot, field
by field, with the activations that use what changed. Nothing is written.`,
		Example: "  leat destinations schema diff\n  leat destinations schema diff destination.hubspot.crm --detailed-exitcode",
		RunE: a.run(func(ctx context.Context, args []string) (Exit, error) {
			return a.schemaDiff(ctx, args, detailed)
		}),
	}
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when something differs")
	return cmd
}

func (a *app) schemaDiff(ctx context.Context, args []string, detailed bool) (Exit, error) {
	p, ds, err := a.load()
	if err != nil {
		return Failed, err
	}
	if p == nil || p.Config.Poisoned {
		return a.report(ds), nil
	}
	res, _ := p.Compile(nil) // its problems are about mappings; drift may be their cause
	wanted, bad := pick(p.Config, args)
	if bad != nil {
		return Failed, a.fail(*bad)
	}
	var drifts []view.Drift
	code := OK
	for _, b := range wanted {
		d := res.Destinations[b.Addr]
		if d.Schema.File == "" {
			if len(args) > 0 {
				return Failed, a.fail(diag.New(diag.NoSchema, b.DefRange, "%s has no committed schema to compare with. Run `leat destinations schema pull %s` and commit the file.", b.Addr, b.Addr))
			}
			continue
		}
		fmt.Fprintf(a.Err, "Reading the schema of %s ...\n", b.Addr)
		got, problems, err := a.discover(ctx, p, d)
		if err != nil {
			return Failed, err
		}
		if len(problems) > 0 {
			code = max(code, a.report(problems))
			continue
		}
		drifts = append(drifts, driftOf(p, b.Addr, d.Schema, got))
	}
	if code != OK {
		return code, nil
	}
	if len(drifts) == 0 {
		fmt.Fprintln(a.Err, "No destination has a committed schema. `leat destinations schema pull` makes them.")
	}
	a.show(view.Drifts(drifts, a.style()), view.DriftsJSON(drifts))
	if detailed && slices.ContainsFunc(drifts, func(d view.Drift) bool { return len(d.Changes) > 0 }) {
		return Changes, nil
	}
	return OK, nil
}

// driftOf compares what a destination has with what is committed for it.
func driftOf(p *project.Project, d addr.Destination, committed check.Schema, got *schema.Destination) view.Drift {
	out := view.Drift{Destination: d.String(), File: committed.File, FetchedAt: committed.Schema.FetchedAt, Changes: schema.Diff(committed.Schema, got)}
	for _, c := range out.Changes {
		out.Users = append(out.Users, users(p.Config, d, c))
	}
	return out
}

// users are the activations that map to what changed.
func users(c *syntax.Config, d addr.Destination, change schema.Change) []string {
	var out []string
	for _, act := range c.Activations {
		if act.To == nil || act.To.Addr.Destination != d || act.To.Addr.Object != change.Object {
			continue
		}
		maps := slices.ContainsFunc(act.Fields, func(f *syntax.Field) bool { return f.Name == change.Field })
		if act.Key != nil {
			maps = maps || slices.ContainsFunc(act.Key.Fields, func(f *syntax.Field) bool { return f.Name == change.Field })
		}
		// A field that creations now need concerns whoever creates.
		if maps || change.Field == "" || (change.Before == "" && change.Breaking) {
			out = append(out, act.Addr.String())
		}
	}
	slices.Sort(out)
	return out
}

// maxSnapshotAge is after how long a committed schema is worth another look.
const maxSnapshotAge = 90 * 24 * time.Hour

// oldSnapshots warns of committed schemas that were read long ago.
func oldSnapshots(p *project.Project, now time.Time) diag.Diagnostics {
	var out diag.Diagnostics
	for _, b := range p.Config.Destinations {
		s, ok := p.Input.Snapshots[b.Addr]
		if !ok || s.File == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, s.Schema.FetchedAt)
		if err != nil || now.Sub(at) <= maxSnapshotAge {
			continue
		}
		out.Append(diag.New(diag.SnapshotOld, b.DefRange, "%s was read %d days ago; fields may have come, gone or changed since. `leat destinations schema diff %s` shows what differs, `leat destinations schema pull %s` takes it over.",
			s.File, int(now.Sub(at).Hours()/24), b.Addr, b.Addr).WithSummary("The schema of %s is old", b.Addr))
	}
	return out
}
