package view

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// The elements of a JUnit report, as the schema of Ant's JUnit task orders them
// (https://github.com/windyroad/JUnit-Schema); what other readers ask for, such
// as Jenkins and GitLab, is a part of it.
type junitReport struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string      `xml:"name,attr"`
	Package    string      `xml:"package,attr"`
	ID         int         `xml:"id,attr"`
	Timestamp  string      `xml:"timestamp,attr"` // without a zone, as the schema has it
	Hostname   string      `xml:"hostname,attr"`
	Tests      int         `xml:"tests,attr"`
	Failures   int         `xml:"failures,attr"`
	Errors     int         `xml:"errors,attr"`
	Time       string      `xml:"time,attr"` // seconds
	Properties struct{}    `xml:"properties"`
	Cases      []junitCase `xml:"testcase"`
	Out        string      `xml:"system-out"`
	Err        string      `xml:"system-err"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Error     *junitProblem `xml:"error,omitempty"`
	Failure   *junitProblem `xml:"failure,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit renders the results as JUnit XML: a suite a activation, in the order of
// their first tests. It ends in a newline.
func JUnit(results []TestResult, src Sources, now time.Time) []byte {
	var doc junitReport
	index := map[string]int{}
	took := map[string]time.Duration{}
	for i := range results {
		r := &results[i]
		at, known := index[r.Activation]
		if !known {
			at = len(doc.Suites)
			index[r.Activation] = at
			doc.Suites = append(doc.Suites, junitSuite{Name: r.Activation, Package: "leat", ID: at, Hostname: "localhost", Timestamp: now.UTC().Format("2006-01-02T15:04:05")})
		}
		s := &doc.Suites[at]
		c := junitCase{Name: r.Name, ClassName: r.Activation, Time: seconds(r.Took)}
		switch r.Status() {
		case "error":
			s.Errors++
			c.Error = &junitProblem{Message: r.Problems[0].Summary, Type: string(r.Problems[0].Code), Text: Diagnostics(r.Problems, src, Style{})}
		case "failed":
			s.Failures++
			c.Failure = &junitProblem{Message: r.Failures[0].List + ": " + r.Failures[0].Message, Type: r.Failures[0].Kind, Text: failureText(r)}
		}
		s.Tests++
		took[r.Activation] += r.Took
		s.Time = seconds(took[r.Activation])
		s.Cases = append(s.Cases, c)
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("internal error: %v", err)) // strings and numbers have an XML form
	}
	return []byte(xml.Header + string(text) + "\n")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// failureText is what differs, a line each, with its place.
func failureText(r *TestResult) string {
	var b strings.Builder
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s\n", f.Range.Filename, f.Range.Start.Line, f.Range.Start.Column, f.List, f.Message)
		for _, d := range f.Fields {
			fmt.Fprintf(&b, "%s:%d:%d: expected %s = %s, planned %s\n", d.Range.Filename, d.Range.Start.Line, d.Range.Start.Column, d.Name, d.Expected, d.Planned)
		}
	}
	return b.String()
}
