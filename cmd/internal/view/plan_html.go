package view

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // of the page, its style and its script
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
)

var (
	//go:embed plan.html.tmpl
	planTemplate string
	//go:embed plan.css
	planStyle string
	//go:embed plan.js
	planScript string

	planPage = template.Must(template.New("plan").Parse(planTemplate))
)

// htmlPlan is what the page of a plan shows. Texts are escaped by the template.
type htmlPlan struct {
	Policy                                     string
	Style                                      template.CSS
	Script                                     template.JS
	Environment, Kind, Verdict, Summary, Calls string
	Columns, Total                             []string
	Rows                                       []htmlActivation
	Lineage                                    *htmlLineage
	Warnings                                   []htmlWarning
	Apply                                      []htmlText
	Digest, AsOf, Version, Values              string
}

type htmlActivation struct {
	ID, Kinds                               string
	Name, Address, Source, Object, Headline string
	Attention                               []htmlNotice
	Counts                                  []string
	Facts                                   []htmlFact
	Fields                                  []htmlField
	Samples                                 []htmlSample
	Sampled                                 string // how many of how many rows they are
}

type htmlNotice struct {
	Text   string
	Strong bool
}

type htmlFact struct {
	Term, Text string
	Strong     bool
}

type htmlField struct {
	Name, Set, Cleared, Pending string
	SetWidth, ClearedWidth      int64 // percent of the field that changes most
}

type htmlSample struct{ Row, Field, Before, After string }

type htmlWarning struct{ Code, Summary, Detail, Place string }

type htmlText struct {
	Text string
	Code bool
}

// PlanHTML renders a plan as one page that needs nothing else: no network, no
// fonts, and no script but its own, which only filters and unfolds. digest is
// the plan's. Nothing is cut. An error is a mistake in the page.
func PlanHTML(d *plan.Document, digest string, samples Samples) ([]byte, error) {
	order := weigh(d)
	columns, total := usedColumns(order)
	page := htmlPlan{
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hashSource(planStyle), hashSource(planScript)),
		Style:  template.CSS(planStyle), Script: template.JS(planScript),
		Environment: line(d.Environment), Verdict: verdict(d, order), Summary: strings.TrimPrefix(PlanSummary(d), "No changes. "), Calls: planCalls(d),
		Digest: line(digest), AsOf: line(d.AsOf), Version: line(d.LeatVersion), Values: valuesShown(len(samples) > 0),
		Lineage: lineage(order),
	}
	if len(order) > 0 && order[0].rank <= rankRemoves {
		page.Kind = kindNames[order[0].rank]
	}
	for _, c := range columns {
		page.Columns, page.Total = append(page.Columns, c.name), append(page.Total, thousands(c.count(total)))
	}
	for i, w := range order {
		row := htmlRow(w, samples[w.Address])
		row.ID = fmt.Sprintf("activation-%d", i+1)
		for _, c := range columns {
			row.Counts = append(row.Counts, some(c.count(w.Counts)))
		}
		page.Rows = append(page.Rows, row)
	}
	for _, w := range d.Warnings {
		page.Warnings = append(page.Warnings, htmlWarning{line(w.Code), line(w.Summary), line(w.Detail), placeText(w.Range)})
	}
	for i, t := range strings.Split(howToApply(d), "`") {
		page.Apply = append(page.Apply, htmlText{t, i%2 == 1})
	}
	var b bytes.Buffer
	if err := planPage.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("render plan: %w", err)
	}
	return b.Bytes(), nil
}

// hashSource names a style or script of the page by its digest, for the
// Content-Security-Policy: no other runs.
func hashSource(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// kindNames are the kinds that the page filters by.
var kindNames = map[rank]string{rankTripped: "tripped", rankRemoves: "removes", rankTrouble: "trouble", rankChanged: "changed", rankRows: "rows", rankQuiet: "quiet"}

// kinds are all the kinds that an activation is of.
func kinds(w weighed) string {
	c := w.Counts
	of := []string{kindNames[w.rank]}
	for kind, is := range []bool{rankRemoves: w.gone > 0, rankTrouble: c.Invalid+c.StillRejected+c.Unknown > 0, rankChanged: changedClass(w.Class), rankRows: w.rows > 0} {
		if name := kindNames[rank(kind)]; is && !slices.Contains(of, name) {
			of = append(of, name)
		}
	}
	return strings.Join(of, " ")
}

func placeText(r plan.Range) string {
	if r.Filename == "" || r.Line == 0 {
		return line(r.Filename)
	}
	return fmt.Sprintf("%s:%d", line(r.Filename), r.Line)
}

func htmlRow(w weighed, samples []Sample) htmlActivation {
	a := w.Activation
	row := htmlActivation{Kinds: kinds(w), Name: line(a.Name), Address: line(a.Address), Source: line(a.Source.Name), Object: line(targetName(a)), Headline: headline(w), Facts: htmlFacts(a)}
	if a.Removed != "" {
		row.Source = "(removed)"
	}
	for _, n := range attention(w) {
		row.Attention = append(row.Attention, htmlNotice{n.text, n.strong})
	}
	most := int64(1)
	for _, f := range a.FieldCounts {
		most = max(most, f.Set+f.Cleared)
	}
	for _, f := range a.FieldCounts {
		row.Fields = append(row.Fields, htmlField{line(f.Name), some(f.Set), some(f.Cleared), some(f.Pending), share(f.Set, most), share(f.Cleared, most)})
	}
	row.Sampled = thousands(int64(len(samples))) + " of " + plural(w.rows, "row")
	for _, s := range samples {
		name := line(s.Op + " " + s.ID)
		if len(s.Fields) == 0 {
			row.Samples = append(row.Samples, htmlSample{Row: name})
		}
		for _, f := range s.Fields {
			before := ""
			if f.HasBefore {
				before = f.show(f.Before, true, line)
			}
			row.Samples = append(row.Samples, htmlSample{name, line(f.Name), before, f.show(f.After, f.HasAfter, line)})
		}
	}
	return row
}

// share is n in percent of all, and never nothing for what is there.
func share(n, all int64) int64 {
	if n == 0 {
		return 0
	}
	return max(1, int64(float64(n)/float64(all)*100))
}

func htmlFacts(a *plan.Activation) []htmlFact {
	var out []htmlFact
	say := func(term, text string) {
		if text != "" {
			out = append(out, htmlFact{term, line(text), false})
		}
	}
	say("about", a.Description)
	say("owner", a.Owner)
	say("tags", strings.Join(a.Tags, ", "))
	say("configured at", placeText(a.Range))
	say("configuration", classWords(a))
	say("labels", labelText(a))
	say("hashed with the key in", strings.Join(a.SecretKeys, ", "))
	if a.Consent != nil {
		say("consent", "from "+a.Consent.Source.Name+", on_withdrawn = "+a.Consent.OnWithdrawn)
	}
	for _, f := range a.Fields {
		if f.Lookup != nil {
			say("lookup", f.Name+" refers to a record of activation."+f.Lookup.Activation)
		}
	}
	if m := a.Moved; m != nil {
		say("moved from", m.From)
		for _, r := range append(slices.Clone(m.Key), m.Fields...) {
			say("field moved", r.From+" to "+r.To)
		}
	}
	if a.Removed == plan.RemovedKeep {
		say("state", "of "+plural(a.Counts.Managed, "record")+" to forget; the records stay as they are")
	}
	for _, g := range a.Guards {
		switch {
		case g.Tripped:
			out = append(out, htmlFact{"guard tripped", line(GuardText(g)), true})
		case g.Overridden:
			out = append(out, htmlFact{"guard overridden", line(GuardText(g)), true})
		default:
			say("guard passed", guardPassed(g))
		}
	}
	say("removals suspended", a.RemovalsHeld)
	for _, r := range leftOut(a) {
		say(r.kind, plural(r.rows, "row")+": "+r.text)
	}
	for _, o := range calls(a) {
		text := plural(o.Requests, "request") + " of " + o.Endpoint
		if o.Retry == "neither" {
			text += "; cannot be resumed safely (on_unknown = " + a.Delivery.OnUnknown + ")"
		}
		say("calls", text)
	}
	for _, l := range a.Limits {
		if l.Seconds >= 2 {
			say("limit", fmt.Sprintf("at least %s under %s (%s per %s)", duration(l.Seconds), l.Limit, thousands(l.Amount), l.Window))
		}
	}
	return out
}
