package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// TestKillLookups kills leat while contacts, and the companies whose ids they
// hold, are being written. In the end each contact holds the id of its company,
// and none was created twice.
func TestKillLookups(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	const rows = 2_000
	dir := crashFolder(t)
	hcl := strings.Replace(crashProject["leat.hcl"], "firstname = row.name,", "firstname = row.name, zip = lookup(activation.companies, row.id),", 1)
	must(t, os.WriteFile(filepath.Join(dir, "leat.hcl"), []byte(hcl), 0o644))
	must(t, runDuck(filepath.Join(dir, "crash.duckdb"), fmt.Sprintf(peopleSQL, rows)))
	url, crm, err := startSandbox(t.Cleanup, sandbox.Options{Token: "t", Rate: sandbox.Rate{Max: -1, Daily: -1, Search: -1}})
	must(t, err)
	runLeat(t, dir, url, "plan", "-o", "p.leatplan")

	random := rand.New(rand.NewPCG(3, 4))
	between, midway := 0, 0
	for kill := range 16 {
		if kill%2 == 0 {
			if killAtGate(t, dir, url, crm, random.IntN(5)) {
				between++
			}
		} else if killAnywhere(t, dir, url, crm, time.Duration(random.IntN(25))*time.Millisecond) {
			midway++
		}
	}
	t.Logf("%d kills between commit and acknowledgement, %d at random moments of delivery", between, midway)
	if between < 5 {
		t.Errorf("only %d kills fell between commit and acknowledgement", between)
	}
	final := leat(dir, url, "apply", "p.leatplan")
	out, _ := final.CombinedOutput()
	if code := final.ProcessState.ExitCode(); code != 0 && code != 4 { // 4: the last kill came after the end
		t.Fatalf("apply after the kills exits with %d\n%s", code, out)
	}
	companies := map[string]string{}
	for _, r := range crm.State().Objects["companies"].Records {
		companies[strings.TrimSuffix(r.Properties["domain"], ".example")[1:]] = r.ID
	}
	contacts := crm.State().Objects["contacts"].Records
	if len(contacts) != rows || len(companies) != rows || len(crm.State().Objects["companies"].Records) != rows {
		t.Fatalf("%d contacts, %d companies of %d domains, want %d", len(contacts), len(crm.State().Objects["companies"].Records), len(companies), rows)
	}
	for _, r := range contacts {
		number := strings.TrimSuffix(r.Properties["email"], "@example.com")[1:]
		if r.Properties["zip"] != companies[number] {
			t.Fatalf("contact %s holds %q, and its company is %q", number, r.Properties["zip"], companies[number])
		}
	}
	if out := runLeat(t, dir, url, "plan", "--detailed-exitcode"); !strings.Contains(out, "No changes") {
		t.Errorf("after the last apply there are changes:\n%s", out)
	}
}
