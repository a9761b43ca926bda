// Package properties finds places in dbt's property files: where the YAML that
// documents a model names a column, or gives it tags. dbt's artifacts say
// which file that is, and no more.
//
// It knows nothing of what the entries mean, and never fails: a file that
// cannot be read as YAML has no places.
//
// Start at [Find].
package properties
