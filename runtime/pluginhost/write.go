package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/plugins/protocol"
)

// Op is what a batch does; the values are those of leat.proto.
type Op uint8

// The operations.
const (
	OpSend    Op = iota + 1 // create or update by key, whichever applies
	OpCreate                // create; an existing record is outcome Exists
	OpUpdate                // update by destination id where known, else by key
	OpRekey                 // change the key of a record
	OpDelete                //
	OpArchive               //
	OpClear                 // empty the sent fields of an existing record
	OpAppend                // add a record without a key
)

// Outcome is what became of a row; the values are those of leat.proto.
type Outcome uint8

// The outcomes.
const (
	Created   Outcome = iota + 1
	Updated           //
	Unchanged         // the record held it already
	Absent            // nothing there to update or remove
	Exists            // create found a record and left it
	Rejected          // refused; see BatchResult.Rejections
	Retry             // nothing happened; send again later
	Unknown           // sent, no answer
	Removed           //
)

var opNames = [...]string{OpSend: "send", OpCreate: "create", OpUpdate: "update", OpRekey: "rekey",
	OpDelete: "delete", OpArchive: "archive", OpClear: "clear", OpAppend: "append"}

// always holds the outcomes that fit every operation.
var always = []Outcome{Rejected, Retry, Unknown}

// fitting holds, for each operation, the outcomes that fit it beside always.
var fitting = map[Op][]Outcome{
	OpSend:    {Created, Updated, Unchanged},
	OpCreate:  {Created, Exists},
	OpUpdate:  {Updated, Unchanged, Absent},
	OpRekey:   {Updated, Unchanged, Absent},
	OpDelete:  {Removed, Absent},
	OpArchive: {Removed, Absent},
	OpClear:   {Updated, Unchanged, Absent},
	OpAppend:  {Created},
}

// Column is a destination field with the type of its values.
type Column struct {
	Name string
	Type types.Type
}

// WriteOpen names the object of a write stream and its columns.
type WriteOpen struct {
	Object       string
	Key          []Column
	Fields       []Column
	ChangeSet    string // names the change set
	FinalReplace bool   // the stream carries the object's whole new content; end it with Commit
}

func (o WriteOpen) proto() *protocol.WriteOpen {
	return &protocol.WriteOpen{Object: o.Object, Key: columnsOf(o.Key), Fields: columnsOf(o.Fields), FinalReplace: o.FinalReplace, ChangeSet: o.ChangeSet}
}

func columnsOf(in []Column) []*protocol.Column {
	out := make([]*protocol.Column, len(in))
	for i, c := range in {
		out[i] = &protocol.Column{Name: c.Name, Type: c.Type.String()}
	}
	return out
}

// WriteSchema returns the Arrow schema a batch of the stream must have: row
// int64, dest utf8, k0.. the key, p0.. the key as last acknowledged (OpRekey
// only), f0.. the fields, s0.. bool: send this field. Values have the Arrow
// types of protocol.ArrowType.
func (o WriteOpen) WriteSchema(op Op) (*arrow.Schema, error) {
	return protocol.WriteSchema(o.proto(), op == OpRekey)
}

// WriteBatch is rows for one operation. The record has the columns of
// WriteSchema and stays the caller's.
type WriteBatch struct {
	Sequence int64 // unique in the stream
	Op       Op
	Record   arrow.RecordBatch
	Deadline time.Time // the plugin starts no request after it; zero for none
	Resend   bool      // an earlier attempt at these rows has an unknown outcome
}

// BatchResult answers one batch, row by row in the order of the batch.
type BatchResult struct {
	Sequence   int64
	Outcomes   []Outcome
	DestIDs    []string // nil, or one a row, "" where not known
	Rejections []Rejection
	RetryAfter time.Duration // for rows with outcome Retry; 0 when not known
	Requests   int64         // calls the batch cost
	Fault      Fault
}

// Rejection says why a row was refused. Text may hold values: state only.
type Rejection struct {
	Index     int // in the batch
	Class     RejectClass
	Code      string
	Field     string
	Text      string
	Transient bool
}

// RejectClass is the class of a refusal, in the words of plans and logs.
type RejectClass string

// rejectClasses maps leat.proto's classes by number.
var rejectClasses = map[protocol.RejectClass]RejectClass{
	protocol.RejectClass_REJECT_INVALID_VALUE:    "invalid_value",
	protocol.RejectClass_REJECT_UNKNOWN_FIELD:    "unknown_field",
	protocol.RejectClass_REJECT_READ_ONLY:        "read_only",
	protocol.RejectClass_REJECT_MISSING_REQUIRED: "missing_required",
	protocol.RejectClass_REJECT_CONFLICT:         "conflict",
	protocol.RejectClass_REJECT_NOT_FOUND:        "not_found",
	protocol.RejectClass_REJECT_PERMISSION:       "permission",
	protocol.RejectClass_REJECT_TOO_LARGE:        "too_large",
}

// RejectOther is the class of refusals that fit no other class.
const RejectOther RejectClass = "other"

// Throttle is what the destination says about a declared limit.
type Throttle struct {
	Limit     string
	Remaining int64
	Reset     time.Duration // until the window ends; 0 when not known
}

// Event is one message of a write stream: exactly one part is set.
type Event struct {
	Result   *BatchResult
	Throttle *Throttle
}

// WriteStream sends batches to the plugin. Send, Commit and CloseSend belong
// to one goroutine, Recv to one other.
type WriteStream struct {
	client *Client
	ctx    context.Context
	cancel context.CancelFunc
	stream protocol.Destination_WriteClient

	mu      sync.Mutex
	pending map[int64]sentBatch
	used    map[int64]bool
}

type sentBatch struct {
	op   Op
	rows int
}

// OpenWrite opens a write stream. Cancelling ctx cuts it; batches in flight
// then have an unknown outcome.
func (c *Client) OpenWrite(ctx context.Context, open WriteOpen) (*WriteStream, error) {
	streamCtx, cancel := context.WithCancel(ctx)
	stream, err := c.api.Write(streamCtx)
	if err == nil {
		err = stream.Send(&protocol.WriteRequest{Message: &protocol.WriteRequest_Open{Open: open.proto()}})
	}
	if err != nil {
		cancel()
		return nil, c.callError(ctx, "writing", err)
	}
	return &WriteStream{client: c, ctx: ctx, cancel: cancel, stream: stream,
		pending: make(map[int64]sentBatch), used: make(map[int64]bool)}, nil
}

// Send hands a batch to the plugin. It may wait for the plugin to take earlier
// ones. io.EOF says that the stream has ended: Recv has the reason.
func (s *WriteStream) Send(b WriteBatch) error {
	data, err := protocol.EncodeBatch(nil, b.Record)
	if err != nil {
		return err
	}
	const envelope = 1 << 10 // more than the other fields of the message need
	if len(data) > protocol.MaxMessageBytes-envelope || b.Record.NumRows() > protocol.MaxBatchRows {
		return &Error{Diagnostic: diag.New(diag.PluginRowTooLarge, s.client.spec.Range,
			"A batch of %d rows is %d bytes long; a plugin takes at most %d rows and %d bytes. Leave out the largest rows with `where`.",
			b.Record.NumRows(), len(data), protocol.MaxBatchRows, protocol.MaxMessageBytes)}
	}
	msg := &protocol.WriteBatch{Sequence: b.Sequence, Op: protocol.Op(b.Op), Arrow: data, Resend: b.Resend}
	if !b.Deadline.IsZero() {
		msg.DeadlineUnixMs = b.Deadline.UnixMilli()
	}
	if err := s.expect(b); err != nil {
		return err
	}
	return s.sendErr(s.stream.Send(&protocol.WriteRequest{Message: &protocol.WriteRequest_Batch{Batch: msg}}))
}

func (s *WriteStream) expect(b WriteBatch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[b.Sequence] {
		return fmt.Errorf("internal error: batch sequence %d used twice", b.Sequence)
	}
	s.used[b.Sequence] = true
	s.pending[b.Sequence] = sentBatch{b.Op, int(b.Record.NumRows())}
	return nil
}

func (s *WriteStream) sendErr(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return s.client.callError(s.ctx, "writing", err)
}

// Commit ends a FinalReplace stream: the plugin puts the content in place if
// it has received exactly this many rows. The outcomes follow.
func (s *WriteStream) Commit(rows int64) error {
	err := s.stream.Send(&protocol.WriteRequest{Message: &protocol.WriteRequest_Commit{Commit: &protocol.WriteCommit{Rows: rows}}})
	if err != nil {
		return s.sendErr(err)
	}
	return s.CloseSend()
}

// CloseSend says that no batch follows. Recv goes on until io.EOF.
func (s *WriteStream) CloseSend() error { return s.sendErr(s.stream.CloseSend()) }

// Recv waits for the next event. io.EOF is the orderly end: every batch was
// answered. On any other error the stream is over, and the batches of Pending
// have an unknown outcome; the error is an *Error, or ctx's own.
func (s *WriteStream) Recv() (Event, error) {
	msg, err := s.stream.Recv()
	if errors.Is(err, io.EOF) {
		if left := s.Pending(); len(left) > 0 {
			return Event{}, s.breach("The plugin ended the stream with %d batches unanswered.", len(left))
		}
		return Event{}, io.EOF
	}
	if err != nil {
		return Event{}, s.client.callError(s.ctx, "writing", err)
	}
	if t := msg.GetThrottle(); t != nil {
		return Event{Throttle: &Throttle{t.GetLimit(), t.GetRemaining(), millis(t.GetResetMs())}}, nil
	}
	result, err := s.result(msg.GetOutcome())
	if err != nil {
		return Event{}, err
	}
	return Event{Result: result}, nil
}

// Pending returns the sequences of batches sent and not answered, ascending.
func (s *WriteStream) Pending() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.pending))
}

// Close cuts the stream. It may be called at any time, and again.
func (s *WriteStream) Close() { s.cancel() }

func (s *WriteStream) breach(format string, args ...any) error {
	s.cancel()
	return s.client.contract(format+" Report this to the plugin's author.", args...)
}

// result holds an answer against the contract. The batch stays pending when it
// breaks it.
func (s *WriteStream) result(in *protocol.BatchOutcome) (*BatchResult, error) {
	if in == nil {
		return nil, s.breach("The plugin sent a message that is neither an outcome nor a throttle.")
	}
	seq := in.GetSequence()
	s.mu.Lock()
	sent, waiting := s.pending[seq]
	used := s.used[seq]
	s.mu.Unlock()
	switch {
	case !waiting && used:
		return nil, s.breach("The plugin answered batch %d twice.", seq)
	case !waiting:
		return nil, s.breach("The plugin answered batch %d, which was never sent.", seq)
	case len(in.GetOutcomes()) != sent.rows:
		return nil, s.breach("The plugin gave %d outcomes for the %d rows of batch %d.", len(in.GetOutcomes()), sent.rows, seq)
	case len(in.GetDestIds()) != 0 && len(in.GetDestIds()) != sent.rows:
		return nil, s.breach("The plugin gave %d destination ids for the %d rows of batch %d.", len(in.GetDestIds()), sent.rows, seq)
	case in.GetFault() != "" && !slices.Contains(faults, Fault(in.GetFault())):
		return nil, s.breach("The plugin named a fault of no known class for batch %d.", seq)
	}
	out := &BatchResult{Sequence: seq, Outcomes: make([]Outcome, sent.rows), DestIDs: in.GetDestIds(),
		RetryAfter: millis(in.GetRetryAfterMs()), Requests: max(0, in.GetRequests()), Fault: Fault(in.GetFault())}
	for i, b := range in.GetOutcomes() {
		o := Outcome(b)
		if !slices.Contains(always, o) && !slices.Contains(fitting[sent.op], o) {
			return nil, s.breach("The plugin gave row %d of batch %d outcome %d, which does not fit the operation %s.", i, seq, b, opNames[sent.op])
		}
		out.Outcomes[i] = o
	}
	if err := s.rejections(out, in.GetRejections()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.pending, seq)
	s.mu.Unlock()
	return out, nil
}

// rejections gives every rejected row exactly one reason, "other" where the
// plugin gave none.
func (s *WriteStream) rejections(out *BatchResult, in []*protocol.Rejection) error {
	reasons := make(map[int]Rejection, len(in))
	for _, r := range in {
		i := int(r.GetIndex())
		if i < 0 || i >= len(out.Outcomes) || out.Outcomes[i] != Rejected {
			return s.breach("The plugin gave a reason for row %d of batch %d, which it did not reject.", i, out.Sequence)
		}
		if _, twice := reasons[i]; twice {
			return s.breach("The plugin gave two reasons for row %d of batch %d.", i, out.Sequence)
		}
		class, ok := rejectClasses[r.GetClass()]
		if !ok {
			class = RejectOther
		}
		reasons[i] = Rejection{Index: i, Class: class, Code: r.GetCode(), Field: r.GetField(), Text: r.GetText(), Transient: r.GetTransient()}
	}
	for i, o := range out.Outcomes {
		if o != Rejected {
			continue
		}
		reason, ok := reasons[i]
		if !ok {
			reason = Rejection{Index: i, Class: RejectOther}
		}
		out.Rejections = append(out.Rejections, reason)
	}
	return nil
}

// millis converts a plugin's number, which may be nonsense.
func millis(n int64) time.Duration {
	return time.Duration(min(max(n, 0), int64(24*time.Hour/time.Millisecond))) * time.Millisecond
}
