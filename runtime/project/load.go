package project

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/profile"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Options says which project to load.
type Options struct {
	Dir     string                      // where to start looking
	Vars    map[string]string           // --var, by name
	Env     func(string) (string, bool) // the environment
	Home    string                      // the user's folder; "" when not known
	Version string                      // leat's own, against required_version
	Schemas map[string]check.Schema     // the plugin types
	// Root is the folder to take as the project's root; "" looks for the
	// nearest leat.hcl. Files are configuration files that are not on disk, by
	// their name relative to the root.
	Root  string
	Files map[string][]byte
}

// Project is a loaded configuration with everything beside it.
type Project struct {
	Root     string // absolute
	Config   *syntax.Config
	Settings syntax.Settings
	DBTDir   string // absolute; "" when there is none
	Input    check.Input
	// ConfigDigest and ManifestDigest name what was read: "sha256:" and hex.
	ConfigDigest, ManifestDigest string

	opts         Options
	names        []string // of the configuration files, sorted
	files        map[string][]byte
	dbt          *profile.Project
	manifestPath string // absolute; "" when no manifest was read
}

// Source returns the bytes of a file that diagnostics may point into, by the
// name its ranges carry; nil when it was not read or is not text of ours.
func (p *Project) Source(name string) []byte { return p.files[name] }

// properties returns the text of a YAML file of the dbt project, by its name
// relative to the root; nil for anything else. Diagnostics may then point into
// it. The manifest names the file, so that links out of the project are not
// followed.
func (p *Project) properties(name string) []byte {
	if text, read := p.files[name]; read {
		return text
	}
	if p.DBTDir == "" || !slices.Contains([]string{".yml", ".yaml"}, filepath.Ext(name)) {
		return nil
	}
	inside, err := filepath.Rel(p.DBTDir, filepath.Join(p.Root, filepath.FromSlash(name)))
	if err != nil {
		return nil
	}
	root, err := os.OpenRoot(p.DBTDir)
	if err != nil {
		return nil
	}
	defer func() { _ = root.Close() }()
	text, err := root.ReadFile(inside)
	if err != nil {
		return nil // the message then names the file alone
	}
	p.files[name] = text
	return text
}

// Load reads and parses a project. The project is nil when none is found;
// otherwise it is as complete as its files allow, and problems are
// diagnostics.
func Load(opts Options) (*Project, diag.Diagnostics, error) {
	root, err := opts.Root, error(nil)
	if root == "" {
		root, err = FindRoot(opts.Dir)
	}
	if errors.Is(err, ErrNoProject) {
		return nil, diag.Diagnostics{diag.New(diag.NoProject, diag.Range{},
			"There is no leat.hcl in %s or in any folder above it. Go to your project, name it with --chdir, or start one in a dbt project with `leat init`.", opts.Dir)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	p := &Project{Root: root, opts: opts, files: map[string][]byte{}}
	files, err := p.configFiles()
	if err != nil {
		return nil, nil, err
	}
	var ds diag.Diagnostics
	config, more := syntax.Parse(files)
	ds.Extend(more)
	p.Config = config
	ds.Extend(config.CheckVersion(opts.Version))
	constants, more := syntax.Evaluate(config, p.inputs())
	ds.Extend(more)
	p.Settings, more = config.Settings(constants)
	ds.Extend(more)
	p.Input = check.Input{Config: config, Constants: constants, Source: p.Source, Properties: p.properties, Schemas: opts.Schemas, Snapshots: map[addr.Destination]check.Schema{}}
	for _, step := range []func() (diag.Diagnostics, error){p.findDBT, p.artifacts, p.snapshots} {
		more, err := step()
		ds.Extend(more)
		if err != nil {
			return nil, ds, err
		}
	}
	return p, ds, nil
}

// Files lists the names of the configuration files, sorted.
func (p *Project) Files() []string { return p.names }

// Evaluate evaluates another configuration as Load does the project's own.
func (p *Project) Evaluate(config *syntax.Config) (*syntax.Constants, diag.Diagnostics) {
	return syntax.Evaluate(config, p.inputs())
}

// inputs gathers the values given to variables from outside.
func (p *Project) inputs() syntax.Inputs {
	in := syntax.Inputs{Flags: p.opts.Vars, Env: map[string]string{}}
	for _, v := range p.Config.Variables {
		if value, ok := p.opts.Env("LEAT_VAR_" + v.Name); ok {
			in.Env[v.Name] = value
		}
	}
	return in
}

// Compile checks the configuration. live overrides column types with the
// warehouse's own, by unique id; nil offline.
func (p *Project) Compile(live map[string][]check.LiveColumn) (*check.Result, diag.Diagnostics) {
	in := p.Input
	in.Live = live
	return check.Compile(in)
}

// configFiles reads leat.hcl and every *.leat.hcl below the root, in order of
// name, and digests them.
func (p *Project) configFiles() ([]syntax.File, error) {
	names, err := syntax.Members(os.DirFS(p.Root))
	if err != nil {
		return nil, fmt.Errorf("list configuration files: %w", err)
	}
	for name := range p.opts.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	p.names = names
	sum := sha256.New()
	var files []syntax.File
	for _, name := range names {
		text, given := p.opts.Files[name]
		if !given {
			if text, err = os.ReadFile(filepath.Join(p.Root, filepath.FromSlash(name))); err != nil {
				return nil, fmt.Errorf("read configuration: %w", err)
			}
		}
		p.files[name] = text
		files = append(files, syntax.File{Name: name, Bytes: text})
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(text))
		sum.Write(text)
	}
	p.ConfigDigest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	return files, nil
}

// findDBT finds dbt_project.yml and reads it.
func (p *Project) findDBT() (diag.Diagnostics, error) {
	set := p.Settings.DBT.ProjectDir
	if set.Set {
		p.DBTDir = filepath.Join(p.Root, filepath.FromSlash(set.Value))
		if !isFile(filepath.Join(p.DBTDir, "dbt_project.yml")) {
			p.DBTDir = ""
			return diag.Diagnostics{diag.New(diag.NoDBTProject, set.Range, "%s holds no dbt_project.yml. Set project_dir to the folder of the dbt project, relative to leat.hcl.", set.Value)}, nil
		}
	} else {
		dirs, err := FindDBT(p.Root)
		if err != nil {
			return nil, err
		}
		if len(dirs) == 0 {
			return diag.Diagnostics{diag.New(diag.NoDBTProject, diag.Range{Filename: RootFile},
				"There is no dbt_project.yml from here upward or below. Put leat.hcl into the dbt project, or set project_dir in a dbt block.")}, nil
		}
		p.DBTDir = dirs[0]
	}
	name := relative(p.Root, filepath.Join(p.DBTDir, "dbt_project.yml"))
	text, err := os.ReadFile(filepath.Join(p.DBTDir, "dbt_project.yml"))
	if err != nil {
		return diag.Diagnostics{unreadable(name)}, nil
	}
	p.files[name] = text
	dbt, ds := profile.ReadProject(text, name, profile.Env(p.opts.Env))
	p.dbt = dbt
	return ds, nil
}

func unreadable(name string) diag.Diagnostic {
	return diag.New(diag.UnreadableFile, diag.Range{Filename: name}, "%s exists but cannot be read. Check its permissions.", name)
}

// catalogGap is how far apart in time a catalog and a manifest may be before
// leat warns that the one may not describe what the other does.
const catalogGap = 7 * 24 * time.Hour

// artifacts reads manifest, catalog and run results. The first folder with a
// manifest wins; run results of every folder count.
func (p *Project) artifacts() (diag.Diagnostics, error) {
	if p.DBTDir == "" {
		return nil, nil
	}
	dirs := []string{filepath.Join(p.DBTDir, "target")}
	rng := diag.Range{Filename: RootFile}
	if p.dbt != nil && p.dbt.TargetPath != "" {
		dirs[0] = filepath.Join(p.DBTDir, filepath.FromSlash(p.dbt.TargetPath))
	}
	if list := p.Settings.DBT.Artifacts; len(list) > 0 {
		dirs = nil
		for _, v := range list {
			dirs = append(dirs, filepath.Join(p.DBTDir, filepath.FromSlash(v.Value)))
			rng = list[0].Range
		}
	}
	var ds diag.Diagnostics
	var runs []*manifest.RunResults
	for _, dir := range dirs {
		if p.Input.Manifest == nil && p.ManifestDigest == "" {
			ds.Extend(p.readManifest(filepath.Join(dir, "manifest.json")))
		}
		if p.Input.Catalog == nil {
			_ = readArtifact(p, filepath.Join(dir, "catalog.json"), &ds, func(b []byte, name string) (*manifest.Catalog, diag.Diagnostics) {
				c, more := manifest.ReadCatalog(bytes.NewReader(b), name)
				p.Input.Catalog = c
				return c, more
			})
		}
		_ = readArtifact(p, filepath.Join(dir, "run_results.json"), &ds, func(b []byte, name string) (*manifest.RunResults, diag.Diagnostics) {
			r, more := manifest.ReadRunResults(bytes.NewReader(b), name)
			if r != nil {
				runs = append(runs, r)
			}
			return r, more
		})
	}
	if p.Input.Manifest == nil && p.ManifestDigest == "" {
		ds.Append(diag.New(diag.NoManifest, rng, "%s holds no manifest.json. Run `dbt build` (or at least `dbt parse`) first, or name the folder of the artifacts in the dbt block.",
			relative(p.Root, dirs[0])))
	}
	if p.Input.Manifest != nil && p.Input.Catalog != nil {
		ds.Extend(p.Input.Catalog.CheckAge(p.Input.Manifest, catalogGap))
	}
	if len(runs) > 0 {
		p.Input.Verdicts = manifest.LastVerdicts(runs...)
	}
	return ds, nil
}

func (p *Project) readManifest(path string) diag.Diagnostics {
	var ds diag.Diagnostics
	text := readArtifact(p, path, &ds, func(b []byte, name string) (*manifest.Manifest, diag.Diagnostics) {
		m, more := manifest.Read(bytes.NewReader(b), name, p.manifestOptions())
		p.Input.Manifest, p.manifestPath = m, path
		return m, more
	})
	if text != nil {
		sum := sha256.Sum256(text)
		p.ManifestDigest = "sha256:" + hex.EncodeToString(sum[:])
	}
	return ds
}

func (p *Project) manifestOptions() manifest.Options {
	opts := manifest.Options{ProjectDir: relative(p.Root, p.DBTDir)}
	if p.dbt != nil {
		opts.Project = p.dbt.Name
	}
	return opts
}

// readArtifact reads a file that may be absent and hands it to a reader. It
// returns the bytes, nil when there is no file.
func readArtifact[T any](p *Project, path string, ds *diag.Diagnostics, read func([]byte, string) (*T, diag.Diagnostics)) []byte {
	name := relative(p.Root, path)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		ds.Append(unreadable(name))
		return nil
	}
	_, more := read(text, name)
	ds.Extend(more)
	return text
}

// snapshots reads the committed schema of each destination block.
func (p *Project) snapshots() (diag.Diagnostics, error) {
	var ds diag.Diagnostics
	for _, d := range p.Config.Destinations {
		base, ok := p.opts.Schemas[d.Addr.Type]
		if !ok {
			continue
		}
		name := check.SnapshotFile(d.Addr)
		text, err := os.ReadFile(filepath.Join(p.Root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			ds.Append(unreadable(name))
			continue
		}
		p.files[name] = text
		s, more := check.ReadSnapshot(text, d.Addr, base)
		ds.Extend(more)
		if s.Schema != nil {
			p.Input.Snapshots[d.Addr] = s
		}
	}
	return ds, nil
}

// Target reads the chosen target of the dbt profile: which warehouse, and how
// it is reached. It needs the environment variables that the target names.
func (p *Project) Target() (*profile.Target, diag.Diagnostics) {
	if p.dbt == nil {
		return nil, nil // reported by Load
	}
	path := p.profilesPath()
	if path == "" {
		return nil, diag.Diagnostics{diag.New(diag.NoProfiles, p.dbt.ProfileRange,
			"There is no profiles.yml in DBT_PROFILES_DIR, in %s or in ~/.dbt. leat reads the warehouse that dbt builds, through dbt's own profile.", relative(p.Root, p.DBTDir))}
	}
	name := relative(p.Root, path)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, diag.Diagnostics{unreadable(name)}
	}
	p.files[name] = text
	choice := profile.Choice{Profile: p.dbt.Profile, ProfileRange: p.dbt.ProfileRange}
	if t := p.Settings.DBT.Target; t.Set {
		choice.Target, choice.TargetRange = t.Value, t.Range
	}
	return profile.Read(text, name, choice, profile.Env(p.opts.Env))
}

// profilesPath follows dbt's search: DBT_PROFILES_DIR, the project's folder,
// the user's .dbt.
func (p *Project) profilesPath() string {
	var dirs []string
	if dir, ok := p.opts.Env("DBT_PROFILES_DIR"); ok && dir != "" {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(p.DBTDir, dir)
		}
		dirs = append(dirs, dir)
	} else {
		dirs = append(dirs, p.DBTDir, p.Root)
		if p.opts.Home != "" {
			dirs = append(dirs, filepath.Join(p.opts.Home, ".dbt"))
		}
	}
	for _, d := range dirs {
		if path := filepath.Join(d, "profiles.yml"); isFile(path) {
			return path
		}
	}
	return ""
}

// Environment names the state to use: as configured, else the dbt target.
func (p *Project) Environment(target *profile.Target) (string, diag.Diagnostics) {
	if e := p.Settings.Environment; e.Set && e.Value != "" {
		return e.Value, nil
	}
	if target != nil {
		return target.Name, nil
	}
	return "", diag.Diagnostics{diag.New(diag.NoEnvironment, diag.Range{Filename: RootFile},
		"State belongs to an environment, by default the dbt target's name, and the target could not be read. Fix the profile, or set `environment` in leat.hcl.")}
}

// Path resolves a path of the configuration against the root.
func (p *Project) Path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.Root, filepath.FromSlash(path))
}

// Vars splits --var arguments into names and values; the error names the first
// one that is not name=value, without its value.
func Vars(args []string) (map[string]string, error) {
	out := map[string]string{}
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok || name == "" {
			return nil, errors.New("--var takes name=value")
		}
		out[name] = value
	}
	return out, nil
}
