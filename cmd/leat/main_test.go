package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leat-dev/leat/cmd/internal/cli"
	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
	"github.com/leat-dev/leat/runtime/duck"
)

// TestMain lets the test binary be leat, and be the plugins leat starts by
// executing itself again.
func TestMain(m *testing.M) {
	if cli.ServePlugin(os.Args[1:]) {
		return
	}
	testscript.Main(m, map[string]func(){
		"leat":     func() { os.Exit(run(scriptClock)) },
		"duck":     func() { os.Exit(duckCommand()) },
		"duckhold": func() { os.Exit(duckHoldCommand()) },
		"pg":       func() { os.Exit(pgCommand()) },
		"duckask":  func() { os.Exit(duckAskCommand()) },
	})
}

// scriptClock is the time $LEAT_TEST_NOW names, so that what depends on an age
// does not change with the day a script is run on; without it, the real one.
func scriptClock() time.Time {
	now, err := time.Parse(time.RFC3339, os.Getenv("LEAT_TEST_NOW"))
	if err != nil {
		return time.Now()
	}
	return now
}

// duckCommand is `duck FILE SQL`: it runs statements in a DuckDB file, as a dbt
// build would change a warehouse. The file's catalog is its name.
func duckCommand() int {
	if err := runDuck(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func runDuck(file, sql string) (err error) {
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if text, err := os.ReadFile(sql); err == nil {
		sql = string(text)
	}
	return db.Exec(ctx, "attach "+duck.Literal(file)+" as "+duck.Ident(name)+"; use "+duck.Ident(name)+"; "+sql)
}

// startSandbox serves a CRM on loopback until the test ends.
func startSandbox(defers func(func()), o sandbox.Options) (url string, s *sandbox.Server, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s = sandbox.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(ctx, l) // it ends when it is told to
	}()
	defers(func() {
		cancel()
		<-done
	})
	return "http://" + l.Addr().String(), s, nil
}

// TestScripts runs the end-to-end cases in testdata/script, each in a folder
// of its own with a CRM of its own.
func TestScripts(t *testing.T) {
	requirePostgres(t)
	testscript.Run(t, scripts("testdata/script"))
}

// scripts runs the scripts of a folder.
func scripts(dir string) testscript.Params {
	return testscript.Params{
		Dir:           dir,
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			url, crm, err := startSandbox(e.Defer, sandbox.Options{Token: "token-canary-7f3a"})
			if err != nil {
				return err
			}
			other, _, err := startSandbox(e.Defer, sandbox.Options{Token: "token-canary-7f3a", PortalID: 1002})
			if err != nil {
				return err
			}
			e.Setenv("OTHER_CRM", other) // another account of the same vendor
			e.Setenv("HUBSPOT_BASE_URL", url)
			e.Setenv("HUBSPOT_TOKEN", "token-canary-7f3a")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("LEAT_TEST_NOW", "2026-12-01T09:00:00Z")
			e.Setenv("LEAT_TEST_POSTGRES", postgresURL())
			e.Values[worldKey{}] = &world{crm: crm, snapshots: map[string]map[string]string{}}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond != "postgres" {
				return false, fmt.Errorf("there is no condition %q", cond)
			}
			return postgresURL() != "", nil
		},
		Cmds: scriptCommands,
	}
}

// crmCommand is `crm GET|POST PATH [FILE]`: it talks to the sandbox and prints
// the answer to the script's stdout file "crm.json".
func crmCommand(ts *testscript.TestScript, neg bool, args []string) {
	body := ""
	if len(args) > 2 {
		body = ts.ReadFile(args[2])
	}
	req, err := http.NewRequest(args[0], ts.Getenv("HUBSPOT_BASE_URL")+args[1], strings.NewReader(body))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("HUBSPOT_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	out, err := os.Create(ts.MkAbs("crm.json"))
	ts.Check(err)
	_, err = out.ReadFrom(res.Body)
	ts.Check(errors.Join(err, out.Close()))
	if (res.StatusCode < 300) == neg {
		ts.Fatalf("%s %s: status %d", args[0], args[1], res.StatusCode)
	}
}

// shopCommand is `shop`: it copies examples/shop into the work folder.
func shopCommand(ts *testscript.TestScript, _ bool, _ []string) {
	root, err := exec.Command("go", "env", "GOMOD").Output()
	ts.Check(err)
	from := filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), "examples", "shop")
	ts.Check(os.CopyFS(ts.MkAbs("shop"), os.DirFS(from)))
}

// exitsCommand is `exits CODE COMMAND...`: the command must end with the code.
func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if (fmt.Sprint(code) == args[0]) == neg {
		ts.Fatalf("%s exited with %d, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}
