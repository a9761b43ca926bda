package syntax

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/lang/addr"
)

// Lookups lists the activations that expressions of the block refer to, in the
// order of the file. A reference to an instance whose key is computed has none
// here: it names all instances.
func (a *Activation) Lookups() []ActivationRef {
	var out []ActivationRef
	fields := slices.Clone(a.Fields)
	if a.Key != nil {
		fields = append(fields, a.Key.Fields...)
	}
	for _, f := range fields {
		if f.Expr == nil {
			continue
		}
		for _, v := range f.Expr.Variables() {
			if v.RootName() != "activation" || len(v) < 2 {
				continue
			}
			name, ok := addr.StepName(v[1])
			if !ok {
				continue
			}
			ref := ActivationRef{Addr: addr.Activation{Name: name}, Range: v.SourceRange()}
			if len(v) > 2 {
				if _, index := v[2].(hcl.TraverseIndex); index {
					ref.Addr.Key, _ = addr.StepName(v[2])
				}
			}
			out = append(out, ref)
		}
	}
	return out
}
