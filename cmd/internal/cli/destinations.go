package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/runtime/pluginhost"
	"github.com/leat-dev/leat/runtime/project"
)

func (a *app) destinationsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "destinations [TYPE [OBJECT]]",
		Short: "List destinations, their objects and fields",
		Long: `Without arguments, lists the destination types and the destinations of this
project. With a type, or the address of a destination block, lists its objects;
with an object, its fields, keys and operations. A committed schema snapshot is
shown where there is one.`,
		Example: "  leat destinations\n  leat destinations hubspot contacts\n  leat destinations destination.postgres.dw customers",
		Args:    cobra.MaximumNArgs(2),
		RunE:    a.run(a.destinations),
	}
	schemaCmd := &cobra.Command{Use: "schema", Short: "Work with schema snapshots", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	pull := &cobra.Command{
		Use:   "pull [DESTINATION...]",
		Short: "Read the accounts' schemas into committed snapshots",
		Long: `Connects to the destinations of this project, reads which objects and fields
each account has, and writes them to leat_schemas/TYPE.NAME.json. Commit the
files: validate and plan check mappings against them.`,
		Example: "  leat destinations schema pull\n  leat destinations schema pull destination.hubspot.crm",
		RunE:    a.run(a.schemaPull),
	}
	schemaCmd.AddCommand(pull, a.schemaDiffCmd())
	cmd.AddCommand(schemaCmd)
	return cmd
}

// known gathers the schemas that can be shown: types, and destination blocks
// by address. Outside a project only the types are known.
func (a *app) known() (map[string]check.Schema, *project.Project, error) {
	ds, err := descriptions()
	if err != nil {
		return nil, nil, err
	}
	out := map[string]check.Schema{}
	for name, d := range ds {
		out[name] = check.Schema{Schema: d.schema, Digest: d.digest}
	}
	p, _, err := a.load()
	if err != nil || p == nil {
		return out, nil, nil //nolint:nilerr // a broken project does not hide the types
	}
	compiled, _ := p.Compile(nil) // its problems are those of validate
	for _, b := range p.Config.Destinations {
		if d := compiled.Destinations[b.Addr]; d.Schema.Schema != nil && d.Schema.Schema.Declared {
			out[b.Addr.String()] = d.Schema
			continue
		}
		s, ok := p.Input.Snapshots[b.Addr]
		if !ok {
			s, ok = out[b.Addr.Type]
		}
		if ok {
			out[b.Addr.String()] = s
		}
	}
	return out, p, nil
}

func (a *app) destinations(_ context.Context, args []string) (Exit, error) {
	all, p, err := a.known()
	if err != nil {
		return Failed, err
	}
	if len(args) == 0 {
		var types, blocks []view.DestinationLine
		for _, b := range builtins {
			types = append(types, view.DestinationLine{Name: b.name, Schema: all[b.name].Schema})
		}
		if p != nil {
			for _, b := range p.Config.Destinations {
				s := all[b.Addr.String()]
				blocks = append(blocks, view.DestinationLine{Name: b.Addr.String(), Schema: s.Schema, File: s.File})
			}
		}
		a.show(view.Destinations(types, blocks, a.style()), view.DestinationsJSON(types, blocks))
		return OK, nil
	}
	s, ok := all[args[0]]
	if !ok {
		s, ok = all["destination."+args[0]]
	}
	if !ok {
		names := make([]string, 0, len(all))
		for n := range all {
			names = append(names, n)
		}
		return Failed, a.fail(diag.New(diag.UnknownPlugin, diag.Range{}, "There is no destination type or destination block %q.%s `leat destinations` lists them.", args[0], diag.DidYouMean(args[0], names)))
	}
	if len(args) == 1 {
		a.show(view.Destination(args[0], s.Schema, s.File, a.style()), view.DestinationJSON(s.Schema))
		return OK, nil
	}
	o, ok := s.Schema.Object(args[1])
	if !ok {
		var names []string
		for _, o := range s.Schema.Objects {
			names = append(names, o.Name)
		}
		return Failed, a.fail(diag.New(diag.UnknownObject, diag.Range{}, "%s has no object %q.%s Its objects: %s.", args[0], args[1], diag.DidYouMean(args[1], names), strings.Join(names, ", ")))
	}
	a.show(view.Object(args[0], o, a.style()), view.ObjectJSON(o))
	return OK, nil
}

// show prints a result in the form that was asked for.
func (a *app) show(text string, json []byte) {
	if a.json {
		a.print(json)
		return
	}
	a.print([]byte(text))
}

// fail reports one diagnostic and returns the error that ends the command.
func (a *app) fail(d diag.Diagnostic) error {
	a.report(diag.Diagnostics{d})
	return exitError{Failed}
}

func (a *app) schemaPull(ctx context.Context, args []string) (Exit, error) {
	p, ds, err := a.load()
	if err != nil {
		return Failed, err
	}
	if p == nil || p.Config.Poisoned {
		return a.report(ds), nil
	}
	res, _ := p.Compile(nil) // its problems are about mappings; the pull may be their cure
	wanted, bad := pick(p.Config, args)
	if bad != nil {
		return Failed, a.fail(*bad)
	}
	code := OK
	for _, b := range wanted {
		d := res.Destinations[b.Addr]
		if d.Schema.Schema == nil {
			return a.report(ds), nil
		}
		fmt.Fprintf(a.Err, "Reading the schema of %s ...\n", b.Addr)
		got, problems, err := a.discover(ctx, p, d)
		if err != nil {
			return Failed, err
		}
		if len(args) == 0 && slices.ContainsFunc(problems, func(d diag.Diagnostic) bool { return d.Code == diag.PluginUnsupported }) {
			fmt.Fprintf(a.Err, "%s has no schema of its own to read.\n", b.Addr)
			continue
		}
		if len(problems) > 0 {
			code = max(code, a.report(problems))
			continue
		}
		changed, err := a.writeSnapshot(p, b.Addr, got, d.Schema)
		if err != nil {
			return Failed, err
		}
		fmt.Fprintln(a.Out, changed)
		if drift := driftOf(p, b.Addr, d.Schema, got); d.Schema.File != "" && len(drift.Changes) > 0 {
			fmt.Fprint(a.Out, view.Changed(drift, a.style()))
		}
	}
	return code, nil
}

// pick selects destination blocks by address; all when none is named.
func pick(c *syntax.Config, args []string) ([]*syntax.Destination, *diag.Diagnostic) {
	if len(args) == 0 {
		return c.Destinations, nil
	}
	var names []string
	byName := map[string]*syntax.Destination{}
	for _, b := range c.Destinations {
		names = append(names, b.Addr.String())
		byName[b.Addr.String()] = b
	}
	var out []*syntax.Destination
	for _, arg := range args {
		b := byName[arg]
		if b == nil {
			b = byName["destination."+arg]
		}
		if b == nil {
			d := diag.New(diag.UnknownDestination, diag.Range{}, "No destination block declares %s.%s", arg, diag.DidYouMean(arg, names))
			return nil, &d
		}
		out = append(out, b)
	}
	return out, nil
}

// discover starts the plugin and reads the account's schema.
func (a *app) discover(ctx context.Context, p *project.Project, d check.Destination) (*schema.Destination, diag.Diagnostics, error) {
	values, ds := a.configValues(d)
	if ds.HasErrors() {
		return nil, ds, nil
	}
	client, err := a.host(nil).Launch(ctx, pluginhost.Spec{Type: d.Block.Addr.Type, Env: d.Schema.Schema.EnvAllowed, Dir: p.Root, Range: d.Block.DefRange})
	if err != nil {
		return nil, asDiagnostics(err), nil
	}
	defer client.Close(ctx)
	at := func(problems []pluginhost.Problem) diag.Diagnostics { return configProblems(d, problems) }
	if problems, err := client.Configure(ctx, pluginhost.Config{Region: d.Settings.Region.Value, Values: values}); err != nil || len(problems) > 0 {
		return nil, append(at(problems), asDiagnostics(err)...), nil
	}
	if _, problems, err := client.Check(ctx); err != nil || len(problems) > 0 {
		return nil, append(at(problems), asDiagnostics(err)...), nil
	}
	s, problems, err := client.Discover(ctx, nil)
	if err != nil || len(problems) > 0 {
		return nil, append(at(problems), asDiagnostics(err)...), nil
	}
	if len(s.Objects) == 0 {
		return nil, diag.Diagnostics{diag.New(diag.NoDiscovery, d.Block.DefRange, "%s has no objects of its own to read.", d.Block.Addr)}, nil
	}
	s.FetchedAt = a.Now().UTC().Format(time.RFC3339)
	return s, nil, nil
}

// configProblems places what a plugin says about its configuration at the
// attribute it is about.
func configProblems(d check.Destination, problems []pluginhost.Problem) diag.Diagnostics {
	var out diag.Diagnostics
	for _, p := range problems {
		rng := d.Block.ConfigRange
		for _, v := range d.Settings.Config {
			if v.Name == p.Field {
				rng = v.Range
			}
		}
		out.Append(diag.New(diag.BadConfig, rng, "%s", p.Detail).WithSummary("%s", p.Summary))
	}
	return out
}

// asDiagnostics turns a plugin's failure into diagnostics.
func asDiagnostics(err error) diag.Diagnostics {
	if err == nil {
		return nil
	}
	if d, ok := pluginhost.DiagnosticOf(err); ok {
		return diag.Diagnostics{d}
	}
	return diag.Diagnostics{diag.New(diag.BadConfig, diag.Range{}, "The plugin could not be used.")}
}

// writeSnapshot writes the snapshot when its content differs, and says what
// happened. The time of reading alone is no difference.
func (a *app) writeSnapshot(p *project.Project, d addr.Destination, got *schema.Destination, old check.Schema) (string, error) {
	name := check.SnapshotFile(d)
	path := p.Path(name)
	if old.File != "" {
		same := *got
		same.FetchedAt = old.Schema.FetchedAt
		before, err1 := schema.EncodeSnapshot(old.Schema, d.Name)
		after, err2 := schema.EncodeSnapshot(&same, d.Name)
		if err := errors.Join(err1, err2); err != nil {
			return "", err
		}
		if string(before) == string(after) {
			return name + ": unchanged", nil
		}
	}
	text, err := schema.EncodeSnapshot(got, d.Name)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("write snapshot: %w", err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return "", fmt.Errorf("write snapshot: %w", err)
	}
	fields := 0
	for _, o := range got.Objects {
		fields += len(o.Fields)
	}
	return fmt.Sprintf("%s: %d objects, %d fields", name, len(got.Objects), fields), nil
}
