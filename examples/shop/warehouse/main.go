// Command warehouse builds the shop's DuckDB file as `dbt build` would, without dbt: it loads the seeds and
// runs the SQL that dbt compiled into the manifest, in the order of the graph. The demo uses it, so that trying
// leat needs no Python.
//
//	warehouse [-project DIR] [-seeds DIR] [-o FILE]
//
// A seed that -seeds does not hold is taken from the project, so a folder with the changed files alone plays the
// next load. It knows just what this project uses: seeds with declared column types, and models that are
// tables, views or ephemeral.
package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leat-dev/leat/runtime/duck"
)

func main() {
	project := flag.String("project", ".", "folder of the dbt project")
	seeds := flag.String("seeds", "", "folder of changed seeds (default: the project's own)")
	out := flag.String("o", "shop.duckdb", "DuckDB file to build or to bring up to date")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "warehouse: unexpected argument", flag.Arg(0))
		os.Exit(64)
	}
	if err := run(context.Background(), *project, *seeds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "warehouse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, project, seeds, out string) error {
	nodes, err := readManifest(filepath.Join(project, "target", "manifest.json"))
	if err != nil {
		return err
	}
	ordered, err := inOrder(nodes)
	if err != nil {
		return err
	}
	steps := make([]step, 0, len(ordered))
	for _, n := range ordered {
		statement, err := n.statement(project, seeds)
		if err != nil {
			return fmt.Errorf("%s: %w", n.UniqueID, err)
		}
		if statement != "" {
			steps = append(steps, step{builds: n.UniqueID, sql: statement})
		}
	}
	return execute(ctx, out, ordered[0].Database, steps)
}

// node is what the program reads of a seed or model in manifest.json.
type node struct {
	UniqueID         string `json:"unique_id"`
	ResourceType     string `json:"resource_type"`
	Database         string `json:"database"`
	RelationName     string `json:"relation_name"`
	OriginalFilePath string `json:"original_file_path"`
	CompiledCode     string `json:"compiled_code"`
	Config           struct {
		Materialized string            `json:"materialized"`
		ColumnTypes  map[string]string `json:"column_types"`
	} `json:"config"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
}

// readManifest returns the seeds and models of a manifest by id.
func readManifest(path string) (map[string]node, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Nodes map[string]node `json:"nodes"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for id, n := range manifest.Nodes {
		if n.ResourceType != "seed" && n.ResourceType != "model" {
			delete(manifest.Nodes, id)
		}
	}
	if len(manifest.Nodes) == 0 {
		return nil, fmt.Errorf("%s: no seed and no model", path)
	}
	return manifest.Nodes, nil
}

// inOrder sorts nodes so that each comes after what it depends on, and otherwise by id.
func inOrder(nodes map[string]node) ([]node, error) {
	ids := make([]string, 0, len(nodes))
	for id := range nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)

	const visiting, done = 1, 2
	state := make(map[string]int, len(nodes))
	ordered := make([]node, 0, len(nodes))
	var visit func(id string) error
	visit = func(id string) error {
		n, known := nodes[id]
		if !known || state[id] == done {
			return nil
		}
		if state[id] == visiting {
			return fmt.Errorf("%s depends on itself", id)
		}
		state[id] = visiting
		for _, parent := range n.DependsOn.Nodes {
			if err := visit(parent); err != nil {
				return err
			}
		}
		state[id] = done
		ordered = append(ordered, n)
		return nil
	}
	for _, id := range ids {
		if err := visit(id); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// statement is the SQL that builds the node; it is empty for one that has no relation of its own.
func (n node) statement(project, seeds string) (string, error) {
	switch n.Config.Materialized {
	case "seed":
		query, err := n.seedQuery(project, seeds)
		return "create or replace table " + n.RelationName + " as " + query, err
	case "table", "view":
		if n.CompiledCode == "" {
			return "", errors.New("the manifest holds no compiled SQL; run `make artifacts`")
		}
		return "create or replace " + n.Config.Materialized + " " + n.RelationName + " as (\n" + n.CompiledCode + "\n)", nil
	case "ephemeral":
		return "", nil
	default:
		return "", fmt.Errorf("materialised as %q, which this program does not build", n.Config.Materialized)
	}
}

// seedQuery reads the seed's CSV file with the column types that the project declares.
func (n node) seedQuery(project, seeds string) (string, error) {
	path := filepath.Join(project, filepath.FromSlash(n.OriginalFilePath))
	if seeds != "" {
		changed := filepath.Join(seeds, filepath.Base(path))
		switch _, err := os.Stat(changed); {
		case err == nil:
			path = changed
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	columns, err := header(path)
	if err != nil {
		return "", err
	}
	types := make([]string, len(columns))
	for i, column := range columns {
		declared, ok := n.Config.ColumnTypes[column]
		if !ok {
			return "", fmt.Errorf("column %s has no declared type in dbt_project.yml", column)
		}
		types[i] = duck.Literal(column) + ": " + duck.Literal(declared)
	}
	return "select * from read_csv(" + duck.Literal(path) + ", header = true, auto_detect = false, delim = ',', quote = '\"', " +
		"columns = {" + strings.Join(types, ", ") + "})", nil
}

func header(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	columns, err := csv.NewReader(file).Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return columns, nil
}
