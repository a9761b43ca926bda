package diag

// Codes of the dbt project and its artifacts (04xx).
const ()

var dbtCodes = []Info{}
