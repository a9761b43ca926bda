package diag

// Codes of identity, keys and proofs (03xx).
const ()

var keyCodes = []Info{}
