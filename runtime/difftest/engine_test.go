//go:build duckdb_arrow

package difftest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/compiler/lower"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
	"github.com/leat-dev/leat/runtime/duck"
)

// keys are the keys of keyed functions: one shorter than a block of SHA-256,
// one of a block, and one that is longer, with characters that SQL quotes.
var keys = []string{"PEPPER", strings.Repeat("k", 64), strings.Repeat("é'\"", 40)}

func open(t *testing.T) *duck.DB {
	t.Helper()
	db, err := duck.Open(context.Background(), duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, key := range keys { // a key is its own name in the reference, too
		inner, outer := lower.KeyBlocks(key)
		if err := db.Exec(context.Background(), lower.SetKey(key), inner, outer); err != nil {
			t.Fatal(duck.Raw(err))
		}
	}
	return db
}

func exec(t *testing.T, db *duck.DB, sql string) {
	t.Helper()
	if err := db.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %s", sql, duck.Raw(err))
	}
}

// rows runs a query whose columns are all text.
func rows(db *duck.DB, sql string) ([][]duck.Value, error) {
	out, err := db.QueryRows(context.Background(), sql)
	if err != nil {
		return nil, fmt.Errorf("%s", duck.Raw(err))
	}
	return out, nil
}

func shown(v duck.Value) string {
	text, ok := v.Reveal()
	if !ok {
		return "null"
	}
	return text
}

func compile(text string, scope *expr.Scope) (*expr.Node, diag.Diagnostics) {
	e, ds := hclsyntax.ParseExpression([]byte(text), "test.hcl", hcl.InitialPos)
	if ds.HasErrors() {
		panic(text + ": " + ds.Error())
	}
	return expr.Compile(e, scope)
}

// asText is SQL for the text of a value as value.Format writes it.
func asText(n *expr.Node) string { return textOf(lower.Expr(n), n.Type()) }

func textOf(sql string, t types.Type) string {
	switch t.Kind {
	case types.Decimal:
		if t.Precision == t.Scale { // DuckDB writes .5
			return "regexp_replace(CAST(" + sql + " AS VARCHAR), '^(-?)\\.', '\\10.')"
		}
	case types.Float: // the sign of a NaN means nothing
		return "replace(CAST(" + sql + " AS VARCHAR), '-nan', 'nan')"
	case types.TimestampTZ:
		return "CAST(make_timestamp(epoch_us(" + sql + ")) AS VARCHAR) || '+00'"
	case types.List:
		return "'[' || array_to_string(list_transform(" + sql + ", lambda e: coalesce(" + textOf("e", *t.Elem) + ", 'null')), ', ') || ']'"
	}
	return "CAST(" + sql + " AS VARCHAR)"
}

// invalid is SQL for whether a step of the expression failed.
func invalid(n *expr.Node) string {
	conds := []string{"FALSE"}
	for _, v := range lower.Invalid(n, n.Type()) {
		conds = append(conds, v.SQL)
	}
	return "CAST(" + strings.Join(conds, " OR ") + " AS VARCHAR)"
}

func format(v value.Value) string {
	if v.IsNull() {
		return "null"
	}
	return value.Format(v)
}
