package cli

import (
	"testing"

	"github.com/leat-dev/leat/compiler/plan"
)

// Values with a label are never shown; off a terminal nothing else is but
// bools, enums and public columns.
func TestMasked(t *testing.T) {
	for _, tc := range []struct {
		name               string
		column             plan.Column
		terminal, redirect bool // whether it is masked there
	}{
		{"text", plan.Column{Type: "string(100)"}, false, true},
		{"number", plan.Column{Type: "int"}, false, true},
		{"bool", plan.Column{Type: "bool"}, false, false},
		{"enum", plan.Column{Type: `enum("a", "b")`}, false, false},
		{"public text", plan.Column{Type: "string", Labels: []string{"public"}}, false, false},
		{"personal text", plan.Column{Type: "string", Labels: []string{"pii"}}, true, true},
		{"hash of a personal text", plan.Column{Type: "string", Labels: []string{"pii:hashed"}}, true, true},
		{"personal bool", plan.Column{Type: "bool", Labels: []string{"health"}}, true, true},
		{"personal and public", plan.Column{Type: "string", Labels: []string{"pii", "public"}}, true, true},
		{"personal by its name", plan.Column{Type: "string", Labels: []string{"pii"}, Guessed: []string{"pii"}}, true, true},
		{"personal to the destination", plan.Column{Type: "string", Guessed: []string{"pii"}}, true, true},
		{"public by its name", plan.Column{Type: "string", Labels: []string{"public"}, Guessed: nil}, false, false},
	} {
		if got := masked(tc.column, true); got != tc.terminal {
			t.Errorf("%s: masked on a terminal = %v", tc.name, got)
		}
		if got := masked(tc.column, false); got != tc.redirect {
			t.Errorf("%s: masked off a terminal = %v", tc.name, got)
		}
	}
}

// Only text on a terminal is for the eyes of one person: a comment for a pull
// request is not, wherever it is printed.
func TestOpen(t *testing.T) {
	for _, tc := range []struct {
		terminal bool
		format   string
		open     bool
		samples  int // without --samples
	}{{true, formatText, true, sampleRows}, {true, formatMarkdown, false, 0}, {false, formatText, false, 0}, {false, formatMarkdown, false, 0}} {
		a := &app{System: System{Terminal: tc.terminal}}
		if got := a.open(tc.format); got != tc.open {
			t.Errorf("%+v: open = %v", tc, got)
		}
		if got := a.sampleRows(-1, tc.format); got != tc.samples {
			t.Errorf("%+v: %d rows", tc, got)
		}
		if got := a.sampleRows(2, tc.format); got != 2 {
			t.Errorf("%+v: %d rows with --samples 2", tc, got)
		}
	}
}
