package pluginhost

import (
	"slices"
	"strings"
	"sync"
)

// Bounds of what is kept of a plugin's output.
const (
	logLines = 200
	logWidth = 500 // bytes a line
)

// logBuffer keeps the last lines a plugin printed. Each Write is one line, as
// hclog makes them.
type logBuffer struct {
	mu    sync.Mutex
	lines []string
}

func newLogBuffer() *logBuffer { return &logBuffer{} }

// Write implements io.Writer.
func (b *logBuffer) Write(p []byte) (int, error) {
	line := strings.ToValidUTF8(strings.TrimSpace(string(p[:min(len(p), logWidth)])), "?")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) == logLines {
		b.lines = slices.Delete(b.lines, 0, 1)
	}
	b.lines = append(b.lines, line)
	return len(p), nil
}

func (b *logBuffer) tail() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}
