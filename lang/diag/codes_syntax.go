package diag

// Codes of files and HCL syntax (00xx).
const ()

var syntaxCodes = []Info{}
