package diag

// Codes of state, saved plans and locks (07xx).
const ()

var stateCodes = []Info{}
