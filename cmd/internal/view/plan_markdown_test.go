package view

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leat-dev/leat/compiler/plan"
)

const planDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// part returns an activation of a plan: the least that views need.
func part(name string, edit func(*plan.Activation)) plan.Activation {
	a := plan.Activation{
		Address: "activation." + name, Name: name, Class: "none", Mode: "upsert",
		Range:  plan.Range{Filename: "activations/" + name + ".leat.hcl", Line: 3},
		Source: plan.Source{UniqueID: "model.shop." + name, Name: `ref("` + name + `")`},
		Target: plan.Target{Plugin: "hubspot", Destination: "crm", Object: "contacts"},
		Key:    []plan.Column{{Name: "email", Type: "string"}},
		Fields: []plan.Column{{Name: "city", Type: "string"}, {Name: "firstname", Type: "string"}},
		Counts: plan.Counts{Unchanged: 40, SourceRows: 40, Managed: 40},
	}
	if edit != nil {
		edit(&a)
	}
	return a
}

// plans are small plans, each of them for one thing to see.
func plans() map[string]*plan.Document {
	doc := func(as ...plan.Activation) *plan.Document {
		d := &plan.Document{FormatVersion: "1.0", LeatVersion: "0.1.0", Environment: "prod", AsOf: "2026-05-01T08:00:00Z", Activations: as}
		for i := range as {
			if as[i].Counts.Deliverable() > 0 {
				d.Graph = append(d.Graph, plan.Node{ID: len(d.Graph), Kind: plan.Deliver, Activation: i})
			}
		}
		return d
	}
	update := part("ages", func(a *plan.Activation) {
		a.Class, a.Description, a.Owner = "mapping", "Ages of people", "Growth <growth@example.com>"
		a.Counts.Update, a.Counts.Send = 1200, 3
		a.Counts.Invalid, a.Counts.Held, a.Counts.StillRejected, a.Counts.Unknown = 4, 7, 2, 1
		a.FieldCounts = []plan.FieldCount{{Name: "city", Set: 1200, Cleared: 13}, {Name: "company", Set: 5, Pending: 5}}
		a.Invalid = []plan.InvalidCount{{Reason: "null_key", Rows: 1}, {Reason: "too_long", Field: "city", Rows: 3}}
		a.Rejected = []plan.RejectedCount{{Class: "permanent", Code: "INVALID_EMAIL", Field: "email", Rows: 2}}
		a.Waiting = []plan.WaitingCount{{Field: "company", Activation: "firms", Rows: 7}}
		a.Guards = []plan.Guard{{Name: "max_updates", Limit: "100%", Base: 1210, Value: 1200}, {Name: "max_creates", Limit: "1000", Value: 3}}
		a.Operations = []plan.Operation{{Name: "send", Endpoint: "POST /contacts/batch/upsert", Retry: "idempotent", Records: 1203, Requests: 13}}
		a.Limits = []plan.LimitCost{{Limit: "burst", Amount: 4, Window: "10s", Used: 13, Seconds: 30}}
		a.ChangeSet = &plan.ChangeSet{}
	})
	gone := part("gone", func(a *plan.Activation) {
		a.Counts.Archive, a.Counts.Withdrawn, a.Counts.Blocked = 5, 2, 2
		a.Consent = &plan.Consent{Source: plan.Source{Name: `ref("consents")`}, Keys: 9, OnWithdrawn: "archive"}
		a.Blocked = []plan.InvalidCount{{Reason: "no_consent", Rows: 2}}
		a.ChangeSet = &plan.ChangeSet{}
	})
	tripped := part("tripped", func(a *plan.Activation) {
		a.Counts.Delete = 12
		a.Guards = []plan.Guard{{Name: "max_removes", Limit: "5%", Base: 52, Value: 12, Tripped: true}, {Name: "min_rows", Limit: "1", Value: 40}}
	})
	changed := part("rekeyed", func(a *plan.Activation) { a.Class = "key" })
	moved := part("renamed", func(a *plan.Activation) {
		a.Class = "moved"
		a.Moved = &plan.Moved{From: "activation.old", Fields: []plan.Rename{{From: "town", To: "city"}}}
	})
	warned := doc(part("still", nil), part("calm", nil))
	warned.Warnings = []plan.Warning{{Code: "LEAT0312", Summary: "Nothing proves the key unique", Range: plan.Range{Filename: "a.leat.hcl", Line: 7}}}
	return map[string]*plan.Document{
		"changes": doc(part("calm", nil), update, moved, changed),
		"removes": doc(update, gone),
		"tripped": doc(part("calm", nil), gone, tripped),
		"quiet":   warned,
		"empty":   doc(),
	}
}

func TestPlanMarkdown(t *testing.T) {
	all := plans()
	samples := Samples{"activation.ages": {{Op: "update", ID: "id = (masked)", Fields: []SampleField{
		{Name: "city", Before: "a|b", After: "Leeds", HasBefore: true, HasAfter: true}, {Name: "email", Masked: true, HasBefore: true, HasAfter: true},
		{Name: "company", Pending: true}, {Name: "score", HasBefore: true, Before: "7"},
	}}}}
	golden(t, "plan_markdown",
		text("changes.md", PlanMarkdown(all["changes"], planDigest, nil)),
		text("samples.md", PlanMarkdown(all["changes"], planDigest, samples)),
		text("removes.md", PlanMarkdown(all["removes"], planDigest, nil)),
		text("tripped.md", PlanMarkdown(all["tripped"], planDigest, nil)),
		text("quiet.md", PlanMarkdown(all["quiet"], planDigest, nil)),
		text("empty.md", PlanMarkdown(all["empty"], planDigest, nil)),
	)
}

// many is a plan of n activations whose texts are all of one kind.
func many(n int, word string) *plan.Document {
	d := &plan.Document{FormatVersion: "1.0", LeatVersion: word, Environment: word, AsOf: word}
	for i := range n {
		d.Activations = append(d.Activations, part(fmt.Sprintf("%s%d", word, i), func(a *plan.Activation) {
			a.Description, a.Owner, a.RemovalsHeld, a.SecretKeys = word, word, word, []string{word, word}
			a.Target = plan.Target{Plugin: word, Destination: word, Object: word}
			a.Counts.Update, a.Counts.Invalid = int64(i), int64(n)
			if i%100 == 0 {
				a.Counts.Delete = 3
			}
			for j := range 40 {
				a.FieldCounts = append(a.FieldCounts, plan.FieldCount{Name: fmt.Sprint(word, j), Set: 1 << 40, Cleared: 1 << 40})
				a.Invalid = append(a.Invalid, plan.InvalidCount{Reason: word, Field: word, Rows: 1})
				a.Guards = append(a.Guards, plan.Guard{Name: word, Limit: word, Tripped: j%2 == 0})
				a.Operations = append(a.Operations, plan.Operation{Endpoint: word, Retry: "neither", Requests: 1 << 40})
				a.Limits = append(a.Limits, plan.LimitCost{Limit: word, Window: word, Seconds: 1 << 40})
			}
		}))
		d.Warnings = append(d.Warnings, plan.Warning{Code: word, Summary: word, Detail: word, Range: plan.Range{Filename: word, Line: i + 1}})
	}
	for i := range n {
		d.Activations = append(d.Activations, part(fmt.Sprintf("calm%s%d", word, i), nil))
	}
	return d
}

// A comment holds 60,000 characters at most, whatever the plan.
func TestPlanMarkdownFits(t *testing.T) {
	for _, word := range []string{"p", strings.Repeat("long", 500), strings.Repeat("@", 500), strings.Repeat("語", 500), "\xff\xfe"} {
		for _, n := range []int{1, 60, 2000} {
			if n == 2000 && word != "p" {
				continue // as 60, and slow
			}
			d := many(n, word)
			samples := Samples{}
			for _, a := range d.Activations {
				for range 50 {
					s := Sample{Op: word, ID: word}
					for range 50 {
						s.Fields = append(s.Fields, SampleField{Name: word, Before: word, After: word, HasBefore: true, HasAfter: true})
					}
					samples[a.Address] = append(samples[a.Address], s)
				}
				if len(samples) == 10 {
					break
				}
			}
			for _, s := range []Samples{nil, samples} {
				got := PlanMarkdown(d, word, s)
				if len(got) > markdownLimit {
					t.Errorf("%d activations of %.8q...: %d bytes", n, word, len(got))
				}
				if !utf8.ValidString(got) {
					t.Errorf("%.8q: not UTF-8", word)
				}
				if open, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); open != closed {
					t.Errorf("%d activations of %.8q...: %d details opened, %d closed", n, word, open, closed)
				}
				if got != PlanMarkdown(d, word, s) {
					t.Errorf("%.8q: not the same twice", word)
				}
			}
		}
	}
}

// What is cut is counted, and the worst is not cut.
func TestPlanMarkdownCounts(t *testing.T) {
	d := &plan.Document{Environment: "prod"}
	for i := range 2000 {
		d.Activations = append(d.Activations, part(fmt.Sprintf("a%04d", i), func(a *plan.Activation) {
			a.Counts.Update = 1
			if i >= 1400 {
				a.Counts.Delete = 1
			}
			if i == 1999 {
				a.Guards = []plan.Guard{{Name: "max_removes", Limit: "0", Value: 1, Tripped: true}}
			}
		}))
	}
	got := PlanMarkdown(d, planDigest, nil)
	rows := strings.Count(got, "\n| <code>")
	removals := 600 - rows
	for _, want := range []string{
		"**Cannot be applied: 1 guard trips.** Plan: 600 to delete, 2,000 to update",
		fmt.Sprintf("\nand %s more activations, %d with removals\n", thousands(int64(2000-rows)), removals),
		"| *all 2,000* |",
		"No room for the details of 1,",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%.1500s", want, got)
		}
	}
	if first, _, _ := strings.Cut(got[strings.Index(got, "\n| <code>")+1:], "\n"); !strings.Contains(first, "a1999") {
		t.Errorf("first row: %s", first)
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"customer_id", "customer_id"},
		{"_loud_", "&#95;loud&#95;"},
		{"a|b`c\\", "a&#124;b&#96;c&#92;"},
		{"</details><!-- x", "&#60;/details&#62;&#60;!-- x"},
		{"&lt;", "&#38;lt;"},
		{"@everyone #12", "&#64;&#8203;everyone &#35;&#8203;12"},
		{"![x](https://example.com/*y*)", "!&#91;x&#93;(https:&#8203;//example.com/&#42;y&#42;)"},
		{"www.example.com WWW.x GH-7 gh-7", "www&#8203;.example.com WWW&#8203;.x GH&#8203;-7 gh&#8203;-7"},
		{"one\r\n\r\n# two\x00\tthree\u2028four", "one &#35;&#8203; two three four"},
		{"abc\u202edcba\u2066", "abcdcba"},
		{"$x$ ~~y~~ !9", "&#36;x&#36; &#126;&#126;y&#126;&#126; &#33;&#8203;9"},
		{"\xff", "\ufffd"},
	} {
		if got := mdText(tc.in, 100); got != tc.want {
			t.Errorf("mdText(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
	if got := mdText(strings.Repeat("@", 10), 3); got != "&#64;&#8203;&#64;&#8203;…" {
		t.Errorf("cut: %q", got)
	}
}

// named is a plan in which every text from outside is the same.
func named(word string) (*plan.Document, Samples) {
	d := many(3, word)
	for i := range d.Activations {
		a := &d.Activations[i]
		a.Name, a.Address, a.Class, a.Range.Filename, a.Source.Name, a.Delivery.OnUnknown = word, word, word, word, word, word
		a.Moved = &plan.Moved{From: word, Key: []plan.Rename{{From: word, To: word}}}
		a.Rejected = []plan.RejectedCount{{Class: word, Code: word, Field: word, Rows: 1}}
		a.Waiting = []plan.WaitingCount{{Field: word, Activation: word, Rows: 1}}
		if len(a.Guards) > 0 { // so short that nothing is cut
			a.Guards, a.Invalid, a.FieldCounts, a.Operations, a.Limits = a.Guards[:2], a.Invalid[:2], a.FieldCounts[:2], a.Operations[:2], a.Limits[:2]
		}
		a.Consent = &plan.Consent{Source: plan.Source{Name: word}, OnWithdrawn: word}
		a.Blocked = []plan.InvalidCount{{Reason: word, Field: word, Rows: 1}}
		a.Counts.Blocked, a.Counts.Held = 1, 3
		a.Fields = []plan.Column{{Name: word, Type: "string", Labels: []string{word}, Guessed: []string{word}}}
	}
	return d, Samples{word: {{Op: word, ID: word, Fields: []SampleField{{Name: word, Before: word, After: word, HasBefore: true, HasAfter: true}}}}}
}

// A hostile name changes nothing but the text of its own cell: each line of the
// comment has as much of Markdown and HTML in it as with a plain name.
func TestPlanMarkdownHostile(t *testing.T) {
	bones := func(word string) (string, string) {
		d, samples := named(word)
		out := PlanMarkdown(d, word, samples)
		_, body, _ := strings.Cut(out, "\n") // the marker has a test of its own
		var b strings.Builder
		for line := range strings.Lines(body) {
			for _, r := range "|<>`*[]\\~" {
				fmt.Fprintf(&b, "%d ", strings.Count(line, string(r)))
			}
			b.WriteByte('\n')
		}
		return b.String(), body
	}
	want, _ := bones("plain")
	for _, word := range []string{
		"x|y`z`", "</code></summary></details><script>alert(1)</script>", "<img src=x onerror=y>", "**b** ~~s~~ *e*",
		"![i](a) [l](b)", "a\n\n# H\n| a |\n|--|\n", "<!-- leat:plan prod -->", "\\|", "--\u2028> quote", "```\ncode\n```",
	} {
		if got, out := bones(word); got != want {
			t.Errorf("%q shows through:\n%.6000s", word, out)
		}
	}
	for _, word := range []string{"@everyone", "@acme/team", "a@example.com", "#12", "GH-12", "www.example.com", "https://example.com"} {
		if _, out := bones(word); strings.Contains(out, word) {
			t.Errorf("%s is linked or told:\n%.6000s", word, out)
		}
	}
}

// The marker is one comment, whatever the environment is called, and no two
// environments share one.
func TestMarkdownMarker(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"prod", "eu-prod", "a--b", "a-%2Db", "x-->", "<!-- y", "ä", "-", "", "a b", "a\nb"} {
		got, _, _ := strings.Cut(PlanMarkdown(&plan.Document{Environment: name}, planDigest, nil), "\n")
		inner := strings.TrimSuffix(strings.TrimPrefix(got, "<!-- leat:plan "), " -->")
		if strings.ContainsAny(inner, "<>&\n ") || strings.Contains(inner, "--") {
			t.Errorf("%q: %s", name, got)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q: %s", name, other, got)
		}
		seen[got] = name
	}
	if seen["<!-- leat:plan eu-prod -->"] != "eu-prod" {
		t.Error("a plain name is not written plainly")
	}
}
