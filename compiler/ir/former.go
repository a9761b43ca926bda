package ir

import (
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Former is what state may know an activation, its key fields and its fields
// as: the `moved` blocks, followed to their ends.
type Former struct {
	Names       []FormerName // the latest first
	Key, Fields []Renamed    // in the order of the activation's Key and Fields
	// Draw is the name that rollout and holdout draw by; "" is the activation's.
	// State says it, not the configuration.
	Draw string
}

// FormerName is an earlier name of an activation.
type FormerName struct {
	Name  string
	Range diag.Range // of the block that says so
}

// Renamed is a field that had other names.
type Renamed struct {
	Name string
	Was  []string // the latest first
}

// Removal is a block `removed`: state that goes, with or without its records.
type Removal struct {
	Name   string // as in state: gone, or gone["eu"] for an instance
	Range  diag.Range
	Former []string // earlier names, the latest first
	Delete bool     // the records go, too
}

// Of reports whether the state of a name is what the block is about: of the
// activation, under any name it had, or of an instance of it.
func (r *Removal) Of(name string) bool {
	base, _, instance := strings.Cut(name, "[")
	for _, n := range append([]string{r.Name}, r.Former...) {
		if n == name || instance && n == base {
			return true
		}
	}
	return false
}
