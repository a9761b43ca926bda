package http_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	token   = "canary-token-9"
	refused = "no such value"
)

// api is a double of a small API of members: POST creates, PUT replaces, PATCH
// sets fields and creates, DELETE deletes. It is the evidence of this plugin.
type api struct {
	*httptest.Server
	mu      sync.Mutex
	members map[string]map[string]any
	events  []map[string]any
	done    map[string]bool // idempotency keys
	log     []string        // method, path, authorization-free headers of interest, body
	faults  []string        // what to do to the next requests
	release chan struct{}
}

func newAPI(t *testing.T) *api {
	a := &api{release: make(chan struct{})}
	a.reset()
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(func() {
		close(a.release)
		a.Close()
	})
	return a
}

func (a *api) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.members, a.done = map[string]map[string]any{}, map[string]bool{}
	a.events, a.log, a.faults = nil, nil, nil
}

func (a *api) fault(kind string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, kind)
}

func (a *api) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.log...)
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.log = append(a.log, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(text)))
	kind := ""
	if len(a.faults) > 0 {
		kind, a.faults = a.faults[0], a.faults[1:]
	}
	a.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch kind {
	case "429":
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	case "hang":
		select {
		case <-r.Context().Done():
		case <-a.release:
		case <-time.After(10 * time.Second):
		}
	case "cut before":
		panic(http.ErrAbortHandler)
	case "cut after":
		a.answer(httptest.NewRecorder(), r, text)
		panic(http.ErrAbortHandler)
	case "":
		a.answer(w, r, text)
	default: // a status
		var status int
		_, _ = fmt.Sscan(kind, &status)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "refused ann@example.com with %s", r.Header.Get("Authorization"))
	}
}

func (a *api) answer(w http.ResponseWriter, r *http.Request, text []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var sent map[string]any
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	if len(text) > 0 && dec.Decode(&sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" && a.done[key] {
		w.WriteHeader(http.StatusOK)
		return
	} else if key != "" {
		a.done[key] = true
	}
	if strings.Contains(string(text), refused) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"error": "no such value"}`)
		return
	}
	if r.URL.Path == "/v1/events" {
		a.events = append(a.events, sent)
		w.WriteHeader(http.StatusCreated)
		return
	}
	id, ok := strings.CutPrefix(r.URL.Path, "/v1/members/")
	if !ok {
		id = fmt.Sprint(sent["id"])
	}
	delete(sent, "id")
	if _, found := a.members[id]; !found && r.URL.RawQuery == "if=exists" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	a.change(w, r.Method, id, sent)
}

func (a *api) change(w http.ResponseWriter, method, id string, sent map[string]any) {
	before, found := a.members[id]
	switch {
	case method == http.MethodDelete && !found:
		w.WriteHeader(http.StatusNotFound)
		return
	case method == http.MethodDelete:
		delete(a.members, id)
		w.WriteHeader(http.StatusNoContent)
		return
	case method == http.MethodPost && found:
		w.WriteHeader(http.StatusConflict)
		return
	case method == http.MethodPatch && found:
		merged := maps.Clone(before)
		maps.Copy(merged, sent)
		sent = merged
	}
	a.members[id] = sent
	if !found {
		w.WriteHeader(http.StatusCreated)
	}
}
