// Package scaffold makes a first leat project out of a dbt project: leat.hcl, an
// activation of the model best fit for one, and lines for .gitignore.
//
// It proposes texts and compiles them before anybody sees them, so that what it
// proposes is valid. It knows the layout of a project and how to load one; it
// asks nobody, prints nothing and starts no plugin. [Write] never overwrites.
//
// Start at [Propose].
package scaffold
