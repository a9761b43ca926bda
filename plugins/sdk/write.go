package sdk

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Write implements the service. Batches of a stream are worked on at once, as
// many as the host has sent; those of a final_replace stream in order.
func (s *Server) Write(stream protocol.Destination_WriteServer) error {
	conn, err := s.connection()
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	if open == nil {
		return status.Error(codes.InvalidArgument, "the first message must open the stream")
	}
	if _, err := protocol.WriteSchema(open, true); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	w := &writer{server: s, open: open, stream: stream}
	if open.GetFinalReplace() {
		r, ok := conn.(Replacer)
		if !ok {
			return status.Error(codes.Unimplemented, "this destination does not replace objects")
		}
		return w.replace(stream.Context(), r)
	}
	return w.run(stream.Context(), conn)
}

// writer serves one write stream.
type writer struct {
	server *Server
	open   *protocol.WriteOpen
	stream protocol.Destination_WriteServer
	mu     sync.Mutex // Send of a gRPC stream takes one caller at a time
}

func (w *writer) send(out *protocol.WriteResponse) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stream.Send(out)
}

func (w *writer) sendOutcome(out *protocol.BatchOutcome) error {
	return w.send(&protocol.WriteResponse{Message: &protocol.WriteResponse_Outcome{Outcome: out}})
}

func (w *writer) outcomes(n int) *Outcomes {
	out := NewOutcomes(n)
	out.throttle = func(t Throttle) {
		_ = w.send(&protocol.WriteResponse{Message: &protocol.WriteResponse_Throttle{Throttle: &protocol.Throttle{
			Limit: t.Limit, Remaining: t.Remaining, ResetMs: t.Reset.Milliseconds()}}}) // advice: a broken stream shows elsewhere
	}
	return out
}

func (w *writer) run(ctx context.Context, conn Connection) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, maxInFlight)
	for {
		msg, err := w.stream.Recv()
		if errors.Is(err, io.EOF) {
			wg.Wait()
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		in := msg.GetBatch()
		if in == nil {
			return status.Error(codes.InvalidArgument, "expected a batch")
		}
		batch, err := decodeBatch(w.open, in)
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			defer batch.release()
			out := w.outcomes(batch.Len())
			fault := w.attempt(ctx, batch, out, conn.Write)
			if err := w.sendOutcome(out.proto(in.GetSequence(), fault)); err != nil {
				cancel(err)
			}
		})
	}
}

// attempt runs the plugin once over a batch. A panic of the plugin costs the
// batch, not the process: other batches may be in flight.
func (w *writer) attempt(ctx context.Context, batch *Batch, out *Outcomes,
	run func(context.Context, *Batch, *Outcomes) error) (fault *Fault) {
	fault = w.server.guarded(ctx, batch.Deadline, func(ctx context.Context) error { return run(ctx, batch, out) })
	if fault != nil {
		out.fail(fault)
	}
	return fault
}

// guarded calls into the connection unless the deadline has passed or the
// plugin is stopping. A panic becomes an internal fault.
func (s *Server) guarded(ctx context.Context, deadline time.Time, call func(context.Context) error) (fault *Fault) {
	s.busy.RLock()
	defer s.busy.RUnlock()
	defer func() {
		if recover() != nil { // the panic's text may hold values
			fault = &Fault{Class: FaultInternal, Sent: true}
		}
	}()
	ctx = s.rule(ctx, deadline)
	if err := MayStart(ctx); err != nil {
		return faultOf(err)
	}
	if err := call(ctx); err != nil {
		return faultOf(err)
	}
	return nil
}

// pending is a batch of a final_replace stream whose outcome waits for the
// commit.
type pending struct {
	sequence int64
	out      *Outcomes
}

func (w *writer) replace(ctx context.Context, r Replacer) error {
	var next Replacement
	begin := func(ctx context.Context) (err error) {
		next, err = r.Replace(ctx, targetOf(w.open))
		return err
	}
	if fault := w.server.guarded(ctx, time.Time{}, begin); fault != nil {
		return faultStatus(fault)
	}
	committed := false
	defer func() {
		if !committed {
			next.Abort()
		}
	}()
	var waiting []pending
	rows := int64(0)
	for {
		msg, err := w.stream.Recv()
		if err != nil {
			return err // also end of stream: without a commit nothing changes
		}
		if commit := msg.GetCommit(); commit != nil {
			if commit.GetRows() != rows {
				return status.Errorf(codes.InvalidArgument, "%d rows came, %d were announced", rows, commit.GetRows())
			}
			committed = true
			return w.commit(ctx, next, waiting)
		}
		batch, err := decodeBatch(w.open, msg.GetBatch())
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		rows += int64(batch.Len())
		out := w.outcomes(batch.Len())
		fault := w.server.guarded(ctx, batch.Deadline, func(ctx context.Context) error { return next.Add(ctx, batch, out) })
		batch.release()
		if fault != nil {
			return faultStatus(fault)
		}
		waiting = append(waiting, pending{msg.GetBatch().GetSequence(), out})
	}
}

func (w *writer) commit(ctx context.Context, next Replacement, waiting []pending) error {
	begun := false
	fault := w.server.guarded(ctx, time.Time{}, func(ctx context.Context) error {
		begun = true
		return next.Commit(ctx)
	})
	if !begun { // stopping
		next.Abort()
	}
	for _, p := range waiting {
		if fault != nil {
			p.out = NewOutcomes(p.out.Len()) // what Add recorded did not come to be
			p.out.fail(fault)
		} else {
			p.out.fill(protocol.Outcome_OUTCOME_UPDATED)
		}
		if err := w.sendOutcome(p.out.proto(p.sequence, fault)); err != nil {
			return err
		}
	}
	return nil
}

func targetOf(open *protocol.WriteOpen) Target {
	return Target{Object: open.GetObject(), Key: columnsOf(open.GetKey()), Fields: columnsOf(open.GetFields())}
}

func columnsOf(in []*protocol.Column) []Column {
	out := make([]Column, len(in))
	for i, c := range in {
		out[i] = Column{Name: c.GetName(), Type: c.GetType()}
	}
	return out
}
