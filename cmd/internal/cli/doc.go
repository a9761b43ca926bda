// Package cli is leat's command line: flags to options, options to results,
// results to views, and problems to exit codes.
//
// Every command is a constructor that binds flags and a run function that
// returns an [Exit]. The package decides nothing about rows; it wires the
// layers below and hands their results to view. It is the only package that
// knows cobra, the terminal and the built-in plugins' table.
//
// Start at [Do].
package cli
