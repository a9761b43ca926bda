package manifest

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// rawNode is a member of nodes, sources, exposures or groups as written. Which
// of its fields are present depends on the resource, the version and the
// engine, so presence and not the version decides.
type rawNode struct {
	UniqueID         text                        `json:"unique_id"`
	ResourceType     text                        `json:"resource_type"`
	Package          text                        `json:"package_name"`
	Name             text                        `json:"name"`
	SourceName       text                        `json:"source_name"`
	Version          text                        `json:"version"`
	LatestVersion    text                        `json:"latest_version"`
	Database         text                        `json:"database"`
	Schema           text                        `json:"schema"`
	Alias            text                        `json:"alias"`
	Identifier       text                        `json:"identifier"`
	RelationName     text                        `json:"relation_name"`
	Access           text                        `json:"access"`
	Group            text                        `json:"group"`
	DeprecationDate  text                        `json:"deprecation_date"`
	Contract         object[contract]            `json:"contract"`
	Constraints      list[object[rawConstraint]] `json:"constraints"`
	Columns          dict[object[rawColumn]]     `json:"columns"`
	Tags             list[text]                  `json:"tags"`
	Meta             metaMap                     `json:"meta"`
	Description      text                        `json:"description"`
	FQN              list[text]                  `json:"fqn"`
	DependsOn        object[rawDependsOn]        `json:"depends_on"`
	Language         text                        `json:"language"`
	PatchPath        text                        `json:"patch_path"`
	OriginalFilePath text                        `json:"original_file_path"`
	Quoting          object[rawQuoting]          `json:"quoting"`
	Config           object[rawConfig]           `json:"config"`

	// Exposures and groups.
	Type  text             `json:"type"`
	Owner object[rawOwner] `json:"owner"`

	// Tests.
	ColumnName   text                    `json:"column_name"`
	AttachedNode text                    `json:"attached_node"`
	TestMetadata object[rawTestMetadata] `json:"test_metadata"`
}

// rawNodeSQL is a rawNode with the SQL dbt ran, which is skipped unless wanted.
type rawNodeSQL struct {
	rawNode
	CompiledCode text `json:"compiled_code"`
	CompiledSQL  text `json:"compiled_sql"` // v6 and older
}

// dropRelationParts frees what tests carry but leat does not use.
func (n *rawNode) dropRelationParts() { n.Columns, n.Meta, n.FQN = nil, nil, nil }

type rawOwner struct {
	Name  text       `json:"name"`
	Email list[text] `json:"email"`
}

type contract struct {
	Enforced flag `json:"enforced"`
}

type rawConstraint struct {
	Type      text       `json:"type"`
	Name      text       `json:"name"`
	Columns   list[text] `json:"columns"`
	To        text       `json:"to"`
	ToColumns list[text] `json:"to_columns"`
}

type rawColumn struct {
	Name        text                        `json:"name"`
	DataType    text                        `json:"data_type"`
	Description text                        `json:"description"`
	Tags        list[text]                  `json:"tags"`
	Meta        metaMap                     `json:"meta"`
	Constraints list[object[rawConstraint]] `json:"constraints"`
	Config      object[rawConfig]           `json:"config"`
}

type rawDependsOn struct {
	Nodes list[text] `json:"nodes"`
}

type rawConfig struct {
	Enabled      flag               `json:"enabled"`
	Materialized text               `json:"materialized"`
	Access       text               `json:"access"`
	Group        text               `json:"group"`
	Contract     object[contract]   `json:"contract"`
	Tags         list[text]         `json:"tags"`
	Meta         metaMap            `json:"meta"`
	Quoting      object[rawQuoting] `json:"quoting"`
	Severity     text               `json:"severity"`
	Where        text               `json:"where"`
	ErrorIf      text               `json:"error_if"`
	FailCalc     text               `json:"fail_calc"`
}

type rawTestMetadata struct {
	Name      text              `json:"name"`
	Namespace text              `json:"namespace"`
	Kwargs    object[rawKwargs] `json:"kwargs"`
}

// rawKwargs are the arguments of the generic tests leat understands.
type rawKwargs struct {
	Model              text        `json:"model"`
	ColumnName         text        `json:"column_name"`
	Values             list[value] `json:"values"`
	ValueSet           list[value] `json:"value_set"`
	QuoteValues        flag        `json:"quote_values"`
	Quote              flag        `json:"quote"`
	To                 text        `json:"to"`
	Field              text        `json:"field"`
	CombinationColumns list[text]  `json:"combination_of_columns"`
	ColumnList         list[text]  `json:"column_list"`
	ColumnNames        list[text]  `json:"column_names"`
	FKColumnName       text        `json:"fk_column_name"`
	FKColumnNames      list[text]  `json:"fk_column_names"`
	PKTableName        text        `json:"pk_table_name"`
	PKColumnName       text        `json:"pk_column_name"`
	PKColumnNames      list[text]  `json:"pk_column_names"`
	RowCondition       text        `json:"row_condition"`
}

type rawDisabled struct {
	UniqueID         text `json:"unique_id"`
	ResourceType     text `json:"resource_type"`
	Package          text `json:"package_name"`
	Name             text `json:"name"`
	SourceName       text `json:"source_name"`
	Version          text `json:"version"`
	PatchPath        text `json:"patch_path"`
	OriginalFilePath text `json:"original_file_path"`
}

func (d *rawDisabled) disabled() Disabled {
	resource := string(d.ResourceType)
	if resource == "" {
		resource, _, _ = strings.Cut(string(d.UniqueID), ".")
	}
	return Disabled{
		UniqueID: string(d.UniqueID), Resource: resource, Package: string(d.Package), Name: string(d.Name),
		SourceName: string(d.SourceName), Version: version(d.Version),
		File: cmp.Or(patchFile(d.PatchPath), string(d.OriginalFilePath)),
	}
}

// relation converts a model, seed, snapshot or source.
func (n *rawNode) relation() *Relation {
	cfg := &n.Config.v
	r := &Relation{
		UniqueID: string(n.UniqueID), Resource: Resource(n.ResourceType), Package: string(n.Package),
		Name: string(n.Name), SourceName: string(n.SourceName),
		Version: version(n.Version), LatestVersion: version(n.LatestVersion),
		Database: string(n.Database), Schema: string(n.Schema),
		Alias:            string(cmp.Or(n.Alias, n.Identifier, n.Name)),
		RelationName:     string(n.RelationName),
		Materialized:     strings.ToLower(string(cfg.Materialized)),
		Access:           strings.ToLower(string(cmp.Or(n.Access, cfg.Access))),
		Group:            string(cmp.Or(n.Group, cfg.Group)),
		DeprecationDate:  string(n.DeprecationDate),
		ContractEnforced: n.Contract.v.Enforced.or(cfg.Contract.v.Enforced).value,
		Constraints:      constraints(n.Constraints, ""),
		Columns:          columns(n.Columns),
		Tags:             union(texts(n.Tags), texts(cfg.Tags)),
		Meta:             overlay(n.Meta, cfg.Meta),
		Description:      string(n.Description),
		FQN:              texts(n.FQN),
		DependsOn:        sorted(texts(n.DependsOn.v.Nodes)),
		Language:         string(n.Language),
		YAMLFile:         patchFile(n.PatchPath),
		SourceFile:       string(n.OriginalFilePath),
		quoting:          n.Quoting.v.over(cfg.Quoting.v),
	}
	switch r.Resource {
	case Model:
		if r.Language == "" {
			r.Language = "sql" // v6 and older know no other
		}
		r.Materialized = cmp.Or(r.Materialized, "view") // dbt's own default
	case Source:
		r.YAMLFile = cmp.Or(r.YAMLFile, r.SourceFile) // a source is defined in YAML
	default:
		r.Materialized = cmp.Or(r.Materialized, string(r.Resource))
	}
	return r
}

func columns(raw dict[object[rawColumn]]) []Column {
	if len(raw) == 0 {
		return nil
	}
	out := make([]Column, 0, len(raw))
	for _, e := range raw {
		c := &e.value.v
		name := cmp.Or(string(c.Name), e.key)
		if name == "" {
			continue
		}
		out = append(out, Column{
			Name: name, DataType: string(c.DataType), Description: string(c.Description),
			Tags:        union(texts(c.Tags), texts(c.Config.v.Tags)),
			Meta:        overlay(c.Meta, c.Config.v.Meta),
			Constraints: constraints(c.Constraints, name),
		})
	}
	return out
}

// constraints converts those of a column, or of a model when column is "".
func constraints(raw list[object[rawConstraint]], column string) []Constraint {
	var out []Constraint
	for i := range raw {
		c := &raw[i].v
		if c.Type == "" {
			continue
		}
		cols := texts(c.Columns)
		if column != "" {
			cols = []string{column}
		}
		out = append(out, Constraint{Type: strings.ToLower(string(c.Type)), Name: string(c.Name), Columns: cols,
			To: string(c.To), ToColumns: texts(c.ToColumns)})
	}
	return out
}

// version writes 1, 1.0 and "1" alike.
func version(t text) string { return strings.TrimSuffix(string(t), ".0") }

// patchFile turns "shop://models/schema.yml" into "models/schema.yml".
func patchFile(t text) string {
	if _, file, ok := strings.Cut(string(t), "://"); ok {
		return file
	}
	return string(t)
}

// file puts a path of the manifest below the dbt project's folder. Paths of
// other packages are relative to the package, which dbt installs in
// dbt_packages.
func (m *Manifest) file(pkg, file string) string {
	if file == "" {
		return ""
	}
	file = strings.ReplaceAll(file, `\`, "/")
	if root := m.Metadata.Project; root != "" && pkg != "" && pkg != root {
		file = path.Join("dbt_packages", pkg, file)
	}
	return path.Join(m.opts.ProjectDir, file)
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

func overlay(base, top metaMap) map[string]any {
	if len(base) == 0 {
		return top
	}
	maps.Copy(base, top)
	return base
}

// sorted orders ids, as the engines do not agree on an order.
func sorted(ids []string) []string {
	slices.Sort(ids)
	return ids
}

func join(s []string) string { return strings.Join(s, ", ") }

func (f flag) or(g flag) flag {
	if f.set {
		return f
	}
	return g
}
