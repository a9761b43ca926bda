package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/leat-dev/leat/plugins/sdk"
)

// table is what statements need to know of a table.
type table struct {
	name        string // quoted, with schema
	columns     map[string]column
	partitioned bool
	constraints map[string][]string // columns of each constraint and unique index, by its name
}

// column is a column's type.
type column struct {
	typ   string // as the server writes it, with parameters: character varying(10)
	base  string // the same, without parameters, under all domains
	cast  string // as an expression casts to it: see readColumns
	array bool
	max   int // characters of a character type; 0 is unbounded
}

// ident quotes a name.
func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

// table returns the object's description, read once.
func (c *connection) table(ctx context.Context, object string) (*table, error) {
	c.mu.Lock()
	t := c.tables[object]
	c.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t = &table{name: pgx.Identifier{c.schema, object}.Sanitize(), columns: map[string]column{}, constraints: map[string][]string{}}
	if err := c.readColumns(ctx, object, t); err != nil {
		return nil, faultOf(err, false)
	}
	if len(t.columns) == 0 {
		return nil, &sdk.Fault{Class: sdk.FaultSchema, Code: "42P01"} // undefined table
	}
	if err := c.readConstraints(ctx, object, t); err != nil {
		return nil, faultOf(err, false)
	}
	c.mu.Lock()
	c.tables[object] = t
	c.mu.Unlock()
	return t, nil
}

// forget drops what is known of a table, so that the next batch reads anew.
func (c *connection) forget(object string) {
	c.mu.Lock()
	delete(c.tables, object)
	c.mu.Unlock()
}

// bases is a recursive query that gives each type with the type under all its
// domains, that type's parameters, and what the domains add.
const bases = `chain(oid, type, typmod, required, filled) as (
		select oid, oid, -1, typnotnull, typdefault is not null from pg_type
		union all
		select c.oid, d.typbasetype, case when c.typmod >= 0 then c.typmod else d.typtypmod end, c.required or b.typnotnull, c.filled or b.typdefault is not null
		from chain c join pg_type d on d.oid = c.type and d.typtype = 'd' join pg_type b on b.oid = d.typbasetype
	), base as (select c.*, t.typtype, t.typcategory from chain c join pg_type t on t.oid = c.type and t.typtype <> 'd')`

// readColumns reads each column's type. A cast to a character or bit type with
// a length, or to a domain of one, cuts the value, where storing it would
// refuse it: those are cast to the type without its length. Numbers and times
// are cast with their parameters, and so compare as they will be stored.
func (c *connection) readColumns(ctx context.Context, object string, t *table) error {
	rows, err := c.pool.Query(ctx, "with recursive "+bases+`, found as (
			select a.attname, a.atttypid, a.atttypmod, b.type, b.typcategory, case when a.atttypmod >= 0 then a.atttypmod else b.typmod end as typmod, c.relkind = 'p' as partitioned
			from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
			join base b on b.oid = a.atttypid
			where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
		)
		select attname, format_type(atttypid, atttypmod), format_type(type, -1),
		       format_type(type, case when typcategory in ('N', 'D', 'T') then typmod else -1 end),
		       typcategory = 'A', case when type in ('varchar'::regtype, 'bpchar'::regtype) and typmod > 4 then typmod - 4 else 0 end, partitioned
		from found`, c.schema, object)
	if err != nil {
		return err
	}
	var name string
	var col column
	_, err = pgx.ForEachRow(rows, []any{&name, &col.typ, &col.base, &col.cast, &col.array, &col.max, &t.partitioned}, func() error {
		t.columns[name] = col
		return nil
	})
	return err
}

// readConstraints reads which columns a violation is about, by the name the
// server reports it with.
func (c *connection) readConstraints(ctx context.Context, object string, t *table) error {
	rows, err := c.pool.Query(ctx, `
		select x.name, array_agg(distinct a.attname::text)
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		cross join lateral (
			select conname::text as name, conkey::int2[] as keys from pg_constraint where conrelid = c.oid and conkey is not null
			union select i.relname::text, u.indkey::int2[] from pg_index u join pg_class i on i.oid = u.indexrelid where u.indrelid = c.oid and u.indisunique
		) x
		join pg_attribute a on a.attrelid = c.oid and a.attnum = any (x.keys)
		where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') group by x.name`, c.schema, object)
	if err != nil {
		return err
	}
	var name string
	var columns []string
	_, err = pgx.ForEachRow(rows, []any{&name, &columns}, func() error {
		t.constraints[name] = append([]string(nil), columns...)
		return nil
	})
	return err
}

// cast is the SQL that turns the i-th column of texts into the column's type.
func (t *table) cast(i int, v sdk.Values) string {
	c := t.columns[v.Name]
	return c.from(inputName(i), v.Type, c.cast)
}

// from is the SQL that turns a text into a type of the column. leatType says
// what the text is.
func (c column) from(text, leatType, typ string) string {
	switch {
	case c.base == "bytea" && strings.HasPrefix(leatType, "bytes"):
		return "decode(" + text + ", 'base64')"
	case c.array && strings.HasPrefix(leatType, "list"):
		return "case when " + text + " is not null then array(select jsonb_array_elements_text(" + text + "::jsonb))::" + typ + " end"
	}
	return text + "::" + typ
}
