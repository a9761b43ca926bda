// Package profile reads dbt_project.yml and profiles.yml: which warehouse does
// dbt build into, and how is it reached.
//
// Only the chosen target is rendered, so that variables of other targets need
// not be set. Of Jinja it runs what profiles use: env_var, a few filters and
// joining text. Values that are secret by their key or by the variable they
// come from are held in [Secret], which prints as "(secret)" everywhere.
//
// The package does no I/O: callers hand it bytes and a function that looks up
// environment variables. It must not know how to connect to anything.
//
// Start at [ReadProject] and [Read].
package profile
