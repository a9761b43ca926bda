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

const versions = `models:
  - name: orders
    access: private
    deprecation_date: 2026-01-01
    data_tests:
      - dbt_utils.unique_combination_of_columns:
          arguments: {combination_of_columns: [shop, number]}
      - dbt_utils.unique_combination_of_columns:
          arguments:
            combination_of_columns:
              - shop
              - state
      - unique: {column_name: number}
    constraints:
      - type: foreign_key
        columns: [shop]
      - type: primary_key
        columns: [id]
    columns:
      - name: id
        data_type: integer
        tests: [unique, not_null]
        constraints: [{type: not_null}]
      - name: state
        data_tests:
          - not_null:
              config: {where: "id > 1"}
          - accepted_values:
              values: [open, closed]
          - name: shipped_or_not
            test_name: accepted_values
            values: [shipped]
      - name: shop
        tests: &common
          - not_null
      - name: number
        tests: *common
    versions:
      - v: 1
        config: {deprecation_date: 2025-01-01}
      - v: 2
        access: public
        columns:
          - include: all
          - name: state
            data_tests: [unique]
`

func TestFindMore(t *testing.T) {
	read := properties.Read([]byte(versions), "v.yml")
	entry := func(e properties.Entry) properties.Entry {
		e.Section, e.Name = "models", "orders"
		return e
	}
	for _, tc := range []struct {
		entry properties.Entry
		line  int
		text  string
	}{
		{entry(properties.Entry{Key: "access"}), 3, "access"},
		{entry(properties.Entry{Version: "1", Key: "access"}), 3, "access"},
		{entry(properties.Entry{Version: "2", Key: "access"}), 42, "access"},
		{entry(properties.Entry{Version: "1", Key: "deprecation_date"}), 40, "deprecation_date"},
		{entry(properties.Entry{Version: "2", Key: "deprecation_date"}), 4, "deprecation_date"},
		{entry(properties.Entry{Version: "2"}), 41, "2"},
		{entry(properties.Entry{Version: "3"}), 2, "orders"},
		{entry(properties.Entry{Key: "columns"}), 19, "columns"},
		{entry(properties.Entry{Version: "2", Key: "columns"}), 43, "columns"},
		{entry(properties.Entry{Column: "id", Key: "data_type"}), 21, "data_type"},
		{entry(properties.Entry{Version: "2", Column: "id", Key: "data_type"}), 21, "data_type"},
		{entry(properties.Entry{Column: "id", Test: "not_null"}), 22, "not_null"},
		{entry(properties.Entry{Column: "id", Constraint: "not_null"}), 23, "not_null"},
		{entry(properties.Entry{Column: "id", Constraint: "primary_key", Words: []string{"id"}}), 17, "primary_key"},
		{entry(properties.Entry{Column: "id", Test: "relationships"}), 20, "id"},
		{entry(properties.Entry{Column: "state", Test: "not_null"}), 26, "not_null"},
		{entry(properties.Entry{Column: "state", Test: "accepted_values", Words: []string{"open", "closed"}}), 28, "accepted_values"},
		{entry(properties.Entry{Column: "state", Test: "accepted_values", Words: []string{"shipped_or_not", "shipped"}}), 31, "accepted_values"},
		{entry(properties.Entry{Version: "2", Column: "state", Test: "unique"}), 46, "unique"},
		{entry(properties.Entry{Version: "2", Column: "state", Test: "not_null"}), 26, "not_null"},
		{entry(properties.Entry{Column: "number", Test: "unique", Words: []string{"number"}}), 13, "unique"},
		{entry(properties.Entry{Column: "number", Test: "not_null"}), 37, "tests"},
		{entry(properties.Entry{Test: "unique_combination_of_columns", Words: []string{"shop", "number"}}), 6, "dbt_utils.unique_combination_of_columns"},
		{entry(properties.Entry{Test: "unique_combination_of_columns", Words: []string{"shop", "state"}}), 8, "dbt_utils.unique_combination_of_columns"},
	} {
		rng, _ := read.Find(tc.entry)
		if got := versions[rng.Start.Byte:rng.End.Byte]; rng.Start.Line != tc.line || got != tc.text {
			t.Errorf("%+v: line %d %q, want line %d %q", tc.entry, rng.Start.Line, got, tc.line, tc.text)
		}
	}
}

func TestFind(t *testing.T) {
	read := properties.Read([]byte(file), "m.yml")
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
		rng, ok := read.Find(tc.entry)
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
	f.Add([]byte(versions))
	f.Fuzz(func(t *testing.T, text []byte) {
		read := properties.Read(text, "m.yml")
		for _, e := range []properties.Entry{
			{Section: "models", Name: "customers", Column: "email", Key: "tags"},
			{Section: "models", Name: "orders", Version: "2", Column: "state", Test: "accepted_values", Words: []string{"open"}},
			{Section: "models", Name: "orders", Constraint: "primary_key", Words: []string{"id"}},
		} {
			rng, ok := read.Find(e)
			if ok && (rng.Start.Byte > rng.End.Byte || rng.End.Byte > len(text)) {
				t.Errorf("%v in %d bytes", rng, len(text))
			}
		}
	})
}
