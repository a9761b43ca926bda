package profile

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/leat-dev/leat/lang/diag"
)

// Env looks up an environment variable. Nil knows none.
type Env func(name string) (string, bool)

// Project is what leat needs of a dbt_project.yml.
type Project struct {
	Name         string
	Profile      string   // "" when the file names none
	ModelPaths   []string // default: models
	TargetPath   string   // default: target
	PackagesPath string   // packages-install-path; default: dbt_packages

	// ProfileRange is where the profile is named; the start of the file when it
	// is not.
	ProfileRange diag.Range
}

// ReadProject reads a dbt_project.yml. filename is how diagnostics call it.
// The project is nil exactly when there is an error among the diagnostics.
func ReadProject(src []byte, filename string, env Env) (*Project, diag.Diagnostics) {
	d, diags := open(src, filename, env, diag.ProjectInvalid)
	if d == nil {
		return nil, diags
	}
	top, ok := d.pairs(d.root)
	if !ok {
		d.diags.Append(diag.New(diag.ProjectInvalid, d.at(1, 1, 0), "%s must hold settings such as `name: shop` and `profile: shop`.", filename))
		return nil, d.diags
	}
	p := &Project{
		Name:         d.setting(top, "name", ""),
		Profile:      d.setting(top, "profile", ""),
		TargetPath:   d.setting(top, "target-path", "target"),
		PackagesPath: d.setting(top, "packages-install-path", "dbt_packages"),
		ModelPaths:   d.settings(top, "model-paths"),
		ProfileRange: d.at(1, 1, 0),
	}
	if m, ok := get(top, "profile"); ok {
		p.ProfileRange = d.rangeOf(m.value)
	}
	if p.ModelPaths == nil {
		if p.ModelPaths = d.settings(top, "source-paths"); p.ModelPaths == nil { // before dbt 1.0
			p.ModelPaths = []string{"models"}
		}
	}
	if p.Name == "" && !d.diags.HasErrors() {
		d.diags.Append(diag.New(diag.ProjectInvalid, d.at(1, 1, 0), "%s has no `name:`. Every dbt project has one.", filename))
	}
	if d.diags.HasErrors() {
		return nil, d.diags
	}
	return p, d.diags
}

// setting returns a scalar setting, rendered.
func (d *document) setting(ps []pair, key, otherwise string) string {
	m, ok := get(ps, key)
	if !ok {
		return otherwise
	}
	v, ok := d.value(key, m.value)
	if !ok || v.Kind == Null || v.text == "" {
		return otherwise
	}
	return v.text
}

func (d *document) settings(ps []pair, key string) []string {
	m, ok := get(ps, key)
	if !ok {
		return nil
	}
	nodes := []ast.Node{m.value}
	if seq, ok := d.resolve(m.value).(*ast.SequenceNode); ok {
		nodes = seq.Values
	}
	var out []string
	for _, n := range nodes {
		if v, ok := d.value(key, n); ok && v.text != "" {
			out = append(out, v.text)
		}
	}
	return out
}

// Choice says which profile and target to use. Profile must be set, from
// [Project].Profile or a flag; with an empty Target dbt's own order decides:
// DBT_TARGET, then `target:` of the profile, then "default".
type Choice struct {
	Profile      string
	ProfileRange diag.Range // where the profile is named; may be zero
	Target       string
	TargetRange  diag.Range // where the target is named; may be zero
}

// Target is one output of a profile, rendered.
type Target struct {
	Profile string
	Name    string
	Type    string           // adapter in lower case: "duckdb", "postgres", ...
	Fields  map[string]Value // scalar settings by key; lists and mappings are not kept
	Range   diag.Range       // of the target's name in profiles.yml
}

// Read reads the chosen target out of a profiles.yml. Other profiles and
// targets are not rendered. The target is nil exactly when there is an error
// among the diagnostics.
func Read(src []byte, filename string, c Choice, env Env) (*Target, diag.Diagnostics) {
	if c.Profile == "" {
		return nil, diag.Diagnostics{diag.New(diag.ProfileNotChosen, c.ProfileRange, "Name the profile of %s to use: add `profile: NAME` to dbt_project.yml.", filename)}
	}
	d, diags := open(src, filename, env, diag.ProfilesInvalid)
	if d == nil {
		return nil, diags
	}
	t := d.target(c)
	if d.diags.HasErrors() {
		return nil, d.diags
	}
	return t, d.diags
}

func (d *document) target(c Choice) *Target {
	top, ok := d.pairs(d.root)
	if !ok {
		d.invalid(d.at(1, 1, 0), "%s must hold profiles, each with `target` and `outputs`.", d.name)
		return nil
	}
	prof, ok := get(top, c.Profile)
	if !ok {
		var names []string
		for _, k := range keys(top) {
			if k != "config" { // settings of dbt itself
				names = append(names, k)
			}
		}
		rng := c.ProfileRange
		if rng == (diag.Range{}) {
			rng = d.at(1, 1, 0)
		}
		d.diags.Append(diag.New(diag.ProfileUnknown, rng, "%s has no profile %q. %s", d.name, c.Profile, choices(c.Profile, names)).
			WithSummary("Unknown dbt profile %q", c.Profile))
		return nil
	}
	body, ok := d.pairs(prof.value)
	outputs, has := get(body, "outputs")
	targets, isMap := d.pairs(outputs.value)
	if !ok || !has || !isMap {
		d.invalid(prof.rng, "The profile %q has no `outputs:` with its targets below.", c.Profile)
		return nil
	}
	name, rng, ok := d.chooseTarget(c, prof, body)
	if !ok {
		return nil
	}
	out, ok := get(targets, name)
	if !ok {
		d.diags.Append(diag.New(diag.TargetUnknown, rng, "The profile %q has no target %q. %s", c.Profile, name, choices(name, keys(targets))).
			WithSummary("Unknown dbt target %q", name))
		return nil
	}
	return d.output(c.Profile, out)
}

// chooseTarget follows dbt's order; rng is where the choice is written.
func (d *document) chooseTarget(c Choice, prof pair, body []pair) (name string, rng diag.Range, ok bool) {
	if c.Target != "" {
		rng = c.TargetRange
		if rng == (diag.Range{}) {
			rng = prof.rng
		}
		return c.Target, rng, true
	}
	if s, ok := d.env("DBT_TARGET"); ok && s != "" {
		return s, prof.rng, true
	}
	m, has := get(body, "target")
	if !has {
		return "default", prof.rng, true
	}
	v, ok := d.value("target", m.value)
	if !ok {
		if !d.diags.HasErrors() {
			d.invalid(d.rangeOf(m.value), "`target:` must be the name of one of the profile's outputs.")
		}
		return "", rng, false
	}
	if v.text == "" {
		return "default", v.Range, true
	}
	return v.text, v.Range, true
}

func (d *document) output(profile string, out pair) *Target {
	fields, ok := d.pairs(out.value)
	if !ok {
		d.invalid(out.rng, "The target %q has no settings below it.", out.key)
		return nil
	}
	t := &Target{Profile: profile, Name: out.key, Fields: make(map[string]Value), Range: out.rng}
	for _, f := range fields {
		if v, ok := d.value(f.key, f.value); ok {
			t.Fields[f.key] = v
		}
	}
	kind, ok := t.Fields["type"].Text()
	if (!ok || kind == "") && !d.diags.HasErrors() {
		d.diags.Append(diag.New(diag.TargetNoType, out.rng, "The target %q of profile %q has no `type:`. Add the adapter's name, such as `type: duckdb`.", out.key, profile))
	}
	t.Type = strings.ToLower(kind)
	return t
}

func (d *document) invalid(rng diag.Range, detail string, args ...any) {
	d.diags.Append(diag.New(diag.ProfilesInvalid, rng, detail, args...))
}

// choices lists what there is, or what was probably meant.
func choices(given string, names []string) string {
	if s := diag.DidYouMean(given, names); s != "" {
		return strings.TrimSpace(s)
	}
	if len(names) == 0 {
		return "It has none."
	}
	return "It has: " + strings.Join(names, ", ") + "."
}
