// Package realdbt runs the pinned dbt on copies of the example project, for tests.
//
// It finds dbt in the Python environment that LEAT_DBT_VENV names (.ci/dbt-venv makes one). It knows the example
// project and dbt, and nothing of leat.
//
// Start at [Find].
package realdbt

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// DBT is an installed dbt.
type DBT struct {
	venv string
	root string // of the repository
}

// Find returns the dbt of LEAT_DBT_VENV. Without one it skips the test, or fails it where LEAT_REQUIRE lists
// "dbt". root is the repository's root, relative to the test's folder.
func Find(t testing.TB, root string) DBT {
	t.Helper()
	venv := os.Getenv("LEAT_DBT_VENV")
	if venv == "" {
		const how = "set LEAT_DBT_VENV=$(.ci/dbt-venv) to test with real dbt"
		if slices.Contains(strings.Split(os.Getenv("LEAT_REQUIRE"), ","), "dbt") {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return DBT{venv: venv, root: absolute}
}

// Shop copies the example project to a new folder, without artifacts and without anything that a run left, and
// returns the folder.
func (d DBT) Shop(t testing.TB) string {
	t.Helper()
	shop := filepath.Join(t.TempDir(), "shop")
	for _, part := range []string{"dbt_project.yml", "profiles.yml", "leat.hcl", "leat_schemas", "models", "seeds", "activations"} {
		from, to := filepath.Join(d.root, "examples", "shop", part), filepath.Join(shop, part)
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			err = os.CopyFS(to, os.DirFS(from))
		} else {
			err = copyFile(from, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return shop
}

// NextSeeds puts the seeds of the next day in place of those of a project that Shop made.
func (d DBT) NextSeeds(t testing.TB, shop string) {
	t.Helper()
	next, err := filepath.Glob(filepath.Join(d.root, "examples", "shop", "seeds_next", "*.csv"))
	if err != nil || len(next) == 0 {
		t.Fatalf("no seeds for the next day: %v", err)
	}
	for _, from := range next {
		if err := copyFile(from, filepath.Join(shop, "seeds", filepath.Base(from))); err != nil {
			t.Fatal(err)
		}
	}
}

// Build runs `dbt build` in a project, which must succeed. It writes shop.duckdb and target/ there.
func (d DBT) Build(t testing.TB, shop string) {
	t.Helper()
	d.run(t, shop, "dbt", "--quiet", "--no-use-colors", "build")
}

// Parse runs `dbt parse` in a project, which must succeed without a warning. It writes target/manifest.json there.
func (d DBT) Parse(t testing.TB, folder string) {
	t.Helper()
	d.run(t, folder, "dbt", "--quiet", "--no-use-colors", "--warn-error", "--no-partial-parse", "parse")
}

// Artifacts writes the normalised artifacts of the repository's own project to a new folder, as `make artifacts`
// does to target/, and returns the folder.
func (d DBT) Artifacts(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	command := exec.Command(filepath.Join(d.root, "examples", "shop", "refresh-artifacts.sh"), folder)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
	return folder
}

func (d DBT) run(t testing.TB, folder, name string, args ...string) {
	t.Helper()
	command := exec.Command(filepath.Join(d.venv, "bin", name), args...)
	command.Dir = folder
	command.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "DBT_") }),
		"DBT_SEND_ANONYMOUS_USAGE_STATS=false", "SHOP_DUCKDB=shop.duckdb")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
