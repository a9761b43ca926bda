package diag

// Codes of names, blocks and references (01xx).
const ()

var nameCodes = []Info{}
