package profile_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leat-dev/leat/compiler/profile"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
)

// Each archive holds profiles.yml, perhaps dbt_project.yml, the environment as
// NAME=value lines (env), the choice as key=value lines (choose), and what
// comes of it (want).
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in := make(map[string]string)
			for _, f := range ar.Files {
				in[f.Name] = string(f.Data)
			}
			got := run(t, in)
			if os.Getenv("UPDATE") != "" {
				kept := ar.Files[:0]
				for _, f := range ar.Files {
					if f.Name != "want" {
						kept = append(kept, f)
					}
				}
				ar.Files = append(kept, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(in["want"], got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func run(tb testing.TB, in map[string]string) string {
	env := lines(in["env"])
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	choose := lines(in["choose"])
	var b strings.Builder
	c := profile.Choice{Profile: choose["profile"], Target: choose["target"]}
	if src, ok := in["dbt_project.yml"]; ok {
		p, diags := profile.ReadProject([]byte(src), "dbt_project.yml", lookup)
		show(&b, src, diags)
		if p != nil {
			fmt.Fprintf(&b, "project %s, profile %q, models %v, target %s, packages %s\n", p.Name, p.Profile, p.ModelPaths, p.TargetPath, p.PackagesPath)
			c.Profile, c.ProfileRange = p.Profile, p.ProfileRange
		}
	}
	src, ok := in["profiles.yml"]
	if !ok {
		return b.String()
	}
	t, diags := profile.Read([]byte(src), "profiles.yml", c, lookup)
	show(&b, src, diags)
	if t == nil {
		return b.String()
	}
	fmt.Fprintf(&b, "profile %s, target %s, type %s\n", t.Profile, t.Name, t.Type)
	for _, k := range slices.Sorted(maps.Keys(t.Fields)) {
		fmt.Fprintf(&b, "  %s = %v (kind %d)\n", k, t.Fields[k], t.Fields[k].Kind)
	}
	switch t.Type {
	case "duckdb":
		d, diags := t.DuckDB()
		show(&b, src, diags)
		fmt.Fprintf(&b, "%+v\n", d)
	case "postgres":
		p, diags := t.Postgres()
		show(&b, src, diags)
		if in["example"] != "" {
			diagtest.Example(tb, diag.ProfileFieldNeeded, diags)
		}
		fmt.Fprintf(&b, "%+v\n", p)
	}
	return b.String()
}

func show(b *strings.Builder, src string, diags diag.Diagnostics) {
	for _, d := range diags.Sorted() {
		fmt.Fprintf(b, "%s %s %s:%d,%d-%d,%d", d.Code, d.Severity, d.Range.Filename, d.Range.Start.Line, d.Range.Start.Column, d.Range.End.Line, d.Range.End.Column)
		if d.Range.Filename == "profiles.yml" && d.Range.End.Byte <= len(src) {
			fmt.Fprintf(b, " %q", src[d.Range.Start.Byte:d.Range.End.Byte])
		}
		fmt.Fprintf(b, "\n  %s\n  %s\n", d.Summary, d.Detail)
	}
}

func lines(s string) map[string]string {
	out := make(map[string]string)
	for _, l := range strings.Split(s, "\n") {
		if k, v, ok := strings.Cut(l, "="); ok {
			out[k] = v
		}
	}
	return out
}

const canary = "cAnArY-7d1f"

func TestSecretsDoNotPrint(t *testing.T) {
	src := `p:
  target: dev
  outputs:
    dev:
      type: postgres
      host: "{{ env_var('DBT_ENV_SECRET_HOST') }}"
      user: u
      dbname: d
      pass: ` + canary + `
      token: "{{ env_var('T') }}"
      private_key: |
        ` + canary + `
      nested:
        password: ` + canary + `
`
	env := func(string) (string, bool) { return canary, true }
	got, diags := profile.Read([]byte(src), "profiles.yml", profile.Choice{Profile: "p", Target: "dev"}, env)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	pg, _ := got.Postgres()
	if pg.Password.Reveal() != canary || pg.Host != canary {
		t.Fatalf("the connection itself gets %q and %q", pg.Password.Reveal(), pg.Host)
	}
	pg.Host = ""
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, x := range []any{got, *got, got.Fields, pg, &pg, pg.Password, got.Fields["pass"]} {
			if s := fmt.Sprintf(verb, x); strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T leaks", verb, x)
			}
		}
	}
	for _, x := range []any{got, pg} {
		b, err := json.Marshal(x)
		if err != nil || strings.Contains(string(b), canary) {
			t.Errorf("JSON of %T leaks or fails: %v", x, err)
		}
	}
	if _, ok := got.Fields["pass"].Text(); ok {
		t.Error("a secret gives its text")
	}
}

// Whatever a profile holds, a diagnostic about it never quotes a value.
func TestDiagnosticsHoldNoValues(t *testing.T) {
	for _, src := range []string{
		"p:\n  outputs:\n    dev:\n      type: postgres\n      port: \"{{ env_var('P') | as_number }}\"\n",
		"p:\n  outputs:\n    dev:\n      type: postgres\n      password: \"" + canary + "\n   bad",
		"p:\n  outputs:\n    dev:\n      type: postgres\n      password: *" + canary + "\n",
		"p:\n  outputs:\n    dev: {type: postgres, password: [" + canary + "\n",
		"p:\n  outputs:\n    dev:\n      type: postgres\n      token: \"{{ env_var('P') | upper }}\"\n",
	} {
		env := func(n string) (string, bool) { return canary, n == "P" }
		_, diags := profile.Read([]byte(src), "profiles.yml", profile.Choice{Profile: "p", Target: "dev"}, env)
		for _, d := range diags {
			if strings.Contains(d.Summary+d.Detail, canary) {
				t.Errorf("%s quotes a value: %s", d.Code, d.Detail)
			}
		}
	}
}

func TestCorpusProfile(t *testing.T) {
	const dir = "../../testdata/dbt/dbt-bouncer/project"
	src, err := os.ReadFile(filepath.Join(dir, "dbt_project.yml"))
	if err != nil {
		t.Fatal(err)
	}
	p, diags := profile.ReadProject(src, "dbt_project.yml", nil)
	if len(diags) > 0 || p.Name != "dbt_bouncer_test_project" || p.Profile != "dbt_bouncer" {
		t.Fatalf("%+v %v", p, diags)
	}
	if src, err = os.ReadFile(filepath.Join(dir, "profiles.yml")); err != nil {
		t.Fatal(err)
	}
	target, diags := profile.Read(src, "profiles.yml", profile.Choice{Profile: p.Profile}, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	d, diags := target.DuckDB()
	if want := (profile.DuckDB{Path: "./dbt.duckdb", Database: "dbt", Schema: "main"}); len(diags) > 0 || d != want {
		t.Errorf("%+v %v", d, diags)
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range files {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range ar.Files {
			f.Add(x.Data)
		}
	}
	env := func(n string) (string, bool) { return canary, len(n)%2 == 0 }
	f.Fuzz(func(t *testing.T, src []byte) {
		if p, diags := profile.ReadProject(src, "dbt_project.yml", env); (p == nil) != diags.HasErrors() {
			t.Error("project and errors disagree")
		}
		for _, c := range []profile.Choice{{Profile: "shop"}, {Profile: "shop", Target: "dev"}, {}} {
			x, diags := profile.Read(src, "profiles.yml", c, env)
			if (x == nil) != diags.HasErrors() {
				t.Error("target and errors disagree")
			}
			for _, d := range diags {
				if d.Range.Start.Byte > d.Range.End.Byte || d.Range.End.Byte > len(src) || (d.Code != diag.TargetUnknown && strings.Contains(d.Detail, canary)) {
					t.Errorf("bad diagnostic %+v", d)
				}
			}
			if x != nil {
				x.DuckDB()
				x.Postgres()
			}
		}
	})
}
