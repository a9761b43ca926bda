package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leat-dev/leat/compiler/label"
	"github.com/leat-dev/leat/compiler/plan"
)

// Sample is one row shown before and after. It holds row values: only a
// terminal, or a reader who asked with --samples, may see it.
type Sample struct {
	Op     string // send, update, rekey, delete, archive, clear, release
	ID     string
	Fields []SampleField
}

// SampleField is one field of a sample. Masked values are shown as such.
type SampleField struct {
	Name          string
	Before, After string
	HasBefore     bool // false: never sent, or null
	HasAfter      bool // false: cleared, or null
	Pending       bool // After is known when another record is written
	Masked        bool
}

// Samples are the sample rows of each activation, by address, in change-set
// order.
type Samples map[string][]Sample

// opRow says how an operation is told to people. The order is the order of
// display: the worst first.
var opRows = []struct {
	name, sign, verb string
	count            func(plan.Counts) int64
}{
	{"delete", "-", "to delete", func(c plan.Counts) int64 { return c.Delete }},
	{"archive", "-", "to archive", func(c plan.Counts) int64 { return c.Archive }},
	{"clear", "-", "to clear", func(c plan.Counts) int64 { return c.Clear }},
	{"rekey", "!", "to rekey", func(c plan.Counts) int64 { return c.Rekey }},
	{"update", "~", "to update", func(c plan.Counts) int64 { return c.Update }},
	{"send", "+", "to send", func(c plan.Counts) int64 { return c.Send }},
	{"create", "+", "to create", func(c plan.Counts) int64 { return c.Create }},
	{"append", "+", "to append", func(c plan.Counts) int64 { return c.Append }},
	{"release", "·", "to release", func(c plan.Counts) int64 { return c.Release }},
	{"resolve", "·", "settled by the source", func(c plan.Counts) int64 { return c.Resolve }},
	{"forget", "·", "to forget", func(c plan.Counts) int64 { return c.Forget }},
	{"block", "·", "to block", func(c plan.Counts) int64 { return c.Block }},
}

// notes explains, once per plan, the operations whose meaning is not plain.
var opNotes = map[string]string{
	"send":    "send: create or update; which of the two is known after apply",
	"release": "release: left in the destination as it is, no longer managed",
	"rekey":   "rekey: the same record under a new key",
	"clear":   "clear: the fields leat sent are emptied",
	"block":   "block: consent is gone; the record stays as it is and gets no more updates",
}

// Plan renders a plan for people.
func Plan(d *plan.Document, samples Samples, st Style) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, as of %s\n", st.bold("Plan for environment"), st.bold(quote(d.Environment)), d.AsOf)
	used := map[string]bool{}
	changed := 0
	var unchanged []string
	for i := range d.Activations {
		a := &d.Activations[i]
		if quiet(a) {
			unchanged = append(unchanged, a.Name)
			continue
		}
		changed++
		b.WriteByte('\n')
		writeActivation(&b, a, samples[a.Address], st)
		for _, o := range opRows {
			if o.count(a.Counts) > 0 {
				used[o.name] = true
			}
		}
	}
	if len(unchanged) > 0 && changed > 0 {
		b.WriteByte('\n')
		b.WriteString(st.wrap("No changes: "+strings.Join(unchanged, ", ")+".", ""))
	}
	var notes []string
	for _, o := range opRows {
		if n, ok := opNotes[o.name]; ok && used[o.name] {
			notes = append(notes, n)
		}
	}
	if len(notes) > 0 {
		b.WriteByte('\n')
		for _, n := range notes {
			b.WriteString(st.dim(strings.TrimRight(st.wrap(n, "  "), "\n")) + "\n")
		}
	}
	b.WriteByte('\n')
	b.WriteString(st.wrap(PlanSummary(d), ""))
	return b.String()
}

// quiet reports whether an activation has nothing worth a paragraph.
func quiet(a *plan.Activation) bool {
	c := a.Counts
	if a.Moved != nil || a.Removed == plan.RemovedKeep {
		return false
	}
	for _, g := range a.Guards {
		if g.Tripped || g.Overridden {
			return false
		}
	}
	return c.Deliverable() == 0 && c.Local() == 0 && c.Invalid == 0 && c.Held == 0 && c.Blocked == 0 && c.StillRejected == 0 && c.Unknown == 0 && a.RemovalsHeld == ""
}

// PlanSummary is the plan in one sentence.
func PlanSummary(d *plan.Document) string {
	var t plan.Counts
	for _, a := range d.Activations {
		add(&t, a.Counts)
	}
	var parts []string
	for _, o := range opRows {
		if n := o.count(t); n > 0 {
			parts = append(parts, thousands(n)+" "+o.verb)
		}
	}
	if len(parts) == 0 {
		if m := movesText(d); m != "" {
			return "Plan: " + strings.Join(append([]string{m}, leftOutText(t)...), ", ") + "; nothing is sent."
		}
		s := "No changes. The destinations hold what the models say"
		if out := leftOutText(t); len(out) > 0 {
			s += ", except " + strings.Join(out, ", ")
		}
		return s + "."
	}
	parts = append(parts, thousands(t.Unchanged)+" unchanged")
	if m := movesText(d); m != "" {
		parts = append(parts, m)
	}
	if t.Invalid > 0 {
		parts = append(parts, thousands(t.Invalid)+" invalid")
	}
	if t.Held > 0 {
		parts = append(parts, thousands(t.Held)+" held")
	}
	if t.Blocked > 0 {
		parts = append(parts, thousands(t.Blocked)+" blocked")
	}
	if t.StillRejected > 0 {
		parts = append(parts, thousands(t.StillRejected)+" still rejected")
	}
	return "Plan: " + strings.Join(parts, ", ") + "."
}

// leftOutText names the rows that a plan without changes leaves out.
func leftOutText(t plan.Counts) (out []string) {
	for _, r := range []struct {
		rows int64
		how  string
	}{{t.Invalid, "invalid"}, {t.Blocked, "blocked"}, {t.Held, "held back"}, {t.StillRejected, "still rejected"}} {
		if r.rows > 0 {
			out = append(out, plural(r.rows, "row")+" "+r.how)
		}
	}
	return out
}

func add(t *plan.Counts, c plan.Counts) {
	t.Send += c.Send
	t.Create += c.Create
	t.Update += c.Update
	t.Rekey += c.Rekey
	t.Delete += c.Delete
	t.Archive += c.Archive
	t.Clear += c.Clear
	t.Append += c.Append
	t.Release += c.Release
	t.Resolve += c.Resolve
	t.Forget += c.Forget
	t.Unchanged += c.Unchanged
	t.Invalid += c.Invalid
	t.Held += c.Held
	t.Blocked += c.Blocked
	t.Block += c.Block
	t.Withdrawn += c.Withdrawn
	t.StillRejected += c.StillRejected
	t.Unknown += c.Unknown
}

// classText says what kind of configuration change lies behind the rows.
var classText = map[string]string{
	"new": "first run", "mapping": "mapping changed", "key": "key changed", "destination": "destination changed",
}

func writeActivation(b *strings.Builder, a *plan.Activation, samples []Sample, st Style) {
	target := fmt.Sprintf("destination.%s.%s.%s", a.Target.Plugin, a.Target.Destination, a.Target.Object)
	if a.Removed != "" {
		fmt.Fprintf(b, "%s\n  removed; its records are in %s\n", st.bold(a.Address), target)
	} else {
		fmt.Fprintf(b, "%s\n  from %s to %s\n", st.bold(a.Address), a.Source.Name, target)
	}
	writeMoved(b, a, st)
	if t := classText[a.Class]; t != "" {
		fmt.Fprintf(b, "  configuration: %s\n", t)
	}
	if l := labelText(a); l != "" {
		b.WriteString(st.wrap("labels: "+l, "  "))
	}
	if len(a.SecretKeys) > 0 {
		b.WriteString(st.wrap("hashed with the key in "+strings.Join(a.SecretKeys, ", "), "  "))
	}
	for _, g := range a.Guards {
		if g.Tripped {
			fmt.Fprintf(b, "  %s %s\n", st.red("guard tripped:"), GuardText(g))
		}
		if g.Kept && !g.Tripped {
			b.WriteString(st.wrap("guard kept: "+g.Name+" = "+g.Limit+" of the last apply, as the configuration gives none any more", "  "))
		}
		if g.Overridden {
			fmt.Fprintf(b, "  %s %s\n", st.yellow("overridden:"), GuardText(g))
		}
	}
	if a.RemovalsHeld != "" {
		b.WriteString(st.yellow(st.wrap("removals suspended: "+a.RemovalsHeld, "  ")))
	}
	var rows [][]string
	for _, o := range opRows {
		if n := o.count(a.Counts); n > 0 {
			rows = append(rows, []string{o.sign, thousands(n), o.verb + withdrawnText(a, o.name, n)})
		}
	}
	if n := a.Counts.Unchanged; n > 0 {
		rows = append(rows, []string{" ", thousands(n), "unchanged"})
	}
	b.WriteString(table(rows, map[int]bool{1: true}, "  "))
	for _, r := range a.Blocked {
		fmt.Fprintf(b, "  %s %s: %s\n", st.yellow("blocked"), plural(r.Rows, "row"), blockedText(r.Reason, a))
	}
	writeHeld(b, a, st)
	for _, r := range a.Invalid {
		fmt.Fprintf(b, "  %s %s: %s\n", st.yellow("invalid"), plural(r.Rows, "row"), reasonText(r.Reason, r.Field))
	}
	for _, r := range a.Rejected {
		fmt.Fprintf(b, "  %s %s: %s\n", st.yellow("still rejected"), plural(r.Rows, "row"), refusalText(r.Class, r.Code, r.Field))
	}
	if a.Counts.Unknown > 0 {
		fmt.Fprintf(b, "  %s %s\n", st.yellow("outcome unknown"), plural(a.Counts.Unknown, "row"))
	}
	writeFields(b, a.FieldCounts)
	writeSamples(b, samples, a.Counts.Deliverable()+a.Counts.Release, st)
	writeCost(b, a)
}

// movesText counts states that get names or go without a row being sent.
func movesText(d *plan.Document) string {
	var moved, forgotten int64
	for _, a := range d.Activations {
		if a.Moved != nil {
			moved++
		}
		if a.Removed == plan.RemovedKeep {
			forgotten++
		}
	}
	var parts []string
	if moved > 0 {
		parts = append(parts, plural(moved, "activation")+" to move")
	}
	if forgotten > 0 {
		parts = append(parts, plural(forgotten, "activation")+" to forget")
	}
	return strings.Join(parts, ", ")
}

// writeMoved tells of names that state gets, and of state that goes.
func writeMoved(b *strings.Builder, a *plan.Activation, st Style) {
	if m := a.Moved; m != nil {
		if m.From != "" {
			b.WriteString(st.wrap("moved from "+m.From+", with its state", "  "))
		}
		for _, r := range m.Key {
			b.WriteString(st.wrap("key field "+r.To+" moved from "+r.From, "  "))
		}
		for _, r := range m.Fields {
			b.WriteString(st.wrap("field "+r.To+" moved from "+r.From, "  "))
		}
	}
	if a.Removed == plan.RemovedKeep {
		b.WriteString(st.wrap("state of "+plural(a.Counts.Managed, "record")+" to forget; the records stay as they are", "  "))
	}
}

// labelText names the fields that carry labels, stated or guessed. What is
// public needs nobody's eye.
func labelText(a *plan.Activation) string {
	var out []string
	for _, c := range append(slices.Clone(a.Key), a.Fields...) {
		var of []string
		for _, l := range c.Labels {
			if l == label.Public {
				continue
			}
			if slices.Contains(c.Guessed, l) {
				l += " (guessed)"
			}
			of = append(of, l)
		}
		for _, l := range c.Guessed {
			if !slices.Contains(c.Labels, l) {
				of = append(of, l+" (the destination says so)")
			}
		}
		if len(of) > 0 {
			out = append(out, c.Name+" "+strings.Join(of, " and "))
		}
	}
	return strings.Join(out, ", ")
}

func writeHeld(b *strings.Builder, a *plan.Activation, st Style) {
	drawn := a.Counts.Held
	for _, w := range a.Waiting {
		drawn -= w.Rows
	}
	if drawn > 0 {
		fmt.Fprintf(b, "  %s %s: %s\n", st.yellow("held"), plural(drawn, "row"), heldText(a))
	}
	for _, w := range a.Waiting {
		fmt.Fprintf(b, "  %s %s: %s finds no record of activation.%s\n", st.yellow("held"), plural(w.Rows, "row"), w.Field, w.Activation)
	}
}

// heldText says which rows are held by their id.
func heldText(a *plan.Activation) string {
	var parts []string
	if a.Rollout != nil {
		parts = append(parts, "outside the rollout of "+strconv.FormatFloat(*a.Rollout, 'f', -1, 64)+"%")
	}
	if a.Holdout != nil {
		parts = append(parts, "inside the holdout of "+strconv.FormatFloat(*a.Holdout, 'f', -1, 64)+"%")
	}
	return strings.Join(parts, " or ") + "; frozen as they are"
}

func writeFields(b *strings.Builder, fields []plan.FieldCount) {
	if len(fields) == 0 {
		return
	}
	b.WriteString("\n  fields that updates change\n")
	var rows [][]string
	for _, f := range fields {
		cleared := ""
		if f.Cleared > 0 {
			cleared = thousands(f.Cleared) + " cleared"
		}
		pending := ""
		if f.Pending > 0 {
			pending = thousands(f.Pending) + " known after apply"
		}
		rows = append(rows, []string{f.Name, thousands(f.Set) + " set", strings.TrimSuffix(strings.TrimPrefix(cleared+", "+pending, ", "), ", ")})
	}
	b.WriteString(table(rows, nil, "    "))
}

func writeSamples(b *strings.Builder, samples []Sample, total int64, st Style) {
	if len(samples) == 0 {
		return
	}
	b.WriteByte('\n')
	for _, s := range samples {
		fmt.Fprintf(b, "  %s %s %s\n", signOf(s.Op), s.Op, st.bold(clip(s.ID, st.width()-20)))
		var rows [][]string
		for _, f := range s.Fields {
			rows = append(rows, []string{f.Name, sampleValue(f, st)})
		}
		b.WriteString(table(rows, nil, "      "))
	}
	if rest := total - int64(len(samples)); rest > 0 {
		fmt.Fprintf(b, "  %s\n", st.dim("... and "+plural(rest, "more row")))
	}
}

// show is a value of the field, or the word in its place; fit makes the value
// as long and as plain as the view wants it.
func (f SampleField) show(v string, has bool, fit func(string) string) string {
	switch {
	case f.Pending && !has:
		return "(known after apply)"
	case !has:
		return "(none)"
	case f.Masked:
		return "(masked)"
	}
	return quote(fit(v))
}

func sampleValue(f SampleField, st Style) string {
	room := max(12, (st.width()-30)/2)
	show := func(v string, has bool) string {
		return f.show(v, has, func(s string) string { return clip(s, room) })
	}
	if !f.HasBefore {
		return show(f.After, f.HasAfter)
	}
	return show(f.Before, true) + " -> " + show(f.After, f.HasAfter)
}

func writeCost(b *strings.Builder, a *plan.Activation) {
	if len(a.Operations) == 0 {
		return
	}
	b.WriteString("\n  calls\n")
	var rows [][]string
	for i, o := range a.Operations {
		if a.Target.Replace && i > 0 {
			break // one replacement carries them all
		}
		note := ""
		if o.Retry == "neither" {
			note = "cannot be resumed safely (on_unknown = " + a.Delivery.OnUnknown + ")"
		}
		rows = append(rows, []string{thousands(o.Requests), o.Endpoint, note})
	}
	b.WriteString(table(rows, map[int]bool{0: true}, "    "))
	for _, l := range a.Limits {
		if l.Seconds >= 2 {
			fmt.Fprintf(b, "    at least %s under %s (%s per %s)\n", duration(l.Seconds), l.Limit, thousands(l.Amount), l.Window)
		}
	}
}

func duration(seconds int64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 7200:
		return fmt.Sprintf("%d min", (seconds+59)/60)
	default:
		return fmt.Sprintf("%d h", (seconds+3599)/3600)
	}
}

func signOf(op string) string {
	for _, o := range opRows {
		if o.name == op {
			return o.sign
		}
	}
	return " "
}

// GuardText says which limit stands against which number.
func GuardText(g plan.Guard) string {
	switch g.Name {
	case plan.RequiresBuild:
		return "requires: the last build of the model failed"
	case plan.RequiresTests:
		return fmt.Sprintf("requires tests = %q, but of %s of the model %s in the run results given", g.Limit, plural(g.Base, "test"), notPassed(g.Value))
	case plan.RequiresMaxAge:
		if g.Value < 0 {
			return "requires max_age = " + age(g.Limit) + ", but the run results given tell of no build of the model"
		}
		return fmt.Sprintf("requires max_age = %s, but the last build of the model is %s old", age(g.Limit), age((time.Duration(g.Value) * time.Minute).String()))
	}
	if g.Name == plan.ConsentRows {
		return "consent cannot be looked up: the relation it is kept in has no row with a match key"
	}
	if g.Name == "min_rows" {
		return fmt.Sprintf("min_rows = %s, but the source gives %s", g.Limit, plural(g.Value, "row"))
	}
	s := fmt.Sprintf("%s = %s, but the plan has %s", g.Name, g.Limit, plural(g.Value, "row"))
	if strings.HasSuffix(g.Limit, "%") {
		s += fmt.Sprintf(" of %s managed", thousands(g.Base))
	}
	return s
}

func notPassed(n int64) string {
	if n == 1 {
		return "1 did not pass"
	}
	return thousands(n) + " did not pass"
}

// age is a span without the parts that are zero.
func age(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "0s"), "0m") }

// reasons says why a row is left out.
var reasons = map[string]string{
	"null_id": "the id is null", "null_key": "the key is null",
	"key_overlap":  "another activation that maps the same fields holds the key",
	"duplicate_id": "the id occurs more than once", "duplicate_key": "the key occurs more than once",
	"key_taken": "another row holds the key", "too_long": "too long", "not_in_enum": "not one of the allowed values",
	"out_of_range": "out of range", "bad_format": "not in the field's format", "required": "required, but null",
}

func reasonText(reason, field string) string {
	t, ok := reasons[reason]
	if !ok {
		t = strings.ReplaceAll(reason, "_", " ")
	}
	if field != "" {
		return field + " " + t
	}
	return t
}

func refusalText(class, code, field string) string {
	parts := []string{strings.ReplaceAll(class, "_", " ")}
	if code != "" {
		parts = append(parts, code)
	}
	if field != "" {
		parts = append(parts, "field "+field)
	}
	return strings.Join(parts, ", ")
}

func quote(s string) string {
	return `"` + strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\x1b", `\e`).Replace(s) + `"`
}
