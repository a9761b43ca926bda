package label_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/syntax"
)

func rules(t *testing.T, text string) *label.Rules {
	t.Helper()
	cfg, ds := syntax.Parse([]syntax.File{{Name: "leat.hcl", Bytes: []byte(text)}})
	consts, more := syntax.Evaluate(cfg, syntax.Inputs{})
	r, most := label.New(cfg, consts)
	if ds = append(append(ds, more...), most...); len(ds) > 0 {
		t.Fatal(ds)
	}
	return r
}

func TestOf(t *testing.T) {
	type meta = map[string]any
	plain := &manifest.Relation{Name: "customers", Resource: manifest.Model}
	const pii = `label "pii" {
  tags    = ["pii", "personal"]
  meta    = { contains_pii = true, class = "personal", level = 3 }
  columns = ["e*mail", "PHONE_?", "a/*"]
}`
	for _, tc := range []struct {
		name   string
		config string
		rel    *manifest.Relation
		column string
		doc    *manifest.Column
		want   string
	}{
		{"built-in tag", "", plain, "x", &manifest.Column{Name: "x", Tags: []string{"pii"}}, `tag "pii" of column x`},
		{"built-in meta", "", plain, "x", &manifest.Column{Name: "x", Meta: meta{"contains_pii": true}}, "meta contains_pii of column x"},
		{"built-in is replaced", `label "pii" { tags = [] }`, plain, "x", &manifest.Column{Name: "x", Tags: []string{"pii"}}, ""},
		{"built-in stands beside others", `label "money" { tags = ["money"] }`, plain, "x", &manifest.Column{Name: "x", Tags: []string{"pii"}}, `tag "pii" of column x`},
		{"second tag", pii, plain, "x", &manifest.Column{Name: "x", Tags: []string{"a", "personal"}}, `tag "personal" of column x`},
		{"meta text", pii, plain, "x", &manifest.Column{Name: "x", Meta: meta{"class": "personal"}}, "meta class of column x"},
		{"meta of another value", pii, plain, "x", &manifest.Column{Name: "x", Meta: meta{"class": "open", "contains_pii": false, "level": json.Number("2")}}, ""},
		{"meta text is no bool", pii, plain, "x", &manifest.Column{Name: "x", Meta: meta{"contains_pii": "true"}}, ""},
		{"meta number", pii, plain, "x", &manifest.Column{Name: "x", Meta: meta{"level": json.Number("3.0")}}, "meta level of column x"},
		{"meta list", pii, plain, "x", &manifest.Column{Name: "x", Meta: meta{"class": []any{"open", "personal"}}}, "meta class of column x"},
		{"meta object", pii, plain, "x", &manifest.Column{Name: "x", Meta: meta{"class": meta{"personal": true}}}, ""},
		{"model", pii, &manifest.Relation{Name: "people", Resource: manifest.Model, Tags: []string{"pii"}}, "x", nil, `tag "pii" of model people`},
		{"source", pii, &manifest.Relation{Name: "people", Resource: manifest.Source, Meta: meta{"contains_pii": true}}, "x", nil, "meta contains_pii of source people"},
		{"column before model", pii, &manifest.Relation{Name: "people", Resource: manifest.Model, Tags: []string{"pii"}}, "x", &manifest.Column{Name: "x", Tags: []string{"pii"}}, `tag "pii" of column x`},
		{"pattern", pii, plain, "Work_Email", nil, ""},
		{"pattern without case", pii, plain, "EMAIL", nil, `guessed: EMAIL matches the pattern "e*mail" of label "pii"`},
		{"pattern of one character", pii, plain, "phone_1", nil, `guessed: phone_1 matches the pattern "PHONE_?" of label "pii"`},
		{"slash is a character", pii, plain, "a/b/c", nil, `guessed: a/b/c matches the pattern "a/*" of label "pii"`},
		{"stated before guessed", pii, plain, "email", &manifest.Column{Name: "email", Tags: []string{"pii"}}, `tag "pii" of column email`},
	} {
		got := ""
		for _, m := range rules(t, tc.config).Of(tc.rel, tc.column, tc.doc) {
			got += m.Because
			if m.Label != "pii" || m.Guessed != (m.Because[:7] == "guessed") {
				t.Errorf("%s: %+v", tc.name, m)
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestMissing(t *testing.T) {
	for _, tc := range []struct{ labels, accepts, want []string }{
		{nil, nil, nil},
		{[]string{"pii"}, nil, []string{"pii"}},
		{[]string{"pii"}, []string{"pii"}, nil},
		{[]string{"pii:hashed"}, []string{"pii"}, nil},
		{[]string{"pii"}, []string{"pii:hashed"}, []string{"pii"}},
		{[]string{"pii:hashed"}, []string{"pii:hashed"}, nil},
		{[]string{"pii", "pii:hashed"}, nil, []string{"pii"}},
		{[]string{"public"}, nil, nil},
		{[]string{"health", "pii"}, []string{"pii"}, []string{"health"}},
	} {
		if got := label.Missing(tc.labels, tc.accepts); !slices.Equal(got, tc.want) {
			t.Errorf("Missing(%v, %v) = %v, want %v", tc.labels, tc.accepts, got, tc.want)
		}
	}
}
