package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/leat-dev/leat/lang/diag"
)

// Names of the files in a plan's folder.
const (
	JournalFile  = "journal"
	OutcomesFile = "outcomes"
)

// Journal is an open journal. Its methods may be called from many goroutines.
// After the first error of a write or sync every later call fails: the caller
// must stop sending, and a later [Open] tells what is known.
type Journal struct {
	journal  *log
	outcomes *log
	bufs     sync.Pool
}

// Open opens or creates the plan's journal in dir, cuts torn tails off, and returns what an earlier run left. Damage in the middle,
// another plan's journal or another version's is a diagnostic.
// Only one process may have a journal open; the state lock sees to that.
func Open(fsys FS, dir string, plan Plan) (*Journal, *Recovery, diag.Diagnostics, error) {
	rec, diags, err := Read(fsys, dir, plan)
	if err != nil || diags.HasErrors() {
		return nil, nil, diags, err
	}
	jf, err := fsys.Append(filepath.Join(dir, JournalFile), rec.journalSize)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open journal: %w", err)
	}
	of, err := fsys.Append(filepath.Join(dir, OutcomesFile), rec.outcomesSize)
	if err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("open outcomes: %w", err), jf.Close())
	}
	j := &Journal{journal: newLog(jf), outcomes: newLog(of), bufs: sync.Pool{New: func() any { return new([]byte) }}}
	if rec.journalSize == 0 {
		if err := j.journal.append(appendHeader(nil, plan.Digest), true); err != nil {
			return nil, nil, nil, errors.Join(fmt.Errorf("journal: %w", err), j.Close())
		}
	}
	return j, rec, nil, nil
}

// Reserve makes it durable that the ranges are about to be sent. Nothing of
// them may be sent before it returns nil.
func (j *Journal) Reserve(ranges ...Range) error {
	return j.write(j.journal, true, func(b []byte) ([]byte, error) {
		for _, r := range ranges {
			b = appendRange(b, kindReserved, r)
		}
		return b, nil
	})
}

// Record makes answers durable and then acknowledges their ranges. Each
// answer's range must be one that was reserved. A later answer for the same
// range replaces the earlier one.
func (j *Journal) Record(answers ...Answer) error {
	err := j.write(j.outcomes, true, func(b []byte) (_ []byte, err error) {
		for _, a := range answers {
			if b, err = appendAnswer(b, a); err != nil {
				return b, err
			}
		}
		return b, nil
	})
	if err != nil {
		return err
	}
	return j.write(j.journal, false, func(b []byte) ([]byte, error) {
		for _, a := range answers {
			b = appendRange(b, kindAcked, a.Range)
		}
		return b, nil
	})
}

// Committed makes it durable that the activation's outcomes so far are in
// state under this serial.
func (j *Journal) Committed(activation int, serial int64) error {
	return j.write(j.journal, true, func(b []byte) ([]byte, error) { return appendCommitted(b, activation, serial), nil })
}

// Settled closes the run: its unsent rows are dropped for good.
func (j *Journal) Settled() error {
	return j.write(j.journal, true, func(b []byte) ([]byte, error) { return appendSettled(b), nil })
}

// Close releases the files. It syncs nothing: what had to be durable is.
func (j *Journal) Close() error { return errors.Join(j.journal.close(), j.outcomes.close()) }

func (j *Journal) write(l *log, durable bool, fill func([]byte) ([]byte, error)) error {
	buf := j.bufs.Get().(*[]byte)
	defer j.bufs.Put(buf)
	b, err := fill((*buf)[:0])
	*buf = b
	if err != nil {
		return err
	}
	if err := l.append(b, durable); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
