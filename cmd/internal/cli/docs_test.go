package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestCommandReference keeps the pages of commands and exit codes equal to
// the command tree and the table. UPDATE=1 rewrites them.
func TestCommandReference(t *testing.T) {
	root := (&app{}).rootCmd()
	comparePages(t, map[string]string{"commands.md": commandsPage(root), "exit-codes.md": exitCodesPage()})
}

// TestHelp: every command says what it does and shows how it is used.
func TestHelp(t *testing.T) {
	walk((&app{}).rootCmd(), func(c *cobra.Command) {
		if c.Short == "" {
			t.Errorf("%s: no description", c.CommandPath())
		}
		if !c.HasSubCommands() && c.Example == "" {
			t.Errorf("%s: no example", c.CommandPath())
		}
	})
}

// walk visits a command and those below it, leaving out cobra's own.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		if sub.Name() != "help" && sub.Name() != "completion" {
			walk(sub, visit)
		}
	}
}

func exitCodesPage() string {
	var b strings.Builder
	b.WriteString("# Exit codes\n\n" + generated + "| code | meaning |\n|---|---|\n")
	for _, e := range ExitCodes {
		fmt.Fprintf(&b, "| %d | %s |\n", e.Code, e.Meaning)
	}
	b.WriteString("\nTreat a code that is not listed as a failure.\n")
	return b.String()
}

func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\n" + generated + root.Long + "\n\nEvery command takes these flags:\n\n")
	flagList(&b, root.PersistentFlags())
	b.WriteString("\nResults go to standard output, progress and problems to standard error. With `--json` the result is one document with a `format_version`;\n" +
		"when there are errors, it is the list of diagnostics. [Exit codes](exit-codes.md) tell how a command ended.\n")
	walk(root, func(c *cobra.Command) {
		if !c.HasParent() {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", strings.TrimPrefix(c.CommandPath(), "leat "), c.Short)
		if c.Long != "" {
			b.WriteString("\n" + c.Long + "\n")
		}
		if !c.HasSubCommands() || c.Name() == "destinations" {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", c.UseLine())
		}
		if flags := c.LocalNonPersistentFlags(); flags.HasFlags() {
			b.WriteByte('\n')
			flagList(&b, flags)
		}
		if c.Example != "" {
			b.WriteString("\nExamples:\n\n```\n")
			for line := range strings.Lines(c.Example) {
				b.WriteString(strings.TrimPrefix(line, "  "))
			}
			b.WriteString("\n```\n")
		}
	})
	return b.String()
}

func flagList(b *strings.Builder, flags *pflag.FlagSet) {
	b.WriteString("| flag | default | meaning |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		kind, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if kind != "" {
			name += " " + strings.ToUpper(kind)
		}
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		def := f.DefValue
		if def == "false" || def == "[]" {
			def = ""
		}
		if def != "" {
			def = "`" + def + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, def, strings.ReplaceAll(usage, "|", "\\|"))
	})
}
