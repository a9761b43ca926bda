package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The operations of the API, as the log and the faults name them.
const (
	opCreate         = "create"
	opUpdate         = "update"
	opUpsert         = "upsert"
	opArchive        = "archive"
	opRead           = "read"
	opSearch         = "search"
	opList           = "list"
	opProperties     = "properties"
	opProperty       = "property"
	opCreateProperty = "create_property"
	opSchemas        = "schemas"
	opAccount        = "account"

	opSeed = "seed" // of commits only
)

var operations = []string{opCreate, opUpdate, opUpsert, opArchive, opRead, opSearch, opList, opProperties, opProperty, opCreateProperty, opSchemas, opAccount}

// writes reports whether an operation is a batch that changes records.
func writes(op string) bool {
	return slices.Contains([]string{opCreate, opUpdate, opUpsert, opArchive}, op)
}

// maxBody is the largest request body that is read, in bytes.
const maxBody = 16 << 20

// Server is a sandbox. It is an http.Handler and safe for concurrent use.
type Server struct {
	opt     Options
	handler http.Handler

	mu        sync.Mutex // guards what follows; every batch is one critical section
	crm       *crm
	journal   journal
	limits    *limits
	requests  int64
	stats     Stats
	faults    []*armed
	lastFault int
	chance    *rand.Rand
	held      []*holding
	lastHeld  int
	changed   chan struct{} // closed and replaced when held changes
}

// New makes a sandbox that holds no records.
func New(o Options) *Server {
	s := &Server{opt: o.withDefaults(), changed: make(chan struct{})}
	s.journal.out, s.journal.keep = o.Log, o.LogKeep
	s.clear()
	for _, f := range o.Faults {
		if _, err := s.AddFault(f); err != nil {
			panic(err)
		}
	}
	s.handler = http.NewCrossOriginProtection().Handler(s.routes())
	return s
}

// clear puts everything but the log's sink and numbering into its first state. It needs s.mu, except in New.
func (s *Server) clear() {
	s.crm = newCRM(s.opt.Objects, s.opt.FirstID)
	s.limits = newLimits(s.opt.Rate)
	s.stats = newStats()
	s.faults = nil
	s.journal.entries = nil
	s.chance = rand.New(rand.NewPCG(s.opt.Seed, 0))
}

// ServeHTTP implements http.Handler. It panics with http.ErrAbortHandler to cut a connection, as net/http wants it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers on a listener until the context ends, then drops requests that wait, closes and returns nil. The
// listener must be on a loopback address or a Unix socket: a sandbox shows all it holds to whoever asks.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		return fmt.Errorf("sandbox: %s is not a loopback address", a)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		// Requests that wait see the end of ctx; the others have a moment to write their answer and log entry.
		grace, done := context.WithTimeout(context.Background(), 2*time.Second)
		defer done()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("sandbox: %w", err)
	}
	<-closed
	return nil
}

func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", s.page)
	for _, op := range []string{opCreate, opUpdate, opUpsert, opArchive} {
		m.HandleFunc("POST /crm/v3/objects/{type}/batch/"+op, s.api(op, s.batchWrite))
	}
	m.HandleFunc("POST /crm/v3/objects/{type}/batch/read", s.api(opRead, s.batchRead))
	m.HandleFunc("POST /crm/v3/objects/{type}/search", s.api(opSearch, s.search))
	m.HandleFunc("GET /crm/v3/objects/{type}", s.api(opList, s.list))
	m.HandleFunc("GET /crm/v3/properties/{type}", s.api(opProperties, s.listProperties))
	m.HandleFunc("GET /crm/v3/properties/{type}/{name}", s.api(opProperty, s.readProperty))
	m.HandleFunc("POST /crm/v3/properties/{type}", s.api(opCreateProperty, s.createProperty))
	m.HandleFunc("GET /crm/v3/schemas", s.api(opSchemas, s.schemas))
	m.HandleFunc("GET /crm-object-schemas/v3/schemas", s.api(opSchemas, s.schemas)) // its newer name
	m.HandleFunc("GET /account-info/v3/details", s.api(opAccount, s.account))
	m.HandleFunc("/", s.api("", func(*call) *reply {
		return failure(http.StatusNotFound, "OBJECT_NOT_FOUND", "The sandbox has no such endpoint.")
	}))
	s.routeControls(m)
	return m
}

// call is one request to the API.
type call struct {
	r         *http.Request
	op        string
	requestID string
	at        time.Time // when it came in
	body      []byte
	table     *table // nil for endpoints without an object
	effects   effects
}

// entry starts a log entry about the call.
func (c *call) entry(kind string, at time.Time) Entry {
	e := Entry{Type: kind, At: at, RequestID: c.requestID, Method: c.r.Method, Path: c.r.URL.Path, Op: c.op}
	if c.table != nil {
		e.Object = c.table.Name
	}
	return e
}

// api makes a handler of an endpoint: what comes before and after its work is the same for all. work is called with
// s.mu held.
func (s *Server) api(op string, work func(*call) *reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		c := &call{r: r, op: op, body: body}
		answer := s.begin(c, err, w.Header())
		if answer == nil {
			answer = s.perform(c, work)
		}
		s.finish(c, w, answer)
	}
}

// begin logs the request, checks who asks and how often, and chooses its faults. A reply ends the request.
func (s *Server) begin(c *call, unread error, h http.Header) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	c.requestID = fmt.Sprintf("00000000-0000-4000-8000-%012d", s.requests)
	c.at = s.opt.Clock()
	name := c.r.PathValue("type")
	if name != "" {
		c.table = s.crm.table(name, s.opt.PortalID)
	}
	e := c.entry(LogRequest, c.at)
	e.Inputs = countInputs(c.body)
	s.journal.add(e)
	s.stats.Requests[c.op]++

	if unread != nil {
		return failure(http.StatusRequestEntityTooLarge, "VALIDATION_ERROR", "The request could not be read, or is too large.")
	}
	if !s.authorised(c.r) {
		return failure(http.StatusUnauthorized, "INVALID_AUTHENTICATION", "Authentication credentials not found or not valid: a bearer token is needed.")
	}
	refused := s.limits.take(c.op, c.at)
	s.limits.setHeaders(h, c.op)
	if refused != nil {
		s.stats.Throttled++
		return refused
	}
	if name != "" && c.table == nil {
		return failure(http.StatusBadRequest, "VALIDATION_ERROR", "Unable to infer object type from: "+name)
	}
	c.effects = s.befall(c)
	return nil
}

func (s *Server) authorised(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token != "" && (s.opt.Token == "" || token == s.opt.Token)
}

// perform does the work with the faults around it. A nil reply means that nobody is there to be answered.
func (s *Server) perform(c *call, work func(*call) *reply) *reply {
	ctx, e := c.r.Context(), &c.effects
	if e.wait > 0 && !pause(ctx, e.wait) {
		return nil
	}
	if f := e.before; f != nil {
		switch f.Kind {
		case Fault429:
			a := tooMany("TEN_SECONDLY_ROLLING", "ten_secondly_rolling", 0)
			a.retryAfter = time.Duration(f.RetryAfter)
			return a
		case Fault500:
			return f.serverError()
		case FaultCutBefore:
			return nil
		case FaultHang:
			if !pause(ctx, time.Duration(f.Duration)) {
				return nil
			}
		}
	}
	answer := s.work(c, work)
	if e.gate && answer.status < 300 && !s.hold(c) {
		return nil
	}
	if f := e.after; f != nil {
		switch f.Kind {
		case Fault500:
			return f.serverError()
		case FaultHang:
			if !pause(ctx, time.Duration(f.Duration)) {
				return nil
			}
		case FaultCutAfter:
			if !f.Truncate || answer.body == nil {
				return nil
			}
		}
	}
	return answer
}

// work does the work under the lock.
func (s *Server) work(c *call, work func(*call) *reply) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.table != nil { // while a fault held the request, a reset may have put another table in its place
		c.table = s.crm.table(c.table.Name, s.opt.PortalID)
	}
	return work(c)
}

// finish logs the end of the request, then writes the answer; without one it cuts the connection. The entry comes first
// so that who has an answer finds it in the log.
func (s *Server) finish(c *call, w http.ResponseWriter, answer *reply) {
	status, delivered := 0, false
	var body, send []byte
	if answer != nil {
		body = answer.encode(c.requestID)
		send = body
		if f := c.effects.after; f != nil && f.Truncate {
			send = body[:len(body)/2]
		}
		status = answer.status
		delivered = len(send) == len(body) && c.r.Context().Err() == nil
	}
	s.mu.Lock()
	e := c.entry(LogAnswer, s.opt.Clock())
	e.Status, e.Delivered, e.Fault = status, delivered, c.effects.label()
	s.journal.add(e)
	s.stats.Answers[fmt.Sprint(status)]++
	if !delivered {
		s.stats.Undelivered++
	}
	s.mu.Unlock()
	if answer != nil {
		answer.write(w, send, len(body))
	}
	if answer == nil || len(send) < len(body) {
		panic(http.ErrAbortHandler)
	}
}
