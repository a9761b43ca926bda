// Package engine applies a plan: it walks the plan's stored graph, sends the
// rows of its change sets through destination plugins, and hands the answers
// to state.
//
// It owns delivery: reservation before sending, retry, rate limits, the
// circuit breaker, the settling of unknown outcomes, and the order of it all
// (docs/explanation/delivery.md). Its invariants: no row is sent that is not in
// the change set, that is not durably reserved, or whose answer is known; every
// check of every activation passes before the first write.
//
// It must not know HCL, manifests, SQL, protobuf or any vendor, compute a
// diff, or print. Row values pass through it as Arrow columns and reach no
// event, diagnostic or error. What it needs from its neighbours it declares
// itself, in ports.go.
//
// Start at [Apply] and [Settle].
package engine
