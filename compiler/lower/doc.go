// Package lower turns typed expressions into SQL over the row alias r: of
// DuckDB, and, where it can be exact, of PostgreSQL.
//
// It owns the SQL form of every operation, the canonical form of a value that
// goes to a destination, and the conditions under which such a value is
// invalid. Text and names are quoted here and nowhere else; nothing a user
// wrote reaches SQL unquoted. It must not know HCL or any driver, and it does
// not run what it writes.
//
// Start at [Canonical], [Condition] and [Invalid], and at [Postgres].
package lower
