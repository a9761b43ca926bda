package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FS is the part of a file system the journal needs. Tests put faults behind
// it; [OS] is the real one.
type FS interface {
	// Read returns the whole file, or an error that is fs.ErrNotExist.
	Read(path string) ([]byte, error)
	// Append opens the file for appending after size bytes, cutting off what
	// follows, and creates it (durably, mode 0600) when it does not exist.
	Append(path string, size int64) (File, error)
}

// File is an open append-only file.
type File interface {
	Write(p []byte) (int, error)
	// Sync returns when all that was written would survive a power cut.
	Sync() error
	Close() error
}

// OS is the operating system's file system.
func OS() FS { return osFS{} }

type osFS struct{}

func (osFS) Read(path string) ([]byte, error) { return os.ReadFile(path) }

func (osFS) Append(path string, size int64) (File, error) {
	_, statErr := os.Stat(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(size); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		if err := syncDir(filepath.Dir(path)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

// syncDir makes the name of a new file durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync %s: %w", dir, err), d.Close())
	}
	return d.Close()
}
