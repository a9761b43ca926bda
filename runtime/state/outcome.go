//go:build duckdb_arrow

package state

import (
	"context"
	"fmt"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/runtime/duck"
)

var outcomeSchema = arrow.NewSchema([]arrow.Field{
	{Name: "outcome_row", Type: arrow.PrimitiveTypes.Int64},
	{Name: "outcome", Type: arrow.PrimitiveTypes.Uint8},
	{Name: "outcome_dest", Type: arrow.BinaryTypes.String},
	{Name: "resent", Type: arrow.FixedWidthTypes.Boolean},
	{Name: "class", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "code", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "field", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "transient", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
}, nil)

const outcomeBatch = 8192

// loadOutcomes makes the table diff.Outcomes.
func loadOutcomes(ctx context.Context, db *duck.DB, outcomes iter.Seq2[Outcome, error]) error {
	if outcomes == nil {
		outcomes = func(func(Outcome, error) bool) {}
	}
	return db.Load(ctx, diff.Outcomes, outcomeSchema, func(yield func(arrow.RecordBatch, error) bool) {
		b := array.NewRecordBuilder(duck.Allocator(), outcomeSchema)
		defer b.Release()
		n := 0
		for o, err := range outcomes {
			if err != nil {
				yield(nil, fmt.Errorf("read outcomes: %w", err))
				return
			}
			appendOutcome(b, o)
			if n++; n == outcomeBatch {
				n = 0
				if !yield(b.NewRecordBatch(), nil) {
					return
				}
			}
		}
		if n > 0 {
			yield(b.NewRecordBatch(), nil)
		}
	})
}

func appendOutcome(b *array.RecordBuilder, o Outcome) {
	b.Field(0).(*array.Int64Builder).Append(o.Row)
	b.Field(1).(*array.Uint8Builder).Append(o.Code)
	b.Field(2).(*array.StringBuilder).Append(o.DestID)
	b.Field(3).(*array.BooleanBuilder).Append(o.Resent)
	if o.Rejection == nil {
		for i := 4; i < 9; i++ {
			b.Field(i).AppendNull()
		}
		return
	}
	for i, text := range []string{o.Rejection.Class, o.Rejection.Code, o.Rejection.Field, o.Rejection.Text} {
		b.Field(4 + i).(*array.StringBuilder).Append(text)
	}
	b.Field(8).(*array.BooleanBuilder).Append(o.Rejection.Transient)
}

// RowStatus is the status of a live row of state.
type RowStatus int

// The statuses, as numbered in docs/formats/state.md.
const (
	Synced RowStatus = iota
	Rejected
	Unknown
	Absent
	Exists
	Held
	Blocked
	Released
)

var statusNames = [...]string{"synced", "rejected", "unknown", "absent", "exists", "held", "blocked", "released"}

// Name returns the status as documents write it.
func (s RowStatus) Name() string {
	if s < 0 || int(s) >= len(statusNames) {
		return "damaged"
	}
	return statusNames[s]
}
