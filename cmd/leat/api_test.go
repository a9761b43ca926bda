package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// loyaltyAPI is an HTTP API of a script: PUT keeps a record under its path,
// DELETE removes it, POST to /events adds one.
type loyaltyAPI struct {
	mu      sync.Mutex
	records map[string]string
	log     []string        // method, path and body of each request that was not failed
	refuse  string          // a text; requests whose body holds it are refused
	fail    []int           // statuses of the next requests; 0 answers one, and a negative one answers so what was carried out
	done    map[string]bool // values of Idempotency-Key
}

func (a *loyaltyAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	status := 0
	if len(a.fail) > 0 {
		status, a.fail = a.fail[0], a.fail[1:]
	}
	if status < 0 {
		a.carryOut(httptest.NewRecorder(), r, string(body))
		status = -status
	}
	if status == 0 && r.Header.Get("Authorization") != "Bearer api-canary-31" {
		status = http.StatusUnauthorized
	}
	if status == 0 && a.refuse != "" && strings.Contains(string(body), a.refuse) {
		status = http.StatusUnprocessableEntity
	}
	if status != 0 {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "no: %s", body)
		return
	}
	a.carryOut(w, r, string(body))
}

func (a *loyaltyAPI) carryOut(w http.ResponseWriter, r *http.Request, body string) {
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		if a.done[key] {
			return
		}
		a.done[key] = true
	}
	a.log = append(a.log, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+body))
	_, known := a.records[r.URL.Path]
	switch {
	case r.Method == http.MethodDelete && !known:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		delete(a.records, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case !known:
		w.WriteHeader(http.StatusCreated)
	}
	if r.Method == http.MethodPut {
		a.records[r.URL.Path] = body
	}
}

// apiCommand is
//
//	api start          $LOYALTY_URL leads to an API that takes $LOYALTY_TOKEN
//	api log            the file api.log holds the requests since the last time, sorted
//	api fail STATUS... the next requests are answered so; 0 is a request that is not failed, -503 one that
//	                   is carried out and answered with 503
//	api refuse [TEXT]  requests whose body holds the text are refused
//	api forget PATH    the record is gone
func apiCommand(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if args[0] == "start" {
		w.api = &loyaltyAPI{records: map[string]string{}, done: map[string]bool{}}
		server := httptest.NewServer(w.api)
		ts.Defer(server.Close)
		ts.Setenv("LOYALTY_URL", server.URL+"/v1")
		ts.Setenv("LOYALTY_TOKEN", "api-canary-31")
		return
	}
	a := w.api
	a.mu.Lock()
	defer a.mu.Unlock()
	switch args[0] {
	case "log":
		slices.Sort(a.log)
		ts.Check(os.WriteFile(ts.MkAbs("api.log"), []byte(strings.Join(append(a.log, ""), "\n")), 0o644))
		a.log = nil
	case "fail":
		for _, text := range args[1:] {
			status, err := strconv.Atoi(text)
			ts.Check(err)
			a.fail = append(a.fail, status)
		}
	case "refuse":
		a.refuse = strings.Join(args[1:], " ")
	case "forget":
		delete(a.records, args[1])
	default:
		ts.Fatalf("there is no api %s", args[0])
	}
}
