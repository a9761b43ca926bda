package postgres_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/status"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// as returns the address with another user.
func as(t testing.TB, dsn, user, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

const canary = "canary-5ecret"

// TestAccountProblems asks servers that refuse, and that are not there, and
// looks for the password in every answer.
func TestAccountProblems(t *testing.T) {
	d := newDatabase(t, "leat_account", "drop role if exists leat_locked", "create role leat_locked nologin", "create table a (id int primary key)")
	t.Cleanup(func() { _, _ = d.conn.Exec(context.Background(), "drop role leat_locked") })
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	refusing := newProxy(t, d.dsn)
	refusing.setMode(refuse("28P01"))
	noDatabase, err := url.Parse(as(t, d.dsn, "leat", canary))
	if err != nil {
		t.Fatal(err)
	}
	noDatabase.Path = "/leat_" + canary
	for _, c := range []struct{ name, dsn, schema, summary, fault string }{
		{"role may not log in", as(t, d.dsn, "leat_locked", canary), "leat_account", "the server refused the user or password", "auth"},
		{"no such role", as(t, d.dsn, "nobody_"+canary, canary), "leat_account", "the server refused the user or password", "auth"},
		{"wrong password", as(t, through(t, d.dsn, refusing.addr), "leat", canary), "leat_account", "the server refused the user or password", "auth"},
		{"no such database", noDatabase.String(), "leat_account", "the database does not exist", "server"},
		{"nobody there", as(t, through(t, d.dsn, free.Addr().String()), "leat", canary), "leat_account", "the server cannot be reached", "network"},
		{"no such host", as(t, through(t, d.dsn, "no-such-host.invalid:5432"), "leat", canary), "leat_account", "the server cannot be reached", "network"},
		{"no TLS", as(t, strings.Replace(d.dsn, "sslmode=disable", "sslmode=require", 1), "leat", canary), "leat_account", "the server cannot be reached", "network"},
		{"no such schema", as(t, d.dsn, "leat", canary), "absent", `the database has no schema "absent"`, "schema"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &session{api: configure(t, c.dsn, c.schema), object: "a", key: columns("id: int")}
			check, err := s.api.Check(t.Context(), &protocol.CheckRequest{})
			if err != nil || len(check.GetProblems()) != 1 || check.GetProblems()[0].GetSummary() != c.summary {
				t.Errorf("check: %v %v, want %q", check, err, c.summary)
			}
			discover, err := s.api.Discover(t.Context(), &protocol.DiscoverRequest{})
			if c.schema != "absent" && (err != nil || len(discover.GetProblems()) != 1) {
				t.Errorf("discover: %v %v", discover, err)
			}
			out := s.write(t, sdk.Send, row{"1"})
			wantOutcome(t, out, "retry, fault "+c.fault)
			for _, text := range []string{fmt.Sprint(check), fmt.Sprint(discover), fmt.Sprint(out)} {
				if strings.Contains(strings.ReplaceAll(text, "leat_"+canary, ""), canary) {
					t.Errorf("the password or user shows in %s", text)
				}
			}
		})
	}
	t.Run("malformed", func(t *testing.T) {
		for _, dsn := range []string{"postgres://u:" + canary + "%zz@h/d", "host=h password='" + canary, "postgres://u:p@h:port/" + canary, ""} {
			for range 2 {
				cfg := &protocol.Config{Values: map[string]string{"url": strconv.Quote(dsn)}}
				out, err := open(t).ValidateConfig(t.Context(), &protocol.ValidateConfigRequest{Config: cfg})
				if err != nil || len(out.GetProblems()) != 1 || strings.Contains(fmt.Sprint(out), canary) {
					t.Errorf("%v, %v", out, err)
				}
				made, err := open(t).Configure(t.Context(), &protocol.ConfigureRequest{Config: cfg})
				if err != nil || len(made.GetProblems()) != 1 || strings.Contains(fmt.Sprint(made), canary) {
					t.Errorf("%v, %v", made, err)
				}
			}
		}
	})
}

// until waits for a query to be true.
func (d *database) until(t *testing.T, sql string) {
	t.Helper()
	for give := time.Now().Add(time.Minute); !slices.Equal(d.query(t, sql), []string{"t"}); {
		if time.Now().After(give) {
			t.Fatalf("still not: %s", sql)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// blocked starts a batch that waits for a lock another session holds in the
// middle of its transaction, and returns the stream and how to let go.
func (d *database) blocked(t *testing.T, s *session) (protocol.Destination_WriteClient, context.CancelFunc, func()) {
	t.Helper()
	other, err := pgx.Connect(t.Context(), d.dsn) // what a transaction sees of pg_stat_activity stands still
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close(context.Background()) })
	theirs := &database{conn: other}
	theirs.exec(t, "begin", "insert into "+d.schema+".people values (50, 'theirs')")
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	// The first row makes a group of its own, which is written before the second waits.
	stream := s.stream(ctx, t, sdk.Send, row{"1", unsent}, row{"50", "ours"})
	d.until(t, "select count(*) > 0 from pg_stat_activity where application_name = 'leat' and wait_event_type = 'Lock'")
	return stream, cancel, func() { theirs.exec(t, "rollback") }
}

// TestConnectionKilled ends the server's side of a transaction half way.
func TestConnectionKilled(t *testing.T) {
	d := newDatabase(t, "leat_killed", "create table people (id int primary key, name text)")
	s := d.session(t, "people", "id: int", "name: string")
	stream, _, letGo := d.blocked(t, s)
	d.exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leat'")
	wantOutcome(t, receive(t, stream), "retry, retry, fault server")
	letGo()
	d.want(t, "select * from people")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", unsent}, row{"50", "ours"}), "created, created")
}

// TestCancelled cancels a transaction half way; Stop then waits until the
// connection is free of it.
func TestCancelled(t *testing.T) {
	d := newDatabase(t, "leat_cancelled", "create table people (id int primary key, name text)")
	s := d.session(t, "people", "id: int", "name: string")
	_, cancel, letGo := d.blocked(t, s)
	cancel()
	if _, err := s.api.Stop(t.Context(), &protocol.StopRequest{}); err != nil {
		t.Error(err)
	}
	letGo()
	d.until(t, "select count(*) = 0 from pg_stat_activity where application_name = 'leat'")
	d.want(t, "select * from people")
}

// TestDeadlineInside lets the deadline pass while a statement waits: it ends,
// but nothing is begun after it, the commit least of all.
func TestDeadlineInside(t *testing.T) {
	d := newDatabase(t, "leat_deadline", "create table people (id int primary key, name text)")
	var late atomic.Bool
	now := func() time.Time {
		if late.Load() {
			return time.Unix(2000, 0)
		}
		return time.Unix(1000, 0)
	}
	s := &session{api: configureAt(t, now, d.dsn, d.schema), object: "people", key: columns("id: int"), fields: columns("name: string"), deadline: 1_500_000}
	stream, _, letGo := d.blocked(t, s)
	late.Store(true)
	letGo()
	wantOutcome(t, receive(t, stream), "retry, retry, fault deadline")
	d.want(t, "select * from people")
	late.Store(false)
	wantOutcome(t, s.write(t, sdk.Send, row{"1", unsent}), "created")
}

// TestCommitCut loses the answer to COMMIT: only then is the outcome unknown.
func TestCommitCut(t *testing.T) {
	d := newDatabase(t, "leat_cut", "create table people (id int primary key, name text)")
	for _, c := range []struct{ name, point, want, rows string }{
		{"before the transaction", "begin", "retry, fault network", "0"},
		{"before the statement", "insert into", "retry, fault network", "0"},
		{"after the commit", "commit", "unknown, fault network", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.exec(t, "truncate people")
			p := newProxy(t, d.dsn)
			s := &session{api: configure(t, through(t, d.dsn, p.addr), d.schema), object: "people", key: columns("id: int"), fields: columns("name: string")}
			wantOutcome(t, s.write(t, sdk.Delete, row{"1", unsent}), "absent") // connected, table known
			if c.point == "commit" {
				p.setMode(cutAfter(c.point))
			} else {
				p.setMode(cutBefore(c.point))
			}
			wantOutcome(t, s.write(t, sdk.Send, row{"1", "a"}), c.want)
			d.want(t, "select count(*) from people", c.rows)
			p.setMode(nil)
			want := map[string]string{"0": "created", "1": "updated"}[c.rows]
			wantOutcome(t, s.write(t, sdk.Send, row{"1", "a"}), want)
		})
	}
}

// TestTableChanges changes the table under a running plugin.
func TestTableChanges(t *testing.T) {
	d := newDatabase(t, "leat_changes", "create table people (id int primary key, name varchar(3), n int)")
	s := d.session(t, "people", "id: int", "name: string; n: int")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "a", "1"}), "created")
	d.exec(t, "alter table people alter name type text")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "longer", "1"}), "updated")
	d.exec(t, "alter table people drop column n")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "a", "2"}, row{"2", "b", "2"}), "retry, retry, fault schema")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "a", "2"}), "retry, fault schema")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "c", unsent}), "updated")
	if fault := s.readFault(t); fault != "schema" {
		t.Errorf("read: fault %q", fault)
	}
	d.exec(t, "alter table people add column n bigint")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "d", "2"}), "updated")
	d.exec(t, "drop table people")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "d", "2"}), "retry, fault schema")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "d", "2"}), "retry, fault schema")
	if _, err := s.api.Check(t.Context(), &protocol.CheckRequest{}); err != nil {
		t.Error(status.Convert(err).Message())
	}
}

// TestSerialisationFailureMayGoAgain: the server picks one of two transactions; it may go again.
func TestSerialisationFailureMayGoAgain(t *testing.T) {
	d := newDatabase(t, "leat_serial", "create table people (id int primary key, name text)",
		`create function busy() returns trigger language plpgsql as $$ begin raise exception 'again' using errcode = '40001'; end $$`,
		"create trigger busy before insert on people for each row execute function busy()")
	s := d.session(t, "people", "id: int", "name: string")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "a"}, row{"2", "a"}), "retry, retry, fault server")
}
