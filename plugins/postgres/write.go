package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leat-dev/leat/plugins/sdk"
)

// begin bounds how long a statement waits for another session's lock, so that
// a forgotten psql does not hold a run for ever.
const begin = "begin; set local lock_timeout = '30s'"

// rollbackGrace bounds the wait for a server that no longer answers; then the
// connection is closed, which rolls back too.
const rollbackGrace = 10 * time.Second

// Write carries out a batch in one transaction: a statement for each group of
// rows that send the same fields. When the server refuses a group, it is
// halved, each half under a savepoint, until only the bad rows are left out.
func (c *connection) Write(ctx context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
	if err := sdk.MayStart(ctx); err != nil {
		return err
	}
	t, err := c.table(ctx, b.Object)
	if err != nil {
		return err
	}
	w := &write{batch: b, table: t, results: make([]result, b.Len())}
	out.CountRequest()
	if err := w.run(ctx, c); err != nil {
		var f *sdk.Fault
		if errors.As(err, &f) && len(f.Code) == 5 && f.Code[:2] == "42" {
			c.forget(b.Object) // the table changed; the next attempt sees how
		}
		return err
	}
	// Outcomes count once the transaction is committed.
	for i, r := range w.results {
		r.apply(i, b.Op, out)
	}
	return nil
}

// write is a batch on its way.
type write struct {
	batch   *sdk.Batch
	table   *table
	tx      pgx.Tx
	results []result
}

// result is what became of a row inside the transaction.
type result struct {
	touched, created bool
	rejected         *sdk.Rejection
}

func (r result) apply(row int, op sdk.Op, out *sdk.Outcomes) {
	switch {
	case r.rejected != nil:
		out.Reject(row, *r.rejected)
	case r.created:
		out.Created(row, "")
	case r.touched && op == sdk.Delete:
		out.Removed(row)
	case r.touched:
		out.Updated(row, "")
	case op == sdk.Create:
		out.Exists(row, "")
	case op == sdk.Send:
		out.Reject(row, notStored)
	default:
		out.Absent(row)
	}
}

func (w *write) run(ctx context.Context, c *connection) (err error) {
	if w.tx, err = c.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin}); err != nil {
		return faultOf(err, false)
	}
	defer func() { // a no-op after commit
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackGrace)
		defer cancel()
		_ = w.tx.Rollback(ctx)
	}()
	for _, g := range groups(w.batch) {
		s, err := newStatement(w.table, w.batch, g.fields)
		if err != nil {
			return err
		}
		if err := w.group(ctx, s, g.rows); err != nil {
			return faultOf(err, false) // the transaction is rolled back
		}
	}
	if err := sdk.MayStart(ctx); err != nil {
		return err
	}
	return w.commitFault(w.tx.Commit(ctx))
}

// commitFault says what an error of COMMIT means. The server answers ERROR
// only when it has rolled back, such as for a deferred constraint; anything
// else may have come after the commit.
func (w *write) commitFault(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return faultOf(err, false)
	case !errors.As(err, &pg) || pg.SeverityUnlocalized != "ERROR":
		return faultOf(err, true)
	}
	r, ok := refusalOf(pg, w.table)
	switch {
	case !ok:
		return faultOf(err, false)
	case w.batch.Len() > 1:
		return &sdk.Fault{Class: sdk.FaultInvalidBatch, Code: pg.Code}
	}
	w.results[0] = result{rejected: &r}
	return nil
}

// group is rows of a batch that send the same fields.
type group struct {
	rows   []int
	fields []int // indexes of the fields sent
}

func groups(b *sdk.Batch) []group {
	var out []group
	index := map[string]int{}
	mask := make([]byte, len(b.Fields))
	for i := range b.Len() {
		for f := range b.Fields {
			mask[f] = '0'
			if b.Sent(i, f) {
				mask[f] = '1'
			}
		}
		at, ok := index[string(mask)]
		if !ok {
			at = len(out)
			index[string(mask)] = at
			g := group{}
			for f := range b.Fields {
				if mask[f] == '1' {
					g.fields = append(g.fields, f)
				}
			}
			out = append(out, g)
		}
		out[at].rows = append(out[at].rows, i)
	}
	return out
}

// errMisfit says that a statement did not store each row it was given under
// the key it was given: a trigger was at work. Row by row it can be told.
var errMisfit = errors.New("rows cannot be told apart")

// group carries the statement out for the rows and records their results.
// Errors are about more than a row.
func (w *write) group(ctx context.Context, s *statement, rows []int) error {
	if len(s.cols) == 0 && len(rows) > 1 { // a row of defaults comes alone
		return w.halves(ctx, s, rows)
	}
	err := w.attempt(ctx, s, rows)
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	var refused sdk.Rejection
	if ok := errors.As(err, &pg); ok {
		refused, ok = refusalOf(pg, w.table)
		if !ok {
			return err
		}
	} else if !errors.Is(err, errMisfit) {
		return err
	}
	if len(rows) > 1 {
		return w.halves(ctx, s, rows)
	}
	if refused.Field == "" {
		if refused.Field, err = s.blame(ctx, w.tx, rows[0], refused.Code); err != nil {
			return err
		}
	}
	w.results[rows[0]] = result{rejected: &refused}
	return nil
}

func (w *write) halves(ctx context.Context, s *statement, rows []int) error {
	half := len(rows) / 2
	if err := w.group(ctx, s, rows[:half]); err != nil {
		return err
	}
	return w.group(ctx, s, rows[half:])
}

// attempt runs the statement under a savepoint, to which it returns on an
// error. An update takes one of several rows with the same key at a time, so
// it is run again while that helps.
func (w *write) attempt(ctx context.Context, s *statement, rows []int) error {
	if err := sdk.MayStart(ctx); err != nil {
		return err
	}
	sp, err := w.tx.Begin(ctx)
	if err != nil {
		return err
	}
	touched := map[int]result{}
	for rest := rows; len(rest) > 0; {
		before := len(touched)
		if err = w.execute(ctx, sp, s, rest, touched); err != nil {
			break
		}
		if s.op != sdk.Update && s.op != sdk.Clear || len(touched) == before {
			break
		}
		var next []int
		for _, row := range rest {
			if _, ok := touched[row]; !ok {
				next = append(next, row)
			}
		}
		rest = next
	}
	if err == nil && s.op == sdk.Send && len(touched) < len(rows) && len(rows) > 1 {
		err = errMisfit
	}
	if err != nil {
		if rb := sp.Rollback(ctx); rb != nil && !w.tx.Conn().IsClosed() {
			return rb
		} else if rb != nil {
			return lostConnection(err)
		}
		return err
	}
	for _, row := range rows {
		w.results[row] = touched[row]
	}
	return sp.Commit(ctx)
}

// lostConnection is the error of a statement after which the connection was
// gone: never one about a row.
func lostConnection(err error) error { return faultOf(err, false) }

func (w *write) execute(ctx context.Context, tx pgx.Tx, s *statement, rows []int, touched map[int]result) error {
	sql, err := s.sql(len(rows) == 1)
	if err != nil {
		return err
	}
	found, err := tx.Query(ctx, sql, texts(s.cols, rows)...)
	if err != nil {
		return err
	}
	var row *int64
	var created bool
	_, err = pgx.ForEachRow(found, []any{&row, &created}, func() error {
		if row == nil {
			return errMisfit
		}
		touched[int(*row)] = result{touched: true, created: created}
		return nil
	})
	return err
}
