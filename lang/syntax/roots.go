package syntax

import "slices"

// rootRule says which roots exist in the attributes of a block. The first
// rule that fits counts.
type rootRule struct {
	block     string   // path of block types, such as "activation.field"
	attribute string   // "" fits every attribute
	roots     []string // alphabetical
}

var rootRules = []rootRule{
	{"activation", "from", []string{"each"}},
	{"activation", "to", []string{"destination", "each"}},
	{"activation", "where", []string{"each", "local", "row", "var"}},
	{"activation", "id", []string{"each", "local", "row", "var"}},
	{"activation", "key", []string{"each", "local", "row", "var"}},
	{"activation", "fields", []string{"activation", "each", "local", "row", "var"}},
	{"activation.field", "value", []string{"activation", "each", "local", "row", "var"}},
	{"activation", "for_each", []string{"local", "var"}},
	{"activation", "shares", []string{"activation"}},
	{"activation.consent", "from", nil},
	{"activation.consent", "match", []string{"consent", "each", "local", "row", "var"}},
	{"activation.consent", "allow", []string{"consent", "each", "local", "var"}},
	{"activation.consent", "", []string{"each", "local", "var"}},
	{"activation.requires", "", []string{"each", "local", "var"}},
	{"activation.rollout", "", []string{"each", "local", "var"}},
	{"activation.holdout", "", []string{"each", "local", "var"}},
	{"activation", "", []string{"each", "local", "var"}},
	{"activation.field", "", []string{"each", "local", "var"}},
	{"activation.guard", "", []string{"each", "local", "var"}},
	{"activation.delivery", "", []string{"each", "local", "var"}},
	{"policy", "", []string{"activation", "local", "mapping", "target", "var"}},
	{"label", "", []string{"local", "var"}},
	{"test", "activation", []string{"activation"}},
	{"test", "", []string{"local", "var"}},
	{"test.given", "from", nil},
	{"test.given", "", []string{"local", "var"}},
	{"test.synced", "", []string{"local", "var"}},
	{"test.expect", "", []string{"local", "var"}},
	{"moved", "", []string{"activation"}},
	{"removed", "from", []string{"activation"}},
	{"removed", "", []string{"local", "var"}},
	{"variable", "", nil},
	{"variable.validation", "", []string{"var"}},
	{"leat", "", nil},
	{"", "environment", []string{"local", "var"}},
	{"dbt", "", []string{"local", "var"}},
	{"state", "", []string{"local", "var"}},
	{"locals", "", []string{"local", "var"}},
	{"destination", "", []string{"local", "var"}},
	{"destination.config", "", []string{"local", "var"}},
	{"destination.object", "fields", nil},
	{"destination.object", "", []string{"local", "var"}},
}

// Roots lists every root that a reference may begin with, alphabetically.
func Roots() []string {
	return []string{"activation", "consent", "destination", "each", "local", "mapping", "row", "target", "var"}
}

// RootsFor returns the roots that exist in an attribute of a block, in
// alphabetical order. block is the path of block types, such as
// "activation.field", or "" for the top level.
func RootsFor(block, attribute string) []string {
	for _, r := range rootRules {
		if r.block == block && (r.attribute == "" || r.attribute == attribute) {
			return slices.Clone(r.roots)
		}
	}
	return nil
}
