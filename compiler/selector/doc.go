// Package selector is dbt's node selection over the graph of a dbt project and
// the activations on it: --select, --exclude and YAML selectors, with dbt's
// methods and those of leat (activation, destination). An activation is a
// child of the node its rows come from, so customers+ selects the activations
// of customers and +contacts what contacts is made of.
//
// It owns the grammar, the methods and the comparison with a saved state. It
// does no I/O: manifests, selectors.yml and the saved state come in read. It
// must not know commands, SQL or destinations' schemas. What follows dbt was
// taken from dbt's documentation (docs.getdbt.com, "Node selection") and the
// behaviour of dbt-core.
//
// Start at [Select].
package selector
