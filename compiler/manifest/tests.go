package manifest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// TestKind is what a dbt test asserts, as far as leat understands it.
type TestKind string

// The kinds of tests.
const (
	TestUnique         TestKind = "unique"          // Columns: one or several that are unique together
	TestNotNull        TestKind = "not_null"        // Columns: one
	TestPrimaryKey     TestKind = "primary_key"     // Columns: unique together and each not null
	TestAcceptedValues TestKind = "accepted_values" // Columns: one; Values
	TestRelationships  TestKind = "relationships"   // Columns: as many as ToColumns
	TestOther          TestKind = "other"           // proves nothing to leat
)

// Test is a data test. Disabled tests are not in Manifest.Tests unless the
// engine left them there.
type Test struct {
	UniqueID  string
	Kind      TestKind
	Namespace string // package of the generic test: "dbt_utils"; "" for dbt's own
	Generic   string // name of the generic test as written; "" for a singular test
	Name      string
	Target    string // unique id of the tested relation (it may be missing from the manifest); "" for singular tests
	Columns   []string

	Values []string // accepted_values: as text, in order; null always passes and is left out
	Quoted bool     // accepted_values: the values are strings

	To        string   // relationships: unique id of the parent; "" when not resolved
	ToColumns []string // relationships

	Severity string // "error" or "warn"
	// Partial says why a pass does not speak for every row: "" when it does,
	// else [PartialWhere], [PartialSeverity] or [PartialThreshold].
	Partial string
	Enabled bool
	File    string // the YAML (or SQL) that declares it
}

// understood maps namespace and name of a generic test to what it asserts.
var understood = map[[2]string]TestKind{
	{"", "unique"}:          TestUnique,
	{"", "not_null"}:        TestNotNull,
	{"", "accepted_values"}: TestAcceptedValues,
	{"", "relationships"}:   TestRelationships,
	{"dbt_utils", "unique_combination_of_columns"}:                     TestUnique,
	{"dbt_expectations", "expect_compound_columns_to_be_unique"}:       TestUnique,
	{"dbt_expectations", "expect_column_values_to_be_unique"}:          TestUnique,
	{"dbt_expectations", "expect_column_values_to_not_be_null"}:        TestNotNull,
	{"dbt_expectations", "expect_column_values_to_be_in_set"}:          TestAcceptedValues,
	{"dbt_expectations", "expect_column_distinct_values_to_be_in_set"}: TestAcceptedValues,
	{"dbt_constraints", "primary_key"}:                                 TestPrimaryKey,
	{"dbt_constraints", "unique_key"}:                                  TestUnique,
	{"dbt_constraints", "foreign_key"}:                                 TestRelationships,
}

func (m *Manifest) test(raw *rawNode) *Test {
	kw, cfg := &raw.TestMetadata.v.Kwargs.v, &raw.Config.v
	t := &Test{
		UniqueID: string(raw.UniqueID), Name: string(raw.Name),
		Namespace: string(raw.TestMetadata.v.Namespace), Generic: string(raw.TestMetadata.v.Name),
		Severity: strings.ToLower(string(cmp.Or(cfg.Severity, "error"))),
		Enabled:  cfg.Enabled.or(flag{value: true}).value,
		File:     m.file(string(raw.Package), string(raw.OriginalFilePath)),
		Kind:     TestOther,
	}
	if t.Namespace == "dbt" {
		t.Namespace = ""
	}
	t.Partial = partial(t.Severity, cfg, kw)
	if t.Generic == "" {
		return t
	}
	if k, ok := understood[[2]string{t.Namespace, t.Generic}]; ok {
		t.Kind = k
	}
	parents := texts(raw.DependsOn.v.Nodes)
	t.Target = m.testTarget(raw, parents)
	t.Columns = testColumns(raw, kw)
	switch t.Kind {
	case TestAcceptedValues:
		t.Quoted = kw.Quote.or(kw.QuoteValues).or(flag{value: true}).value
		for _, v := range slices.Concat(kw.Values, kw.ValueSet) {
			switch {
			case v.scalar:
				t.Values = append(t.Values, string(v.text))
			case !v.null:
				t.Kind = TestOther // a value leat cannot write down
			}
		}
	case TestRelationships:
		t.To = m.refTarget(string(cmp.Or(kw.To, kw.PKTableName)), parents)
		t.ToColumns = firstOf(texts(kw.PKColumnNames), one(kw.Field), one(kw.PKColumnName))
	}
	if t.Kind != TestOther && len(t.Columns) == 0 {
		t.Kind = TestOther // nothing to attach the fact to
	}
	return t
}

// partial follows dbt's verdict: with severity error a test fails when
// error_if holds of what fail_calc counts, so only the defaults of both, any
// row at all, speak for every row. Whether warn_if holds is then all the same.
func partial(severity string, cfg *rawConfig, kw *rawKwargs) string {
	folded := func(t text) string { return strings.ToLower(strings.ReplaceAll(string(t), " ", "")) }
	switch {
	case cfg.Where != "" || kw.RowCondition != "":
		return PartialWhere
	case severity != "error":
		return PartialSeverity
	case !slices.Contains([]string{"", "!=0", ">0", ">=1"}, folded(cfg.ErrorIf)),
		!slices.Contains([]string{"", "count(*)"}, folded(cfg.FailCalc)):
		return PartialThreshold
	}
	return ""
}

func testColumns(raw *rawNode, kw *rawKwargs) []string {
	return firstOf(texts(kw.CombinationColumns), texts(kw.ColumnList), texts(kw.ColumnNames), texts(kw.FKColumnNames),
		one(raw.ColumnName), one(kw.ColumnName), one(kw.FKColumnName))
}

func one(t text) []string {
	if t == "" {
		return nil
	}
	return []string{string(t)}
}

func firstOf(lists ...[]string) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

// testTarget finds the relation a generic test is about: attached_node, which
// tests on sources and manifests before v9 lack; else the model argument. The
// order of depends_on means nothing, as the engines differ in it.
func (m *Manifest) testTarget(raw *rawNode, parents []string) string {
	if raw.AttachedNode != "" {
		return string(raw.AttachedNode)
	}
	if id := m.refTarget(string(raw.TestMetadata.v.Kwargs.v.Model), parents); id != "" {
		return id
	}
	if len(parents) == 1 {
		return parents[0]
	}
	return ""
}

var (
	callText    = regexp.MustCompile(`\b(ref|source)\s*\(([^()]*)\)`)
	versionText = regexp.MustCompile(`^(?:version|v)\s*=\s*['"]?([^'"\s]+)['"]?$`)
)

// refTarget resolves text such as {{ get_where_subquery(ref('a', v=2)) }} or
// source('s', 't') among the given unique ids.
func (m *Manifest) refTarget(expr string, among []string) string {
	match := callText.FindStringSubmatch(expr)
	if match == nil {
		return ""
	}
	var args []string
	wantVersion := ""
	for _, a := range strings.Split(match[2], ",") {
		a = strings.TrimSpace(a)
		if v := versionText.FindStringSubmatch(a); v != nil {
			wantVersion = strings.TrimSuffix(v[1], ".0")
		} else if a != "" {
			args = append(args, strings.Trim(a, `'"`))
		}
	}
	if len(args) == 0 {
		return ""
	}
	fits := func(r *Relation) bool {
		last := args[len(args)-1]
		if match[1] == "source" {
			return r.Resource == Source && len(args) == 2 && r.SourceName == args[0] && r.Name == last
		}
		return r.Resource != Source && r.Name == last && (len(args) == 1 || r.Package == args[0]) &&
			(wantVersion == "" || r.Version == wantVersion)
	}
	var found []*Relation
	for _, id := range among {
		if r, ok := m.byID[id]; ok && fits(r) {
			found = append(found, r)
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(r *Relation) bool { return r.Version != r.LatestVersion })
	}
	if len(found) != 1 {
		return ""
	}
	return found[0].UniqueID
}
