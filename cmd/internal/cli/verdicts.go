package cli

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
	"github.com/leat-dev/leat/runtime/state"
)

// verdictTime is how verdicts have their time: always as long, so that the
// order of the texts is the order of the times.
const verdictTime = "2006-01-02T15:04:05.000000000Z"

// recall adds to the verdicts of the run results those that the state of the
// environment keeps, so that a dbt command that ran no tests takes no proof
// away. It is quiet: where state cannot be read, the run results alone speak,
// and commands that need state say what is wrong with it.
func (a *app) recall(p *project.Project) {
	env, ds := p.Environment(nil)
	if ds.HasErrors() {
		target, _ := p.Target()
		if target == nil {
			return
		}
		env, _ = p.Environment(target)
	}
	store, ds, err := a.openState(p, env)
	if err == nil && !ds.HasErrors() {
		_, _ = a.recallFrom(p, store)
	}
}

// readableState opens state as openState does, and says what recall did not.
func (a *app) readableState(p *project.Project, env string) (*state.Store, diag.Diagnostics, error) {
	s, ds, err := a.openState(p, env)
	if err == nil && !ds.HasErrors() {
		var more diag.Diagnostics
		_, more, err = s.Verdicts()
		ds.Extend(more)
	}
	return s, ds, err
}

// recallFrom adds the verdicts that a state keeps.
func (a *app) recallFrom(p *project.Project, s *state.Store) (diag.Diagnostics, error) {
	kept, ds, err := s.Verdicts()
	if err != nil || ds.HasErrors() || p.Input.Manifest == nil {
		return ds, err
	}
	file := s.VerdictFile()
	if rel, err := filepath.Rel(p.Root, file); err == nil {
		file = filepath.ToSlash(rel)
	}
	partial := map[string]string{}
	for _, t := range p.Input.Manifest.Tests {
		partial[t.UniqueID] = t.Partial
	}
	old := manifest.Verdicts{}
	for _, v := range kept {
		at, err := time.Parse(verdictTime, v.At)
		if now, test := partial[v.ID]; err != nil || test && now != v.Partial {
			continue // it was another test then
		}
		old[v.ID] = manifest.Verdict{Status: v.Status, At: at, Command: v.Command, File: file}
	}
	p.Input.Verdicts = p.Input.Verdicts.Merge(old)
	return nil, nil
}

// verdictsOf are the verdicts that bear on the models of activations, as a
// plan carries them.
func verdictsOf(p *project.Project, as []ir.Activation) []plan.Verdict {
	m, all := p.Input.Manifest, manifest.Verdicts{}
	for _, act := range as {
		if rel, ok := m.Relation(act.Source.UniqueID); ok {
			maps.Copy(all, m.Bearing(rel, p.Input.Verdicts))
		}
	}
	var out []plan.Verdict
	for id, v := range all {
		d := plan.Verdict{ID: id, Status: v.Status, Command: v.Command}
		if !v.At.IsZero() {
			d.At = v.At.UTC().Format(verdictTime)
		}
		out = append(out, d)
	}
	byID := func(x plan.Verdict, id string) int { return cmp.Compare(x.ID, id) }
	slices.SortFunc(out, func(x, y plan.Verdict) int { return byID(x, y.ID) })
	for _, t := range m.Tests {
		if i, ok := slices.BinarySearchFunc(out, t.UniqueID, byID); ok {
			out[i].Partial = t.Partial
		}
	}
	return out
}
