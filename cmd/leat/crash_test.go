package main

import (
	"bytes"
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

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// A kill test needs many batches: 2,000 rows are 20 batches of contacts and,
// since companies are looked up by key first, 20 of companies.
const crashRows = 2000

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
	between, kills := 0, 0
	for ; kills < 26; kills++ { // between the CRM's commit and leat's acknowledgement
		if killAtGate(t, dir, url, crm) {
			between++
		}
	}
	for ; kills < 56; kills++ { // anywhere
		cmd := leat(dir, url, "apply", "p.leatplan")
		must(t, cmd.Start())
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
	}
	if between < 20 {
		t.Errorf("only %d of %d kills fell between commit and acknowledgement", between, kills)
	}
	final := leat(dir, url, "apply", "p.leatplan")
	out, _ := final.CombinedOutput()
	if code := final.ProcessState.ExitCode(); code != 0 && code != 4 { // 4: the last kill came after the end
		t.Fatalf("apply after the kills exits with %d\n%s", code, out)
	}
	if d := cmp.Diff(want.contents, crm.Contents()); d != "" {
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
			created[e.Object+e.Properties["domain"]+e.Properties["email"]]++
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

// killAtGate lets apply run until the CRM has committed a batch whose answer
// it holds back, and kills leat then. It reports whether that happened.
func killAtGate(t *testing.T, dir, url string, crm *sandbox.Server) bool {
	t.Helper()
	_, err := crm.AddFault(sandbox.Fault{Kind: sandbox.FaultGate, Op: "write"})
	must(t, err)
	cmd := leat(dir, url, "apply", "p.leatplan")
	must(t, cmd.Start())
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	held := crm.Held(ctx, 1)
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	crm.ClearFaults()
	crm.Release(0)
	return len(held) > 0 && unanswered(crm, held)
}

// unanswered proves from the CRM's log that a held batch was committed and its
// answer did not reach a client.
func unanswered(crm *sandbox.Server, held []sandbox.Held) bool {
	committed := map[string]bool{}
	for _, e := range crm.Log(0) {
		if e.Type == sandbox.LogCommit {
			committed[e.RequestID] = true
		}
	}
	return slices.ContainsFunc(held, func(h sandbox.Held) bool { return committed[h.RequestID] })
}
