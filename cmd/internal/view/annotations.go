package view

import (
	"fmt"
	"path"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// DiagnosticsGitHub renders diagnostics as workflow commands, which GitHub
// Actions turns into annotations of the changed files. prefix is the folder of
// the project below the repository's root, "" for the root itself. The format
// is that of https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func DiagnosticsGitHub(ds diag.Diagnostics, prefix string) string {
	var b strings.Builder
	for _, d := range ds {
		var at []string
		if r := d.Range; r.Filename != "" {
			at = append(at, "file="+escapeProperty(path.Join(prefix, r.Filename)))
			if r.Start.Line > 0 {
				at = append(at, fmt.Sprintf("line=%d", r.Start.Line))
				if r.End.Line >= r.Start.Line {
					at = append(at, fmt.Sprintf("endLine=%d", r.End.Line))
				}
				// Columns count only where the range is on one line.
				if r.End.Line == r.Start.Line && r.End.Column > r.Start.Column {
					at = append(at, fmt.Sprintf("col=%d,endColumn=%d", r.Start.Column, r.End.Column-1))
				}
			}
		}
		at = append(at, "title="+escapeProperty(d.Summary+" ("+string(d.Code)+")"))
		text := d.Detail
		for _, r := range d.Related {
			text += "\n" + r.Message + place(prefix, r.Range)
		}
		fmt.Fprintf(&b, "::%s %s::%s\n", d.Severity, strings.Join(at, ","), escapeData(text))
	}
	return b.String()
}

// place is " (file:line)" of a range, "" where it has none.
func place(prefix string, r diag.Range) string {
	switch {
	case r.Filename == "":
		return ""
	case r.Start.Line == 0:
		return " (" + path.Join(prefix, r.Filename) + ")"
	}
	return fmt.Sprintf(" (%s:%d)", path.Join(prefix, r.Filename), r.Start.Line)
}

var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func escapeData(s string) string     { return data.Replace(s) }
func escapeProperty(s string) string { return property.Replace(s) }
