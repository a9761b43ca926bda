package engine

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/event"
	"github.com/leat-dev/leat/runtime/journal"
)

// replace writes an object's whole new content in one stream: all of it or
// nothing. It answers for every deliver node of the activation at once; the
// later nodes find that done.
func (r *run) replace(a *activation, n *plan.Node) error {
	a.mu.Lock()
	done := a.replaced
	a.replaced = true
	a.mu.Unlock()
	if done {
		return nil // the commit waits for the node that does it
	}
	spans := r.openSpans(a)
	if len(spans) == 0 || r.settling && !anyInDoubt(spans) {
		return nil
	}
	ranges := make([]part, len(spans))
	for i, s := range spans {
		ranges[i] = part{journal.Range{Activation: a.index, From: s.From, To: s.To, Attempt: s.Attempt}, s.op}
	}
	waiting := map[int64]bool{}
	for _, s := range spans {
		rows, err := a.changes.Waiting(r.base, s.From, s.To)
		if err != nil {
			return r.unreadable(a, err)
		}
		a.postpone(rows)
		for _, row := range rows {
			waiting[row] = true
		}
	}
	resend := anyInDoubt(spans)
	for tries := 1; ; tries++ {
		done, fault, err := r.replaceOnce(a, ranges, waiting, &resend)
		if err != nil || done {
			return err
		}
		if tries >= r.req.Tuning.MaxAttempts || fault == "" {
			a.lackingUnlessInterrupted()
			if fault != "" {
				a.say(diag.New(diag.AttemptsSpent, place(a.plan), "%s could not be written, in %d attempts; it is as it was. Run apply again.", a.account.name, tries))
			}
			return nil
		}
		if r.req.Clock.Sleep(a.ctx, r.backoff(tries)) != nil {
			a.lackingUnlessInterrupted()
			return nil
		}
	}
}

// part is a range of rows of one op.
type part struct {
	journal.Range
	op string
}

type opSpan struct {
	journal.Span
	op string
}

// openSpans are the rows of all deliver nodes of the activation that have no
// lasting answer.
func (r *run) openSpans(a *activation) []opSpan {
	var out []opSpan
	for i := range r.req.Plan.Graph {
		n := &r.req.Plan.Graph[i]
		if n.Kind != plan.Deliver || n.Activation != a.index {
			continue
		}
		for s := range r.recovery.Spans(a.index, n.From, n.To) {
			if s.State != journal.Known {
				out = append(out, opSpan{s, n.Op})
			}
		}
	}
	return out
}

func anyInDoubt(spans []opSpan) bool {
	for _, s := range spans {
		if s.State == journal.InDoubt {
			return true
		}
	}
	return false
}

// replaceOnce makes one attempt. done says that every row has its answer;
// otherwise fault says why not, "" when the activation was halted.
func (r *run) replaceOnce(a *activation, ranges []part, waiting map[int64]bool, resend *bool) (done bool, fault string, err error) {
	probe, err := a.account.breaker.allow(a.ctx)
	if err != nil {
		if errors.Is(err, errTripped) {
			r.trip(a.account)
		}
		return false, "", nil
	}
	m, err := a.writer()
	if err != nil {
		a.account.breaker.report(probe, FaultNetwork)
		return false, FaultNetwork, nil
	}
	for i := range ranges {
		ranges[i].Attempt++
	}
	reserve := make([]journal.Range, len(ranges))
	for i := range ranges {
		reserve[i] = ranges[i].Range
	}
	if err := r.journal.Reserve(reserve...); err != nil {
		return false, "", err
	}
	w := &replacement{waiting: waiting, codes: make(map[int64]byte), ids: make(map[int64]string), rejections: make(map[int64]journal.Rejection)}
	fault, err = r.pour(a, m, w)
	if err != nil {
		return false, "", err
	}
	a.account.breaker.report(probe, fault)
	// Until the commit is sent, and until the plugin refuses it, the object is
	// as it was; a commit without an answer may have happened.
	code := journal.Retry
	if w.committed && !w.answered {
		*resend = true
	}
	if *resend {
		code = journal.Unknown
	}
	for _, rng := range ranges {
		o := w.opinion(rng, fault == "", code)
		t := task{a: a, op: &plan.Operation{Name: "replace"}, runs: []rows{{rng.From, rng.To}}, attempt: rng.Attempt, resend: *resend, rec: emptyRows(rng.Range)}
		if err := r.record(t, o); err != nil {
			return false, "", err
		}
	}
	a.mu.Lock()
	a.requests += w.requests
	a.mu.Unlock()
	if w.contract != nil {
		r.heed(task{a: a, op: &plan.Operation{}}, opinion{contract: w.contract, answer: &Answer{}})
		return false, "", nil
	}
	if fault == FaultAuth || fault == FaultSchema {
		r.heed(task{a: a, op: &plan.Operation{}}, opinion{fault: fault, answer: &Answer{}})
		return false, "", nil
	}
	return fault == "", fault, nil
}

// emptyRows is a record that has only a length.
func emptyRows(rng journal.Range) arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, rng.To-rng.From)
}

// replacement gathers the answers of one content stream.
type replacement struct {
	waiting    map[int64]bool // rows of the change set that are not in the content
	codes      map[int64]byte
	ids        map[int64]string
	rejections map[int64]journal.Rejection
	requests   int64
	committed  bool // the commit was sent
	answered   bool // every batch was answered after it
	contract   error
}

// pour sends the content and the commit, then takes the answers.
func (r *run) pour(a *activation, m *mux, w *replacement) (fault string, err error) {
	type sent struct {
		ordinals []int64
		ch       <-chan reply
	}
	var batches []sent
	var total int64
	deadline := r.req.Clock.Now().Add(r.req.Tuning.BatchTimeout)
	for rec, err := range a.changes.Content(r.base) {
		if err != nil {
			m.fail(errStream)
			return "", fmt.Errorf("read content: %w", err)
		}
		// Content without rows is one empty batch: its answer says that the
		// commit took place.
		for at := int64(0); at < rec.NumRows() || at == 0 && len(batches) == 0; at += maxBatchRows {
			part := rec.NewSlice(at, min(at+maxBatchRows, rec.NumRows()))
			ord, ok := part.Column(0).(*array.Int64)
			if !ok {
				part.Release()
				m.fail(errStream)
				return "", errRows
			}
			batches = append(batches, sent{append([]int64(nil), ord.Int64Values()...), m.send(Batch{Op: "send", Rows: part, Deadline: deadline})})
			total += part.NumRows()
			part.Release()
		}
		if !m.alive() || a.ctx.Err() != nil {
			break
		}
	}
	if a.ctx.Err() != nil || !m.alive() {
		m.fail(errStream) // given up before the commit: the object stays as it was
		return FaultNetwork, nil
	}
	w.committed = true
	if err := m.commit(total); err != nil {
		m.fail(fmt.Errorf("%w: %w", errStream, err))
	}
	r.emit(event.Event{Kind: event.BatchSent, Activation: a.plan.Address, Operation: "replace", Rows: total, Attempt: 1})
	timeout, free := r.req.Clock.Timer(r.req.Tuning.BatchTimeout + r.req.Tuning.AnswerGrace)
	defer free()
	w.answered = true
	for _, b := range batches {
		var rep reply
		select {
		case rep = <-b.ch:
		case <-timeout:
			m.fail(errStream)
			rep = <-b.ch
		}
		if f := w.take(b.ordinals, rep); f != "" && fault == "" {
			fault = f
		}
	}
	m.fail(errStream) // the stream has ended; another attempt opens its own
	return fault, nil
}

// take notes one batch's answers and returns its fault.
func (w *replacement) take(ordinals []int64, rep reply) (fault string) {
	if rep.err != nil {
		w.answered = false
		if errors.Is(rep.err, ErrContract) {
			w.contract = rep.err
			return FaultInternal
		}
		return FaultNetwork
	}
	a := rep.answer
	w.requests += a.Requests
	for i, row := range ordinals {
		switch journal.Outcome(a.Outcomes[i]) {
		case journal.Unknown:
			w.answered = false
			fault = FaultTimeout
		case journal.Retry:
			fault = FaultServer
		}
		w.codes[row] = a.Outcomes[i]
		if len(a.IDs) > 0 {
			w.ids[row] = a.IDs[i]
		}
	}
	for _, rej := range a.Rejections {
		w.rejections[ordinals[rej.Row]] = rej
	}
	if a.Fault != "" {
		return a.Fault
	}
	return fault
}

// opinion is the outcome of the change set's rows of one range. A row that is
// not in the content was to be removed, and is gone with the old content. A
// row that is new in it was created by leat, whatever the old content held.
func (w *replacement) opinion(rng part, ok bool, otherwise journal.Outcome) opinion {
	n := rng.To - rng.From
	o := opinion{codes: make([]byte, n), answer: &Answer{IDs: make([]string, n)}}
	for i := range n {
		code, in := w.codes[rng.From+i]
		switch {
		case !ok:
			code = byte(otherwise)
		case w.waiting[rng.From+i]:
			code = byte(journal.Retry)
		case !in:
			code = byte(journal.Removed)
		case (journal.Outcome(code) == journal.Updated || journal.Outcome(code) == journal.Unchanged) && rng.op != "update" && rng.op != "rekey" && rng.op != "clear":
			code = byte(journal.Created)
		}
		o.codes[i] = code
		o.answer.IDs[i] = w.ids[rng.From+i]
		if rej, has := w.rejections[rng.From+i]; has && ok {
			rej.Row = i
			o.answer.Rejections = append(o.answer.Rejections, rej)
		}
	}
	return o
}

// commit ends a replacing stream.
func (m *mux) commit(rows int64) error {
	m.sending.Lock()
	defer m.sending.Unlock()
	return m.stream.Commit(rows)
}

// digestBytes turns "sha256:..." into its bytes.
func digestBytes(digest string) (out [32]byte, err error) {
	b, err := hex.DecodeString(strings.TrimPrefix(digest, "sha256:"))
	if err != nil || len(b) != len(out) {
		return out, fmt.Errorf("internal error: %q is not a plan digest", digest)
	}
	copy(out[:], b)
	return out, nil
}
