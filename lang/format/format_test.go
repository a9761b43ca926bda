package format_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/tools/txtar"

	"github.com/leat-dev/leat/lang/format"
	"github.com/leat-dev/leat/lang/syntax"
)

// TestGolden formats each case of testdata: NAME.in against NAME.out. UPDATE=1
// rewrites the results.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "layout.txtar")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(text)
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	updated := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		name, ok := strings.CutSuffix(f.Name, ".in")
		if !ok {
			continue
		}
		got := hold(t, f.Data)
		updated.Files = append(updated.Files, f, txtar.File{Name: name + ".out", Data: got})
		if os.Getenv("UPDATE") == "" && string(got) != want[name+".out"] {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want[name+".out"])
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, txtar.Format(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLineEnds: what txtar cannot hold.
func TestLineEnds(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"\n\n", ""},
		{"a=1", "a = 1\n"},
		{"# no line end", "# no line end\n"},
		{"\xef\xbb\xbfa=1\n", "a = 1\n"},
		{"a=1\r\n\r\n\r\nbb=2\r\n", "a = 1\r\n\r\nbb = 2\r\n"},
		{"a = <<E\r\n  x\r\nE\r\n", "a = <<E\r\n  x\r\nE\r\n"},
	} {
		if got := hold(t, []byte(c[0])); string(got) != c[1] {
			t.Errorf("%q: got %q, want %q", c[0], got, c[1])
		}
	}
}

// TestBroken: a file with errors is left alone.
func TestBroken(t *testing.T) {
	src := []byte("activation   \"x\"  {\n  from=ref(\n}\n")
	got, ds := format.File(syntax.File{Name: "x.leat.hcl", Bytes: src})
	if !bytes.Equal(got, src) || !ds.HasErrors() || ds[0].Range.Filename != "x.leat.hcl" {
		t.Errorf("got %q, %v", got, ds)
	}
}

// hold formats and fails when the result is not stable, says something else, or
// lost a comment.
func hold(t *testing.T, src []byte) []byte {
	t.Helper()
	once, ds := format.File(syntax.File{Bytes: src})
	if ds.HasErrors() {
		if !bytes.Equal(once, src) {
			t.Fatalf("a file with errors was changed:\n%q\n%q", src, once)
		}
		return once
	}
	twice, ds := format.File(syntax.File{Bytes: once})
	if ds.HasErrors() || !bytes.Equal(once, twice) {
		t.Fatalf("formatting again gives another layout:\n%q\n%q\n%q\n%v", src, once, twice, ds)
	}
	if a, b := tree(src), tree(once); a != b {
		t.Fatalf("the tree changed:\n%q\n%q\n%s\n%s", src, once, a, b)
	}
	if a, b := comments(src), comments(once); a != b {
		t.Fatalf("the comments changed:\n%q\n%q", a, b)
	}
	return once
}

// tree dumps what a file parses to, without places.
func tree(src []byte) string {
	file, _ := hclsyntax.ParseConfig(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), "", hcl.InitialPos)
	var b strings.Builder
	dump(&b, reflect.ValueOf(file.Body))
	return b.String()
}

func dump(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			dump(b, v.Elem())
		}
	case reflect.Struct:
		switch x := v.Interface().(type) {
		case hcl.Range, hcl.Pos:
			return
		case fmt.GoStringer: // a value
			b.WriteString(x.GoString())
			return
		}
		fmt.Fprintf(b, "%s{", v.Type())
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				dump(b, v.Field(i))
				b.WriteByte(' ')
			}
		}
		b.WriteByte('}')
	case reflect.Slice:
		for i := range v.Len() {
			dump(b, v.Index(i))
			b.WriteByte(',')
		}
	case reflect.Map:
		fmt.Fprint(b, len(v.MapKeys()))
		for _, k := range sortedKeys(v) {
			b.WriteString(k + ":")
			dump(b, v.MapIndex(reflect.ValueOf(k)))
		}
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		if v.IsValid() && v.CanInterface() {
			fmt.Fprintf(b, "%v", v.Interface())
		}
	}
}

func sortedKeys(v reflect.Value) []string {
	var out []string
	for _, k := range v.MapKeys() {
		out = append(out, k.String())
	}
	slices.Sort(out)
	return out
}

// comments joins the comments of a file, line ends aside.
func comments(src []byte) string {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	var b strings.Builder
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComment {
			b.Write(bytes.TrimRight(t.Bytes, "\r\n"))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// FuzzFile: whatever the file, formatting is stable, keeps the tree and keeps
// every comment.
func FuzzFile(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("testdata", "layout.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range txtar.Parse(text).Files {
		f.Add(file.Data)
	}
	for _, s := range []string{"a=[1,2,\n3]//x\n", "a={b=1,c=2}\n", "a=<<-E\n x${1}\n  E\n", "x y \"z\" {}\n", "a=b?-c:!d#e\n", "/*c*/a=1/*d*/\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { hold(t, src) })
}
