// Package pluginhost starts destination plugins and speaks leat.proto with
// them. A plugin is a process: the running executable started again for the
// built-in types, or an external executable pinned by checksum.
//
// The protobuf types stop here: callers see [schema.Destination], Arrow record
// batches and small structs. The host trusts no plugin: what it answers is
// held against the contract, and a breach is an [Error] that names the plugin,
// never a panic. What a plugin prints is kept in a bounded buffer and reaches
// no terminal. The package must not know plans, state or retries.
//
// Start at [New], [Host.Launch] and [Client.OpenWrite].
package pluginhost
