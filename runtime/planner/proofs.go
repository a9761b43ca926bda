package planner

import (
	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
)

// refutes lists the reasons of invalid rows that contradict a proof.
var refutes = map[[2]string]string{
	{"id", "not_null"}: diff.NullID, {"id", "unique"}: diff.DuplicateID,
	{"key", "not_null"}: diff.NullKey, {"key", "unique"}: diff.DuplicateKey,
}

// checkProofs raises the proofs that every row of this plan bears out to the
// grade checked, and counts the rows that contradict the others.
func checkProofs(proofs []plan.Proof, invalid []plan.InvalidCount, waiting []plan.WaitingCount) {
	rows := map[string]int64{}
	for _, i := range invalid {
		rows[i.Reason] += i.Rows
	}
	ofID := false
	for _, p := range proofs {
		ofID = ofID || p.Of == "id"
	}
	for i := range proofs {
		p := &proofs[i]
		p.Rows = rows[refutes[[2]string{p.Of, p.Fact}]]
		if !ofID { // the key is the id
			p.Rows += rows[refutes[[2]string{"id", p.Fact}]]
		}
		if p.Fact == ir.Refers {
			p.Rows = 0
			for _, w := range waiting {
				if w.Field == p.Of {
					p.Rows += w.Rows
				}
			}
		}
		if p.Rows == 0 {
			p.Grade = string(ir.Checked)
		}
	}
}
