//go:build !duckdb_arrow

package duck

// The driver's Arrow interface exists only under the tag.
var _ = build_leat_with_go_build_tags_duckdb_arrow
