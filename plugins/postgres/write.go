package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Write carries out a batch in one transaction: a statement for each group of
// rows that send the same fields. When the server refuses a group, its rows
// are tried one by one under savepoints.
func (c *connection) Write(ctx context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
	if err := sdk.MayStart(ctx); err != nil {
		return err
	}
	t, err := c.table(ctx, b.Object)
	if err != nil {
		return err
	}
	// Outcomes count once the transaction is committed.
	results := make([]rowResult, b.Len())
	tx, err := c.pool.Begin(ctx)
	if err != nil {
		return faultOf(err, false)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // a no-op after commit
	for _, g := range groups(b) {
		if err := g.write(ctx, tx, t, b, results); err != nil {
			return err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) { // deferred constraints: the whole batch was rolled back
			return faultOf(err, false)
		}
		return faultOf(err, true)
	}
	out.CountRequest()
	for i, r := range results {
		r.apply(i, b.Op, out)
	}
	return nil
}

// rowResult is what became of a row inside the transaction.
type rowResult struct {
	touched, created bool
	rejected         *sdk.Rejection
}

func (r rowResult) apply(row int, op sdk.Op, out *sdk.Outcomes) {
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
	default:
		out.Absent(row)
	}
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

func (g group) write(ctx context.Context, tx pgx.Tx, t *table, b *sdk.Batch, results []rowResult) error {
	sql, cols, err := statement(t, b, g.fields)
	if err != nil {
		return err
	}
	err = attempt(ctx, tx, sql, cols, g.rows, results)
	var pg *pgconn.PgError
	if err == nil || !errors.As(err, &pg) {
		return wrap(err)
	}
	if _, ok := rejection(pg); !ok {
		return wrap(err)
	}
	for _, row := range g.rows {
		err := attempt(ctx, tx, sql, cols, []int{row}, results)
		if errors.As(err, &pg) {
			if r, ok := rejection(pg); ok {
				results[row] = rowResult{rejected: &r}
				continue
			}
		}
		if err != nil {
			return wrap(err)
		}
	}
	return nil
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return faultOf(err, false) // the transaction is rolled back
}

// attempt runs a statement for some rows under a savepoint.
func attempt(ctx context.Context, tx pgx.Tx, sql string, cols []sdk.Values, rows []int, results []rowResult) error {
	sp, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	args := make([]any, len(cols)+1)
	ordinals := make([]int64, len(rows))
	for i, row := range rows {
		ordinals[i] = int64(row)
	}
	args[0] = ordinals
	for c, v := range cols {
		texts := make([]*string, len(rows))
		for i, row := range rows {
			if !v.Null(row) {
				s := v.Text(row)
				texts[i] = &s
			}
		}
		args[c+1] = texts
	}
	found, err := sp.Query(ctx, sql, args...)
	if err == nil {
		var row int64
		var created bool
		_, err = pgx.ForEachRow(found, []any{&row, &created}, func() error {
			results[row] = rowResult{touched: true, created: created}
			return nil
		})
	}
	if err != nil {
		if rb := sp.Rollback(ctx); rb != nil {
			return rb
		}
		return err
	}
	return sp.Commit(ctx)
}

// statement builds the SQL of an operation for rows that send these fields,
// and the columns it takes. Parameter 1 is the row's ordinal; every other is
// an array of texts, cast to the column's own type by the server. It returns
// (ordinal, created) for each row it touched.
func statement(t *table, b *sdk.Batch, fields []int) (string, []sdk.Values, error) {
	cols := append([]sdk.Values{}, b.Key...)
	for _, f := range fields {
		cols = append(cols, b.Fields[f])
	}
	nk := len(b.Key)
	names, input, casts := make([]string, len(cols)), []string{"o"}, []string{"$1::bigint[]"}
	for i, v := range cols {
		if _, ok := t.columns[v.Name]; !ok {
			return "", nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "42703"}
		}
		names[i] = ident(v.Name)
		input = append(input, "v"+strconv.Itoa(i))
		casts = append(casts, "$"+strconv.Itoa(i+2)+"::text[]")
	}
	src := fmt.Sprintf("unnest(%s) as s(%s)", strings.Join(casts, ", "), strings.Join(input, ", "))
	value := func(i int) string { return cast(i, cols[i], t.columns[cols[i].Name]) }
	match := func(table string) string {
		var parts []string
		for i := range nk {
			parts = append(parts, fmt.Sprintf("%s.%s = %s", table, names[i], value(i)))
		}
		return strings.Join(parts, " and ")
	}
	switch b.Op {
	case sdk.Send, sdk.Create, sdk.Append:
		return insert(t, b.Op, src, names, nk, value), cols, nil
	case sdk.Update, sdk.Clear:
		if len(fields) == 0 {
			return fmt.Sprintf("select s.o, false from %s t join %s on %s", t.name, src, match("t")), cols, nil
		}
		var sets []string
		for i := nk; i < len(cols); i++ {
			sets = append(sets, fmt.Sprintf("%s = %s", names[i], value(i)))
		}
		return fmt.Sprintf("update %s t set %s from %s where %s returning s.o, false", t.name, strings.Join(sets, ", "), src, match("t")), cols, nil
	case sdk.Delete:
		return fmt.Sprintf("delete from %s t using %s where %s returning s.o, false", t.name, src, match("t")), cols, nil
	default:
		return "", nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "operation not offered"}
	}
}

// insert returns rows through a join on the key, since RETURNING of an insert
// cannot name its source. xmax is 0 in a row version that an insert made.
func insert(t *table, op sdk.Op, src string, names []string, nk int, value func(int) string) string {
	var values []string
	for i := range names {
		values = append(values, value(i))
	}
	body := fmt.Sprintf("insert into %s as t (%s) select %s from src s", t.name, strings.Join(names, ", "), strings.Join(values, ", "))
	with := "with src as (select * from " + src + ")"
	if op == sdk.Append {
		return fmt.Sprintf("%s, done as (%s returning 1) select s.o, true from src s, (select count(*) from done) d", with, body)
	}
	body += " on conflict (" + strings.Join(names[:nk], ", ") + ") do "
	var sets []string
	for _, n := range names[nk:] {
		sets = append(sets, n+" = excluded."+n)
	}
	switch {
	case op == sdk.Create:
		body += "nothing"
	case len(sets) == 0:
		body += "update set " + names[0] + " = excluded." + names[0]
	default:
		body += "update set " + strings.Join(sets, ", ")
	}
	var keys, on []string
	for i := range nk {
		keys = append(keys, "t."+names[i])
		on = append(on, fmt.Sprintf("done.%s = %s", names[i], value(i)))
	}
	return fmt.Sprintf("%s, done as (%s returning %s, (t.xmax = 0) as leat_created) select s.o, done.leat_created from src s join done on %s",
		with, body, strings.Join(keys, ", "), strings.Join(on, " and "))
}

// cast turns the i-th text column into the column's type.
func cast(i int, v sdk.Values, typ string) string {
	in := "s.v" + strconv.Itoa(i)
	if typ == "bytea" && strings.HasPrefix(v.Type, "bytes") {
		return "decode(" + in + ", 'base64')"
	}
	return in + "::" + typ
}

// classes maps SQLSTATE codes, or their first two characters, to why a row is
// refused. Source: appendix A of the PostgreSQL manual.
var classes = map[string]sdk.Rejection{
	"23505": {Class: sdk.Conflict},
	"23P01": {Class: sdk.Conflict},
	"23503": {Class: sdk.Conflict, Transient: true}, // the parent row may come
	"23502": {Class: sdk.MissingRequired},
	"23":    {Class: sdk.InvalidValue},
	"22":    {Class: sdk.InvalidValue},
	"21000": {Class: sdk.Conflict}, // two rows of one statement hit one record
	"44":    {Class: sdk.InvalidValue},
	"P0":    {Class: sdk.OtherReason}, // raised by a trigger
	"428C9": {Class: sdk.ReadOnly},    // generated column
}

// rejection reads a refusal from a server error; false when the error is not
// about a row.
func rejection(pg *pgconn.PgError) (sdk.Rejection, bool) {
	r, ok := classes[pg.Code]
	if !ok && len(pg.Code) == 5 {
		r, ok = classes[pg.Code[:2]]
	}
	r.Code, r.Field, r.Text = pg.Code, pg.ColumnName, strings.TrimSpace(pg.Message+" "+pg.Detail)
	return r, ok
}
