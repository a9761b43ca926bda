package file

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/leat-dev/leat/plugins/sdk"
)

// encoder writes rows in one format. Errors of the writer below surface at
// flush.
type encoder interface {
	row(b *sdk.Batch, i int) error
	flush() error
}

// formats maps a format, which is also a file's ending, to its encoder.
var formats = map[string]func(io.Writer, *connection, sdk.Target) encoder{
	"csv":   newCSV,
	"jsonl": newJSONL,
}

// replacement is a file being written beside the one it will replace. Its
// name is fixed, so that what a killed run left is overwritten by the next.
type replacement struct {
	path, temp string
	file       *os.File
	enc        encoder
}

func begin(path string, format func(*os.File) encoder) (*replacement, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, ioFault(err)
	}
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".leat-tmp")
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, ioFault(err)
	}
	return &replacement{path: path, temp: temp, file: f, enc: format(f)}, nil
}

func (r *replacement) Add(_ context.Context, b *sdk.Batch, _ *sdk.Outcomes) error {
	for i := range b.Len() {
		if err := r.enc.row(b, i); err != nil {
			return ioFault(err)
		}
	}
	return nil
}

func (r *replacement) Commit(ctx context.Context) error {
	if err := sdk.MayStart(ctx); err != nil {
		r.Abort()
		return err
	}
	err := errors.Join(r.enc.flush(), r.file.Sync())
	if err = errors.Join(err, r.file.Close()); err != nil {
		_ = os.Remove(r.temp)
		return ioFault(err)
	}
	if err := os.Rename(r.temp, r.path); err != nil {
		return ioFault(err)
	}
	return syncDir(filepath.Dir(r.path))
}

func (r *replacement) Abort() {
	_ = r.file.Close()
	_ = os.Remove(r.temp)
}

// ioFault is a failure before the rename: the old content stands.
func ioFault(err error) error {
	code := "io"
	switch {
	case errors.Is(err, os.ErrPermission):
		code = "permission"
	case errors.Is(err, os.ErrNotExist):
		code = "not_found"
	}
	return &sdk.Fault{Class: sdk.FaultServer, Code: code}
}

// syncDir makes the rename durable. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return &sdk.Fault{Class: sdk.FaultServer, Sent: true, Code: "io"}
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return &sdk.Fault{Class: sdk.FaultServer, Sent: true, Code: "io"}
	}
	return nil
}

// csvEncoder writes RFC 4180 with a header line; line ends are "\n".
type csvEncoder struct {
	w      *csv.Writer
	null   string
	record []string
}

func newCSV(out io.Writer, c *connection, t sdk.Target) encoder {
	w := csv.NewWriter(out) // buffers by itself
	w.Comma = c.delimiter
	e := &csvEncoder{w: w, null: c.null}
	for _, col := range append(append([]sdk.Column{}, t.Key...), t.Fields...) {
		e.record = append(e.record, col.Name)
	}
	_ = w.Write(e.record) // an error stays and surfaces at flush
	return e
}

func (e *csvEncoder) row(b *sdk.Batch, i int) error {
	e.record = e.record[:0]
	for _, cols := range [][]sdk.Values{b.Key, b.Fields} {
		for _, v := range cols {
			if v.Null(i) {
				e.record = append(e.record, e.null)
				continue
			}
			e.record = append(e.record, v.Text(i))
		}
	}
	return e.w.Write(e.record)
}

func (e *csvEncoder) flush() error {
	e.w.Flush()
	return e.w.Error()
}

// jsonEncoder writes one JSON object a line, keys first, nulls written out.
type jsonEncoder struct {
	w   *bufio.Writer
	buf []byte
}

func newJSONL(out io.Writer, _ *connection, _ sdk.Target) encoder {
	return &jsonEncoder{w: bufio.NewWriterSize(out, 1<<16)}
}

func (e *jsonEncoder) row(b *sdk.Batch, i int) error {
	e.buf = append(e.buf[:0], '{')
	for _, cols := range [][]sdk.Values{b.Key, b.Fields} {
		for _, v := range cols {
			if len(e.buf) > 1 {
				e.buf = append(e.buf, ',')
			}
			e.buf = sdk.AppendJSONString(e.buf, v.Name)
			e.buf = append(e.buf, ':')
			e.buf = v.AppendJSON(e.buf, i)
		}
	}
	e.buf = append(e.buf, '}', '\n')
	_, err := e.w.Write(e.buf)
	return err
}

func (e *jsonEncoder) flush() error { return e.w.Flush() }
