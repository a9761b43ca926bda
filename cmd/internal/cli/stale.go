package cli

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/project"
)

// staleSchemas holds a plan against what the project now says its destinations
// accept: the objects, and the fields that are mapped. A destination that the
// project does not have, or that cannot be read, is not judged: the plan knows
// all it needs.
func staleSchemas(p *project.Project, doc *plan.Document) diag.Diagnostics {
	if p == nil {
		return nil
	}
	compiled, _ := p.Compile(nil) // its problems are those of validate
	var out diag.Diagnostics
	for i := range doc.Activations {
		a := &doc.Activations[i]
		if len(a.Operations) == 0 {
			continue // nothing is sent
		}
		d, ok := compiled.Destinations[addr.Destination{Type: a.Target.Plugin, Name: a.Target.Destination}]
		if !ok || d.Schema.Schema == nil || d.Schema.Schema.NeedsPull || a.Target.SchemaDigest == "" {
			continue
		}
		object, ok := d.Schema.Schema.Object(a.Target.Object)
		if ok && plan.ObjectDigest(*object, a.Mapped()) == a.Target.SchemaDigest {
			continue
		}
		what := "the fields that this plan maps, or the operations it uses, are declared otherwise now, or not at all"
		if !d.Schema.Schema.Declared {
			what = "its schema of the fields that this plan maps has changed"
		}
		name := "destination." + a.Target.Plugin + "." + a.Target.Destination + "." + a.Target.Object
		at := diag.Range{Filename: a.Range.Filename, Start: hcl.Pos{Line: a.Range.Line, Column: 1}, End: hcl.Pos{Line: a.Range.Line, Column: 1}}
		out.Append(diag.New(diag.SchemaStale, at, "%s was planned for %s, and %s. Make a new plan with `leat plan -o FILE`.", a.Address, name, what).
			WithSummary("%s is not what the plan was made for", name).WithRelated(schemaPlace(d, a.Target.Object), "what it accepts stands here"))
	}
	return out
}

// schemaPlace is where an object is described: its block, or the snapshot.
func schemaPlace(d check.Destination, object string) diag.Range {
	for _, o := range d.Block.Objects {
		if o.Name == object {
			return o.DefRange
		}
	}
	if d.Schema.File != "" {
		return diag.Range{Filename: d.Schema.File}
	}
	return d.Block.DefRange
}
