package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is everything the account holds. Its JSON is deterministic.
type State struct {
	PortalID int64                  `json:"portal_id"`
	NextID   int64                  `json:"next_id"`
	Objects  map[string]ObjectState `json:"objects"`
}

// ObjectState is what an object holds: its records by id, and the properties added since the start.
type ObjectState struct {
	Records    []RecordState `json:"records"`
	Properties []Property    `json:"properties,omitempty"`
}

// RecordState is a record: what has a value, without the system's properties.
type RecordState struct {
	ID         string            `json:"id"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
	Properties map[string]string `json:"properties"`
}

// State copies what the account holds.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := State{PortalID: s.opt.PortalID, NextID: s.crm.next, Objects: map[string]ObjectState{}}
	for i, t := range s.crm.tables {
		o := ObjectState{Records: []RecordState{}}
		for _, id := range t.ids {
			r := t.records[id]
			o.Records = append(o.Records, RecordState{strconv.FormatInt(id, 10), r.created, r.updated, maps.Clone(r.values)})
		}
		first := newTable(s.opt.Objects[i])
		for _, p := range t.sorted() {
			if first.properties[p.Name] == nil {
				o.Properties = append(o.Properties, *p)
			}
		}
		out.Objects[t.Name] = o
	}
	return out
}

// Contents is what the account holds without what two runs may differ in: the values of each object's records,
// without ids and times, ordered by their JSON.
func (s *Server) Contents() map[string][]map[string]string {
	out := map[string][]map[string]string{}
	for name, o := range s.State().Objects {
		rows := make([]map[string]string, 0, len(o.Records))
		for _, r := range o.Records {
			rows = append(rows, r.Properties)
		}
		slices.SortFunc(rows, func(a, b map[string]string) int {
			x, _ := json.Marshal(a) // maps of strings always have JSON
			y, _ := json.Marshal(b)
			return bytes.Compare(x, y)
		})
		out[name] = rows
	}
	return out
}

// Restore replaces what the account holds with a State read as JSON, as /_sandbox/state wrote it. The log stays.
// On an error nothing has changed.
func (s *Server) Restore(r io.Reader) error {
	var in State
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return fmt.Errorf("sandbox: the state cannot be read: %w", err)
	}
	if in.PortalID != s.opt.PortalID {
		return fmt.Errorf("sandbox: the state is of account %d, this is %d", in.PortalID, s.opt.PortalID)
	}
	c := newCRM(s.opt.Objects, max(in.NextID, s.opt.FirstID))
	for _, name := range slices.Sorted(maps.Keys(in.Objects)) {
		t := c.table(name, s.opt.PortalID)
		if t == nil {
			return fmt.Errorf("sandbox: the state has an object %q, which is not known here", name)
		}
		if err := t.restore(in.Objects[name], c.next); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crm = c
	return nil
}

func (t *table) restore(o ObjectState, next int64) error {
	for _, p := range o.Properties {
		if t.properties[p.Name] != nil {
			return fmt.Errorf("sandbox: the state adds a property %s.%s, which is there", t.Name, p.Name)
		}
		t.define(p)
	}
	for _, r := range o.Records {
		id, err := strconv.ParseInt(r.ID, 10, 64)
		if err != nil || id >= next || t.records[id] != nil {
			return fmt.Errorf("sandbox: the state has a record of %s with a wrong id", t.Name)
		}
		rec := &record{id: id, created: r.CreatedAt, updated: r.UpdatedAt, values: r.Properties}
		if rec.values == nil {
			rec.values = map[string]string{}
		}
		if name, _ := t.taken(rec); name != "" {
			return fmt.Errorf("sandbox: the state has two records of %s with one %s", t.Name, name)
		}
		t.put(rec)
	}
	return nil
}

// Seed adds records of an object, all or none, and returns their ids. They are held to the rules of a create, without
// limits and faults, and logged as commits of the operation seed. Errors name rows, properties and codes, not values.
func (s *Server) Seed(object string, rows []map[string]string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed(object, rows)
}

// seed needs s.mu.
func (s *Server) seed(object string, rows []map[string]string) ([]string, error) {
	t := s.crm.table(object, s.opt.PortalID)
	if t == nil {
		return nil, fmt.Errorf("sandbox: there is no object %q", object)
	}
	now, next := s.opt.Clock(), s.crm.next
	c := &call{op: opSeed, at: now, table: t}
	var added []*record
	for i, row := range rows {
		in := input{Properties: map[string]*string{}}
		for name, v := range row {
			in.Properties[name] = &v
		}
		r, refused := s.change(c, nil, in)
		if refused != nil {
			for _, r := range added {
				t.drop(r)
			}
			s.crm.next = next
			return nil, fmt.Errorf("sandbox: row %d of %s is refused: %s", i+1, object, describe(refused))
		}
		s.crm.next++
		t.put(r)
		added = append(added, r)
	}
	ids := make([]string, 0, len(added))
	for i, r := range added {
		id := strconv.FormatInt(r.id, 10)
		ids = append(ids, id)
		s.journal.add(Entry{
			Type: LogCommit, At: now, Object: t.Name, Op: opSeed, Index: i, RecordID: id, Created: true, Properties: maps.Clone(rows[i]),
		})
		s.stats.count(t.Name, opSeed, true)
	}
	return ids, nil
}

// describe tells a refusal by its codes and properties.
func describe(e *batchError) string {
	parts := []string{e.Category}
	for _, d := range e.Errors {
		parts = append(parts, d.Code+" "+strings.Join(d.Context["propertyName"], " "))
	}
	return strings.Join(parts, ", ")
}

// Reset empties the account, disarms the faults, releases what a gate holds, and forgets the entries of the log kept
// in memory. Ids start again; the numbers of log entries, requests and faults go on.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(0)
	s.clear()
}

// Log copies the log entries after a sequence number that are still kept.
func (s *Server) Log(since int64) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.since(since)
}

// Stats counts what happened since the start or the last reset.
type Stats struct {
	Requests    map[string]int `json:"requests"`    // by operation; "" is an unknown endpoint
	Answers     map[string]int `json:"answers"`     // by status; "0" is none
	Undelivered int            `json:"undelivered"` // requests that got no whole answer
	Throttled   int            `json:"throttled"`   // by the account's limits, not by faults
	Created     map[string]int `json:"created"`     // records by object; seeds too
	Updated     map[string]int `json:"updated"`
	Archived    map[string]int `json:"archived"`
	Refused     map[string]int `json:"refused"`
	Faults      map[string]int `json:"faults"` // requests befallen, by kind
	Records     map[string]int `json:"records"`
	Held        int            `json:"held"`
	LogSeq      int64          `json:"log_seq"`
	LogError    string         `json:"log_error,omitempty"` // why the log's sink gets no more
}

func newStats() Stats {
	return Stats{
		Requests: map[string]int{}, Answers: map[string]int{}, Created: map[string]int{}, Updated: map[string]int{},
		Archived: map[string]int{}, Refused: map[string]int{}, Faults: map[string]int{},
	}
}

func (s *Stats) count(object, op string, created bool) {
	switch {
	case op == opArchive:
		s.Archived[object]++
	case created:
		s.Created[object]++
	default:
		s.Updated[object]++
	}
}

// Stats copies the counts.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	for _, m := range []*map[string]int{&out.Requests, &out.Answers, &out.Created, &out.Updated, &out.Archived, &out.Refused, &out.Faults} {
		*m = maps.Clone(*m)
	}
	out.Records = map[string]int{}
	for _, t := range s.crm.tables {
		out.Records[t.Name] = len(t.ids)
	}
	out.Held, out.LogSeq = len(s.held), s.journal.seq
	if s.journal.failed != nil {
		out.LogError = s.journal.failed.Error()
	}
	return out
}
