package check

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/policy"
	"github.com/leat-dev/leat/lang/diag"
)

// policySet reads the policy blocks.
func (c *compiler) policySet() {
	k := c.in.Constants
	set, ds := policy.New(c.in.Config, c.constants(), func(root, name string) bool {
		get := k.Var
		if root == "local" {
			get = k.Local
		}
		v, ok := get(name)
		return ok && v.Sensitive
	})
	c.diags.Extend(ds)
	c.policies = set
	for _, t := range set.LabelTexts() {
		c.labelKnown(t.Text, t.Range)
	}
}

// heldPolicies evaluates the policies over the activation as compiled.
func (u *unit) heldPolicies() {
	rel, t := u.facts.Relation, u.out.Target
	a := policy.Activation{Name: u.out.Name, Owner: u.out.Owner, Mode: string(u.out.Mode), Tags: u.out.Tags,
		Model: rel.Name, Package: rel.Package, Group: rel.Group, Access: rel.Access}
	to := policy.Target{Type: t.Plugin, Name: t.Destination, Object: t.Object, Region: t.Region, Accepts: t.Accepts}
	all := append(slices.Clone(u.out.Key), u.out.Fields...)
	mappings := make([]policy.Mapping, len(all))
	for i, m := range all {
		mappings[i] = policy.Mapping{Field: m.Field, Type: m.Type.String(), Labels: m.Labels, Columns: m.Columns, Nullable: m.Nullable, Key: i < len(u.out.Key)}
	}
	for _, f := range u.policies.Check(a, to, mappings) {
		var m *ir.Mapping
		if f.Mapping >= 0 {
			m = &all[f.Mapping]
		}
		u.report(u.violation(&f, m))
	}
}

// violation reports a policy that does not hold, at the mapping it is about,
// or at `to`.
func (u *unit) violation(f *policy.Finding, m *ir.Mapping) diag.Diagnostic {
	name := f.Policy.Name
	at, of := u.block.To.Range, u.out.Address()
	if m != nil {
		at, of = m.Expr.Range, m.Field+" of "+u.out.Address()
	}
	if f.Trouble != nil {
		return diag.New(diag.PolicyUndecidable, f.Trouble.Range, "%s", f.Trouble.Detail).
			WithSummary("Policy %q cannot be decided", name).WithRelated(at, "it was asked about %s", of)
	}
	says := f.Message
	if says == "" {
		says = "The policy is broken by " + of
	}
	d := diag.New(diag.PolicyViolated, at, "%s. Change what is mapped or where to, or have the policy changed.", strings.TrimSuffix(strings.TrimSpace(says), ".")).
		WithSummary("Policy %q does not allow %s", name, of).WithRelated(f.Policy.Assert.Range, "the policy asserts this")
	if f.Policy.When != nil {
		d = d.WithRelated(f.Policy.When.Range, "it applies when this is true")
	}
	b := u.dest.Block
	if f.Reads("target.region") && b.Region == nil {
		d = d.WithRelated(b.DefRange, "this destination has no `region`")
	} else if f.Reads("target.region") {
		d = d.WithRelated(b.Region.Range, "region of the destination")
	}
	if f.Reads("target.accepts") {
		d = u.atAccepts(d)
	}
	if m != nil && f.Reads("mapping.labels") {
		d = u.reasons(d, m.Columns, m.Labels)
	}
	for _, key := range []string{"group", "access", "package"} {
		if f.Reads("activation." + key) {
			d = u.atYAML(d, key)
			break
		}
	}
	return d
}
