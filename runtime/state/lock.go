//go:build unix

package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/leat-dev/leat/lang/diag"
)

// Holder says who holds the lock, for the message of whoever is refused.
type Holder struct {
	Run   string `json:"run"`
	Who   string `json:"who"`  // user@host
	What  string `json:"what"` // command
	PID   int    `json:"pid"`
	Since string `json:"since"` // RFC 3339 UTC
}

// Lock is the environment's exclusive lock. It lives as long as any process
// holds its file open: a plugin that inherits it keeps the next run out until
// it is gone.
type Lock struct{ f *os.File }

// File is the locked file, to be inherited by plugin processes.
func (l *Lock) File() *os.File { return l.f }

// Unlock gives the lock up.
func (l *Lock) Unlock() error { return l.f.Close() }

// Lock takes the environment's lock without waiting. Another holder is the
// diagnostic StateLocked. The state must exist.
func (s *Store) Lock(h Holder) (*Lock, diag.Diagnostics, error) {
	path := filepath.Join(s.dir, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("lock state: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil, fmt.Errorf("lock state: %w", err)
		}
		return nil, diag.Diagnostics{locked(f)}, nil
	}
	data, err := json.Marshal(h)
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(append(data, '\n'), 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, fmt.Errorf("lock state: %w", err)
	}
	return &Lock{f}, nil, nil
}

func locked(f *os.File) diag.Diagnostic {
	who := "Another run"
	var h Holder
	data, _ := io.ReadAll(io.LimitReader(f, 4096))
	if json.Unmarshal(data, &h) == nil && h.Who != "" {
		who = fmt.Sprintf("%s (%s, process %d) since %s: run %s", h.Who, h.What, h.PID, h.Since, h.Run)
	}
	return diag.New(diag.StateLocked, diag.Range{},
		"The state of this environment is locked. Holder: %s. Wait until it has ended. The lock is freed by itself when its process and its plugins are gone.", who)
}
