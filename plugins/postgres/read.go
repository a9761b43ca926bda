package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Read looks rows up by key, in one statement.
func (c *connection) Read(ctx context.Context, l *sdk.Lookup, found *sdk.Records) error {
	if err := sdk.MayStart(ctx); err != nil {
		return err
	}
	t, err := c.table(ctx, l.Object)
	if err != nil {
		return err
	}
	var on, read []string
	var columns []sdk.Column
	for i, k := range l.Key {
		columns = append(columns, k.Column)
		on = append(on, fmt.Sprintf("t.%s = %s", ident(k.Name), t.cast(i, k)))
	}
	columns = append(columns, l.Fields...)
	for _, f := range columns {
		if _, ok := t.columns[f.Name]; !ok {
			c.forget(l.Object)
			return &sdk.Fault{Class: sdk.FaultSchema, Code: "42703"} // undefined column
		}
		read = append(read, t.read(f.Name))
	}
	all := make([]int, l.Len())
	for i := range all {
		all[i] = i
	}
	rows, err := c.pool.Query(ctx, fmt.Sprintf("select s.o, array[%s] from %s t join %s on %s order by s.o",
		strings.Join(read, ", "), t.name, input(len(l.Key)), strings.Join(on, " and ")), texts(l.Key, all)...)
	if err != nil {
		return faultOf(err, false)
	}
	var row int64
	var values []*string
	_, err = pgx.ForEachRow(rows, []any{&row, &values}, func() error {
		record := make([]any, len(values))
		for i, v := range values {
			if v != nil {
				record[i] = canonical(columns[i].Type, t.columns[columns[i].Name].base, *v)
			}
		}
		if err := found.Add(int(row), "", record[:len(l.Key)], record[len(l.Key):]); err != nil {
			return &sdk.Fault{Class: sdk.FaultInternal, Code: "a value does not fit its type"}
		}
		return nil
	})
	if err != nil {
		return faultOf(err, false)
	}
	return nil
}

// read selects a column as text.
func (t *table) read(name string) string {
	column := "t." + ident(name)
	switch t.columns[name].base {
	case "bytea":
		return "encode(" + column + ", 'base64')"
	case "timestamp with time zone":
		return "to_char(" + column + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	case "timestamp without time zone":
		return "to_char(" + column + ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
	default:
		return column + "::text"
	}
}

// canonical brings the server's text into leat's form where it differs and the
// column travels as text: trailing zeros of a numeric without digits, white
// space of a document.
func canonical(leatType, base, text string) string {
	switch {
	case leatType == "decimal" && base == "numeric" && strings.Contains(text, "."):
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	case base == "json", base == "jsonb":
		var out bytes.Buffer
		if json.Compact(&out, []byte(text)) == nil {
			return out.String()
		}
	}
	return text
}
