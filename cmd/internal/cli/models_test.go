package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// invoke runs a command in a folder, with nothing of the process's own
// environment.
func invoke(t *testing.T, dir string, args ...string) (code Exit, out, errs string) {
	t.Helper()
	return invokeIn(context.Background(), t, dir, args...)
}

func invokeIn(ctx context.Context, t *testing.T, dir string, args ...string) (code Exit, out, errs string) {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	code = Do(ctx, args, System{In: strings.NewReader(""), Out: &o, Err: &e, Dir: dir,
		Env:    func(string) (string, bool) { return "", false },
		Now:    func() time.Time { return time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC) },
		Random: bytes.NewReader(make([]byte, 64))})
	return code, o.String(), e.String()
}

const shopDir = "../../../examples/shop"

// selected runs leat models --json and returns the addresses it lists.
func selected(t *testing.T, args ...string) []string {
	t.Helper()
	code, out, errs := invoke(t, shopDir, append([]string{"models", "--json"}, args...)...)
	if code != OK {
		t.Fatalf("%v: exit %d\n%s%s", args, code, out, errs)
	}
	var doc struct {
		FormatVersion string `json:"format_version"`
		Models        []struct {
			Address string `json:"address"`
			Columns []struct{ Type string }
			Keys    []struct{ Grade string }
		} `json:"models"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.FormatVersion != "1.0" {
		t.Errorf("format_version %q", doc.FormatVersion)
	}
	var names []string
	for _, m := range doc.Models {
		names = append(names, m.Address)
	}
	return names
}

func TestModelsSelector(t *testing.T) {
	for selector, want := range map[string]string{
		"customers":            `ref("customers")`,
		"shop.marts.customers": `ref("customers")`,
		"marts.customers":      `ref("customers")`,
		"model.shop.customers": `ref("customers")`,
		"staging":              `ref("stg_customers") ref("stg_orders") ref("stg_payments")`,
		"stg_*":                `ref("stg_customers") ref("stg_orders") ref("stg_payments")`,
		"raw_[op]*":            `ref("raw_orders") ref("raw_payments")`,
	} {
		if got := strings.Join(selected(t, selector), " "); got != want {
			t.Errorf("%s selects %s, want %s", selector, got, want)
		}
	}
	if got := selected(t); len(got) < 5 {
		t.Errorf("without a selector: %v", got)
	}
}

func TestModelsProblems(t *testing.T) {
	manifest := filepath.Join("target", "manifest.json")
	for name, c := range map[string]struct {
		dir  string
		args []string
		code Exit
		says []string
	}{
		"misspelt":            {shopDir, []string{"custmers"}, Failed, []string{"LEAT0410", `Did you mean "customers"?`}},
		"no project":          {t.TempDir(), nil, Failed, []string{"LEAT0901"}},
		"two selectors":       {shopDir, []string{"a", "b"}, Usage, []string{"--help"}},
		"catalog alone":       {shopDir, []string{"--catalog", "c.json"}, Usage, []string{"--manifest"}},
		"no such manifest":    {t.TempDir(), []string{"--manifest", "nope.json"}, Failed, []string{"LEAT0905", "nope.json"}},
		"catalog as manifest": {shopDir, []string{"--manifest", filepath.Join("target", "catalog.json")}, Failed, []string{"LEAT0403"}},
		"no such catalog":     {shopDir, []string{"--manifest", manifest, "--catalog", "c.json"}, Failed, []string{"LEAT0905"}},
	} {
		code, out, errs := invoke(t, c.dir, append([]string{"models"}, c.args...)...)
		if code != c.code || out != "" {
			t.Errorf("%s: exit %d, output %q", name, code, out)
		}
		for _, s := range c.says {
			if !strings.Contains(errs, s) {
				t.Errorf("%s: does not say %q:\n%s", name, s, errs)
			}
		}
	}
}

// TestModelsManifest: files named on the command line tell the same as the
// project that holds them.
func TestModelsManifest(t *testing.T) {
	target := filepath.Join(shopDir, "target")
	abs, err := filepath.Abs(target)
	if err != nil {
		t.Fatal(err)
	}
	_, project, _ := invoke(t, shopDir, "models", "customers")
	code, files, errs := invoke(t, t.TempDir(), "models", "customers", "--manifest", filepath.Join(abs, "manifest.json"),
		"--catalog", filepath.Join(abs, "catalog.json"), "--run-results", filepath.Join(abs, "run_results.json"))
	if code != OK || files != project {
		t.Errorf("exit %d %s\nproject:\n%s\nfiles:\n%s", code, errs, project, files)
	}
	if !strings.Contains(project, "not null (passed)") || !strings.Contains(project, "pii") {
		t.Errorf("no proofs or labels in:\n%s", project)
	}
}
