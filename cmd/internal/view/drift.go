package view

import (
	"fmt"
	"strings"

	"github.com/leat-dev/leat/compiler/schema"
)

// Drift is how a destination's account differs from its committed schema.
type Drift struct {
	Destination string
	File        string
	FetchedAt   string // of the committed schema, RFC 3339
	Changes     []schema.Change
	// Users are the activations that a change concerns, one list a change.
	Users [][]string
}

// Drifts renders the differences of several destinations.
func Drifts(drifts []Drift, st Style) string {
	var b strings.Builder
	total, breaking := 0, 0
	for i, d := range drifts {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s %s\n", st.bold(d.Destination), st.dim("("+d.File+", read "+d.FetchedAt+")"))
		if len(d.Changes) == 0 {
			b.WriteString("  as committed\n")
			continue
		}
		writeChanges(&b, d, st)
		for n, c := range d.Changes {
			total++
			if c.Breaking && len(d.Users[n]) > 0 {
				breaking++
			}
		}
	}
	if total > 0 {
		b.WriteString("\n" + st.wrap(fmt.Sprintf("%s; %d concern activations and may break them. `leat destinations schema pull` takes them over.", plural(int64(total), "change"), breaking), ""))
	}
	return b.String()
}

// Changed renders what taking over a destination's drift has changed.
func Changed(d Drift, st Style) string {
	var b strings.Builder
	writeChanges(&b, d, st)
	return b.String()
}

func writeChanges(b *strings.Builder, d Drift, st Style) {
	object := ""
	for i, c := range d.Changes {
		if c.Object != object {
			object = c.Object
			fmt.Fprintf(b, "\n  %s\n", object)
		}
		mark := map[string]string{"added": st.green("+"), "removed": st.red("-"), "changed": st.yellow("~")}[c.Kind()]
		name := c.Field
		if name == "" {
			name = c.What
		} else if c.Kind() == "changed" {
			name += ": " + c.What
		}
		value := c.Before + c.After
		if c.Kind() == "changed" {
			value = c.Before + " → " + c.After
		}
		fmt.Fprintf(b, "    %s %s  %s\n", mark, name, st.dim(value))
		if len(d.Users[i]) > 0 {
			b.WriteString(st.wrap("used by "+strings.Join(d.Users[i], ", "), "        "))
		}
	}
}

type jsonDrift struct {
	Destination string       `json:"destination"`
	File        string       `json:"file"`
	FetchedAt   string       `json:"fetched_at"`
	Changes     []jsonChange `json:"changes"`
}

type jsonChange struct {
	Object      string   `json:"object"`
	Field       string   `json:"field,omitempty"`
	Change      string   `json:"change"` // added, removed, changed
	What        string   `json:"what"`
	Before      string   `json:"before,omitempty"`
	After       string   `json:"after,omitempty"`
	Breaking    bool     `json:"breaking"`
	Activations []string `json:"activations"`
}

// DriftsJSON is the document of `destinations schema diff --json`.
func DriftsJSON(drifts []Drift) []byte {
	doc := struct {
		FormatVersion string      `json:"format_version"`
		Destinations  []jsonDrift `json:"destinations"`
	}{FormatVersion: "1.0", Destinations: []jsonDrift{}}
	for _, d := range drifts {
		j := jsonDrift{d.Destination, d.File, d.FetchedAt, []jsonChange{}}
		for i, c := range d.Changes {
			j.Changes = append(j.Changes, jsonChange{c.Object, c.Field, c.Kind(), c.What, c.Before, c.After, c.Breaking, append([]string{}, d.Users[i]...)})
		}
		doc.Destinations = append(doc.Destinations, j)
	}
	return JSON(doc)
}
