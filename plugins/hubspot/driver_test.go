package hubspot_test

import (
	"context"
	"encoding/json"
	"net"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leat-dev/leat/plugins/hubspot"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// connect configures the plugin behind its gRPC service.
func connect(t *testing.T, baseURL string) protocol.DestinationClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions()...)
	protocol.RegisterDestinationServer(server, sdk.NewServer(hubspot.New(), nil))
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	api := protocol.NewDestinationClient(conn)
	values := map[string]string{}
	for name, v := range map[string]any{"access_token": token, "base_url": baseURL} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		values[name] = string(text)
	}
	out, err := api.Configure(t.Context(), &protocol.ConfigureRequest{Config: &protocol.Config{Values: values}})
	if err != nil || len(out.GetProblems()) > 0 {
		t.Fatalf("configure: %v %v", out.GetProblems(), err)
	}
	return api
}

// row of a batch with one key and one field, both texts. A nil value is not
// sent, an empty one is sent as null.
type row struct {
	dest, key, prior string
	value            *string
}

func text(s string) *string { return &s }

func deliver(t *testing.T, api protocol.DestinationClient, object, key, field string, op sdk.Op, rows ...row) *protocol.BatchOutcome {
	t.Helper()
	open := &protocol.WriteOpen{Object: object, Key: []*protocol.Column{{Name: key, Type: "string"}}, Fields: []*protocol.Column{{Name: field, Type: "string"}}}
	schema, err := protocol.WriteSchema(open, op == sdk.Rekey)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := api.Write(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*protocol.WriteRequest{
		{Message: &protocol.WriteRequest_Open{Open: open}},
		{Message: &protocol.WriteRequest_Batch{Batch: &protocol.WriteBatch{Sequence: 1, Op: op, Arrow: encode(t, schema, op == sdk.Rekey, rows)}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	for {
		msg, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if out := msg.GetOutcome(); out != nil {
			return out
		}
	}
}

func encode(t *testing.T, schema *arrow.Schema, prior bool, rows []row) []byte {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i, r := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		texts := []*string{&r.dest, &r.key}
		if prior {
			texts = append(texts, &r.prior)
		}
		for at, v := range append(texts, r.value) {
			if col := b.Field(1 + at).(*array.StringBuilder); v == nil || *v == "" {
				col.AppendNull()
			} else {
				col.Append(*v)
			}
		}
		b.Field(2 + len(texts)).(*array.BooleanBuilder).Append(r.value != nil)
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	data, err := protocol.EncodeBatch(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
