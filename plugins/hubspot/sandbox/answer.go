package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// reply is an answer before it is written.
type reply struct {
	status     int
	body       any // nil: no body
	retryAfter time.Duration
}

// apiError is the vendor's body for a request that failed as a whole.
type apiError struct {
	Status        string   `json:"status"`
	Message       string   `json:"message"`
	CorrelationID string   `json:"correlationId"`
	ErrorType     string   `json:"errorType,omitempty"`
	PolicyName    string   `json:"policyName,omitempty"`
	Errors        []detail `json:"errors,omitempty"`
	Category      string   `json:"category"`
}

// failure is an answer to a request that failed as a whole.
func failure(status int, category, message string, details ...detail) *reply {
	return &reply{status: status, body: &apiError{Status: "error", Message: message, Category: category, Errors: details}}
}

// batchAnswer is the vendor's body for a batch.
type batchAnswer struct {
	Status      string       `json:"status"`
	Results     []*result    `json:"results"`
	NumErrors   int          `json:"numErrors,omitempty"`
	Errors      []batchError `json:"errors,omitempty"`
	RequestedAt string       `json:"requestedAt"`
	StartedAt   string       `json:"startedAt"`
	CompletedAt string       `json:"completedAt"`
}

// batchError is one error of a batch that otherwise went through.
type batchError struct {
	Status   string              `json:"status"`
	Category string              `json:"category"`
	Message  string              `json:"message"`
	Context  map[string][]string `json:"context"`
	Errors   []detail            `json:"errors,omitempty"`
	Links    map[string]string   `json:"links"`
}

// result is a record in an answer. A property that was asked for and has no value is null.
type result struct {
	ID         string             `json:"id"`
	Properties map[string]*string `json:"properties"`
	CreatedAt  string             `json:"createdAt"`
	UpdatedAt  string             `json:"updatedAt"`
	Archived   bool               `json:"archived"`
	New        *bool              `json:"new,omitempty"`
	Trace      string             `json:"objectWriteTraceId,omitempty"`
}

// present makes the answer's form of a record. Without names it holds every property that has a value.
func (t *table) present(r *record, names []string) *result {
	out := &result{
		ID: strconv.FormatInt(r.id, 10), Properties: map[string]*string{},
		CreatedAt: instant(r.created), UpdatedAt: instant(r.updated),
	}
	if names == nil {
		for name := range r.values {
			names = append(names, name)
		}
	}
	for _, name := range slices.Concat([]string{"hs_object_id", "createdate", t.Modified}, names) {
		if _, known := t.properties[name]; !known {
			continue // the vendor leaves out what it does not know
		}
		out.Properties[name] = nil
		if v, ok := r.value(&t.Object, name); ok {
			out.Properties[name] = &v
		}
	}
	return out
}

// shown is the properties to answer with: those asked for, else the object's few.
func (t *table) shown(asked []string) []string {
	if len(asked) > 0 {
		return asked
	}
	return t.Shown
}

// paging points at the next page.
type paging struct {
	Next nextPage `json:"next"`
}

type nextPage struct {
	After string `json:"after"`
	Link  string `json:"link,omitempty"`
}

// encode makes the bytes of an answer.
func (a *reply) encode(requestID string) []byte {
	if a.body == nil {
		return nil
	}
	if e, ok := a.body.(*apiError); ok {
		e.CorrelationID = requestID
	}
	b, err := json.Marshal(a.body)
	if err != nil { // no body holds anything that cannot be encoded
		panic(err)
	}
	return b
}

// write writes an answer's head and as much of its body as it is given; a cut answer promises more than it holds.
func (a *reply) write(w http.ResponseWriter, body []byte, promised int) {
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", retrySeconds(a.retryAfter))
	}
	if body != nil {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(promised))
	}
	w.WriteHeader(a.status)
	// A client that has gone away is seen from its context; there is nobody to tell.
	_, _ = w.Write(body)
	_ = http.NewResponseController(w).Flush()
}
