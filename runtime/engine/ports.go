package engine

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/journal"
)

// Diagnosed is an error of a port that the user can mend: the engine reports
// its diagnostic and stops what needed the answer. Other errors of a plugin
// become a diagnostic of their own, other errors of state end the run.
type Diagnosed struct{ Diagnostic diag.Diagnostic }

// Error returns the diagnostic's code and summary.
func (d *Diagnosed) Error() string {
	return string(d.Diagnostic.Code) + ": " + d.Diagnostic.Summary
}

// ErrContract is wrapped by errors of a Stream that say the plugin broke the
// protocol.
var ErrContract = errors.New("contract violation")

// Plugin is a running plugin process. The methods are called in the order
// below; Write and Read from many goroutines. An error of any method means
// that the process or its answer cannot be used; it holds no row value.
type Plugin interface {
	// Describe names the plugin and digests what it says it can do, in the
	// same way as the plan's describe_digest.
	Describe(ctx context.Context) (Description, error)
	// Configure hands over the config block, once.
	Configure(ctx context.Context, config Config) ([]Problem, error)
	// Check proves the credentials and names the account.
	Check(ctx context.Context) (account string, problems []Problem, err error)
	// Write opens a stream for one activation. The context bounds the stream's
	// whole life.
	Write(ctx context.Context, open Open) (Stream, error)
	// Read looks records up. Columns of keys: row, dest, k0... The columns of
	// the answer are row, dest, k0.., f0..; a key without a match has no row.
	Read(ctx context.Context, open Open, keys arrow.RecordBatch) (Found, error)
	// Close ends the process.
	Close() error
}

// Description is what a plugin says about itself.
type Description struct {
	Plugin, Version string
	Digest          string
}

// Config is an evaluated config block. Values may be secrets.
type Config struct {
	Values  map[string]any // as JSON has them: string, float64, bool, ...
	Region  string
	Objects []DeclaredObject // that the plan's activations send to, ordered by name
}

// DeclaredObject is an object that the configuration declared.
type DeclaredObject struct {
	Name string
	plan.Declared
}

// Problem is a fault of the configuration or account, in the plugin's words,
// which hold neither secrets nor row values.
type Problem struct {
	Field, Summary, Detail string
}

// Open names the object and columns of a stream.
type Open struct {
	Object    string
	Key       []Column
	Fields    []Column
	Replace   bool   // the stream carries the object's whole new content
	ChangeSet string // digest of the change set whose rows are sent
}

// Column is a destination field with its type as users write it.
type Column struct {
	Name, Type string
}

// Stream is an open write stream. Send and Commit are called by one goroutine
// at a time, Recv by another one.
type Stream interface {
	Send(batch Batch) error
	// Commit ends a stream of Open.Replace after this many rows.
	Commit(rows int64) error
	// Recv returns the next message; after its first error no other follows.
	Recv() (Message, error)
	// Close gives the stream up. Recv then returns an error.
	Close() error
}

// Batch is rows of one operation. The stream does not keep Rows after Send.
type Batch struct {
	Sequence int64
	Op       string // of the change set: send, create, ...
	Rows     arrow.RecordBatch
	Deadline time.Time // the plugin starts no request after it
	Resend   bool      // an earlier attempt at these rows has an unknown outcome
}

// Message is an Answer or a Throttle; the other is nil.
type Message struct {
	Answer   *Answer
	Throttle *Throttle
}

// Answer is what a plugin says about one batch.
type Answer struct {
	Sequence   int64
	Outcomes   []byte              // one journal.Outcome a row, in batch order
	IDs        []string            // empty, or one a row
	Rejections []journal.Rejection // Row is the index in the batch
	RetryAfter time.Duration
	Requests   int64
	Fault      string // class of a batch-wide fault, one of the Fault constants; "" for none
}

// Classes of a batch-wide fault.
const (
	FaultThrottled    = "throttled"
	FaultServer       = "server"
	FaultTimeout      = "timeout"
	FaultAuth         = "auth"
	FaultNetwork      = "network"
	FaultDeadline     = "deadline"
	FaultInternal     = "internal"
	FaultSchema       = "schema"        // the object, or a field of it, is not what the plan relies on
	FaultInvalidBatch = "invalid_batch" // refused as a whole because of some row
)

// Throttle is news about a limit, from a vendor's response headers.
type Throttle struct {
	Limit     string
	Remaining int64
	Reset     time.Duration // until the limit is full again
}

// Found is the answer of Read. The caller releases Rows, which is nil with a
// Fault.
type Found struct {
	Rows       arrow.RecordBatch
	Fault      string
	RetryAfter time.Duration
}

// ChangeSet reads one activation's rows with the columns of the plugin
// protocol: row, dest, k0.., p0.. (only for op rekey), f0.., s0...
// Records come in any size and belong to the reader: they are valid until the
// next one is asked for.
type ChangeSet interface {
	// Rows yields the rows [from, to), which are of one operation, in order.
	Rows(ctx context.Context, from, to int64) iter.Seq2[arrow.RecordBatch, error]
	// Waiting returns the rows [from, to) that cannot be sent, in order: a record
	// that they refer to, which other activations were to write, is not there.
	// Like Rows, it is called after the steps that those rows wait for.
	Waiting(ctx context.Context, from, to int64) ([]int64, error)
	// Content yields the object's whole content after the apply, for objects
	// that are replaced. Rows of the change set keep their ordinal, the others
	// have ordinals from the change set's length on. Content without rows is one
	// record without rows.
	Content(ctx context.Context) iter.Seq2[arrow.RecordBatch, error]
}

// Head is the part of a state head that an apply is checked against. The zero
// Head stands for no state.
type Head struct {
	Lineage, Environment, Account, Object string
	Serial                                int64
	Plan                                  string // digest of the plan applied last
}

// State is the last acknowledged state of the plan's environment.
type State interface {
	// Head returns the head of the activation with this index in the plan.
	Head(ctx context.Context, activation int) (Head, error)
	// Commit brings the answers, each row at most once, and the local rows of
	// the change set into state and returns the new serial. complete says that
	// no answer is missing: a run that was stopped commits what it has, and the
	// run that resumes it commits everything again with the rest. Committing
	// the same answers again leaves the same state. account is the fingerprint
	// the plugin gave, "" in a run that started none.
	Commit(ctx context.Context, activation int, account string, complete bool, answers iter.Seq2[journal.Row, error]) (serial int64, err error)
}

// Claim is what a plan's folder says when a run claims it.
type Claim string

// The claims.
const (
	ClaimedNow    Claim = "claimed"
	ClaimedBefore Claim = "resumed" // by a run that did not finish
	AlreadyDone   Claim = "done"
)

// Folder is the stored plan's folder.
type Folder interface {
	// Dir is where the journal lives.
	Dir() string
	// Claim takes the plan for a run. A plan that is done stays so.
	Claim(run string) (Claim, error)
	// Release makes the plan open again: nothing was sent.
	Release() error
	// Done marks the plan as finished for good.
	Done() error
}
