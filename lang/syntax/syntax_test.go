package syntax_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

const corpus = "../../testdata/syntax"

// TestCorpus compiles each archive: *.hcl are the files, vars.txt holds
// --var NAME=VALUE and LEAT_VAR_NAME=VALUE lines, version.txt the running
// version; tree.txt, values.txt and diagnostics.txt are the goldens.
func TestCorpus(t *testing.T) {
	names, err := filepath.Glob(corpus + "/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no corpus in %s: %v", corpus, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { archive(t, name) })
	}
}

func archive(t *testing.T, name string) {
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var files []syntax.File
	src := map[string][]byte{}
	in := syntax.Inputs{Flags: map[string]string{}, Env: map[string]string{}}
	version := "0.1.0"
	kept := &txtar.Archive{Comment: a.Comment}
	golden := map[string][]byte{}
	for _, f := range a.Files {
		switch {
		case strings.HasSuffix(f.Name, ".hcl"):
			files = append(files, syntax.File{Name: f.Name, Bytes: f.Data})
			src[f.Name] = f.Data
		case f.Name == "vars.txt":
			for line := range strings.Lines(string(f.Data)) {
				k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
				if n, ok := strings.CutPrefix(k, "--var "); ok {
					in.Flags[n] = v
				} else {
					in.Env[strings.TrimPrefix(k, "LEAT_VAR_")] = v
				}
			}
		case f.Name == "version.txt":
			version = strings.TrimSpace(string(f.Data))
		default:
			golden[f.Name] = f.Data
			continue
		}
		kept.Files = append(kept.Files, f)
	}
	got := compile(files, src, in, version)
	if os.Getenv("UPDATE") != "" {
		for _, n := range goldens {
			if len(got[n]) > 0 {
				kept.Files = append(kept.Files, txtar.File{Name: n, Data: got[n]})
			}
		}
		if err := os.WriteFile(name, txtar.Format(kept), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, n := range goldens {
		if d := cmp.Diff(string(golden[n]), string(got[n])); d != "" {
			t.Errorf("%s differs (-want +got); UPDATE=1 rewrites:\n%s", n, d)
		}
	}
	reversed := make([]syntax.File, len(files))
	for i, f := range files {
		reversed[len(files)-1-i] = f
	}
	if again := compile(reversed, src, in, version); !bytes.Equal(again["diagnostics.txt"], got["diagnostics.txt"]) || !bytes.Equal(again["tree.txt"], got["tree.txt"]) {
		t.Error("the order of files changes the result")
	}
}

var goldens = []string{"tree.txt", "values.txt", "diagnostics.txt"}

func compile(files []syntax.File, src map[string][]byte, in syntax.Inputs, version string) map[string][]byte {
	out := map[string][]byte{}
	cfg, diags := syntax.Parse(files)
	tree := &printer{files: src}
	tree.config(cfg)
	out["tree.txt"] = []byte(tree.String())

	diags.Extend(cfg.CheckVersion(version))
	values := &printer{files: src}
	consts, more := syntax.Evaluate(cfg, in)
	diags.Extend(more)
	values.constants(consts)
	s, more := cfg.Settings(consts)
	diags.Extend(more)
	values.settings(s)
	for _, d := range cfg.Destinations {
		s, more := d.Settings(consts)
		diags.Extend(more)
		values.WriteString(d.Addr.String() + ": accepts " + strings.Join(plain(s.Accepts), ",") + " region " + s.Region.Value + "\n")
		for _, v := range s.Config {
			values.WriteString("  " + v.Name + " = " + setting(v) + "\n")
		}
	}
	instances, more := cfg.Instances(consts)
	diags.Extend(more)
	for _, a := range instances {
		s, more := a.Settings(consts)
		diags.Extend(more)
		values.activationSettings(a, s)
	}
	for _, r := range cfg.Removed {
		s, more := r.Settings(consts)
		diags.Extend(more)
		values.WriteString("removed rows " + s.Rows.Value + "\n")
	}
	out["values.txt"] = []byte(values.String())

	problems := &printer{files: src}
	problems.diagnostics(diags.Sorted())
	out["diagnostics.txt"] = []byte(problems.String())
	return out
}

// TestEveryCodeHasAGolden counts the codes of this package that no archive
// shows. From LEAT0150 on, codes of names are those of later passes.
func TestEveryCodeHasAGolden(t *testing.T) {
	names, err := filepath.Glob(corpus + "/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	for _, i := range diag.All() {
		if i.Code < "LEAT0150" && !regexp.MustCompile(`(?m)^`+string(i.Code)+` `).Match(all) {
			t.Errorf("no golden shows %s (%s)", i.Code, i.Summary)
		}
	}
}

func TestSuggestions(t *testing.T) {
	for _, c := range []struct{ src, code, fix string }{
		{`activaton "a" {}`, "LEAT0101", "activation"},
		{`enviroment = "x"`, "LEAT0102", "environment"},
		{"dbt {\n  projet_dir = \"x\"\n}", "LEAT0102", "project_dir"},
		{"activation \"a\" {\n  feilds = {}\n}", "LEAT0102", "fields"},
		{"activation \"a\" {\n  gaurd {}\n}", "LEAT0101", "guard"},
		{"activation \"a\" {\n  from = reff(\"m\")\n}", "LEAT0113", "ref"},
		{"activation \"a\" {\n  from = \"m\"\n}", "LEAT0113", `ref("m")`},
		{"activation \"a\" {\n  to = destinaton.x.y.z\n}", "LEAT0114", "destination"},
		{"activation \"a\" {\n  guard = {}\n}", "LEAT0108", " "},
		{"activation \"a\" {\n  fields {}\n}", "LEAT0107", " = "},
		{`state "locl" {}`, "LEAT0104", `"local"`},
		{"activation \"a\" {\n  fields = { a.b = 1 }\n}", "LEAT0111", `"a.b"`},
		{"removed {\n  from = activaton.x\n}", "LEAT0160", "activation"},
		{"removed {\n  from = \"x\"\n}", "LEAT0160", "activation.x"},
		{"removed {\n  from = activation.x.eu\n}", "LEAT0160", `["eu"]`},
		{"moved {\n  from = activation.x.feild.a\n  to = activation.x.field.b\n}", "LEAT0160", "field"},
	} {
		_, diags := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte(c.src)}})
		found := false
		for _, d := range diags {
			found = found || (string(d.Code) == c.code && len(d.Fixes) == 1 && d.Fixes[0].Edits[0].NewText == c.fix)
		}
		if !found {
			t.Errorf("%s: no %s with the edit %q in %v", c.src, c.code, c.fix, diags)
		}
	}
}

// Applying every edit must leave nothing to edit.
func TestFixesFix(t *testing.T) {
	src := "dbt {\n  projet_dir = \"x\"\n}\nactivation \"a\" {\n  from = reff(\"m\")\n  to = destination.a.b.c\n  key = { a.b = row.x }\n  gaurd {\n    min_rows = 1\n  }\n}\n"
	for range 5 {
		_, diags := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte(src)}})
		if len(diags) == 0 {
			return
		}
		if len(diags[0].Fixes) == 0 {
			t.Fatalf("no edit for %v", diags[0])
		}
		e := diags[0].Fixes[0].Edits[0]
		src = src[:e.Range.Start.Byte] + e.NewText + src[e.Range.End.Byte:]
	}
	t.Errorf("still not well after all edits:\n%s", src)
}

func TestMembers(t *testing.T) {
	fsys := fstest.MapFS{}
	for _, n := range []string{"leat.hcl", "a.leat.hcl", "sub/b.leat.hcl", "sub/leat.hcl", "sub/c.hcl", "target/d.leat.hcl",
		"sub/target/e.leat.hcl", "dbt_packages/x/f.leat.hcl", ".git/g.leat.hcl", "sub/.leat.hcl", "README.md"} {
		fsys[n] = &fstest.MapFile{}
	}
	got, err := syntax.Members(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a.leat.hcl", "leat.hcl", "sub/b.leat.hcl"}, got); d != "" {
		t.Error(d)
	}
}

// The tables must agree with each other and with the reader.
func TestTables(t *testing.T) {
	var walk func(path string, b syntax.BlockSchema)
	walk = func(path string, b syntax.BlockSchema) {
		if b.Doc == "" {
			t.Errorf("block %q has no documentation", path)
		}
		for _, a := range b.Attributes {
			if a.Doc == "" || a.Kind == "" {
				t.Errorf("attribute %s of %q has no documentation or kind", a.Name, path)
			}
		}
		for _, n := range b.Blocks {
			walk(strings.TrimPrefix(path+"."+n.Type, "."), n)
		}
	}
	walk("", syntax.Root())
	for _, c := range []struct{ block, attribute, want string }{
		{"activation", "where", "each local row var"},
		{"activation", "from", "each"},
		{"activation", "to", "destination each"},
		{"activation.field", "value", "activation each local row var"},
		{"activation.field", "write", "each local var"},
		{"activation.consent", "allow", "consent each local var"},
		{"policy", "assert", "activation local mapping target var"},
		{"", "environment", "local var"},
		{"destination.config", "token", "local var"},
		{"variable", "default", ""},
	} {
		if got := strings.Join(syntax.RootsFor(c.block, c.attribute), " "); got != c.want {
			t.Errorf("roots of %s.%s: got %q, want %q", c.block, c.attribute, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob(corpus + "/*.txtar")
	for _, n := range names {
		a, err := txtar.ParseFile(n)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if strings.HasSuffix(file.Name, ".hcl") {
				f.Add(file.Data)
			}
		}
	}
	f.Add([]byte("\xef\xbb\xbfdbt {\n  target = 'x'\n}\n"))
	f.Add([]byte("a = [[[[[[{{{((("))
	f.Fuzz(func(t *testing.T, src []byte) {
		files := []syntax.File{{Name: "leat.hcl", Bytes: src}}
		cfg, diags := syntax.Parse(files)
		for _, d := range diags {
			if d.Range.Start.Byte > d.Range.End.Byte || d.Range.End.Byte > len(src) {
				t.Errorf("%s has a range outside the file: %v", d.Code, d.Range)
			}
		}
		out := compile(files, map[string][]byte{"leat.hcl": src}, syntax.Inputs{}, "0.1.0")
		if bytes.Contains(out["tree.txt"], []byte("OUT OF BOUNDS")) {
			t.Errorf("a range of the tree is outside the file:\n%s", out["tree.txt"])
		}
		if !diags.HasErrors() && cfg.Poisoned {
			t.Error("poisoned without an error")
		}
	})
}
