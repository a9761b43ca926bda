package diag

// Codes of plugins and delivery (08xx).
const ()

var deliveryCodes = []Info{}
