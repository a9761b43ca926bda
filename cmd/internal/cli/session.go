package cli

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
)

// Version is leat's version. A plan is applied by the version that made it.
const Version = "0.1.0"

// dir is the folder the command acts in.
func (a *app) dir() string {
	if a.chdir == "" {
		return a.Dir
	}
	if filepath.IsAbs(a.chdir) {
		return a.chdir
	}
	return filepath.Join(a.Dir, a.chdir)
}

// projectOptions are the options under which projects are loaded.
func (a *app) projectOptions() (project.Options, error) {
	vars, err := project.Vars(a.vars)
	if err != nil {
		return project.Options{}, usageError{err}
	}
	ds, err := descriptions()
	if err != nil {
		return project.Options{}, err
	}
	schemas := make(map[string]check.Schema, len(ds))
	for name, d := range ds {
		schemas[name] = check.Schema{Schema: d.schema, Digest: d.digest}
	}
	home, _ := os.UserHomeDir() // without a home folder, dbt looks nowhere else either
	return project.Options{Dir: a.dir(), Vars: vars, Env: a.Env, Home: home, Version: Version, Schemas: schemas}, nil
}

// load loads the project and makes its files known to views. The project is
// nil when there is none.
func (a *app) load() (*project.Project, diag.Diagnostics, error) {
	opts, err := a.projectOptions()
	if err != nil {
		return nil, nil, err
	}
	p, problems, err := project.Load(opts)
	if p != nil {
		p.Input.AsOf = cmp.Or(a.judged, a.Now().UTC())
		a.sources = p.Source
		problems.Extend(oldSnapshots(p, a.Now()))
	}
	return p, problems, err
}
