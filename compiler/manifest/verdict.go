package manifest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Verdict is the last known outcome of a node.
type Verdict struct {
	Status  string    // as in [Result]
	At      time.Time // UTC; zero when not known
	Command string    // of dbt: build, test, run, ...
	File    string    // the run results, or the state, that say so
}

// Verdicts are the last outcomes by unique id.
type Verdicts map[string]Verdict

// LastVerdicts merges run results, whatever their order: for every node the
// latest outcome of a command that really ran it. Skipped nodes and commands
// that run nothing leave earlier outcomes in force. Nil files are ignored.
func LastVerdicts(runs ...*RunResults) Verdicts {
	runs = slices.DeleteFunc(slices.Clone(runs), func(r *RunResults) bool { return r == nil })
	slices.SortStableFunc(runs, func(x, y *RunResults) int {
		return cmp.Or(x.Metadata.GeneratedAt.Compare(y.Metadata.GeneratedAt), cmp.Compare(x.Name, y.Name))
	})
	out := make(Verdicts)
	for _, r := range runs {
		for _, res := range r.Results {
			test := strings.HasPrefix(res.UniqueID, "test.") || strings.HasPrefix(res.UniqueID, "unit_test.")
			if res.Status == "skipped" || (test && !r.RanTests()) || (!test && !r.Built()) {
				continue
			}
			at := res.CompletedAt
			if at.IsZero() {
				at = r.Metadata.GeneratedAt
			}
			out[res.UniqueID] = Verdict{Status: res.Status, At: at, Command: r.Command, File: r.Name}
		}
	}
	return out
}

// Passed reports whether the test's last run passed. Only "pass" counts.
func (v Verdicts) Passed(testID string) bool { return v[testID].Status == "pass" }

// Merge returns the newest outcome of each node of both. Where times are equal,
// or one is not known, v has the say.
func (v Verdicts) Merge(kept Verdicts) Verdicts {
	out := maps.Clone(kept)
	if out == nil {
		out = Verdicts{}
	}
	for id, mine := range v {
		if theirs, both := kept[id]; !both || mine.At.IsZero() || !theirs.At.After(mine.At) {
			out[id] = mine
		}
	}
	return out
}

// lives reports whether a relation has the rows of what it selects from at the
// moment it is read, rather than those of its last build.
func lives(r *Relation) bool {
	return r.Materialized == "view" || r.Materialized == "materialized_view" || r.Ephemeral()
}

// builtFrom lists the nodes whose builds change the rows of a relation: itself,
// and under a view what it selects from.
func (m *Manifest) builtFrom(r *Relation) []string {
	ids := []string{r.UniqueID}
	for i := 0; i < len(ids); i++ {
		at, ok := m.byID[ids[i]]
		if !ok || !lives(at) {
			continue
		}
		for _, parent := range at.DependsOn {
			if !slices.Contains(ids, parent) {
				ids = append(ids, parent)
			}
		}
	}
	return ids
}

// Outdated reports whether rows of the relation may have changed since a test
// of it ran: whether something they come from was built, or was tried to be
// built, after that.
func (m *Manifest) Outdated(r *Relation, test Verdict, v Verdicts) bool {
	return slices.ContainsFunc(m.builtFrom(r), func(id string) bool { return v[id].At.After(test.At) })
}

// Bearing returns, of the verdicts, those that bear on what is known of a
// relation: of its tests, and of the builds that change its rows.
func (m *Manifest) Bearing(r *Relation, v Verdicts) Verdicts {
	ids := m.builtFrom(r)
	for _, t := range m.TestsOf(r.UniqueID) {
		ids = append(ids, t.UniqueID)
	}
	out := Verdicts{}
	for _, id := range ids {
		if verdict, ok := v[id]; ok {
			out[id] = verdict
		}
	}
	return out
}
