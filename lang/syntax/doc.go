// Package syntax reads leat's files into a typed tree with a range on
// everything.
//
// [Parse] reads HCL into a [Config]; [Evaluate] gives variables and locals
// their values; [Config.Settings], [Activation.Settings] and
// [Destination.Settings] turn attributes into plain values. The tables
// [Blocks] and [RootsFor] say which blocks, attributes and references exist;
// parsing, suggestions, documentation and completion all read them.
//
// It must not know what exists outside the files: models, columns and objects
// are checked by compiler/check. Constants may call the functions that lang/expr
// lends them. It does no I/O; [Members] lists the
// files of a project in a file system it is given.
//
// A mistake is reported once. What could not be read is nil in the tree and its
// owner is marked Poisoned, so that later passes stay silent about it.
package syntax
