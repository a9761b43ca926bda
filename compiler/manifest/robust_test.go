package manifest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
)

type reader func(io.Reader, string) diag.Diagnostics

var readers = map[string]reader{
	"manifest": func(r io.Reader, name string) diag.Diagnostics {
		m, d := manifest.Read(r, name, manifest.Options{})
		return agree(m == nil, d)
	},
	"catalog": func(r io.Reader, name string) diag.Diagnostics {
		c, d := manifest.ReadCatalog(r, name)
		return agree(c == nil, d)
	},
	"run-results": func(r io.Reader, name string) diag.Diagnostics {
		x, d := manifest.ReadRunResults(r, name)
		return agree(x == nil, d)
	},
}

// agree checks that a result is missing exactly when there are errors.
func agree(missing bool, d diag.Diagnostics) diag.Diagnostics {
	if missing != d.HasErrors() {
		panic(fmt.Sprintf("missing %t, diagnostics %v", missing, d))
	}
	return d
}

func head(schema string) string {
	return `"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/` + schema + `.json", "dbt_version": "9.9.9"}`
}

func TestRefusals(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct{ title, reader, src string }{
		{"empty", "manifest", ""},
		{"blank", "manifest", " \n\t "},
		{"not JSON", "manifest", "name: shop\n"},
		{"HTML", "catalog", "<!doctype html><html>"},
		{"list", "manifest", "[]"},
		{"text", "run-results", `"x"`},
		{"some JSON", "manifest", `{"name": "package", "version": "1.0.0"}`},
		{"no version", "manifest", `{"metadata": {}, "nodes": {}}`},
		{"odd version", "manifest", `{"metadata": {"dbt_schema_version": "https://x/manifest/latest.json"}}`},
		{"metadata is a list", "manifest", `{"metadata": [], "nodes": {}}`},
		{"catalog as manifest", "manifest", "{" + head("catalog/v1") + "}"},
		{"run results as manifest", "manifest", "{" + head("run-results/v6") + "}"},
		{"manifest as catalog", "catalog", "{" + head("manifest/v12") + "}"},
		{"manifest as run results", "run-results", "{" + head("manifest/v12") + "}"},
		{"sources as run results", "run-results", "{" + head("sources/v3") + "}"},
		{"v3", "manifest", "{" + head("manifest/v3") + "}"},
		{"v1", "manifest", "{" + head("manifest/v1") + `, "nodes": {"`},
		{"run results v3", "run-results", "{" + head("run-results/v3") + "}"},
		{"catalog v0", "catalog", "{" + head("catalog/v0") + "}"},
		{"v20", "manifest", "{" + head("manifest/v20") + "}"},
		{"v13", "manifest", "{" + head("manifest/v13") + "}"},
		{"cut in the head", "manifest", "{" + head("manifest/v12")},
		{"cut in a node", "manifest", "{" + head("manifest/v12") + `, "nodes": {"model.a.b": {"name": "b"`},
		{"cut in a string", "catalog", "{" + head("catalog/v1") + `, "nodes": {"model.a`},
		{"followed by more", "manifest", "{" + head("manifest/v12") + "}{}"},
		{"odd node", "manifest", "{" + head("manifest/v12") + `, "nodes": {"model.a.b": 7, "model.a.c": {"resource_type": "model", "name": "c"}}}`},
		{"odd catalog entry", "catalog", "{" + head("catalog/v1") + `, "nodes": {"model.a.b": []}}`},
	} {
		diags := readers[c.reader](strings.NewReader(c.src), "target/file.json")
		fmt.Fprintf(&b, "# %s, read as %s\n", c.title, c.reader)
		for _, d := range diags {
			fmt.Fprintf(&b, "%s %s: %s\n  %s\n", d.Code, d.Severity, d.Summary, d.Detail)
		}
	}
	golden(t, "testdata/refusals.golden", b.String())
}

// A reader that breaks is a broken disk, not a broken file.
func TestReadFailure(t *testing.T) {
	for name, read := range readers {
		r := io.MultiReader(strings.NewReader("{"+head(name+"/v6")), iotest.ErrReader(errors.New("input/output error")))
		d := read(r, "x.json")
		if name == "catalog" { // v6 is newer than any catalog: a warning comes first
			d = d[1:]
		}
		if len(d) != 1 || d[0].Code != diag.ArtifactUnread {
			t.Errorf("%s: %v", name, d)
		}
		if name == "manifest" {
			diagtest.Example(t, diag.ArtifactUnread, d)
		}
	}
}

// Every cut of a real file is an error, never a panic or a smaller manifest.
func TestTruncation(t *testing.T) {
	for name, file := range map[string]string{"manifest": "connectors/v6-snowflake-1.2.6/manifest.json", "catalog": bouncer1 + "/catalog.json", "run-results": bouncer2 + "/run_results.json"} {
		src := bytes.TrimSpace(unpack(t, file))
		step := max(1, len(src)/400)
		for n := 0; n < len(src); n += step {
			d := readers[name](bytes.NewReader(src[:n]), "x.json")
			if !d.HasErrors() || (d[0].Code != diag.ArtifactDamaged && d[0].Code != diag.ArtifactEmpty) {
				t.Fatalf("%s cut at %d: %v", name, n, d)
			}
		}
	}
}

// Whatever dbt's dialects do to the shape of a node costs that field only.
func TestTolerance(t *testing.T) {
	m := parse(t, "{"+head("manifest/v12")+`, "sources": null, "exposures": [], "groups": null, "docs": 7,
	  "nodes": {"model.p.a": {"resource_type": "model", "package_name": "p", "name": "a", "columns": null, "tags": "one", "meta": [], "config": null,
	    "depends_on": [], "constraints": {}, "version": 1.0, "latest_version": "1", "database": null, "schema": "s", "contract": null, "fqn": null, "description": {"x": 1}},
	   "model.p.b": {"resource_type": "model", "package_name": "p", "name": "b", "columns": {"x": null, "y": {"data_type": null, "tags": null, "meta": null}}},
	   "test.p.t": {"resource_type": "test", "name": "t", "test_metadata": {"name": "unique", "kwargs": null}, "config": [], "depends_on": null}},
	  "disabled": [{"unique_id": "model.p.z", "name": "z"}, null, 3]}`, manifest.Options{})
	a := relation(t, m, "model.p.a")
	if a.Version != "1" || a.LatestVersion != "1" || a.RelationName != `"s"."a"` || len(a.Tags) != 1 || a.Meta != nil {
		t.Errorf("%+v", a)
	}
	if b := relation(t, m, "model.p.b"); len(b.Columns) != 2 {
		t.Errorf("%+v", b)
	}
	if len(m.Disabled) != 1 || m.Disabled[0].Resource != "model" || len(m.Tests) != 1 || m.Tests[0].Kind != manifest.TestOther {
		t.Errorf("%+v %+v", m.Disabled, m.Tests)
	}
}

// big writes a manifest of about size bytes, shaped as dbt's are: most of it
// SQL, macros, documentation and lineage.
func big(w io.Writer, size int) error {
	filler := strings.Repeat("select a.column_one, b.column_two from relation as a join other as b using (id)\\n", 100)
	p := &counting{w: w}
	p.printf(`{%s, "macros": {`, head("manifest/v12"))
	for i := 0; p.n < size/3; i++ {
		p.printf(`%s"macro.p.m%d": {"macro_sql": "%s", "arguments": []}`, comma(i), i, filler)
	}
	p.printf(`}, "nodes": {`)
	for i := 0; p.n < size*9/10; i++ {
		p.printf(`%s"model.p.m%d": {"resource_type": "model", "package_name": "p", "name": "m%d", "schema": "s", "raw_code": "%s", "compiled_code": "%s", "columns": {`, comma(i), i, i, filler, filler)
		for c := range 20 {
			p.printf(`%s"c%d": {"name": "c%d", "description": "a column of the model", "data_type": "varchar", "meta": {}, "tags": ["t"]}`, comma(c), c, c)
		}
		p.printf(`}}, "test.p.t%d": {"resource_type": "test", "name": "t%d", "column_name": "c1", "attached_node": "model.p.m%d", "test_metadata": {"name": "unique", "kwargs": {"column_name": "c1"}}, "raw_code": "%s"}`, i, i, i, filler)
	}
	p.printf(`}, "parent_map": {`)
	for i := 0; p.n < size; i++ {
		p.printf(`%s"model.p.m%d": ["model.p.m1", "model.p.m2", "model.p.m3"]`, comma(i), i)
	}
	p.printf(`}}`)
	return p.err
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

type counting struct {
	w   io.Writer
	n   int
	err error
}

func (c *counting) printf(format string, args ...any) {
	if c.err != nil {
		return
	}
	n, err := fmt.Fprintf(c.w, format, args...)
	c.n, c.err = c.n+n, err
}

// A manifest of 100 MB must not need a gigabyte: the reader's memory is that
// of what it keeps. The bound is on all the heap this process ever took from
// the system, of which the live part is far less.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 100 MB")
	}
	const size = 100 << 20
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	debug.FreeOSMemory()
	var after runtime.MemStats
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(big(pw, size)) }()
	m, diags := manifest.Read(pr, "big.json", manifest.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	runtime.ReadMemStats(&after)
	if len(m.Models) < 1000 || len(m.Tests) != len(m.Models) {
		t.Errorf("%d models, %d tests", len(m.Models), len(m.Tests))
	}
	t.Logf("%d models; %d MB of heap", len(m.Models), after.HeapSys>>20)
	if after.HeapSys > 300<<20 {
		t.Errorf("reading 100 MB took %d MB of heap", after.HeapSys>>20)
	}
	runtime.KeepAlive(m)
}

func BenchmarkRead(b *testing.B) {
	for _, set := range []string{bouncer1, "dbterd/v7-bigquery-1.3.1"} {
		src := unpack(b, set+"/manifest.json")
		b.Run(set, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, diags := manifest.Read(bytes.NewReader(src), "m", manifest.Options{}); diags.HasErrors() {
					b.Fatal(diags)
				}
			}
		})
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(shop))
	f.Add([]byte(factsManifest(true)))
	f.Add([]byte("{" + head("manifest/v3") + "}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, d := manifest.Read(bytes.NewReader(src), "m", manifest.Options{KeepCompiledCode: true})
		agree(m == nil, d)
		if m == nil {
			return
		}
		for _, r := range m.Models {
			fs := m.Facts(r, nil, nil)
			for _, name := range append(fs.Names(), "x") {
				if c := fs.Column(name); c.Found == nil {
					c.Diagnostic(diag.Range{})
				}
			}
			if res := m.ResolveRef(r.Package, r.Name); !res.OK() {
				res.Diagnostic(diag.Range{})
			}
		}
		for _, r := range m.Sources {
			if res := m.ResolveSource(r.SourceName, r.Name); !res.OK() {
				res.Diagnostic(diag.Range{})
			}
		}
	})
}

func FuzzCatalog(f *testing.F) {
	f.Add([]byte(factsCatalog))
	f.Add([]byte("{" + head("catalog/v1") + `, "sources": {"source.a.b.c": {"columns": {"x": {"index": "y"}}}}}`))
	f.Fuzz(func(t *testing.T, src []byte) { readers["catalog"](bytes.NewReader(src), "c") })
}

func FuzzRunResults(f *testing.F) {
	f.Add([]byte("{" + head("run-results/v6") + `, "args": {"invocation_command": "dbt build"}, "results": [{"unique_id": "test.a.b", "status": "pass"}]}`))
	f.Add([]byte("{" + head("run-results/v4") + `, "results": null}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, d := manifest.ReadRunResults(bytes.NewReader(src), "r")
		agree(r == nil, d)
		manifest.LastVerdicts(r)
	})
}
