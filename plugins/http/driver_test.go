package http_test

import (
	"context"
	"net"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leat-dev/leat/plugins/http"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// driver is a configured plugin behind its gRPC service.
type driver struct{ api protocol.DestinationClient }

func drive(t *testing.T, values map[string]string, objects ...sdk.DeclaredObject) (*driver, *protocol.ConfigureResponse) {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions()...)
	protocol.RegisterDestinationServer(server, sdk.NewServer(http.New(), nil))
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d := &driver{protocol.NewDestinationClient(conn)}
	cfg := &protocol.Config{Values: values}
	for _, o := range objects {
		cfg.Objects = append(cfg.Objects, o.Proto())
	}
	out, err := d.api.Configure(t.Context(), &protocol.ConfigureRequest{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return d, out
}

// cell is a value of a row: its text, and whether it is sent. An empty text is
// null.
type cell struct {
	text string
	sent bool
}

// row is the texts of the key, and the fields.
type row struct {
	key    []string
	fields []cell
}

// write sends one batch.
func (d *driver) write(t *testing.T, op sdk.Op, key, fields []sdk.Column, rows ...row) *protocol.BatchOutcome {
	t.Helper()
	open := &protocol.WriteOpen{Object: "members", ChangeSet: "set"}
	for _, c := range key {
		open.Key = append(open.Key, &protocol.Column{Name: c.Name, Type: c.Type})
	}
	for _, c := range fields {
		open.Fields = append(open.Fields, &protocol.Column{Name: c.Name, Type: c.Type})
	}
	schema, err := protocol.WriteSchema(open, false)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	put := func(at int, text string) {
		if err := b.Field(at).AppendValueFromString(text); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).AppendNull()
		for k, text := range r.key {
			put(2+k, text)
		}
		at := 2 + len(key)
		for f, c := range r.fields {
			if c.text == "" {
				b.Field(at + f).AppendNull()
			} else {
				put(at+f, c.text)
			}
			b.Field(at + len(fields) + f).(*array.BooleanBuilder).Append(c.sent)
		}
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	data, err := protocol.EncodeBatch(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := d.api.Write(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*protocol.WriteRequest{
		{Message: &protocol.WriteRequest_Open{Open: open}},
		{Message: &protocol.WriteRequest_Batch{Batch: &protocol.WriteBatch{Sequence: 1, Op: op, Arrow: data}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	msg, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return msg.GetOutcome()
}
