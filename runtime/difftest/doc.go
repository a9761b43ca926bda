// Package difftest holds tests only: it proves that DuckDB computes what the
// reference implementation of lang/expr and lang/function computes, on the
// examples of every function and on random typed expressions over random rows.
//
// It lies in runtime because it needs an engine. Nothing imports it.
package difftest
