package diag

import (
	"cmp"
	"slices"
)

// Code is the stable name of one kind of problem, such as "LEAT0201". A code
// is never reused for another meaning.
type Code string

// Info is a code's entry in the table, from which the reference pages are
// generated.
type Info struct {
	Code     Code
	Severity Severity // the default; a caller may not raise a warning silently
	Summary  string   // generic one-liner; callers may make it specific
	Help     string   // a paragraph for the reference page: why, and how to fix it
}

// tables lists the code tables, one per area. Number ranges:
//
//	00xx files and HCL syntax      01xx names, blocks and references
//	02xx types and expressions     03xx identity, keys and proofs
//	04xx dbt project and artifacts 05xx destinations and their schemas
//	06xx warehouse and planning    07xx state, saved plans and locks
//	08xx plugins and delivery      09xx command line
func tables() [][]Info {
	return [][]Info{
		toolCodes,
		selectCodes, againstCodes,
		userTestCodes,
		syntaxCodes, nameCodes, exprCodes, keyCodes, dbtCodes,
		destinationCodes, planningCodes, stateCodes, deliveryCodes, commandCodes, labelCodes,
	}
}

var byCode = index()

func index() map[Code]Info {
	m := make(map[Code]Info)
	for _, t := range tables() {
		for _, i := range t {
			if _, dup := m[i.Code]; dup {
				panic("internal error: diagnostic code " + string(i.Code) + " is listed twice")
			}
			m[i.Code] = i
		}
	}
	return m
}

// Lookup returns the table entry of a code.
func Lookup(c Code) (Info, bool) {
	i, ok := byCode[c]
	return i, ok
}

// All returns every entry, ordered by code.
func All() []Info {
	var out []Info
	for _, t := range tables() {
		out = append(out, t...)
	}
	slices.SortFunc(out, func(a, b Info) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
