package view

import (
	"fmt"
	"strconv"
	"strings"
)

// StateInfo says which state is shown.
type StateInfo struct {
	Environment string
	Dir         string // where it is kept
}

// StateColumn is a column of state with its type as users write it.
type StateColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// StateHead is the state of one activation without its rows.
type StateHead struct {
	Activation  string           `json:"activation"`
	Plugin      string           `json:"plugin"`
	Destination string           `json:"destination"`
	Object      string           `json:"object"`
	Account     string           `json:"account"`
	Serial      int64            `json:"serial"`
	Mode        string           `json:"mode"`
	OnRemoved   string           `json:"on_removed"`
	Plan        string           `json:"plan"`  // digest of the last plan committed
	AsOf        string           `json:"as_of"` // of that plan
	Rows        int64            `json:"rows"`
	Counts      map[string]int64 `json:"counts"` // live rows by status
	ID          []StateColumn    `json:"id"`
	Key         []StateColumn    `json:"key"`
	Fields      []StateColumn    `json:"fields"`
	Retired     []StateColumn    `json:"retired"`
}

// StateCell is one value of a row of state. Value holds what the row holds:
// cli leaves it out unless the user asked to see it.
type StateCell struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"` // nil: null, or not shown
	Sent   bool    `json:"sent"`  // of a field: leat has sent it
	Hidden bool    `json:"hidden"`
}

// Refusal is why a destination refused a row. Text is the vendor's own words:
// it may hold values, and cli leaves it out unless the user asked to see it.
type Refusal struct {
	Class     string `json:"class"`
	Code      string `json:"code"`
	Field     string `json:"field"`
	Text      string `json:"text,omitempty"`
	Transient bool   `json:"transient"` // sent again by the next apply
	Forgotten bool   `json:"retried"`   // the next plan sends it whatever was refused
	Attempts  int64  `json:"attempts"`
	First     string `json:"first_refused"`
	Last      string `json:"last_refused"`
}

// StateRow is one row of state.
type StateRow struct {
	ID       []StateCell `json:"id"`
	Status   string      `json:"status"`
	Origin   string      `json:"origin"`
	DestID   string      `json:"destination_id"`
	SyncedAt string      `json:"synced_at"`
	Key      []StateCell `json:"key"`
	Fields   []StateCell `json:"fields"`
	Refusal  *Refusal    `json:"refusal,omitempty"`
}

// statuses orders the statuses of rows, the good one first.
var statuses = []string{"synced", "rejected", "unknown", "absent", "exists", "held", "blocked", "released", "damaged"}

func countsText(counts map[string]int64) string {
	var out []string
	for _, s := range statuses {
		if n := counts[s]; n > 0 {
			out = append(out, thousands(n)+" "+s)
		}
	}
	if len(out) == 0 {
		return "no rows"
	}
	return strings.Join(out, ", ")
}

func shortDigest(d string) string { return clip(d, 20) }

// State renders the activations that have state.
func State(info StateInfo, heads []StateHead, st Style) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s\n", st.bold("State of environment "+quote(info.Environment)), info.Dir)
	if len(heads) == 0 {
		return b.String() + "\n" + st.wrap("There is none yet: nothing has been applied in this environment.", "")
	}
	for _, h := range heads {
		fmt.Fprintf(&b, "\n%s\n", st.bold("activation."+h.Activation))
		b.WriteString(facts([][2]string{
			{"rows", countsText(h.Counts)},
			{"target", h.target()},
			{"account", h.Account},
			{"last plan", lastPlan(h)},
		}, "  ", st))
	}
	return b.String()
}

func (h StateHead) target() string {
	return fmt.Sprintf("destination.%s.%s.%s", h.Plugin, h.Destination, h.Object)
}

func lastPlan(h StateHead) string {
	if h.Plan == "" {
		return ""
	}
	return fmt.Sprintf("%s as of %s (serial %d)", shortDigest(h.Plan), h.AsOf, h.Serial)
}

// StateJSON renders the document of [State].
func StateJSON(info StateInfo, heads []StateHead) []byte {
	return JSON(struct {
		FormatVersion string      `json:"format_version"`
		Environment   string      `json:"environment"`
		Activations   []StateHead `json:"activations"`
	}{formatVersion, info.Environment, append([]StateHead{}, heads...)})
}

// StateActivation renders the state of one activation.
func StateActivation(info StateInfo, h StateHead, st Style) string {
	return st.bold("activation."+h.Activation) + " in environment " + quote(info.Environment) + "\n\n" + facts([][2]string{
		{"rows", countsText(h.Counts)},
		{"target", h.target()},
		{"account", h.Account},
		{"mode", h.Mode},
		{"on_removed", h.OnRemoved},
		{"last plan", lastPlan(h)},
		{"id", columnsText(h.ID)},
		{"key", columnsText(h.Key)},
		{"fields", columnsText(h.Fields)},
		{"no longer mapped", columnsText(h.Retired)},
	}, "  ", st)
}

func columnsText(cs []StateColumn) string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.Name + " " + c.Type
	}
	return strings.Join(out, ", ")
}

// StateActivationJSON renders the document of [StateActivation], and of
// [StateRows] with one row.
func StateActivationJSON(info StateInfo, h StateHead, row *StateRow) []byte {
	return JSON(struct {
		FormatVersion string    `json:"format_version"`
		Environment   string    `json:"environment"`
		Activation    StateHead `json:"activation"`
		Row           *StateRow `json:"row,omitempty"`
	}{formatVersion, info.Environment, h, row})
}

// origins says what leat knows of where a record came from.
var origins = map[string]string{
	"created": "created by leat",
	"adopted": "was there before leat; never deleted by leat",
	"unknown": "not known; never deleted by leat",
}

// StateRowText renders one row of state.
func StateRowText(h StateHead, r StateRow, st Style) string {
	var b strings.Builder
	b.WriteString(st.bold("activation."+h.Activation) + " " + cellsText(r.ID) + "\n\n")
	rows := [][2]string{
		{"status", r.Status},
		{"key", cellsText(r.Key)},
		{"destination id", r.DestID},
		{"origin", origins[r.Origin]},
		{"last success", orElse(r.SyncedAt, "never")},
	}
	b.WriteString(facts(rows, "  ", st))
	b.WriteString(section("Last refusal", refusalFacts(r.Refusal, st), st))
	b.WriteString(section("Fields as acknowledged", cellTable(r.Fields, st), st))
	if hidden(r) {
		b.WriteString("\n" + st.wrap("Values are hidden. --reveal shows them.", ""))
	}
	return b.String()
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func hidden(r StateRow) bool {
	for _, c := range append(r.Fields[:len(r.Fields):len(r.Fields)], r.Key...) {
		if c.Hidden {
			return true
		}
	}
	return false
}

func cellsText(cells []StateCell) string {
	var out []string
	for _, c := range cells {
		out = append(out, c.Name+" = "+cellText(c))
	}
	return strings.Join(out, ", ")
}

func cellText(c StateCell) string {
	switch {
	case c.Hidden:
		return "(hidden)"
	case c.Value == nil:
		return "null"
	default:
		return quote(*c.Value)
	}
}

func cellTable(cells []StateCell, st Style) string {
	var rows [][2]string
	for _, c := range cells {
		text := "never sent"
		if c.Sent {
			text = cellText(c)
		}
		rows = append(rows, [2]string{c.Name, text})
	}
	return facts(rows, "  ", st)
}

func refusalFacts(r *Refusal, st Style) string {
	if r == nil {
		return ""
	}
	return facts([][2]string{
		{"class", strings.ReplaceAll(r.Class, "_", " ")},
		{"code", r.Code},
		{"field", r.Field},
		{"text", quoteIf(r.Text)},
		{"next plan", nextPlan(r)},
		{"attempts", strconv.FormatInt(r.Attempts, 10)},
		{"first refused", r.First},
		{"last refused", r.Last},
	}, "  ", st)
}

func quoteIf(s string) string {
	if s == "" {
		return ""
	}
	return quote(s)
}

// nextPlan says what will become of a refused row.
func nextPlan(r *Refusal) string {
	switch {
	case r.Forgotten:
		return "sends it again, as asked"
	case r.Transient:
		return "sends it again: the refusal may pass"
	default:
		return "sends it again when its payload differs"
	}
}
