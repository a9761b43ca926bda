package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/policy"
	"github.com/leat-dev/leat/lang/syntax"
)

// What policies can read and call is on the page that explains them.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/explanation/labels.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range policy.Attributes {
		if !strings.Contains(string(text), "`"+a.Root+"."+a.Name+"`") && !strings.Contains(string(text), "`."+a.Name+"`") {
			t.Errorf("%s.%s is not documented", a.Root, a.Name)
		}
	}
	for _, f := range policy.Functions {
		if !strings.Contains(string(text), "`"+f.Name+"`") {
			t.Errorf("%s is not documented", f.Name)
		}
	}
}

func attribute(t *testing.T, text string) *syntax.Attribute {
	t.Helper()
	if text == "" {
		return nil
	}
	e, ds := hclsyntax.ParseExpression([]byte(text), "p.hcl", hcl.InitialPos)
	if ds.HasErrors() {
		t.Fatal(text, ds)
	}
	return &syntax.Attribute{Expr: e}
}

// TestDecides evaluates conditions over one mapping.
func TestDecides(t *testing.T) {
	a := policy.Activation{Name: "contacts", Owner: "ops@x.io", Mode: "upsert", Model: "customers", Package: "shop", Access: "public", Tags: []string{"daily"}}
	to := policy.Target{Type: "hubspot", Name: "crm", Object: "contacts", Region: "eu", Accepts: []string{"pii"}}
	m := []policy.Mapping{{Field: "email", Type: "string(254)", Labels: []string{"pii"}, Columns: []string{"email"}, Nullable: true, Key: true}}
	const holds, broken, trouble = "holds", "broken", "trouble"
	for _, tc := range []struct{ when, assert, want string }{
		{"", "true", holds},
		{"", "false", broken},
		{"false", "false", holds},
		{`contains(mapping.labels, "pii")`, `target.region == "us"`, broken},
		{`contains(mapping.labels, "health")`, `target.region == "us"`, holds},
		{"", `contains(mapping.field, "mail")`, holds},
		{"", `contains(mapping.labels, 1)`, broken},
		{"", `contains(1, "x")`, trouble},
		{"", `intersects(mapping.labels, ["pii", "pii:hashed"])`, holds},
		{"", `intersects(mapping.labels, [])`, broken},
		{"", `subset(mapping.labels, target.accepts)`, holds},
		{"", `subset(["pii", "x"], target.accepts)`, broken},
		{"", `subset([], target.accepts)`, holds},
		{"", `subset(target.region, target.accepts)`, trouble},
		{"", `length(activation.tags) == 1 && length(mapping.field) == 5`, holds},
		{"", `length(true) == 1`, trouble},
		{"", `starts_with(mapping.type, "string") && ends_with(activation.owner, "@x.io")`, holds},
		{"", `matches(lower("ABC"), "^a.c$")`, holds},
		{"", `matches("a", "(")`, trouble},
		{"", `length([for c in mapping.columns : c if c != "email"]) == 0`, holds},
		{"", `activation.group == "" && activation.access == "public"`, holds},
		{"", `mapping.key && mapping.nullable`, holds},
		{"", `local.region == target.region`, holds},
		{"", `local.poisoned == "x"`, holds}, // its mistake was reported
		{"", `mapping.labels`, trouble},
		{"", `null`, trouble},
		{"null", "true", trouble},
	} {
		cfg := &syntax.Config{Policies: []*syntax.Policy{{Name: "p", When: attribute(t, tc.when), Assert: attribute(t, tc.assert)}}}
		constants := map[string]cty.Value{"var": cty.EmptyObjectVal,
			"local": cty.ObjectVal(map[string]cty.Value{"region": cty.StringVal("eu"), "poisoned": cty.DynamicVal})}
		set, ds := policy.New(cfg, constants, func(string, string) bool { return false })
		if len(ds) > 0 {
			t.Errorf("when %q assert %q: %v", tc.when, tc.assert, ds)
			continue
		}
		got := holds
		if found := set.Check(a, to, m); len(found) > 0 {
			got = broken
			if found[0].Trouble != nil {
				got = trouble
			}
		}
		if got != tc.want {
			t.Errorf("when %q assert %q: %s, want %s", tc.when, tc.assert, got, tc.want)
		}
	}
}
