//go:build duckdb_arrow

package difftest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// server connects to the PostgreSQL of LEAT_TEST_POSTGRES. Without one the
// test is skipped, or fails where LEAT_REQUIRE asks for postgres.
func server(t *testing.T) *pgx.Conn {
	t.Helper()
	url := os.Getenv("LEAT_TEST_POSTGRES")
	if url == "" {
		if slices.Contains(strings.Split(os.Getenv("LEAT_REQUIRE"), ","), "postgres") {
			t.Fatal("LEAT_REQUIRE asks for a real PostgreSQL, and LEAT_TEST_POSTGRES is not set: run .ci/with-postgres make test")
		}
		t.Skip("SKIPPED: LEAT_TEST_POSTGRES is not set, so nothing is proven against a real PostgreSQL (.ci/with-postgres make test)")
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// pgText is SQL for the text of a value; [pgShown] makes it what value.Format
// writes.
func pgText(sql string, t types.Type) string {
	switch t.Kind {
	case types.Date:
		return "to_char(" + sql + ", 'YYYY-MM-DD')"
	case types.Timestamp:
		return "rtrim(rtrim(to_char(" + sql + ", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')"
	case types.TimestampTZ:
		return "rtrim(rtrim(to_char(" + sql + " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.') || '+00'"
	}
	return "CAST(" + sql + " AS text)"
}

func pgShown(text *string, t types.Type) string {
	if text == nil {
		return "null"
	}
	if t.Kind == types.Float {
		if f, err := strconv.ParseFloat(*text, 64); err == nil {
			return value.Format(value.Float(f))
		}
	}
	return *text
}

// pgRows runs a query of text columns.
func pgRows(conn *pgx.Conn, sql string) ([][]*string, error) {
	rows, err := conn.Query(context.Background(), sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]*string
	for rows.Next() {
		row := make([]*string, len(rows.FieldDescriptions()))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func pgTable(data []map[string]value.Value, name string) string {
	sql := strings.NewReplacer(" DOUBLE", " DOUBLE PRECISION", " VARCHAR[]", " TEXT[]").Replace(createTable(data[:0], name))
	for id, row := range data {
		cells := make([]string, len(columns))
		for i, c := range columns {
			switch v := row[c.name]; {
			case v.IsNull(), v.Kind() == types.List:
				cells[i] = "NULL"
			default:
				cells[i] = lower.Text(value.Format(v))
			}
		}
		sql += "; INSERT INTO " + name + " VALUES (" + strconv.Itoa(id) + ", " + strings.Join(cells, ", ") + ")"
	}
	return sql
}

func TestExamplesOnPostgres(t *testing.T) {
	conn := server(t)
	lowered := 0
	for _, f := range function.All() {
		reached := f.Postgres == nil
		for _, ex := range f.Examples {
			n, ds := compile(ex.Expr, &expr.Scope{})
			if ds.HasErrors() {
				t.Fatal(ds)
			}
			sql, gaps := lower.Postgres(n)
			if len(gaps) > 0 {
				continue
			}
			lowered++
			reached = true
			got, _ := expr.Eval(n, expr.Env{})
			out, err := pgRows(conn, "SELECT "+pgText(sql, n.Type()))
			if err != nil {
				t.Errorf("%s: %v\n%s", ex.Expr, err, sql)
			} else if pg := pgShown(out[0][0], n.Type()); pg != format(got) {
				t.Errorf("%s: PostgreSQL %s, reference %s\n%s", ex.Expr, pg, format(got), sql)
			}
		}
		if !reached {
			t.Errorf("no example of %s is lowered to PostgreSQL, so that nothing shows its SQL", f.Name)
		}
	}
	t.Logf("%d examples", lowered)
}

// TestRandomExpressionsOnPostgres draws from the same expressions as
// TestRandomExpressions those that PostgreSQL computes whole.
func TestRandomExpressionsOnPostgres(t *testing.T) {
	const batches, perBatch = 60, 25
	conn := server(t)
	rng := rand.New(rand.NewPCG(20240229, seed()))
	data := table(rng)
	pg := func(sql string) {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	pg("SET TIME ZONE 'Asia/Kolkata'; SET DateStyle = 'German'") // neither may matter
	pg(strings.ReplaceAll(pgTable(data, "r"), "CREATE TABLE", "CREATE TEMPORARY TABLE"))
	scope := columnScope()
	g := &generator{rng: rng}
	disagrees := func(text string, row map[string]value.Value) (string, bool) {
		n, ds := compile(text, scope)
		sql, gaps := "", []lower.Gap(nil)
		if !ds.HasErrors() {
			sql, gaps = lower.Postgres(n)
		}
		if ds.HasErrors() || len(gaps) > 0 || n.Type().Kind == types.Null {
			return "", false
		}
		pg("DROP TABLE IF EXISTS one; " + strings.ReplaceAll(pgTable([]map[string]value.Value{row}, "one"), "CREATE TABLE", "CREATE TEMPORARY TABLE"))
		want, _ := expr.Eval(n, expr.Env{Row: func(name string) value.Value { return row[name] }})
		out, err := pgRows(conn, "SELECT "+pgText(sql, n.Type())+" FROM one AS r")
		if err != nil {
			return fmt.Sprintf("PostgreSQL: %v\n  %s", err, sql), true
		}
		got := pgShown(out[0][0], n.Type())
		return fmt.Sprintf("PostgreSQL %q, reference %q\n  %s", got, format(want), sql), unlike(got, want)
	}
	report := func(text string, row map[string]value.Value) {
		text, row = shrink(text, row, func(s string, r map[string]value.Value) bool { _, bad := disagrees(s, r); return bad })
		what, _ := disagrees(text, row)
		t.Errorf("%s\n  with %s\n  %s", text, used(text, scope, row), what)
	}
	failures, tried := 0, 0
	for range batches {
		var texts, selected []string
		var nodes []*expr.Node
		for len(nodes) < perBatch {
			tried++
			text := g.any(1 + rng.IntN(4))
			n, ds := compile(text, scope)
			if ds.HasErrors() {
				t.Fatalf("%s\n%v", text, ds)
			}
			sql, gaps := lower.Postgres(n)
			if len(gaps) > 0 || n.Op == expr.Literal || n.Op == expr.Column {
				continue
			}
			texts, nodes, selected = append(texts, text), append(nodes, n), append(selected, pgText(sql, n.Type()))
		}
		out, err := pgRows(conn, "SELECT "+strings.Join(selected, ", ")+" FROM r ORDER BY id")
		if err != nil {
			for i := range texts {
				for _, row := range data {
					if _, bad := disagrees(texts[i], row); bad {
						report(texts[i], row)
						t.FailNow()
					}
				}
			}
			t.Fatal(err)
		}
		for i, n := range nodes {
			for r, row := range data {
				want, _ := expr.Eval(n, expr.Env{Row: func(name string) value.Value { return row[name] }})
				if unlike(pgShown(out[r][i], n.Type()), want) {
					report(texts[i], row)
					if failures++; failures > 4 {
						t.FailNow()
					}
					break
				}
			}
		}
	}
	t.Logf("%d of %d expressions are PostgreSQL's", batches*perBatch, tried)
}

// unlike compares a text with the reference; the two zeros of floats are one
// value.
func unlike(got string, want value.Value) bool {
	w := format(want)
	if want.Kind() == types.Float && want.Float64() == 0 {
		return got != "0.0" && got != "-0.0"
	}
	return got != w
}
