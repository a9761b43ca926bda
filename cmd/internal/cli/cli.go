package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/lang/diag"
)

// System is everything ambient a command may use. Tests replace all of it.
type System struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) (string, bool)
	Dir      string // working directory, absolute
	Now      func() time.Time
	Random   io.Reader // source of state keys, lineages and retry jitter
	Terminal bool      // Out is a terminal
	ErrTTY   bool      // Err is a terminal
	Width    int       // of the terminal; 0 when not known
}

// app is one invocation: the system and the global flags.
type app struct {
	System
	chdir   string
	vars    []string
	json    bool
	noColor bool
	sources view.Sources
	judged  time.Time // what dbt's dates are held against; zero: now
	// policyOnly says that the errors reported last are broken policies.
	policyOnly bool
}

// exitError carries an exit code through cobra. Whatever is to be said has
// been said already.
type exitError struct{ code Exit }

func (e exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

// usageError is a mistake on the command line itself.
type usageError struct{ error }

// Do runs leat with arguments (without the program's name) and returns its
// exit code. It uses nothing of the process but sys.
func Do(ctx context.Context, args []string, sys System) Exit {
	a := &app{System: sys}
	root := a.rootCmd()
	root.SetArgs(spread(args))
	root.SetIn(sys.In)
	root.SetOut(sys.Out)
	root.SetErr(sys.Err)
	cmd, err := root.ExecuteContextC(ctx)
	var exit exitError
	var usage usageError
	switch {
	case err == nil:
		return OK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &usage) || isCobraUsage(err):
		fmt.Fprintf(sys.Err, "%s\n\nRun `%s --help` for usage and examples.\n", sentence(err.Error()), cmd.CommandPath())
		return Usage
	default:
		fmt.Fprintf(sys.Err, "Error: %v\n", err)
		return Failed
	}
}

// isCobraUsage recognises cobra's own complaints about commands, flags and
// arguments: cobra has no type for them.
func isCobraUsage(err error) bool {
	for _, p := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs an argument", "invalid argument",
		"accepts ", "requires at least", "required flag", "if any flags in the group"} {
		if strings.HasPrefix(err.Error(), p) {
			return true
		}
	}
	return false
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return "Error: " + strings.TrimRight(strings.ToUpper(s[:1])+s[1:], "\n")
}

func (a *app) rootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:           "leat",
		Short:         "Activate dbt models: typed, planned, applied exactly",
		Long:          "leat sends the rows of dbt models to the tools where people work. It compiles\nactivations, shows a plan, and applies exactly that plan.\n\nStart with `leat init` in a dbt project, then `leat validate` and `leat plan`.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.chdir, "chdir", "", "run as if started in this `folder`")
	f.StringArrayVar(&a.vars, "var", nil, "set a variable: `name=value`; may be repeated")
	f.BoolVar(&a.json, "json", false, "print JSON")
	f.BoolVar(&a.noColor, "no-color", false, "print without colour")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = false
	for _, c := range a.commands() {
		root.AddCommand(c)
	}
	return root
}

// run adapts a command's function to cobra.
func (a *app) run(f func(ctx context.Context, args []string) (Exit, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		code, err := f(cmd.Context(), args)
		if err != nil {
			return err
		}
		if code != OK {
			return exitError{code}
		}
		return nil
	}
}

// style is how text on standard output looks.
func (a *app) style() view.Style { return view.Style{Color: a.color(a.Terminal), Width: a.Width} }

// errStyle is how text on standard error looks.
func (a *app) errStyle() view.Style { return view.Style{Color: a.color(a.ErrTTY), Width: a.Width} }

func (a *app) color(tty bool) bool {
	_, no := a.Env("NO_COLOR") // https://no-color.org
	return tty && !a.noColor && !no
}

// report prints diagnostics: as the JSON document on standard output with
// --json, else as text on standard error. It returns Failed when there is an
// error among them.
func (a *app) report(ds diag.Diagnostics) Exit {
	ds = ds.Sorted()
	if len(ds) > 0 {
		if a.json && ds.HasErrors() {
			a.print(view.DiagnosticsJSON(ds, a.sources))
		} else {
			fmt.Fprint(a.Err, view.Diagnostics(ds, a.sources, a.errStyle()))
			fmt.Fprintln(a.Err)
		}
	}
	if ds.HasErrors() {
		a.policyOnly = !slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Severity == diag.Error && d.Code != diag.PolicyViolated })
		return Failed
	}
	return OK
}

// unprepared is how a run ends that could not begin: with an error, or with
// problems that were reported. Policies alone stop it like guards do.
func (a *app) unprepared(err error) (Exit, error) {
	if err == nil && a.policyOnly {
		return Stopped, nil
	}
	return Failed, err
}

// print writes a result to standard output.
func (a *app) print(b []byte) { _, _ = a.Out.Write(b) }
