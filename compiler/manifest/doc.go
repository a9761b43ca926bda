// Package manifest reads what dbt wrote about a project: manifest.json (schema
// v4 to v12, of the Python engine v1 and the Rust engine v2), catalog.json
// (v1) and run_results.json (v4 to v6), and answers the compiler's questions
// about it: which relation does ref("customers") mean, what columns and types
// does it have, and which keys, enums and not-null columns are proven, by
// what, and how well.
//
// The readers stream: memory grows with the models of a project, not with the
// bytes of the file. They keep only what leat uses; macros, documentation,
// lineage maps and SQL are skipped and can therefore not leak. They are
// tolerant of everything dbt and its dialects have been seen to write, and turn
// everything else into diagnostics.
//
// The package does no I/O of its own (callers hand it readers) and must not
// know HCL blocks, destinations, SQL dialects or leat's type lattice: data
// types are the warehouse's own text here.
//
// Start at [Read], then [Manifest.ResolveRef] and [Manifest.Facts].
package manifest
