package check

import (
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// requires gathers what run results say of the model, for the plan to hold
// against `requires`. A test that passed before the last build has seen other
// rows, so it counts as one that did not pass.
func (u *unit) requires() {
	r := u.block.Requires
	if r == nil || u.facts == nil {
		return
	}
	age := u.set.Requires.MaxAge
	if u.block.From.Kind == syntax.Source && age.Set {
		u.report(u.atYAML(diag.New(diag.NoBuild, age.Range, "dbt does not build sources, so run results never tell the age of one. Activate a model on top of it, or remove max_age.").
			WithSummary("%s has no build", u.block.From), ""))
		return
	}
	id := u.facts.Relation.UniqueID
	out := &ir.Requires{Tests: u.set.Requires.Tests.Value, MaxAge: age.Value}
	if v, ok := u.in.Verdicts[id]; ok {
		out.BuildKnown, out.BuildOK, out.BuiltAt = true, v.Status == "success", v.At
	}
	for _, t := range u.in.Manifest.Tests {
		if t.Target != id || t.Severity == "warn" || !out.Tests {
			continue
		}
		out.Known++
		verdict := u.in.Verdicts[t.UniqueID]
		outdated := u.in.Manifest.Outdated(u.facts.Relation, verdict, u.in.Verdicts)
		if !u.in.Verdicts.Passed(t.UniqueID) || outdated {
			out.NotPassed++
			status := verdict.Status
			if status == "pass" {
				status = "passed before the last build"
			}
			proof := manifest.Proof{Test: t, File: t.File}
			out.Failing = append(out.Failing, ir.Failing{Name: t.Name, Status: status, Place: u.places.Proof(u.facts.Relation, proof)})
		}
	}
	u.out.Requires = out
}
