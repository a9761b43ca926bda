package hubspot

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// sending is one request to a batch endpoint.
type sending struct {
	action string
	rows   []int
	inputs []input
	absent func(row int) // what to do about a record that is not there; nil rejects
}

func (s *sending) add(row int, in input) {
	s.rows = append(s.rows, row)
	s.inputs = append(s.inputs, in)
}

// send makes the request and settles its rows.
func (w *write) send(ctx context.Context, s sending) error {
	if len(s.rows) == 0 {
		return nil
	}
	response, err := w.c.post(ctx, w.out, objectPath(w.b.Object, "batch/"+s.action), map[string][]input{"inputs": s.inputs})
	if err != nil {
		return w.unsent(s, err)
	}
	a, ok := decode(response.Status, response.Body)
	if !ok {
		return w.unsent(s, &sdk.Fault{Class: sdk.FaultServer, Sent: true, Code: "answer not readable"})
	}
	return w.settle(s, response.Status, a)
}

// unsent passes a fault on. It is about this request only: rows of the batch
// that wait for a later request must not count as sent.
func (w *write) unsent(s sending, err error) error {
	f, ok := errors.AsType[*sdk.Fault](err)
	if !ok || !f.Sent {
		return err
	}
	for _, row := range s.rows {
		w.out.Unknown(row)
	}
	rest := *f
	rest.Sent = false
	return &rest
}

// settle gives each row of a request its outcome from the answer.
func (w *write) settle(s sending, status int, a *answer) error {
	if a.refused {
		return w.settleRefusal(s, status, a)
	}
	m := newMatcher(w, s)
	for _, r := range a.Results {
		if at, ok := m.result(r); ok {
			w.succeed(s, s.rows[at], r)
		}
	}
	var loose []vendorError
	for _, e := range a.Failed {
		hit := m.failure(e)
		for _, at := range hit {
			w.fail(s, s.rows[at], e)
		}
		if len(hit) == 0 {
			loose = append(loose, e)
		}
	}
	open := m.open()
	switch {
	case len(open) == 0:
		return nil
	case s.action == "archive" && len(loose) == 0:
		for _, at := range open {
			w.out.Removed(s.rows[at])
		}
		return nil
	case len(loose) == 0 && len(a.Results) == len(s.rows)-len(m.failed):
		// Every row went through; only which record is whose cannot be told.
		for _, at := range open {
			w.succeed(s, s.rows[at], record{})
		}
		return nil
	case len(open) == 1 && len(loose) > 0:
		w.fail(s, s.rows[open[0]], loose[0])
		return nil
	}
	return w.undecided(s, open)
}

// undecided is for rows that the answer leaves out, or of which it does not
// say which were refused. What may be sent twice is sent again in smaller
// batches; a create is not.
func (w *write) undecided(s sending, open []int) error {
	if s.action != "create" && len(s.rows) > 1 {
		return &sdk.Fault{Class: sdk.FaultInvalidBatch, Code: "rows not named"}
	}
	for _, at := range open {
		w.out.Unknown(s.rows[at])
	}
	return nil
}

// settleRefusal is for a request that was refused as a whole. The error belongs
// to the row when there is only one; else leat halves the batch to find it.
func (w *write) settleRefusal(s sending, status int, a *answer) error {
	if len(s.rows) == 1 {
		e := a.vendorError
		if e.Category == "" && status == http.StatusRequestEntityTooLarge {
			e.Category = "REQUEST_TOO_LARGE"
		}
		w.fail(s, s.rows[0], e)
		return nil
	}
	code, _ := a.code()
	if code == "" {
		code = "HTTP " + strconv.Itoa(status)
	}
	return &sdk.Fault{Class: sdk.FaultInvalidBatch, Code: code}
}

func (w *write) succeed(s sending, row int, r record) {
	switch {
	case s.action == "create", s.action == "upsert" && r.New != nil && *r.New:
		w.out.Created(row, r.ID)
	case s.action == "archive":
		w.out.Removed(row)
	default:
		w.out.Updated(row, r.ID)
	}
}

func (w *write) fail(s sending, row int, e vendorError) {
	switch {
	case e.is("RATE_LIMITS"):
		w.out.Retry(row)
	case s.absent != nil && e.is("OBJECT_NOT_FOUND"):
		s.absent(row)
	case w.b.Op == sdk.Create && w.keyTaken(e):
		w.out.Exists(row, firstMatch(existingID, e.Message))
	default:
		r := e.rejection()
		if r.Code == "" {
			r.Code = "REFUSED"
		}
		w.out.Reject(row, r)
	}
}

// keyTaken reports whether a create met a record with the same key, rather
// than with the same value of another unique property.
func (w *write) keyTaken(e vendorError) bool {
	if !w.unique || classOf(e.Category) != sdk.Conflict {
		return false
	}
	_, field := e.code()
	return field == "" || field == w.b.Key[0].Name
}

// matcher finds the row of each result and error of an answer: by trace id, by
// record id or the value the record was addressed with, by the key among the
// result's properties.
type matcher struct {
	w       *write
	s       sending
	byTrace map[string]int
	byID    map[string][]int
	byKey   map[string][]int
	done    []bool
	failed  []int
}

func newMatcher(w *write, s sending) *matcher {
	m := &matcher{w: w, s: s, byTrace: make(map[string]int), byID: make(map[string][]int), byKey: make(map[string][]int), done: make([]bool, len(s.rows))}
	for at, in := range s.inputs {
		if in.Trace != "" {
			m.byTrace[in.Trace] = at
		}
		if in.ID != "" {
			id := addressText(in.ID)
			m.byID[id] = append(m.byID[id], at)
		}
		k := matchKey(w.b.Key, s.rows[at])
		m.byKey[k] = append(m.byKey[k], at)
	}
	return m
}

func addressText(id string) string { return strings.ToLower(strings.TrimSpace(id)) }

// take returns the first of the rows that is not settled yet.
func (m *matcher) take(rows []int) (int, bool) {
	for _, at := range rows {
		if !m.done[at] {
			m.done[at] = true
			return at, true
		}
	}
	return 0, false
}

func (m *matcher) result(r record) (int, bool) {
	if at, ok := m.byTrace[r.Trace]; ok && r.Trace != "" {
		return m.take([]int{at})
	}
	if at, ok := m.take(m.byID[r.ID]); ok {
		return at, true
	}
	if k, ok := recordKey(m.w.b.Key, r.Properties); ok {
		return m.take(m.byKey[k])
	}
	return 0, false
}

// failure returns the rows an error names, perhaps several.
func (m *matcher) failure(e vendorError) []int {
	var out []int
	for _, trace := range e.named("objectWriteTraceId") {
		if at, ok := m.byTrace[trace]; ok {
			if at, ok := m.take([]int{at}); ok {
				out = append(out, at)
			}
		}
	}
	if len(out) == 0 {
		for _, name := range []string{"ids", "id"} {
			for _, id := range e.named(name) {
				if at, ok := m.take(m.byID[addressText(id)]); ok {
					out = append(out, at)
				}
			}
		}
	}
	m.failed = append(m.failed, out...)
	slices.Sort(out)
	return out
}

// open returns the rows that nothing in the answer was about.
func (m *matcher) open() []int {
	var out []int
	for at, done := range m.done {
		if !done {
			out = append(out, at)
		}
	}
	return out
}
