package pluginhost

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/plugins/protocol"
)

// ReadOpen names what to read.
type ReadOpen struct {
	Object string
	Key    []Column
	Fields []Column
}

func (o ReadOpen) proto() *protocol.ReadOpen {
	return &protocol.ReadOpen{Object: o.Object, Key: columnsOf(o.Key), Fields: columnsOf(o.Fields)}
}

// Schemas returns the Arrow schemas of the keys asked for (row int64, dest
// utf8, k0..) and of the records found (row, dest, k0.., f0..).
func (o ReadOpen) Schemas() (keys, found *arrow.Schema, err error) {
	return protocol.ReadSchemas(o.proto())
}

// ReadStream looks records up. It belongs to one goroutine.
type ReadStream struct {
	client *Client
	ctx    context.Context
	cancel context.CancelFunc
	stream protocol.Destination_ReadClient
	found  *arrow.Schema
	next   int64
}

// ReadResult answers one batch of keys. With a fault there is no record.
type ReadResult struct {
	// Record holds the records found: none for a key without a match, several
	// for one with several. row is the number given with the key. The caller
	// releases it.
	Record     arrow.RecordBatch
	Fault      Fault
	RetryAfter time.Duration
}

// OpenRead opens a read stream.
func (c *Client) OpenRead(ctx context.Context, open ReadOpen) (*ReadStream, error) {
	_, found, err := open.Schemas()
	if err != nil {
		return nil, err
	}
	streamCtx, cancel := context.WithCancel(ctx)
	stream, err := c.api.Read(streamCtx)
	if err == nil {
		err = stream.Send(&protocol.ReadRequest{Message: &protocol.ReadRequest_Open{Open: open.proto()}})
	}
	if err != nil {
		cancel()
		return nil, c.callError(ctx, "reading records", err)
	}
	return &ReadStream{client: c, ctx: ctx, cancel: cancel, stream: stream, found: found}, nil
}

// Read looks one batch of keys up and waits for the answer. Errors are an
// *Error or ctx's own; the stream is over then.
func (s *ReadStream) Read(keys arrow.RecordBatch) (ReadResult, error) {
	data, err := protocol.EncodeBatch(nil, keys)
	if err != nil {
		return ReadResult{}, err
	}
	s.next++
	err = s.stream.Send(&protocol.ReadRequest{Message: &protocol.ReadRequest_Keys{Keys: &protocol.ReadKeys{Sequence: s.next, Arrow: data}}})
	if err != nil && !errors.Is(err, io.EOF) {
		return ReadResult{}, s.client.callError(s.ctx, "reading records", err)
	}
	in, err := s.stream.Recv() // after io.EOF of Send it has the reason
	switch {
	case errors.Is(err, io.EOF):
		return ReadResult{}, s.client.contract("The plugin ended the read stream before it answered. Report this to the plugin's author.")
	case err != nil:
		return ReadResult{}, s.client.callError(s.ctx, "reading records", err)
	case in.GetSequence() != s.next:
		return ReadResult{}, s.client.contract("The plugin answered read %d when %d was asked. Report this to the plugin's author.", in.GetSequence(), s.next)
	case in.GetFault() != "":
		return ReadResult{Fault: Fault(in.GetFault()), RetryAfter: millis(in.GetRetryAfterMs())}, nil
	}
	rec, err := protocol.DecodeBatch(in.GetArrow(), s.found)
	if err != nil {
		return ReadResult{}, s.client.contract("The plugin's answer to a read is malformed. Report this to the plugin's author.")
	}
	if !rowsWithin(rec, keys) {
		rec.Release()
		return ReadResult{}, s.client.contract("The plugin's answer to a read holds a row that was not asked for. Report this to the plugin's author.")
	}
	return ReadResult{Record: rec}, nil
}

// rowsWithin reports whether every record found belongs to a key asked for.
func rowsWithin(found, keys arrow.RecordBatch) bool {
	asked := make(map[int64]bool, keys.NumRows())
	for _, row := range keys.Column(0).(*array.Int64).Int64Values() {
		asked[row] = true
	}
	for _, row := range found.Column(0).(*array.Int64).Int64Values() {
		if !asked[row] {
			return false
		}
	}
	return true
}

// Close ends the stream. It may be called again.
func (s *ReadStream) Close() { s.cancel() }
