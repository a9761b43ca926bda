package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresURL is the server that LEAT_TEST_POSTGRES names; "" is none.
func postgresURL() string { return os.Getenv("LEAT_TEST_POSTGRES") }

// requirePostgres fails where LEAT_REQUIRE asks for a server and there is none.
func requirePostgres(t *testing.T) {
	t.Helper()
	if postgresURL() == "" && slices.Contains(strings.Split(os.Getenv("LEAT_REQUIRE"), ","), "postgres") {
		t.Error("LEAT_REQUIRE asks for a real PostgreSQL, and LEAT_TEST_POSTGRES is not set: run .ci/with-postgres make test")
	}
}

// pgCommand is `pg SQL`: it runs statements on the server and prints the rows
// of the queries among them, columns parted by |.
func pgCommand() int {
	if err := pg(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func pg(sql string) (err error) {
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, postgresURL())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range results {
		for _, row := range r.Rows {
			fmt.Println(string(bytes.Join(row, []byte("|"))))
		}
	}
	return nil
}
