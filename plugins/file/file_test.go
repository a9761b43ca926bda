package file_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/leat-dev/leat/plugins/conformance"
	"github.com/leat-dev/leat/plugins/file"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// killedMode makes the test binary write half a file and wait to be killed;
// the value is the folder.
const killedMode = "LEAT_TEST_FILE_KILLED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedMode); dir != "" {
		playKilled(dir)
		return
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	for _, format := range []string{"csv", "jsonl"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			key := sdk.Column{Name: "id", Type: "int"}
			fields := []sdk.Column{{Name: "name", Type: "string"}, {Name: "amount", Type: "decimal(12,2)"}, {Name: "score", Type: "float"}, {Name: "active", Type: "bool"},
				{Name: "born", Type: "date"}, {Name: "seen", Type: "timestamptz"}, {Name: "doc", Type: "json"}, {Name: "raw", Type: "bytes"}}
			conformance.Run(t, conformance.Harness{
				Plugin: file.New(), Object: "*", Key: []sdk.Column{key}, Fields: fields,
				Config: map[string]any{"directory": dir, "format": format},
				Reset:  func(t *testing.T) { _ = os.Remove(filepath.Join(dir, "*."+format)) },
				ReadBack: func(t *testing.T) map[string]map[string]string {
					f, err := os.Open(filepath.Join(dir, "*."+format))
					if err != nil {
						return nil
					}
					defer f.Close()
					return readers[format](t, f)
				},
			})
		})
	}
}

var readers = map[string]func(*testing.T, *os.File) map[string]map[string]string{
	"csv": func(t *testing.T, f *os.File) map[string]map[string]string {
		records, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]map[string]string{}
		for _, r := range records[1:] {
			fields := map[string]string{}
			for i, v := range r[1:] {
				if v != "" {
					fields[records[0][i+1]] = v
				}
			}
			out[r[0]] = fields
		}
		return out
	},
	"jsonl": func(t *testing.T, f *os.File) map[string]map[string]string {
		out := map[string]map[string]string{}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var raw map[string]json.RawMessage
			if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
				t.Fatal(err)
			}
			fields := map[string]string{}
			for name, v := range raw {
				text := string(v)
				if text[0] == '"' {
					if err := json.Unmarshal(v, &text); err != nil {
						t.Fatal(err)
					}
				}
				if text != "null" && name != "id" {
					fields[name] = text
				}
			}
			out[string(raw["id"])] = fields
		}
		return out
	},
}

func TestContent(t *testing.T) {
	columns := []string{"id: int", "text: string", "n: decimal(10,2)", "doc: json", `odd "name", x: string`}
	rows := [][]string{
		{"1", "plain", "1.50", `{"a": 1}`, "x"},
		{"2", "", "100.00", "{\n  \"a\": \"l\\n\"\r\n}", null},
		{"3", null, null, null, "NULL"},
		{"4", `say "hi"`, "-0.05", "[]", "a,b;c"},
		{"5", "two\nlines\r\n", "0.00", `"x"`, " padded "},
		{"6", "größe\t👋", "12345678.90", "not json", `\N`},
	}
	for _, c := range []struct {
		name   string
		config map[string]string
		file   string
		want   string
	}{
		{"csv", nil, "orders.csv", `id,text,n,doc,"odd ""name"", x"
1,plain,1.5,"{""a"": 1}",x
2,"",100,"{
  ""a"": ""l\n""` + "\r" + `
}",
3,,,,NULL
4,"say ""hi""",-0.05,[],"a,b;c"
5,"two
lines` + "\r" + `
",0,"""x""", padded ` + `
6,größe` + "\t" + `👋,12345678.9,not json,\N
`},
		{"semicolon and NULL", map[string]string{"delimiter": ";", "null": "NULL"}, "orders.csv", `id;text;n;doc;"odd ""name"", x"
1;plain;1.5;"{""a"": 1}";x
2;"";100;"{
  ""a"": ""l\n""` + "\r" + `
}";NULL
3;NULL;NULL;NULL;"NULL"
4;"say ""hi""";-0.05;[];"a,b;c"
5;"two
lines` + "\r" + `
";0;"""x""";" padded "
6;größe` + "\t" + `👋;12345678.9;not json;\N
`},
		{"jsonl", map[string]string{"format": "jsonl"}, "orders.jsonl", `{"id":1,"text":"plain","n":1.5,"doc":{"a": 1},"odd \"name\", x":"x"}
{"id":2,"text":"","n":100,"doc":{   "a": "l\n"  },"odd \"name\", x":null}
{"id":3,"text":null,"n":null,"doc":null,"odd \"name\", x":"NULL"}
{"id":4,"text":"say \"hi\"","n":-0.05,"doc":[],"odd \"name\", x":"a,b;c"}
{"id":5,"text":"two\nlines\r\n","n":0,"doc":"x","odd \"name\", x":" padded "}
{"id":6,"text":"größe\t👋","n":12345678.9,"doc":"not json","odd \"name\", x":"\\N"}
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new", "folder")
			cfg := map[string]string{"directory": dir}
			for k, v := range c.config {
				cfg[k] = v
			}
			api := configure(t, cfg)
			if got := replace(t, api, "orders", columns, rows...); got != strings.TrimSuffix(strings.Repeat("updated, ", len(rows)), ", ") {
				t.Error(got)
			}
			want := c.want
			if c.name == "csv" {
				want = strings.Replace(want, ", padded \n", ",\" padded \"\n", 1)
			}
			if got := content(t, dir, c.file); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.HasSuffix(c.file, ".csv") {
				r := csv.NewReader(strings.NewReader(content(t, dir, c.file)))
				r.Comma = rune(max(cfg["delimiter"], ",")[0])
				if records, err := r.ReadAll(); err != nil || len(records) != 7 || records[4][1] != `say "hi"` || records[5][4] != " padded " {
					t.Errorf("%q, %v", records, err)
				}
			}
			if got := replace(t, api, "orders", columns); got != "" {
				t.Error(got)
			}
			if got := content(t, dir, c.file); strings.Count(got, "\n") > 1 || (got == "") != (c.file == "orders.jsonl") {
				t.Errorf("no rows gave %q", got)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config map[string]string
		field  string
	}{
		{map[string]string{"directory": "x"}, ""},
		{map[string]string{"directory": "x", "delimiter": "\t", "null": "NULL", "format": "csv"}, ""},
		{map[string]string{"directory": "x", "delimiter": "¦"}, ""},
		{map[string]string{}, "directory"},
		{map[string]string{"directory": " "}, "directory"},
		{map[string]string{"directory": "x", "format": "xlsx"}, "format"},
		{map[string]string{"directory": "x", "delimiter": ""}, "delimiter"},
		{map[string]string{"directory": "x", "delimiter": "||"}, "delimiter"},
		{map[string]string{"directory": "x", "delimiter": `"`}, "delimiter"},
		{map[string]string{"directory": "x", "delimiter": "\n"}, "delimiter"},
		{map[string]string{"directory": "x", "null": "a,b"}, "null"},
		{map[string]string{"directory": "x", "null": `""`}, "null"},
	} {
		out, err := open(t).ValidateConfig(t.Context(), &protocol.ValidateConfigRequest{Config: configOf(t, c.config)})
		if err != nil {
			t.Fatal(err)
		}
		field := ""
		if len(out.GetProblems()) > 0 {
			field = out.GetProblems()[0].GetField()
		}
		if field != c.field || len(out.GetProblems()) > 1 {
			t.Errorf("%q: %v, want a problem of %q", c.config, out.GetProblems(), c.field)
		}
	}
}

// TestEscape tries names and links that lead out of the folder.
func TestEscape(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "exports")
	api := configure(t, map[string]string{"directory": dir})
	if got := replace(t, api, "orders", []string{"id: int"}, []string{"1"}); got != "updated" {
		t.Fatal(got)
	}
	if err := os.Symlink(base, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../outside.csv", filepath.Join(dir, "file.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../outside.csv", filepath.Join(dir, ".orders.csv.leat-tmp")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "outside.csv"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	for object, ok := range map[string]bool{
		"": false, ".": false, "../outside": false, "a/../../outside": false, "a/../orders": false, "./orders": false, "a//b": false, "a/": false,
		"/tmp/outside": false, `..\outside`: false, "link/outside": false,
		"sub/folder/orders": true, "Übersicht 2024": true, "..orders": true,
		"file": true, "orders": true, // the link itself is replaced, not what it points to
	} {
		got := replace(t, api, object, []string{"id: int"}, []string{"1"})
		if (got == "updated") != ok || (!ok && !strings.Contains(got, "fault")) {
			t.Errorf("%q: %s", object, got)
		}
	}
	if got := content(t, base, "outside.csv"); got != "theirs" {
		t.Errorf("a file outside was written: %q", got)
	}
	if got := files(t, base); strings.Contains(got, "leat-") {
		t.Errorf("left behind: %s", got)
	}
}

// TestReadersSeeWholeFiles reads a file over and over while it is replaced:
// every reading is one version, whole.
func TestReadersSeeWholeFiles(t *testing.T) {
	dir := t.TempDir()
	api := configure(t, map[string]string{"directory": dir})
	const rows = 2000 // several writes of the buffer
	version := func(v int) [][]string {
		out := make([][]string, rows)
		for i := range out {
			out[i] = []string{fmt.Sprint(i), fmt.Sprintf("version %d", v)}
		}
		return out
	}
	columns := []string{"id: int", "v: string"}
	replace(t, api, "orders", columns, version(0)...)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				got := content(t, dir, "orders.csv")
				lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
				_, v, _ := strings.Cut(lines[1], ",")
				if len(lines) != rows+1 || strings.Count(got, ","+v+"\n") != rows {
					t.Errorf("a reader saw %d lines, %d of them of %s", len(lines), strings.Count(got, ","+v+"\n"), v)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for v := range 10 {
		replace(t, api, "orders", columns, version(v+1)...)
	}
	close(done)
	wg.Wait()
}

// playKilled is the process TestKilled kills: it has written more than the
// buffer, and waits.
func playKilled(dir string) {
	testing.Init()
	conn, problems := file.New().Configure(context.Background(), sdk.NewConfig(map[string]any{"directory": dir, "format": "csv", "delimiter": ","}))
	if len(problems) > 0 {
		fmt.Println(problems)
		return
	}
	column := sdk.Column{Name: strings.Repeat("long ", 1<<20), Type: "int"}
	r, err := conn.(sdk.Replacer).Replace(context.Background(), sdk.Target{Object: "orders", Key: []sdk.Column{column}})
	fmt.Println("begun", err)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	r.Abort()
}

// TestKilled kills the plugin while it writes: the old content stands, and the
// next run replaces what was left.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	api := configure(t, map[string]string{"directory": dir})
	replace(t, api, "orders", []string{"id: int"}, []string{"1"})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), killedMode+"="+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "begun <nil>\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if got := files(t, dir); got != "[.orders.csv.leat-tmp orders.csv]" {
		t.Fatalf("the process left %s", got)
	}
	if got := content(t, dir, "orders.csv"); got != "id\n1\n" {
		t.Errorf("got %q", got)
	}
	replace(t, api, "orders", []string{"id: int"}, []string{"2"})
	if got := content(t, dir, "orders.csv"); got != "id\n2\n" {
		t.Errorf("got %q", got)
	}
	if got := files(t, dir); got != "[orders.csv]" {
		t.Errorf("left behind: %s", got)
	}
}

// TestAborted: a stream that ends without a commit leaves no trace.
func TestAborted(t *testing.T) {
	dir := t.TempDir()
	api := configure(t, map[string]string{"directory": dir})
	ctx, cancel := context.WithCancel(t.Context())
	stream := begin(ctx, t, api, "orders", []string{"id: int"}, []string{"1"})
	cancel()
	if _, err := stream.Recv(); err == nil {
		t.Error("a cancelled stream gave an outcome")
	}
	// Configured once only: a second connection waits for nothing, Stop does.
	if _, err := api.Stop(t.Context(), &protocol.StopRequest{}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "orders.csv")); err == nil {
		t.Error("the file was put in place")
	}
}

// TestFailures: what the file system refuses is a fault with a code, and the
// old content stands.
func TestFailures(t *testing.T) {
	base := t.TempDir()
	notFolder := filepath.Join(base, "file")
	if err := os.WriteFile(notFolder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(base, "blocked")
	if err := os.MkdirAll(filepath.Join(blocked, "orders.csv", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dir, want string }{
		{"the folder is a file", notFolder, "server not_a_folder"},
		{"the file is a folder", blocked, "retry, fault server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := configure(t, map[string]string{"directory": c.dir})
			if got := replace(t, api, "orders", []string{"id: int"}, []string{"1"}); !strings.HasSuffix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	api := configure(t, map[string]string{"directory": notFolder})
	if out, err := api.Check(t.Context(), &protocol.CheckRequest{}); err != nil || len(out.GetProblems()) != 1 || out.GetProblems()[0].GetField() != "directory" {
		t.Errorf("check: %v, %v", out, err)
	}
	if got := files(t, base); got != "[file]" {
		t.Errorf("left behind: %s", got)
	}
}

func TestNoPermission(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("SKIPPED: root may write anywhere; .ci/run as another user proves it")
	}
	dir := t.TempDir()
	api := configure(t, map[string]string{"directory": dir})
	replace(t, api, "orders", []string{"id: int"}, []string{"1"})
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	if got := replace(t, api, "orders", []string{"id: int"}, []string{"2"}); !strings.HasSuffix(got, "server permission") {
		t.Errorf("got %q", got)
	}
	if got := content(t, dir, "orders.csv"); got != "id\n1\n" {
		t.Errorf("got %q", got)
	}
	if out, err := api.Check(t.Context(), &protocol.CheckRequest{}); err != nil || len(out.GetProblems()) != 1 {
		t.Errorf("check: %v, %v", out, err)
	}
}

// TestModeIsKept: who may read a file is not changed by replacing it.
func TestModeIsKept(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: no such modes")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	api := configure(t, map[string]string{"directory": dir})
	replace(t, api, "orders", []string{"id: int"}, []string{"1"})
	if info, err := os.Stat(filepath.Join(dir, "orders.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestRelativeDirectory stands against the working directory, which the host
// sets to the project.
func TestRelativeDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"exports", "./exports/"} {
		api := configure(t, map[string]string{"directory": dir})
		out, err := api.Check(t.Context(), &protocol.CheckRequest{})
		if err != nil || out.GetAccount() != "file:exports" || out.GetAccountLabel() != "folder exports" {
			t.Errorf("%v, %v", out, err)
		}
		if got := replace(t, api, "orders", []string{"id: int"}, []string{"1"}); got != "updated" {
			t.Error(got)
		}
	}
	if got := files(t, "."); got != "[exports/orders.csv]" {
		t.Error(got)
	}
}
