// Package graph draws where rows flow: from dbt models and sources through
// activations to the objects of destinations, and if wanted from columns to
// fields.
//
// It knows compiled activations and the languages of graph tools. It knows no
// files, no terminal and no rows. The same activations give the same graph.
//
// Start at [Build]; [Graph.DOT] and [Graph.Mermaid] write it down.
package graph
