package check_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

const realArtifacts = "../../testdata/dbt"

// TestRealProjects compiles activations over artifacts that real dbt wrote,
// one archive a project: its file "artifacts" names the folder in testdata/dbt.
// UPDATE=1 rewrites the archives. Every manifest there has an archive.
func TestRealProjects(t *testing.T) {
	manifests, err := filepath.Glob(realArtifacts + "/*/*/manifest.json.gz")
	if err != nil || len(manifests) == 0 {
		t.Fatal("no artifacts", err)
	}
	missing := map[string]bool{}
	for _, m := range manifests {
		folder, _ := filepath.Rel(realArtifacts, filepath.Dir(m))
		missing[filepath.ToSlash(folder)] = true
	}
	files, err := filepath.Glob("../../testdata/corpus/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		folders := strings.Fields(section(ar, "artifacts"))
		for _, folder := range folders {
			delete(missing, folder)
			t.Run(strings.ReplaceAll(folder, "/", "_"), func(t *testing.T) {
				res, ds := compileReal(t, ar, folder, len(folders) == 1)
				if ds.HasErrors() || len(res.Activations) == 0 {
					t.Errorf("%s does not compile:\n%s", folder, render(ds, ar))
				}
				got := map[string]string{"diagnostics": render(ds, ar), "compiled": dump(res)}
				if os.Getenv("UPDATE") != "" {
					update(t, file, ar, got)
					return
				}
				for name, text := range got {
					if d := cmp.Diff(section(ar, name), text); d != "" {
						t.Errorf("%s differs (-want +got); `make golden` rewrites it\n%s", name, d)
					}
				}
			})
		}
	}
	for folder := range missing {
		t.Errorf("no activations are written for %s", folder)
	}
}

// compileReal compiles an archive over the artifacts of a folder. Projects that
// are compared were not run alike, so that run results are left out there.
func compileReal(t *testing.T, ar *txtar.Archive, folder string, results bool) (*check.Result, diag.Diagnostics) {
	t.Helper()
	in := check.Input{AsOf: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Schemas: map[string]check.Schema{"sink": {Schema: sink(), Digest: "sha256:sink"}}, Snapshots: map[addr.Destination]check.Schema{}}
	in.Source = func(name string) []byte { return []byte(section(ar, name)) }
	var files []syntax.File
	for _, f := range ar.Files {
		if syntax.Belongs(f.Name) {
			files = append(files, syntax.File{Name: f.Name, Bytes: f.Data})
		}
	}
	var ds diag.Diagnostics
	var more diag.Diagnostics
	in.Config, more = syntax.Parse(files)
	ds.Extend(more)
	in.Constants, more = syntax.Evaluate(in.Config, syntax.Inputs{})
	ds.Extend(more)
	open := func(name string, read func(io.Reader)) {
		f, err := os.Open(filepath.Join(realArtifacts, folder, name+".gz"))
		if os.IsNotExist(err) && name != "manifest.json" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		read(z)
	}
	open("manifest.json", func(r io.Reader) {
		in.Manifest, more = manifest.Read(r, "target/manifest.json", manifest.Options{})
		ds.Extend(more)
	})
	open("catalog.json", func(r io.Reader) {
		in.Catalog, more = manifest.ReadCatalog(r, "target/catalog.json")
		ds.Extend(more)
	})
	open("run_results.json", func(r io.Reader) {
		if !results {
			return
		}
		run, more := manifest.ReadRunResults(r, "target/run_results.json")
		ds.Extend(more)
		in.Verdicts = manifest.LastVerdicts(run)
	})
	res, more := check.Compile(in)
	ds.Extend(more)
	return res, ds.Sorted()
}

// sink is a plugin type with one object whose fields have many types.
func sink() *schema.Destination {
	field := func(name string, t types.Type) schema.Field {
		return schema.Field{Name: name, Type: t, Nullable: true, Clear: schema.ClearNull}
	}
	op := func(name string) schema.Operation {
		return schema.Operation{Name: name, Endpoint: "POST /" + name, Retry: schema.Idempotent, MaxRecords: 100}
	}
	return &schema.Destination{Plugin: "sink", Version: "1.0.0", Evidence: "D", Objects: []schema.Object{{
		Name: "things", Readable: schema.ReadByKey, Removal: []string{"delete"}, KeysOpen: true,
		Fields: []schema.Field{
			field("active", types.BoolType), field("amount", types.DecimalOf(38, 9)), field("at", types.TimestampType), field("id", types.StringOf(100)), field("kind", types.StringOf(50)),
			field("name", types.StringOf(200)), field("number", types.IntType), field("on", types.DateType), field("other", types.StringOf(100)), field("ratio", types.FloatType), field("zoned", types.TimestampTZType),
		},
		Operations: []schema.Operation{op("delete"), op("update"), op("upsert")},
	}}}
}
