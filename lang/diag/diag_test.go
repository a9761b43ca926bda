package diag_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/lang/diag"
)

// Every code is well formed, documented, and in the area its number says.
func TestTable(t *testing.T) {
	form := regexp.MustCompile(`^LEAT\d{4}$`)
	all := diag.All()
	if len(all) == 0 {
		t.Fatal("no codes")
	}
	for i, c := range all {
		if !form.MatchString(string(c.Code)) {
			t.Errorf("%q is not a code", c.Code)
		}
		if i > 0 && all[i-1].Code >= c.Code {
			t.Errorf("%s comes after %s", c.Code, all[i-1].Code)
		}
		if c.Summary == "" || strings.HasSuffix(c.Summary, ".") {
			t.Errorf("%s: the summary %q is empty or ends with a stop", c.Code, c.Summary)
		}
		if len(c.Help) < 20 {
			t.Errorf("%s has no help", c.Code)
		}
		if c.Severity != diag.Error && c.Severity != diag.Warning {
			t.Errorf("%s has the severity %q", c.Code, c.Severity)
		}
		if got, ok := diag.Lookup(c.Code); !ok || got != c {
			t.Errorf("%s cannot be looked up", c.Code)
		}
	}
}

func at(file string, byteOffset int) diag.Range {
	p := hcl.Pos{Line: 1, Column: byteOffset + 1, Byte: byteOffset}
	return hcl.Range{Filename: file, Start: p, End: p}
}

func TestSorted(t *testing.T) {
	a := diag.New(diag.UnknownBlock, at("a", 1), "x")
	b := diag.New(diag.SyntaxError, at("a", 2), "x")
	c := diag.New(diag.UnknownBlock, at("a", 2), "x")
	d := diag.New(diag.SyntaxError, at("b", 0), "x")
	got := diag.Diagnostics{d, c, b, a, c}.Sorted()
	var codes []string
	for _, g := range got {
		codes = append(codes, g.Range.Filename+string(g.Code))
	}
	want := []string{"aLEAT0101", "aLEAT0001", "aLEAT0101", "bLEAT0001"}
	if !slices.Equal(codes, want) {
		t.Errorf("got %v, want %v", codes, want)
	}
}

// The methods that add to a diagnostic leave the one they are called on alone.
func TestCopies(t *testing.T) {
	base := diag.New(diag.UnknownBlock, at("a", 1), "%d%%", 5).WithRelated(at("a", 0), "first")
	one := base.WithRelated(at("a", 2), "second").WithFix("fix").WithSummary("s %d", 1)
	two := base.WithRelated(at("a", 3), "third")
	if base.Detail != "5%" || len(base.Related) != 1 || len(base.Fixes) != 0 || base.Summary == "s 1" ||
		one.Related[1].Message != "second" || two.Related[1].Message != "third" {
		t.Errorf("a copy shares memory: %v %v %v", base, one, two)
	}
}

func TestCount(t *testing.T) {
	var ds diag.Diagnostics
	if ds.HasErrors() {
		t.Error("an empty list has errors")
	}
	ds.Append(diag.New(diag.UnprovenKey, diag.Range{}, "x"))
	if ds.HasErrors() {
		t.Error("a warning is an error")
	}
	ds.Extend(diag.Diagnostics{diag.New(diag.UnknownBlock, diag.Range{}, "x")})
	if e, w := ds.Count(); e != 1 || w != 1 || !ds.HasErrors() {
		t.Errorf("got %d errors, %d warnings", e, w)
	}
}

func TestSuggest(t *testing.T) {
	names := []string{"email", "E_MAIL", "first_name", "last_name", "created_at", "tier", "tie", "id"}
	for _, c := range []struct {
		given string
		want  []string
	}{
		{"emial", []string{"email"}},
		{"EMAIL", []string{"email", "E_MAIL"}},
		{"frist_name", []string{"first_name", "last_name"}},
		{"tire", []string{"tie", "tier"}},
		{"name", []string{"first_name", "last_name"}},
		{"email", []string{"E_MAIL"}},
		{"zzzzzz", []string{}},
		{"", []string{}},
	} {
		if got := diag.Suggest(c.given, names); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v, want %v", c.given, got, c.want)
		}
	}
	if got := diag.DidYouMean("emial", names); got != ` Did you mean "email"?` {
		t.Errorf("got %q", got)
	}
	if got := diag.DidYouMean("zzzzzz", names); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestUnknownCodePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a code outside the table was accepted")
		}
	}()
	diag.New("LEAT9999", diag.Range{}, "x")
}
