//go:build duckdb_arrow

package planner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
)

// records hands the records that an activation will keep on to those planned
// after it whose fields look them up. They lie in files of a private folder
// that is gone with the plan.
type records struct {
	wanted map[string]bool   // by whom something is looked up
	dir    string            // "" until the first is kept
	files  map[string]string // by activation
}

// wantedRecords lists the activations that others of the plan look up.
func wantedRecords(as []ir.Activation) *records {
	r := &records{wanted: map[string]bool{}, files: map[string]string{}}
	for i := range as {
		for _, m := range as[i].Fields {
			if m.Lookup != nil {
				r.wanted[m.Lookup.Activation] = true
			}
		}
	}
	return r
}

// Close removes the files.
func (r *records) Close() {
	if r.dir != "" {
		_ = os.RemoveAll(r.dir) // in the folder of temporary files, which the system clears
	}
}

// keep stores the records of one planned activation.
func (r *records) keep(ctx context.Context, o *one) error {
	if !r.wanted[o.a.Name] {
		return nil
	}
	if r.dir == "" {
		dir, err := os.MkdirTemp(o.r.TempDir, "leat-lookup-")
		if err != nil {
			return fmt.Errorf("make folder for lookups: %w", err)
		}
		r.dir = dir
	}
	live := diff.Live{}
	if o.head != nil {
		live = diff.Live{Key: o.head.Key, Segments: o.head.Segments, Path: o.r.State.SegmentPath(o.head.Activation)}
	}
	statements := diff.Fates{Verdicts: o.verdicts, Live: live, IDs: o.a.Target.Schema.HasIDs()}.Records()
	for _, q := range statements[:len(statements)-1] {
		if err := o.db.Exec(ctx, q); err != nil {
			return fmt.Errorf("find records: %w", err)
		}
	}
	path := filepath.Join(r.dir, strconv.Itoa(len(r.files))+".parquet")
	if err := o.db.WriteParquet(ctx, statements[len(statements)-1], path, "uncompressed"); err != nil {
		return fmt.Errorf("keep records: %w", err)
	}
	r.files[o.a.Name] = path
	return nil
}

// targets makes the tables of the records that the activation's fields look
// up: as this plan leaves them, else as state has them.
func (o *one) targets(ctx context.Context) (diag.Diagnostics, error) {
	for n, l := range o.spec.Targets() {
		q := ""
		switch path, planned := o.records.files[l.Activation]; {
		case planned:
			q = "SELECT * FROM read_parquet(" + duck.Literal(path) + ")"
		case o.r.AssumeRecords:
			q = o.spec.Assumed(n)
		case o.r.State == nil:
			q = "SELECT ref, dest, false AS pending FROM (" + l.Records(diff.Live{}) + ")"
		default:
			live, ds, err := o.r.State.Live(l.Activation, l.Was...)
			if err != nil || ds.HasErrors() {
				return ds, err
			}
			if len(live.Segments) > 0 && len(live.Segments[0].ID) != len(l.ID) {
				return otherID(o.a.Range, l.Activation, len(live.Segments[0].ID), len(l.ID)), nil
			}
			q = "SELECT ref, dest, false AS pending FROM (" + l.Records(live) + ")"
		}
		if err := o.db.Exec(ctx, "CREATE OR REPLACE TABLE "+diff.TargetTable(n)+" AS "+q); err != nil {
			if o.r.AssumeRecords {
				_, ds, err := o.source(err)
				return ds, err
			}
			return o.r.State.Explain(err, l.Activation)
		}
	}
	return nil, nil
}

// waiting counts the rows that wait for a record, by field.
func (o *one) waiting(ctx context.Context) error {
	o.doc.Waiting = nil
	if len(o.spec.Targets()) == 0 {
		return nil
	}
	n, err := o.rows(ctx, o.spec.CountWaiting())
	if err != nil {
		return err
	}
	for _, row := range n {
		field := o.spec.Reasons[row[0]-1].Field
		i := slices.IndexFunc(o.spec.Fields, func(f diff.Field) bool { return f.Name == field })
		o.doc.Waiting = append(o.doc.Waiting, plan.WaitingCount{Field: field, Activation: o.spec.Fields[i].Lookup.Activation, Rows: row[1]})
	}
	return nil
}

// inOrder returns the indexes of the activations, those whose records others
// look up before these.
func inOrder(as []ir.Activation) []int {
	index := map[string]int{}
	for i := range as {
		index[as[i].Name] = i
	}
	var out []int
	seen := map[int]bool{}
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, m := range as[i].Fields {
			if m.Lookup == nil {
				continue
			}
			if t, here := index[m.Lookup.Activation]; here {
				visit(t)
			}
		}
		out = append(out, i)
	}
	for i := range as {
		visit(i)
	}
	return out
}
