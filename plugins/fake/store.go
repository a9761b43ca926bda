package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

// Store is what the fake account holds. It is safe for concurrent use.
type Store struct {
	mu   sync.Mutex
	path string // "" keeps it in memory
	data content
}

// Record is one record. Values are canonical texts; nil is no value.
type Record struct {
	ID     string             `json:"id"`
	Key    string             `json:"key"`
	Fields map[string]*string `json:"fields"`
}

type content struct {
	Next    int       `json:"next"`
	Records []*Record `json:"records"`
	Events  int       `json:"events"` // appended, without a key
}

// OpenStore reads a store from a file, or makes an empty one; "" keeps it in
// memory only.
func OpenStore(path string) (*Store, error) {
	s := &Store{path: path}
	if path == "" {
		return s, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read fake store: %w", err)
	}
	if err := json.Unmarshal(data, &s.data); err != nil {
		return nil, fmt.Errorf("read fake store: %w", err)
	}
	return s, nil
}

// Records returns copies of the records in the order they were created.
func (s *Store) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Record, len(s.data.Records))
	for i, r := range s.data.Records {
		fields := make(map[string]*string, len(r.Fields))
		for k, v := range r.Fields {
			fields[k] = v
		}
		out[i] = Record{ID: r.ID, Key: r.Key, Fields: fields}
	}
	return out
}

// Events returns how many rows were appended.
func (s *Store) Events() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.Events
}

// Reset empties the store.
func (s *Store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = content{}
}

// find looks by id, where known, else by key. The caller holds the lock.
func (s *Store) find(id, key string) (*Record, bool) {
	i := slices.IndexFunc(s.data.Records, func(r *Record) bool {
		if id != "" {
			return r.ID == id
		}
		return r.Key == key
	})
	if i < 0 {
		return nil, false
	}
	return s.data.Records[i], true
}

func (s *Store) create(key string) *Record {
	s.data.Next++
	r := &Record{ID: strconv.Itoa(s.data.Next), Key: key, Fields: make(map[string]*string)}
	s.data.Records = append(s.data.Records, r)
	return r
}

func (s *Store) remove(r *Record) {
	s.data.Records = slices.DeleteFunc(s.data.Records, func(x *Record) bool { return x == r })
}

// save writes the file, atomically, where there is one.
func (s *Store) save() error {
	if s.path == "" {
		return nil
	}
	data, err := json.Marshal(s.data)
	if err != nil {
		return fmt.Errorf("save fake store: %w", err)
	}
	next := filepath.Join(filepath.Dir(s.path), "."+filepath.Base(s.path)+".next")
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return fmt.Errorf("save fake store: %w", err)
	}
	if err := os.Rename(next, s.path); err != nil {
		return fmt.Errorf("save fake store: %w", err)
	}
	return nil
}
