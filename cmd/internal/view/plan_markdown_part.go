package view

import (
	"fmt"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
)

// How many entries of a list the details of one activation show. The rest is
// counted.
const (
	fieldsShown  = 20
	reasonsShown = 8
	samplesShown = 12
	changesShown = 8 // fields of a sample
	valueRunes   = 60
)

// markdownPart renders the details of one activation, folded. Lists in it are
// cut, so that no activation takes the room of all the others.
func markdownPart(w weighed, samples []Sample) string {
	a := w.Activation
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary>%s: %s</summary>\n\n", mdCode(a.Address, nameRunes), headline(w))
	at := mdCode("destination."+targetName(a), 2*nameRunes)
	if a.Removed != "" {
		fmt.Fprintf(&b, "- removed; its records are in %s\n", at)
	} else {
		fmt.Fprintf(&b, "- from %s to %s\n", mdCode(a.Source.Name, nameRunes), at)
	}
	if a.Range.Filename != "" {
		fmt.Fprintf(&b, "- configured at %s\n", mdPlace(a.Range))
	}
	fmt.Fprintf(&b, "- configuration: %s\n", mdText(classWords(a), 40))
	writeMarkdownAbout(&b, a)
	writeMarkdownMoved(&b, a)
	writeMarkdownGuards(&b, a.Guards)
	if a.RemovalsHeld != "" {
		fmt.Fprintf(&b, "- removals suspended: %s\n", mdText(a.RemovalsHeld, textRunes))
	}
	writeMarkdownReasons(&b, a)
	for _, o := range calls(a) {
		note := ""
		if o.Retry == "neither" {
			note = "; cannot be resumed safely (on_unknown = " + mdText(a.Delivery.OnUnknown, 20) + ")"
		}
		fmt.Fprintf(&b, "- %s of %s%s\n", plural(o.Requests, "request"), mdCode(o.Endpoint, nameRunes), note)
	}
	for i, l := range a.Limits {
		if i < reasonsShown && l.Seconds >= 2 {
			fmt.Fprintf(&b, "- at least %s under %s (%s per %s)\n", duration(l.Seconds), mdCode(l.Limit, 40), thousands(l.Amount), mdText(l.Window, 20))
		}
	}
	writeMarkdownFields(&b, a.FieldCounts)
	writeMarkdownSamples(&b, samples, w.rows)
	b.WriteString("\n</details>\n\n")
	return b.String()
}

func writeMarkdownAbout(b *strings.Builder, a *plan.Activation) {
	if a.Description != "" {
		fmt.Fprintf(b, "- %s\n", mdText("about: "+a.Description, textRunes))
	}
	if a.Owner != "" {
		fmt.Fprintf(b, "- owner: %s\n", mdCode(a.Owner, nameRunes))
	}
	if l := labelText(a); l != "" {
		fmt.Fprintf(b, "- labels: %s\n", mdText(l, textRunes))
	}
	if len(a.SecretKeys) > 0 {
		fmt.Fprintf(b, "- hashed with the key in %s\n", mdText(strings.Join(a.SecretKeys, ", "), textRunes))
	}
}

func writeMarkdownMoved(b *strings.Builder, a *plan.Activation) {
	if m := a.Moved; m != nil {
		if m.From != "" {
			fmt.Fprintf(b, "- moved from %s, with its state\n", mdCode(m.From, nameRunes))
		}
		fields := append(append([]plan.Rename{}, m.Key...), m.Fields...)
		for i, r := range fields {
			if i == reasonsShown {
				fmt.Fprintf(b, "- and %s\n", plural(int64(len(fields)-i), "more moved field"))
				break
			}
			fmt.Fprintf(b, "- field %s moved from %s\n", mdCode(r.To, nameRunes), mdCode(r.From, nameRunes))
		}
	}
	if a.Removed == plan.RemovedKeep {
		fmt.Fprintf(b, "- state of %s to forget; the records stay as they are\n", plural(a.Counts.Managed, "record"))
	}
}

// writeMarkdownGuards tells of every guard: those that trip or were overridden
// first.
func writeMarkdownGuards(b *strings.Builder, guards []plan.Guard) {
	loud := 0
	for _, g := range guards {
		if loud == reasonsShown {
			break
		}
		if g.Tripped || g.Overridden {
			loud++
		}
		switch {
		case g.Tripped:
			fmt.Fprintf(b, "- **guard tripped:** %s\n", mdText(GuardText(g), textRunes))
		case g.Overridden:
			fmt.Fprintf(b, "- **overridden:** %s\n", mdText(GuardText(g), textRunes))
		}
	}
	var passed []string
	for _, g := range guards {
		if !g.Tripped && !g.Overridden && len(passed) < reasonsShown {
			passed = append(passed, guardPassed(g))
		}
	}
	if len(passed) > 0 {
		fmt.Fprintf(b, "- guards passed: %s\n", mdText(strings.Join(passed, "; "), 2*textRunes))
	}
}

// writeMarkdownReasons says why rows are left out.
func writeMarkdownReasons(b *strings.Builder, a *plan.Activation) {
	rest, rows := 0, int64(0)
	for i, r := range leftOut(a) {
		if i >= reasonsShown {
			rest, rows = rest+1, rows+r.rows
			continue
		}
		fmt.Fprintf(b, "- %s %s: %s\n", r.kind, plural(r.rows, "row"), mdText(r.text, textRunes))
	}
	if rest > 0 {
		fmt.Fprintf(b, "- and %s for %s\n", plural(rows, "more row"), plural(int64(rest), "more reason"))
	}
}

func writeMarkdownFields(b *strings.Builder, fields []plan.FieldCount) {
	if len(fields) == 0 {
		return
	}
	b.WriteString("\n| field that updates change | set | cleared | known after apply |\n|---|--:|--:|--:|\n")
	for i, f := range fields {
		if i == fieldsShown {
			fmt.Fprintf(b, "| and %s | | | |\n", plural(int64(len(fields)-i), "more field"))
			break
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", mdCode(f.Name, nameRunes), some(f.Set), some(f.Cleared), some(f.Pending))
	}
}

// some is a number, or nothing for zero.
func some(n int64) string {
	if n == 0 {
		return ""
	}
	return thousands(n)
}

func writeMarkdownSamples(b *strings.Builder, samples []Sample, total int64) {
	if len(samples) == 0 {
		return
	}
	b.WriteString("\n| row | field | before | after |\n|---|---|---|---|\n")
	shown := samples[:min(len(samples), samplesShown)]
	for _, s := range shown {
		row := mdText(s.Op+" "+s.ID, nameRunes)
		if len(s.Fields) == 0 {
			fmt.Fprintf(b, "| %s | | | |\n", row)
		}
		for i, f := range s.Fields {
			if i == changesShown {
				fmt.Fprintf(b, "| | and %s | | |\n", plural(int64(len(s.Fields)-i), "more field"))
				break
			}
			before := ""
			if f.HasBefore {
				before = markdownValue(f.Before, f.Masked)
			}
			after := "*none*"
			switch {
			case f.HasAfter:
				after = markdownValue(f.After, f.Masked)
			case f.Pending:
				after = "*known after apply*"
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", row, mdCode(f.Name, nameRunes), before, after)
			row = ""
		}
	}
	if rest := total - int64(len(shown)); rest > 0 {
		fmt.Fprintf(b, "\nand %s\n", plural(rest, "more row"))
	}
}

func markdownValue(v string, masked bool) string {
	if masked {
		return "*masked*"
	}
	return mdCode(v, valueRunes)
}
