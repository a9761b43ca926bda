// Package schema is the neutral model of a destination: its objects, fields,
// keys, operations and limits, and the codec of the schema snapshot that users
// commit.
//
// A schema comes from a plugin's Describe (what the vendor's API promises in
// general) or from a snapshot (what one account really has). The compiler
// checks mappings against it, the plan derives costs from it. The package does
// no I/O: callers hand it bytes. It must not know protobuf or any vendor.
//
// Start at [Destination].
package schema
