// Package exposure turns compiled activations into dbt exposures: what dbt's
// lineage shows of the rows that leave the warehouse.
//
// It knows compiled activations, the manifest and dbt's rules for exposures. It
// knows no files and decides nothing about rows.
//
// Start at [Build]; [YAML] writes what dbt reads.
package exposure
