package diag

// Codes of destinations and their schemas (05xx).
const ()

var destinationCodes = []Info{}
