package sdk

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leat-dev/leat/plugins/protocol"
)

// maxInFlight bounds the batches of one stream that are worked on at once.
// The host keeps fewer in flight; this only guards the plugin's memory.
const maxInFlight = 64

// Server is the gRPC service over a plugin. Serve makes one; tests use it to
// run a plugin behind the real protocol without a process.
type Server struct {
	protocol.UnimplementedDestinationServer
	plugin   Plugin
	describe func() *protocol.Schema
	now      func() time.Time
	stopping atomic.Bool
	busy     sync.RWMutex // read-locked by every call into the connection, locked by Stop

	mu   sync.Mutex
	conn Connection
}

// NewServer makes the service. now is the clock deadlines are held against;
// nil means time.Now.
func NewServer(p Plugin, now func() time.Time) *Server {
	if now == nil {
		now = time.Now
	}
	return &Server{plugin: p, now: now, describe: sync.OnceValue(func() *protocol.Schema { return Describe(p) })}
}

// Describe implements the service.
func (s *Server) Describe(context.Context, *protocol.DescribeRequest) (*protocol.DescribeResponse, error) {
	return &protocol.DescribeResponse{Schema: s.describe()}, nil
}

// ValidateConfig implements the service.
func (s *Server) ValidateConfig(_ context.Context, in *protocol.ValidateConfigRequest) (*protocol.ValidateConfigResponse, error) {
	_, problems := s.config(in.GetConfig())
	return &protocol.ValidateConfigResponse{Problems: protoProblems(problems)}, nil
}

func (s *Server) config(in *protocol.Config) (*Config, []Problem) {
	cfg, problems := decodeConfig(s.plugin.Describe().Config, in)
	if v, ok := s.plugin.(Validator); ok && len(problems) == 0 {
		problems = v.ValidateConfig(cfg)
	}
	return cfg, problems
}

// Configure implements the service. A second successful call is refused.
func (s *Server) Configure(ctx context.Context, in *protocol.ConfigureRequest) (*protocol.ConfigureResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		return nil, status.Error(codes.FailedPrecondition, "configured already")
	}
	cfg, problems := s.config(in.GetConfig())
	if len(problems) == 0 {
		var conn Connection
		if conn, problems = s.plugin.Configure(ctx, cfg); len(problems) == 0 {
			s.conn = conn
		}
	}
	return &protocol.ConfigureResponse{Problems: protoProblems(problems)}, nil
}

func (s *Server) connection() (Connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil, status.Error(codes.FailedPrecondition, "not configured")
	}
	return s.conn, nil
}

// Check implements the service.
func (s *Server) Check(ctx context.Context, _ *protocol.CheckRequest) (*protocol.CheckResponse, error) {
	conn, err := s.connection()
	if err != nil {
		return nil, err
	}
	s.busy.RLock()
	defer s.busy.RUnlock()
	account, problems, err := conn.Check(s.rule(ctx, time.Time{}))
	if err != nil {
		return nil, faultStatus(err)
	}
	return &protocol.CheckResponse{Account: account.Fingerprint, AccountLabel: account.Label,
		Problems: protoProblems(problems)}, nil
}

// Discover implements the service.
func (s *Server) Discover(ctx context.Context, in *protocol.DiscoverRequest) (*protocol.DiscoverResponse, error) {
	conn, err := s.connection()
	if err != nil {
		return nil, err
	}
	d, ok := conn.(Discoverer)
	if !ok {
		return nil, status.Error(codes.Unimplemented, "this destination has no schema to discover")
	}
	s.busy.RLock()
	defer s.busy.RUnlock()
	schema, problems, err := d.Discover(s.rule(ctx, time.Time{}), in.GetObjects())
	if err != nil {
		return nil, faultStatus(err)
	}
	out := &protocol.DiscoverResponse{Problems: protoProblems(problems)}
	if schema != nil {
		out.Schema = schema.Proto()
	}
	return out, nil
}

// Stop implements the service: no further request starts; it returns when the
// calls in flight have ended and the connection is closed.
func (s *Server) Stop(context.Context, *protocol.StopRequest) (*protocol.StopResponse, error) {
	s.stopping.Store(true)
	s.busy.Lock()
	defer s.busy.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close() // the process ends; there is nobody left to tell
		s.conn = nil
	}
	return &protocol.StopResponse{}, nil
}

func (s *Server) rule(ctx context.Context, deadline time.Time) context.Context {
	return context.WithValue(ctx, startKey{}, startRule{deadline: deadline, stopping: s.stopping.Load, now: s.now})
}

func protoProblems(in []Problem) []*protocol.Problem {
	var out []*protocol.Problem
	for _, p := range in {
		out = append(out, &protocol.Problem{Field: p.Field, Summary: p.Summary, Detail: p.Detail})
	}
	return out
}

// faultCodes gives each fault class the gRPC status that carries it where a
// response has no field for it.
var faultCodes = map[FaultClass]codes.Code{
	FaultThrottled: codes.ResourceExhausted, FaultServer: codes.Unavailable, FaultTimeout: codes.DeadlineExceeded,
	FaultAuth: codes.Unauthenticated, FaultNetwork: codes.Unavailable, FaultDeadline: codes.Canceled, FaultInternal: codes.Internal,
	FaultInvalidBatch: codes.InvalidArgument, FaultSchema: codes.FailedPrecondition,
}

func faultStatus(err error) error {
	f := faultOf(err)
	return status.Error(faultCodes[f.Class], protocol.FaultPrefix+string(f.Class)+" "+f.Code)
}
