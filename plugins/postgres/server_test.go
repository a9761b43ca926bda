package postgres_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leat-dev/leat/plugins/postgres"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// dsn is the address of a server the test may do anything to, without which it
// is skipped, or fails where LEAT_REQUIRE asks for postgres.
func dsn(t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv("LEAT_TEST_POSTGRES"); dsn != "" {
		return dsn
	}
	if slices.Contains(strings.Split(os.Getenv("LEAT_REQUIRE"), ","), "postgres") {
		t.Fatal("LEAT_REQUIRE asks for a real PostgreSQL, and LEAT_TEST_POSTGRES is not set: run .ci/with-postgres make test")
	}
	t.Skip("SKIPPED: LEAT_TEST_POSTGRES is not set, so nothing is proven against a real PostgreSQL (.ci/with-postgres make test)")
	return ""
}

// database is a schema of its own on the server.
type database struct {
	dsn, schema string
	conn        *pgx.Conn
}

// newDatabase makes a schema, runs the statements in it, and drops it after
// the test.
func newDatabase(t testing.TB, schema string, statements ...string) *database {
	t.Helper()
	d := &database{dsn: dsn(t), schema: schema}
	conn, err := pgx.Connect(context.Background(), d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	d.conn = conn
	name := pgx.Identifier{schema}.Sanitize()
	d.exec(t, "drop schema if exists "+name+" cascade", "create schema "+name, "set search_path = "+name+", public", "set timezone = 'UTC'")
	t.Cleanup(func() {
		_, err := conn.Exec(context.Background(), "drop schema if exists "+name+" cascade")
		if err != nil {
			t.Error(err)
		}
		_ = conn.Close(context.Background())
	})
	d.exec(t, statements...)
	return d
}

func (d *database) exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := d.conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// query returns rows with their values as text, joined by "|".
func (d *database) query(t testing.TB, sql string) []string {
	t.Helper()
	rows, err := d.conn.Query(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var parts []string
		for _, v := range row.RawValues() {
			if v == nil {
				parts = append(parts, "NULL")
				continue
			}
			parts = append(parts, string(v))
		}
		return strings.Join(parts, "|"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *database) want(t *testing.T, sql string, want ...string) {
	t.Helper()
	if got := d.query(t, sql); !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", sql, got, want)
	}
}

// session is the plugin behind its gRPC service.
type session struct {
	api    protocol.DestinationClient
	object string
	key    []*protocol.Column
	fields []*protocol.Column

	deadline int64 // of batches, in Unix milliseconds; 0 for none
}

// columns reads "id int, name string(3), n decimal(10,2)".
func columns(text string) []*protocol.Column {
	var out []*protocol.Column
	for _, c := range strings.Split(text, "; ") {
		if name, typ, ok := strings.Cut(c, ": "); ok {
			out = append(out, &protocol.Column{Name: name, Type: typ})
		}
	}
	return out
}

// open starts the plugin without a configuration.
func open(t testing.TB) protocol.DestinationClient {
	t.Helper()
	return openAt(t, nil)
}

// openAt starts it with a clock for deadlines.
func openAt(t testing.TB, now func() time.Time) protocol.DestinationClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions()...)
	protocol.RegisterDestinationServer(server, sdk.NewServer(postgres.New(), now))
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessageBytes), grpc.MaxCallSendMsgSize(protocol.MaxMessageBytes)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return protocol.NewDestinationClient(conn)
}

func configure(t testing.TB, dsn, schema string) protocol.DestinationClient {
	t.Helper()
	return configureAt(t, nil, dsn, schema)
}

func configureAt(t testing.TB, now func() time.Time, dsn, schema string) protocol.DestinationClient {
	t.Helper()
	api := openAt(t, now)
	out, err := api.Configure(context.Background(), &protocol.ConfigureRequest{Config: &protocol.Config{
		Values: map[string]string{"url": strconv.Quote(dsn), "schema": strconv.Quote(schema)}}})
	if err != nil || len(out.GetProblems()) > 0 {
		t.Fatal(out.GetProblems(), err)
	}
	t.Cleanup(func() { _, _ = api.Stop(context.Background(), &protocol.StopRequest{}) })
	return api
}

// session opens an object of the database. Columns are written as "id: int;
// name: string".
func (d *database) session(t testing.TB, object, key, fields string) *session {
	t.Helper()
	return &session{api: configure(t, d.dsn, d.schema), object: object, key: columns(key), fields: columns(fields)}
}

// row is the texts of a row, the key first. A text "-" is not sent, "NULL" is
// null.
type row []string

const (
	unsent = "-"
	null   = "NULL"
)

func (s *session) open() *protocol.WriteOpen {
	return &protocol.WriteOpen{Object: s.object, Key: s.key, Fields: s.fields}
}

func (s *session) encode(t testing.TB, rows []row) []byte {
	t.Helper()
	schema, err := protocol.WriteSchema(s.open(), false)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i, r := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).AppendNull()
		for c, text := range r {
			put(t, b.Field(2+c), text)
		}
		for f := range s.fields {
			b.Field(2 + len(r) + f).(*array.BooleanBuilder).Append(r[len(s.key)+f] != unsent)
		}
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	data, err := protocol.EncodeBatch(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t testing.TB, b array.Builder, text string) {
	t.Helper()
	if text == unsent || text == null {
		b.AppendNull()
		return
	}
	var err error
	switch tb := b.(type) {
	case *array.StringBuilder:
		tb.Append(text)
	case *array.BinaryBuilder:
		var raw []byte
		raw, err = base64.StdEncoding.DecodeString(text)
		tb.Append(raw)
	case *array.TimestampBuilder:
		var at time.Time
		at, err = time.Parse("2006-01-02T15:04:05.999999", strings.TrimSuffix(text, "Z"))
		tb.Append(arrow.Timestamp(at.UnixMicro()))
	default:
		err = b.AppendValueFromString(text)
	}
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}

// stream starts a write and sends one batch.
func (s *session) stream(ctx context.Context, t testing.TB, op sdk.Op, rows ...row) protocol.Destination_WriteClient {
	t.Helper()
	stream, err := s.api.Write(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*protocol.WriteRequest{
		{Message: &protocol.WriteRequest_Open{Open: s.open()}},
		{Message: &protocol.WriteRequest_Batch{Batch: &protocol.WriteBatch{Sequence: 1, Op: op, Arrow: s.encode(t, rows), DeadlineUnixMs: s.deadline}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	return stream
}

func receive(t testing.TB, stream protocol.Destination_WriteClient) *protocol.BatchOutcome {
	t.Helper()
	msg, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return msg.GetOutcome()
}

func (s *session) write(t testing.TB, op sdk.Op, rows ...row) *protocol.BatchOutcome {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return receive(t, s.stream(ctx, t, op, rows...))
}

// show writes an answer in short: "created, rejected INVALID_VALUE 22001 name,
// fault server".
func show(out *protocol.BatchOutcome) string {
	var parts []string
	for i, o := range out.GetOutcomes() {
		text := strings.ToLower(strings.TrimPrefix(protocol.Outcome(o).String(), "OUTCOME_"))
		for _, r := range out.GetRejections() {
			if int(r.GetIndex()) == i {
				text += fmt.Sprintf(" %s %s %s", strings.TrimPrefix(r.GetClass().String(), "REJECT_"), r.GetCode(), r.GetField())
			}
		}
		parts = append(parts, strings.TrimSpace(text))
	}
	if out.GetFault() != "" {
		parts = append(parts, "fault "+out.GetFault())
	}
	return strings.Join(parts, ", ")
}

func wantOutcome(t *testing.T, out *protocol.BatchOutcome, want string) {
	t.Helper()
	if got := show(out); got != want {
		t.Errorf("outcome:\ngot  %s\nwant %s", got, want)
	}
}

// through returns the server's address with another host and port.
func through(t testing.TB, dsn, addr string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = addr
	return u.String()
}
