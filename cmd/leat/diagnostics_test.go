package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leat-dev/leat/lang/diag"
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
