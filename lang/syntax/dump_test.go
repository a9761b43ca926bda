package syntax_test

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// place prints a range with what it covers, so that a golden shows at a glance
// whether the range is right.
type printer struct {
	strings.Builder
	files map[string][]byte
}

func (p *printer) place(r diag.Range) string {
	if r == (diag.Range{}) {
		return "(nowhere)"
	}
	src := p.files[r.Filename]
	covered := "OUT OF BOUNDS"
	if r.Start.Byte <= r.End.Byte && r.End.Byte <= len(src) {
		covered = string(src[r.Start.Byte:r.End.Byte])
	}
	return fmt.Sprintf("%s:%d:%d-%d:%d %q", r.Filename, r.Start.Line, r.Start.Column, r.End.Line, r.End.Column, covered)
}

func (p *printer) expr(e hcl.Expression) string {
	if e == nil {
		return "(none)"
	}
	return p.place(e.Range())
}

func (p *printer) attr(indent, label string, a *syntax.Attribute) {
	if a != nil {
		fmt.Fprintf(p, "%s%s = %s\n", indent, label, p.expr(a.Expr))
	}
}

func (p *printer) config(c *syntax.Config) {
	if c.Poisoned {
		fmt.Fprintln(p, "config poisoned")
	}
	if c.Leat != nil {
		fmt.Fprintf(p, "leat %s\n", p.place(c.Leat.DefRange))
		p.attr("  ", "required_version", c.Leat.RequiredVersion)
	}
	if c.DBT != nil {
		fmt.Fprintf(p, "dbt %s\n", p.place(c.DBT.DefRange))
		p.attr("  ", "project_dir", c.DBT.ProjectDir)
		p.attr("  ", "target", c.DBT.Target)
		p.attr("  ", "artifacts", c.DBT.Artifacts)
	}
	p.attr("", "environment", c.Environment)
	if c.State != nil {
		fmt.Fprintf(p, "state %s %s\n", c.State.Backend, p.place(c.State.DefRange))
		if c.State.Path != nil {
			p.configValue(c.State.Path)
		}
	}
	for _, v := range c.Variables {
		fmt.Fprintf(p, "variable %s%s %s\n", v.Name, poison(v.Poisoned), p.place(v.NameRange))
		p.attr("  ", "type", v.Type)
		p.attr("  ", "default", v.Default)
		p.attr("  ", "description", v.Description)
		p.attr("  ", "sensitive", v.Sensitive)
		p.attr("  ", "nullable", v.Nullable)
		for _, r := range v.Validations {
			p.attr("  ", "validation condition", r.Condition)
			p.attr("  ", "validation error_message", r.ErrorMessage)
		}
	}
	for _, l := range c.Locals {
		p.attr("", "local "+l.Name, l)
	}
	for _, d := range c.Destinations {
		fmt.Fprintf(p, "%s%s type %s, name %s\n", d.Addr, poison(d.Poisoned), p.place(d.TypeRange), p.place(d.NameRange))
		p.attr("  ", "accepts", d.Accepts)
		p.attr("  ", "region", d.Region)
		fmt.Fprintf(p, "  config %s\n", p.place(d.ConfigRange))
		for _, v := range d.Config {
			p.configValue(v)
		}
		for _, o := range d.Objects {
			fmt.Fprintf(p, "  object %s%s %s\n", o.Name, poison(o.Poisoned), p.place(o.NameRange))
			p.attr("    ", "key", o.Key)
			p.attr("    ", "required", o.Required)
			for _, f := range o.Fields {
				fmt.Fprintf(p, "    field %s %s\n", f.Name, p.place(f.Range))
			}
			for _, r := range o.Requests {
				fmt.Fprintf(p, "    %s %s\n", r.Operation, p.place(r.DefRange))
				for _, a := range []*syntax.Attribute{r.Method, r.Path, r.Envelope, r.Body, r.Idempotent, r.IdempotencyHeader} {
					if a != nil {
						p.attr("      ", a.Name, a)
					}
				}
			}
		}
	}
	for _, a := range c.Activations {
		p.activation(a)
	}
	p.more(c)
}

func (p *printer) more(c *syntax.Config) {
	for _, l := range c.Labels {
		fmt.Fprintf(p, "label %s%s %s\n", l.Name, poison(l.Poisoned), p.place(l.NameRange))
		p.attr("  ", "tags", l.Tags)
		p.attr("  ", "meta", l.Meta)
		p.attr("  ", "columns", l.Columns)
	}
	for _, l := range c.Policies {
		fmt.Fprintf(p, "policy %s%s %s\n", l.Name, poison(l.Poisoned), p.place(l.NameRange))
		p.attr("  ", "when", l.When)
		p.attr("  ", "assert", l.Assert)
		p.attr("  ", "message", l.Message)
	}
	for _, t := range c.Tests {
		fmt.Fprintf(p, "test %q%s %s\n", t.Name, poison(t.Poisoned), p.place(t.NameRange))
		p.ref("  ", "activation", t.Activation)
		p.attr("  ", "as_of", t.AsOf)
		for _, g := range t.Given {
			fmt.Fprintf(p, "  given %s\n", p.place(g.DefRange))
			if g.From != nil {
				fmt.Fprintf(p, "    from %s\n", g.From)
			}
			p.attr("    ", "rows", g.Rows)
		}
		if t.Synced != nil {
			fmt.Fprintf(p, "  synced %s\n", p.place(t.Synced.DefRange))
			p.attr("    ", "rows", t.Synced.Rows)
		}
		if t.Expect != nil {
			fmt.Fprintf(p, "  expect %s\n", p.place(t.Expect.DefRange))
			for _, a := range t.Expect.Attrs {
				p.attr("    ", a.Name, a)
			}
		}
	}
	for _, m := range c.Moved {
		fmt.Fprintf(p, "moved %s\n", p.place(m.DefRange))
		for _, r := range []*syntax.MemberRef{m.From, m.To} {
			if r != nil {
				fmt.Fprintf(p, "  %s %s %s %s\n", r.Activation, r.Part, r.Name, p.place(r.Range))
			}
		}
	}
	for _, r := range c.Removed {
		fmt.Fprintf(p, "removed %s\n", p.place(r.DefRange))
		p.ref("  ", "from", r.From)
		p.attr("  ", "rows", r.Rows)
	}
}

func (p *printer) ref(indent, label string, r *syntax.ActivationRef) {
	if r != nil {
		fmt.Fprintf(p, "%s%s %s %s\n", indent, label, r.Addr, p.place(r.Range))
	}
}

func (p *printer) configValue(v *syntax.ConfigValue) {
	if v.Env != "" {
		fmt.Fprintf(p, "    %s = env %s %s\n", v.Name, v.Env, p.place(v.ExprRange))
		return
	}
	fmt.Fprintf(p, "    %s = %s\n", v.Name, p.expr(v.Expr))
}

func (p *printer) activation(a *syntax.Activation) {
	fmt.Fprintf(p, "%s%s %s\n", a.Addr, poison(a.Poisoned), p.place(a.NameRange))
	p.attr("  ", "description", a.Description)
	p.attr("  ", "owner", a.Owner)
	p.attr("  ", "tags", a.Tags)
	if r := a.From; r != nil {
		fmt.Fprintf(p, "  from %s %s\n", r, p.place(r.Range))
		fmt.Fprintf(p, "    first %s, name %s, version %s\n", p.place(r.FirstRange), p.place(r.NameRange), p.place(r.VersionRange))
	}
	if t := a.To; t != nil {
		fmt.Fprintf(p, "  to %s %s\n", t.Addr, p.place(t.Range))
		fmt.Fprintf(p, "    type %s, name %s, object %s\n", p.place(t.TypeRange), p.place(t.NameRange), p.place(t.ObjectRange))
	}
	p.attr("  ", "where", a.Where)
	p.attr("  ", "mode", a.Mode)
	if a.ID != nil {
		for i, e := range a.ID.Parts {
			fmt.Fprintf(p, "  id[%d] = %s\n", i, p.expr(e))
		}
	}
	if a.Key != nil {
		fmt.Fprintf(p, "  key %s\n", p.place(a.Key.NameRange))
		for _, f := range a.Key.Fields {
			fmt.Fprintf(p, "    %s %s = %s\n", f.Name, p.place(f.NameRange), p.expr(f.Expr))
		}
	}
	for _, f := range a.Fields {
		fmt.Fprintf(p, "  field %s %s = %s\n", f.Name, p.place(f.NameRange), p.expr(f.Expr))
		p.attr("    ", "write", f.Write)
		p.attr("    ", "nulls", f.Nulls)
	}
	p.attr("  ", "on_removed", a.OnRemoved)
	if g := a.Guard; g != nil {
		fmt.Fprintf(p, "  guard %s\n", p.place(g.DefRange))
		p.attr("    ", "max_creates", g.MaxCreates)
		p.attr("    ", "max_updates", g.MaxUpdates)
		p.attr("    ", "max_removes", g.MaxRemoves)
		p.attr("    ", "min_rows", g.MinRows)
	}
	if d := a.Delivery; d != nil {
		fmt.Fprintf(p, "  delivery %s\n", p.place(d.DefRange))
		p.attr("    ", "concurrency", d.Concurrency)
		p.attr("    ", "max_reject_rate", d.MaxRejectRate)
		p.attr("    ", "on_unknown", d.OnUnknown)
	}
	p.attr("  ", "for_each", a.ForEach)
	for _, r := range a.Shares {
		p.ref("  ", "shares", r)
	}
	p.attr("  ", "proofs", a.Proofs)
	if r := a.Requires; r != nil {
		fmt.Fprintf(p, "  requires %s\n", p.place(r.DefRange))
		p.attr("    ", "tests", r.Tests)
		p.attr("    ", "max_age", r.MaxAge)
	}
	if c := a.Consent; c != nil {
		fmt.Fprintf(p, "  consent %s from %s\n", p.place(c.DefRange), c.From)
		p.attr("    ", "match", c.Match)
		p.attr("    ", "allow", c.Allow)
		p.attr("    ", "on_withdrawn", c.OnWithdrawn)
	}
	if r := a.Rollout; r != nil {
		fmt.Fprintf(p, "  rollout %s\n", p.place(r.DefRange))
		p.attr("    ", "percent", r.Percent)
	}
	if h := a.Holdout; h != nil {
		fmt.Fprintf(p, "  holdout %s\n", p.place(h.DefRange))
		p.attr("    ", "percent", h.Percent)
	}
}

func poison(is bool) string {
	if is {
		return " poisoned"
	}
	return ""
}

func (p *printer) constants(c *syntax.Constants) {
	show := func(kind string, v syntax.Constant) {
		s := "poisoned"
		switch {
		case v.Sensitive && !v.Poisoned:
			s = "(sensitive)"
		case !v.Poisoned:
			s = value(v.Value)
		}
		fmt.Fprintf(p, "%s.%s = %s\n", kind, v.Name, s)
	}
	for _, n := range c.VarNames() {
		v, _ := c.Var(n)
		show("var", v)
	}
	for _, n := range c.LocalNames() {
		v, _ := c.Local(n)
		show("local", v)
	}
}

func value(v cty.Value) string { return strings.ReplaceAll(v.GoString(), "cty.", "") }

func (p *printer) settings(s syntax.Settings) {
	fmt.Fprintf(p, "environment %q dbt %q %q %v", s.Environment.Value, s.DBT.ProjectDir.Value, s.DBT.Target.Value, plain(s.DBT.Artifacts))
	fmt.Fprintf(p, " state %s\n", setting(s.StatePath))
}

func setting(s syntax.Setting) string {
	switch {
	case s.Env != "":
		return "env(" + s.Env + ")"
	case s.Sensitive:
		return "(sensitive)"
	}
	return value(s.Value)
}

func plain(vs []syntax.Value[string]) []string {
	out := []string{}
	for _, v := range vs {
		out = append(out, v.Value)
	}
	return out
}

func (p *printer) activationSettings(a *syntax.Activation, s syntax.ActivationSettings) {
	fmt.Fprintf(p, "%s: description %q owner %q tags %v mode %s on_removed %s\n", a.Addr, s.Description.Value, s.Owner.Value, plain(s.Tags), s.Mode.Value, s.OnRemoved.Value)
	for i, f := range s.Fields {
		fmt.Fprintf(p, "  %s write %s nulls %s\n", a.Fields[i].Name, f.Write.Value, f.Nulls.Value)
	}
	g := s.Guard
	fmt.Fprintf(p, "  guard creates %s updates %s removes %s min_rows %d\n", limit(g.MaxCreates.Value), limit(g.MaxUpdates.Value), limit(g.MaxRemoves.Value), g.MinRows.Value)
	d := s.Delivery
	fmt.Fprintf(p, "  delivery concurrency %d rejects %s on_unknown %s\n", d.Concurrency.Value, limit(d.MaxRejectRate.Value), d.OnUnknown.Value)
	if a.Each != nil {
		fmt.Fprintf(p, "  each %q", a.Each.Key)
		if a.From != nil {
			fmt.Fprintf(p, " from %s", a.From)
		}
		if a.To != nil {
			fmt.Fprintf(p, " to %s object %s", a.To.Addr, p.place(a.To.ObjectRange))
		}
		fmt.Fprintln(p, poison(a.Poisoned))
	}
	if s.Proofs.Set || s.Requires.Tests.Value || s.Requires.MaxAge.Value != 0 || s.Rollout.Set || s.Holdout.Set || s.OnWithdrawn.Set {
		fmt.Fprintf(p, "  proofs %s tests %v max_age %s on_withdrawn %s rollout %g holdout %g\n",
			s.Proofs.Value, s.Requires.Tests.Value, s.Requires.MaxAge.Value, s.OnWithdrawn.Value, s.Rollout.Value, s.Holdout.Value)
	}
}

func limit(l syntax.Limit) string {
	switch {
	case !l.Present:
		return "none"
	case l.Percent:
		return fmt.Sprintf("%g%%", l.N)
	}
	return fmt.Sprintf("%g", l.N)
}

func (p *printer) diagnostics(ds diag.Diagnostics) {
	for _, d := range ds {
		fmt.Fprintf(p, "%s %s %s\n  at %s\n  %s\n", d.Code, d.Severity, d.Summary, p.place(d.Range), d.Detail)
		for _, r := range d.Related {
			fmt.Fprintf(p, "  related: %s %s\n", r.Message, p.place(r.Range))
		}
		for _, f := range d.Fixes {
			fmt.Fprintf(p, "  fix: %s\n", f.Title)
			for _, e := range f.Edits {
				fmt.Fprintf(p, "    %s -> %q\n", p.place(e.Range), e.NewText)
			}
		}
	}
}
