package sdk

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Read implements the service: one batch of keys at a time, answered in order.
func (s *Server) Read(stream protocol.Destination_ReadServer) error {
	conn, err := s.connection()
	if err != nil {
		return err
	}
	reader, ok := conn.(Reader)
	if !ok {
		return status.Error(codes.Unimplemented, "this destination cannot be read")
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	if open == nil {
		return status.Error(codes.InvalidArgument, "the first message must open the stream")
	}
	for {
		msg, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		result, err := s.lookUp(stream.Context(), reader, open, msg.GetKeys())
		if err != nil {
			return err
		}
		if err := stream.Send(result); err != nil {
			return err
		}
	}
}

func (s *Server) lookUp(ctx context.Context, reader Reader, open *protocol.ReadOpen, in *protocol.ReadKeys) (*protocol.ReadResult, error) {
	lookup, found, err := decodeLookup(open, in)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	defer found.release()
	f := s.guarded(ctx, time.Time{}, func(ctx context.Context) error { return reader.Read(ctx, lookup, found) })
	if f != nil {
		return &protocol.ReadResult{Sequence: in.GetSequence(), Fault: string(f.Class), RetryAfterMs: f.RetryAfter.Milliseconds()}, nil
	}
	data, err := found.encode()
	if err != nil {
		return &protocol.ReadResult{Sequence: in.GetSequence(), Fault: protocol.FaultInternal}, nil
	}
	return &protocol.ReadResult{Sequence: in.GetSequence(), Arrow: data}, nil
}
