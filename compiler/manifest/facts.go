package manifest

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// From says where a column's data type was read.
type From string

// The sources of data types, best first. A contract is checked by dbt whenever
// it builds the model; a catalog may have been written before the last build; a
// data_type without a contract is the author's free text.
const (
	FromContract From = "contract"
	FromCatalog  From = "catalog"
	FromDeclared From = "declared"
)

// Grade says how well a fact is proven by what dbt wrote. The third grade,
// checked, is the plan's.
type Grade string

// The grades of facts, weakest first.
const (
	Declared Grade = "declared" // a test or constraint states it
	Passed   Grade = "passed"   // and the test's last run passed
)

// Facts is everything known about a relation's columns without asking the
// warehouse.
type Facts struct {
	Relation *Relation
	// Complete says that Columns is the whole list: an enforced contract or the
	// catalog gives it. Otherwise columns may exist that nobody documented.
	Complete bool
	Columns  []ColumnFacts // catalog order, then documented columns the catalog lacks
	Keys     []KeyFact     // sorted by number of columns, then by name
}

// ColumnFacts is everything known about one column.
type ColumnFacts struct {
	Name string // the warehouse's spelling when the catalog has it, else the documented one
	// Types holds every statement about the data type, best first; empty means
	// that the type is not known.
	Types      []TypeFact
	Documented *Column      // nil when the YAML does not mention it
	NotNull    []Proof      // empty: may be null, for all dbt knows
	Enums      []EnumFact   // one for each accepted_values test
	Refers     []RefersFact // one for each relationships test or foreign key
}

// TypeFact is one statement about a data type, in the warehouse's or the
// author's spelling.
type TypeFact struct {
	DataType string
	From     From
}

// Type returns the best statement about the data type; false when there is
// none.
func (c *ColumnFacts) Type() (TypeFact, bool) {
	if len(c.Types) == 0 {
		return TypeFact{}, false
	}
	return c.Types[0], true
}

// Proof is one reason to believe a fact.
type Proof struct {
	Grade Grade
	// By names it: the unique id of a test, or "constraint <type>".
	By         string
	Test       *Test       // nil for a constraint
	Constraint *Constraint // nil for a test
	// Partial says why the fact is not proven of every row: one of the Partial
	// constants. "" is a whole proof.
	Partial string
	File    string // the YAML that states it; "" when not known
	// Place is the line in it, for those who look for that.
	Place diag.Range
	// Verdict is the last outcome of the test; zero when no run results tell.
	Verdict Verdict
	// Outdated says that the test passed before the model was last built, so
	// that the grade is no more than declared.
	Outdated bool
}

// KeyFact says that columns are unique together. Nulls are another matter: see
// NotNull of each column.
type KeyFact struct {
	Columns []string // spelt as in [Facts].Columns where it has them; sorted
	Proofs  []Proof
}

// EnumFact says that a column holds only these values, or null.
type EnumFact struct {
	Values []string
	Quoted bool // the values are strings
	Proof  Proof
}

// RefersFact says that a column's values exist in a column of another relation.
type RefersFact struct {
	To     string // unique id
	Column string
	Proof  Proof
}

// BestGrade returns the strongest grade among the whole proofs; false when
// there is none.
func BestGrade(proofs []Proof) (Grade, bool) {
	best, ok := Grade(""), false
	for _, p := range proofs {
		if p.Partial == "" && (!ok || p.Grade == Passed) {
			best, ok = p.Grade, true
		}
	}
	return best, ok
}

// Facts merges what manifest, catalog and run results say about a relation.
// The catalog and the verdicts may be nil.
func (m *Manifest) Facts(r *Relation, c *Catalog, v Verdicts) *Facts {
	f := &Facts{Relation: r, Complete: r.ContractEnforced}
	if entry, ok := c.Relation(r.UniqueID); ok {
		f.Complete = true
		for _, col := range entry.Columns {
			f.Columns = append(f.Columns, ColumnFacts{Name: col.Name, Types: typeFact(nil, col.DataType, FromCatalog)})
		}
	}
	f.addDocumented(r)
	for _, con := range r.Constraints {
		f.addConstraint(m, con)
	}
	for i := range r.Columns {
		for _, con := range r.Columns[i].Constraints {
			f.addConstraint(m, con)
		}
	}
	for _, t := range m.TestsOf(r.UniqueID) {
		if t.Enabled && t.Kind != TestOther {
			f.addTest(m, t, v)
		}
	}
	slices.SortStableFunc(f.Keys, func(x, y KeyFact) int {
		if d := len(x.Columns) - len(y.Columns); d != 0 {
			return d
		}
		return slices.Compare(x.Columns, y.Columns)
	})
	return f
}

func typeFact(to []TypeFact, dataType string, from From) []TypeFact {
	if dataType == "" {
		return to
	}
	return append(to, TypeFact{dataType, from})
}

func (f *Facts) addDocumented(r *Relation) {
	for i := range r.Columns {
		doc := &r.Columns[i]
		m := f.Column(doc.Name)
		if m.Ambiguous != nil {
			continue // which column of the catalog it describes cannot be told
		}
		col := m.Found
		if col == nil || col.Documented != nil {
			// Two documented spellings are two columns, unless the catalog knows
			// better; looking either up by a third spelling is ambiguous.
			f.Columns = append(f.Columns, ColumnFacts{Name: doc.Name})
			col = &f.Columns[len(f.Columns)-1]
		}
		col.Documented = doc
		if r.ContractEnforced {
			col.Types = append(typeFact(nil, doc.DataType, FromContract), col.Types...)
		} else {
			col.Types = typeFact(col.Types, doc.DataType, FromDeclared)
		}
	}
}

// find returns the column a name of the YAML means, nil when none or several.
func (f *Facts) find(name string) *ColumnFacts {
	if m := f.Column(name); m.Found != nil {
		return m.Found
	}
	return nil
}

// spell returns the name as in Columns.
func (f *Facts) spell(name string) string {
	if c := f.find(name); c != nil {
		return c.Name
	}
	return name
}

// column returns the column of a name, adding it when it is not yet known.
func (f *Facts) column(name string) *ColumnFacts {
	if c := f.find(name); c != nil {
		return c
	}
	if m := f.Column(name); m.Ambiguous != nil {
		return nil
	}
	// A test proves that its author knows the column, unless the whole list is
	// known, or the test is about an expression.
	if f.Complete || !plainName(name) {
		return nil
	}
	f.Columns = append(f.Columns, ColumnFacts{Name: name})
	return &f.Columns[len(f.Columns)-1]
}

func plainName(s string) bool {
	return s != "" && !strings.ContainsAny(s, "()+-*/|,'\"` \t\n{}")
}

// addTest adds what a test states. A pass proves it; so that it proves it of
// the rows as they are, the model must not have been built again since. A
// failure refutes it.
func (f *Facts) addTest(m *Manifest, t *Test, v Verdicts) {
	verdict := v[t.UniqueID]
	p := Proof{Grade: Declared, By: t.UniqueID, Test: t, Partial: t.Partial, File: t.File, Verdict: verdict}
	switch verdict.Status {
	case "pass":
		if m.Outdated(f.Relation, verdict, v) {
			p.Outdated = true
		} else {
			p.Grade = Passed
		}
	case "fail":
		p.Partial = PartialFailed
	}
	switch t.Kind {
	case TestUnique:
		f.addKey(t.Columns, p)
	case TestNotNull:
		f.addNotNull(t.Columns, p)
	case TestPrimaryKey:
		f.addKey(t.Columns, p)
		f.addNotNull(t.Columns, p)
	case TestAcceptedValues:
		if col := f.column(t.Columns[0]); col != nil {
			col.Enums = append(col.Enums, EnumFact{Values: t.Values, Quoted: t.Quoted, Proof: p})
		}
	case TestRelationships:
		f.addRefers(t.Columns, t.To, t.ToColumns, p)
	}
}

func (f *Facts) addRefers(columns []string, to string, toColumns []string, p Proof) {
	for i, name := range columns {
		if col := f.column(name); col != nil && to != "" && i < len(toColumns) {
			col.Refers = append(col.Refers, RefersFact{To: to, Column: toColumns[i], Proof: p})
		}
	}
}

func (f *Facts) addNotNull(columns []string, p Proof) {
	for _, name := range columns {
		if col := f.column(name); col != nil {
			col.NotNull = append(col.NotNull, p)
		}
	}
}

func (f *Facts) addKey(columns []string, p Proof) {
	if len(columns) == 0 {
		return
	}
	cols := make([]string, 0, len(columns))
	for _, c := range columns {
		f.column(c)
		cols = append(cols, f.spell(c))
	}
	slices.Sort(cols)
	cols = slices.Compact(cols)
	for i := range f.Keys {
		if slices.Equal(f.Keys[i].Columns, cols) {
			f.Keys[i].Proofs = append(f.Keys[i].Proofs, p)
			return
		}
	}
	f.Keys = append(f.Keys, KeyFact{Columns: cols, Proofs: []Proof{p}})
}
