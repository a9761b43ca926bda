//go:build duckdb_arrow

package planner

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// holdLock opens a DuckDB file for writing in another process, as a running
// dbt would.
func holdLock(t *testing.T, file string) (release func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestLockedWarehouse$", "-test.v")
	cmd.Env = append(os.Environ(), "LEAT_TEST_LOCK="+file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "LOCKED") {
			return func() { _ = in.Close(); _ = cmd.Wait() }
		}
	}
	t.Fatal("the other process did not lock the file")
	return nil
}
