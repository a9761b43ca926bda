package properties_test

import (
	"testing"

	"github.com/leat-dev/leat/compiler/properties"
)

const file = `version: 2
models:
  - name: customers
    config:
      tags: [daily]
    columns:
      - name: id
      - name: email
        config: &pii
          tags: [pii]
          meta: {contains_pii: true}
      - {name: "Größe", meta: {x: 1}}
      - name: phone
        config: *pii
  - name: other
sources:
  - name: crm
    tables:
      - name: contacts
        columns:
          - name: EMAIL
            tags: [pii]
`

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		entry     properties.Entry
		line, col int
		text      string
	}{
		{properties.Entry{Section: "models", Name: "customers"}, 3, 11, "customers"},
		{properties.Entry{Section: "models", Name: "customers", Key: "tags"}, 5, 7, "tags"},
		{properties.Entry{Section: "models", Name: "customers", Key: "meta"}, 3, 11, "customers"},
		{properties.Entry{Section: "models", Name: "customers", Column: "id", Key: "tags"}, 7, 15, "id"},
		{properties.Entry{Section: "models", Name: "customers", Column: "email", Key: "tags"}, 10, 11, "tags"},
		{properties.Entry{Section: "models", Name: "customers", Column: "email", Key: "meta"}, 11, 11, "meta"},
		{properties.Entry{Section: "models", Name: "customers", Column: "Größe", Key: "meta"}, 12, 25, "meta"},
		{properties.Entry{Section: "models", Name: "customers", Column: "phone", Key: "tags"}, 14, 9, "config"},
		{properties.Entry{Section: "models", Name: "customers", Column: "undocumented", Key: "tags"}, 3, 11, "customers"},
		{properties.Entry{Section: "sources", Source: "crm", Name: "contacts", Column: "email", Key: "tags"}, 22, 13, "tags"},
		{properties.Entry{Section: "seeds", Name: "customers"}, 0, 0, ""},
		{properties.Entry{Section: "models", Name: "nothing"}, 0, 0, ""},
		{properties.Entry{Section: "sources", Source: "nothing", Name: "contacts"}, 0, 0, ""},
	} {
		rng, ok := properties.Find([]byte(file), "m.yml", tc.entry)
		got := ""
		if ok {
			got = file[rng.Start.Byte:rng.End.Byte]
		}
		if rng.Start.Line != tc.line || rng.Start.Column != tc.col || got != tc.text {
			t.Errorf("%+v: %d:%d %q, want %d:%d %q", tc.entry, rng.Start.Line, rng.Start.Column, got, tc.line, tc.col, tc.text)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte(file))
	f.Add([]byte("models:\n- name: customers\r\n  columns: [name: email]\n"))
	f.Add([]byte("models: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		e := properties.Entry{Section: "models", Name: "customers", Column: "email", Key: "tags"}
		rng, ok := properties.Find(text, "m.yml", e)
		if ok && (rng.Start.Byte > rng.End.Byte || rng.End.Byte > len(text)) {
			t.Errorf("%v in %d bytes", rng, len(text))
		}
	})
}
