//go:build duckdb_arrow

package run

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/journal"
	"github.com/leat-dev/leat/runtime/pluginhost"
)

// diagnosed hands a plugin host's diagnostic on in the engine's form.
func diagnosed(err error) error {
	if d, ok := pluginhost.DiagnosticOf(err); ok {
		return &engine.Diagnosed{Diagnostic: d}
	}
	return err
}

// plugin is a process as the engine sees it.
type plugin struct{ client *pluginhost.Client }

func (p plugin) Describe(ctx context.Context) (engine.Description, error) {
	s, digest, err := p.client.Describe(ctx)
	if err != nil {
		return engine.Description{}, diagnosed(err)
	}
	return engine.Description{Plugin: s.Plugin, Version: s.Version, Digest: digest}, nil
}

func (p plugin) Configure(ctx context.Context, c engine.Config) ([]engine.Problem, error) {
	problems, err := p.client.Configure(ctx, pluginhost.Config{Region: c.Region, Values: c.Values})
	return problemsOf(problems), diagnosed(err)
}

func (p plugin) Check(ctx context.Context) (string, []engine.Problem, error) {
	account, problems, err := p.client.Check(ctx)
	return account.Fingerprint, problemsOf(problems), diagnosed(err)
}

func (p plugin) Close() error {
	p.client.Close(context.Background())
	return nil
}

func problemsOf(in []pluginhost.Problem) []engine.Problem {
	out := make([]engine.Problem, len(in))
	for i, p := range in {
		out[i] = engine.Problem(p)
	}
	return out
}

func columns(in []engine.Column) ([]pluginhost.Column, error) {
	out := make([]pluginhost.Column, len(in))
	for i, c := range in {
		t, err := types.Parse(c.Type)
		if err != nil {
			return nil, fmt.Errorf("plan: column %q: %w", c.Name, err)
		}
		out[i] = pluginhost.Column{Name: c.Name, Type: t}
	}
	return out, nil
}

func (p plugin) Write(ctx context.Context, open engine.Open) (engine.Stream, error) {
	key, err1 := columns(open.Key)
	fields, err2 := columns(open.Fields)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	s, err := p.client.OpenWrite(ctx, pluginhost.WriteOpen{Object: open.Object, Key: key, Fields: fields, FinalReplace: open.Replace})
	if err != nil {
		return nil, diagnosed(err)
	}
	return stream{s}, nil
}

func (p plugin) Read(ctx context.Context, open engine.Open, keys arrow.RecordBatch) (engine.Found, error) {
	key, err1 := columns(open.Key)
	fields, err2 := columns(open.Fields)
	if err := errors.Join(err1, err2); err != nil {
		return engine.Found{}, err
	}
	s, err := p.client.OpenRead(ctx, pluginhost.ReadOpen{Object: open.Object, Key: key, Fields: fields})
	if err != nil {
		return engine.Found{}, diagnosed(err)
	}
	defer s.Close()
	r, err := s.Read(keys)
	if err != nil {
		return engine.Found{}, diagnosed(err)
	}
	return engine.Found{Rows: r.Record, Fault: string(r.Fault), RetryAfter: r.RetryAfter}, nil
}

// stream is a write stream as the engine sees it.
type stream struct{ s *pluginhost.WriteStream }

// ops are the change set's operations in the protocol's numbers.
var ops = map[string]pluginhost.Op{
	"send": pluginhost.OpSend, "create": pluginhost.OpCreate, "update": pluginhost.OpUpdate, "rekey": pluginhost.OpRekey,
	"delete": pluginhost.OpDelete, "archive": pluginhost.OpArchive, "clear": pluginhost.OpClear, "append": pluginhost.OpAppend,
}

func (s stream) Send(b engine.Batch) error {
	op, ok := ops[b.Op]
	if !ok {
		return fmt.Errorf("plan: unknown operation %q", b.Op)
	}
	return s.s.Send(pluginhost.WriteBatch{Sequence: b.Sequence, Op: op, Record: b.Rows, Deadline: b.Deadline, Resend: b.Resend})
}

func (s stream) Commit(rows int64) error { return s.s.Commit(rows) }

func (s stream) Close() error {
	s.s.Close()
	return nil
}

func (s stream) Recv() (engine.Message, error) {
	e, err := s.s.Recv()
	switch {
	case err != nil:
		if errors.Is(err, io.EOF) {
			return engine.Message{}, io.EOF
		}
		return engine.Message{}, diagnosed(err)
	case e.Throttle != nil:
		t := engine.Throttle(*e.Throttle)
		return engine.Message{Throttle: &t}, nil
	}
	r := e.Result
	a := engine.Answer{Sequence: r.Sequence, Outcomes: make([]byte, len(r.Outcomes)), IDs: r.DestIDs,
		RetryAfter: r.RetryAfter, Requests: r.Requests, Fault: string(r.Fault)}
	for i, o := range r.Outcomes {
		a.Outcomes[i] = byte(o)
	}
	for _, x := range r.Rejections {
		a.Rejections = append(a.Rejections, journal.Rejection{Row: int64(x.Index), Class: string(x.Class), Code: x.Code, Field: x.Field, Text: x.Text, Transient: x.Transient})
	}
	return engine.Message{Answer: &a}, nil
}
