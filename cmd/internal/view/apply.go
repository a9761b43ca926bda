package view

import (
	"fmt"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/event"
)

// outcomeRows says how outcomes are told to people, in the order of display.
var outcomeRows = []struct {
	word  string
	count func(event.Outcomes) int64
}{
	{"created", func(o event.Outcomes) int64 { return o.Created }},
	{"updated", func(o event.Outcomes) int64 { return o.Updated }},
	{"removed", func(o event.Outcomes) int64 { return o.Removed }},
	{"already as wanted", func(o event.Outcomes) int64 { return o.Unchanged }},
	{"absent", func(o event.Outcomes) int64 { return o.Absent }},
	{"existed", func(o event.Outcomes) int64 { return o.Exists }},
	{"rejected", func(o event.Outcomes) int64 { return o.Rejected }},
	{"unknown", func(o event.Outcomes) int64 { return o.Unknown }},
}

// closing says how a run ended.
var closing = map[engine.Status]string{
	engine.StatusDone:        "Applied.",
	engine.StatusRejected:    "Applied, but some rows were rejected. `leat rejects list` says which and why.",
	engine.StatusIncomplete:  "Not finished: run `leat apply` again to go on.",
	engine.StatusInterrupted: "Interrupted: run `leat apply` again to go on.",
	engine.StatusRefused:     "Nothing was written.",
	engine.StatusGuard:       "Nothing was written.",
	engine.StatusStale:       "Nothing was written. Make a new plan with `leat plan -o FILE`.",
}

// Apply renders the result of an apply for people.
func Apply(r engine.Result, doc *plan.Document, st Style) string {
	var b strings.Builder
	for i, a := range r.Activations {
		var parts []string
		for _, o := range outcomeRows {
			if n := o.count(a.Outcomes); n > 0 {
				parts = append(parts, thousands(n)+" "+o.word)
			}
		}
		if a.Unsent > 0 {
			parts = append(parts, thousands(a.Unsent)+" not sent")
		}
		if i < len(doc.Activations) {
			if n := doc.Activations[i].Counts.Release; n > 0 {
				parts = append(parts, thousands(n)+" released")
			}
		}
		if len(parts) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", st.bold(a.Address), strings.Join(parts, ", "))
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	paint := st.green
	if r.Status != engine.StatusDone {
		paint = st.yellow
	}
	text := strings.TrimRight(st.wrap(closing[r.Status], ""), "\n")
	head, rest, _ := strings.Cut(text, ".")
	b.WriteString(paint(head+".") + rest + "\n")
	return b.String()
}

// ApplyJSON renders the result of an apply.
func ApplyJSON(r engine.Result, digest string) []byte {
	type activation struct {
		Address  string         `json:"address"`
		Status   engine.Status  `json:"status"`
		Outcomes event.Outcomes `json:"outcomes"`
		Unsent   int64          `json:"unsent"`
		Requests int64          `json:"requests"`
		Serial   int64          `json:"serial"`
	}
	doc := struct {
		FormatVersion string        `json:"format_version"`
		Plan          string        `json:"plan"`
		Status        engine.Status `json:"status"`
		Activations   []activation  `json:"activations"`
	}{"1.0", digest, r.Status, []activation{}}
	for _, a := range r.Activations {
		doc.Activations = append(doc.Activations, activation{a.Address, a.Status, a.Outcomes, a.Unsent, a.Requests, a.Serial})
	}
	return JSON(doc)
}
