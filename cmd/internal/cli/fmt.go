package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/format"
	"github.com/leat-dev/leat/lang/syntax"
)

// stdinName is what a file from standard input is called.
const stdinName = "stdin"

type fmtOptions struct{ check, diff bool }

func (a *app) fmtCmd() *cobra.Command {
	var o fmtOptions
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Lay out configuration files in the one canonical way",
		Long: `Formats leat.hcl and every *.leat.hcl in the working folder and below it, or the
files and folders named, and lists those it changed. Only white space moves, and
labels get their quotes: order, comments and meaning stay. A file with syntax
errors is reported and left alone. With - it formats standard input to standard
output.

With --check or --diff it writes nothing; --check ends with exit code 1 when a
file would change.`,
		Example: "  leat fmt\n  leat fmt --check --diff\n  leat fmt activations/contacts.leat.hcl\n  leat fmt - < contacts.leat.hcl",
		RunE: a.run(func(_ context.Context, args []string) (Exit, error) {
			if slices.Contains(args, "-") {
				if len(args) > 1 {
					return Usage, usageError{errors.New("- stands for standard input and goes alone")}
				}
				return a.formatStdin(o)
			}
			return a.format(o, args)
		}),
	}
	f := cmd.Flags()
	f.BoolVar(&o.check, "check", false, "write nothing; exit code 1 when a file would change")
	f.BoolVar(&o.diff, "diff", false, "write nothing; show what would change")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return cmd
}

// formatted is what fmt did with one file that was not in canonical form.
type formatted struct {
	File string `json:"file"`
	Diff string `json:"diff,omitempty"`
}

func (a *app) formatStdin(o fmtOptions) (Exit, error) {
	src, err := io.ReadAll(a.In)
	if err != nil {
		return Failed, fmt.Errorf("read standard input: %w", err)
	}
	a.sources = func(string) []byte { return src }
	out, ds := format.File(syntax.File{Name: stdinName, Bytes: src})
	if a.report(ds) != OK {
		return Failed, nil
	}
	switch {
	case o.diff:
		a.print(diff.Diff(stdinName, src, stdinName, out))
	case !o.check:
		a.print(out)
	}
	if o.check && !bytes.Equal(src, out) {
		return Failed, nil
	}
	return OK, nil
}

func (a *app) format(o fmtOptions, args []string) (Exit, error) {
	names, ds, err := a.formatFiles(args)
	if err != nil {
		return Failed, err
	}
	sources := map[string][]byte{}
	a.sources = func(name string) []byte { return sources[name] }
	changed := []formatted{}
	for _, name := range names {
		src, err := os.ReadFile(a.path(filepath.FromSlash(name)))
		if err != nil {
			ds.Append(unreadable(name, err))
			continue
		}
		sources[name] = src
		out, more := format.File(syntax.File{Name: name, Bytes: src})
		ds.Extend(more)
		if bytes.Equal(src, out) {
			continue
		}
		c := formatted{File: name}
		switch {
		case o.diff:
			c.Diff = string(diff.Diff(name, src, name, out))
		case !o.check:
			if err := replaceFile(a.path(filepath.FromSlash(name)), out); err != nil {
				return Failed, fmt.Errorf("write %s: %w", name, err)
			}
		}
		changed = append(changed, c)
	}
	if a.json && ds.HasErrors() {
		return a.report(ds), nil
	}
	var text strings.Builder
	for _, c := range changed {
		if text.WriteString(c.File + "\n"); c.Diff != "" {
			text.WriteString(c.Diff)
		}
	}
	a.show(text.String(), view.JSON(struct {
		FormatVersion string      `json:"format_version"`
		Files         []formatted `json:"files"`
	}{"1.0", changed}))
	if a.report(ds) != OK || (o.check && len(changed) > 0) {
		return Failed, nil
	}
	return OK, nil
}

// formatFiles lists the files to format, named as the user would: relative to
// the working folder, slash-separated, sorted, each once.
func (a *app) formatFiles(args []string) ([]string, diag.Diagnostics, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var names []string
	var ds diag.Diagnostics
	for _, arg := range args {
		name := filepath.ToSlash(filepath.Clean(arg))
		info, err := os.Stat(a.path(arg))
		switch {
		case err != nil:
			ds.Append(unreadable(name, err))
		case !info.IsDir() && filepath.Ext(arg) != ".hcl":
			return nil, nil, usageError{fmt.Errorf("%s is no .hcl file", arg)}
		case !info.IsDir():
			names = append(names, name)
		default:
			members, err := syntax.Members(os.DirFS(a.path(arg)))
			if err != nil {
				return nil, nil, err
			}
			if len(members) == 0 {
				where := name
				if name == "." {
					where = "this folder"
				}
				ds.Append(diag.New(diag.NothingToFormat, diag.Range{}, "There is no leat.hcl in %s and no *.leat.hcl in it or below it. Name the folder of the project, or the files.", where))
			}
			for _, m := range members {
				names = append(names, filepath.ToSlash(filepath.Join(name, m)))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), ds, nil
}

// unreadable says why a file named on the command line cannot be read.
func unreadable(name string, err error) diag.Diagnostic {
	detail := "%s cannot be read. Check its permissions."
	if errors.Is(err, fs.ErrNotExist) {
		detail = "There is no file or folder %s. Check the name."
	}
	return diag.New(diag.UnreadableFile, diag.Range{Filename: name}, detail, name)
}

// replaceFile writes an existing file whole, or not at all, with the mode it
// has. A symbolic link stays one.
func replaceFile(path string, content []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp := path + ".tmp"
	if err := os.WriteFile(temp, content, info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}
