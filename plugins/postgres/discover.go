package postgres

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Discover reads the tables of the schema with their columns, types and unique
// indexes from the system catalog.
func (c *connection) Discover(ctx context.Context, objects []string) (*sdk.Schema, []sdk.Problem, error) {
	out := plugin{}.Describe()
	out.NeedsPull, out.Account = false, c.account
	tables := map[string]*sdk.Object{}
	if err := c.discoverColumns(ctx, tables); err != nil {
		return nil, []sdk.Problem{connectProblem(err)}, nil
	}
	if err := c.discoverKeys(ctx, tables); err != nil {
		return nil, []sdk.Problem{connectProblem(err)}, nil
	}
	for name, t := range tables {
		if len(objects) == 0 || slices.Contains(objects, name) {
			out.Objects = append(out.Objects, *t)
		}
	}
	return out, nil, nil
}

func (c *connection) discoverColumns(ctx context.Context, tables map[string]*sdk.Object) error {
	rows, err := c.pool.Query(ctx, `
		select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), t.typtype::text,
		       a.attnotnull, a.atthasdef, a.attidentity::text, a.attgenerated::text,
		       coalesce((select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid), '{}'),
		       coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid, 'pg_class'), '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		join pg_type t on t.oid = a.atttypid
		where n.nspname = $1 and c.relkind in ('r', 'p') order by 1, a.attnum`, c.schema)
	if err != nil {
		return err
	}
	var table, column, typ, typtype, identity, generated, comment, tableComment string
	var notNull, hasDefault bool
	var labels []string
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &typ, &typtype, &notNull, &hasDefault, &identity, &generated, &labels, &comment, &tableComment}, func() error {
		t := tables[table]
		if t == nil {
			t = object(table)
			t.Description = tableComment
			tables[table] = t
		}
		f := sdk.Field{Name: column, Type: leatType(typ), VendorType: typ, Nullable: !notNull, Clear: sdk.ClearNull, Description: comment,
			ReadOnly: generated != "" || identity == "a", RequiredOnCreate: notNull && !hasDefault && identity == "" && generated == ""}
		if notNull {
			f.Clear = sdk.ClearImpossible
		}
		if typtype == "e" {
			f.Type = enumType(labels)
		}
		t.Fields = append(t.Fields, f)
		return nil
	})
	return err
}

// discoverKeys adds the columns of valid unique indexes without a predicate or
// an expression: exactly those ON CONFLICT (columns) can use.
func (c *connection) discoverKeys(ctx context.Context, tables map[string]*sdk.Object) error {
	rows, err := c.pool.Query(ctx, `
		select c.relname, i.indisprimary, array_agg(a.attname::text order by k.ord)
		from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
		cross join lateral unnest(i.indkey) with ordinality k(attnum, ord)
		join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
		where n.nspname = $1 and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
		  and k.ord <= i.indnkeyatts and c.relkind in ('r', 'p')
		group by c.relname, i.indexrelid, i.indisprimary order by c.relname, not i.indisprimary, i.indexrelid`, c.schema)
	if err != nil {
		return err
	}
	var table string
	var primary bool
	var columns []string
	_, err = pgx.ForEachRow(rows, []any{&table, &primary, &columns}, func() error {
		t := tables[table]
		if t == nil {
			return nil
		}
		t.Keys = append(t.Keys, sdk.Key{Fields: slices.Clone(columns), Unique: true})
		if len(columns) == 1 {
			for i := range t.Fields {
				if t.Fields[i].Name == columns[0] {
					t.Fields[i].Unique = true
				}
			}
		}
		return nil
	})
	return err
}

// object is a table's operations; they are the same for every table.
func object(name string) *sdk.Object {
	op := func(name, endpoint, retry string) sdk.Operation {
		return sdk.Operation{Name: name, Endpoint: endpoint, Retry: retry, MaxRecords: maxRecords}
	}
	return &sdk.Object{Name: name, Label: name, Readable: sdk.ReadByKey, Removal: []string{"clear", "delete"},
		Operations: []sdk.Operation{
			op("upsert", "INSERT ... ON CONFLICT DO UPDATE", sdk.Idempotent),
			op("create", "INSERT ... ON CONFLICT DO NOTHING", sdk.Idempotent),
			op("update", "UPDATE", sdk.Idempotent),
			op("clear", "UPDATE", sdk.Idempotent),
			op("delete", "DELETE", sdk.Idempotent),
			op("append", "INSERT", sdk.Neither),
			op("read", "SELECT", sdk.Idempotent),
		}}
}

var parameters = regexp.MustCompile(`^([a-z ]+?)\s*\(([0-9]+)(?:,([0-9]+))?\)(.*)$`)

// leatTypes maps the server's type names, without parameters, to leat's.
// Source: the data types chapter of the PostgreSQL manual.
var leatTypes = map[string]string{
	"boolean": "bool", "smallint": "int", "integer": "int", "bigint": "int",
	"real": "float", "double precision": "float", "numeric": "decimal",
	"text": "string", "character varying": "string", "character": "string", "citext": "string", "name": "string",
	"bytea": "bytes", "date": "date", "time without time zone": "time",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
	"uuid": "uuid", "json": "json", "jsonb": "json",
}

// leatType translates a type as format_type writes it. What leat has no type
// for is unknown: the server then parses the text.
func leatType(vendor string) string {
	base, p, s := vendor, "", ""
	if m := parameters.FindStringSubmatch(vendor); m != nil {
		base, p, s = m[1]+m[4], m[2], m[3]
	}
	t, ok := leatTypes[strings.TrimSpace(base)]
	switch {
	case !ok:
		return "unknown"
	case t == "decimal" && p != "":
		if s == "" {
			s = "0"
		}
		return fmt.Sprintf("decimal(%s,%s)", p, s)
	case t == "string" && p != "":
		return fmt.Sprintf("string(%s)", p)
	}
	return t
}

func enumType(labels []string) string {
	quoted := make([]string, len(labels))
	for i, l := range labels {
		quoted[i] = fmt.Sprintf("%q", l)
	}
	return "enum(" + strings.Join(quoted, ", ") + ")"
}
