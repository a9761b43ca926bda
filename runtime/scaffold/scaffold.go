package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/format"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/runtime/project"
)

// Proposal is what would be written, and why.
type Proposal struct {
	Root    string // absolute: where leat.hcl is or will be
	DBTDir  string // absolute
	Project string // name of the dbt project; "" when no manifest says it
	Files   []File // leat.hcl, the activation, .gitignore
	First   *First // nil: no model is fit, or there is no manifest
}

// File is one file of a proposal.
type File struct {
	Name   string // relative to the root, slash-separated
	Text   []byte // of a new file; what is added to an existing one
	Status Status
}

// Status says what becomes of a file.
type Status string

// What becomes of files.
const (
	Created  Status = "created"
	Extended Status = "extended" // lines are added at the end
	Kept     Status = "kept"     // it is there and stays as it is
)

// First is the proposed activation.
type First struct {
	Name    string   // of the activation
	From    string   // ref("customers")
	To      string   // destination.file.exports.customers
	File    string   // relative to the root
	Key     []string // columns
	Grade   string   // how well the key is proven: "passed" or "declared"
	Columns int      // of the model
	Mapped  []string // columns that are sent, the key left out
	LeftOut []LeftOut
}

// LeftOut is a column that is not mapped, with the reason.
type LeftOut struct{ Column, Why string }

// ignored are the lines of .gitignore: state, saved plans, exported rows.
var ignored = []string{".leat/", "*.leatplan", "/exports/"}

// Propose looks for a dbt project from opts.Dir and proposes a leat project
// beside it. Without a proposal there is an error among the diagnostics;
// warnings say why a proposal has no activation.
func Propose(opts project.Options) (*Proposal, diag.Diagnostics, error) {
	root, err := project.FindRoot(opts.Dir)
	fresh := errors.Is(err, project.ErrNoProject)
	if err != nil && !fresh {
		return nil, nil, err
	}
	if fresh {
		var ds diag.Diagnostics
		if root, ds, err = findRoot(opts.Dir); err != nil || ds.HasErrors() {
			return nil, ds, err
		}
	}
	opts.Root, opts.Files = root, map[string][]byte{}
	out := &Proposal{Root: root}
	if fresh {
		opts.Files[project.RootFile] = rootFile(opts.Version)
		out.Files = append(out.Files, File{project.RootFile, opts.Files[project.RootFile], Created})
	} else {
		out.Files = append(out.Files, File{Name: project.RootFile, Status: Kept})
	}
	p, ds, err := project.Load(opts)
	if err != nil {
		return nil, ds, err
	}
	for i := range ds {
		if ds[i].Code == diag.NoManifest {
			ds[i].Severity, ds[i].Range = diag.Warning, diag.Range{}
			ds[i].Detail = "Without a manifest there is no model to begin with, so no activation was written. Run `dbt build && dbt docs generate`, then `leat init` again."
		}
	}
	if ds.HasErrors() {
		return nil, ds, nil
	}
	if len(p.Config.Activations) > 0 {
		return nil, diag.Diagnostics{diag.New(diag.AlreadyInitialised, p.Config.Activations[0].DefRange,
			"This is a leat project with activations, so there is nothing to start. `leat models` lists what else can be activated, `leat validate` checks what there is.")}, nil
	}
	out.DBTDir = p.DBTDir
	if m := p.Input.Manifest; m != nil {
		out.Project = m.Metadata.Project
		first, text := choose(p)
		if first == nil {
			ds.Append(diag.New(diag.NoCandidate, diag.Range{}, "No activation was written: no model has columns that are known and a key that tests prove unique and not null. Add `unique` and `not_null` tests to the key of a model, run `dbt build && dbt docs generate`, then `leat init` again."))
		} else {
			out.First = first
			out.Files = append(out.Files, File{first.File, text, Created})
		}
	}
	ignore, err := gitignore(root)
	if err != nil {
		return nil, ds, err
	}
	out.Files = append(out.Files, ignore)
	return out, ds, nil
}

// findRoot finds the dbt project that leat.hcl goes beside.
func findRoot(dir string) (string, diag.Diagnostics, error) {
	dirs, err := project.FindDBT(dir)
	if err != nil {
		return "", nil, err
	}
	switch len(dirs) {
	case 0:
		return "", diag.Diagnostics{diag.New(diag.NoDBTProject, diag.Range{},
			"leat sends the rows of dbt models, and there is no dbt_project.yml in %s, above it or below it. Go to a dbt project or name it with --chdir; `dbt init` starts one.", dir)}, nil
	case 1:
		return dirs[0], nil, nil
	}
	var names []string
	for _, d := range dirs {
		if rel, err := filepath.Rel(dir, d); err == nil {
			d = rel
		}
		names = append(names, filepath.ToSlash(d))
	}
	return "", diag.Diagnostics{diag.New(diag.SeveralDBTProjects, diag.Range{},
		"There are dbt projects in %s. Name the one that the activations belong to: `leat --chdir %s init`.", strings.Join(names, ", "), names[0])}, nil
}

// gitignore proposes the lines that are missing.
func gitignore(root string) (File, error) {
	f := File{Name: ".gitignore", Status: Extended}
	old, err := os.ReadFile(filepath.Join(root, f.Name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Status = Created
	case err != nil:
		return f, fmt.Errorf("read .gitignore: %w", err)
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(old)) {
		have[strings.Trim(strings.TrimSpace(line), "/")] = true
	}
	missing := slices.DeleteFunc(slices.Clone(ignored), func(line string) bool { return have[strings.Trim(line, "/")] })
	if len(missing) == 0 {
		f.Status = Kept
		return f, nil
	}
	var b bytes.Buffer
	if len(old) > 0 {
		if !bytes.HasSuffix(old, []byte("\n")) {
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	b.WriteString("# leat: state, saved plans, exported rows\n" + strings.Join(missing, "\n") + "\n")
	f.Text = b.Bytes()
	return f, nil
}

// Write writes a proposal. A file that came into being meanwhile is an error,
// and stays as it is.
func Write(p *Proposal) error {
	for _, f := range p.Files {
		path := filepath.Join(p.Root, filepath.FromSlash(f.Name))
		mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		switch f.Status {
		case Kept:
			continue
		case Extended:
			mode = os.O_WRONLY | os.O_APPEND
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		w, err := os.OpenFile(path, mode, 0o644)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		_, err = w.Write(f.Text)
		if err = errors.Join(err, w.Close()); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	return nil
}

// layout formats a text of ours, which always parses.
func layout(name, text string) []byte {
	out, ds := format.File(syntax.File{Name: name, Bytes: []byte(text)})
	if ds.HasErrors() {
		panic(fmt.Sprintf("internal error: a scaffold does not parse: %s", ds[0].Detail))
	}
	return out
}

// exports is the destination of a first activation: CSV files need no account.
var exports = addr.Destination{Type: "file", Name: "exports"}
