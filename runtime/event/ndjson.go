package event

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// FormatVersion is the version of the stream. A reader accepts its own major.
const FormatVersion = "1.0"

// header is the first line of a stream.
type header struct {
	Type          string `json:"type"`
	FormatVersion string `json:"format_version"`
}

const headerType = "version"

// Encoder writes events as lines of JSON. Its methods may be called from many
// goroutines.
type Encoder struct {
	mu  sync.Mutex
	w   io.Writer
	buf bytes.Buffer
	enc *json.Encoder
	err error
}

// NewEncoder writes the first line, which names the version, and returns an
// encoder for the rest. An error of it is reported by Err.
func NewEncoder(w io.Writer) *Encoder {
	e := &Encoder{w: w}
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	e.line(header{Type: headerType, FormatVersion: FormatVersion})
	return e
}

// Encode writes one event as one write call. It is a [Sink]: after an error
// it does nothing, and Err returns that error.
func (e *Encoder) Encode(ev Event) { e.line(ev) }

// Err returns the first error.
func (e *Encoder) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

func (e *Encoder) line(v any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return
	}
	e.buf.Reset()
	if e.err = e.enc.Encode(v); e.err == nil {
		_, e.err = e.w.Write(e.buf.Bytes())
	}
}

// Decode reads a stream to its end and calls yield with every event. Fields
// and kinds it does not know are kept out of its way. Another major version,
// or a line that is not JSON, is an error that names the line.
func Decode(r io.Reader, yield func(Event) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	line := 0
	for sc.Scan() {
		line++
		if line == 1 {
			var h header
			if err := json.Unmarshal(sc.Bytes(), &h); err != nil || h.Type != headerType {
				return errors.New("event stream: the first line does not name a version")
			}
			if major, _, _ := strings.Cut(h.FormatVersion, "."); major != "1" {
				return fmt.Errorf("event stream: version %q is not supported", h.FormatVersion)
			}
			continue
		}
		var ev Event
		if err := json.Unmarshal(sc.Bytes(), &ev); err != nil {
			return fmt.Errorf("event stream: line %d is not an event", line)
		}
		if err := yield(ev); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	return nil
}
