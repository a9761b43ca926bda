package selector

import (
	"slices"
	"strings"
	"testing"
)

// Each definition is a form that dbt documents for selectors.yml.
const selectorsYAML = `
selectors:
  - name: as_on_the_command_line
    definition: tag:nightly
  - name: with_operators
    definition: "1+kpis"
  - name: key_value
    default: "{{ target.name == 'prod' }}"
    definition:
      tag: nightly
  - name: full
    description: everything that a definition may have
    definition:
      method: fqn
      value: sessions
      parents: true
      parents_depth: 1
      children: true
      indirect_selection: empty
      exclude:
        - method: resource_type
          value: activation
        - exposure: "*"
        - metric:*
  - name: childrens_parents
    definition: {method: fqn, value: dim.v2, childrens_parents: true, indirect_selection: empty}
  - name: depth_alone_says_nothing
    definition: {method: fqn, value: stg_payments, children_depth: 1, indirect_selection: cautious}
  - name: union
    definition:
      union:
        - tag:finance
        - method: path
          value: models/staging/github
        - exclude:
            - kpis
  - name: intersection
    definition:
      intersection:
        - {config.materialized: view}
        - union: [tag:nightly, stg_pages]
        - exclude: [path:models/staging/github]
  - name: inherits_later
    definition:
      union:
        - method: selector
          value: later
        - seed_of_all
  - name: later
    definition: &finance
      method: tag
      value: finance
      indirect_selection: cautious
  - name: alias
    definition: *finance
  - name: activations
    definition:
      intersection:
        - method: tag
          value: finance
          children: true
        - resource_type: activation
  - name: nothing
    definition: tag:nowhere
`

func TestYAML(t *testing.T) {
	defs, ds := ReadYAML([]byte(selectorsYAML), "selectors.yml")
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	for _, c := range []struct{ name, want string }{
		{"as_on_the_command_line", "kpis stg_events stg_issues"},
		{"with_operators", "kpis sessions stg_payments"},
		{"key_value", "kpis stg_events stg_issues"},
		{"full", "kpis sessions stg_events stg_pages"},
		{"childrens_parents", `activation.contacts activation.members dim.v2 kpis sessions source:snowplow.event source:snowplow.page source:stripe.payment stg_events stg_pages stg_payments`},
		{"depth_alone_says_nothing", "stg_payments"},
		{"union", "stg_issues stg_payments"},
		{"intersection", "stg_events stg_pages"},
		{"inherits_later", "kpis stg_payments"},
		{"alias", "kpis stg_payments"},
		{"activations", `activation.audience["eu"] activation.audience["us, west"] activation.contacts activation.members`},
	} {
		for _, req := range []Request{{Selector: c.name}, {Select: []string{"selector:" + c.name}}} {
			req.Graph, req.Definitions = graph(t), defs
			got, ds := Select(req)
			if ds.HasErrors() {
				t.Errorf("%s: %v", c.name, ds)
				continue
			}
			ids := slices.DeleteFunc(got.IDs(), func(id string) bool { return strings.HasPrefix(id, "test.") || strings.HasPrefix(id, "unit_test.") })
			if have := short(ids); have != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.name, have, c.want)
			}
		}
	}
	got, ds := Select(Request{Graph: graph(t), Definitions: defs, Select: []string{"selector:later+1"}, Exclude: []string{"resource_type:test"}})
	if want := "activation"; len(ds) > 0 || !strings.Contains(short(got.IDs()), want) {
		t.Errorf("a selector takes no graph operators: %v %v", got, ds)
	}
	_, ds = Select(Request{Graph: graph(t), Definitions: defs, Selector: "nothing"})
	if len(ds) != 1 || ds[0].Code != "LEAT0920" || ds[0].Range.Start.Line == 0 {
		t.Errorf("nothing: %v", ds)
	}
	_, ds = Select(Request{Graph: graph(t), Definitions: defs, Selector: "unoin"})
	if len(ds) != 1 || ds[0].Code != "LEAT0925" || !strings.Contains(ds[0].Detail, `Did you mean "union"`) {
		t.Errorf("unoin: %v", ds)
	}
}

func TestYAMLProblems(t *testing.T) {
	for _, c := range []struct {
		src  string
		line int
		says string
	}{
		{"selectors: [", 1, "not valid YAML"},
		{"models: []", 1, "begins with `selectors:`"},
		{"selectors:\n  - definition: x", 2, "needs a `name`"},
		{"selectors:\n  - name: a", 2, "needs a `definition`"},
		{"selectors:\n  - {name: a, definition: x}\n  - {name: a, definition: y}", 3, "twice"},
		{"selectors:\n  - name: a\n    definition: [x]", 3, "list under `union`"},
		{"selectors:\n  - name: a\n    definition:\n      union: [x]\n      intersection: [y]", 4, "stand alone"},
		{"selectors:\n  - name: a\n    definition:\n      union: x", 4, "list of definitions"},
		{"selectors:\n  - name: a\n    definition:\n      union:\n      - exclude: [x]\n      - exclude: [y]", 6, "one `exclude`"},
		{"selectors:\n  - name: a\n    definition:\n      method: tag", 4, "`method` and `value`"},
		{"selectors:\n  - name: a\n    definition: {method: tag, value: x, parent: true}", 3, `Did you mean "parents"`},
		{"selectors:\n  - name: a\n    definition: {method: tag, value: x, parents: yes please}", 3, "true or false"},
		{"selectors:\n  - name: a\n    definition: {method: tag, value: x, parents_depth: -1}", 3, "number of generations"},
		{"selectors:\n  - name: a\n    definition: {method: tag, value: x, indirect_selection: egaer}", 3, `Did you mean "eager"`},
		{"selectors:\n  - name: a\n    definition: {method: tag, value: x, childrens_parents: true, parents: true}", 3, "Leave the others out"},
		{"selectors:\n  - name: a\n    definition: {tagg: x}", 3, `Did you mean "tag"`},
		{"selectors:\n  - name: a\n    definition: tagg:x", 3, `Did you mean "tag"`},
		{"selectors:\n  - name: a\n    definition: {tag: [x, y]}", 3, "takes one value"},
		{"selectors:\n  - name: a\n    definition: \"tag:{{ var('x') }}\"", 3, "Jinja"},
		{"selectors:\n  - name: a\n    definition: {selector: a}", 3, "leads back to itself"},
		{"selectors:\n  - name: a\n    definition: {method: selector, value: b}", 3, "defines no selector"},
	} {
		defs, ds := ReadYAML([]byte(c.src), "selectors.yml")
		if def := defs.byName["a"]; def != nil {
			ds = append(ds, def.diag...)
		}
		if len(ds) != 1 || ds[0].Range.Start.Line != c.line || !strings.Contains(ds[0].Detail, c.says) {
			t.Errorf("%s\n got %v\nwant line %d, %q", c.src, ds, c.line, c.says)
		}
	}
	for _, src := range []string{"", "selectors:", "selectors: []"} {
		if defs, ds := ReadYAML([]byte(src), "selectors.yml"); len(ds) > 0 || len(defs.Names()) > 0 {
			t.Errorf("%q: %v", src, ds)
		}
	}
}
