package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// A kill test needs many batches: 10,000 rows are 100 batches of contacts and as
// many of companies, each of which is looked up by key first.
const crashRows = 10_000

// crashProject is a project over a small warehouse: contacts by their unique
// e-mail, companies by a domain that the CRM does not keep unique.
var crashProject = map[string]string{
	"dbt_project.yml": "name: crash\nprofile: crash\n",
	"profiles.yml":    "crash:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: crash.duckdb}\n",
	"leat.hcl": `destination "hubspot" "crm" {
  config {
    base_url     = env("HUBSPOT_BASE_URL")
    access_token = env("HUBSPOT_TOKEN")
  }
}
activation "contacts" {
  from   = ref("people")
  to     = destination.hubspot.crm.contacts
  id     = row.id
  key    = { email = row.email }
  fields = { firstname = row.name, city = row.city }
  guard { max_removes = "100%" }
}
activation "companies" {
  from   = ref("people")
  to     = destination.hubspot.crm.companies
  id     = row.id
  key    = { domain = row.domain }
  fields = { name = row.name, city = row.city }
  guard { max_removes = "100%" }
}
`,
}

// peopleSQL builds the warehouse of the kill test.
const peopleSQL = `create or replace table people as select i::integer as id, 'p' || i || '@example.com' as email,
  'd' || i || '.example' as domain, 'Name ' || i as name, 'City ' || (i %% 10) as city from range(%d) t(i)`

// peopleManifest is the manifest of the one model.
func peopleManifest() []byte {
	columns := map[string]any{}
	for name, typ := range map[string]string{"id": "integer", "email": "varchar", "domain": "varchar", "name": "varchar", "city": "varchar"} {
		columns[name] = map[string]any{"name": name, "data_type": typ}
	}
	nodes := map[string]any{"model.crash.people": map[string]any{
		"unique_id": "model.crash.people", "resource_type": "model", "package_name": "crash", "name": "people", "alias": "people",
		"database": "crash", "schema": "main", "relation_name": `"crash"."main"."people"`, "columns": columns,
		"config": map[string]any{"materialized": "table", "enabled": true}, "contract": map[string]any{"enforced": true}}}
	for _, col := range []string{"id", "email", "domain"} {
		for _, kind := range []string{"unique", "not_null"} {
			id := "test.crash." + kind + "_people_" + col
			nodes[id] = map[string]any{"unique_id": id, "resource_type": "test", "package_name": "crash", "name": id, "column_name": col,
				"attached_node": "model.crash.people", "config": map[string]any{"severity": "ERROR", "enabled": true},
				"test_metadata": map[string]any{"name": kind, "kwargs": map[string]any{"column_name": col}}}
		}
	}
	b, err := json.Marshal(map[string]any{"nodes": nodes, "sources": map[string]any{}, "metadata": map[string]any{
		"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.16", "adapter_type": "duckdb", "project_name": "crash"}})
	if err != nil {
		panic(err)
	}
	return b
}

// crashFolder makes the project in a folder of its own.
func crashFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "target"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "target", "manifest.json"), peopleManifest(), 0o644))
	for name, text := range crashProject {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	must(t, runDuck(filepath.Join(dir, "crash.duckdb"), fmt.Sprintf(peopleSQL, crashRows)))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// leat returns a command that runs this test binary as leat.
func leat(dir, url string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Args = append([]string{"leat"}, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HUBSPOT_BASE_URL="+url, "HUBSPOT_TOKEN=t")
	return cmd
}

func runLeat(t *testing.T, dir, url string, args ...string) string {
	t.Helper()
	cmd := leat(dir, url, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("leat %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

// request is what a write request asked for, without what differs between two
// runs: record ids are given by the CRM in the order of arrival.
func writes(s *sandbox.Server) map[string]int {
	out := map[string]int{}
	for _, e := range s.Log(0) {
		if e.Type != sandbox.LogCommit || e.Op == "seed" {
			continue
		}
		b, err := json.Marshal(e.Properties)
		if err != nil {
			panic(err)
		}
		out[e.Object+" "+string(b)]++
	}
	return out
}

// TestKill kills leat with SIGKILL again and again during apply, and then lets
// it finish. The CRM must hold what an uninterrupted run leaves, and have been
// asked for nothing else: each write of the uninterrupted run, some of them
// more than once where that is idempotent, and no record created twice.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for half a minute")
	}
	want := uninterrupted(t)
	dir := crashFolder(t)
	unlimited := sandbox.Rate{Max: -1, Daily: -1, Search: -1}
	url, crm, err := startSandbox(t.Cleanup, sandbox.Options{Token: "t", Rate: unlimited})
	must(t, err)
	runLeat(t, dir, url, "plan", "-o", "p.leatplan")

	random := rand.New(rand.NewPCG(1, 2))
	between, midway := 0, 0
	for kill := range 70 {
		if kill%2 == 0 { // between the CRM's commit and leat's acknowledgement
			if killAtGate(t, dir, url, crm, random.IntN(6)) {
				between++
			}
		} else if killAnywhere(t, dir, url, crm, time.Duration(random.IntN(25))*time.Millisecond) {
			midway++
		}
	}
	t.Logf("%d kills between commit and acknowledgement, %d at random moments of delivery", between, midway)
	if between < 20 || between+midway < 50 {
		t.Errorf("only %d kills fell between commit and acknowledgement, and %d elsewhere in a delivery that was not over", between, midway)
	}
	final := leat(dir, url, "apply", "p.leatplan")
	out, _ := final.CombinedOutput()
	if code := final.ProcessState.ExitCode(); code != 0 && code != 4 { // 4: the last kill came after the end
		t.Fatalf("apply after the kills exits with %d\n%s", code, out)
	}
	if d := gocmp.Diff(want.contents, crm.Contents()); d != "" {
		t.Errorf("the CRM differs from that of an uninterrupted run:\n%s", d)
	}
	got := writes(crm)
	for w := range got {
		if want.writes[w] == 0 {
			t.Errorf("a write that an uninterrupted run does not make: %s", w)
		}
	}
	for w := range want.writes {
		if got[w] == 0 {
			t.Errorf("missing write: %s", w)
		}
	}
	created := map[string]int{}
	for _, e := range crm.Log(0) {
		if e.Type == sandbox.LogCommit && e.Created {
			created[e.Object+" "+cmp.Or(e.Properties["domain"], e.Properties["email"], e.Key)]++
		}
	}
	for k, n := range created {
		if n > 1 {
			t.Errorf("%s was created %d times", k, n)
		}
	}
	if out := runLeat(t, dir, url, "plan", "--detailed-exitcode"); !strings.Contains(out, "No changes") {
		t.Errorf("after the last apply there are changes:\n%s", out)
	}
}

type outcome struct {
	contents map[string][]map[string]string
	writes   map[string]int
}

func uninterrupted(t *testing.T) outcome {
	t.Helper()
	dir := crashFolder(t)
	url, crm, err := startSandbox(t.Cleanup, sandbox.Options{Token: "t", Rate: sandbox.Rate{Max: -1, Daily: -1, Search: -1}})
	must(t, err)
	runLeat(t, dir, url, "plan", "-o", "p.leatplan")
	runLeat(t, dir, url, "apply", "p.leatplan")
	return outcome{crm.Contents(), writes(crm)}
}

// killAtGate lets apply run until, after some more batches, the CRM has
// committed one whose answer it holds back, and kills leat then. It reports
// whether that happened.
func killAtGate(t *testing.T, dir, url string, crm *sandbox.Server, after int) bool {
	t.Helper()
	_, err := crm.AddFault(sandbox.Fault{Kind: sandbox.FaultGate, Op: "write", After: after})
	must(t, err)
	cmd := leat(dir, url, "apply", "p.leatplan")
	must(t, cmd.Start())
	over := make(chan struct{})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() { _ = cmd.Wait(); close(over); cancel() }()
	held := crm.Held(ctx, 1)
	_ = cmd.Process.Kill()
	<-over
	crm.ClearFaults()
	crm.Release(0)
	return unanswered(crm, held)
}

// killAnywhere kills apply some time after its first request and reports
// whether it was still sending.
func killAnywhere(t *testing.T, dir, url string, crm *sandbox.Server, after time.Duration) bool {
	t.Helper()
	_, err := crm.AddFault(sandbox.Fault{Kind: sandbox.FaultLatency, Op: "write", Duration: sandbox.Duration(3 * time.Millisecond)})
	must(t, err)
	defer crm.ClearFaults()
	before := crm.Stats().LogSeq
	cmd := leat(dir, url, "apply", "p.leatplan")
	must(t, cmd.Start())
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }()
	for crm.Stats().LogSeq < before+8 { // account check, then the first batches
		select {
		case <-over:
			return false
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	<-over
	return cmd.ProcessState.ExitCode() == -1 // by a signal, not an end of its own
}

// unanswered proves from the CRM's log that a held batch was committed; its
// answer had not been written when leat was killed.
func unanswered(crm *sandbox.Server, held []sandbox.Held) bool {
	committed := map[string]bool{}
	for _, e := range crm.Log(0) {
		if e.Type == sandbox.LogCommit {
			committed[e.RequestID] = true
		}
	}
	return slices.ContainsFunc(held, func(h sandbox.Held) bool { return committed[h.RequestID] })
}
