package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// routeControls adds what the sandbox has beside the vendor. These need no token, count for no limit, and are not logged.
func (s *Server) routeControls(m *http.ServeMux) {
	m.HandleFunc("GET /_sandbox/log", s.getLog)
	m.HandleFunc("GET /_sandbox/state", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("view") == "contents" {
			respond(w, http.StatusOK, s.Contents())
			return
		}
		respond(w, http.StatusOK, s.State())
	})
	m.HandleFunc("PUT /_sandbox/state", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Restore(r.Body); err != nil {
			complain(w, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	m.HandleFunc("GET /_sandbox/stats", func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, s.Stats()) })
	m.HandleFunc("POST /_sandbox/seed", s.postSeed)
	m.HandleFunc("POST /_sandbox/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	m.HandleFunc("GET /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]any{"faults": s.armed()})
	})
	m.HandleFunc("POST /_sandbox/faults", s.postFault)
	m.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	m.HandleFunc("DELETE /_sandbox/faults/{id}", s.deleteFault)
	m.HandleFunc("GET /_sandbox/gate", s.getGate)
	m.HandleFunc("POST /_sandbox/gate/release", s.postRelease)
	m.HandleFunc("/_sandbox/", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusNotFound, map[string]string{"error": "there is no such control"})
	})
}

// respond writes indented JSON.
func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(body) // the client may have left
}

func complain(w http.ResponseWriter, why string) {
	respond(w, http.StatusBadRequest, map[string]string{"error": why})
}

// armed copies the armed faults.
func (s *Server) armed() []armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []armed{}
	for _, a := range s.faults {
		out = append(out, *a)
	}
	return out
}

func (s *Server) getLog(w http.ResponseWriter, r *http.Request) {
	since, ok := count(w, r, "since")
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	e := json.NewEncoder(w)
	for _, entry := range s.Log(int64(since)) {
		if e.Encode(entry) != nil {
			return // the client left
		}
	}
}

// postFault arms a fault given as JSON, or in the text form.
func (s *Server) postFault(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err != nil {
		complain(w, "the fault cannot be read")
		return
	}
	var f Fault
	if body = bytes.TrimSpace(body); bytes.HasPrefix(body, []byte("{")) {
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err = d.Decode(&f); err == nil {
			err = f.Validate()
		}
	} else {
		f, err = ParseFault(string(body))
	}
	if err != nil {
		complain(w, err.Error())
		return
	}
	s.mu.Lock()
	a := *s.arm(f)
	s.mu.Unlock()
	respond(w, http.StatusCreated, a)
}

func (s *Server) deleteFault(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	before := len(s.faults)
	s.faults = slices.DeleteFunc(s.faults, func(a *armed) bool { return strconv.Itoa(a.ID) == r.PathValue("id") })
	gone := len(s.faults) < before
	s.mu.Unlock()
	if !gone {
		respond(w, http.StatusNotFound, map[string]string{"error": "there is no such fault"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// postSeed takes {"contacts": [{"email": "..."}, ...], ...}. Objects are seeded in the order of their names, and each is
// taken whole or not at all.
func (s *Server) postSeed(w http.ResponseWriter, r *http.Request) {
	var in map[string][]map[string]string
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64*maxBody)).Decode(&in); err != nil {
		complain(w, "a seed is an object of lists of objects of strings")
		return
	}
	out := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		ids, err := s.Seed(name, in[name])
		if err != nil {
			complain(w, err.Error())
			return
		}
		out[name] = ids
	}
	respond(w, http.StatusCreated, out)
}

// getGate lists what the gate holds; with min and wait it waits for so many at most so long.
func (s *Server) getGate(w http.ResponseWriter, r *http.Request) {
	least, ok := count(w, r, "min")
	if !ok {
		return
	}
	var wait Duration
	if text := r.URL.Query().Get("wait"); text != "" {
		if err := wait.UnmarshalText([]byte(text)); err != nil {
			complain(w, err.Error())
			return
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(wait))
	defer cancel()
	respond(w, http.StatusOK, map[string]any{"held": s.Held(ctx, least)})
}

func (s *Server) postRelease(w http.ResponseWriter, r *http.Request) {
	n, ok := count(w, r, "count")
	if !ok {
		return
	}
	respond(w, http.StatusOK, map[string]int{"released": s.Release(n)})
}

// count reads a count from the query; none is 0.
func count(w http.ResponseWriter, r *http.Request, name string) (int, bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		complain(w, name+" is a count")
		return 0, false
	}
	return n, true
}
