//go:build unix

package pluginhost

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/plugins/fake"
	"github.com/leat-dev/leat/plugins/sdk"
)

// hostMode makes the test binary play a host that can be killed; the value is
// the path of its lock file.
const hostMode = "LEAT_TEST_HOST_LOCK"

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 2 && os.Args[1] == InternalCommand:
		playPlugin(os.Args[2])
	case os.Getenv(hostMode) != "":
		playHost(os.Getenv(hostMode))
	default:
		os.Exit(m.Run())
	}
}

// playPlugin is the process of a plugin.
func playPlugin(typ string) {
	p := fake.New(nil)
	switch typ {
	case "crashing":
		p.After = func(context.Context, *sdk.Batch, *sdk.Outcomes) error { os.Exit(3); return nil }
	case "panicking":
		p.Before = func(context.Context, *sdk.Batch, *sdk.Outcomes) error { panic("a value") }
	case "misfit":
		p.After = func(_ context.Context, _ *sdk.Batch, out *sdk.Outcomes) error { out.Absent(0); return nil }
	case "snooping":
		p.After = snoop
	case "chatty":
		fmt.Println("hello")
	case "silent":
		return
	}
	sdk.Serve(p)
}

// snoop reports what the plugin can see of its host, as rejection codes.
func snoop(_ context.Context, _ *sdk.Batch, out *sdk.Outcomes) error {
	n, err := os.Stdin.Read(make([]byte, 1))
	wd, wdErr := os.Getwd()
	out.Reject(0, sdk.Rejection{Class: sdk.OtherReason, Code: fmt.Sprint(n, err), Field: fmt.Sprint(wd, " ", wdErr),
		Text: strings.Join(os.Environ(), "\n")})
	return nil
}

func playHost(lockPath string) {
	lock, err := os.OpenFile(lockPath, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	var c *Client
	if err == nil {
		c, err = New(Options{Lock: lock}).Launch(context.Background(), Spec{Type: "fake"})
	}
	if err != nil {
		fmt.Println("failed", err)
		return
	}
	fmt.Println(c.process.ID())
	time.Sleep(time.Hour)
}

func launch(t *testing.T, typ string) *Client {
	t.Helper()
	return launchWith(t, Options{}, Spec{Type: typ})
}

func launchWith(t *testing.T, opts Options, spec Spec) *Client {
	t.Helper()
	c, err := New(opts).Launch(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func configured(t *testing.T, typ string) *Client {
	t.Helper()
	c := launch(t, typ)
	if problems, err := c.Configure(t.Context(), Config{}); err != nil || problems != nil {
		t.Fatal(problems, err)
	}
	return c
}

var contacts = WriteOpen{Object: fake.Object,
	Key:    []Column{{"email", types.StringType}},
	Fields: []Column{{"name", types.StringType}, {"amount", types.DecimalOf(12, 2)}}}

// rows makes a batch with one row for each key; the name is text, sent.
func rows(t *testing.T, op Op, text string, keys ...string) arrow.RecordBatch {
	t.Helper()
	s, err := contacts.WriteSchema(op)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	for i, k := range keys {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).AppendNull()
		b.Field(2).(*array.StringBuilder).Append(k)
		b.Field(3).(*array.StringBuilder).Append(text)
		b.Field(4).AppendNull()
		b.Field(5).(*array.BooleanBuilder).Append(true)
		b.Field(6).(*array.BooleanBuilder).Append(false)
	}
	rec := b.NewRecordBatch()
	t.Cleanup(rec.Release)
	return rec
}

func openWrite(t *testing.T, c *Client) *WriteStream {
	t.Helper()
	s, err := c.OpenWrite(t.Context(), contacts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func write(t *testing.T, s *WriteStream, b WriteBatch) *BatchResult {
	t.Helper()
	if err := s.Send(b); err != nil {
		t.Fatal(err)
	}
	e, err := s.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return e.Result
}

func wantCode(t *testing.T, err error, code diag.Code) diag.Diagnostic {
	t.Helper()
	d, ok := DiagnosticOf(err)
	if !ok || d.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return d
}

func TestWriteAndRead(t *testing.T) {
	c := configured(t, "fake")
	d, digest, err := c.Describe(t.Context())
	if err != nil || d.Plugin != "fake" {
		t.Fatal(d, err)
	}
	if want := DescribeDigest(sdk.Describe(fake.New(nil))); digest != want {
		t.Errorf("digest of the process %s, without a process %s", digest, want)
	}
	if a, problems, err := c.Check(t.Context()); err != nil || problems != nil || a.Fingerprint != "fake:1" {
		t.Fatal(a, problems, err)
	}
	if got, _, err := c.Discover(t.Context(), []string{fake.Log}); err != nil || len(got.Objects) != 1 {
		t.Fatal(got, err)
	}
	s := openWrite(t, c)
	r := write(t, s, WriteBatch{Sequence: 1, Op: OpSend, Record: rows(t, OpSend, "Ann", "a@x", "b@x")})
	if !slices.Equal(r.Outcomes, []Outcome{Created, Created}) || !slices.Equal(r.DestIDs, []string{"1", "2"}) || r.Requests != 1 {
		t.Errorf("got %+v", r)
	}
	r = write(t, s, WriteBatch{Sequence: 2, Op: OpSend, Record: rows(t, OpSend, fake.Refused, "a@x")})
	if !slices.Equal(r.Outcomes, []Outcome{Rejected}) || r.Rejections[0].Class != "invalid_value" || r.Rejections[0].Field != "name" {
		t.Errorf("got %+v", r)
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("end of stream: %v", err)
	}
	readBack(t, c)
}

func readBack(t *testing.T, c *Client) {
	open := ReadOpen{Object: contacts.Object, Key: contacts.Key, Fields: contacts.Fields}
	keys, _, err := open.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, keys)
	defer b.Release()
	b.Field(0).(*array.Int64Builder).AppendValues([]int64{70, 71}, nil)
	b.Field(1).AppendNulls(2)
	b.Field(2).(*array.StringBuilder).AppendValues([]string{"b@x", "nobody@x"}, nil)
	rec := b.NewRecordBatch()
	defer rec.Release()
	r, err := c.OpenRead(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := r.Read(rec)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Record.Release()
	if got.Record.NumRows() != 1 || got.Record.Column(0).(*array.Int64).Value(0) != 70 ||
		got.Record.Column(3).(*array.String).Value(0) != "Ann" || !got.Record.Column(4).IsNull(0) {
		t.Errorf("got %d rows", got.Record.NumRows())
	}
}

func TestPastDeadlineNothingIsSent(t *testing.T) {
	s := openWrite(t, configured(t, "fake"))
	r := write(t, s, WriteBatch{Sequence: 1, Op: OpSend, Record: rows(t, OpSend, "Ann", "a@x"), Deadline: time.Unix(1, 0)})
	if r.Outcomes[0] != Retry || r.Fault != NotBegun || r.Requests != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestBatchAboveGRPCDefault(t *testing.T) {
	s := openWrite(t, configured(t, "fake"))
	long := strings.Repeat("x", 12<<20)
	if r := write(t, s, WriteBatch{Sequence: 1, Op: OpSend, Record: rows(t, OpSend, long, "a@x")}); r.Outcomes[0] != Created {
		t.Errorf("got %+v", r)
	}
	tooLong := strings.Repeat("x", 65<<20)
	d := wantCode(t, s.Send(WriteBatch{Sequence: 2, Op: OpSend, Record: rows(t, OpSend, tooLong, "a@x")}), diag.PluginRowTooLarge)
	diagtest.Example(t, d.Code, diag.Diagnostics{d})
}

func TestEnvironmentAndStdin(t *testing.T) {
	t.Setenv("LEAT_CANARY", "canary-in-environment")
	t.Setenv("LEAT_FAKE_VISIBLE", "declared")
	t.Setenv("HTTPS_PROXY", "http://proxy.invalid")
	c := launchWith(t, Options{}, Spec{Type: "snooping", Env: []string{"LEAT_FAKE_VISIBLE"}})
	if _, err := c.Configure(t.Context(), Config{}); err != nil {
		t.Fatal(err)
	}
	r := write(t, openWrite(t, c), WriteBatch{Sequence: 1, Op: OpDelete, Record: rows(t, OpDelete, "", "a@x")})
	if len(r.Rejections) != 1 {
		t.Fatalf("got %+v", r)
	}
	seen := r.Rejections[0]
	if seen.Code != "0 EOF" {
		t.Errorf("standard input: %s", seen.Code)
	}
	for name, visible := range map[string]bool{"LEAT_CANARY": false, "HOME": false, "PATH": false, "LEAT_FAKE_VISIBLE": true, "HTTPS_PROXY": true} {
		if got := strings.Contains("\n"+seen.Text, "\n"+name+"="); got != visible {
			t.Errorf("%s visible: %v, want %v", name, got, visible)
		}
	}
}

// TestDir: relative paths in a configuration are relative to the project, not
// to where the host was started; an external plugin's own path is not.
func TestDir(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(here, self)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Checksum(self)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dir, want string }{
		{"set", dir, dir},
		{"not set", "", here},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := launchWith(t, Options{}, Spec{Type: "snooping", Dir: c.dir})
			if _, err := client.Configure(t.Context(), Config{}); err != nil {
				t.Fatal(err)
			}
			r := write(t, openWrite(t, client), WriteBatch{Sequence: 1, Op: OpDelete, Record: rows(t, OpDelete, "", "a@x")})
			if len(r.Rejections) != 1 {
				t.Fatalf("%d rejections", len(r.Rejections))
			}
			if got := r.Rejections[0].Field; got != c.want+" <nil>" {
				t.Errorf("the plugin works in %s, want %s", got, c.want)
			}
		})
	}
	path, _, err := command(Spec{Type: "x", Path: relative, SHA256: sum, Dir: dir})
	if err != nil || path != self {
		t.Errorf("executable %q, %v; want %q", path, err, self)
	}
}

func TestCrashLeavesUnknown(t *testing.T) {
	c := configured(t, "crashing")
	s := openWrite(t, c)
	if err := s.Send(WriteBatch{Sequence: 7, Op: OpSend, Record: rows(t, OpSend, "Ann", "a@x")}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Recv()
	d := wantCode(t, err, diag.PluginDied)
	diagtest.Example(t, d.Code, diag.Diagnostics{d})
	if got := s.Pending(); !slices.Equal(got, []int64{7}) {
		t.Errorf("pending %v", got)
	}
}

func TestPanicCostsTheBatchOnly(t *testing.T) {
	s := openWrite(t, configured(t, "panicking"))
	for seq := range int64(2) {
		r := write(t, s, WriteBatch{Sequence: seq, Op: OpSend, Record: rows(t, OpSend, "Ann", "a@x")})
		if r.Outcomes[0] != Unknown || r.Fault != PluginFailed {
			t.Errorf("got %+v", r)
		}
	}
}

func TestOutcomeThatDoesNotFit(t *testing.T) {
	c := configured(t, "misfit")
	if _, _, err := c.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := openWrite(t, c)
	if err := s.Send(WriteBatch{Sequence: 1, Op: OpSend, Record: rows(t, OpSend, "Ann", "a@x")}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Recv()
	d := wantCode(t, err, diag.PluginContract)
	diagtest.Example(t, d.Code, diag.Diagnostics{d})
	if !strings.Contains(d.Summary, "misfit 0.1.0") {
		t.Errorf("the plugin is not named: %s", d.Summary)
	}
	if len(s.Pending()) != 1 {
		t.Error("the batch should still be pending")
	}
}

func TestFaultsOfCalls(t *testing.T) {
	c := launch(t, "fake")
	if _, err := c.OpenWrite(t.Context(), contacts); err != nil {
		wantCode(t, err, diag.PluginContract)
	}
	problems, err := c.ValidateConfig(t.Context(), Config{Values: map[string]any{"path": 1, "nonsense": "x"}})
	if err != nil || len(problems) != 2 || problems[0].Field != "path" || problems[1].Field != "nonsense" {
		t.Fatal(problems, err)
	}
	if problems, err := c.Configure(t.Context(), Config{Values: map[string]any{"token": "expired"}}); err != nil || problems != nil {
		t.Fatal(problems, err)
	}
	_, _, err = c.Check(t.Context())
	d := wantCode(t, err, diag.PluginFault)
	diagtest.Example(t, d.Code, diag.Diagnostics{d})
	var e *Error
	if errors.As(err, &e); e.Fault != AuthRefused || !strings.Contains(d.Detail, "HTTP 401") {
		t.Errorf("got %+v", e)
	}
}

func TestStartFailures(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Checksum(self)
	if err != nil {
		t.Fatal(err)
	}
	notPlugin := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(notPlugin, []byte("#!/bin/sh\necho secret output >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	scriptSum, err := Checksum(notPlugin)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		spec Spec
		want diag.Code
	}{
		{"other checksum", Spec{Type: "x", Path: self, SHA256: slices.Repeat([]byte{1}, 32)}, diag.PluginChecksum},
		{"no checksum", Spec{Type: "x", Path: self}, diag.PluginChecksum},
		{"absent", Spec{Type: "x", Path: self + ".absent", SHA256: sum}, diag.PluginStartFailed},
		{"no plugin", Spec{Type: "x", Path: notPlugin, SHA256: scriptSum}, diag.PluginStartFailed},
		{"ends at once", Spec{Type: "silent"}, diag.PluginStartFailed},
		{"prints first", Spec{Type: "chatty"}, diag.PluginStartFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(Options{}).Launch(t.Context(), c.spec)
			d := wantCode(t, err, c.want)
			if c.name == "other checksum" || c.name == "ends at once" {
				diagtest.Example(t, d.Code, diag.Diagnostics{d}, self, "./bin/leat-plugin-x", fmt.Sprintf("%x", sum), strings.Repeat("5f", 32), runtime.GOOS+"/"+runtime.GOARCH, "linux/amd64")
			}
			if strings.Contains(err.Error(), "secret output") || strings.Contains(err.Error(), "hello") {
				t.Errorf("the error quotes the process: %v", err)
			}
		})
	}
}

// TestHostKilled kills a host with SIGKILL: the plugin must end too, and the
// lock must be free only then.
func TestHostKilled(t *testing.T) {
	lockPath := filepath.Join(t.TempDir(), "lock")
	cmd := exec.Command("/proc/self/exe")
	if self, err := os.Executable(); err == nil {
		cmd = exec.Command(self)
	}
	cmd.Env = append(os.Environ(), hostMode+"="+lockPath)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, convErr := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || convErr != nil {
		t.Fatalf("host said %q: %v", line, err)
	}
	lock, err := os.OpenFile(lockPath, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	take := func() error { return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
	if err := take(); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Fatalf("the lock is free while host and plugin live: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	give := time.Now().Add(time.Minute)
	for take() != nil {
		if time.Now().After(give) {
			t.Fatal("the plugin outlives its host")
		}
	}
	if alive(pid) {
		t.Fatal("the lock is free while the plugin lives")
	}
}

// alive reports whether a process has files open: one that is gone, or has got
// past the point of its exit where they are closed, has none.
func alive(pid int) bool {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return err == nil && len(open) > 0
}

func TestCloseEndsTheProcess(t *testing.T) {
	c := configured(t, "fake")
	c.Close(t.Context())
	if !c.Exited() {
		t.Error("the process goes on")
	}
	_, _, err := c.Check(t.Context())
	wantCode(t, err, diag.PluginDied)
	if _, err := os.Stat(c.temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder is left: %v", err)
	}
}

// A system limits the path of a Unix socket to about a hundred bytes, and the
// folder for temporary files may be that long by itself.
func TestStartWithALongTemporaryFolder(t *testing.T) {
	temp := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	c := configured(t, "fake")
	if _, _, err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
