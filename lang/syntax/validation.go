package syntax

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
)

// variable reads a block `variable`.
func (p *parser) variable(blk *hclsyntax.Block, schema BlockSchema) {
	b := p.body(blk.Body, schema, "variable", defRange(blk))
	v := &Variable{
		Name: blk.Labels[0], NameRange: blk.LabelRanges[0], DefRange: defRange(blk),
		Type: b.attr("type"), Default: b.attr("default"), Description: b.attr("description"),
		Sensitive: b.attr("sensitive"), Nullable: b.attr("nullable"), Poisoned: b.poisoned,
	}
	for _, nested := range b.blocks {
		s, _ := schema.Block(nested.Type)
		if !p.labels(nested, s) {
			v.Poisoned = true
			continue
		}
		n := p.body(nested.Body, s, "variable.validation", defRange(nested))
		v.Poisoned = v.Poisoned || n.poisoned
		v.Validations = append(v.Validations, &Validation{DefRange: defRange(nested), Condition: n.attr("condition"), ErrorMessage: n.attr("error_message")})
	}
	p.cfg.Variables = append(p.cfg.Variables, v)
}

// validate holds the values of variables against their `validation` blocks. A
// variable whose value is refused has none, once all conditions, which may
// refer to other variables, have been decided.
func (e *evaluator) validate(vars []*Variable, in Inputs) {
	var refused []string
	for _, v := range vars {
		for _, rule := range v.Validations {
			if rule.Condition == nil || rule.ErrorMessage == nil || !e.validRule(v, rule) {
				continue
			}
			if holds, decided := e.holds(rule.Condition); holds || !decided {
				continue
			}
			e.refuse(v, rule, in)
			refused = append(refused, v.Name)
		}
	}
	for _, name := range refused {
		c := e.consts.vars[name]
		c.Value, c.Poisoned = cty.DynamicVal, true
		e.consts.vars[name] = c
	}
}

// validRule checks what a rule refers to, whatever values are given.
func (e *evaluator) validRule(v *Variable, rule *Validation) bool {
	ok := true
	for _, a := range []*Attribute{rule.Condition, rule.ErrorMessage} {
		for _, t := range a.Expr.Variables() {
			if t.RootName() != "var" && slices.Contains(Roots(), t.RootName()) {
				e.diags.Append(diag.New(diag.MisplacedReference, t.SourceRange(), "Only var exists here: a value is refused before anything is made of it.").
					WithSummary("`%s` does not exist here", t.RootName()))
				ok = false
			} else if c := e.consts.vars[variableName(t)]; c.Sensitive && a == rule.ErrorMessage {
				e.shown(t.SourceRange(), a.Name)
				ok = false
			}
		}
	}
	own := func(t hcl.Traversal) bool { return t.RootName() == "var" && variableName(t) == v.Name }
	if ok && !slices.ContainsFunc(rule.Condition.Expr.Variables(), own) {
		e.diags.Append(diag.New(diag.UnrelatedValidation, rule.Condition.Expr.Range(), "Refer to var.%s, or move the block to the variable that the condition is about.", v.Name).
			WithSummary("Condition does not refer to var.%s", v.Name).WithRelated(v.NameRange, "It stands in this variable"))
		ok = false
	}
	return ok
}

// variableName is the name after `var`, "" when there is none.
func variableName(t hcl.Traversal) string {
	if len(t) > 1 {
		if step, ok := t[1].(hcl.TraverseAttr); ok {
			return step.Name
		}
	}
	return ""
}

// holds evaluates a condition. Null counts as false.
func (e *evaluator) holds(a *Attribute) (holds, decided bool) {
	val, _, ok := e.eval(a.Expr)
	switch {
	case !ok:
		return false, false
	case val.IsNull():
		return false, true
	case val.Type() != cty.Bool:
		e.invalid(a.Expr.Range(), a.Name, "Write something that is true or false, such as contains([\"eu\", \"us\"], var.region) or can(int(var.port)).")
		return false, false
	}
	return val.True(), true
}

// refuse reports a value at the place that gives it.
func (e *evaluator) refuse(v *Variable, rule *Validation, in Inputs) {
	val, _, ok := e.eval(rule.ErrorMessage.Expr)
	if !ok {
		return
	}
	if val.IsNull() || val.Type() != cty.String || strings.TrimSpace(val.AsString()) == "" {
		e.invalid(rule.ErrorMessage.Expr.Range(), rule.ErrorMessage.Name, "Write a sentence, in quotes.")
		return
	}
	at, by := v.NameRange, "given with --var "+v.Name
	_, flag := in.Flags[v.Name]
	_, env := in.Env[v.Name]
	switch {
	case flag:
	case env:
		by = "given by LEAT_VAR_" + v.Name
	default:
		at, by = v.Default.Expr.Range(), "its default" // else it had no value
	}
	e.diags.Append(diag.New(diag.FailedValidation, at, "%s", val.AsString()).
		WithSummary("Value of variable %s, %s, is refused", quote(v.Name), by).
		WithRelated(rule.Condition.Expr.Range(), "This is not true of it"))
}
