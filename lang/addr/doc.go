// Package addr names things: activations, destinations and the objects of
// destinations, as users write them in files, on the command line and in
// state.
//
// An address is a plain comparable value, fit for a map key, with one printed
// form that [ParseActivation], [ParseDestination] and [ParseObject] read back.
// Compare gives every kind a total order, so that output never depends on the
// order of a map.
//
// It must not know whether the thing named exists.
package addr
