package schema_test

import (
	"os"
	"testing"

	"github.com/leat-dev/leat/compiler/schema"
)

// FuzzDecodeSnapshot reads any text as a snapshot: it is refused with a
// diagnostic, or what it says can be named by content.
func FuzzDecodeSnapshot(f *testing.F) {
	shop, err := os.ReadFile("../../examples/shop/leat_schemas/hubspot.crm.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shop)
	f.Add([]byte(`{"format_version": "1.0", "plugin": "x", "objects": [{"name": "a", "ids": true, "fields": [{"name": "b", "type": "list(struct(c int))"}]}]}`))
	f.Add([]byte(`{"format_version": "2.0"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, _, ds := schema.DecodeSnapshot(text, "leat_schemas/x.y.json", schema.Destination{})
		if (d == nil) != ds.HasErrors() {
			t.Fatalf("%v, and %v", d, ds)
		}
		if d == nil {
			return
		}
		for _, o := range d.Objects {
			if again := o.Digest(); again != o.Digest() {
				t.Error("the digest of an object differs from itself")
			}
		}
	})
}
