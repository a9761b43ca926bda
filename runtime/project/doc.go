// Package project finds and reads what a leat project is made of: the
// configuration files, the dbt project beside them with its artifacts and
// profile, and the committed schema snapshots. It hands bytes to the compiler
// and gets compiled activations back.
//
// It does the I/O that lang and compiler must not do. It starts no engine and
// no plugin, and it never writes.
//
// Start at [Load].
package project
