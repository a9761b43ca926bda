package manifest

import "strings"

// defaultQuoting is dbt's own default for an adapter (dbt-core,
// config/project.py, and the adapters' Relation classes): quote everything,
// but nothing on Snowflake.
func defaultQuoting(adapter string) Quoting {
	if adapter == "snowflake" {
		return Quoting{}
	}
	return Quoting{Database: true, Schema: true, Identifier: true}
}

// with overlays what a manifest or a node states.
func (q Quoting) with(r rawQuoting) Quoting {
	for _, p := range []struct {
		to   *bool
		from flag
	}{{&q.Database, r.Database}, {&q.Schema, r.Schema}, {&q.Identifier, r.Identifier}} {
		if p.from.set {
			*p.to = p.from.value
		}
	}
	return q
}

func (r rawQuoting) over(s rawQuoting) rawQuoting {
	return rawQuoting{Database: r.Database.or(s.Database), Schema: r.Schema.or(s.Schema), Identifier: r.Identifier.or(s.Identifier)}
}

// relationName puts a relation's name together as dbt would have.
func relationName(meta Metadata, r *Relation) string {
	quote, database := `"`, r.Database
	switch meta.Adapter {
	case "bigquery", "databricks", "spark":
		quote = "`"
	case "clickhouse":
		quote, database = "`", "" // has no level above the schema
	}
	q := meta.Quoting.with(r.quoting)
	var parts []string
	for _, p := range []struct {
		name   string
		quoted bool
	}{{database, q.Database}, {r.Schema, q.Schema}, {r.Alias, q.Identifier}} {
		switch {
		case p.name == "":
		case p.quoted:
			parts = append(parts, quote+strings.ReplaceAll(p.name, quote, quote+quote)+quote)
		default:
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, ".")
}
