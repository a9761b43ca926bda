package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/cmd/internal/realdbt"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// verdict is what the test of real dbt holds of one activation's plan.
type verdict struct {
	Send, Update, Delete, Archive, Unchanged, Fields int64
}

// verdicts plans and returns what the plan says, by activation; exit is what
// `--detailed-exitcode` must end with.
func verdicts(t *testing.T, dir, url string, exit int) map[string]verdict {
	t.Helper()
	cmd := leat(dir, url, "plan", "--json", "--detailed-exitcode")
	var out, problems strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != exit {
		t.Fatalf("leat plan: %v, want exit code %d\n%s%s", err, exit, out.String(), problems.String())
	}
	var doc plan.Document
	must(t, json.Unmarshal([]byte(out.String()), &doc))
	got := map[string]verdict{}
	for _, a := range doc.Activations {
		v := verdict{Send: a.Counts.Send, Update: a.Counts.Update, Delete: a.Counts.Delete, Archive: a.Counts.Archive, Unchanged: a.Counts.Unchanged}
		for _, f := range a.FieldCounts {
			v.Fields += f.Set + f.Cleared
		}
		got[a.Name] = v
		rest := a.Counts.Create + a.Counts.Rekey + a.Counts.Clear + a.Counts.Append + a.Counts.Release + a.Counts.Resolve +
			a.Counts.Forget + a.Counts.Invalid + a.Counts.Held + a.Counts.Blocked + a.Counts.StillRejected + a.Counts.Unknown
		if rest != 0 {
			t.Errorf("%s: unexpected counts %+v", a.Name, a.Counts)
		}
	}
	return got
}

// crmContact finds a contact by its e-mail address; nil when there is none.
func crmContact(crm *sandbox.Server, email string) map[string]string {
	for _, c := range crm.Contents()["contacts"] {
		if c["email"] == email {
			return c
		}
	}
	return nil
}

// TestRealDBT follows the shop through two builds of real dbt: the plan after
// the second names what the changed seeds change, and nothing else.
func TestRealDBT(t *testing.T) {
	dbt := realdbt.Find(t, "../..")
	shop := dbt.Shop(t)
	dbt.Build(t, shop)
	url, crm, err := startSandbox(t.Cleanup, sandbox.Options{Token: "t"})
	must(t, err)

	check := func(when string, exit int, want map[string]verdict) {
		t.Helper()
		if d := gocmp.Diff(want, verdicts(t, shop, url, exit)); d != "" {
			t.Fatalf("%s (-want +got)\n%s", when, d)
		}
	}
	orders := func() []string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(shop, "exports", "orders.csv"))
		must(t, err)
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}

	if out := runLeat(t, shop, url, "validate"); strings.Contains(out, "Warning") {
		t.Errorf("the shop has warnings:\n%s", out)
	}
	check("the first plan", 2, map[string]verdict{"companies": {Send: 5}, "contacts": {Send: 62}, "orders_csv": {Send: 99}})
	runLeat(t, shop, url, "apply", "--auto-approve")
	check("after the first apply", 0, map[string]verdict{"companies": {Unchanged: 5}, "contacts": {Unchanged: 62}, "orders_csv": {Unchanged: 99}})
	contents := crm.Contents()
	if len(contents["contacts"]) != 62 || len(contents["companies"]) != 5 || len(orders()) != 1+99 {
		t.Errorf("the CRM has %d contacts and %d companies, and the file %d lines", len(contents["contacts"]), len(contents["companies"]), len(orders()))
	}

	dbt.NextSeeds(t, shop)
	dbt.Build(t, shop)
	check("the next day", 2, map[string]verdict{
		"companies":  {Unchanged: 5}, // number_of_customers changed, which is not mapped
		"contacts":   {Send: 1, Update: 1, Archive: 1, Unchanged: 60, Fields: 5},
		"orders_csv": {Send: 2, Delete: 1, Unchanged: 98},
	})
	before := len(crm.Log(0))
	runLeat(t, shop, url, "apply", "--auto-approve")
	check("after the second apply", 0, map[string]verdict{"companies": {Unchanged: 5}, "contacts": {Unchanged: 62}, "orders_csv": {Unchanged: 100}})

	commits := 0
	for _, e := range crm.Log(0)[before:] {
		if e.Type == sandbox.LogCommit {
			commits++
		}
	}
	if commits != 3 {
		t.Errorf("the second apply changed %d records of the CRM, want 3", commits)
	}
	if d := gocmp.Diff(map[string]string{
		"email": "michael.1@example.com", "firstname": "Michael", "lastname": "B.", "number_of_orders": "3", "lifetime_value": "45.5",
		"segment": "loyal", "first_order": "2018-01-01", "most_recent_order": "2018-04-10",
	}, crmContact(crm, "michael.1@example.com")); d != "" {
		t.Errorf("customer 1 (-want +got)\n%s", d)
	}
	if crmContact(crm, "amara.101@example.com") == nil || crmContact(crm, "shawn.2@example.com") != nil {
		t.Error("customer 101 should be there, customer 2 should not")
	}
	if n := len(orders()); n != 1+100 {
		t.Errorf("the file has %d lines, want a header and 100 orders", n)
	}
}
