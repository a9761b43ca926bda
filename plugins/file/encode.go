package file

import (
	"bytes"
	"io"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// encoder writes rows in one format.
type encoder interface {
	header(t sdk.Target) error
	row(b *sdk.Batch, i int) error
}

// formats maps a format, which is also a file's ending, to its encoder.
var formats = map[string]func(io.Writer, *connection) encoder{
	"csv": func(w io.Writer, c *connection) encoder {
		return &csvEncoder{w: w, delimiter: c.delimiter, null: c.null}
	},
	"jsonl": func(w io.Writer, _ *connection) encoder { return &jsonEncoder{w: w} },
}

// csvEncoder writes RFC 4180 with a header line; line ends are "\n". Unlike
// encoding/csv it quotes an empty text and one that looks like the null text,
// so that a reader can tell both from a null.
type csvEncoder struct {
	w               io.Writer
	delimiter, null string
	buf             []byte
}

func (e *csvEncoder) header(t sdk.Target) error {
	e.buf = e.buf[:0]
	for _, columns := range [][]sdk.Column{t.Key, t.Fields} {
		for _, c := range columns {
			e.text(c.Name)
		}
	}
	return e.line()
}

func (e *csvEncoder) row(b *sdk.Batch, i int) error {
	e.buf = e.buf[:0]
	for _, columns := range [][]sdk.Values{b.Key, b.Fields} {
		for _, v := range columns {
			if v.Null(i) {
				e.buf = append(append(e.buf, e.null...), e.delimiter...)
				continue
			}
			e.text(v.Text(i))
		}
	}
	return e.line()
}

// text appends a value and the delimiter.
func (e *csvEncoder) text(s string) {
	quoted := s == "" || s == e.null || strings.Contains(s, e.delimiter) || strings.ContainsAny(s, "\"\r\n") ||
		s[0] == ' ' || s[len(s)-1] == ' '
	if quoted {
		e.buf = append(e.buf, '"')
		s = strings.ReplaceAll(s, `"`, `""`)
	}
	e.buf = append(e.buf, s...)
	if quoted {
		e.buf = append(e.buf, '"')
	}
	e.buf = append(e.buf, e.delimiter...)
}

func (e *csvEncoder) line() error {
	e.buf = append(bytes.TrimSuffix(e.buf, []byte(e.delimiter)), '\n')
	_, err := e.w.Write(e.buf)
	return err
}

// jsonEncoder writes one JSON object a line, keys first, nulls written out.
type jsonEncoder struct {
	w   io.Writer
	buf []byte
}

func (*jsonEncoder) header(sdk.Target) error { return nil }

func (e *jsonEncoder) row(b *sdk.Batch, i int) error {
	e.buf = append(e.buf[:0], '{')
	for _, columns := range [][]sdk.Values{b.Key, b.Fields} {
		for _, v := range columns {
			if len(e.buf) > 1 {
				e.buf = append(e.buf, ',')
			}
			e.buf = sdk.AppendJSONString(e.buf, v.Name)
			e.buf = append(e.buf, ':')
			start := len(e.buf)
			e.buf = v.AppendJSON(e.buf, i)
			oneLine(e.buf[start:])
		}
	}
	e.buf = append(e.buf, '}', '\n')
	_, err := e.w.Write(e.buf)
	return err
}

// oneLine turns line ends into spaces. A document of the warehouse may have
// them between its tokens; within a JSON string they are always escaped.
func oneLine(doc []byte) {
	for i, c := range doc {
		if c == '\n' || c == '\r' {
			doc[i] = ' '
		}
	}
}
