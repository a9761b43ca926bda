package conformance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// row is one row of a batch: texts in canonical form.
type row struct {
	dest   string
	key    []string
	prior  []string
	fields map[string]*string // sent fields; nil is "clear"
}

// session is a plugin behind its gRPC service.
type session struct {
	h      *Harness
	api    protocol.DestinationClient
	object *protocol.Object
}

func open(t *testing.T, h *Harness) *session {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions()...)
	protocol.RegisterDestinationServer(server, sdk.NewServer(h.Plugin, nil))
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessageBytes), grpc.MaxCallSendMsgSize(protocol.MaxMessageBytes)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &session{h: h, api: protocol.NewDestinationClient(conn)}
	if h.Described.Name == h.Object {
		s.object = (&sdk.Schema{Objects: []sdk.Object{h.Described}}).Proto().GetObjects()[0]
	}
	for _, o := range s.describe(t).GetObjects() {
		if o.GetName() == h.Object {
			s.object = o
		}
	}
	return s
}

func (s *session) describe(t *testing.T) *protocol.Schema {
	t.Helper()
	out, err := s.api.Describe(t.Context(), &protocol.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return out.GetSchema()
}

// start opens, configures and resets.
func start(t *testing.T, h *Harness) *session {
	t.Helper()
	h.Reset(t)
	s := open(t, h)
	out, err := s.api.Configure(t.Context(), &protocol.ConfigureRequest{Config: configOf(t, h)})
	if err != nil || len(out.GetProblems()) > 0 {
		t.Fatalf("configure: %v %v", out.GetProblems(), err)
	}
	if s.object == nil {
		s.object = s.discovered(t)
	}
	t.Cleanup(func() { _, _ = s.api.Stop(context.Background(), &protocol.StopRequest{}) })
	return s
}

// discovered finds the object in the account's schema, for plugins whose
// description lists none.
func (s *session) discovered(t *testing.T) *protocol.Object {
	t.Helper()
	out, err := s.api.Discover(t.Context(), &protocol.DiscoverRequest{Objects: []string{s.h.Object}})
	if err != nil {
		t.Fatalf("object %q is not described, and discovery failed: %v", s.h.Object, err)
	}
	for _, o := range out.GetSchema().GetObjects() {
		if o.GetName() == s.h.Object {
			return o
		}
	}
	t.Fatalf("object %q is neither described nor discovered", s.h.Object)
	return nil
}

func configOf(t *testing.T, h *Harness) *protocol.Config {
	t.Helper()
	cfg := &protocol.Config{Region: h.Region, Values: make(map[string]string)}
	for name, v := range h.Config {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Values[name] = string(text)
	}
	for _, o := range h.Declared {
		cfg.Objects = append(cfg.Objects, o.Proto())
	}
	return cfg
}

func (s *session) operation(name string) *protocol.Operation {
	for _, op := range s.object.GetOperations() {
		if op.GetName() == name {
			return op
		}
	}
	return nil
}

func (s *session) open() *protocol.WriteOpen {
	return &protocol.WriteOpen{ChangeSet: "conformance", Object: s.h.Object, Key: columns(s.h.Key), Fields: columns(s.h.Fields),
		FinalReplace: s.object.GetReplace()}
}

func columns(in []sdk.Column) []*protocol.Column {
	out := make([]*protocol.Column, len(in))
	for i, c := range in {
		out[i] = &protocol.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

// write sends one batch on a stream of its own and returns its outcome, having
// checked that it answers every row once.
func (s *session) write(t *testing.T, op sdk.Op, rows ...row) *protocol.BatchOutcome {
	t.Helper()
	return s.writeBy(t, time.Time{}, op, rows...)
}

func (s *session) writeBy(t *testing.T, deadline time.Time, op sdk.Op, rows ...row) *protocol.BatchOutcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := s.api.Write(ctx)
	if err != nil {
		t.Fatal(err)
	}
	batch := &protocol.WriteBatch{Sequence: 1, Op: op, Arrow: s.encode(t, op, rows)}
	if !deadline.IsZero() {
		batch.DeadlineUnixMs = deadline.UnixMilli()
	}
	send := []*protocol.WriteRequest{
		{Message: &protocol.WriteRequest_Open{Open: s.open()}},
		{Message: &protocol.WriteRequest_Batch{Batch: batch}},
	}
	if s.object.GetReplace() {
		send = append(send, &protocol.WriteRequest{Message: &protocol.WriteRequest_Commit{Commit: &protocol.WriteCommit{Rows: int64(len(rows))}}})
	}
	for _, m := range send {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	for {
		msg, err := stream.Recv()
		if err != nil {
			t.Fatalf("the stream ended without an outcome: %v", err)
		}
		if out := msg.GetOutcome(); out != nil {
			wellFormed(t, out, len(rows))
			return out
		}
	}
}

func wellFormed(t *testing.T, out *protocol.BatchOutcome, rows int) {
	t.Helper()
	if len(out.GetOutcomes()) != rows {
		t.Fatalf("%d outcomes for %d rows", len(out.GetOutcomes()), rows)
	}
	if n := len(out.GetDestIds()); n != 0 && n != rows {
		t.Fatalf("%d destination ids for %d rows", n, rows)
	}
	for i, o := range out.GetOutcomes() {
		if o == 0 {
			t.Fatalf("row %d has no outcome", i)
		}
	}
}

func (s *session) encode(t *testing.T, op sdk.Op, rows []row) []byte {
	t.Helper()
	schema, err := protocol.WriteSchema(s.open(), op == sdk.Rekey)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i, r := range rows {
		next := 2
		put := func(text *string) {
			appendText(t, b.Field(next), text)
			next++
		}
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		appendText(t, b.Field(1), optional(r.dest))
		for k := range s.h.Key {
			put(&r.key[k])
		}
		if op == sdk.Rekey {
			for k := range s.h.Key {
				put(&r.prior[k])
			}
		}
		for _, f := range s.h.Fields {
			put(r.fields[f.Name])
		}
		for _, f := range s.h.Fields {
			_, sent := r.fields[f.Name]
			b.Field(next).(*array.BooleanBuilder).Append(sent)
			next++
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

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func appendText(t *testing.T, b array.Builder, text *string) {
	t.Helper()
	if text == nil {
		b.AppendNull()
		return
	}
	var err error
	switch tb := b.(type) {
	case *array.StringBuilder:
		tb.Append(*text)
	case *array.BinaryBuilder:
		var raw []byte
		raw, err = base64.StdEncoding.DecodeString(*text)
		tb.Append(raw)
	case *array.TimestampBuilder:
		var at time.Time
		at, err = time.Parse("2006-01-02T15:04:05.999999", strings.TrimSuffix(*text, "Z"))
		tb.Append(arrow.Timestamp(at.UnixMicro()))
	default:
		err = b.AppendValueFromString(*text)
	}
	if err != nil {
		t.Fatalf("sample text %q does not fit %s: %v", *text, b.Type(), err)
	}
}
