package state

import (
	"testing"

	"github.com/leat-dev/leat/lang/diag"
)

const goodHead = `{"format_version":"1.0","environment":"dev","lineage":"ab","serial":3,"activation":"contacts","id":[{"name":"id","type":"int"}],
"key":[{"name":"email","type":"string"}],"fields":[],"retired":[],"segments":[{"file":"values-1.parquet","serial":1,"rows":2,"id":[{"name":"id","type":"int"}],"key":[],"fields":[]}],
"index":{"file":"index-3.parquet","tag":"t","salt":0,"keys_shared":0},"counts":{"synced":2}}`

func TestDecodeHead(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       diag.Code
	}{
		{"whole", goodHead, ""},
		{"empty", "", diag.StateDamaged},
		{"truncated", goodHead[:200], diag.StateDamaged},
		{"foreign", `{"a":1}`, diag.StateDamaged},
		{"other major", `{"format_version":"2.0"}`, diag.StateVersion},
		{"no id", `{"format_version":"1.0","serial":1,"activation":"a","lineage":"l"}`, diag.StateDamaged},
		{"escape", `{"format_version":"1.0","serial":1,"activation":"a","lineage":"l","id":[{"name":"i","type":"int"}],"segments":[{"file":"../../x","serial":1,"id":[{"name":"i","type":"int"}]}]}`, diag.StateDamaged},
		{"type", `{"format_version":"1.0","serial":1,"activation":"a","lineage":"l","id":[{"name":"i","type":"int) FROM x"}]}`, diag.StateDamaged},
	} {
		h, ds := DecodeHead([]byte(tt.data), "head.json")
		if tt.want == "" && (ds.HasErrors() || h == nil) || tt.want != "" && (len(ds) != 1 || ds[0].Code != tt.want || h != nil) {
			t.Errorf("%s: %v", tt.name, ds)
		}
	}
}

func FuzzDecodeHead(f *testing.F) {
	f.Add([]byte(goodHead))
	f.Add([]byte(goodHead[:100]))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, ds := DecodeHead(data, "head.json")
		if (h == nil) != ds.HasErrors() {
			t.Fatal("head and diagnostics disagree")
		}
		if h != nil {
			h.Live()
			if why := h.check(); why != "" {
				t.Fatal(why)
			}
		}
	})
}
