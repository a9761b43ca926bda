// Package properties finds places in dbt's property files: where the YAML that
// documents a model names a column, gives it tags or tests it. dbt's artifacts
// say which file that is, and no more.
//
// It judges nothing of what the entries say, and never fails: a file that
// cannot be read as YAML has no places.
//
// Start at [Places], which knows what the manifest calls things, or at
// [File.Find].
package properties
