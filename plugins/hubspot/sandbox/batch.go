package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// maxBatch is the most inputs a batch may have.
const maxBatch = 100

// input is one record of a batch, as sent.
type input struct {
	ID         string             `json:"id"`
	IDProperty string             `json:"idProperty"`
	Properties map[string]*string `json:"properties"` // the vendor takes strings only; nil was null
	Trace      string             `json:"objectWriteTraceId"`
}

// countInputs counts a body's inputs for the log, whether the body is valid or not.
func countInputs(body []byte) int {
	var b struct {
		Inputs []json.RawMessage `json:"inputs"`
	}
	_ = json.Unmarshal(body, &b)
	return len(b.Inputs)
}

// decodeBatch reads and checks what can be wrong with a batch as a whole.
func decodeBatch(c *call) ([]input, *reply) {
	var b struct {
		Inputs []input `json:"inputs"`
	}
	if err := json.Unmarshal(c.body, &b); err != nil {
		return nil, badJSON()
	}
	switch {
	case len(b.Inputs) == 0:
		return nil, invalid("A batch needs inputs.")
	case len(b.Inputs) > maxBatch:
		return nil, invalid(fmt.Sprintf("A batch has at most %d inputs; this one has %d.", maxBatch, len(b.Inputs)))
	}
	seen := map[string]bool{}
	for _, in := range b.Inputs {
		lacking := in.Properties == nil && c.op != opArchive && c.op != opRead
		if lacking || slices.Contains(slices.Collect(maps.Values(in.Properties)), nil) {
			return nil, badJSON()
		}
		if a := checkAddress(c, &in); a != nil {
			return nil, a
		}
		key := in.ID
		if p := c.table.properties[in.IDProperty]; p != nil && p.unique("email") {
			key = strings.ToLower(strings.TrimSpace(key))
		}
		if (c.op == opUpdate || c.op == opUpsert) && seen[in.IDProperty+"\x00"+key] {
			return nil, invalid("Duplicate IDs found in batch input: [" + in.ID + "]. IDs must be unique.")
		}
		seen[in.IDProperty+"\x00"+key] = true
	}
	return b.Inputs, nil
}

// checkAddress checks how an input says which record it is for.
func checkAddress(c *call, in *input) *reply {
	if c.op == opCreate {
		return nil
	}
	if in.ID == "" {
		return invalid("An input needs an id.")
	}
	switch p := c.table.properties[in.IDProperty]; {
	case c.op == opArchive:
		in.IDProperty = ""
	case in.IDProperty == "" && c.op == opUpsert:
		return invalid("An upsert needs an idProperty.")
	case in.IDProperty == "":
	case p == nil || !p.HasUniqueValue:
		return invalid(fmt.Sprintf("Unable to perform update/upsert by non-unique %s property %s in portal", c.table.TypeID, in.IDProperty))
	}
	return nil
}

func badJSON() *reply {
	return failure(http.StatusBadRequest, "VALIDATION_ERROR", "Invalid input JSON: properties are an object of strings.")
}

func invalid(message string, details ...detail) *reply {
	return failure(http.StatusBadRequest, "VALIDATION_ERROR", message, details...)
}

// outcome is what became of one input.
type outcome struct {
	in      input
	record  *record // nil when refused, or archived when it was not there
	created bool
	refused *batchError
	undo    func()
}

// batchWrite is create, update, upsert and archive.
func (s *Server) batchWrite(c *call) *reply {
	inputs, wrong := decodeBatch(c)
	if wrong != nil {
		s.logRefusal(c, wrong)
		return wrong
	}
	outcomes := make([]outcome, len(inputs))
	next, whole := s.crm.next, -1
	for i, in := range inputs {
		o := s.write(c, i, in)
		o.in = in
		outcomes[i] = o
		// Errors can be told apart only when the inputs of a create carry a trace id.
		if o.refused != nil && whole < 0 && (s.opt.WholeBatchErrors || c.op == opCreate && in.Trace == "") {
			whole = i
		}
	}
	if whole >= 0 {
		for _, o := range slices.Backward(outcomes) {
			if o.undo != nil {
				o.undo()
			}
		}
		s.crm.next = next
		refused := outcomes[whole].refused
		a := failure(statusOf(refused.Category), refused.Category, refused.Message, refused.Errors...)
		s.logRefusal(c, a)
		return a
	}
	s.logOutcomes(c, outcomes)
	return s.batchReply(c, outcomes)
}

// statusOf is the HTTP status of a batch that failed whole for a category.
func statusOf(category string) int {
	switch category {
	case "CONFLICT":
		return http.StatusConflict
	case "OBJECT_NOT_FOUND":
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

func refusal(category, message string, details ...detail) *batchError {
	return &batchError{Status: "error", Category: category, Message: message, Errors: details}
}

// write does one input.
func (s *Server) write(c *call, i int, in input) outcome {
	t := c.table
	before, refused := find(t, c.op, in)
	if refused != nil {
		return outcome{refused: refused}
	}
	if c.op == opArchive {
		return s.archive(c, i, before)
	}
	after, refused := s.change(c, before, in)
	if refused != nil {
		return outcome{refused: refused}
	}
	if refused := c.effects.refuses(t, i, after); refused != nil {
		return outcome{refused: refused}
	}
	if before == nil {
		s.crm.next++
	}
	t.put(after)
	return outcome{record: after, created: before == nil, undo: func() {
		if before == nil {
			t.drop(after)
			return
		}
		t.put(before)
	}}
}

// find finds the record an input is for. It is nil for one to be made, and for one to archive that is not there.
func find(t *table, op string, in input) (*record, *batchError) {
	switch {
	case op == opCreate:
		return nil, nil
	case in.IDProperty == "":
		r := t.byID(in.ID)
		if r == nil && op == opUpdate {
			return nil, refusal("OBJECT_NOT_FOUND", "Could not find "+t.Singular+" "+in.ID)
		}
		return r, nil
	}
	key, wrong := t.properties[in.IDProperty].check(in.ID)
	if wrong != nil {
		return nil, refusal("VALIDATION_ERROR", "Property values were not valid", *wrong)
	}
	r := t.by(in.IDProperty, key)
	if r == nil && op == opUpdate {
		return nil, refusal("OBJECT_NOT_FOUND", "Could not find "+t.Singular+" with "+in.IDProperty+" "+in.ID)
	}
	return r, nil
}

func (s *Server) archive(c *call, i int, before *record) outcome {
	if before == nil {
		return outcome{}
	}
	if refused := c.effects.refuses(c.table, i, before); refused != nil {
		return outcome{refused: refused}
	}
	c.table.drop(before)
	return outcome{record: before, undo: func() { c.table.put(before) }}
}

// change makes what a record becomes, or says why it cannot.
func (s *Server) change(c *call, before *record, in input) (*record, *batchError) {
	t := c.table
	now := c.at
	after := &record{id: s.crm.next, created: now, updated: now, values: map[string]string{}}
	if before != nil {
		after.id, after.created = before.id, before.created
		maps.Copy(after.values, before.values)
	}
	sent := map[string]string{}
	if before == nil && c.op == opUpsert {
		sent[in.IDProperty] = in.ID
	}
	for name, v := range in.Properties {
		sent[name] = *v
	}
	var wrong []detail
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		p := t.properties[name]
		switch {
		case p == nil:
			wrong = append(wrong, *about(name, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("Property %q does not exist", name)))
		case p.ModificationMetadata.ReadOnlyValue:
			wrong = append(wrong, *about(name, "READ_ONLY_VALUE", fmt.Sprintf("%q is a read only property; its value cannot be set", name)))
		default:
			kept, d := p.check(sent[name])
			switch {
			case d != nil:
				wrong = append(wrong, *d)
			case kept == "":
				delete(after.values, name)
			default:
				after.values[name] = kept
			}
		}
	}
	for _, name := range t.Required {
		if after.values[name] == "" {
			wrong = append(wrong, *about(name, "REQUIRED_FIELD", fmt.Sprintf("Required property %q was not set", name)))
		}
	}
	if len(wrong) > 0 {
		return nil, refusal("VALIDATION_ERROR", "Property values were not valid", wrong...)
	}
	if name, other := t.taken(after); name != "" {
		return nil, refusal("CONFLICT", fmt.Sprintf("%s already exists. Existing ID: %d", t.Singular, other),
			*about(name, "CONFLICTING_UNIQUE_VALUE", "Value "+after.values[name]+" is taken"))
	}
	return after, nil
}

// logOutcomes writes one entry for each record that changed or was refused.
func (s *Server) logOutcomes(c *call, outcomes []outcome) {
	now := s.opt.Clock()
	for i, o := range outcomes {
		if o.record == nil && o.refused == nil {
			continue
		}
		e := c.entry(LogCommit, now)
		e.Index, e.Key, e.IDProperty, e.Created, e.Fault = i, o.in.ID, o.in.IDProperty, o.created, c.effects.label()
		if len(o.in.Properties) > 0 {
			e.Properties = map[string]string{}
			for name, v := range o.in.Properties {
				e.Properties[name] = *v
			}
		}
		switch {
		case o.refused != nil:
			e.Type, e.Category, e.Codes = LogRefuse, o.refused.Category, codes(o.refused.Errors)
			s.stats.Refused[c.table.Name]++
		default:
			e.RecordID = fmt.Sprint(o.record.id)
			s.stats.count(c.table.Name, c.op, o.created)
		}
		s.journal.add(e)
	}
}

// logRefusal writes the entry for a batch that was refused whole.
func (s *Server) logRefusal(c *call, a *reply) {
	e := c.entry(LogRefuse, s.opt.Clock())
	body := a.body.(*apiError)
	e.Category, e.Codes, e.Fault = body.Category, codes(body.Errors), c.effects.label()
	s.journal.add(e)
}

func codes(details []detail) []string {
	var out []string
	for _, d := range details {
		out = append(out, d.Code)
	}
	return out
}

// batchReply makes the answer to a batch that was not refused whole.
func (s *Server) batchReply(c *call, outcomes []outcome) *reply {
	b := newBatchAnswer(c, s)
	for _, o := range outcomes {
		switch {
		case o.refused != nil:
			o.refused.Context = map[string][]string{}
			if o.in.ID != "" {
				o.refused.Context["ids"] = []string{o.in.ID}
			}
			if o.in.Trace != "" {
				o.refused.Context["objectWriteTraceId"] = []string{o.in.Trace}
			}
			b.fail(*o.refused)
		case o.record != nil && c.op != opArchive:
			r := c.table.present(o.record, nil)
			r.Trace = o.in.Trace
			if c.op == opUpsert {
				r.New = &o.created
			}
			b.Results = append(b.Results, r)
		}
	}
	switch {
	case b.NumErrors > 0:
		return &reply{status: http.StatusMultiStatus, body: b}
	case c.op == opArchive:
		return &reply{status: http.StatusNoContent}
	case c.op == opCreate:
		return &reply{status: http.StatusCreated, body: b}
	}
	return &reply{status: http.StatusOK, body: b}
}

func newBatchAnswer(c *call, s *Server) *batchAnswer {
	at := instant(c.at)
	return &batchAnswer{Status: "COMPLETE", Results: []*result{}, RequestedAt: at, StartedAt: at, CompletedAt: instant(s.opt.Clock())}
}

func (b *batchAnswer) fail(e batchError) {
	e.Links = map[string]string{}
	b.NumErrors++
	b.Errors = append(b.Errors, e)
}
