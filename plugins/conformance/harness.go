package conformance

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

// Harness tells the suite how to exercise one object of a plugin.
type Harness struct {
	Plugin sdk.Plugin
	Config map[string]any // attributes of the config block; must lead to the test account
	Region string

	// Declared are the objects of a plugin with Schema.Declared, as the
	// configuration declares them, and Described is what becomes of the one
	// under test; both empty for other plugins.
	Declared  []sdk.DeclaredObject
	Described sdk.Object

	Object string
	Key    []sdk.Column // as a mapping would name them
	Fields []sdk.Column // at least one, with no field of the key among them

	// Reset empties the object.
	Reset func(t *testing.T)
	// ReadBack returns all records of the object by key text (several key
	// fields are joined by KeySeparator), each with the canonical text of its
	// fields; a field without a value, or empty where that is the same, is
	// left out.
	ReadBack func(t *testing.T) map[string]map[string]string

	// Value makes the n-th sample text of a column, in canonical form; nil
	// uses Sample.
	Value func(c sdk.Column, n int) string
	// Invalid makes a value of a field that the destination refuses; nil when
	// it accepts everything.
	Invalid func() (field, text string)

	// Fault arms one fault for the next request, nil when the harness cannot
	// cause any. It reports whether it knows this one.
	Fault func(t *testing.T, f Fault) bool

	// HugeRows is the size of the huge batch; 0 is 1,000. The suite cuts it to
	// the operation's maximum.
	HugeRows int
}

// KeySeparator joins the texts of a key of several fields in ReadBack.
const KeySeparator = "\x1f"

// Fault is what a harness makes the destination do to the next request.
type Fault string

// The faults.
const (
	Throttle      Fault = "throttle"     // refuse it: too many requests
	ServerError   Fault = "server error" // fail without carrying it out
	CredentialsNo Fault = "credentials"  // refuse the credentials
	CutBefore     Fault = "cut before"   // never answer, not carried out
	CutAfter      Fault = "cut after"    // carry it out, never answer
	Hang          Fault = "hang"         // answer only when the caller has gone
)

// Sample makes the n-th canonical text of a type; texts differ where the type
// has enough values.
func Sample(c sdk.Column, n int) string {
	switch protocol.TypeKind(c.Type) {
	case "bool":
		return strconv.FormatBool(n%2 == 0)
	case "int", "decimal", "float":
		return strconv.Itoa(n + 1)
	case "date":
		return fmt.Sprintf("20%02d-01-15", n%100)
	case "time":
		return fmt.Sprintf("10:%02d:30", n%60)
	case "timestamp":
		return fmt.Sprintf("20%02d-01-15T10:30:00.250", n%100)
	case "timestamptz":
		return fmt.Sprintf("20%02d-01-15T10:30:00.250Z", n%100)
	case "uuid":
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	case "json":
		return fmt.Sprintf(`{"n":%d}`, n)
	case "list":
		return fmt.Sprintf(`[%d]`, n)
	case "struct":
		return fmt.Sprintf(`{"n":%d}`, n)
	case "bytes":
		return "AAEC"
	default:
		if c.Name == "email" {
			return fmt.Sprintf("person%d@example.com", n)
		}
		return fmt.Sprintf("%s %d", c.Name, n)
	}
}

func (h *Harness) value(c sdk.Column, n int) string {
	if h.Value != nil {
		return h.Value(c, n)
	}
	return Sample(c, n)
}
