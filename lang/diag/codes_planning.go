package diag

// Codes of the warehouse and planning (06xx).
const ()

var planningCodes = []Info{}
