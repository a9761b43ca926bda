package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
)

// What a comment may hold. Forges take 65,536 characters and more, and a
// character is at most one of our bytes: counting bytes errs on the safe side
// with each way to count characters.
const (
	markdownLimit = 60_000
	markdownTable = 24_000 // of them at most, for the table of activations
	markdownFoot  = 9_000  // of them at most, for what comes after the details
	markdownNote  = 400    // for the sentences that say what was cut
)

// How much of a text from outside is shown.
const (
	nameRunes = 80
	textRunes = 240
)

// PlanMarkdown renders a plan as a comment on a pull request: at most 60,000
// characters, the worst first, and what is cut is counted. digest is the plan's.
func PlanMarkdown(d *plan.Document, digest string, samples Samples) string {
	order := weigh(d)
	loud := order
	if i := slices.IndexFunc(order, func(w weighed) bool { return w.rank == rankQuiet }); i >= 0 {
		loud = order[:i]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- leat:plan %s -->\n", markerName(clip(d.Environment, nameRunes)))
	fmt.Fprintf(&b, "### leat plan for environment %s\n\n", mdCode(d.Environment, nameRunes))
	fmt.Fprintf(&b, "**%s** %s\n\n", verdict(d, order), strings.TrimPrefix(PlanSummary(d), "No changes. "))
	if calls := planCalls(d); calls != "" {
		fmt.Fprintf(&b, "It takes %s.\n\n", calls)
	}
	writeMarkdownTable(&b, loud)
	foot := markdownEnd(d, order[len(loud):]) + markdownFooter(d, digest, len(samples) > 0)
	writeMarkdownParts(&b, loud, samples, markdownLimit-len(foot)-markdownNote)
	b.WriteString(foot)
	return b.String()
}

// writeMarkdownParts writes the details of activations until the text is so
// long, and says of how many there was no room for them.
func writeMarkdownParts(b *strings.Builder, loud []weighed, samples Samples, end int) {
	bare, shown := int64(0), 0
	for ; shown < len(loud); shown++ {
		rows := samples[loud[shown].Address]
		part := markdownPart(loud[shown], rows)
		if b.Len()+len(part) > end && len(rows) > 0 {
			part = markdownPart(loud[shown], nil)
			bare++
		}
		if b.Len()+len(part) > end {
			break
		}
		b.WriteString(part)
	}
	if rest := loud[shown:]; len(rest) > 0 {
		fmt.Fprintf(b, "No room for the details of %s.\n\n", restText(rest))
	}
	if bare > 0 {
		fmt.Fprintf(b, "No room for sample rows of %s.\n\n", plural(bare, "activation"))
	}
}

func writeMarkdownTable(b *strings.Builder, loud []weighed) {
	if len(loud) == 0 {
		return
	}
	columns, total := usedColumns(loud)
	counts := func(c plan.Counts) string {
		s := ""
		for _, col := range columns {
			if n := col.count(c); n != 0 {
				s += " " + thousands(n)
			}
			s += " |"
		}
		return s
	}
	b.WriteString("| activation | object | attention |")
	for _, c := range columns {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("--:|", len(columns)) + "\n")
	end := b.Len() + markdownTable
	for i, w := range loud {
		row := fmt.Sprintf("| %s | %s | %s |%s\n", mdCode(w.Name, nameRunes), mdCode(targetName(w.Activation), nameRunes), markdownAttention(w), counts(w.Counts))
		if b.Len()+len(row) > end {
			fmt.Fprintf(b, "| *all %s* | | |%s\n", thousands(int64(len(loud))), counts(total))
			fmt.Fprintf(b, "\nand %s\n\n", restText(loud[i:]))
			return
		}
		b.WriteString(row)
	}
	if len(loud) > 1 {
		fmt.Fprintf(b, "| *all %s* | | |%s\n", thousands(int64(len(loud))), counts(total))
	}
	b.WriteByte('\n')
}

func markdownAttention(w weighed) string {
	var parts []string
	for _, n := range attention(w) {
		if n.strong {
			n.text = "**" + n.text + "**"
		}
		parts = append(parts, n.text)
	}
	return strings.Join(parts, ", ")
}

// How many names of unchanged activations are listed, and how many warnings.
const (
	quietShown    = 20
	warningsShown = 10
)

// markdownEnd is what comes after the details: unchanged activations and
// warnings.
func markdownEnd(d *plan.Document, quiet []weighed) string {
	var b strings.Builder
	if len(quiet) > 0 {
		var names []string
		size := 0
		for _, w := range quiet[:min(len(quiet), quietShown)] {
			name := mdCode(w.Name, nameRunes/2)
			if size += len(name); size > markdownFoot/3 {
				break
			}
			names = append(names, name)
		}
		if n := len(quiet) - len(names); n > 0 {
			names = append(names, "and "+thousands(int64(n))+" more")
		}
		fmt.Fprintf(&b, "%s without changes: %s.\n\n", plural(int64(len(quiet)), "activation"), strings.Join(names, ", "))
	}
	writeMarkdownWarnings(&b, d.Warnings)
	return b.String()
}

func writeMarkdownWarnings(b *strings.Builder, warnings []plan.Warning) {
	if len(warnings) == 0 {
		return
	}
	fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", plural(int64(len(warnings)), "warning"))
	shown, end := 0, b.Len()+markdownFoot/3
	for _, w := range warnings[:min(len(warnings), warningsShown)] {
		text := fmt.Sprintf("- %s %s", mdCode(w.Code, 20), mdText(w.Summary, nameRunes))
		if w.Range.Filename != "" {
			text += " at " + mdPlace(w.Range)
		}
		if b.Len()+len(text) >= end {
			break
		}
		b.WriteString(text + "\n")
		shown++
	}
	if n := len(warnings) - shown; n > 0 {
		fmt.Fprintf(b, "- and %s\n", plural(int64(n), "more warning"))
	}
	b.WriteString("\n</details>\n\n")
}

// mdPlace is a place of the configuration: file:line.
func mdPlace(r plan.Range) string {
	place := r.Filename
	if r.Line > 0 {
		place = clip(line(place), nameRunes) + fmt.Sprintf(":%d", r.Line)
	}
	return mdCode(place, nameRunes+12)
}

func markdownFooter(d *plan.Document, digest string, samples bool) string {
	return fmt.Sprintf("%s\n\n<sub>Plan %s, as of %s, leat %s. Shown are %s.</sub>\n", howToApply(d), mdCode(digest, nameRunes), mdText(d.AsOf, 40), mdText(d.LeatVersion, 40), valuesShown(samples))
}
