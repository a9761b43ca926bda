package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/lang/types"
)

func TestDiff(t *testing.T) {
	before := &Destination{Objects: []Object{
		{Name: "contacts", Keys: []Key{{Fields: []string{"email"}, Unique: true}}, Removal: []string{"archive"}, Operations: []Operation{{Name: "update"}, {Name: "upsert"}},
			Fields: []Field{{Name: "email", Type: types.StringOf(100), Unique: true}, {Name: "gone", Type: types.IntType}, {Name: "same", Type: types.BoolType, Label: "Old words"},
				{Name: "tier", Type: types.EnumOf("gold", "silver"), Nullable: true}}},
		{Name: "tickets", Fields: []Field{{Name: "a", Type: types.IntType}}},
	}}
	after := &Destination{Objects: []Object{
		{Name: "contacts", Keys: []Key{{Fields: []string{"email"}}}, Operations: []Operation{{Name: "upsert"}, {Name: "update"}},
			Fields: []Field{{Name: "email", Type: types.StringOf(50)}, {Name: "plan", Type: types.StringType, RequiredOnCreate: true}, {Name: "same", Type: types.BoolType, Label: "New words"},
				{Name: "tier", Type: types.EnumOf("gold"), Nullable: true, ReadOnly: true}}},
		{Name: "deals", Fields: []Field{{Name: "a", Type: types.IntType}, {Name: "b", Type: types.IntType}}},
	}}
	want := []Change{
		{"contacts", "", "keys", "email (unique)", "email", true},
		{"contacts", "", "removal", "archive", "none", true},
		{"contacts", "email", "type", "string(100)", "string(50)", true},
		{"contacts", "email", "unique", "yes", "no", true},
		{"contacts", "gone", "field", "int", "", true},
		{"contacts", "plan", "field", "", "string, required on create", true},
		{"contacts", "tier", "type", `enum("gold", "silver")`, `enum("gold")`, true},
		{"contacts", "tier", "read only", "no", "yes", true},
		{"deals", "", "object", "", "2 fields", false},
		{"tickets", "", "object", "1 field", "", true},
	}
	if d := cmp.Diff(want, Diff(before, after)); d != "" {
		t.Error(d)
	}
	if d := Diff(before, before); d != nil {
		t.Errorf("a schema differs from itself: %v", d)
	}
}
