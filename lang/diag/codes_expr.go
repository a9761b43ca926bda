package diag

// Codes of types and expressions (02xx).
const ()

var exprCodes = []Info{}
