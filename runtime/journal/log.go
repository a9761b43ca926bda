package journal

import (
	"fmt"
	"sync"
)

// log is one append-only file with group commit: callers that ask for a sync
// while another runs share the next one. The first failure is final, because
// what the disk holds after it is not known.
type log struct {
	mu      sync.Mutex
	cond    *sync.Cond
	file    File
	written int64 // frames handed to the file
	synced  int64 // of them, durable
	syncing bool
	err     error
}

func newLog(f File) *log {
	l := &log{file: f}
	l.cond = sync.NewCond(&l.mu)
	return l
}

// append writes whole frames. With durable it returns after they, and all
// before them, are synced.
func (l *log) append(frames []byte, durable bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if _, err := l.file.Write(frames); err != nil {
		return l.fail(fmt.Errorf("write: %w", err))
	}
	l.written++
	if durable {
		return l.sync()
	}
	return nil
}

// sync waits until everything written so far is durable. l.mu is held.
func (l *log) sync() error {
	for mine := l.written; l.synced < mine; {
		if l.err != nil {
			return l.err
		}
		if l.syncing {
			l.cond.Wait()
			continue
		}
		l.syncing = true
		upTo := l.written
		l.mu.Unlock()
		err := l.file.Sync()
		l.mu.Lock()
		l.syncing = false
		if err != nil {
			return l.fail(fmt.Errorf("sync: %w", err))
		}
		l.synced = upTo
		l.cond.Broadcast()
	}
	return nil
}

func (l *log) fail(err error) error {
	if l.err == nil {
		l.err = err
	}
	l.cond.Broadcast()
	return l.err
}

func (l *log) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
