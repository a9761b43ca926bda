// Package protocol is the wire contract between leat and a destination
// plugin: the generated gRPC service of leat.proto, the go-plugin handshake,
// the size limits, and the Arrow encoding of a batch of rows.
//
// Both ends import it: plugins/sdk on the plugin's side, runtime/pluginhost
// on leat's. It must not know configuration, plans, or any vendor, and it
// never formats a row value into an error.
//
// Start at [WriteSchema] and [DecodeBatch]; the service is [DestinationServer].
package protocol

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative leat.proto
