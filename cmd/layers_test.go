// Package cmd_test holds the tests that look at the house as a whole.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// The rules of docs/architecture.md, "Layers". The linter (.golangci.yml, depguard) states them a second time, for
// the editor; this test is what holds, because it sees every file that `go list` sees and cannot be switched off
// with a comment.

const (
	module = "github.com/leat-dev/leat"
	duckdb = "github.com/duckdb/"
	tags   = "duckdb_arrow"
)

// layer says what the packages below a folder may import of our own module. A package belongs to the longest
// folder that contains it, and may always import what lies below its own folder.
type layer struct {
	folder string
	may    []string // folders; a package at or below one may be imported
	test   []string // folders that its tests may import as well
}

var layers = []layer{
	{folder: "lang"},
	{folder: "compiler", may: []string{"lang"}},
	{folder: "runtime", may: []string{"lang", "compiler"}, test: []string{"plugins"}},
	{folder: "runtime/pluginhost", may: []string{"lang", "compiler", "runtime", "plugins/protocol"}, test: []string{"plugins"}},
	{folder: "plugins/protocol"},
	{folder: "plugins/sdk", may: []string{"plugins/protocol"}},
	{folder: "plugins/conformance", may: []string{"plugins/protocol", "plugins/sdk"}},
	{folder: "cmd", may: []string{"lang", "compiler", "runtime", "plugins"}},
	{folder: "examples", may: []string{"runtime"}},
}

// plugin is the rule of every folder below plugins/ that layers does not name: a destination. Its tests may hold
// the schema it writes against those who read it.
var plugin = layer{
	may:  []string{"plugins/protocol", "plugins/sdk"},
	test: []string{"plugins/conformance", "lang/types", "runtime/pluginhost"},
}

// pure are the layers that do no I/O: callers hand them bytes and an fs.FS.
var pure = []string{"lang", "compiler"}

// outside is what pure layers may not import of the standard library.
var outside = []string{
	"crypto/rand", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec",
	"os/signal", "os/user", "plugin", "syscall", "unsafe",
}

// forTests are packages that only tests import, so that they may do I/O.
var forTests = []string{"lang/diag/diagtest"}

// heavy are modules that must not come into pure layers by way of another one.
var heavy = []string{duckdb, "github.com/hashicorp/go-plugin", "google.golang.org/grpc", "github.com/jackc/", "github.com/apache/arrow-go"}

// driver lists who may import the DuckDB driver.
var driver = []string{"runtime/duck"}

// listed is what the test reads of `go list -json`.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	CgoFiles     []string
	Standard     bool
}

func TestLayers(t *testing.T) {
	packages := list(t, "-tags", tags, "./...")
	if len(packages) == 0 {
		t.Fatal("go list found no package")
	}
	for _, p := range packages {
		folder, ok := ours(p.ImportPath)
		if !ok {
			t.Fatalf("%s is not of this module", p.ImportPath)
		}
		rule := ruleOf(folder)
		for _, imported := range p.Imports {
			target, ok := ours(imported)
			if ok && !rule.allows(target, false) {
				t.Errorf("%s imports %s, which is not its layer's to know", folder, target)
			}
			if ok && slices.Contains(forTests, target) {
				t.Errorf("%s imports %s, which is for tests", folder, target)
			}
			if strings.HasPrefix(imported, duckdb) && !slices.Contains(driver, folder) {
				t.Errorf("%s imports %s; only %s may", folder, imported, strings.Join(driver, ", "))
			}
			if slices.ContainsFunc(pure, func(l string) bool { return below(folder, l) }) && slices.Contains(outside, imported) && !slices.Contains(forTests, folder) {
				t.Errorf("%s imports %s, but does no I/O and knows no ambient state", folder, imported)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if target, ok := ours(imported); ok && !rule.allows(target, true) {
				t.Errorf("the tests of %s import %s, which is not its layer's to know", folder, target)
			}
		}
	}
}

// TestPureLayersStayLight looks at lang and compiler with everything they pull in.
func TestPureLayersStayLight(t *testing.T) {
	for _, p := range list(t, append([]string{"-deps"}, purePatterns()...)...) {
		if len(p.CgoFiles) > 0 && !p.Standard {
			t.Errorf("%s uses cgo and is reached from %s", p.ImportPath, strings.Join(pure, " or "))
		}
		for _, module := range heavy {
			if strings.HasPrefix(p.ImportPath, module) {
				t.Errorf("%s is reached from %s", p.ImportPath, strings.Join(pure, " or "))
			}
		}
	}
}

// TestPureLayersBuildWithoutCgo builds lang and compiler as a machine without a C compiler does.
func TestPureLayersBuildWithoutCgo(t *testing.T) {
	command := exec.Command("go", append([]string{"build"}, purePatterns()...)...)
	command.Dir = ".."
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("CGO_ENABLED=0 go build: %v\n%s", err, output)
	}
}

func purePatterns() []string {
	patterns := make([]string, len(pure))
	for i, l := range pure {
		patterns[i] = "./" + l + "/..."
	}
	return patterns
}

// TestEveryPackageIsInALayer keeps new top-level folders from growing beside the layers.
func TestEveryPackageIsInALayer(t *testing.T) {
	top := []string{"cmd", "lang", "compiler", "runtime", "plugins", "examples"}
	for _, p := range list(t, "-tags", tags, "./...") {
		folder, _ := ours(p.ImportPath)
		if first, _, _ := strings.Cut(folder, "/"); !slices.Contains(top, first) {
			t.Errorf("%s lies in none of %s", folder, strings.Join(top, ", "))
		}
	}
}

// TestRules tries the rules themselves on imports that must be refused, so that an empty table cannot pass.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"lang/expr", "lang/diag", false, true},
		{"lang/expr", "compiler/ir", false, false},
		{"lang/expr", "compiler/ir", true, false},
		{"compiler/check", "lang/expr", false, true},
		{"compiler/check", "runtime/duck", true, false},
		{"runtime/engine", "compiler/plan", false, true},
		{"runtime/engine", "cmd/internal/view", true, false},
		{"runtime/engine", "plugins/protocol", false, false},
		{"runtime/pluginhost", "plugins/protocol", false, true},
		{"runtime/pluginhost", "plugins/sdk", false, false},
		{"runtime/pluginhost", "plugins/hubspot", true, true},
		{"plugins/protocol", "lang/diag", false, false},
		{"plugins/sdk", "plugins/protocol", false, true},
		{"plugins/sdk", "runtime/event", false, false},
		{"plugins/hubspot/internal/api", "plugins/hubspot", false, true},
		{"plugins/hubspot", "plugins/sdk", false, true},
		{"plugins/hubspot", "plugins/postgres", false, false},
		{"plugins/hubspot", "plugins/conformance", true, true},
		{"plugins/hubspot", "lang/diag", true, false},
		{"cmd/leat", "plugins/hubspot", false, true},
		{"examples/shop/warehouse", "runtime/duck", false, true},
		{"examples/shop/warehouse", "cmd/leat", false, false},
	} {
		if got := ruleOf(c.from).allows(c.to, c.test); got != c.want {
			t.Errorf("may %s import %s (test: %t): %t, want %t", c.from, c.to, c.test, got, c.want)
		}
	}
}

// ruleOf returns the rule of the longest folder in layers that contains folder.
func ruleOf(folder string) layer {
	for at := folder; at != "."; at = path.Dir(at) {
		if i := slices.IndexFunc(layers, func(l layer) bool { return l.folder == at }); i >= 0 {
			return layers[i]
		}
	}
	rule := plugin
	if parts := strings.Split(folder, "/"); parts[0] == "plugins" && len(parts) > 1 {
		rule.folder = path.Join(parts[:2]...)
		return rule
	}
	return layer{folder: folder}
}

func (l layer) allows(target string, test bool) bool {
	if below(target, l.folder) {
		return true
	}
	may := l.may
	if test {
		may = slices.Concat(may, l.test)
	}
	return slices.ContainsFunc(may, func(folder string) bool { return below(target, folder) })
}

func below(folder, ancestor string) bool {
	return folder == ancestor || strings.HasPrefix(folder, ancestor+"/")
}

// ours cuts the module's path from an import path.
func ours(importPath string) (folder string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// list runs `go list -json` in the module's root.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports,CgoFiles,Standard"}, args...)...)
	command.Dir = ".."
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
}
