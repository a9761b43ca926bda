package expr

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

const howLookup = "Write lookup(activation.NAME, id): the activation that keeps the other record, and the id of its row."

// lookup compiles a reference to the record of a row that another activation
// keeps. Its value is known when that record is written, so it stands alone.
func (c *compiler) lookup(e *hclsyntax.FunctionCallExpr) *Node {
	rng := e.Range()
	switch {
	case c.scope.Lookup == nil:
		return c.fail(diag.New(diag.LookupPlace, rng, "Only `fields` may hold a lookup: which rows belong, who they are and where they live must be known before anything is written."))
	case c.whole != hcl.Expression(e):
		return c.fail(diag.New(diag.LookupPlace, rng, "The id is known when the other record has been written, so nothing can be computed from it. Let the lookup be the whole value of the field, and compute inside it: lookup(activation.NAME, row.a > 0 ? row.b : null).").
			WithSummary("A lookup is part of an expression"))
	case len(e.Args) < 2 || e.ExpandFinal:
		return c.fail(diag.New(diag.ArgumentCount, rng, howLookup).WithSummary("lookup takes an activation and an id"))
	}
	args, failed := make([]*Node, len(e.Args)-1), false
	for i, a := range e.Args[1:] {
		args[i] = c.expr(a)
		failed = failed || args[i].IsBad()
	}
	ref, ok := c.activation(e.Args[0])
	if !ok {
		return bad(rng)
	}
	ids, ok := c.scope.Lookup(ref, e.Args[0].Range())
	if !ok || failed {
		return bad(rng)
	}
	if len(ids) != len(args) {
		return c.fail(diag.New(diag.LookupID, rng, "The id of %s has %s; given here: %d. Give every part, in the order of its `id`.", ref, parts(len(ids)), len(args)).
			WithSummary("lookup names another id than %s has", ref))
	}
	for i, t := range ids {
		if args[i] = c.idPart(ref, args[i], t); args[i].IsBad() {
			failed = true
		}
	}
	if failed {
		return bad(rng)
	}
	n := node(Lookup, types.StringType, false, rng, args...)
	n.Name = strings.TrimPrefix(ref.String(), "activation.")
	for _, a := range args {
		n.info.Nullable = n.info.Nullable || a.info.Nullable
	}
	return n
}

func parts(n int) string {
	if n == 1 {
		return "one part"
	}
	return strconv.Itoa(n) + " parts"
}

// idPart converts a part of an id to the type that the other activation holds
// it as.
func (c *compiler) idPart(ref addr.Activation, a *Node, t types.Type) *Node {
	from := a.Type()
	if from.Kind == types.Null {
		return c.cast(a, t)
	}
	if conv := types.Convert(from, t); !conv.Class.Implicit() && from.Kind != types.Unknown {
		how := ""
		if conv.Remedy != "" {
			how = " Write " + conv.Remedy + "."
			if name, bare := BareColumn(a); bare {
				how = strings.ReplaceAll(how, "(x", "("+c.reference(name))
			}
		}
		return c.fail(diag.New(diag.LookupID, a.rng, "The id of %s is %s, and this is %s.%s", ref, kindText(t), kindText(from), how).
			WithSummary("lookup names another id than %s has", ref))
	}
	return c.cast(a, t)
}

// activation reads the first argument of lookup: activation.NAME, or an
// instance by a key that is known when the activation is compiled.
func (c *compiler) activation(e hclsyntax.Expression) (addr.Activation, bool) {
	fail := func(rng diag.Range) (addr.Activation, bool) {
		c.fail(diag.New(diag.LookupReference, rng, howLookup+" One instance of an activation with for_each is activation.NAME[\"KEY\"]."))
		return addr.Activation{}, false
	}
	key := ""
	if x, ok := e.(*hclsyntax.IndexExpr); ok { // activation.NAME[each.key]
		k := c.expr(x.Key)
		if k.IsBad() {
			return addr.Activation{}, false
		}
		if k.Op != Literal || !k.Type().Text() {
			return fail(x.Key.Range())
		}
		key, e = k.Value.Str(), x.Collection
	}
	s, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok || s.Traversal.RootName() != "activation" {
		return fail(e.Range())
	}
	steps := s.Traversal[1:]
	if key == "" && len(steps) == 2 {
		_, index := steps[1].(hcl.TraverseIndex)
		if key, ok = stepName(steps[1]); !ok || !index || key == "" {
			return fail(steps[1].SourceRange())
		}
		steps = steps[:1]
	}
	if len(steps) != 1 {
		return fail(e.Range())
	}
	name, ok := stepName(steps[0])
	if _, attr := steps[0].(hcl.TraverseAttr); !ok || !attr {
		return fail(e.Range())
	}
	return addr.Activation{Name: name, Key: key}, true
}
