package view

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/plan"
)

func page(t *testing.T, d *plan.Document, digest string, samples Samples) string {
	t.Helper()
	b, err := PlanHTML(d, digest, samples)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// between is what stands in s between two texts.
func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, from)
	s, _, end := strings.Cut(s, to)
	if !ok || !end {
		t.Fatalf("no %s ... %s", from, to)
	}
	return s
}

func TestPlanHTML(t *testing.T) {
	all := plans()
	samples := Samples{"activation.gone": {{Op: "archive", ID: "id = (masked)", Fields: []SampleField{{Name: "city", HasBefore: true, Before: "<b>", Masked: false}, {Name: "email", HasBefore: true, Masked: true}}}}}
	body := func(name string, samples Samples) []byte {
		return []byte(between(t, page(t, all[name], planDigest, samples), "<body>\n", "<script>"))
	}
	golden(t, "plan_html",
		text("removes.html", string(body("removes", samples))),
		text("tripped.html", string(body("tripped", nil))),
		text("quiet.html", string(body("quiet", nil))),
		text("empty.html", string(body("empty", nil))),
	)
}

// The page's policy lets its own style and script run and nothing else, and the
// page asks for nothing from anywhere.
func TestPlanHTMLPolicy(t *testing.T) {
	got := page(t, plans()["changes"], planDigest, nil)
	policy := html.UnescapeString(between(t, got, `http-equiv="Content-Security-Policy" content="`, `"`))
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		hash(between(t, got, "<style>", "</style>")), hash(between(t, got, "<script>", "</script>")))
	if policy != want {
		t.Errorf("policy %s\nwant   %s", policy, want)
	}
	for _, no := range []string{"http://", "https://", "src=", "@import", "url(", "<link", " style=", " onclick="} {
		if strings.Contains(got, no) {
			t.Errorf("the page has %q", no)
		}
	}
}

// A hostile name is text wherever it stands.
func TestPlanHTMLHostile(t *testing.T) {
	tags := func(word string) int {
		d, samples := named(word)
		return strings.Count(page(t, d, word, samples), "<")
	}
	want := tags("plain")
	for _, word := range []string{"</code><script>alert(1)</script>", "<img src=x onerror=y>", `" onclick="x`, "</style>", "</title>", "<!--", "a\u2028b", "\xff"} {
		if got := tags(word); got != want {
			t.Errorf("%q: %d tags, want %d", word, got, want)
		}
	}
}

// Nothing is cut but the drawing, and that says so.
func TestPlanHTMLWhole(t *testing.T) {
	d := many(1000, "p")
	got := page(t, d, planDigest, nil)
	if n := strings.Count(got, "\n<details id="); n != 2000 {
		t.Errorf("%d details", n)
	}
	if !strings.Contains(got, "and 1,800 more activations, 800 stopped by guards") {
		t.Error("what is not drawn is not counted")
	}
	if got != page(t, d, planDigest, nil) {
		t.Error("not the same twice")
	}
	var ids = map[string]bool{}
	for _, part := range strings.Split(got, ` id="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if ids[id] {
			t.Fatalf("two of id %s", id)
		}
		ids[id] = true
	}
	if !bytes.Contains([]byte(got), []byte(`data-part="activation-2000"`)) {
		t.Error("no row of the last activation")
	}
}
