package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/schema"
)

// SchemaDigest digests the part of the destination's schema that an
// activation relies on.
func SchemaDigest(a *ir.Activation) string {
	mapped := map[string]bool{}
	for _, ms := range [][]ir.Mapping{a.Key, a.Fields} {
		for _, m := range ms {
			mapped[m.Field] = true
		}
	}
	return ObjectDigest(a.Target.Schema, mapped)
}

// Mapped returns the names of the fields that the activation writes, its key
// included.
func (a *Activation) Mapped() map[string]bool {
	mapped := map[string]bool{}
	for _, cs := range [][]Column{a.Key, a.Fields} {
		for _, c := range cs {
			mapped[c.Name] = true
		}
	}
	return mapped
}

// ObjectDigest digests an object without the fields that are not mapped: a
// change elsewhere does not make a plan stale.
func ObjectDigest(o schema.Object, mapped map[string]bool) string {
	var fields []schema.Field
	for _, f := range o.Fields {
		if mapped[f.Name] {
			f.Description, f.Label = "", ""
			fields = append(fields, f)
		}
	}
	o.Fields, o.Description, o.Label = fields, "", ""
	data, err := json.Marshal(o)
	if err != nil {
		panic("internal error: a schema object has no JSON form: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// DeclarationOf returns what a plan keeps of a declared object; nil of one that
// the plugin describes.
func DeclarationOf(o *schema.Object) *Declared {
	var out *Declared
	for _, op := range o.Operations {
		if op.Request == nil {
			continue
		}
		if out == nil {
			out = &Declared{Key: []string{}}
			if len(o.Keys) > 0 {
				out.Key = append(out.Key, o.Keys[0].Fields...)
			}
		}
		out.Operations = append(out.Operations, DeclaredOperation{Name: op.Name, Method: op.Request.Method, Path: op.Request.Path,
			Envelope: op.Request.Envelope, Whole: op.Request.Whole, IdempotencyHeader: op.Request.IdempotencyHeader})
	}
	return out
}
