//go:build duckdb_arrow

package warehouse

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/runtime/duck"
)

// TestExplain: each class of engine error about a warehouse has its code, names
// the relation, and says what to do.
func TestExplain(t *testing.T) {
	want := map[duck.Class]diag.Code{
		duck.MissingFile: diag.WarehouseMissing, duck.Locked: diag.WarehouseLocked, duck.NewerFile: diag.WarehouseNewer, duck.NotDatabase: diag.WarehouseNotDuckDB,
		duck.MissingTable: diag.RelationMissing, duck.MissingColumn: diag.SourceColumnMissing, duck.Conversion: diag.ValueNotConvertible, duck.Arithmetic: diag.ValueNotConvertible,
		duck.OutOfMemory: diag.EngineMemory, duck.NoSpace: diag.EngineSpace, duck.Damaged: diag.WarehouseUnread, duck.Input: diag.WarehouseUnread,
	}
	if len(want) != len(explanations) {
		t.Errorf("%d classes are explained, %d are expected", len(explanations), len(want))
	}
	for class, code := range want {
		ds, err := Explain(&duck.Error{Class: class}, "shop.customers")
		if err != nil || len(ds) != 1 || ds[0].Code != code || !strings.Contains(ds[0].Detail, "shop.customers") {
			t.Errorf("%s: %v %v, want %s", class, ds, err, code)
		}
		if slices.Contains([]duck.Class{duck.OutOfMemory, duck.NoSpace, duck.Damaged}, class) {
			diagtest.Example(t, code, ds)
		}
	}
	for _, err := range []error{nil, errors.New("other")} {
		if ds, got := Explain(err, "x"); ds != nil || !errors.Is(got, err) {
			t.Errorf("%v became %v, %v", err, ds, got)
		}
	}
	if ds, err := Explain(&duck.Error{Class: duck.Internal}, "x"); ds != nil || err == nil {
		t.Errorf("an internal error became %v, %v", ds, err)
	}
}
