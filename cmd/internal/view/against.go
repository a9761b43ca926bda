package view

import (
	"fmt"
	"strings"

	"github.com/leat-dev/leat/compiler/against"
	"github.com/leat-dev/leat/lang/diag"
)

// Against is the closing line of a comparison of two manifests, with the
// activations that break.
func Against(r *against.Report, st Style) string {
	broken := r.Broken()
	compared := fmt.Sprintf("%s compared with %s", plural(int64(len(r.Activations)), "activation"), r.Before)
	if len(broken) == 0 {
		return st.green("Breaks nothing:") + " " + compared + ".\n"
	}
	return st.red(fmt.Sprintf("Breaks %d of %s:", len(broken), compared)) + "\n  " + strings.Join(broken, "\n  ") + "\n"
}

type jsonAgainst struct {
	jsonValidate
	Against jsonComparison `json:"against"`
}

type jsonComparison struct {
	Before      string        `json:"before"`
	After       string        `json:"after"`
	Activations int           `json:"activations"`
	Broken      []string      `json:"broken"`
	Findings    []jsonFinding `json:"findings"`
}

type jsonFinding struct {
	Activation string       `json:"activation"`
	Kind       against.Kind `json:"kind"`
	Breaks     bool         `json:"breaks"`
	Code       diag.Code    `json:"code"`
	Summary    string       `json:"summary"`
	Model      string       `json:"model"`
	Column     string       `json:"column,omitempty"`
	Before     string       `json:"before,omitempty"`
	After      string       `json:"after,omitempty"`
	Range      *jsonRange   `json:"range,omitempty"`
}

// AgainstJSON is the document of validate with the comparison in it: what
// DiagnosticsJSON has, and `against`.
func AgainstJSON(ds diag.Diagnostics, r *against.Report, src Sources) []byte {
	doc := jsonAgainst{jsonValidate: diagnosticsDocument(ds, src), Against: jsonComparison{Before: r.Before, After: r.After,
		Activations: len(r.Activations), Broken: append([]string{}, r.Broken()...), Findings: []jsonFinding{}}}
	for i := range r.Findings {
		f := &r.Findings[i]
		doc.Against.Findings = append(doc.Against.Findings, jsonFinding{f.Activation, f.Kind, f.Breaks(), f.Diagnostic.Code, f.Diagnostic.Summary,
			f.Model, f.Column, f.Before, f.After, rangeJSON(f.Diagnostic.Range)})
	}
	return JSON(doc)
}
