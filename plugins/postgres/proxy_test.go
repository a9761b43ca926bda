package postgres_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// mode is what a proxy does when a client's message holds a text.
type mode struct {
	text   string // "" is any message
	code   string // answer with this error, and close
	before bool   // close instead of passing the message on
	after  bool   // pass it on, wait for the answer, and close instead of passing that on
	hang   bool   // say nothing until the client has gone
}

func cutBefore(text string) *mode { return &mode{text: text, before: true} }
func cutAfter(text string) *mode  { return &mode{text: text, after: true} }
func refuse(code string) *mode    { return &mode{code: code} }

// proxy stands between the plugin and the server.
type proxy struct {
	addr, server string

	mu   sync.Mutex
	mode *mode
}

// newProxy starts one, which ends with the test.
func newProxy(t testing.TB, dsn string) *proxy {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: listener.Addr().String(), server: u.Host}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	})
	t.Cleanup(func() { _ = listener.Close(); wg.Wait() })
	return p
}

func (p *proxy) setMode(m *mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
}

// meets returns the mode when the message sets it off. Every mode but a
// refusal of everything is good for once.
func (p *proxy) meets(message []byte) *mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.mode
	if m == nil || !bytes.Contains(message, []byte(m.text)) {
		return nil
	}
	if m.code == "" || m.text != "" {
		p.mode = nil
	}
	return m
}

// serve passes bytes on. A message of these tests comes in one piece.
func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var mute sync.Mutex // held while answers are kept back
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				_ = client.Close()
				return
			}
			mute.Lock()
			_, err = client.Write(buffer[:n])
			mute.Unlock()
			if err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<20)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		m := p.meets(buffer[:n])
		switch {
		case m == nil:
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		case m.code != "":
			answer, _ := (&pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: m.code, Message: "no entry for " + canary}).Encode(nil)
			_, _ = client.Write(answer)
			return
		case m.hang:
			_, _ = io.Copy(io.Discard, client)
			return
		case m.before:
			return
		case m.after:
			mute.Lock()
			defer mute.Unlock()
			if _, err := server.Write(buffer[:n]); err == nil {
				_ = server.(*net.TCPConn).CloseWrite()
				p.wait(server)
			}
			_ = client.Close() // before the answer is let go
			return
		}
	}
}

// wait returns when the server has closed the connection: it has carried out
// what it was sent.
func (p *proxy) wait(server net.Conn) { _, _ = io.Copy(io.Discard, server) }
