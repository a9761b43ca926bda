package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leat-dev/leat/lang/diag"
)

// Sources finds the bytes of a source file by the name that ranges carry. It
// returns nil for a file that is not at hand; excerpts are then left out.
type Sources func(filename string) []byte

// Diagnostics renders diagnostics for people, in the list's order, with
// source excerpts, related places and suggested edits.
func Diagnostics(ds diag.Diagnostics, src Sources, st Style) string {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		head := st.red("Error:")
		if d.Severity == diag.Warning {
			head = st.yellow("Warning:")
		}
		fmt.Fprintf(&b, "%s %s %s\n", head, st.bold(d.Summary), st.dim("("+string(d.Code)+")"))
		writePlace(&b, d.Range, src, st, true)
		if d.Detail != "" {
			b.WriteByte('\n')
			b.WriteString(st.wrap(d.Detail, "  "))
		}
		for _, r := range d.Related {
			b.WriteByte('\n')
			b.WriteString(st.wrap(r.Message, "  "))
			writePlace(&b, r.Range, src, st, false)
		}
		for _, f := range d.Fixes {
			fmt.Fprintf(&b, "\n  %s %s\n", st.green("Fix:"), f.Title)
		}
	}
	return b.String()
}

// writePlace prints "file:line:column" and the source line with the range
// marked.
func writePlace(b *strings.Builder, r diag.Range, src Sources, st Style, mark bool) {
	if r.Filename == "" {
		return
	}
	place := r.Filename
	if r.Start.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", r.Filename, r.Start.Line, r.Start.Column)
	}
	fmt.Fprintf(b, "  %s %s\n", st.dim("at"), st.cyan(place))
	line, from, to, ok := sourceLine(r, src)
	if !ok {
		return
	}
	num := strconv.Itoa(r.Start.Line)
	fmt.Fprintf(b, "  %s %s\n", st.dim(num+" |"), strings.ReplaceAll(line, "\t", " "))
	if !mark {
		return
	}
	before, n := utf8.RuneCountInString(line[:from]), utf8.RuneCountInString(line[from:to])
	fmt.Fprintf(b, "  %s %s%s\n", st.dim(strings.Repeat(" ", len(num))+" |"), strings.Repeat(" ", before), st.red(strings.Repeat("^", max(1, n))))
}

// lineStart is the byte at which the line of a range begins. Plans keep the
// line of a place only; the byte is zero then.
func lineStart(r diag.Range, src Sources) int {
	text := src(r.Filename)
	if r.Start.Byte > 0 || r.Start.Line == 1 {
		return bytes.LastIndexByte(text[:r.Start.Byte], '\n') + 1
	}
	at := 0
	for range r.Start.Line - 1 {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return len(text)
		}
		at += n + 1
	}
	return at
}

// sourceLine returns the line a range starts on, without its line end, and
// where in it the range begins and ends.
func sourceLine(r diag.Range, src Sources) (line string, from, to int, ok bool) {
	if src == nil || r.Start.Line <= 0 {
		return "", 0, 0, false
	}
	text := src(r.Filename)
	if text == nil || r.Start.Byte > len(text) {
		return "", 0, 0, false
	}
	start := lineStart(r, src)
	rest := text[start:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	line = strings.TrimRight(string(rest), "\r")
	from, to = max(0, r.Start.Byte-start), len(line)
	if r.End.Line == r.Start.Line && r.End.Byte > 0 {
		to = min(len(line), r.End.Byte-start)
	}
	if r.Start.Byte == 0 && r.Start.Line > 1 {
		from, to = 0, len(line)
	}
	return line, from, max(from, to), strings.TrimSpace(line) != "" && from <= len(line)
}

// Summary is the closing line of a run that had problems: "2 errors, 1
// warning".
func Summary(ds diag.Diagnostics) string {
	e, w := ds.Count()
	return plural(int64(e), "error") + ", " + plural(int64(w), "warning")
}

type jsonPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

type jsonRange struct {
	Filename string  `json:"filename"`
	Start    jsonPos `json:"start"`
	End      jsonPos `json:"end"`
}

type jsonSnippet struct {
	Context              *string `json:"context"`
	Code                 string  `json:"code"`
	StartLine            int     `json:"start_line"`
	HighlightStartOffset int     `json:"highlight_start_offset"`
	HighlightEndOffset   int     `json:"highlight_end_offset"`
}

type jsonRelated struct {
	Message string     `json:"message"`
	Range   *jsonRange `json:"range,omitempty"`
}

type jsonEdit struct {
	Range   jsonRange `json:"range"`
	NewText string    `json:"new_text"`
}

type jsonFix struct {
	Title string     `json:"title"`
	Edits []jsonEdit `json:"edits"`
}

type jsonDiagnostic struct {
	Severity diag.Severity `json:"severity"`
	Code     diag.Code     `json:"code"`
	Summary  string        `json:"summary"`
	Detail   string        `json:"detail"`
	Range    *jsonRange    `json:"range,omitempty"`
	Snippet  *jsonSnippet  `json:"snippet,omitempty"`
	Related  []jsonRelated `json:"related,omitempty"`
	Fixes    []jsonFix     `json:"fixes,omitempty"`
}

type jsonValidate struct {
	FormatVersion string           `json:"format_version"`
	Valid         bool             `json:"valid"`
	ErrorCount    int              `json:"error_count"`
	WarningCount  int              `json:"warning_count"`
	Diagnostics   []jsonDiagnostic `json:"diagnostics"`
}

// DiagnosticsJSON renders diagnostics as the document of `--json`, whose shape
// follows Terraform's `validate -json`. It ends in a newline.
func DiagnosticsJSON(ds diag.Diagnostics, src Sources) []byte {
	return JSON(diagnosticsDocument(ds, src))
}

func diagnosticsDocument(ds diag.Diagnostics, src Sources) jsonValidate {
	e, w := ds.Count()
	return jsonValidate{FormatVersion: "1.0", Valid: e == 0, ErrorCount: e, WarningCount: w, Diagnostics: diagnosticsJSON(ds, src)}
}

func diagnosticsJSON(ds diag.Diagnostics, src Sources) []jsonDiagnostic {
	out := []jsonDiagnostic{}
	for _, d := range ds {
		j := jsonDiagnostic{Severity: d.Severity, Code: d.Code, Summary: d.Summary, Detail: d.Detail,
			Range: rangeJSON(d.Range), Snippet: snippetJSON(d.Range, src)}
		for _, r := range d.Related {
			j.Related = append(j.Related, jsonRelated{r.Message, rangeJSON(r.Range)})
		}
		for _, f := range d.Fixes {
			jf := jsonFix{Title: f.Title}
			for _, ed := range f.Edits {
				jf.Edits = append(jf.Edits, jsonEdit{*rangeJSON(ed.Range), ed.NewText})
			}
			j.Fixes = append(j.Fixes, jf)
		}
		out = append(out, j)
	}
	return out
}

func rangeJSON(r diag.Range) *jsonRange {
	if r.Filename == "" {
		return nil
	}
	return &jsonRange{r.Filename, jsonPos{r.Start.Line, r.Start.Column, r.Start.Byte}, jsonPos{r.End.Line, r.End.Column, r.End.Byte}}
}

func snippetJSON(r diag.Range, src Sources) *jsonSnippet {
	line, from, to, ok := sourceLine(r, src)
	if !ok {
		return nil
	}
	return &jsonSnippet{Code: line, StartLine: r.Start.Line, HighlightStartOffset: from, HighlightEndOffset: to}
}

// JSON renders any document of ours: indented by two spaces, no HTML escapes,
// ending in a newline. It panics on a value that has no JSON form: a bug.
func JSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("internal error: %v", err))
	}
	return b.Bytes()
}

// Verdict is the closing line of validate.
func Verdict(ds diag.Diagnostics, activations int, st Style) string {
	e, w := ds.Count()
	switch {
	case e > 0:
		return st.red("Invalid:") + " " + Summary(ds) + ".\n"
	case w > 0:
		return st.green("Valid:") + " " + plural(int64(activations), "activation") + ", " + plural(int64(w), "warning") + ".\n"
	default:
		return st.green("Valid:") + " " + plural(int64(activations), "activation") + ".\n"
	}
}
