// Package sdk is what the author of a destination plugin imports.
//
// A plugin is a value that implements [Plugin]: it describes itself as data,
// and turns a configuration into a [Connection], which writes batches. The
// sdk does the rest: the gRPC service, the Arrow decoding, configuration
// checks, faults, deadlines, and dying with the host. A plugin makes one
// attempt at each batch and says what became of every row; leat decides what
// is sent again and when.
//
//	func main() { sdk.Serve(myPlugin{}) }
//
// The sdk must not know leat's configuration language, plans or state. It
// never prints: standard output belongs to the handshake. Values of rows are
// handed to the plugin only; nothing here puts them into an error.
//
// Start at [Plugin]. HTTP destinations use the client in sdk/httpx. Prove a
// plugin with the suite in plugins/conformance.
package sdk
