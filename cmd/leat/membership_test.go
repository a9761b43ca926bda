package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// The statuses that a row can be brought into, with what the warehouse says of
// it then. `name` stands for the row's payload.
var memberships = map[string]struct{ email, active, firm, consent string }{
	"in":       {"ok", "true", "NULL", "true"},
	"blocked":  {"ok", "true", "NULL", "false"},
	"unasked":  {"ok", "true", "NULL", ""}, // blocked, as no row of consent matches
	"invalid":  {"NULL", "true", "NULL", "true"},
	"held":     {"ok", "true", "404", "true"}, // its firm has no record
	"filtered": {"ok", "false", "NULL", "true"},
	"absent":   {},
}

// member is one row of the test: it is brought into each of the statuses in
// turn.
type member struct {
	id    int
	steps []string
}

// what the CRM holds of a member: nothing, a record with a payload, or one that
// was cleared ("").
type held struct {
	there bool
	name  string
}

// next is what the CRM holds after a step, whose payload is name.
func (h held) next(status, name, withdrawn string) held {
	switch status {
	case "in":
		return held{true, name}
	case "blocked", "unasked":
		switch {
		case !h.there || withdrawn == "archive":
			return held{}
		case withdrawn == "clear":
			return held{true, ""}
		}
		return h
	case "filtered", "absent":
		return held{}
	}
	return h // invalid and held are frozen
}

// members are a row for each transition between two statuses, from a state that
// knows the row and from one that does not.
func members() []member {
	var names []string
	for name := range memberships {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []member
	for _, before := range []string{"absent", "in"} {
		for _, from := range names {
			for _, to := range names {
				out = append(out, member{len(out) + 1, []string{before, from, to, to}})
			}
		}
	}
	return out
}

func (m member) sql(step int) (people, consents string) {
	s := memberships[m.steps[step]]
	if s.email == "" {
		return "", ""
	}
	email := s.email
	if email == "ok" {
		email = fmt.Sprintf("'m%d@example.com'", m.id)
	}
	people = fmt.Sprintf("(%d, %s, '%s', %s, %s)", m.id, email, payload(step), s.active, s.firm)
	if s.consent != "" {
		consents = fmt.Sprintf("(%d, %s)", m.id, s.consent)
	}
	return people, consents
}

// payload differs between the steps, but for the last, which changes nothing.
func payload(step int) string { return [...]string{"A", "B", "C", "C"}[step] }

const membershipHCL = `destination "hubspot" "crm" {
  accepts = ["pii"]
  config {
    base_url     = env("HUBSPOT_BASE_URL")
    access_token = env("HUBSPOT_TOKEN")
  }
}
activation "members" {
  from   = ref("members")
  to     = destination.hubspot.crm.contacts
  where  = row.active
  id     = row.id
  key    = { email = row.email }
  fields = { zip = lookup(activation.firms, row.firm) }
  field "firstname" {
    value = row.name
    nulls = "clear"
  }
  on_removed = "archive"
  proofs     = "off"
  consent {
    from         = ref("consents")
    match        = consent.id == row.id
    allow        = consent.ok
    on_withdrawn = %q
  }
  guard {
    max_removes   = "100%%"
    max_withdrawn = "100%%"
  }
}
activation "firms" {
  from   = ref("firms")
  to     = destination.hubspot.crm.companies
  id     = row.firm_id
  key    = { domain = row.domain }
  proofs = "off"
}
`

// TestMembership brings rows from every status into every other one, whether
// state knows them or not, and looks at the CRM after each apply. Applying once
// more sends nothing.
func TestMembership(t *testing.T) {
	models := map[string][]column{
		"members":  {{name: "id", typ: "integer", proven: true}, {name: "email", typ: "varchar"}, {name: "name", typ: "varchar"}, {name: "active", typ: "boolean"}, {name: "firm", typ: "integer"}},
		"consents": {{name: "id", typ: "integer", proven: true}, {name: "ok", typ: "boolean"}},
		"firms":    {{name: "firm_id", typ: "integer", proven: true}, {name: "domain", typ: "varchar", proven: true}},
	}
	for _, withdrawn := range []string{"keep", "clear", "archive"} {
		t.Run(withdrawn, func(t *testing.T) {
			dir := t.TempDir()
			must(t, writeFixture(dir, "", models))
			must(t, os.WriteFile(filepath.Join(dir, "leat.hcl"), []byte(fmt.Sprintf(membershipHCL, withdrawn)), 0o644))
			must(t, runDuck(filepath.Join(dir, "dev.duckdb"), "create table firms as select 1::integer as firm_id, 'acme.example' as domain"))
			url, crm, err := startSandbox(t.Cleanup, sandbox.Options{Token: "t", Rate: sandbox.Rate{Max: -1, Daily: -1, Search: -1}})
			must(t, err)
			all := members()
			want := map[int]held{}
			for step := range all[0].steps {
				must(t, runDuck(filepath.Join(dir, "dev.duckdb"), membershipSQL(all, step)))
				before := crm.Stats().LogSeq
				out := runLeat(t, dir, url, "apply", "--auto-approve")
				if step == len(all[0].steps)-1 && len(crm.Log(before)) > 0 {
					t.Errorf("%d requests though nothing changed:\n%s", len(crm.Log(before)), out)
				}
				got := membershipOf(crm)
				for _, m := range all {
					want[m.id] = want[m.id].next(m.steps[step], payload(step), withdrawn)
					if got[m.id] != want[m.id] {
						t.Errorf("%s: the CRM holds %+v, want %+v", strings.Join(m.steps[:step+1], " -> "), got[m.id], want[m.id])
					}
				}
				if t.Failed() {
					t.Fatalf("after step %d:\n%s", step, out)
				}
			}
		})
	}
}

func membershipSQL(all []member, step int) string {
	var people, consents []string
	for _, m := range all {
		p, c := m.sql(step)
		if p != "" {
			people = append(people, p)
		}
		if c != "" {
			consents = append(consents, c)
		}
	}
	return "create or replace table members (id integer, email varchar, name varchar, active boolean, firm integer); insert into members values " + strings.Join(people, ", ") +
		"; create or replace table consents (id integer, ok boolean); insert into consents values " + strings.Join(consents, ", ")
}

// membershipOf is what the CRM holds, by the number of the member.
func membershipOf(crm *sandbox.Server) map[int]held {
	out := map[int]held{}
	for _, r := range crm.State().Objects["contacts"].Records {
		var id int
		if _, err := fmt.Sscanf(r.Properties["email"], "m%d@", &id); err == nil {
			out[id] = held{true, r.Properties["firstname"]}
		}
	}
	return out
}
