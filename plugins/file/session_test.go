package file_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leat-dev/leat/plugins/file"
	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// open starts the plugin behind its gRPC service.
func open(t testing.TB) protocol.DestinationClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions()...)
	protocol.RegisterDestinationServer(server, sdk.NewServer(file.New(), nil))
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return protocol.NewDestinationClient(conn)
}

func configOf(t testing.TB, values map[string]string) *protocol.Config {
	t.Helper()
	cfg := &protocol.Config{Values: map[string]string{}}
	for name, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Values[name] = string(text)
	}
	return cfg
}

func configure(t testing.TB, values map[string]string) protocol.DestinationClient {
	t.Helper()
	api := open(t)
	out, err := api.Configure(context.Background(), &protocol.ConfigureRequest{Config: configOf(t, values)})
	if err != nil || len(out.GetProblems()) > 0 {
		t.Fatal(out.GetProblems(), err)
	}
	t.Cleanup(func() { _, _ = api.Stop(context.Background(), &protocol.StopRequest{}) })
	return api
}

// null is a row's text for a null.
const null = "\x00null"

// batchSize is how many rows of a replacement come in a batch.
const batchSize = 250

// begin opens a replacement of an object with columns such as "id: int" and
// sends the rows in batches, but no commit.
func begin(ctx context.Context, t testing.TB, api protocol.DestinationClient, object string, columns []string, rows ...[]string) protocol.Destination_WriteClient {
	t.Helper()
	open := &protocol.WriteOpen{Object: object, FinalReplace: true}
	for i, c := range columns {
		name, typ, _ := strings.Cut(c, ": ")
		if i == 0 {
			open.Key = append(open.Key, &protocol.Column{Name: name, Type: typ})
			continue
		}
		open.Fields = append(open.Fields, &protocol.Column{Name: name, Type: typ})
	}
	stream, err := api.Write(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&protocol.WriteRequest{Message: &protocol.WriteRequest_Open{Open: open}}); err != nil {
		t.Fatal(err)
	}
	sequence := int64(0)
	for chunk := range slices.Chunk(rows, batchSize) {
		sequence++
		m := &protocol.WriteRequest{Message: &protocol.WriteRequest_Batch{Batch: &protocol.WriteBatch{
			Sequence: sequence, Op: sdk.Send, Arrow: encode(t, open, chunk)}}}
		if stream.Send(m) != nil {
			break // Recv has the error
		}
	}
	return stream
}

func encode(t testing.TB, open *protocol.WriteOpen, rows [][]string) []byte {
	t.Helper()
	schema, err := protocol.WriteSchema(open, false)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i, r := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).AppendNull()
		for c, text := range r {
			var err error
			switch tb := b.Field(2 + c).(type) {
			case *array.StringBuilder:
				if text != null {
					tb.Append(text)
				}
			case *array.BinaryBuilder:
				var raw []byte
				if raw, err = base64.StdEncoding.DecodeString(text); text != null {
					tb.Append(raw)
				}
			default:
				if text != null {
					err = tb.AppendValueFromString(text)
				}
			}
			if text == null {
				b.Field(2 + c).AppendNull()
			} else if err != nil {
				t.Fatal(err)
			}
		}
		for f := range len(r) - 1 {
			b.Field(2 + len(r) + f).(*array.BooleanBuilder).Append(true)
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

// replace sends a whole replacement and returns the outcomes in short, or the
// stream's error.
func replace(t testing.TB, api protocol.DestinationClient, object string, columns []string, rows ...[]string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream := begin(ctx, t, api, object, columns, rows...)
	_ = stream.Send(&protocol.WriteRequest{Message: &protocol.WriteRequest_Commit{Commit: &protocol.WriteCommit{Rows: int64(len(rows))}}})
	var got []string
	for range (len(rows) + batchSize - 1) / batchSize {
		msg, err := stream.Recv()
		if err != nil {
			return err.Error()
		}
		for _, o := range msg.GetOutcome().GetOutcomes() {
			got = append(got, strings.ToLower(strings.TrimPrefix(protocol.Outcome(o).String(), "OUTCOME_")))
		}
		if f := msg.GetOutcome().GetFault(); f != "" {
			got = append(got, "fault "+f)
		}
	}
	if len(rows) == 0 {
		if _, err := stream.Recv(); err.Error() != "EOF" {
			return err.Error()
		}
	}
	return strings.Join(got, ", ")
}

func content(t testing.TB, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// files lists what is below a folder.
func files(t testing.TB, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(names)
}
