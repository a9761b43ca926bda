package manifest

import "slices"

// Why a proof does not speak for every row as the table stands: values of
// [Proof].Partial. The empty string is a whole proof.
const (
	PartialWhere      = "where"       // the test looks at some rows only
	PartialSeverity   = "severity"    // the test only warns
	PartialThreshold  = "threshold"   // the test tolerates failing rows
	PartialFailed     = "failed"      // the test's last run found failing rows
	PartialUnenforced = "unenforced"  // the warehouse accepts the constraint and does not enforce it
	PartialNotApplied = "not_applied" // dbt does not create the constraint: no enforced contract, or no table
)

// enforced lists the constraints that each adapter's warehouse rejects rows
// by, out of those leat understands. An adapter that is not listed enforces
// none as far as leat knows. The facts are those of CONSTRAINT_SUPPORT in the
// adapters' own source and of the warehouses' documentation.
var enforced = map[string][]string{
	"postgres":   {"not_null", "unique", "primary_key", "foreign_key"},
	"duckdb":     {"not_null", "unique", "primary_key", "foreign_key"},
	"sqlserver":  {"not_null", "unique", "primary_key", "foreign_key"},
	"redshift":   {"not_null"},
	"snowflake":  {"not_null"},
	"bigquery":   {"not_null"},
	"databricks": {"not_null"},
	"trino":      {"not_null"},
	"fabric":     {"not_null"},
}

// enforcement says why a constraint of a model is no promise; "" when the
// warehouse keeps it. dbt creates constraints for tables with an enforced
// contract only.
func enforcement(adapter string, r *Relation, constraint string) string {
	if r.Resource != Model || !r.ContractEnforced || (r.Materialized != "table" && r.Materialized != "incremental") {
		return PartialNotApplied
	}
	if !slices.Contains(enforced[adapter], constraint) {
		return PartialUnenforced
	}
	return ""
}

func (f *Facts) addConstraint(m *Manifest, con Constraint) {
	r := f.Relation
	p := Proof{Grade: Declared, By: "constraint " + con.Type, Constraint: &con, File: r.YAMLFile, Partial: enforcement(m.Metadata.Adapter, r, con.Type)}
	switch con.Type {
	case "not_null":
		f.addNotNull(con.Columns, p)
	case "unique":
		f.addKey(con.Columns, p)
	case "primary_key":
		f.addKey(con.Columns, p)
		f.addNotNull(con.Columns, p)
	case "foreign_key":
		if to := m.constraintParent(r, con.To); to != "" {
			f.addRefers(con.Columns, to, con.ToColumns, p)
		}
	}
}

// constraintParent finds the relation a foreign key names: by its name in the
// warehouse, which is what dbt writes, or by a ref that was left as it is.
func (m *Manifest) constraintParent(child *Relation, to string) string {
	if to == "" {
		return ""
	}
	for _, r := range m.Models {
		if r.RelationName == to {
			return r.UniqueID
		}
	}
	return m.refTarget(to, child.DependsOn)
}
