// Package file is the built-in destination for files: CSV and JSON Lines.
//
// An object is a file in the configured folder, named object.csv or
// object.jsonl. Every apply that has changes rewrites the file whole and puts it in
// place with one atomic rename, so a reader sees the old content or the new,
// never a part.
//
// It must not know activations, plans or state: it is handed the whole new
// content and answers for all of it or none.
//
// Start at [New].
package file
