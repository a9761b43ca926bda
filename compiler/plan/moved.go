package plan

import "strings"

// Moved says what an activation's state was called before this plan. Applying
// it gives the state its new names; nothing is sent for them.
type Moved struct {
	From   string   `json:"from,omitempty"` // address of the activation; "" when only fields have new names
	Key    []Rename `json:"key,omitempty"`
	Fields []Rename `json:"fields,omitempty"`
}

// Rename is one field with another name than in state.
type Rename struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// FromName is the name that state has, "" when it has today's.
func (m *Moved) FromName() string {
	if m == nil {
		return ""
	}
	return strings.TrimPrefix(m.From, "activation.")
}

// What becomes of the records of an activation that is gone.
const (
	RemovedKeep   = "keep"
	RemovedDelete = "delete"
)
