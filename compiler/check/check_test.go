package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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

// TestCorpus compiles each archive of testdata/check and compares what comes
// out: diagnostics with exact ranges, then the compiled activations. A
// manifest.json, catalog.json or run_results.json in the archive replaces the
// shared ones. UPDATE=1 rewrites the archives.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../testdata/check/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			res, ds := compile(t, ar)
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

func section(ar *txtar.Archive, name string) string {
	for _, f := range ar.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func update(t *testing.T, file string, ar *txtar.Archive, got map[string]string) {
	t.Helper()
	var keep []txtar.File
	for _, f := range ar.Files {
		if _, golden := got[f.Name]; !golden {
			keep = append(keep, f)
		}
	}
	for _, name := range []string{"diagnostics", "compiled"} {
		keep = append(keep, txtar.File{Name: name, Data: []byte(got[name])})
	}
	ar.Files = keep
	if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compile runs the whole compiler over an archive.
func compile(t *testing.T, ar *txtar.Archive) (*check.Result, diag.Diagnostics) {
	t.Helper()
	var files []syntax.File
	in := check.Input{AsOf: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Schemas: pluginSchemas(), Snapshots: map[addr.Destination]check.Schema{}}
	in.Properties = func(name string) []byte { return []byte(section(ar, name)) }
	in.Source = func(name string) []byte { return []byte(section(ar, name)) }
	for _, f := range ar.Files {
		if syntax.Belongs(f.Name) {
			files = append(files, syntax.File{Name: f.Name, Bytes: f.Data})
		}
	}
	var ds diag.Diagnostics
	cfg, more := syntax.Parse(files)
	ds.Extend(more)
	in.Config = cfg
	in.Constants, more = syntax.Evaluate(cfg, syntax.Inputs{})
	ds.Extend(more)
	in.Manifest = shared()
	if text := section(ar, "manifest.json"); text != "" {
		in.Manifest, more = manifest.Read(strings.NewReader(text), "target/manifest.json", manifest.Options{})
		ds.Extend(more)
	}
	if text := section(ar, "catalog.json"); text != "" {
		in.Catalog, more = manifest.ReadCatalog(strings.NewReader(text), "target/catalog.json")
		ds.Extend(more)
	}
	if text := section(ar, "run_results.json"); text != "" {
		r, more := manifest.ReadRunResults(strings.NewReader(text), "target/run_results.json")
		ds.Extend(more)
		in.Verdicts = manifest.LastVerdicts(r)
	}
	for _, d := range cfg.Destinations {
		if text := section(ar, check.SnapshotFile(d.Addr)); text != "" {
			s, more := check.ReadSnapshot([]byte(text), d.Addr, in.Schemas[d.Addr.Type])
			ds.Extend(more)
			if s.Schema != nil {
				in.Snapshots[d.Addr] = s
			}
		}
	}
	res, more := check.Compile(in)
	ds.Extend(more)
	return res, ds.Sorted()
}

// shared is the manifest of archives that bring none.
var shared = sync.OnceValue(func() *manifest.Manifest {
	f, err := os.Open("../../testdata/check/manifest.json")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	m, ds := manifest.Read(f, "target/manifest.json", manifest.Options{})
	if len(ds) > 0 {
		panic(fmt.Sprint(ds))
	}
	return m
})

// pluginSchemas are two plugin types: one with a schema of its own, one that
// needs a snapshot.
func pluginSchemas() map[string]check.Schema {
	text := func(name string, longest int) schema.Field {
		return schema.Field{Name: name, Type: types.StringOf(longest), Nullable: true, Clear: schema.ClearEmpty}
	}
	op := func(name string) schema.Operation {
		return schema.Operation{Name: name, Endpoint: "POST /" + name, Retry: schema.Idempotent, MaxRecords: 100}
	}
	email := schema.Field{Name: "email", Type: types.StringOf(254), Nullable: true, Unique: true, Clear: schema.ClearEmpty, Normalise: "lower_trim"}
	crm := &schema.Destination{Plugin: "crm", Version: "1.0.0", Evidence: "D",
		Config: []schema.ConfigField{{Name: "token", Type: types.StringType, Required: true, Secret: true, Description: "Access token."}, {Name: "url", Type: types.StringType}},
		Objects: []schema.Object{{
			Name: "contacts", Readable: schema.ReadByKey, Removal: []string{"archive", "clear"}, Rekey: true,
			Keys: []schema.Key{{Fields: []string{"email"}, Unique: true}},
			Fields: []schema.Field{
				{Name: "createdate", Type: types.TimestampTZType, ReadOnly: true}, email, text("firstname", 100), text("lastname", 100),
				{Name: "ltv", Type: types.DecimalOf(12, 2), Nullable: true, Clear: schema.ClearEmpty},
				{Name: "orders", Type: types.IntType, Nullable: true, Clear: schema.ClearEmpty},
				{Name: "score", Type: types.FloatType, Nullable: true, Clear: schema.ClearEmpty},
				{Name: "segment", Type: types.EnumOf("loyal", "new"), Nullable: true, Clear: schema.ClearEmpty},
				{Name: "since", Type: types.DateType, Nullable: true, Clear: schema.ClearImpossible},
			},
			Operations: []schema.Operation{op("archive"), op("update"), op("upsert")},
		}}}
	table := &schema.Destination{Plugin: "postgres", Version: "1.0.0", Evidence: "A", NeedsPull: true,
		Config: []schema.ConfigField{{Name: "url", Type: types.StringType, Required: true, Secret: true, Description: "Connection string."}}}
	return map[string]check.Schema{"crm": {Schema: crm, Digest: "sha256:crm"}, "postgres": {Schema: table, Digest: "sha256:pg"}}
}

// render writes diagnostics with their ranges and the text they stand on.
func render(ds diag.Diagnostics, ar *txtar.Archive) string {
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "%s %s %s: %s\n", place(d.Range), d.Severity, d.Code, d.Summary)
		if src := section(ar, d.Range.Filename); d.Range.End.Byte <= len(src) && d.Range.End.Byte > d.Range.Start.Byte {
			fmt.Fprintf(&b, "  at: %s\n", strings.ReplaceAll(src[d.Range.Start.Byte:d.Range.End.Byte], "\n", "\\n"))
		}
		fmt.Fprintf(&b, "  %s\n", d.Detail)
		for _, r := range d.Related {
			fmt.Fprintf(&b, "  see: %s %s\n", place(r.Range), r.Message)
		}
		for _, f := range d.Fixes {
			fmt.Fprintf(&b, "  fix: %s %q\n", f.Title, f.Edits[0].NewText)
		}
	}
	return b.String()
}

func place(r diag.Range) string {
	if r.Start.Line == 0 {
		return r.Filename
	}
	return fmt.Sprintf("%s:%d,%d-%d,%d", r.Filename, r.Start.Line, r.Start.Column, r.End.Line, r.End.Column)
}

// dump writes what matters of the compiled activations.
func dump(res *check.Result) string {
	var b strings.Builder
	for _, a := range res.Activations {
		fmt.Fprintf(&b, "%s: %s -> %s (%s, removed: %s)\n", a.Address(), a.Source.Relation, a.Target.Address(), a.Mode, a.Removed)
		if a.Where != nil {
			fmt.Fprintf(&b, "  where %s\n", a.Where.SQL)
		}
		for _, c := range a.ID {
			fmt.Fprintf(&b, "  id %s %s = %s\n", c.Name, c.Type, c.Expr.SQL)
		}
		for _, m := range a.Key {
			fmt.Fprintf(&b, "  key %s %s = %s\n", m.Field, m.Type, m.Expr.SQL)
		}
		for _, m := range a.Fields {
			fmt.Fprintf(&b, "  field %s %s nullable=%v labels=%v %s/%s = %s\n", m.Field, m.Type, m.Nullable, m.Labels, m.Write, m.Nulls, m.Expr.SQL)
			for _, c := range m.Checks {
				fmt.Fprintf(&b, "    invalid %s when %s\n", c.Reason, c.SQL)
			}
		}
		for _, p := range a.Proofs {
			fmt.Fprintf(&b, "  %s %s: %s %s\n", p.Of, p.Fact, p.Grade, p.By)
		}
		fmt.Fprintf(&b, "  columns %v\n", a.Source.Columns)
		for _, n := range a.Former.Names {
			fmt.Fprintf(&b, "  was %s, by %s\n", n.Name, place(n.Range))
		}
		for _, r := range slices.Concat(a.Former.Key, a.Former.Fields) {
			fmt.Fprintf(&b, "  %s was %v\n", r.Name, r.Was)
		}
	}
	for _, r := range res.Removals {
		fmt.Fprintf(&b, "%s removed, with its records: %v, was %v\n", r.Name, r.Delete, r.Former)
	}
	return b.String()
}

// FuzzCompile compiles configurations against the shared manifest: whatever
// they say, they are compiled or refused, with places inside the file.
func FuzzCompile(f *testing.F) {
	files, err := filepath.Glob("../../testdata/check/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no corpus", err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range ar.Files {
			if syntax.Belongs(part.Name) {
				f.Add(part.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, ds := compile(t, &txtar.Archive{Files: []txtar.File{{Name: "leat.hcl", Data: text}}})
		for _, d := range ds {
			if d.Range.Filename == "leat.hcl" && (d.Range.Start.Byte > d.Range.End.Byte || d.Range.End.Byte > len(text)) {
				t.Errorf("%s has a range outside the file: %v", d.Code, d.Range)
			}
			if d.Summary == "" || d.Detail == "" {
				t.Errorf("%s says nothing: %+v", d.Code, d)
			}
		}
	})
}
