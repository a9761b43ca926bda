package view

import (
	"fmt"
	"strconv"
	"strings"
)

// RejectList is the refused rows of one activation, or the first of them.
type RejectList struct {
	Activation string
	Total      int64
	Rows       []StateRow // each with a Refusal
}

// Rejects renders refused rows by activation, without values but the ids.
func Rejects(info StateInfo, lists []RejectList, st Style) string {
	if len(lists) == 0 {
		return "No row is rejected in environment " + quote(info.Environment) + ".\n"
	}
	var b strings.Builder
	for i, l := range lists {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s rejected\n", st.bold("activation."+l.Activation), plural(l.Total, "row"))
		var rows [][]string
		for _, r := range l.Rows {
			next := "when it differs"
			switch {
			case r.Refusal.Forgotten:
				next = "will be retried"
			case r.Refusal.Transient:
				next = "next apply"
			}
			rows = append(rows, []string{clip(idText(r.ID), 30), next, strconv.FormatInt(r.Refusal.Attempts, 10),
				toSecond(r.Refusal.Last), refusalText(r.Refusal.Class, r.Refusal.Code, r.Refusal.Field)})
		}
		b.WriteString(grid([]string{"id", "sent again", "tries", "last refused", "why"}, rows, map[int]bool{2: true}, "  ", st))
		if rest := l.Total - int64(len(l.Rows)); rest > 0 {
			fmt.Fprintf(&b, "  %s\n", st.dim("... and "+plural(rest, "more row")+" (--limit)"))
		}
	}
	return b.String() + "\n" + st.wrap("`leat rejects show ACTIVATION ID` tells more, `leat rejects retry ACTIVATION [ID...]` has rows sent again as they are.", "")
}

// toSecond cuts the fraction off a timestamp.
func toSecond(at string) string {
	at, _, _ = strings.Cut(at, ".")
	return at
}

// idText is an id as the commands take it: several parts joined by commas.
func idText(cells []StateCell) string {
	parts := make([]string, len(cells))
	for i, c := range cells {
		if c.Value != nil {
			parts[i] = strings.Trim(quote(*c.Value), `"`)
		}
	}
	return strings.Join(parts, ",")
}

// RejectsJSON renders the document of [Rejects].
func RejectsJSON(info StateInfo, lists []RejectList) []byte {
	type row struct {
		ID []StateCell `json:"id"`
		Refusal
	}
	type list struct {
		Activation string `json:"activation"`
		Total      int64  `json:"total"`
		Rows       []row  `json:"rows"`
	}
	doc := struct {
		FormatVersion string `json:"format_version"`
		Environment   string `json:"environment"`
		Activations   []list `json:"activations"`
	}{formatVersion, info.Environment, []list{}}
	for _, l := range lists {
		j := list{l.Activation, l.Total, []row{}}
		for _, r := range l.Rows {
			j.Rows = append(j.Rows, row{r.ID, *r.Refusal})
		}
		doc.Activations = append(doc.Activations, j)
	}
	return JSON(doc)
}

// Retried is how many refused rows of an activation were forgotten.
type Retried struct {
	Activation string `json:"activation"`
	Rows       int64  `json:"rows"`
}

// Retries renders what `leat rejects retry` did.
func Retries(done []Retried) string {
	var b strings.Builder
	for _, d := range done {
		fmt.Fprintf(&b, "activation.%s: %s will be sent again by the next plan.\n", d.Activation, plural(d.Rows, "row"))
	}
	if b.Len() == 0 {
		return "Nothing to retry: no refused payload is held back.\n"
	}
	return b.String()
}

// RetriesJSON renders the document of [Retries].
func RetriesJSON(info StateInfo, done []Retried) []byte {
	return JSON(struct {
		FormatVersion string    `json:"format_version"`
		Environment   string    `json:"environment"`
		Retried       []Retried `json:"retried"`
	}{formatVersion, info.Environment, append([]Retried{}, done...)})
}
