package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Defaults of Options.
const (
	DefaultTimeout  = 60 * time.Second
	DefaultMaxReply = 32 << 20 // bytes
)

// Options configure a client.
type Options struct {
	BaseURL   string            // scheme, host and an optional path; required
	Bearer    sdk.Secret        // sent as "Authorization: Bearer"; empty for none
	Header    map[string]string // sent with every request; may hold secrets
	UserAgent string
	Timeout   time.Duration // of one request from start to the last byte of the answer; 0 is DefaultTimeout
	MaxReply  int64         // most bytes of a body; 0 is DefaultMaxReply
	Limits    []LimitHeaders
	Transport http.RoundTripper // nil is a transport of its own that honours the proxy variables
	Now       func() time.Time  // clock for Retry-After dates; nil is time.Now
}

// LimitHeaders names the response headers that tell the state of a declared
// limit.
type LimitHeaders struct {
	Limit     string        // name of the declared limit
	Remaining string        // header with the calls left, a whole number
	Reset     string        // header with seconds until the window ends, or Unix seconds; may be empty
	ResetUnit time.Duration // unit of Reset; 0 is a second
}

// Client talks to one vendor account. It is safe for concurrent use.
type Client struct {
	base *url.URL
	opts Options
	http *http.Client
}

// Meter is told what requests cost; *sdk.Outcomes is one. It is called from
// the goroutine of Do.
type Meter interface {
	CountRequest()
	Throttle(sdk.Throttle)
}

// Request is one call.
type Request struct {
	Method string
	Path   string     // appended to the base URL's path; escaped already
	Query  url.Values // may be nil
	Body   []byte     // nil for none; must stay untouched until Do returns
	Type   string     // content type of Body; empty is application/json
	Header map[string]string
}

// Response is an answer that arrived whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// New makes a client. The error says what is wrong with the base URL.
func New(opts Options) (*Client, error) {
	base, err := url.Parse(opts.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, errors.New("the base URL must be an absolute http or https URL")
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("the base URL must hold no user, query or fragment")
	}
	if opts.Timeout == 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.MaxReply == 0 {
		opts.MaxReply = DefaultMaxReply
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Transport == nil {
		opts.Transport = transport()
	}
	return &Client{base: base, opts: opts, http: &http.Client{
		Transport:     opts.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func transport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost:   64, // else connections are closed and opened again under concurrency
		IdleConnTimeout:       60 * time.Second,
		ForceAttemptHTTP2:     true,
		ExpectContinueTimeout: time.Second,
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do makes one attempt. meter may be nil.
//
// The answer is returned whenever one arrived, also beside an error, so that
// the plugin can read a vendor's code from the body. The error is nil for
// status codes 200 to 299 and for refusals that concern the request itself
// (4xx other than below); else it is a *sdk.Fault:
//
//	429                    FaultThrottled, not sent, with Retry-After
//	401, 403, 407          FaultAuth, not sent
//	408, 425               FaultServer, not sent: the server did not take the request
//	3xx, 5xx               FaultServer, sent: it may have been carried out
//	no connection          FaultNetwork, not sent
//	no answer              FaultTimeout or FaultNetwork; sent when the request's headers had gone out
//	past the deadline      FaultDeadline, not sent
//
// A batch's deadline only stops requests from starting; the timeout ends them.
func (c *Client) Do(ctx context.Context, meter Meter, r Request) (*Response, error) {
	if err := sdk.MayStart(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	var sent atomic.Bool
	req, err := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
	}), r)
	if err != nil {
		return nil, err
	}
	if meter != nil {
		meter.CountRequest()
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return nil, transportFault(err, sent.Load())
	}
	defer func() { _ = answer.Body.Close() }() // read to the end, or given up
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.opts.MaxReply+1))
	c.report(meter, answer.Header)
	if err != nil {
		return nil, transportFault(err, true)
	}
	if int64(len(body)) > c.opts.MaxReply {
		return nil, &sdk.Fault{Class: sdk.FaultServer, Sent: true, Code: "answer too large"}
	}
	response := &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}
	if f := c.statusFault(response); f != nil {
		return response, f
	}
	return response, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	target, err := c.target(r)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", &sdk.Fault{Class: sdk.FaultInternal})
	}
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", contentType(r.Type))
	}
	if c.opts.UserAgent != "" {
		req.Header.Set("User-Agent", c.opts.UserAgent)
	}
	if !c.opts.Bearer.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.opts.Bearer.Reveal())
	}
	for _, set := range []map[string]string{c.opts.Header, r.Header} {
		for name, value := range set {
			req.Header.Set(name, value)
		}
	}
	return req, nil
}

// target joins base and path by hand: URL.JoinPath would clean dot segments,
// and a key value ".." would then address another resource. Such a path is
// refused.
func (c *Client) target(r Request) (string, error) {
	path := strings.TrimSuffix(c.base.EscapedPath(), "/") + "/" + strings.TrimPrefix(r.Path, "/")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return "", &sdk.Fault{Class: sdk.FaultInternal, Code: "path with dot segment"}
		}
	}
	target := c.base.Scheme + "://" + c.base.Host + path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	return target, nil
}

func contentType(t string) string {
	if t == "" {
		return "application/json"
	}
	return t
}

// transportFault classifies an error of the connection. net/http's errors name
// the URL, whose path and query may hold values: none of the text is kept.
func transportFault(err error, sent bool) *sdk.Fault {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		return &sdk.Fault{Class: sdk.FaultTimeout, Sent: sent}
	}
	if errors.Is(err, context.Canceled) {
		return &sdk.Fault{Class: sdk.FaultDeadline, Sent: sent}
	}
	return &sdk.Fault{Class: sdk.FaultNetwork, Sent: sent}
}

func (c *Client) statusFault(r *Response) *sdk.Fault {
	f := &sdk.Fault{Code: "HTTP " + strconv.Itoa(r.Status), RetryAfter: c.retryAfter(r.Header.Get("Retry-After"))}
	switch {
	case r.Status == http.StatusTooManyRequests:
		f.Class = sdk.FaultThrottled
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden, r.Status == http.StatusProxyAuthRequired:
		f.Class = sdk.FaultAuth
	case r.Status == http.StatusRequestTimeout, r.Status == http.StatusTooEarly:
		f.Class = sdk.FaultServer
	case r.Status >= 500, r.Status < 200, r.Status >= 300 && r.Status < 400:
		f.Class, f.Sent = sdk.FaultServer, true
	default:
		return nil
	}
	return f
}

// retryAfter reads RFC 9110 section 10.2.3: seconds or a date. 0 when it says
// nothing usable.
func (c *Client) retryAfter(text string) time.Duration {
	text = strings.TrimSpace(text)
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(c.opts.Now()))
	}
	return 0
}

func (c *Client) report(meter Meter, h http.Header) {
	if meter == nil {
		return
	}
	for _, l := range c.opts.Limits {
		left, err := strconv.ParseInt(strings.TrimSpace(h.Get(l.Remaining)), 10, 64)
		if err != nil {
			continue
		}
		meter.Throttle(sdk.Throttle{Limit: l.Limit, Remaining: left, Reset: c.reset(l, h.Get(l.Reset))})
	}
}

func (c *Client) reset(l LimitHeaders, text string) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || n < 0 {
		return 0
	}
	unit := l.ResetUnit
	if unit == 0 {
		unit = time.Second
	}
	const unixFrom = 1e9 // seconds: no window lasts until 2001
	if unit == time.Second && n > unixFrom {
		return max(0, time.Unix(int64(n), 0).Sub(c.opts.Now()))
	}
	return time.Duration(n * float64(unit))
}
