package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/schema"
)

// SchemaDigest digests the part of the destination's schema that an
// activation relies on: its object without fields that are not mapped. A
// change elsewhere does not make a plan stale.
func SchemaDigest(a *ir.Activation) string {
	o := a.Target.Schema
	mapped := map[string]bool{}
	for _, ms := range [][]ir.Mapping{a.Key, a.Fields} {
		for _, m := range ms {
			mapped[m.Field] = true
		}
	}
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
