package selector

import (
	"slices"
	"strings"
	"testing"
)

// short leaves out what every id of a node has: its resource, for models, and
// the package shop.
func short(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		id = strings.TrimPrefix(id, "model.")
		out[i] = strings.Replace(strings.TrimPrefix(id, "shop."), ".shop.", ":", 1)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Each case is a form that dbt documents, on a project of ours. Tests are left
// out of the answers except where the case is about them.
func TestSelect(t *testing.T) {
	eu, us := `activation.audience["eu"]`, `activation.audience["us, west"]`
	for _, c := range []struct{ sel, exclude, want string }{
		// Names and paths.
		{"kpis", "", "kpis"},
		{"other", "", "other.accounts source.other.crm.account"},
		{"shop.marts.sessions", "", "sessions"},
		{"marts.finance", "", "kpis"},
		{"marts", "", "dim.v1 dim.v2 dim.v3 kpis sessions"},
		{"staging.snowplow.*", "", "stg_events stg_pages"},
		{"shop.*.finance.*", "", "kpis"},
		{"*.finance.*", "", "kpis"},
		{"stg_*", "", "activation.stg_events"},
		{"staging.*.stg_e*", "", "stg_events"},
		{"other.*", "", "other.accounts source.other.crm.account"},
		{"fqn:stg_issues", "", "stg_issues"},
		{"dim", "", "dim.v1 dim.v2 dim.v3"},
		{"dim.v2", "", "dim.v2"},
		{"dim_v2", "", "dim.v2"},
		{"kpis stg_issues", "", "kpis stg_issues"},
		{"models/staging/snowplow", "", "stg_events stg_pages"},
		{"path:models/staging/github/stg_issues.sql", "", "stg_issues"},
		{"path:models/staging/*/stg_issues.sql", "", "stg_issues"},
		{"path:models/**/stg_[ei]*", "", "stg_events stg_issues"},
		{"./seeds/", "", "seed:countries"},
		{"kpis.sql", "", "kpis"},
		{"file:kpis", "", "kpis"},
		{"countries.csv", "", "seed:countries"},
		{"file:dim_v?.sql", "", "dim.v1 dim.v2 dim.v3"},
		// Graph operators.
		{"sessions+", "", "sessions kpis exposure:weekly_kpis metric:revenue activation.contacts activation.members " + eu + " " + us},
		{"+sessions", "", "sessions stg_events stg_pages source:snowplow.event source:snowplow.page"},
		{"1+sessions", "", "sessions stg_events stg_pages"},
		{"2+kpis", "", "kpis sessions stg_payments stg_events stg_pages source:stripe.payment"},
		{"sessions+1", "", "sessions kpis"},
		{"sessions+2", "", "sessions kpis exposure:weekly_kpis metric:revenue activation.contacts " + eu + " " + us},
		{"0+sessions+0", "", "sessions"},
		{"1+sessions+1", "", "sessions stg_events stg_pages kpis"},
		{"@stg_pages,resource_type:model", "", "dim.v2 kpis sessions stg_events stg_pages stg_payments"},
		{"@source:snowplow,resource_type:source", "", "source:snowplow.event source:snowplow.page source:stripe.payment"},
		// Sets.
		{"+sessions +dim.v2", "", "sessions stg_events stg_pages source:snowplow.event source:snowplow.page dim.v2 stg_payments source:stripe.payment"},
		{"+kpis,+dim.v2", "", "stg_payments source:stripe.payment"},
		{"staging.snowplow,tag:nightly", "", "stg_events"},
		{"tag:nightly,config.materialized:view stg_payments", "", "stg_events stg_issues stg_payments"},
		{"marts", "tag:finance", "dim.v1 dim.v2 dim.v3 sessions"},
		{"marts", "dim kpis+", "sessions"},
		{"", "+kpis+ staging other.* countries marts dim stg_payments+ exposure:* test_type:data", "activation.stg_events"},
		// Methods.
		{"tag:finance", "", "kpis stg_payments"},
		{"tag:night*", "", "kpis stg_events stg_issues"},
		{"source:snowplow", "", "source:snowplow.event source:snowplow.page"},
		{"source:snowplow.page", "", "source:snowplow.page"},
		{"source:other.crm.*", "", "source.other.crm.account"},
		{"source:*.payment+1", "", "source:stripe.payment stg_payments"},
		{"resource_type:seed", "", "seed:countries"},
		{"resource_type:snapshot", "", "snapshot:orders_snapshot"},
		{"package:other", "", "other.accounts source.other.crm.account"},
		{"package:this,resource_type:exposure", "", "exposure:weekly_kpis"},
		{"config.materialized:incremental", "", "sessions"},
		{"config.cluster_by:day", "", "sessions"},
		{"config.meta.pii:true", "", "kpis"},
		{"config.meta.owner:ann", "", "kpis"},
		{"config.meta:owner", "", "kpis"},
		{"config.severity:WARN", "", "test:not_null_kpis_id"},
		{"group:product", "", "stg_events stg_pages"},
		{"access:public", "", "kpis sessions"},
		{"access:private", "", "stg_events"},
		{"version:latest", "", "dim.v2"},
		{"version:prerelease", "", "dim.v3"},
		{"version:old", "", "dim.v1"},
		{"version:none,marts", "", "kpis sessions"},
		{"exposure:weekly_kpis", "", "exposure:weekly_kpis"},
		{"1+exposure:shop.*", "", "exposure:weekly_kpis kpis"},
		{"metric:revenue", "", "metric:revenue"},
		{"unit_test:sums_up", "", "unit_test:sums_up"},
		{"test_name:unique", "", "test:unique_stg_events_id"},
		{"test_name:dbt_utils.equality", "", "test:relate_sessions_stg_payments"},
		{"test_type:singular", "", "test:total_is_positive"},
		{"test_type:unit", "", "unit_test:sums_up"},
		{"test_type:generic", "", "test:not_null_kpis_id test:relate_sessions_stg_payments test:unique_stg_events_id"},
		{"1+test_name:unique", "", "test:unique_stg_events_id stg_events"},
		// leat's own.
		{"contacts", "", "activation.contacts"},
		{"activation.contacts", "", "activation.contacts"},
		{"+contacts,resource_type:source", "", "source:snowplow.event source:snowplow.page source:stripe.payment"},
		{"contacts+", "", "activation.contacts activation.members"},
		{"stg_events", "", "stg_events activation.stg_events"},
		{"activation:stg_*", "", "activation.stg_events"},
		{"activation:*", "tag:daily", "activation.members activation.stg_events"},
		{"audience", "", eu + " " + us},
		{"activation:audience", "", eu + " " + us},
		{`audience["eu"]`, "", eu},
		{`activation.audience["us, west"] contacts`, "", "activation.contacts " + us},
		{"activations.ads.*", "", ""},
		{"activations/", "", "activation.contacts " + eu + " " + us},
		{"contacts.leat.hcl", "", "activation.contacts"},
		{"tag:daily", "", "activation.contacts " + eu + " " + us},
		{"tag:hourly", "", "activation.members stg_events"},
		{"destination:hubspot", "", "activation.contacts activation.stg_events"},
		{"destination:crm", "", "activation.contacts activation.stg_events"},
		{"destination:hubspot.crm.contacts", "", "activation.contacts"},
		{"destination:postgres.dw.public.members", "", "activation.members"},
		{"destination:destination.http.*", "", eu + " " + us},
		{"config.mode:upsert", "", "activation.contacts"},
		{"resource_type:activation,kpis+", "", "activation.contacts activation.members " + eu + " " + us},
		{"package:shop,destination:http", "", eu + " " + us},
	} {
		req := Request{Graph: graph(t), Indirect: Empty}
		if c.sel != "" {
			req.Select = []string{c.sel}
		}
		if c.exclude != "" {
			req.Exclude = []string{c.exclude}
		}
		got, ds := Select(req)
		if ds.HasErrors() {
			t.Errorf("%s: %v", c.sel, ds)
			continue
		}
		ids := got.IDs()
		if !strings.Contains(c.want, "test:") {
			ids = slices.DeleteFunc(ids, func(id string) bool { return strings.HasPrefix(id, "test.") || strings.HasPrefix(id, "unit_test.") })
		}
		want := strings.Fields(strings.ReplaceAll(c.want, "us, west", "us,west"))
		slices.Sort(want)
		if have := strings.ReplaceAll(short(ids), "us, west", "us,west"); have != strings.Join(want, " ") {
			t.Errorf("--select %s --exclude %s\n got %s\nwant %s", c.sel, c.exclude, have, strings.Join(want, " "))
		}
	}
}

// The four modes of indirect selection, on dbt's own kind of case: a test of
// two models, one of which is selected.
func TestIndirect(t *testing.T) {
	for _, c := range []struct {
		mode            Indirect
		sel, excl, want string
	}{
		{Eager, "sessions", "", "sessions test:relate_sessions_stg_payments"},
		{Cautious, "sessions", "", "sessions"},
		{Cautious, "sessions stg_payments", "", "sessions stg_payments test:relate_sessions_stg_payments"},
		{Buildable, "sessions", "", "sessions"},
		{Buildable, "kpis,tag:finance sessions", "", "kpis sessions test:not_null_kpis_id test:relate_sessions_stg_payments test:total_is_positive unit_test:sums_up"},
		{Empty, "sessions stg_payments", "", "sessions stg_payments"},
		{Eager, "stg_events", "test_name:unique", "activation.stg_events stg_events"},
		{Eager, "sessions stg_events", "stg_payments", "activation.stg_events sessions stg_events test:unique_stg_events_id"},
	} {
		req := Request{Graph: graph(t), Select: []string{c.sel}, Indirect: c.mode}
		if c.excl != "" {
			req.Exclude = []string{c.excl}
		}
		got, ds := Select(req)
		if len(ds) > 0 {
			t.Errorf("%s: %v", c.sel, ds)
		} else if have := short(got.IDs()); have != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.mode, c.sel, have, c.want)
		}
	}
	_, ds := Select(Request{Graph: graph(t), Indirect: "eagre"})
	if len(ds) != 1 || !strings.Contains(ds[0].Detail, `"eager"`) {
		t.Error(ds)
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ sel, code, says string }{
		{"@kpis+", "LEAT0921", "begin with @ and end with +"},
		{"@1+kpis", "LEAT0921", "both @ and +"},
		{"tag:", "LEAT0921", "missing"},
		{"tag:a,", "LEAT0921", "missing"},
		{"99999999999999999999+kpis", "LEAT0921", "too large"},
		{"tags:nightly", "LEAT0922", `Did you mean "tag"`},
		{"source_status:fresher", "LEAT0922", "sources.json"},
		{"tag.x:nightly", "LEAT0921", "after a dot"},
		{"config:table", "LEAT0921", "config.materialized:table"},
		{"access:publik", "LEAT0923", `"public"`},
		{"resource_type:models", "LEAT0923", `"model"`},
		{"state:modifid", "LEAT0923", `"modified"`},
		{"source:a.b.c.d", "LEAT0923", "PACKAGE.SOURCE.TABLE"},
		{"state:modified", "LEAT0926", "--state"},
		{"result:error", "LEAT0926", "run_results.json"},
		{"selector:nightly", "LEAT0925", "selectors.yml"},
		{"kpi", "LEAT0920", `Did you mean "kpis"`},
		{"tag:nightl", "LEAT0920", `"nightly"`},
		{"destination:hubspit", "LEAT0920", `"hubspot"`},
		{"kpis,tag:hourly", "LEAT0920", "No single node"},
		{"nope_*", "LEAT0920", "Nothing of the dbt project"},
	} {
		_, ds := Select(Request{Graph: graph(t), Select: []string{c.sel}})
		if len(ds) != 1 || string(ds[0].Code) != c.code || !strings.Contains(ds[0].Detail, c.says) {
			t.Errorf("%s: got %v, want one %s that says %q", c.sel, ds, c.code, c.says)
		}
	}
}

func TestCheckActivations(t *testing.T) {
	for sel, want := range map[string]string{
		"kpis": "would hold", "stg_issues": "No activation reads", "kpis+": "", "contacts": "", "tag:nowhere": "",
	} {
		s, _ := Select(Request{Graph: graph(t), Select: []string{sel}})
		ds := s.CheckActivations()
		if want == "" && len(ds) > 0 || want != "" && (len(ds) != 1 || !strings.Contains(ds[0].Detail, want)) {
			t.Errorf("%s: %v, want %q", sel, ds, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		want          bool
	}{
		{"abc", "abc", true}, {"abc", "a*", true}, {"abc", "*c", true}, {"abc", "a*b*c*", true}, {"abc", "a*d", false},
		{"abc", "a?c", true}, {"ac", "a?c", false}, {"a.b/c", "*", true}, {"abc", "[a-c]b[!d]", true}, {"abc", "[!a]bc", false},
		{"a]c", "a[]]c", true}, {"a[c", "a[c", true}, {"a[xc", "a[*c", true}, {"äöü", "ä?ü", true}, {"", "*", true}, {"", "", true}, {"a", "", false},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*c", false}, {"A", "a", false}, {"-", "[a-]", true},
	} {
		if got := match(c.name, c.pattern); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.name, c.pattern, got)
		}
	}
}
