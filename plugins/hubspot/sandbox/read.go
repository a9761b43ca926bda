package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// batchRead reads records by id or by a unique property. What is not there is one error that lists the ids.
func (s *Server) batchRead(c *call) *reply {
	inputs, wrong := decodeBatch(c)
	if wrong != nil {
		return wrong
	}
	var b struct {
		Properties []string `json:"properties"`
		IDProperty string   `json:"idProperty"`
	}
	if err := json.Unmarshal(c.body, &b); err != nil {
		return badJSON()
	}
	t := c.table
	if p := t.properties[b.IDProperty]; b.IDProperty != "" && (p == nil || !p.HasUniqueValue) {
		return invalid(fmt.Sprintf("Unable to read by non-unique %s property %s", t.TypeID, b.IDProperty))
	}
	answer := newBatchAnswer(c, s)
	var missing []string
	seen := map[int64]bool{}
	for _, in := range inputs {
		r := t.byID(in.ID)
		if b.IDProperty != "" {
			r = nil
			if key, d := t.properties[b.IDProperty].check(in.ID); d == nil {
				r = t.by(b.IDProperty, key)
			}
		}
		switch {
		case r == nil:
			missing = append(missing, in.ID)
		case !seen[r.id]:
			seen[r.id] = true
			answer.Results = append(answer.Results, t.present(r, t.shown(b.Properties)))
		}
	}
	if missing == nil {
		return &reply{status: http.StatusOK, body: answer}
	}
	gone := refusal("OBJECT_NOT_FOUND", "Could not get some "+t.Plural+"; they may be deleted or not exist.")
	gone.Context = map[string][]string{"ids": missing}
	answer.fail(*gone)
	return &reply{status: http.StatusMultiStatus, body: answer}
}

// listing is the body of a list or a search.
type listing struct {
	Total   *int      `json:"total,omitempty"` // of a search
	Results []*result `json:"results"`
	Paging  *paging   `json:"paging,omitempty"`
}

// list pages through all records by id: after is the id the next page starts from.
func (s *Server) list(c *call) *reply {
	q := c.r.URL.Query()
	limit, ok := pageSize(q.Get("limit"), 10, 100)
	if !ok {
		return invalid("limit is a number from 1 to 100.")
	}
	after, err := strconv.ParseInt(cmp.Or(q.Get("after"), "0"), 10, 64)
	if err != nil {
		return invalid("after is not one that a page gave.")
	}
	var asked []string
	for _, list := range q["properties"] {
		asked = append(asked, strings.Split(list, ",")...)
	}
	t := c.table
	out := listing{Results: []*result{}}
	if q.Get("archived") == "true" { // nothing is kept of what was archived
		return &reply{status: http.StatusOK, body: out}
	}
	from, _ := slices.BinarySearch(t.ids, after)
	for _, id := range t.ids[from:] {
		if len(out.Results) == limit {
			next := nextPage{After: strconv.FormatInt(id, 10)}
			q.Set("after", next.After)
			next.Link = c.r.URL.Path + "?" + q.Encode()
			out.Paging = &paging{Next: next}
			break
		}
		out.Results = append(out.Results, t.present(t.records[id], t.shown(asked)))
	}
	return &reply{status: http.StatusOK, body: out}
}

// pageSize reads a limit.
func pageSize(text string, otherwise, most int) (int, bool) {
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= most
}

// The bounds of a search.
const (
	maxSearchPage = 200
	maxSearch     = 10_000 // records that can be paged through
	maxGroups     = 5
	maxFilters    = 6
	maxIn         = 100
)

// query is the body of a search.
type query struct {
	FilterGroups []struct {
		Filters []filter `json:"filters"`
	} `json:"filterGroups"`
	Sorts      []json.RawMessage `json:"sorts"`
	Query      string            `json:"query"`
	Properties []string          `json:"properties"`
	Limit      *int              `json:"limit"`
	After      json.RawMessage   `json:"after"` // a number, or its text
}

type filter struct {
	Property string   `json:"propertyName"`
	Operator string   `json:"operator"`
	Value    string   `json:"value"`
	Values   []string `json:"values"`
}

// search finds the records that pass all filters of any group, by id. after counts the results to skip.
func (s *Server) search(c *call) *reply {
	var q query
	if err := json.Unmarshal(c.body, &q); err != nil {
		return invalid("Invalid input JSON.")
	}
	limit, after, wrong := q.check(c.table)
	if wrong != "" {
		return invalid(wrong)
	}
	t := c.table
	horizon := c.at.Add(-s.opt.SearchLag)
	total := 0
	out := listing{Results: []*result{}, Total: &total}
	for _, id := range t.ids {
		r := t.records[id]
		if s.opt.SearchLag > 0 && r.created.After(horizon) || !q.matches(t, r) {
			continue
		}
		if total >= after && len(out.Results) < limit {
			out.Results = append(out.Results, t.present(r, t.shown(q.Properties)))
		}
		total++
	}
	if after+len(out.Results) < total {
		out.Paging = &paging{Next: nextPage{After: strconv.Itoa(after + len(out.Results))}}
	}
	return &reply{status: http.StatusOK, body: out}
}

// check checks a query and reads its page.
func (q *query) check(t *table) (limit, after int, wrong string) {
	limit = 10
	if q.Limit != nil {
		limit = *q.Limit
	}
	if limit < 1 || limit > maxSearchPage {
		return 0, 0, fmt.Sprintf("limit is from 1 to %d.", maxSearchPage)
	}
	if text := strings.Trim(string(q.After), `"`); text != "" && text != "null" {
		var err error
		if after, err = strconv.Atoi(text); err != nil || after < 0 {
			return 0, 0, "after is not one that a page gave."
		}
	}
	switch {
	case after+limit > maxSearch:
		return 0, 0, fmt.Sprintf("A search pages through at most %d records.", maxSearch)
	case q.Query != "" || len(q.Sorts) > 0:
		return 0, 0, "The sandbox knows neither query nor sorts."
	case len(q.FilterGroups) > maxGroups:
		return 0, 0, fmt.Sprintf("A search has at most %d filterGroups.", maxGroups)
	}
	for _, g := range q.FilterGroups {
		if len(g.Filters) > maxFilters {
			return 0, 0, fmt.Sprintf("A filter group has at most %d filters.", maxFilters)
		}
		for _, f := range g.Filters {
			if wrong := f.check(t); wrong != "" {
				return 0, 0, wrong
			}
		}
	}
	return limit, after, ""
}

func (f *filter) check(t *table) string {
	p := t.properties[f.Property]
	switch {
	case p == nil:
		return fmt.Sprintf("There is no property %q.", f.Property)
	case f.Operator == "EQ", f.Operator == "HAS_PROPERTY", f.Operator == "NOT_HAS_PROPERTY":
	case f.Operator != "IN":
		return fmt.Sprintf("The sandbox does not know the operator %q.", f.Operator)
	case len(f.Values) == 0 || len(f.Values) > maxIn:
		return fmt.Sprintf("IN needs from 1 to %d values.", maxIn)
	}
	return ""
}

func (q *query) matches(t *table, r *record) bool {
	if len(q.FilterGroups) == 0 {
		return true
	}
	for _, g := range q.FilterGroups {
		if !slices.ContainsFunc(g.Filters, func(f filter) bool { return !f.matches(t, r) }) {
			return true
		}
	}
	return false
}

// matches holds a record against a filter. The vendor compares text without case, and wants the values of IN in lower
// case: one that is not finds nothing.
func (f *filter) matches(t *table, r *record) bool {
	v, ok := r.value(&t.Object, f.Property)
	kind := t.properties[f.Property].Type
	text := kind == "string" || kind == "phone_number"
	switch f.Operator {
	case "HAS_PROPERTY":
		return ok
	case "NOT_HAS_PROPERTY":
		return !ok
	case "EQ":
		return ok && (v == f.Value || text && strings.EqualFold(v, f.Value))
	}
	if text {
		v = strings.ToLower(v)
	}
	return ok && slices.Contains(f.Values, v)
}
