package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Range is a span of a source file. Filename is relative to the project root
// (slash-separated); lines and columns are 1-based, columns count grapheme
// clusters, bytes are 0-based. The zero Range means "no place".
type Range = hcl.Range

// Severity says whether a problem stops the command.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Related is a second place that takes part in a problem.
type Related struct {
	Message string
	Range   Range
}

// Edit replaces the bytes of Range by NewText.
type Edit struct {
	Range   Range
	NewText string
}

// Fix is a machine edit that resolves a diagnostic when applied whole.
type Fix struct {
	Title string
	Edits []Edit
}

// Diagnostic is one problem. It is a plain value; copy it freely.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Summary  string // one line, no final stop
	Detail   string // what is wrong and what to do; full sentences
	Range    Range  // primary place; zero when the problem has none in a file
	Related  []Related
	Fixes    []Fix
}

// Diagnostics is an ordered list of problems. The nil value is ready to use.
// It is not safe for concurrent writing.
type Diagnostics []Diagnostic

// New makes a diagnostic with the severity and summary of the code's entry in
// the table. The detail is formatted as fmt.Sprintf does.
// It panics on a code that is not in the table: that is a bug of the caller.
func New(code Code, rng Range, detail string, args ...any) Diagnostic {
	info, ok := Lookup(code)
	if !ok {
		panic(fmt.Sprintf("internal error: diagnostic code %s is not in the table", code))
	}
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return Diagnostic{Code: code, Severity: info.Severity, Summary: capital(info.Summary), Detail: detail, Range: rng}
}

// WithSummary returns a copy whose summary names the case at hand, such as
// the column that is missing. Formatted as fmt.Sprintf does.
func (d Diagnostic) WithSummary(format string, args ...any) Diagnostic {
	d.Summary = fmt.Sprintf(format, args...)
	if !strings.HasPrefix(format, "%") { // a name keeps its spelling
		d.Summary = capital(d.Summary)
	}
	return d
}

// capital makes a summary begin like a sentence, unless it begins with code,
// which keeps its spelling.
func capital(s string) string {
	word, rest, _ := strings.Cut(s, " ")
	if strings.HasPrefix(rest, "=") {
		return s
	}
	for _, r := range word {
		if r < 'a' || r > 'z' {
			return s
		}
	}
	if word == "" || word == "leat" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// WithRelated returns a copy with one more related place. A zero range is
// kept: renderers then print the message without a place.
func (d Diagnostic) WithRelated(rng Range, format string, args ...any) Diagnostic {
	d.Related = append(slices.Clone(d.Related), Related{Message: fmt.Sprintf(format, args...), Range: rng})
	return d
}

// WithFix returns a copy with one more machine edit.
func (d Diagnostic) WithFix(title string, edits ...Edit) Diagnostic {
	d.Fixes = append(slices.Clone(d.Fixes), Fix{Title: title, Edits: edits})
	return d
}

// Append adds diagnostics to the list.
func (ds *Diagnostics) Append(more ...Diagnostic) { *ds = append(*ds, more...) }

// Extend adds all of another list.
func (ds *Diagnostics) Extend(more Diagnostics) { *ds = append(*ds, more...) }

// HasErrors reports whether any diagnostic is an error.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count returns the number of errors and of warnings.
func (ds Diagnostics) Count() (errors, warnings int) {
	for _, d := range ds {
		if d.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// Sorted returns a copy ordered by file, byte, code, summary and detail, with
// exact repeats removed. Output is made from a sorted list only.
func (ds Diagnostics) Sorted() Diagnostics {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Range.Filename, b.Range.Filename),
		cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Summary, b.Summary),
		cmp.Compare(a.Detail, b.Detail),
	)
}
