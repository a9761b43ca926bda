package view

import "encoding/json"

// SandboxInfo is how a running sandbox is reached.
type SandboxInfo struct {
	URL    string   // without a final slash
	Token  string   // to be sent; where the sandbox takes any, one that works
	Log    string   // file of the log, or ""
	Faults []string // armed at the start
}

// Sandbox tells how to point leat at a running sandbox.
func Sandbox(s SandboxInfo, st Style) string {
	text := st.bold("The sandbox CRM listens on "+s.URL) + "\n" +
		"  Open that address in a browser to see its records and requests.\n\n" +
		"Point leat at it in another terminal:\n" +
		"  export HUBSPOT_BASE_URL=" + s.URL + "\n" +
		"  export HUBSPOT_TOKEN=" + s.Token + "\n"
	if s.Log != "" {
		text += "\nEvery request is logged in " + s.Log + ".\n"
	}
	for i, f := range s.Faults {
		if i == 0 {
			text += "\nIt misbehaves:\n"
		}
		text += "  " + f + "\n"
	}
	return text + "\n" + st.dim("Nothing is kept after it ends. Press Ctrl+C to stop it.") + "\n"
}

// SandboxJSON is one line with what [Sandbox] tells, printed when the sandbox
// is ready.
func SandboxJSON(s SandboxInfo) []byte {
	line, _ := json.Marshal(struct { // strings always have JSON
		FormatVersion string `json:"format_version"`
		URL           string `json:"url"`
		Token         string `json:"token"`
		Page          string `json:"page"`
		Log           string `json:"log,omitempty"`
	}{formatVersion, s.URL, s.Token, s.URL + "/", s.Log})
	return append(line, '\n')
}
