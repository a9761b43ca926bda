package cli

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/selector"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/unittest"
)

func (a *app) testCmd() *cobra.Command {
	junit := ""
	var o selectOptions
	cmd := &cobra.Command{
		Use:   "test [NAME...]",
		Short: "Run the test blocks: rows in, changes out",
		Long: `Runs every test block, or those with the names given: it plans the given rows
against the synced ones, and compares the plan with what is expected. It needs no
network, no credentials, no warehouse and no destination: run it on every pull
request. The exit code is 1 when a test fails.

--select takes the selections that plan takes, and runs the tests of the
activations selected; names given beside it leave some of these out.`,
		Example: "  leat test\n  leat test \"a loyal customer is marked\"\n  leat test --select tag:daily customers+\n  leat test --junit leat-tests.xml",
		RunE: a.run(func(ctx context.Context, names []string) (Exit, error) {
			return a.test(ctx, names, junit, o)
		}),
		ValidArgsFunction: func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
			return a.testNames(given), cobra.ShellCompDirectiveNoFileComp
		},
	}
	o.flags(cmd.Flags())
	cmd.Flags().StringVar(&junit, "junit", "", "also write the results to this `file`, as JUnit XML")
	return cmd
}

// testNames lists the tests of the project, but for those given.
func (a *app) testNames(given []string) []string {
	p, _, err := a.load()
	if err != nil || p == nil {
		return nil
	}
	var out []string
	for _, t := range p.Config.Tests {
		if !slices.Contains(given, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}

func (a *app) test(ctx context.Context, names []string, junit string, o selectOptions) (Exit, error) {
	p, ds, err := a.load()
	if err != nil {
		return Failed, err
	}
	if p == nil {
		return a.report(ds), nil
	}
	res, more := p.Compile(nil)
	ds.Extend(more)
	tests, more := check.Tests(p.Input, res)
	ds.Extend(more)
	all := make([]string, len(p.Config.Tests))
	for i, t := range p.Config.Tests {
		all[i] = t.Name
	}
	for _, n := range names {
		if !slices.Contains(all, n) {
			ds.Append(diag.New(diag.TestUnknown, diag.Range{}, "No test block is called %q.%s", n, diag.DidYouMean(n, all)).WithSummary("There is no test %q", n))
		}
	}
	var sel *selector.Selection
	if !ds.HasErrors() {
		if sel, _, more, err = a.chooseActivations(p, res, o); err != nil {
			return Failed, err
		}
		ds.Extend(more)
	}
	if a.report(ds) != OK {
		return Failed, nil
	}
	if sel != nil {
		tests = slices.DeleteFunc(tests, func(t ir.Test) bool { return !sel.HasActivation(t.Activation.Name) })
	}
	if len(names) > 0 {
		tests = slices.DeleteFunc(tests, func(t ir.Test) bool { return !slices.Contains(names, t.Name) })
	}
	results := make([]view.TestResult, len(tests))
	failed := false
	for i := range tests {
		began := a.Now()
		r, err := unittest.Run(ctx, &tests[i], "")
		if err != nil {
			return Failed, err
		}
		results[i] = testResult(r)
		results[i].Took = a.Now().Sub(began)
		failed = failed || !r.Passed()
	}
	if junit != "" {
		if err := os.WriteFile(a.path(junit), view.JUnit(results, a.sources, a.Now()), 0o644); err != nil { //nolint:gosec // a report for others to read
			return Failed, fmt.Errorf("write test results: %w", err)
		}
	}
	if a.json {
		a.print(view.TestsJSON(results, ds.Sorted(), a.sources))
	} else {
		a.print([]byte(view.Tests(results, a.sources, a.style())))
	}
	if failed {
		return Failed, nil
	}
	return OK, nil
}

func testResult(r *unittest.Result) view.TestResult {
	out := view.TestResult{Name: r.Test.Name, Activation: r.Test.Activation.Address(), Range: r.Test.Range, Problems: r.Problems.Sorted()}
	for _, f := range r.Failures {
		v := view.TestFailure{List: f.List, Kind: string(f.Kind), Range: f.Range, Message: f.Message}
		for _, d := range f.Fields {
			v.Fields = append(v.Fields, view.TestDiff{Name: d.Name, Range: d.Range, Expected: d.Expected, Planned: d.Planned})
		}
		out.Failures = append(out.Failures, v)
	}
	return out
}
