package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Version is the plugin's version.
const Version = "0.1.0"

// maxRecords is the most rows of one statement: large enough that the round
// trip does not count, small enough that a refused row is found soon.
const maxRecords = 1000

// New returns the plugin.
func New() sdk.Plugin { return plugin{} }

type plugin struct{}

func (plugin) Describe() *sdk.Schema {
	return &sdk.Schema{
		Plugin: "postgres", Version: Version, API: "PostgreSQL 12 and later", Evidence: "A",
		Description: "Tables of a PostgreSQL database",
		NeedsPull:   true,
		Env:         []string{"PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"},
		Config: []sdk.ConfigField{
			{Name: "url", Type: "string", Required: true, Secret: true, Description: "Connection string: postgres://user:password@host:5432/database?sslmode=require"},
			{Name: "schema", Type: "string", Default: "public", Description: "Schema of the tables."},
		},
	}
}

// ValidateConfig checks the connection string's form. pgx's own message may
// quote it, password included, so it is not passed on.
func (plugin) ValidateConfig(cfg *sdk.Config) []sdk.Problem {
	url := cfg.Secret("url")
	if _, err := pgxpool.ParseConfig(url.Reveal()); err != nil || strings.TrimSpace(url.Reveal()) == "" { // none would mean localhost
		return []sdk.Problem{{Field: "url", Summary: "url is not a PostgreSQL connection string",
			Detail: "Write it as postgres://user:password@host:5432/database, with special characters of the password percent-encoded."}}
	}
	return nil
}

func (p plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	if problems := p.ValidateConfig(cfg); len(problems) > 0 {
		return nil, problems
	}
	pc, err := pgxpool.ParseConfig(cfg.Secret("url").Reveal())
	if err != nil {
		return nil, []sdk.Problem{{Field: "url", Summary: "url is not a PostgreSQL connection string"}}
	}
	pc.ConnConfig.RuntimeParams["application_name"] = "leat"
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pc.ConnConfig.RuntimeParams["datestyle"] = "ISO, YMD"
	pc.ConnConfig.ConnectTimeout = 10 * time.Second
	pool, err := pgxpool.NewWithConfig(context.Background(), pc) // connects on first use
	if err != nil {
		return nil, []sdk.Problem{{Field: "url", Summary: "the connection pool cannot be made", Detail: "Check the pool settings in the url."}}
	}
	return &connection{pool: pool, schema: cfg.Text("schema"), tables: map[string]*table{},
		account: fmt.Sprintf("postgres:%s:%d/%s/%s", pc.ConnConfig.Host, pc.ConnConfig.Port, pc.ConnConfig.Database, cfg.Text("schema"))}, nil
}

type connection struct {
	pool    *pgxpool.Pool
	schema  string
	account string

	mu     sync.Mutex
	tables map[string]*table
}

// Check connects and makes sure that the schema exists.
func (c *connection) Check(ctx context.Context) (sdk.Account, []sdk.Problem, error) {
	var exists bool
	err := c.pool.QueryRow(ctx, "select exists (select 1 from pg_namespace where nspname = $1)", c.schema).Scan(&exists)
	if err != nil {
		return sdk.Account{}, []sdk.Problem{connectProblem(err)}, nil
	}
	if !exists {
		return sdk.Account{}, []sdk.Problem{{Field: "schema", Summary: fmt.Sprintf("the database has no schema %q", c.schema),
			Detail: "Create the schema, or set schema to one that exists."}}, nil
	}
	return sdk.Account{Fingerprint: c.account, Label: "PostgreSQL " + strings.TrimPrefix(c.account, "postgres:")}, nil, nil
}

// connectProblem says why no connection could be made, without the server's
// words.
func connectProblem(err error) sdk.Problem {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "28P01", "28000":
			return sdk.Problem{Field: "url", Summary: "the server refused the user or password", Detail: "Check user and password in the url, and pg_hba.conf on the server."}
		case "3D000":
			return sdk.Problem{Field: "url", Summary: "the database does not exist", Detail: "Check the database name at the end of the url."}
		}
		return sdk.Problem{Field: "url", Summary: "the server refused the connection (SQLSTATE " + pg.Code + ")", Detail: "See the server's log for the reason."}
	}
	return sdk.Problem{Field: "url", Summary: "the server cannot be reached", Detail: "Check host, port and sslmode in the url, and that the server runs."}
}

func (c *connection) Close() error {
	c.pool.Close()
	return nil
}

// faultOf classifies an error that hit a whole statement or the connection.
// sent says that a commit may have happened.
func faultOf(err error, sent bool) error {
	var f *sdk.Fault
	if errors.As(err, &f) {
		return err
	}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return &sdk.Fault{Class: serverFault(pg.Code), Code: pg.Code, Sent: sent}
	case errors.Is(err, context.Canceled):
		return &sdk.Fault{Class: sdk.FaultDeadline, Sent: sent}
	case errors.Is(err, context.DeadlineExceeded):
		return &sdk.Fault{Class: sdk.FaultTimeout, Sent: sent}
	}
	return &sdk.Fault{Class: sdk.FaultNetwork, Sent: sent}
}

// serverFault is the class of a server error that is not about a row. Most may
// pass: restarts, deadlocks. A statement the server cannot read is this
// package's bug.
func serverFault(code string) sdk.FaultClass {
	switch {
	case strings.HasPrefix(code, "28"), code == "42501":
		return sdk.FaultAuth
	case code == "53300": // too many connections
		return sdk.FaultThrottled
	case code == "42P01", code == "42703", code == "42704": // undefined table, column, type
		return sdk.FaultSchema
	case strings.HasPrefix(code, "42"):
		return sdk.FaultInternal
	}
	return sdk.FaultServer
}
