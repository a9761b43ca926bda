//go:build duckdb_arrow

package wire

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
)

// resolver puts the ids of records into the fields that look them up, once the
// activation that keeps those records has committed. What it finds depends on
// state alone, so that a run that resumes finds the same.
type resolver struct {
	db     *duck.DB
	store  *state.Store
	spec   *diff.Spec
	index  int    // of the activation in the plan
	source string // quoted path of the change set

	mu    sync.Mutex
	ready bool
}

func newResolver(db *duck.DB, store *state.Store, a *plan.Activation, index int, path string) *resolver {
	return &resolver{db: db, store: store, spec: diff.FromPlan(a), index: index, source: duck.Literal(path)}
}

// idle reports whether no field is a lookup.
func (r *resolver) idle() bool { return len(r.spec.Targets()) == 0 }

// relation is the change set with the ids in place. The first call fetches
// them; it must come after the commits that the rows wait for.
func (r *resolver) relation(ctx context.Context) (string, error) {
	table := func(field int) string {
		return "resolved_" + strconv.Itoa(r.index) + "_" + strconv.Itoa(field)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ready {
		for field, l := range r.spec.Lookups() {
			live, ds, err := r.store.Live(l.Activation, l.Was...)
			if err == nil {
				err = firstOf(ds)
			}
			if err != nil {
				return "", err
			}
			if err := r.db.Exec(ctx, "CREATE OR REPLACE TABLE "+table(field)+" AS "+diff.Referred(r.source, field, l.Records(live))); err != nil {
				return "", fmt.Errorf("look up records of %s: %w", l.Activation, err)
			}
		}
		r.ready = true
	}
	return r.spec.Resolved(r.source, func(field int) string { return "FROM " + table(field) }), nil
}

// waiting returns the rows [from, to) that look up a record which was not
// written, in order.
func (r *resolver) waiting(ctx context.Context, from, to int64) ([]int64, error) {
	relation, err := r.relation(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.db.QueryRows(ctx, `SELECT "row" FROM `+relation+` WHERE waits AND "row" >= `+strconv.FormatInt(from, 10)+` AND "row" < `+strconv.FormatInt(to, 10)+` ORDER BY "row"`)
	if err != nil {
		return nil, fmt.Errorf("find rows that wait: %w", err)
	}
	out := make([]int64, len(rows))
	for i, cells := range rows {
		text, _ := cells[0].Reveal()
		if out[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("internal error: a row's number is none")
		}
	}
	return out, nil
}
