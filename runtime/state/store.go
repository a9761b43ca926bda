package state

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Store is the state of one environment in a local folder. Reading needs no
// lock; Commit, Create and the plan methods are for the holder of [Store.Lock].
type Store struct {
	dir     string // <root>/<environment>
	env     string
	lineage string
	key     []byte // nil until created
}

// environment is environment.json.
type environment struct {
	FormatVersion string `json:"format_version"`
	Environment   string `json:"environment"`
	Lineage       string `json:"lineage"`
}

// Open opens the state of an environment below root, such as ".leat". It
// creates nothing: where there is no state yet, [Store.Exists] is false and
// every reader finds nothing.
func Open(root, env string) (*Store, diag.Diagnostics, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, nil, fmt.Errorf("open state: %w", err)
	}
	s := &Store{dir: filepath.Join(abs, escape(env)), env: env}
	ds, err := s.load()
	return s, ds, err
}

func (s *Store) load() (diag.Diagnostics, error) {
	path := filepath.Join(s.dir, "environment.json")
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	damaged := func(what string) diag.Diagnostics {
		return diag.Diagnostics{diag.New(diag.StateDamaged, diag.Range{Filename: path},
			"The %s of the state folder %s is damaged. Restore the folder from a backup.", what, s.dir)}
	}
	var e environment
	if err := json.Unmarshal(data, &e); err != nil || e.Lineage == "" {
		return damaged("environment file"), nil
	}
	if e.Environment != s.env {
		return diag.Diagnostics{diag.New(diag.StateEnvironment, diag.Range{Filename: path},
			"The state folder %s belongs to environment %q, not %q.", s.dir, e.Environment, s.env)}, nil
	}
	key, err := os.ReadFile(filepath.Join(s.dir, "key"))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if len(key) != 32 {
		return damaged("key"), nil
	}
	s.lineage, s.key = e.Lineage, key
	return nil, nil
}

// Exists reports whether the environment has a state folder.
func (s *Store) Exists() bool { return s.key != nil }

// Dir is the environment's folder.
func (s *Store) Dir() string { return s.dir }

// Environment is the name given to Open.
func (s *Store) Environment() string { return s.env }

// Lineage names this history of state; "" where none exists.
func (s *Store) Lineage() string { return s.lineage }

// Create makes the folder, the key and the lineage, unless they exist. random
// yields the key: crypto/rand.Reader but in tests.
func (s *Store) Create(random io.Reader) error {
	if s.Exists() {
		return nil
	}
	seed := make([]byte, 48)
	if _, err := io.ReadFull(random, seed); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	if err := os.Chmod(s.dir, 0o700); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	e := environment{FormatVersion, s.env, hex.EncodeToString(seed[32:])}
	data, err := json.MarshalIndent(e, "", " ")
	if err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	// The environment file comes last: without it the key counts for nothing.
	if err := writeFile(filepath.Join(s.dir, "key"), seed[:32]); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(s.dir, "environment.json"), append(data, '\n')); err != nil {
		return err
	}
	s.key, s.lineage = seed[:32], e.Lineage
	return nil
}

// Digest is the keyed digest of a file of row data: "hmac-sha256:" and hex.
func (s *Store) Digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	defer f.Close()
	mac := hmac.New(sha256.New, s.key)
	if _, err := io.Copy(mac, f); err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	return "hmac-sha256:" + hex.EncodeToString(mac.Sum(nil)), nil
}

// PayloadKeys are the inner and outer keys, each one SHA-256 block of hex, of
// the digest that remembers a refused payload.
func (s *Store) PayloadKeys() (inner, outer string) {
	derive := func(label string) string {
		mac := hmac.New(sha256.New, s.key)
		mac.Write([]byte("leat payload " + label))
		return hex.EncodeToString(mac.Sum(nil))
	}
	return derive("inner"), derive("outer")
}

// writeFile replaces a file: whole or not at all, mode 0600, synced.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	f, err := os.CreateTemp(dir, ".tmp-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write state: %w", err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

// escape makes a name fit for a folder; unescape turns it back. The key of an
// instance may be anything, so that all but small letters and digits is
// escaped: some file systems do not tell capitals from small letters.
func escape(name string) string {
	base, key, instance := strings.Cut(name, "[")
	e := url.PathEscape(base)
	if instance {
		e += "%5b"
		for i := range len(key) {
			if c := key[i]; strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789-_", c) >= 0 {
				e += string(c)
			} else {
				e += fmt.Sprintf("%%%02x", c)
			}
		}
	}
	if e == "." || e == ".." || e == "" {
		return "%" + e
	}
	return e
}

func unescape(name string) (string, bool) {
	n, err := url.PathUnescape(name)
	return n, err == nil
}
