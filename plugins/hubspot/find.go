package hubspot

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/plugins/sdk/httpx"
)

// Of the search endpoint: records a page, and records in all, beyond which it
// refuses to page.
const (
	searchPage = 100
	searchMost = 10_000
)

// additionalEmails holds a contact's further addresses, by which the vendor
// finds it too.
const additionalEmails = "hs_additional_emails"

func objectPath(object, action string) string {
	return "/crm/v3/objects/" + url.PathEscape(object) + "/" + action
}

// isUnique reports whether the vendor guarantees at most one record for the
// key. Other properties than the standard keys are asked for once.
func (c *connection) isUnique(ctx context.Context, meter httpx.Meter, object string, key []sdk.Values) (bool, error) {
	if len(key) != 1 {
		return false, nil
	}
	name := key[0].Name
	switch {
	case object == "contacts" && name == "email":
		return true, nil
	case object == "companies" && (name == "domain" || name == "name"):
		return false, nil
	}
	c.mu.Lock()
	known, asked := c.unique[object+"/"+name]
	c.mu.Unlock()
	if asked {
		return known, nil
	}
	var definition struct {
		HasUniqueValue bool `json:"hasUniqueValue"`
	}
	if _, err := c.get(ctx, meter, "/crm/v3/properties/"+url.PathEscape(object)+"/"+url.PathEscape(name), &definition); err != nil {
		return false, notSent(err)
	}
	c.mu.Lock()
	c.unique[object+"/"+name] = definition.HasUniqueValue
	c.mu.Unlock()
	return definition.HasUniqueValue, nil
}

// question says which records to look up: rows by key, each row's key once.
type question struct {
	object     string
	key        []sdk.Values
	properties []string // to read, beside the key
	unique     bool
}

// find looks rows up by key and returns the records of each; rows without a
// match are missing.
func (c *connection) find(ctx context.Context, meter httpx.Meter, q question, rows []int) (map[int][]record, error) {
	asked := make(map[string][]int, len(rows))
	for _, row := range rows {
		k := matchKey(q.key, row)
		asked[k] = append(asked[k], row)
	}
	names := slices.Clone(q.properties)
	for _, k := range q.key {
		names = append(names, k.Name)
	}
	byEmail := q.unique && q.object == "contacts" && q.key[0].Name == "email"
	if byEmail {
		names = append(names, additionalEmails)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var records []record
	var err error
	if q.unique {
		var ids []string
		for _, row := range rows {
			ids = append(ids, vendorText(q.key[0], row))
		}
		records, err = c.readBatch(ctx, meter, q.object, q.key[0].Name, ids, names)
	} else {
		records, err = c.search(ctx, meter, q, rows, names)
	}
	if err != nil {
		return nil, err
	}
	found := make(map[int][]record)
	for _, r := range records {
		keys := []string{}
		if k, ok := recordKey(q.key, r.Properties); ok {
			keys = append(keys, k)
		}
		if more := r.Properties[additionalEmails]; byEmail && more != nil {
			keys = append(keys, strings.Split(strings.ToLower(*more), ";")...)
		}
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			for _, row := range asked[k] {
				found[row] = append(found[row], r)
			}
		}
	}
	return found, nil
}

// readBatch reads records by id or by a unique property. What is not there is
// left out of the answer.
func (c *connection) readBatch(ctx context.Context, meter httpx.Meter, object, idProperty string, ids, names []string) ([]record, error) {
	type reference struct {
		ID string `json:"id"`
	}
	body := struct {
		IDProperty string      `json:"idProperty,omitempty"`
		Inputs     []reference `json:"inputs"`
		Properties []string    `json:"properties"`
		History    []string    `json:"propertiesWithHistory"`
	}{IDProperty: idProperty, Properties: names, History: []string{}}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		body.Inputs = append(body.Inputs, reference{id})
	}
	response, err := c.post(ctx, meter, objectPath(object, "batch/read"), body)
	if err != nil {
		return nil, notSent(err)
	}
	a, err := readable(response)
	if err != nil {
		return nil, err
	}
	return a.Results, nil
}

type filter struct {
	Property string   `json:"propertyName"`
	Operator string   `json:"operator"`
	Value    string   `json:"value,omitempty"`
	Values   []string `json:"values,omitempty"`
}

type filterGroup struct {
	Filters []filter `json:"filters"`
}

// search reads the records whose first key property is one of the rows'; the
// caller compares the rest of the key. Texts go out in lower case, which is
// how the vendor wants the values of IN.
func (c *connection) search(ctx context.Context, meter httpx.Meter, q question, rows []int, names []string) ([]record, error) {
	first := q.key[0]
	var values []string
	for _, row := range rows {
		values = append(values, searchText(first, row))
	}
	slices.Sort(values)
	by := filter{Property: first.Name, Operator: "IN", Values: slices.Compact(values)}
	if len(by.Values) == 1 {
		by = filter{Property: first.Name, Operator: "EQ", Value: by.Values[0]}
	}
	var out []record
	for after := ""; ; {
		body := struct {
			Groups     []filterGroup `json:"filterGroups"`
			Properties []string      `json:"properties"`
			Limit      int           `json:"limit"`
			After      string        `json:"after,omitempty"`
		}{[]filterGroup{{[]filter{by}}}, names, searchPage, after}
		response, err := c.post(ctx, meter, objectPath(q.object, "search"), body)
		if err != nil {
			return nil, notSent(err)
		}
		a, err := readable(response)
		if err != nil {
			return nil, err
		}
		out = append(out, a.Results...)
		after = a.Paging.Next.After
		switch {
		case after == "":
			return out, nil
		case len(a.Results) == 0 || len(out)+searchPage > searchMost:
			return nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "too many matches"}
		}
	}
}

func searchText(v sdk.Values, row int) string {
	text := vendorText(v, row)
	if k := protocol.TypeKind(v.Type); k == "string" {
		return strings.ToLower(text)
	}
	return text
}

// readable decodes the answer to a request that reads.
func readable(response *httpx.Response) (*answer, error) {
	a, ok := decode(response.Status, response.Body)
	switch {
	case a.refused:
		return nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "HTTP " + strconv.Itoa(response.Status)}
	case !ok || response.Status == http.StatusNoContent:
		return nil, &sdk.Fault{Class: sdk.FaultServer, Code: "answer not readable"}
	}
	return a, nil
}

// notSent says of a fault of a request that only reads that nothing happened.
func notSent(err error) error {
	if f, ok := errors.AsType[*sdk.Fault](err); ok && f.Sent {
		g := *f
		g.Sent = false
		return &g
	}
	return err
}
