// Package diagtest keeps examples of the diagnostics that no command line
// provokes at will: a damaged journal, a plugin that breaks its contract. The
// Go test that provokes one hands it to [Example]; the code's page in
// docs/reference/diagnostics shows it. Where a script can provoke the
// diagnostic, a script in cmd/leat/testdata/diagnostics is the example.
//
// Only tests import it.
package diagtest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/diag"
)

// Folder is where examples are, below the repository's root.
const Folder = "cmd/leat/testdata/diagnostics"

// Example holds the diagnostic of a code, one of ds, against the example that
// is kept of it; UPDATE=1 rewrites that. mask are pairs of what differs from
// run to run, such as a temporary folder, and what stands for it.
func Example(t testing.TB, code diag.Code, ds diag.Diagnostics, mask ...string) {
	t.Helper()
	i := slices.IndexFunc(ds, func(d diag.Diagnostic) bool { return d.Code == code })
	if i < 0 {
		t.Errorf("%s was not reported, but %v", code, ds)
		return
	}
	d := ds[i]
	clean := strings.NewReplacer(mask...).Replace
	d.Summary, d.Detail, d.Range.Filename = clean(d.Summary), clean(d.Detail), clean(d.Range.Filename)
	d.Related = slices.Clone(d.Related)
	for r := range d.Related {
		d.Related[r].Message, d.Related[r].Range.Filename = clean(d.Related[r].Message), clean(d.Related[r].Range.Filename)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root(t), filepath.FromSlash(Folder), string(code)+".json")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(want, text.Bytes()) {
		t.Errorf("the example of %s differs; `make golden` rewrites it\ngot:  %swant: %s", code, text.Bytes(), want)
	}
}

// Read returns the example of a code from the repository below root; false
// when no test keeps one.
func Read(root string, code diag.Code) (diag.Diagnostic, bool) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(Folder), string(code)+".json"))
	if err != nil {
		return diag.Diagnostic{}, false
	}
	var d diag.Diagnostic
	return d, json.Unmarshal(text, &d) == nil
}

// root is the folder with go.mod, upward from the test's own.
func root(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}
