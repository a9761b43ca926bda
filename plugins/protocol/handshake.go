package protocol

import "github.com/hashicorp/go-plugin"

// Handshake is the greeting of go-plugin. The cookie is no secret: it only
// stops a plugin from being started by hand. ProtocolVersion changes when
// leat.proto changes in a way that old plugins cannot follow.
var Handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "LEAT_PLUGIN",
	MagicCookieValue: "76c1f2d5-destination",
}

// PluginName is the key of the destination service in go-plugin's plugin set.
const PluginName = "destination"

// Environment variables the host sets for the plugin's SDK.
const (
	// LifelineEnv holds the number of an inherited file descriptor, the read
	// end of a pipe. It reaches end of file when the host is gone, however it
	// went; the plugin then exits at once.
	LifelineEnv = "LEAT_LIFELINE_FD"
	// LockEnv holds the number of an inherited file descriptor of the state
	// lock. The plugin only keeps it open: a flock belongs to the open file,
	// so the lock outlives the host until its last plugin is gone.
	LockEnv = "LEAT_LOCK_FD"
)

// Sizes of messages, in bytes.
const (
	// TargetBatchBytes is the encoded size the host aims to stay below when it
	// cuts batches.
	TargetBatchBytes = 4 << 20
	// MaxMessageBytes is the largest gRPC message either side accepts. One row
	// may be larger than the target; it may not be larger than this.
	MaxMessageBytes = 64 << 20
	// MaxBatchRows bounds a batch whatever its size.
	MaxBatchRows = 100_000
)

// Classes of a batch-wide fault, as BatchOutcome.fault and ReadResult.fault
// carry them.
const (
	FaultThrottled = "throttled" // the vendor asked to slow down
	FaultServer    = "server"    // the vendor failed
	FaultTimeout   = "timeout"   // no answer in time
	FaultAuth      = "auth"      // the credentials were refused
	FaultNetwork   = "network"   // no connection
	FaultDeadline  = "deadline"  // not begun: the batch's deadline had passed or the plugin was stopping
	FaultInternal  = "internal"  // a bug of the plugin
	FaultSchema    = "schema"    // the object, or a field of it, is not what Describe or Discover said; nothing happened

	FaultInvalidBatch = "invalid_batch" // refused as a whole because of some row; nothing happened
)

// FaultPrefix begins the message of a gRPC status that stands for a fault of
// the destination in a call whose response has no field for it (Check,
// Discover, a final_replace stream): the prefix, the class, a space, and a
// vendor code or nothing.
const FaultPrefix = "destination fault: "
