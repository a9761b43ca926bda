package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/journal"
	"github.com/leat-dev/leat/runtime/pluginhost"
)

// Plugin makes a running plugin process fit for the engine. Close waits at
// most grace for calls in flight.
func Plugin(c *pluginhost.Client, grace time.Duration) engine.Plugin { return &plugin{c, grace} }

type plugin struct {
	client *pluginhost.Client
	grace  time.Duration
}

// hostError passes a plugin host's diagnostic on.
func hostError(err error) error {
	d, ok := pluginhost.DiagnosticOf(err)
	switch {
	case !ok:
		return err
	case d.Code == diag.PluginContract:
		return fmt.Errorf("%w: %s", engine.ErrContract, d.Detail)
	}
	return &engine.Diagnosed{Diagnostic: d}
}

func (p *plugin) Describe(ctx context.Context) (engine.Description, error) {
	d, digest, err := p.client.Describe(ctx)
	if err != nil {
		return engine.Description{}, hostError(err)
	}
	return engine.Description{Plugin: d.Plugin, Version: d.Version, Digest: digest}, nil
}

func (p *plugin) Configure(ctx context.Context, c engine.Config) ([]engine.Problem, error) {
	problems, err := p.client.Configure(ctx, pluginhost.Config{Region: c.Region, Values: c.Values, Objects: declaredOf(c.Objects)})
	return problemsOf(problems), hostError(err)
}

func declaredOf(in []engine.DeclaredObject) []pluginhost.DeclaredObject {
	out := make([]pluginhost.DeclaredObject, len(in))
	for i, o := range in {
		out[i] = pluginhost.DeclaredObject{Name: o.Name, Key: o.Key}
		for _, op := range o.Operations {
			out[i].Operations = append(out[i].Operations, pluginhost.DeclaredOperation{Name: op.Name, Request: schema.Request{
				Method: op.Method, Path: op.Path, Envelope: op.Envelope, Whole: op.Whole, IdempotencyHeader: op.IdempotencyHeader}})
		}
	}
	return out
}

func (p *plugin) Check(ctx context.Context) (string, []engine.Problem, error) {
	a, problems, err := p.client.Check(ctx)
	return a.Fingerprint, problemsOf(problems), hostError(err)
}

func problemsOf(in []pluginhost.Problem) []engine.Problem {
	out := make([]engine.Problem, len(in))
	for i, p := range in {
		out[i] = engine.Problem(p)
	}
	return out
}

func (p *plugin) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), p.grace)
	defer cancel()
	p.client.Close(ctx)
	return nil
}

// columnsOf parses the types; the plan's are well formed.
func columnsOf(in []engine.Column) ([]pluginhost.Column, error) {
	out := make([]pluginhost.Column, len(in))
	for i, c := range in {
		t, err := types.Parse(c.Type)
		if err != nil {
			return nil, fmt.Errorf("internal error: column %s of the plan: %w", c.Name, err)
		}
		out[i] = pluginhost.Column{Name: c.Name, Type: t}
	}
	return out, nil
}

func (p *plugin) Write(ctx context.Context, o engine.Open) (engine.Stream, error) {
	key, err := columnsOf(o.Key)
	if err != nil {
		return nil, err
	}
	fields, err := columnsOf(o.Fields)
	if err != nil {
		return nil, err
	}
	s, err := p.client.OpenWrite(ctx, pluginhost.WriteOpen{Object: o.Object, Key: key, Fields: fields, FinalReplace: o.Replace, ChangeSet: o.ChangeSet})
	if err != nil {
		return nil, hostError(err)
	}
	return &stream{s: s}, nil
}

func (p *plugin) Read(ctx context.Context, o engine.Open, keys arrow.RecordBatch) (engine.Found, error) {
	key, err := columnsOf(o.Key)
	if err != nil {
		return engine.Found{}, err
	}
	fields, err := columnsOf(o.Fields)
	if err != nil {
		return engine.Found{}, err
	}
	s, err := p.client.OpenRead(ctx, pluginhost.ReadOpen{Object: o.Object, Key: key, Fields: fields})
	if err != nil {
		return engine.Found{}, hostError(err)
	}
	defer s.Close()
	r, err := s.Read(keys)
	if err != nil {
		return engine.Found{}, hostError(err)
	}
	return engine.Found{Rows: r.Record, Fault: string(r.Fault), RetryAfter: r.RetryAfter}, nil
}

type stream struct {
	s    *pluginhost.WriteStream
	once sync.Once
}

var ops = map[string]pluginhost.Op{
	"send": pluginhost.OpSend, "create": pluginhost.OpCreate, "update": pluginhost.OpUpdate, "rekey": pluginhost.OpRekey,
	"delete": pluginhost.OpDelete, "archive": pluginhost.OpArchive, "clear": pluginhost.OpClear, "append": pluginhost.OpAppend,
}

func (s *stream) Send(b engine.Batch) error {
	err := s.s.Send(pluginhost.WriteBatch{Sequence: b.Sequence, Op: ops[b.Op], Record: b.Rows, Deadline: b.Deadline, Resend: b.Resend})
	if errors.Is(err, io.EOF) {
		return nil // the stream has ended: Recv has the reason
	}
	return hostError(err)
}

func (s *stream) Commit(rows int64) error {
	err := s.s.Commit(rows)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return hostError(err)
}

func (s *stream) Recv() (engine.Message, error) {
	e, err := s.s.Recv()
	switch {
	case err != nil:
		return engine.Message{}, hostError(err)
	case e.Throttle != nil:
		return engine.Message{Throttle: &engine.Throttle{Limit: e.Throttle.Limit, Remaining: e.Throttle.Remaining, Reset: e.Throttle.Reset}}, nil
	}
	r := e.Result
	a := &engine.Answer{Sequence: r.Sequence, Outcomes: make([]byte, len(r.Outcomes)), IDs: r.DestIDs, RetryAfter: r.RetryAfter,
		Requests: r.Requests, Fault: string(r.Fault)}
	for i, o := range r.Outcomes {
		a.Outcomes[i] = byte(o)
	}
	for _, j := range r.Rejections {
		a.Rejections = append(a.Rejections, journal.Rejection{Row: int64(j.Index), Class: string(j.Class), Code: j.Code, Field: j.Field, Text: j.Text, Transient: j.Transient})
	}
	return engine.Message{Answer: a}, nil
}

func (s *stream) Close() error {
	s.once.Do(s.s.Close)
	return nil
}
