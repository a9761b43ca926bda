//go:build duckdb_arrow

package duck

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// DefaultMemory is the engine's memory limit where none is given. The process
// takes up to a third more than the engine counts, so that this keeps it
// below a gigabyte.
const DefaultMemory = "700MB"

// Options tune a database.
type Options struct {
	// TempDir is where a private folder for spilled rows is made; "" is the
	// system's. The folder is removed by Close.
	TempDir string
	// MemoryLimit is in DuckDB's notation; "" is DefaultMemory.
	MemoryLimit string
	// Threads is the number of worker threads; 0 is one a processor.
	Threads int
}

// DB is a private in-memory database. Its methods may be called from several
// goroutines; statements run one after the other.
type DB struct {
	mu        sync.Mutex
	connector *duckdb.Connector
	conn      driver.Conn
	arrow     *duckdb.Arrow
	temp      string
	threads   int
}

// Open makes an empty database. Extensions are never fetched. Time zone is
// UTC. Close it.
func Open(ctx context.Context, o Options) (*DB, error) {
	temp, err := os.MkdirTemp(o.TempDir, "leat-duck-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	db := &DB{temp: temp}
	if err := db.open(ctx, o); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, o Options) error {
	var err error
	if db.connector, err = duckdb.NewConnector("", nil); err != nil {
		return classify(err)
	}
	if db.conn, err = db.connector.Connect(ctx); err != nil {
		return classify(err)
	}
	if db.arrow, err = duckdb.NewArrowFromConn(db.conn); err != nil {
		return classify(err)
	}
	memory := o.MemoryLimit
	if memory == "" {
		memory = DefaultMemory
	}
	settings := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET TimeZone = 'UTC'",
		"SET enable_progress_bar = false",
		"SET preserve_insertion_order = false",
		// Files of the state are read once: keeping them costs memory and time.
		"SET enable_external_file_cache = false",
		// In DuckDB 1.5.1 its rules for comparisons lose nulls: those made by
		// TRY_CAST, and those date_trunc passes on (runtime/difftest shows it).
		"SET disabled_optimizers = 'expression_rewriter'",
		"SET temp_directory = " + Literal(db.temp),
		"SET memory_limit = " + Literal(memory),
	}
	if o.Threads > 0 {
		settings = append(settings, "SET threads = "+strconv.Itoa(o.Threads))
	}
	for _, s := range settings {
		if err := db.Exec(ctx, s); err != nil {
			return err
		}
	}
	n, err := db.QueryInts(ctx, "SELECT current_setting('threads')")
	if err != nil {
		return err
	}
	db.threads = int(n[0])
	return nil
}

// Close frees the memory and removes the temporary folder.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn != nil {
		_ = db.conn.Close()
		db.conn = nil
	}
	if db.connector != nil {
		_ = db.connector.Close()
		db.connector = nil
	}
	if db.temp == "" {
		return nil
	}
	temp := db.temp
	db.temp = ""
	return os.RemoveAll(temp)
}

// Temp returns the database's private folder, which Close removes.
func (db *DB) Temp() string { return db.temp }

// Exec runs one statement, with arguments for its placeholders. Errors are
// [Error] values.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.exec(ctx, sql, args...)
}

func (db *DB) exec(ctx context.Context, sql string, args ...any) error {
	if db.conn == nil {
		return fmt.Errorf("duckdb: database is closed")
	}
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	_, err := db.conn.(driver.ExecerContext).ExecContext(ctx, sql, named)
	return classify(err)
}

// Ordered runs f with one thread and the order of rows kept, so that what f
// writes depends on the rows alone.
func (db *DB) Ordered(ctx context.Context, f func() error) error {
	if err := db.Exec(ctx, "SET preserve_insertion_order = true"); err != nil {
		return err
	}
	if err := db.Exec(ctx, "SET threads = 1"); err != nil {
		return err
	}
	err := f()
	// A cancelled context must not leave the settings behind.
	back := context.WithoutCancel(ctx)
	for _, s := range []string{"SET threads = " + strconv.Itoa(db.threads), "SET preserve_insertion_order = false"} {
		if e := db.Exec(back, s); e != nil && err == nil {
			err = e
		}
	}
	return err
}

// AttachReadOnly opens a DuckDB file under a catalog name. The classes of its
// errors tell a locked file, one written by a newer DuckDB, one that is no
// database and a missing one apart.
func (db *DB) AttachReadOnly(ctx context.Context, path, catalog string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("attach database: %w", err)
	}
	return db.Exec(ctx, "ATTACH "+Literal(abs)+" AS "+Ident(catalog)+" (READ_ONLY)")
}

// WriteParquet writes the rows of a query to a new file at path: whole or
// not at all, mode 0600, synced. compression is "zstd", "lz4" or
// "uncompressed"; the order of rows is kept only inside Ordered.
func (db *DB) WriteParquet(ctx context.Context, query, path, compression string) error {
	tmp := path + ".tmp"
	level := ""
	if compression == "zstd" {
		level = ", COMPRESSION_LEVEL 1"
	}
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	err = db.Exec(ctx, "COPY ("+query+") TO "+Literal(tmp)+" (FORMAT parquet, COMPRESSION "+compression+level+", USE_TMP_FILE false)")
	if err == nil {
		err = os.Chmod(tmp, 0o600)
	}
	if err == nil {
		err = syncFile(tmp)
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return err
	}
	return syncFile(filepath.Dir(path))
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Ident quotes a name for SQL.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal quotes a text for SQL.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
