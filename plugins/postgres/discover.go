package postgres

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
	rows, err := c.pool.Query(ctx, "with recursive "+bases+`
		select c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
		       format_type(b.type, case when a.atttypmod >= 0 then a.atttypmod else b.typmod end), b.typtype = 'e',
		       a.attnotnull or b.required, a.atthasdef or b.filled or a.attidentity <> '', a.attgenerated <> '' or a.attidentity = 'a',
		       coalesce((select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = b.type), '{}'),
		       coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid, 'pg_class'), '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		join base b on b.oid = a.atttypid
		where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition order by 1, a.attnum`, c.schema)
	if err != nil {
		return err
	}
	var table, column, vendor, typ, comment, tableComment string
	var isEnum, notNull, filled, readOnly bool
	var labels []string
	into := []any{&table, &column, &vendor, &typ, &isEnum, &notNull, &filled, &readOnly, &labels, &comment, &tableComment}
	_, err = pgx.ForEachRow(rows, into, func() error {
		t := tables[table]
		if t == nil {
			t = object(table)
			t.Description = tableComment
			tables[table] = t
		}
		f := sdk.Field{Name: column, Type: leatType(typ), VendorType: vendor, Description: comment, Clear: sdk.ClearNull,
			Nullable: !notNull, ReadOnly: readOnly, RequiredOnCreate: notNull && !filled && !readOnly}
		if notNull {
			f.Clear = sdk.ClearImpossible
		}
		if isEnum {
			f.Type = enumType(labels)
		}
		t.Fields = append(t.Fields, f)
		return nil
	})
	return err
}

// discoverKeys adds the columns of valid unique indexes without a predicate or
// an expression: exactly those ON CONFLICT (columns) can use. The primary key
// comes first, then the rest by their columns.
func (c *connection) discoverKeys(ctx context.Context, tables map[string]*sdk.Object) error {
	rows, err := c.pool.Query(ctx, `
		select c.relname, bool_or(i.indisprimary), k.columns
		from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
		cross join lateral (
			select array_agg(a.attname::text order by u.ord) as columns
			from unnest(i.indkey) with ordinality u(attnum, ord) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum
			where u.ord <= i.indnkeyatts
		) k
		where n.nspname = $1 and c.relkind in ('r', 'p') and i.indisunique and i.indisvalid and i.indimmediate
		  and i.indpred is null and i.indexprs is null
		group by c.relname, k.columns order by c.relname, not bool_or(i.indisprimary), cardinality(k.columns), k.columns`, c.schema)
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
		for i := range t.Fields {
			if len(columns) == 1 && t.Fields[i].Name == columns[0] {
				t.Fields[i].Unique = true
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
			op("delete", "DELETE", sdk.Idempotent),
			op("append", "INSERT", sdk.Neither),
			op("read", "SELECT", sdk.Idempotent),
		}}
}

var parameters = regexp.MustCompile(`^([a-z ]+?)\s*\(([0-9]+)(?:,(-?[0-9]+))?\)(.*)$`)

// leatTypes maps the server's type names, without parameters, to leat's.
// Source: the data types chapter of the PostgreSQL manual.
var leatTypes = map[string]string{
	"boolean": "bool", "smallint": "int", "integer": "int", "bigint": "int",
	"real": "float", "double precision": "float", "numeric": "decimal",
	"text": "string", "character varying": "string", "character": "string", "bpchar": "string", "citext": "string", "name": "string",
	"bytea": "bytes", "date": "date", "time without time zone": "time",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
	"uuid": "uuid", "json": "json", "jsonb": "json",
}

// maxDigits is the most digits leat's decimals have. The server's have more;
// such a column is a decimal without digits, and the server checks the rest.
const maxDigits = 38

// leatType translates a type as format_type writes it. What leat has no type
// for is unknown: the server then parses the text.
func leatType(vendor string) string {
	base, p, s := vendor, "", ""
	if m := parameters.FindStringSubmatch(vendor); m != nil {
		base, p, s = m[1]+m[4], m[2], cmp.Or(m[3], "0")
	}
	t, ok := leatTypes[strings.TrimSpace(base)]
	switch {
	case !ok:
		return "unknown"
	case t == "decimal" && p != "":
		precision, err1 := strconv.Atoi(p)
		scale, err2 := strconv.Atoi(s)
		if err1 != nil || err2 != nil || precision > maxDigits || scale < 0 || scale > precision {
			return "decimal"
		}
		return fmt.Sprintf("decimal(%d,%d)", precision, scale)
	case t == "string" && p != "":
		return fmt.Sprintf("string(%s)", p)
	}
	return t
}

// enumType writes an enum in leat's syntax, which quotes as Go does.
func enumType(labels []string) string {
	if len(labels) == 0 {
		return "unknown" // no value fits, which leat's types cannot say
	}
	quoted := make([]string, len(labels))
	for i, l := range labels {
		quoted[i] = strconv.Quote(l)
	}
	return "enum(" + strings.Join(quoted, ", ") + ")"
}
