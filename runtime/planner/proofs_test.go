package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/compiler/plan"
)

func TestCheckProofs(t *testing.T) {
	proofs := []plan.Proof{
		{Of: "id", Fact: "not_null", Grade: "passed", Stated: "passed", By: "a"}, {Of: "id", Fact: "unique", Grade: "declared", Stated: "declared", By: "b"},
		{Of: "key", Fact: "not_null", Grade: "unproven", Stated: "unproven"}, {Of: "key", Fact: "unique", Grade: "unproven", Stated: "unproven"},
	}
	checkProofs(proofs, []plan.InvalidCount{{Reason: "duplicate_id", Rows: 2}, {Reason: "null_key", Field: "a", Rows: 1}, {Reason: "null_key", Field: "b", Rows: 3}, {Reason: "too_long", Rows: 9}}, nil)
	want := []plan.Proof{
		{Of: "id", Fact: "not_null", Grade: "checked", Stated: "passed", By: "a"}, {Of: "id", Fact: "unique", Grade: "declared", Stated: "declared", By: "b", Rows: 2},
		{Of: "key", Fact: "not_null", Grade: "unproven", Stated: "unproven", Rows: 4}, {Of: "key", Fact: "unique", Grade: "checked", Stated: "unproven"},
	}
	if d := cmp.Diff(want, proofs); d != "" {
		t.Error(d)
	}
	// Where the key is the id, what is wrong with the id is wrong with the key.
	key := []plan.Proof{{Of: "key", Fact: "not_null", Grade: "passed"}, {Of: "key", Fact: "unique", Grade: "passed"}}
	checkProofs(key, []plan.InvalidCount{{Reason: "null_id", Rows: 1}}, nil)
	if key[0].Rows != 1 || key[0].Grade != "passed" || key[1].Grade != "checked" {
		t.Error(key)
	}
}
