// Package http is the built-in destination for APIs that leat knows nothing of:
// the configuration declares their objects and, for each operation, the request
// that does it.
//
// Every row is one request, so every row has an outcome of its own, read from
// the status. What an API says in the body of a success is not looked at.
//
// Evidence grade D: proven against our own double only. Whether an API keeps to
// what the declaration says of it is for the project to find out.
//
// It must not know activations, plans or state. Answers may hold values: only
// statuses leave the package outside a rejection's text.
//
// Start at [New].
package http
