package engine

import (
	"github.com/leat-dev/leat/compiler/plan"
)

// Retry classes of an operation, as the plan has them.
const (
	idempotent = "idempotent" // send again: same end state
	readable   = "readable"   // read back by key, then decide
	neither    = "neither"    // on_unknown decides
)

const onUnknownResend = "resend"

// operation returns the plan's entry for an op of the change set.
func (a *activation) operation(op string) (*plan.Operation, bool) {
	for i := range a.plan.Operations {
		if a.plan.Operations[i].Name == op {
			return &a.plan.Operations[i], true
		}
	}
	return nil, false
}

// classOf is the retry class of an operation. Without a key nothing can be
// read back.
func (a *activation) classOf(op *plan.Operation) string {
	switch {
	case op.Retry == idempotent:
		return idempotent
	case op.Retry == readable && len(a.plan.Key) > 0 && op.Name != "append":
		return readable
	}
	return neither
}

// callsPerBatch is how many requests a full batch of the operation costs, from
// the plan's own estimate.
func callsPerBatch(op *plan.Operation) int64 {
	size := int64(op.MaxRecords)
	if size <= 0 {
		size = maxBatchRows
	}
	batches := (op.Records + size - 1) / size
	if batches == 0 {
		return 1
	}
	return max(1, (op.Requests+batches-1)/batches)
}

// removes reports whether the op takes records away.
func removes(op string) bool { return op == "delete" || op == "archive" }
