package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Read looks rows up by key.
func (c *connection) Read(ctx context.Context, l *sdk.Lookup, found *sdk.Records) error {
	if err := sdk.MayStart(ctx); err != nil {
		return err
	}
	t, err := c.table(ctx, l.Object)
	if err != nil {
		return err
	}
	var casts, inputs, on, read []string
	args := []any{ordinals(l.Len())}
	casts, inputs = append(casts, "$1::bigint[]"), append(inputs, "o")
	for i, k := range l.Key {
		texts := make([]*string, l.Len())
		for row := range texts {
			if !k.Null(row) {
				s := k.Text(row)
				texts[row] = &s
			}
		}
		args = append(args, texts)
		casts = append(casts, "$"+strconv.Itoa(i+2)+"::text[]")
		inputs = append(inputs, "v"+strconv.Itoa(i))
		on = append(on, fmt.Sprintf("t.%s = %s", ident(k.Name), cast(i, k, t.columns[k.Name])))
		read = append(read, textOf(k.Column, t))
	}
	for _, f := range l.Fields {
		read = append(read, textOf(f, t))
	}
	rows, err := c.pool.Query(ctx, fmt.Sprintf("select s.o, %s from %s t join unnest(%s) as s(%s) on %s order by s.o",
		strings.Join(read, ", "), t.name, strings.Join(casts, ", "), strings.Join(inputs, ", "), strings.Join(on, " and ")), args...)
	if err != nil {
		return faultOf(err, false)
	}
	defer rows.Close()
	for rows.Next() {
		var row int64
		texts := make([]*string, len(read))
		dest := []any{&row}
		for i := range texts {
			dest = append(dest, &texts[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return faultOf(err, false)
		}
		values := make([]any, len(texts))
		for i, s := range texts {
			if s != nil {
				values[i] = *s
			}
		}
		if err := found.Add(int(row), "", values[:len(l.Key)], values[len(l.Key):]); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return faultOf(err, false)
	}
	return nil
}

func ordinals(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}

// textOf selects a column as the text leat reads.
func textOf(c sdk.Column, t *table) string {
	name := "t." + ident(c.Name)
	switch t.columns[c.Name] {
	case "bytea":
		return "encode(" + name + ", 'base64')"
	case "timestamp with time zone":
		return "to_char(" + name + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	case "timestamp without time zone":
		return "to_char(" + name + ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
	default:
		return name + "::text"
	}
}
