package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
)

// Moved names the state that a head was made from under another name.
type Moved struct {
	From string `json:"from"` // activation
	Head string `json:"head"` // digest of its head file
}

// LeftOver reports whether this state was moved to another name already: what
// is left of it is what a run that was killed could not clear away.
func (h *Head) LeftOver(to *Head) bool {
	return to.Moved != nil && to.Moved.From == h.Activation && to.Moved.Head == h.digest
}

// Renames finds what of an activation the state holds under earlier names. A
// name that the last commit knew needs none.
func (h *Head) Renames(f ir.Former) (key, fields []plan.Rename) {
	find := func(in []ir.Renamed, mapped, all []diff.Column) (out []plan.Rename) {
		for _, r := range in {
			if has(mapped, r.Name) {
				continue
			}
			if i := slices.IndexFunc(r.Was, func(was string) bool { return has(all, was) }); i >= 0 {
				out = append(out, plan.Rename{From: r.Was[i], To: r.Name})
			}
		}
		return out
	}
	return find(f.Key, h.Key, h.Key), find(f.Fields, h.Fields, slices.Concat(h.Fields, h.Retired))
}

func has(cs []diff.Column, name string) bool {
	return slices.ContainsFunc(cs, func(c diff.Column) bool { return c.Name == name })
}

// Renamed returns the head with the names that a plan gives its fields. The
// files stay as they are: segments say what their columns are called. Names
// that are today's already are left alone.
func (h *Head) Renamed(m *plan.Moved) *Head {
	if m == nil || len(m.Key)+len(m.Fields) == 0 {
		return h
	}
	next := *h
	next.Key = sorted(renameColumns(h.Key, m.Key))
	next.Fields = sorted(renameColumns(h.Fields, m.Fields))
	// A field that had the new name long ago gives way.
	next.Retired = renameColumns(slices.DeleteFunc(slices.Clone(h.Retired), func(c diff.Column) bool {
		return slices.ContainsFunc(m.Fields, func(r plan.Rename) bool { return r.To == c.Name })
	}), m.Fields)
	next.Segments = slices.Clone(h.Segments)
	for i := range next.Segments {
		for _, r := range m.Key {
			next.Segments[i] = next.Segments[i].RenameKey(r.From, r.To)
		}
		for _, r := range m.Fields {
			next.Segments[i] = next.Segments[i].RenameField(r.From, r.To)
		}
	}
	return &next
}

func renameColumns(in []diff.Column, by []plan.Rename) []diff.Column {
	out := slices.Clone(in)
	for i, c := range out {
		for _, r := range by {
			if r.From == c.Name {
				out[i].Name = r.To
			}
		}
	}
	return out
}

// sorted orders columns as activations have them.
func sorted(cs []diff.Column) []diff.Column {
	slices.SortStableFunc(cs, func(a, b diff.Column) int { return strings.Compare(a.Name, b.Name) })
	return cs
}

// HeadOf returns the head that a plan's activation goes on from, with the
// names of the plan: its own, else that of the activation it was. Where there
// was state that is gone, it returns what tells of it, which has no rows.
func (s *Store) HeadOf(a *plan.Activation) (*Head, diag.Diagnostics, error) {
	h, ds, err := s.readHead(a.Name)
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	if from := a.Moved.FromName(); from != "" && (h == nil || h.Gone) {
		old, ds, err := s.Head(from)
		if err != nil || ds.HasErrors() {
			return nil, ds, err
		}
		if old != nil {
			h = old
		}
	}
	if h == nil {
		return nil, nil, nil
	}
	return h.Renamed(a.Moved), nil, nil
}

// LastSerial is the serial at which an activation without state had some; 0
// when it never had any. Plans go on from it, so that no plan is made twice.
func (s *Store) LastSerial(name string) (int64, error) {
	h, _, err := s.readHead(name)
	if h == nil || !h.Gone {
		return 0, err
	}
	return h.Serial, err
}

// adopt puts the row files of a head into the folder of another activation,
// and returns the head as it is there. Nothing names them until a new head does.
func (s *Store) adopt(h *Head, name string) (*Head, error) {
	next := *h
	next.Activation = name
	files := []string{}
	for _, seg := range h.Segments {
		files = append(files, seg.File)
	}
	if h.Index != nil {
		files = append(files, h.Index.File)
	}
	for _, f := range files {
		err := link(filepath.Join(s.activationDir(h.Activation), f), filepath.Join(s.activationDir(name), f))
		if errors.Is(err, fs.ErrNotExist) && h.Index != nil && f == h.Index.File {
			next.Index = nil // disposable
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("move state: %w", err)
		}
	}
	return &next, syncDir(s.activationDir(name))
}

// link makes a file appear under a second path: as a link, or a copy where the
// file system has none.
func link(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(from, to); err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// bury turns a head into what tells that there was state: a serial, and which
// plan ended it. It has no rows and names nothing of the destination.
func bury(h *Head) {
	*h = Head{FormatVersion: h.FormatVersion, Environment: h.Environment, Lineage: h.Lineage, Serial: h.Serial, Activation: h.Activation,
		ID: h.ID, Key: []diff.Column{}, Fields: []diff.Column{}, Retired: []diff.Column{}, Segments: []diff.Segment{}, Counts: map[string]int64{},
		Plan: h.Plan, AsOf: h.AsOf, Gone: true}
}

// moved clears away the state that a head was made from.
func (s *Store) moved(h *Head) error {
	if h.Moved == nil {
		return nil
	}
	old, _, err := s.readHead(h.Moved.From)
	if err != nil || old == nil || !old.LeftOver(h) {
		return err
	}
	old.Serial, old.Plan, old.AsOf = old.Serial+1, h.Plan, h.AsOf
	bury(old)
	if err := s.writeHead(old); err != nil {
		return err
	}
	return s.sweep(old.Activation, old)
}

// Tidy clears away what runs that were killed left of states that were moved
// or removed, and the rows of states that are gone. The caller holds the lock.
func (s *Store) Tidy() error {
	heads, _, err := s.readHeads() // damage is for those who read it
	if err != nil {
		return err
	}
	for _, h := range heads {
		if h.Gone {
			err = s.sweep(h.Activation, h)
		} else {
			err = s.moved(h)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
