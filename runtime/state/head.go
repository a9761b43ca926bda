package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
)

// FormatVersion is the version of the head and the segments.
const FormatVersion = "1.0"

// Head is the only mutable document of an activation: it names the segments
// that make up its rows.
type Head struct {
	FormatVersion string           `json:"format_version"`
	Environment   string           `json:"environment"`
	Lineage       string           `json:"lineage"`
	Serial        int64            `json:"serial"`
	Activation    string           `json:"activation"` // name, without the prefix
	Plugin        string           `json:"plugin"`
	Destination   string           `json:"destination"`
	Object        string           `json:"object"`
	Account       string           `json:"account"`
	Mode          string           `json:"mode"`
	OnRemoved     string           `json:"on_removed"`
	Guards        plan.GuardRules  `json:"guards"`
	ID            []diff.Column    `json:"id"`
	Key           []diff.Column    `json:"key"`
	Fields        []diff.Column    `json:"fields"`  // mapped at the last commit
	Retired       []diff.Column    `json:"retired"` // mapped earlier; the destination may still hold them
	Segments      []diff.Segment   `json:"segments"`
	Index         *Index           `json:"index"`
	Counts        map[string]int64 `json:"counts"` // live rows by status
	Plan          string           `json:"plan"`   // digest of the last applied
	AsOf          string           `json:"as_of"`
	Draw          string           `json:"draw,omitempty"`  // the name rollout and holdout draw by, where it is not the activation's
	Moved         *Moved           `json:"moved,omitempty"` // the state this one was, at the last commit
	Gone          bool             `json:"gone,omitempty"`  // there was state, which was moved or removed

	digest string // of the file it was read from
}

// Index names the disposable index file and what it was made with.
type Index struct {
	File string `json:"file"`
	Tag  string `json:"tag"`
	Salt int64  `json:"salt"`
	// KeysShared is how many rows have a key hash that another row has, too.
	KeysShared int64 `json:"keys_shared"`
}

// Live is the number of live rows.
func (h *Head) Live() int64 {
	var n int64
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// DecodeHead reads a head file's bytes. name is for diagnostics.
func DecodeHead(data []byte, name string) (*Head, diag.Diagnostics) {
	bad := func(why string) diag.Diagnostics {
		return diag.Diagnostics{diag.New(diag.StateDamaged, diag.Range{Filename: name},
			"The state file %s %s. Restore the state folder from a backup; the destination itself is not affected.", name, why)}
	}
	var v struct {
		FormatVersion string `json:"format_version"`
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, bad("is empty")
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, bad("is not complete, valid JSON")
	}
	if major, _, _ := strings.Cut(v.FormatVersion, "."); major != "1" {
		if v.FormatVersion == "" {
			return nil, bad("is not a state head")
		}
		return nil, diag.Diagnostics{diag.New(diag.StateVersion, diag.Range{Filename: name},
			"The state file %s has format version %.20q; this leat reads version 1. Use the leat that wrote it, or upgrade.", name, v.FormatVersion)}
	}
	h := &Head{}
	if err := json.Unmarshal(data, h); err != nil {
		return nil, bad("does not have the shape of a state head")
	}
	if why := h.check(); why != "" {
		return nil, bad(why)
	}
	return h, nil
}

// check holds a head against the invariants that reading relies on.
func (h *Head) check() string {
	if h.Serial < 1 || h.Activation == "" || h.Lineage == "" || len(h.ID) == 0 {
		return "lacks what every state head has"
	}
	files := []string{}
	for _, s := range h.Segments {
		files = append(files, s.File)
		if len(s.ID) != len(h.ID) || s.Serial < 1 || s.Serial > h.Serial {
			return "names a segment that does not fit"
		}
	}
	if h.Index != nil {
		files = append(files, h.Index.File)
	}
	for _, f := range files {
		if f == "" || filepath.Base(f) != f || f == ".." || f == "." {
			return "names a file outside its folder"
		}
	}
	for _, list := range [][]diff.Column{h.ID, h.Key, h.Fields, h.Retired} {
		for _, c := range list {
			if _, err := diff.DuckType(c.Type); err != nil {
				return "names a type that does not exist"
			}
		}
	}
	return ""
}

func (s *Store) activationDir(name string) string {
	return filepath.Join(s.dir, "activations", escape(name))
}

// Partial follows a plan's digest in the head of a state that does not have
// all of the plan's answers yet.
const Partial = "#partial"

// Head returns an activation's head; nil when it has no state.
func (s *Store) Head(name string) (*Head, diag.Diagnostics, error) {
	h, ds, err := s.readHead(name)
	if h != nil && h.Gone {
		return nil, nil, nil
	}
	return h, ds, err
}

// readHead is Head that also returns what tells of state that is gone.
func (s *Store) readHead(name string) (*Head, diag.Diagnostics, error) {
	path := filepath.Join(s.activationDir(name), "head.json")
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read state: %w", err)
	}
	h, ds := DecodeHead(data, path)
	if ds.HasErrors() {
		return nil, ds, nil
	}
	if h.Environment != s.env {
		return nil, diag.Diagnostics{diag.New(diag.StateEnvironment, diag.Range{Filename: path},
			"The state of %s was made for environment %q, not %q. State of one environment is never read by another: set `environment` or `state` back.", name, h.Environment, s.env)}, nil
	}
	sum := sha256.Sum256(data)
	h.digest = "sha256:" + hex.EncodeToString(sum[:])
	return h, nil, nil
}

// ListActivations returns the heads of every activation that has state,
// ordered by name. A damaged head is a diagnostic; the others are returned.
func (s *Store) ListActivations() ([]*Head, diag.Diagnostics, error) {
	all, ds, err := s.readHeads()
	return slices.DeleteFunc(slices.Clone(all), func(h *Head) bool {
		return h.Gone || slices.ContainsFunc(all, h.LeftOver)
	}), ds, err
}

// readHeads is ListActivations with what was moved or removed, as far as it is
// not cleared away.
func (s *Store) readHeads() ([]*Head, diag.Diagnostics, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "activations"))
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list state: %w", err)
	}
	var heads []*Head
	var all diag.Diagnostics
	for _, e := range entries { // ReadDir sorts
		name, ok := unescape(e.Name())
		if !ok || !e.IsDir() {
			continue
		}
		h, ds, err := s.readHead(name)
		if err != nil {
			return nil, nil, err
		}
		all.Extend(ds)
		if h != nil {
			heads = append(heads, h)
		}
	}
	return heads, all, nil
}

func (s *Store) writeHead(h *Head) error {
	data, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	return writeFile(filepath.Join(s.activationDir(h.Activation), "head.json"), append(data, '\n'))
}
