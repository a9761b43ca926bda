package expr

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// Clock says what today() and now() mean in a place.
type Clock uint8

// The clock rules.
const (
	ClockAllowed   Clock = iota
	ClockWarns           // in fields
	ClockForbidden       // in id and key
)

// SourceColumn is a column of the rows.
type SourceColumn struct {
	Name  string
	Info  types.Info
	Range diag.Range // where dbt declares it; zero when nowhere
}

// Scope is what an expression may refer to. It is not changed by compiling.
type Scope struct {
	// Root is what references to the columns begin with; "" is `row`.
	Root string
	// Columns are the columns of `row`, or of Root.
	Columns []SourceColumn
	// Complete says that there are no others. When it is false, a name that is
	// not listed is taken as a column of unknown type.
	Complete bool
	// Labels returns the labels of a column that is not listed; nil: none.
	Labels func(column string) []string
	// Source is how messages name the rows: `model customers`.
	Source string
	// Consent is what `consent` stands for, a scope with that Root; nil where
	// there is none.
	Consent *Scope
	// Roots are the roots allowed here: row, var, local, each and consent. Nil
	// allows all of them but the last.
	Roots []string
	// Constants are the values of the constant roots, by root: objects. An
	// unknown value had an error that was reported, and causes no second one.
	Constants map[string]cty.Value
	Clock     Clock
	// Lookup returns the types of the parts of the id of an activation that
	// lookup() names. It reports why there are none; false also where that was
	// reported before. Nil: no lookup here.
	Lookup func(ref addr.Activation, at diag.Range) (id []types.Type, ok bool)
	// Facts are what a filter has proven, as [Narrow] returns them.
	Facts Facts
	// Want is the type the place wants, for ranking suggestions; unknown when
	// it wants none.
	Want types.Type
}

func (s *Scope) allows(root string) bool {
	if s.Roots == nil {
		return slices.Contains(exprRoots, root)
	}
	return slices.Contains(s.Roots, root)
}

// columns returns the scope whose columns a root stands for; nil when it stands
// for none.
func (s *Scope) columns(root string) *Scope {
	switch {
	case !s.allows(root):
		return nil
	case root == s.root():
		return s
	case root == ConsentRoot:
		return s.Consent
	}
	return nil
}

func (s *Scope) root() string {
	if s.Root == "" {
		return rowRoot
	}
	return s.Root
}

// The roots of columns.
const (
	rowRoot     = "row"
	ConsentRoot = "consent"
)

// exprRoots are the roots an expression over rows can have.
var exprRoots = []string{"each", "local", "row", "var"}

// resolve finds a column: exactly, else without case. Several found are
// ambiguous.
func (s *Scope) resolve(name string) []SourceColumn {
	var folded []SourceColumn
	for _, c := range s.Columns {
		if c.Name == name {
			return []SourceColumn{c}
		}
		if strings.EqualFold(c.Name, name) {
			folded = append(folded, c)
		}
	}
	return folded
}

// suggestions ranks names like the one given, those of a fitting type first.
func (s *Scope) suggestions(given string) []string {
	names := make([]string, len(s.Columns))
	fits := map[string]bool{}
	for i, c := range s.Columns {
		names[i] = c.Name
		fits[c.Name] = types.Convert(c.Info.Type, s.Want).Class.Implicit()
	}
	out := diag.Suggest(given, names)
	slices.SortStableFunc(out, func(a, b string) int {
		switch {
		case fits[a] == fits[b]:
			return 0
		case fits[a]:
			return -1
		}
		return 1
	})
	return out
}
