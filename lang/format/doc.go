// Package format lays out leat files in the one canonical way.
//
// It moves white space only: indentation, the space between tokens, aligned
// equals signs and trailing comments, blank lines. Order, comments, strings and
// heredocs stay as they are, and so does the tree that the file parses to. It
// knows HCL's tokens and nothing of leat's blocks, files or the project.
//
// Start at [File].
package format
