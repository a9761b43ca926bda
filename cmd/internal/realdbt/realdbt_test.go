package realdbt_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leat-dev/leat/cmd/internal/realdbt"
	"github.com/leat-dev/leat/runtime/duck"
)

const root = "../../.."

// TestArtifacts holds the committed artifacts against what dbt writes today.
func TestArtifacts(t *testing.T) {
	dbt := realdbt.Find(t, root)
	folder := dbt.Artifacts(t)
	for _, name := range []string{"manifest.json", "catalog.json", "run_results.json"} {
		want, err := os.ReadFile(filepath.Join(root, "examples", "shop", "target", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("examples/shop/target/%s is not what dbt writes; run `make artifacts` (-committed +dbt)\n%s", name, diff)
		}
	}
}

// TestWarehouse holds the demo's warehouse, which is built without dbt, against the one that dbt builds, before and
// after the seeds change.
func TestWarehouse(t *testing.T) {
	dbt := realdbt.Find(t, root)
	shop := dbt.Shop(t)
	builder := filepath.Join(t.TempDir(), "warehouse")
	if output, err := exec.Command("go", "build", "-tags", "duckdb_arrow", "-o", builder, root+"/examples/shop/warehouse").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	ours, theirs := filepath.Join(t.TempDir(), "shop.duckdb"), filepath.Join(shop, "shop.duckdb")
	example := filepath.Join(root, "examples", "shop")

	for _, seeds := range []string{"seeds", "seeds_next"} {
		if seeds == "seeds_next" {
			dbt.NextSeeds(t, shop)
		}
		dbt.Build(t, shop)
		if output, err := exec.Command(builder, "-project", example, "-seeds", filepath.Join(example, seeds), "-o", ours).CombinedOutput(); err != nil {
			t.Fatalf("warehouse: %v\n%s", err, output)
		}
		got, want := contents(t, ours), contents(t, theirs)
		if len(want) != 10 {
			t.Errorf("dbt built %d relations, want 10", len(want))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %s (-dbt +warehouse)\n%s", seeds, diff)
		}
	}
}

// contents digests every relation of a DuckDB file: columns with their types, and rows whatever their order.
func contents(t *testing.T, file string) map[string]string {
	t.Helper()
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.AttachReadOnly(ctx, file, "shop"); err != nil {
		t.Fatal(err)
	}
	relations := rows(t, db, `select t.table_name, string_agg(c.column_name || ' ' || c.data_type, ', ' order by c.ordinal_position)
		from information_schema.tables t join information_schema.columns c using (table_catalog, table_schema, table_name)
		where t.table_catalog = 'shop' group by t.table_name`)
	digests := make(map[string]string, len(relations))
	for _, relation := range relations {
		digest := rows(t, db, "select md5(string_agg(r::varchar, '\n' order by r::varchar)) from shop.main."+duck.Ident(relation[0])+" r")
		digests[relation[0]+" ("+relation[1]+")"] = digest[0][0]
	}
	return digests
}

func rows(t *testing.T, db *duck.DB, query string) [][]string {
	t.Helper()
	values, err := db.QueryRows(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v: %s", query, err, duck.Raw(err))
	}
	texts := make([][]string, len(values))
	for i, row := range values {
		for _, value := range row {
			text, _ := value.Reveal()
			texts[i] = append(texts[i], text)
		}
	}
	return texts
}
