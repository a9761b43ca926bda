package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/plugins/sdk"
)

type meter struct {
	requests  int
	throttles []sdk.Throttle
}

func (m *meter) CountRequest()           { m.requests++ }
func (m *meter) Throttle(t sdk.Throttle) { m.throttles = append(m.throttles, t) }

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func client(t *testing.T, base string, timeout time.Duration) *Client {
	t.Helper()
	c, err := New(Options{BaseURL: base, Bearer: sdk.NewSecret("canary-token"), Timeout: timeout, MaxReply: 1000,
		Now:    func() time.Time { return now },
		Limits: []LimitHeaders{{Limit: "calls", Remaining: "X-Left", Reset: "X-Reset"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestStatusClasses(t *testing.T) {
	for _, c := range []struct {
		status int
		retry  string
		want   *sdk.Fault
	}{
		{200, "", nil}, {207, "", nil}, {400, "", nil}, {404, "", nil}, {409, "", nil}, {422, "", nil},
		{429, "3", &sdk.Fault{Class: sdk.FaultThrottled, RetryAfter: 3 * time.Second}},
		{429, "Fri, 02 Jan 2026 03:04:15 GMT", &sdk.Fault{Class: sdk.FaultThrottled, RetryAfter: 10 * time.Second}},
		{429, "Fri, 02 Jan 2026 03:00:00 GMT", &sdk.Fault{Class: sdk.FaultThrottled}},
		{429, "soon", &sdk.Fault{Class: sdk.FaultThrottled}},
		{401, "", &sdk.Fault{Class: sdk.FaultAuth}}, {403, "", &sdk.Fault{Class: sdk.FaultAuth}},
		{408, "", &sdk.Fault{Class: sdk.FaultServer}},
		{302, "", &sdk.Fault{Class: sdk.FaultServer, Sent: true}},
		{500, "", &sdk.Fault{Class: sdk.FaultServer, Sent: true}},
		{503, "1.5", &sdk.Fault{Class: sdk.FaultServer, Sent: true, RetryAfter: 1500 * time.Millisecond}},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", c.retry)
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("X-Left", "9")
			w.Header().Set("X-Reset", "2")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		}))
		m := &meter{}
		got, err := client(t, s.URL, 0).Do(t.Context(), m, Request{Method: "GET", Path: "/x"})
		var f *sdk.Fault
		switch {
		case got == nil || got.Status != c.status || string(got.Body) != "Bearer canary-token":
			t.Errorf("%d: the answer is lost", c.status)
		case c.want == nil && err != nil:
			t.Errorf("%d: got %v", c.status, err)
		case c.want != nil && (!errors.As(err, &f) || f.Class != c.want.Class || f.Sent != c.want.Sent || f.RetryAfter != c.want.RetryAfter || f.Code != fmt.Sprintf("HTTP %d", c.status)):
			t.Errorf("%d: got %+v, want %+v", c.status, f, c.want)
		}
		if m.requests != 1 || len(m.throttles) != 1 || m.throttles[0] != (sdk.Throttle{Limit: "calls", Remaining: 9, Reset: 2 * time.Second}) {
			t.Errorf("%d: metered %+v", c.status, m)
		}
		s.Close()
	}
}

// TestBrokenConnections proves when a request counts as sent.
func TestBrokenConnections(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/half":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		case "/long":
			_, _ = io.WriteString(w, strings.Repeat("x", 2000))
		default:
			<-release
		}
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) })
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	for _, c := range []struct {
		base, path string
		timeout    time.Duration
		class      sdk.FaultClass
		sent       bool
	}{
		{refused, "/secret-value", 0, sdk.FaultNetwork, false},
		{secure.URL, "/secret-value", 0, sdk.FaultNetwork, false}, // certificate not trusted
		{s.URL, "/cut", 0, sdk.FaultNetwork, true},
		{s.URL, "/half", 0, sdk.FaultNetwork, true},
		{s.URL, "/long", 0, sdk.FaultServer, true},
		{s.URL, "/hang", 300 * time.Millisecond, sdk.FaultTimeout, true},
	} {
		_, err := client(t, c.base, c.timeout).Do(t.Context(), nil, Request{Method: "POST", Path: c.path,
			Body: []byte(`{}`), Query: url.Values{"email": {"secret-value"}}})
		var f *sdk.Fault
		if !errors.As(err, &f) || f.Class != c.class || f.Sent != c.sent {
			t.Errorf("%s: got %+v, want class %s, sent %v", c.path, f, c.class, c.sent)
		}
		if err != nil && (strings.Contains(err.Error(), "secret-value") || strings.Contains(err.Error(), "canary")) {
			t.Errorf("the error holds a value: %v", err)
		}
	}
}

func TestNotStarted(t *testing.T) {
	served := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	t.Cleanup(s.Close)
	c := client(t, s.URL, 0)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{
		"cancelled": cancelled,
		"deadline":  sdk.WithDeadline(t.Context(), now, func() time.Time { return now }),
	} {
		_, err := c.Do(ctx, nil, Request{Method: "GET", Path: "/"})
		var f *sdk.Fault
		if !errors.As(err, &f) || f.Class != sdk.FaultDeadline || f.Sent {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := c.Do(t.Context(), nil, Request{Method: "GET", Path: "/members/.."}); err == nil {
		t.Error("a dot segment was sent")
	}
	if served != 0 {
		t.Errorf("%d requests were made", served)
	}
	if _, err := c.Do(sdk.WithDeadline(t.Context(), now.Add(1), func() time.Time { return now }), nil, Request{Method: "GET", Path: "/"}); err != nil {
		t.Errorf("before the deadline: %v", err)
	}
}

func TestBaseURL(t *testing.T) {
	for _, base := range []string{"", "example.com", "ftp://x", "https://user:canary@x", "https://x?q=canary"} {
		if _, err := New(Options{BaseURL: base}); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v", base, err)
		}
	}
	var path string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.RequestURI }))
	t.Cleanup(s.Close)
	if _, err := client(t, s.URL+"/api/", 0).Do(t.Context(), nil, Request{Method: "GET", Path: "/a%2Fb", Query: url.Values{"q": {"1"}}}); err != nil {
		t.Fatal(err)
	}
	if path != "/api/a%2Fb?q=1" {
		t.Errorf("asked for %s", path)
	}
}
