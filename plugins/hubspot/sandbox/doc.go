// Package sandbox is a local CRM with the shape of HubSpot's, to rehearse on: demos, tests and newcomers send to it
// instead of to an account.
//
// It keeps contacts (e-mail unique), companies (nothing unique) and one custom object in memory, answers the batch,
// read, search, list, property and account endpoints in the vendor's shapes, keeps the vendor's limits, logs every
// commit it makes before it answers, and misbehaves on request: see [Fault]. What it does beside the vendor lies under
// /_sandbox/.
//
// It is a test double. Its log and its state hold the values that were sent, on purpose; it belongs on a loopback
// address and nowhere else. Where the vendor's behaviour is not known for certain, docs/reference/sandbox.md says so.
//
// It must know nothing of leat: no plugin, protocol or plan. Its only imports are the standard library's.
//
// Start at [New].
package sandbox
