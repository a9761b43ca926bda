package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
	"github.com/leat-dev/leat/runtime/duck"
)

// The canaries: no other text of the test contains one. Every value of every
// column of the warehouse is or holds one of these, numbers included.
var (
	secretCanaries = []string{"secretcanarytoken", "secretcanaryuser", "secretcanarypass", "secretcanarywrong", "secretcanarypguser", "secretcanarypgpass", "secretcanarypepper"}
	valueCanaries  = []string{"canaryemail", "canaryname", "canarycity", "canaryphone", "canarydomain", "canaryfirm", "9182736", "6172839"}
	// Columns that nothing maps leave the warehouse by no way at all.
	unmappedCanaries = []string{"canarynote"}
	// Ids are on no stream but where a person asks for rows by id.
	idCanaries = []string{"4455660"}
)

// canaryOutlets are the files of a project that may hold row values, and
// nothing else may. Secrets may be nowhere.
var canaryOutlets = []string{
	"dev.duckdb",                             // the warehouse itself
	"exports/*.csv",                          // what the file destination wrote
	".leat/*/plans/*/*.changes.parquet",      // change sets
	".leat/*/plans/*/outcomes",               // what destinations answered, their words included
	".leat/*/activations/*/values-*.parquet", // values as acknowledged
}

// idCommands are the commands whose result names rows by id, as their help says.
var idCommands = []string{"rejects list"}

const canarySQL = `
create or replace table people as select (4455660 + i)::integer as id, 'canaryemail' || i || '@example.com' as email, 'canaryname' || i as name,
  'canarycity' || i as city, 'canaryphone' || i as phone, (91827360 + i)::integer as orders, (6172839.5 + i)::decimal(18,4) as spend,
  'canarynote' || i as note, true as active from range(8) t(i);
create or replace table firms as select (4455660 + i)::integer as firm_id, 'canarydomain' || i || '.example' as domain, 'canaryfirm' || i as name, 'canarycity' || i as city from range(3) t(i);
`

const canaryHCL = `label "public" {
  columns = ["city"]
}
destination "hubspot" "crm" {
  accepts = ["pii"]
  config {
    base_url     = env("HUBSPOT_BASE_URL")
    access_token = env("HUBSPOT_TOKEN")
  }
}
destination "file" "exports" {
  accepts = ["pii"]
  config {
    directory = "exports"
    format    = "csv"
  }
}
activation "contacts" {
  from       = ref("people")
  to         = destination.hubspot.crm.contacts
  id         = row.id
  key        = { email = row.email }
  fields     = { firstname = row.name, city = row.city, phone = row.phone, zip = string(row.orders), jobtitle = hmac_sha256(row.email, env("PEPPER")) }
  on_removed = "archive"
  guard {
    max_removes = "100%"
  }
}
activation "companies" {
  from   = ref("firms")
  to     = destination.hubspot.crm.companies
  id     = row.firm_id
  key    = { domain = row.domain }
  fields = { name = row.name, city = row.city }
}
activation "people_csv" {
  from   = ref("people")
  to     = destination.file.exports.people
  key    = { id = row.id }
  fields = { email = row.email, spend = row.spend }
}
`

// canaries is one project whose every stream is kept.
type canaries struct {
	t       *testing.T
	dir     string
	temp    string
	env     []string
	crm     *sandbox.Server
	streams map[string]string // by command, with its number
}

// leat runs leat in the project, checks the exit code and keeps the streams.
func (c *canaries) leat(code int, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Args = append([]string{"leat"}, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the code below
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.t.Errorf("leat %s exited with %d, want %d:\n%s", strings.Join(args, " "), got, code, out.String())
	}
	return out.String()
}

// keep runs leat as text and again as JSON where that changes nothing.
func (c *canaries) keep(code int, args ...string) {
	c.t.Helper()
	name := strings.Join(args, " ")
	c.streams[fmt.Sprintf("%02d leat %s", len(c.streams), name)] = c.leat(code, args...)
}

func (c *canaries) both(code int, args ...string) {
	c.t.Helper()
	c.keep(code, args...)
	c.keep(code, append(slices.Clip(args), "--json")...)
}

func (c *canaries) duck(sql string) {
	c.t.Helper()
	must(c.t, runDuck(filepath.Join(c.dir, "dev.duckdb"), sql))
}

func (c *canaries) fault(spec string) {
	c.t.Helper()
	f, err := sandbox.ParseFault(spec)
	must(c.t, err)
	_, err = c.crm.AddFault(f)
	must(c.t, err)
}

// TestCanaries runs a full cycle (plan, apply, refusals, faults, mistakes) and
// looks for values and secrets on every stream and in every file.
func TestCanaries(t *testing.T) {
	url, crm, err := startSandbox(t.Cleanup, sandbox.Options{Token: "secretcanarytoken"})
	must(t, err)
	c := &canaries{t: t, dir: t.TempDir(), temp: t.TempDir(), crm: crm, streams: map[string]string{}}
	must(t, os.WriteFile(filepath.Join(c.dir, "leat.hcl"), []byte(canaryHCL), 0o644))
	must(t, writeFixture(c.dir, canarySQL, fixtureModels))
	c.env = append(os.Environ(), "TMPDIR="+c.temp, "HUBSPOT_TOKEN=secretcanarytoken", "PEPPER=secretcanarypepper", "DW_URL=postgres://secretcanarypguser:secretcanarypgpass@127.0.0.1:1/db",
		"HUBSPOT_BASE_URL="+url)

	c.cycle()
	c.mistakes()
	c.checkStreams()
	c.checkFiles()
	c.checkControls()
}

// cycle is what users do, with a CRM that refuses and fails.
func (c *canaries) cycle() {
	c.both(0, "validate")
	c.both(0, "plan")
	c.keep(0, "plan", "-o", "one.leatplan")
	c.both(0, "show", "one.leatplan")
	c.fault("refuse:property=city,value=canarycity3")
	c.fault("500:op=write,count=1")
	c.keep(6, "apply", "one.leatplan")
	c.keep(4, "apply", "one.leatplan")
	c.both(0, "plan")
	c.duck("update people set email = 'canaryemail no address' where id = 4455665; update people set city = 'canarycity3' where id = 4455666; update people set phone = 'canaryphone new'")
	c.fault("cut_after:op=write,count=1")
	c.fault("429:op=write,count=1,retry_after=1s")
	c.keep(6, "apply", "--auto-approve", "--json")
	c.both(0, "rejects", "list")
	c.both(0, "rejects", "show", "contacts", "4455663")
	c.both(0, "rejects", "show", "contacts", "4455665")
	c.both(0, "state", "list")
	c.both(0, "state", "show", "contacts")
	c.both(0, "state", "show", "contacts", "4455660")
	c.duck("delete from people where id = 4455661; insert into people select * from people where id = 4455662; update people set email = 'canaryemail rekeyed@example.com' where id = 4455660; update people set email = null where id = 4455664")
	c.both(0, "plan")
	c.keep(0, "plan", "-o", "two.leatplan")
	c.keep(6, "apply", "two.leatplan", "--json")
	c.keep(0, "rejects", "retry", "--all")
	c.keep(6, "apply", "--auto-approve")
	c.both(0, "models", "people")
	c.both(0, "destinations", "destination.hubspot.crm", "contacts")
	c.keep(0, "destinations", "schema", "pull")
	c.both(0, "plan", "--detailed-exitcode")
}

// mistakes are commands that fail while they hold a value or a secret.
func (c *canaries) mistakes() {
	env := c.env
	c.duck("insert into people select 4455699, 'canaryemail99@example.com', 'canaryname99', 'canarycity99', 'canaryphone99', 91827399, 6172899.5, 'canarynote99', true")
	c.keep(0, "plan", "-o", "three.leatplan")
	c.env = append(slices.Clip(env), "HUBSPOT_TOKEN=secretcanarywrong")
	c.keep(1, "apply", "three.leatplan")
	c.env = append(slices.Clip(env), "HUBSPOT_BASE_URL=http://secretcanaryuser:secretcanarypass@127.0.0.1:1")
	c.keep(1, "apply", "three.leatplan")
	c.keep(1, "destinations", "schema", "pull")
	c.env = append(slices.Clip(env), "HUBSPOT_BASE_URL=not a url secretcanarypass")
	c.keep(1, "apply", "three.leatplan")
	c.env = env

	more := filepath.Join(c.dir, "more.leat.hcl")
	for _, expr := range []string{"int(row.name)", "date(row.city)", "decimal(row.phone, 4, 2)", "parse_date(row.name, \"%Y\")", "int(hmac_sha256(row.name, env(\"PEPPER\")))"} {
		must(c.t, os.WriteFile(more, []byte("activation \"bad\" {\n  from = ref(\"people\")\n  to = destination.file.exports.bad\n  key = { id = row.id }\n  fields = { x = "+expr+" }\n}\n"), 0o644))
		name := "plan with " + expr
		cmd := exec.Command(os.Args[0])
		cmd.Args, cmd.Dir, cmd.Env = []string{"leat", "plan"}, c.dir, c.env
		out, _ := cmd.CombinedOutput() // whether such a text is null or an error is not this test's matter
		c.streams[name] = string(out)
	}
	must(c.t, os.WriteFile(more, []byte("destination \"postgres\" \"dw\" {\n  config { url = env(\"DW_URL\") }\n}\n"), 0o644))
	c.keep(1, "destinations", "schema", "pull", "destination.postgres.dw")
	must(c.t, os.Remove(more))
}

// seen returns the canaries that a text holds, plain or as bytes are often
// written.
func seen(text string, canaries ...[]string) []string {
	var out []string
	for _, canary := range slices.Concat(canaries...) {
		encoded := []string{canary, hex.EncodeToString([]byte(canary))}
		for shift := range 3 { // base64 of a text that stands anywhere in what was encoded
			e := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + canary))
			encoded = append(encoded, e[4*((shift+2)/3):len(e)-2])
		}
		if slices.ContainsFunc(encoded, func(e string) bool { return strings.Contains(text, e) }) {
			out = append(out, canary)
		}
	}
	return out
}

func (c *canaries) checkStreams() {
	c.t.Helper()
	for name, text := range c.streams {
		forbidden := [][]string{secretCanaries, valueCanaries, unmappedCanaries}
		byID := slices.ContainsFunc(idCommands, func(s string) bool { return strings.Contains(name, "leat "+s) }) ||
			strings.Contains(name, " 44556") // the id is on the command line
		if !byID {
			forbidden = append(forbidden, idCanaries)
		}
		if got := seen(text, forbidden...); len(got) > 0 {
			c.t.Errorf("%s shows %v:\n%s", name, got, text)
		}
	}
}

// content is what a file holds: of Parquet, which is compressed, the rows.
func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	if filepath.Ext(path) != ".parquet" {
		return string(text)
	}
	rows, err := duckAsk("", "select to_json(t)::varchar from read_parquet("+duck.Literal(path)+") t")
	must(t, err)
	return string(text) + rows
}

func (c *canaries) checkFiles() {
	c.t.Helper()
	found := map[string]int{}
	for _, root := range []string{c.dir, c.temp} {
		must(c.t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root, path)
			must(c.t, err)
			rel = filepath.ToSlash(rel)
			text := content(c.t, path)
			if got := seen(text, secretCanaries); len(got) > 0 {
				c.t.Errorf("%s holds secrets: %v", rel, got)
			}
			if rel == "dev.duckdb" {
				return nil
			}
			if got := seen(text, unmappedCanaries); len(got) > 0 {
				c.t.Errorf("%s holds values of a column that nothing maps: %v", rel, got)
			}
			outlet := slices.IndexFunc(canaryOutlets, func(p string) bool { ok, _ := filepath.Match(p, rel); return ok })
			got := seen(text, valueCanaries)
			if outlet < 0 {
				if got = append(got, seen(text, idCanaries)...); len(got) > 0 {
					c.t.Errorf("%s is no outlet and holds %v", rel, got)
				}
				return nil
			}
			found[canaryOutlets[outlet]] += len(got)
			return nil
		}))
	}
	for _, p := range canaryOutlets[1:] { // a search that finds nothing where something must be proves nothing
		if found[p] == 0 {
			c.t.Errorf("no canary was seen in %s: the test cannot see them there", p)
		}
	}
}

// checkControls proves that the canaries were on their way: in the warehouse,
// in the CRM, and before a person who asks to see them.
func (c *canaries) checkControls() {
	c.t.Helper()
	rows, err := duckAsk(filepath.Join(c.dir, "dev.duckdb"), "select to_json(p)::varchar from w.people p union all select to_json(f)::varchar from w.firms f")
	must(c.t, err)
	log, err := json.Marshal(c.crm.Log(0))
	must(c.t, err)
	csv := content(c.t, filepath.Join(c.dir, "exports", "people.csv"))
	sent := string(log) + csv
	for _, canary := range valueCanaries {
		if !strings.Contains(rows, canary) || !strings.Contains(sent, canary) {
			c.t.Errorf("the canary %s did not come from the warehouse to a destination", canary)
		}
	}
	for _, args := range [][]string{{"state", "show", "contacts", "4455660", "--reveal"}, {"rejects", "show", "contacts", "4455663", "--reveal"}} {
		if got := seen(c.leat(0, args...), valueCanaries); len(got) == 0 {
			c.t.Errorf("leat %s shows no value", strings.Join(args, " "))
		}
	}
	plan := c.leat(0, "plan", "--samples", "9")
	public := func(canary string) bool { return strings.HasPrefix(canary, "canarycity") }
	got := seen(plan, valueCanaries, secretCanaries, unmappedCanaries, idCanaries)
	if !slices.ContainsFunc(got, public) {
		c.t.Errorf("plan --samples shows no public value:\n%s", plan)
	}
	if got = slices.DeleteFunc(got, public); len(got) > 0 {
		c.t.Errorf("plan --samples shows %v, which is not public:\n%s", got, plan)
	}
}
