package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/leat-dev/leat/lang/diag"
)

// TestResult is what became of one test block.
type TestResult struct {
	Name       string
	Activation string     // address
	Range      diag.Range // of the test's name
	Took       time.Duration
	Failures   []TestFailure
	Problems   diag.Diagnostics // why it could not be run
}

// Status is passed, failed, or error for a test that could not be run.
func (r *TestResult) Status() string {
	switch {
	case r.Problems.HasErrors():
		return "error"
	case len(r.Failures) > 0:
		return "failed"
	}
	return "passed"
}

// TestFailure is one row that is not as expected.
type TestFailure struct {
	List, Kind string
	Range      diag.Range
	Message    string
	Fields     []TestDiff
}

// TestDiff is one value that is not as expected.
type TestDiff struct {
	Name              string
	Range             diag.Range
	Expected, Planned string
}

// Tests renders the results for people: a line a test, and below each failed
// one what differs, at its place.
func Tests(results []TestResult, src Sources, st Style) string {
	var b strings.Builder
	for i := range results {
		r := &results[i]
		head := st.green("pass")
		if s := r.Status(); s != "passed" {
			head = st.red(map[string]string{"failed": "FAIL", "error": "ERROR"}[s])
		}
		fmt.Fprintf(&b, "%s  %s %s\n", head, r.Name, st.dim("("+r.Activation+")"))
		if len(r.Problems) > 0 {
			b.WriteString("\n" + Diagnostics(r.Problems, src, st))
		}
		for _, f := range r.Failures {
			b.WriteString("\n" + st.wrap(f.List+": "+f.Message, "  "))
			if len(f.Fields) == 0 {
				writePlace(&b, f.Range, src, st, true)
			}
			for _, d := range f.Fields {
				writePlace(&b, d.Range, src, st, true)
				fmt.Fprintf(&b, "    %s %s\n    %s %s\n", st.red("- expected "+d.Name+" ="), d.Expected, st.green("+ planned  "+d.Name+" ="), d.Planned)
			}
		}
		if r.Status() != "passed" {
			b.WriteByte('\n')
		}
	}
	return b.String() + testSummary(results, st)
}

func testSummary(results []TestResult, st Style) string {
	if len(results) == 0 {
		return "There are no tests. Write one in a test block, beside the activation it is about.\n"
	}
	n := countTests(results)
	text := plural(int64(len(results)), "test") + ": " + fmt.Sprintf("%d passed", n["passed"])
	if n["failed"] > 0 {
		text += fmt.Sprintf(", %d failed", n["failed"])
	}
	if n["error"] > 0 {
		text += fmt.Sprintf(", %d could not be run", n["error"])
	}
	if n["passed"] == len(results) {
		return st.green(text+".") + "\n"
	}
	return st.red(text+".") + "\n"
}

func countTests(results []TestResult) map[string]int {
	n := map[string]int{}
	for i := range results {
		n[results[i].Status()]++
	}
	return n
}

type jsonTestDiff struct {
	Name     string     `json:"name"`
	Expected string     `json:"expected"`
	Planned  string     `json:"planned"`
	Range    *jsonRange `json:"range,omitempty"`
}

type jsonTestFailure struct {
	List    string         `json:"list"`
	Kind    string         `json:"kind"`
	Message string         `json:"message"`
	Range   *jsonRange     `json:"range,omitempty"`
	Snippet *jsonSnippet   `json:"snippet,omitempty"`
	Fields  []jsonTestDiff `json:"fields,omitempty"`
}

type jsonTest struct {
	Name        string            `json:"name"`
	Activation  string            `json:"activation"`
	Status      string            `json:"status"`
	Range       *jsonRange        `json:"range,omitempty"`
	Failures    []jsonTestFailure `json:"failures"`
	Diagnostics []jsonDiagnostic  `json:"diagnostics"`
}

type jsonTests struct {
	FormatVersion string           `json:"format_version"`
	Passed        int              `json:"passed"`
	Failed        int              `json:"failed"`
	Errors        int              `json:"errors"`
	Tests         []jsonTest       `json:"tests"`
	Diagnostics   []jsonDiagnostic `json:"diagnostics"`
}

// TestsJSON renders the results as the document of `test --json`; ds are the
// warnings of compiling.
func TestsJSON(results []TestResult, ds diag.Diagnostics, src Sources) []byte {
	n := countTests(results)
	doc := jsonTests{FormatVersion: "1.0", Passed: n["passed"], Failed: n["failed"], Errors: n["error"], Tests: []jsonTest{}, Diagnostics: diagnosticsJSON(ds, src)}
	for i := range results {
		r := &results[i]
		t := jsonTest{Name: r.Name, Activation: r.Activation, Status: r.Status(), Range: rangeJSON(r.Range), Failures: []jsonTestFailure{}, Diagnostics: diagnosticsJSON(r.Problems, src)}
		for _, f := range r.Failures {
			j := jsonTestFailure{List: f.List, Kind: f.Kind, Message: f.Message, Range: rangeJSON(f.Range), Snippet: snippetJSON(f.Range, src)}
			for _, d := range f.Fields {
				j.Fields = append(j.Fields, jsonTestDiff{d.Name, d.Expected, d.Planned, rangeJSON(d.Range)})
			}
			t.Failures = append(t.Failures, j)
		}
		doc.Tests = append(doc.Tests, t)
	}
	return JSON(doc)
}
