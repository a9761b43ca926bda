package file

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Replace begins the new content of a file.
func (c *connection) Replace(_ context.Context, t sdk.Target) (sdk.Replacement, error) {
	name, ok := c.fileName(t.Object)
	if !ok {
		return nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "the object is not a file name below the folder"}
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, ioFault(err)
	}
	root, err := os.OpenRoot(c.dir) // follows no link out of the folder
	if err != nil {
		return nil, ioFault(err)
	}
	r := &replacement{root: root, name: name, temp: path.Join(path.Dir(name), "."+path.Base(name)+".leat-tmp")}
	if err := r.create(); err != nil {
		_ = root.Close() // the first error counts
		return nil, ioFault(err)
	}
	r.enc = formats[c.format](r.buf, c)
	if err := r.enc.header(t); err != nil {
		r.Abort()
		return nil, ioFault(err)
	}
	return r, nil
}

// fileName is the file of an object, with slashes. Every file has one name
// only, so that two activations cannot own it under two.
func (c *connection) fileName(object string) (string, bool) {
	if object == "" || object == "." || strings.ContainsAny(object, "\\\x00") || path.Clean(object) != object {
		return "", false
	}
	name := object + "." + c.format
	return name, filepath.IsLocal(filepath.FromSlash(name))
}

// replacement is a file being written beside the one it will replace. Its
// name is fixed, so that what a killed run left is removed by the next.
type replacement struct {
	root       *os.Root
	name, temp string // below root
	file       *os.File
	buf        *bufio.Writer
	enc        encoder
}

func (r *replacement) create() error {
	if err := r.root.MkdirAll(path.Dir(r.name), 0o755); err != nil {
		return err
	}
	if err := r.root.Remove(r.temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := fs.FileMode(0o644)
	if old, err := r.root.Lstat(r.name); err == nil && old.Mode().IsRegular() {
		mode = old.Mode().Perm() // who may read it is the owner's choice
	}
	f, err := r.root.OpenFile(r.temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	r.file, r.buf = f, bufio.NewWriterSize(f, 1<<16)
	return nil
}

// Add implements sdk.Replacement.
func (r *replacement) Add(_ context.Context, b *sdk.Batch, _ *sdk.Outcomes) error {
	for i := range b.Len() {
		if err := r.enc.row(b, i); err != nil {
			return ioFault(err)
		}
	}
	return nil
}

// Commit implements sdk.Replacement.
func (r *replacement) Commit(ctx context.Context) error {
	err := errors.Join(r.buf.Flush(), r.file.Sync())
	if err == nil {
		err = sdk.MayStart(ctx) // writing may have taken its time
	}
	if err == nil {
		if err = r.file.Close(); err == nil {
			err = r.root.Rename(r.temp, r.name)
		}
	}
	if err != nil {
		r.Abort()
		return ioFault(err)
	}
	defer func() { _ = r.root.Close() }() // nothing is written through it
	if err := r.syncFolder(); err != nil {
		return &sdk.Fault{Class: sdk.FaultServer, Sent: true, Code: "io"}
	}
	return nil
}

// Abort implements sdk.Replacement. What cannot be removed, the next run
// removes.
func (r *replacement) Abort() {
	_ = r.file.Close()
	_ = r.root.Remove(r.temp)
	_ = r.root.Close()
}

// syncFolder makes the rename durable. Windows has no such call.
func (r *replacement) syncFolder() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := r.root.Open(path.Dir(r.name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ioFault is a failure before the rename: the old content stands. Errors of
// files name paths only; their text is left out all the same.
func ioFault(err error) error {
	var f *sdk.Fault
	if errors.As(err, &f) {
		return err
	}
	for _, known := range []struct {
		err  error
		code string
	}{
		{fs.ErrPermission, "permission"},
		{fs.ErrNotExist, "not_found"},
		{syscall.ENOSPC, "no_space"},
		{syscall.EISDIR, "is_a_folder"},
		{syscall.ENOTDIR, "not_a_folder"},
		{fs.ErrExist, "is_a_folder"}, // a rename onto one
	} {
		if errors.Is(err, known.err) {
			return &sdk.Fault{Class: sdk.FaultServer, Code: known.code}
		}
	}
	return &sdk.Fault{Class: sdk.FaultServer, Code: "io"}
}
