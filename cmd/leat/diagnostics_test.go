package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
)

// TestDiagnostics provokes diagnostics as a user would and compares what leat
// prints. Each script is named after its code; its files and its output become
// the example on the code's page.
func TestDiagnostics(t *testing.T) {
	t.Run("shown", func(t *testing.T) { testscript.Run(t, scripts("testdata/diagnostics")) })
	files, err := filepath.Glob("testdata/diagnostics/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code := strings.TrimSuffix(filepath.Base(f), ".txtar")
		if _, ok := diag.Lookup(diag.Code(code)); !ok {
			t.Errorf("%s is named after no code", f)
		}
		if _, want, _ := strings.Cut(string(text), "\n-- want --\n"); !strings.Contains(want, "("+code+")") {
			t.Errorf("%s does not show %s", f, code)
		}
	}
}

// TestEveryDiagnosticIsShown counts the codes that no code of leat reports, and
// those without an example that a test holds leat against: a script here, or
// what a test in Go provoked. Both counts are zero.
func TestEveryDiagnosticIsShown(t *testing.T) {
	source := repository(t)
	names := codeNames(t)
	without := 0
	for _, info := range diag.All() {
		name := names[info.Code]
		reported := regexp.MustCompile(`diag\.` + name + `\b`)
		if !reported.MatchString(source) {
			t.Errorf("%s (%s) is never reported", info.Code, name)
		}
		_, err := os.Stat(filepath.Join("testdata", "diagnostics", string(info.Code)+".txtar"))
		if _, inGo := diagtest.Read(filepath.Join("..", ".."), info.Code); err != nil && !inGo {
			without++
			t.Errorf("%s (%s) has no example", info.Code, name)
		}
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference", "diagnostics", string(info.Code)+".md"))
		if err != nil || !strings.Contains(string(page), "\n## Example\n") {
			t.Errorf("the page of %s shows no example; `make golden` writes it", info.Code)
		}
	}
	if without > 0 {
		t.Errorf("%d codes have no example", without)
	}
}

// repository returns the text of leat's own code, without its tests.
func repository(t *testing.T) string {
	t.Helper()
	var code strings.Builder
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		slashed := filepath.ToSlash(path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || slashed == "../../docs" || slashed == "../../lang/diag" || d.Name() == "target"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code.String()
}

// codeNames returns the Go names of the codes, as lang/diag declares them.
func codeNames(t *testing.T) map[diag.Code]string {
	t.Helper()
	files, err := filepath.Glob("../../lang/diag/codes_*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables of codes", err)
	}
	out := map[diag.Code]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "(LEAT\d+)"`).FindAllStringSubmatch(string(text), -1) {
			out[diag.Code(m[2])] = m[1]
		}
	}
	return out
}
