package check

import (
	"slices"

	"github.com/leat-dev/leat/compiler/manifest"
)

// pii is the one label that exists without a label block: dbt projects mark
// personal data with the tag "pii" or with meta contains_pii.
const pii = "pii"

// labels returns the labels dbt puts on a column.
func labels(rel *manifest.Relation, col *manifest.Column) []string {
	if marked(rel.Tags, rel.Meta) || (col != nil && marked(col.Tags, col.Meta)) {
		return []string{pii}
	}
	return nil
}

func marked(tags []string, meta map[string]any) bool {
	return slices.Contains(tags, pii) || meta["contains_pii"] == true || meta[pii] == true
}
