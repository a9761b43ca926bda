package diag

// Codes of the command line (09xx).
const ()

var commandCodes = []Info{}
