package view

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/leat-dev/leat/lang/diag"
)

// junitOrder is what the schema of Ant's JUnit task (windyroad/JUnit-Schema)
// wants of each element: its required attributes, and the order of its children.
var junitOrder = map[string]struct{ attrs, children []string }{
	"testsuites": {nil, []string{"testsuite"}},
	"testsuite": {[]string{"name", "timestamp", "hostname", "tests", "failures", "errors", "time", "package", "id"},
		[]string{"properties", "testcase", "system-out", "system-err"}},
	"testcase": {[]string{"name", "classname", "time"}, []string{"error", "failure"}},
	"error":    {[]string{"type"}, nil},
	"failure":  {[]string{"type"}, nil},
}

func TestJUnitFollowsTheSchema(t *testing.T) {
	results := []TestResult{
		{Name: `odd <name> & "quotes" ` + "\x01", Activation: "activation.a", Took: 1500 * time.Millisecond},
		{Name: "fails", Activation: `activation.b["eu"]`, Failures: []TestFailure{{List: "send", Kind: "differs", Message: "row 1", Fields: []TestDiff{{Name: "x", Expected: "1", Planned: "null"}}}}},
		{Name: "cannot run", Activation: "activation.a", Problems: diag.Diagnostics{diag.New(diag.TestSynced, diag.Range{}, "Two rows.")}},
	}
	text := JUnit(results, nil, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if !strings.Contains(string(text), `tests="2" failures="0" errors="1" time="1.500"`) || !strings.Contains(string(text), `timestamp="2026-01-02T03:04:05"`) {
		t.Errorf("%s", text)
	}
	d := xml.NewDecoder(strings.NewReader(string(text)))
	type open struct {
		name string
		at   int // the child that may come next
	}
	var stack []open
	for {
		token, err := d.Token()
		if err != nil {
			break // the end: what is open is looked at below
		}
		switch e := token.(type) {
		case xml.StartElement:
			for _, want := range junitOrder[e.Name.Local].attrs {
				if !strings.Contains(attributes(e), " "+want+" ") {
					t.Errorf("%s lacks %s", e.Name.Local, want)
				}
			}
			if n := len(stack); n > 0 {
				children := junitOrder[stack[n-1].name].children
				for stack[n-1].at < len(children) && children[stack[n-1].at] != e.Name.Local {
					stack[n-1].at++
				}
				if stack[n-1].at == len(children) {
					t.Errorf("%s does not belong there in %s", e.Name.Local, stack[n-1].name)
				}
			}
			stack = append(stack, open{name: e.Name.Local})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) > 0 || d.InputOffset() < int64(len(text))-1 {
		t.Errorf("not well formed after byte %d", d.InputOffset())
	}
}

func attributes(e xml.StartElement) string {
	text := " "
	for _, a := range e.Attr {
		text += a.Name.Local + " "
	}
	return text
}
