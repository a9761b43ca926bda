package pluginhost

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/leat-dev/leat/plugins/fake"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

func TestSchemaOf(t *testing.T) {
	d, err := SchemaOf(sdk.Describe(fake.New(nil)))
	if err != nil {
		t.Fatal(err)
	}
	o, ok := d.Object(fake.Object)
	if !ok || !o.Rekey || len(o.Keys) != 1 || !o.Keys[0].Unique {
		t.Fatalf("got %+v", o)
	}
	f, ok := o.Field("amount")
	if !ok || f.Type.String() != "decimal(12,2)" || f.Clear != "null" || !f.Nullable {
		t.Errorf("got %+v", f)
	}
	if d.Limits[0].Window != "1s" || d.EnvAllowed[0] != "LEAT_FAKE_VISIBLE" || !d.Config[1].Secret {
		t.Errorf("got %+v", d)
	}
}

func TestSchemaOfRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*protocol.Schema)
		want  string
	}{
		"no name":         {func(s *protocol.Schema) { s.Plugin = "" }, "no plugin"},
		"evidence":        {func(s *protocol.Schema) { s.Evidence = "F" }, "evidence"},
		"type":            {func(s *protocol.Schema) { s.Objects[0].Fields[0].Type = "varchar" }, "type"},
		"clear":           {func(s *protocol.Schema) { s.Objects[0].Fields[0].Clear = "maybe" }, "clear"},
		"field twice":     {func(s *protocol.Schema) { s.Objects[0].Fields[1].Name = s.Objects[0].Fields[0].Name }, "twice"},
		"order":           {func(s *protocol.Schema) { s.Objects[0].Name = "zzz" }, "out of order"},
		"unknown limit":   {func(s *protocol.Schema) { s.Objects[0].Operations[0].Limits = []string{"x"} }, "not listed"},
		"unknown key":     {func(s *protocol.Schema) { s.Objects[0].Keys[0].Fields = []string{"x"} }, "not listed"},
		"window":          {func(s *protocol.Schema) { s.Limits[0].Window = "1 day" }, "duration"},
		"retry":           {func(s *protocol.Schema) { s.Objects[0].Operations[0].Retry = "yes" }, "retry"},
		"negative":        {func(s *protocol.Schema) { s.Objects[0].Operations[0].MaxRecords = -1 }, "negative"},
		"operation named": {func(s *protocol.Schema) { s.Objects[0].Operations[0].Name = "aaa" }, "name"},
	} {
		s := proto.CloneOf(sdk.Describe(fake.New(nil)))
		c.spoil(s)
		if _, err := SchemaOf(s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestNumbersAgree holds the Go enums against leat.proto: they travel as
// numbers.
func TestNumbersAgree(t *testing.T) {
	for o, name := range map[Outcome]string{Created: "CREATED", Updated: "UPDATED", Unchanged: "UNCHANGED", Absent: "ABSENT",
		Exists: "EXISTS", Rejected: "REJECTED", Retry: "RETRY", Unknown: "UNKNOWN", Removed: "REMOVED"} {
		if protocol.Outcome_value["OUTCOME_"+name] != int32(o) {
			t.Errorf("outcome %s has another number", name)
		}
	}
	if len(protocol.Op_name) != len(opNames) {
		t.Errorf("%d operations in the protocol, %d here", len(protocol.Op_name), len(opNames))
	}
	for op, name := range opNames {
		if name != "" && protocol.Op_value["OP_"+strings.ToUpper(name)] != int32(op) {
			t.Errorf("operation %s has another number", name)
		}
		if name != "" && fitting[Op(op)] == nil {
			t.Errorf("no outcomes listed for %s", name)
		}
	}
	if want := len(protocol.RejectClass_name) - 2; len(rejectClasses) != want { // unspecified and other are RejectOther
		t.Errorf("%d refusal classes, want %d", len(rejectClasses), want)
	}
}

// FuzzSchemaOf proves that no description crashes the host.
func FuzzSchemaOf(f *testing.F) {
	seed, err := proto.Marshal(sdk.Describe(fake.New(nil)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var s protocol.Schema
		if proto.Unmarshal(data, &s) != nil {
			return
		}
		d, err := SchemaOf(&s)
		if err == nil && (d.Plugin == "" || DescribeDigest(&s) == "") {
			t.Error("a schema without a name passed")
		}
	})
}
