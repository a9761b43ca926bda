package postgres_test

import (
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/conformance"
	"github.com/leat-dev/leat/plugins/postgres"
	"github.com/leat-dev/leat/plugins/sdk"
)

// TestConformance runs the suite through a proxy that makes the server's
// faults, with a single key and a composite one.
func TestConformance(t *testing.T) {
	d := newDatabase(t, "leat_conformance",
		`create table contacts (email text primary key, name varchar(20), amount numeric(12,2), visits int, score float8, active bool,
			born date, seen timestamptz, "at" timestamp, "time" time, ref uuid, doc jsonb, raw bytea)`,
		"create table pairs (a text, b int, name text, must text not null default '', unique (b, a))")
	contacts := []sdk.Column{{Name: "name", Type: "string"}, {Name: "amount", Type: "decimal(12,2)"}, {Name: "visits", Type: "int"},
		{Name: "score", Type: "float"}, {Name: "active", Type: "bool"}, {Name: "born", Type: "date"}, {Name: "seen", Type: "timestamptz"},
		{Name: "at", Type: "timestamp"}, {Name: "time", Type: "time"}, {Name: "ref", Type: "uuid"}, {Name: "doc", Type: "json"}, {Name: "raw", Type: "bytes"}}
	for _, c := range []struct {
		object string
		key    []sdk.Column
		fields []sdk.Column
		read   string // as the canonical texts of the key, joined, then the fields
	}{
		{"contacts", []sdk.Column{{Name: "email", Type: "string"}}, contacts,
			`select email, name, trim_scale(amount)::text, visits::text, score::text, active::text, born::text, to_char(seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
				to_char("at", 'YYYY-MM-DD"T"HH24:MI:SS.MS'), "time"::text, ref::text, replace(doc::text, ' ', ''), encode(raw, 'base64') from contacts`},
		{"pairs", []sdk.Column{{Name: "a", Type: "string"}, {Name: "b", Type: "int"}}, []sdk.Column{{Name: "name", Type: "string"}, {Name: "must", Type: "string"}},
			"select a || chr(31) || b, name, must from pairs"},
	} {
		t.Run(c.object, func(t *testing.T) {
			p := newProxy(t, d.dsn)
			conformance.Run(t, conformance.Harness{
				Plugin: postgres.New(), Object: c.object, Key: c.key, Fields: c.fields,
				Config: map[string]any{"url": through(t, d.dsn, p.addr), "schema": d.schema},
				Reset:  func(t *testing.T) { p.setMode(nil); d.exec(t, "truncate "+c.object) },
				ReadBack: func(t *testing.T) map[string]map[string]string {
					out := map[string]map[string]string{}
					for _, line := range d.query(t, c.read) {
						values := strings.Split(line, "|")
						fields := map[string]string{}
						for i, f := range c.fields {
							if values[i+1] != null {
								fields[f.Name] = values[i+1]
							}
						}
						out[values[0]] = fields
					}
					return out
				},
				Invalid: map[string]func() (string, string){"contacts": func() (string, string) { return "name", "longer than twenty characters" }}[c.object],
				Fault:   p.fault,
			})
		})
	}
}

// fault arms one of the suite's faults for the next transaction.
func (p *proxy) fault(_ *testing.T, f conformance.Fault) bool {
	p.setMode(map[conformance.Fault]*mode{
		conformance.Throttle:      {text: "begin", code: "53300"}, // too many connections
		conformance.ServerError:   {text: "begin", code: "57P01"}, // shut down
		conformance.CredentialsNo: {text: "begin", code: "28P01"},
		conformance.CutBefore:     cutBefore("insert into"),
		conformance.CutAfter:      cutAfter("commit"),
		conformance.Hang:          {text: "begin", hang: true},
	}[f])
	return true
}
