package cli

import "github.com/spf13/cobra"

// commands makes every command, in the order of help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.initCmd(),
		a.validateCmd(),
		a.testCmd(),
		a.planCmd(),
		a.showCmd(),
		a.applyCmd(),
		a.modelsCmd(),
		a.whyCmd(),
		a.destinationsCmd(),
		a.stateCmd(),
		a.rejectsCmd(),
		a.sandboxCmd(),
		a.exposuresCmd(),
		a.graphCmd(),
		a.fmtCmd(),
		a.versionCmd(),
	}
}
