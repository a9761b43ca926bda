package manifest_test

import (
	"testing"
	"time"

	"github.com/leat-dev/leat/compiler/manifest"
)

// The rows of a view are those of what it selects from, so that a build there
// outdates a test of the view. A table keeps its rows.
func TestOutdated(t *testing.T) {
	m := parse(t, `{"metadata": {"dbt_schema_version": "x/manifest/v12.json", "project_name": "shop", "adapter_type": "duckdb"}, "nodes": {
	  "model.shop.base": {"resource_type": "model", "package_name": "shop", "name": "base", "config": {"materialized": "table"}, "depends_on": {"nodes": ["seed.shop.raw"]}},
	  "model.shop.step": {"resource_type": "model", "package_name": "shop", "name": "step", "config": {"materialized": "ephemeral"}, "depends_on": {"nodes": ["model.shop.base"]}},
	  "model.shop.top": {"resource_type": "model", "package_name": "shop", "name": "top", "config": {"materialized": "view"}, "depends_on": {"nodes": ["model.shop.step"]}},
	  "seed.shop.raw": {"resource_type": "seed", "package_name": "shop", "name": "raw"}}}`, manifest.Options{})
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	pass := manifest.Verdict{Status: "pass", At: noon}
	for _, tc := range []struct {
		of, built string
		at        time.Duration
		want      bool
	}{
		{"model.shop.top", "model.shop.top", -time.Minute, false},
		{"model.shop.top", "model.shop.top", 0, false},
		{"model.shop.top", "model.shop.top", time.Minute, true},
		{"model.shop.top", "model.shop.base", time.Minute, true},
		{"model.shop.top", "seed.shop.raw", time.Minute, false},
		{"model.shop.base", "seed.shop.raw", time.Minute, false},
		{"model.shop.base", "model.shop.base", time.Minute, true},
	} {
		v := manifest.Verdicts{tc.built: {Status: "success", At: noon.Add(tc.at)}}
		if got := m.Outdated(relation(t, m, tc.of), pass, v); got != tc.want {
			t.Errorf("a pass of %s, with %s built %v after it: outdated is %v", tc.of, tc.built, tc.at, got)
		}
		if got := m.Bearing(relation(t, m, tc.of), v); len(got) == 0 && tc.want {
			t.Errorf("the build of %s does not bear on %s", tc.built, tc.of)
		}
	}
}

func TestMerge(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 5, 1, 12, minute, 0, 0, time.UTC) }
	mine := manifest.Verdicts{"test.new": {Status: "fail", At: at(3)}, "test.old": {Status: "pass", At: at(1)}, "test.same": {Status: "warn", At: at(2)}, "test.when": {Status: "fail"}}
	kept := manifest.Verdicts{"test.new": {Status: "pass", At: at(2)}, "test.old": {Status: "fail", At: at(2)}, "test.same": {Status: "pass", At: at(2)}, "test.when": {Status: "pass", At: at(9)}, "test.kept": {Status: "pass", At: at(0)}}
	got := mine.Merge(kept)
	for id, want := range map[string]string{"test.new": "fail", "test.old": "fail", "test.same": "warn", "test.when": "fail", "test.kept": "pass"} {
		if got[id].Status != want {
			t.Errorf("%s is %q, want %q", id, got[id].Status, want)
		}
	}
	if kept["test.new"].Status != "pass" || len(manifest.Verdicts(nil).Merge(kept)) != len(kept) {
		t.Error("merging changes what it merges")
	}
}
