package view

import (
	"bytes"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/leat-dev/leat/lang/diag"
)

// docsURL is where the page of a diagnostic is.
const docsURL = "https://github.com/leat-dev/leat/blob/main/docs/reference/diagnostics/"

// The parts of SARIF 2.1.0 that leat writes, named as in
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"semanticVersion"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		Short   sarifText    `json:"shortDescription"`
		Full    sarifText    `json:"fullDescription"`
		Help    sarifText    `json:"help"`
		HelpURI string       `json:"helpUri"`
		Config  sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine,omitempty"`
		StartColumn int        `json:"startColumn,omitempty"`
		EndLine     int        `json:"endLine,omitempty"`
		EndColumn   int        `json:"endColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
)

// DiagnosticsSARIF renders diagnostics as a SARIF 2.1.0 log, for code scanning
// services and editors. prefix is as in [DiagnosticsGitHub]. Columns count
// Unicode code points. It ends in a newline.
func DiagnosticsSARIF(ds diag.Diagnostics, src Sources, prefix, version string) []byte {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "leat", Version: version, InformationURI: "https://github.com/leat-dev/leat", Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	index := map[diag.Code]int{}
	for _, info := range diag.All() {
		for _, d := range ds {
			if d.Code == info.Code {
				index[info.Code] = len(run.Tool.Driver.Rules)
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule(info))
				break
			}
		}
	}
	s := sarif{src, prefix}
	for _, d := range ds {
		r := sarifResult{RuleID: string(d.Code), RuleIndex: index[d.Code], Level: string(d.Severity), Message: sarifText{strings.TrimSpace(d.Summary + ". " + d.Detail)}}
		if l, ok := s.location(d.Range); ok {
			r.Locations = []sarifLocation{l}
		}
		for i, rel := range d.Related {
			if l, ok := s.location(rel.Range); ok {
				l.ID, l.Message = i+1, &sarifText{rel.Message}
				r.Related = append(r.Related, l)
			}
		}
		for _, f := range d.Fixes {
			r.Fixes = append(r.Fixes, s.fix(f))
		}
		run.Results = append(run.Results, r)
	}
	return JSON(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func rule(i diag.Info) sarifRule {
	uri := docsURL + string(i.Code) + ".md"
	return sarifRule{ID: string(i.Code), Name: string(i.Code), Short: sarifText{i.Summary}, Full: sarifText{i.Summary + ". " + i.Help}, Help: sarifText{i.Help}, HelpURI: uri,
		Config: sarifDefault{string(i.Severity)}}
}

// sarif turns ranges into places.
type sarif struct {
	src    Sources
	prefix string
}

func (s sarif) artifact(name string) sarifArtifact {
	return sarifArtifact{(&url.URL{Path: path.Join(s.prefix, name)}).EscapedPath()}
}

func (s sarif) location(r diag.Range) (sarifLocation, bool) {
	if r.Filename == "" {
		return sarifLocation{}, false
	}
	l := sarifLocation{Physical: sarifPhysical{Artifact: s.artifact(r.Filename)}}
	if r.Start.Line > 0 {
		region := s.region(r)
		if line, _, _, ok := sourceLine(r, s.src); ok {
			region.Snippet = &sarifText{line}
		}
		l.Physical.Region = &region
	}
	return l, true
}

// region counts columns in code points where the text is at hand; ranges count
// grapheme clusters.
func (s sarif) region(r diag.Range) sarifRegion {
	out := sarifRegion{StartLine: r.Start.Line, StartColumn: r.Start.Column, EndLine: r.End.Line, EndColumn: r.End.Column}
	if s.src == nil {
		return out
	}
	text := s.src(r.Filename)
	column := func(b int) int {
		return utf8.RuneCount(text[bytes.LastIndexByte(text[:b], '\n')+1:b]) + 1
	}
	if r.End.Byte > 0 && r.End.Byte <= len(text) && r.Start.Byte <= r.End.Byte {
		out.StartColumn, out.EndColumn = column(r.Start.Byte), column(r.End.Byte)
	}
	return out
}

// fix groups edits by file: edits of one fix stand in one file mostly.
func (s sarif) fix(f diag.Fix) sarifFix {
	out := sarifFix{Description: sarifText{f.Title}, Changes: []sarifChange{}}
	for _, e := range f.Edits {
		replace := sarifReplacement{s.region(e.Range), sarifText{e.NewText}}
		if n := len(out.Changes); n > 0 && out.Changes[n-1].Artifact == s.artifact(e.Range.Filename) {
			out.Changes[n-1].Replacements = append(out.Changes[n-1].Replacements, replace)
			continue
		}
		out.Changes = append(out.Changes, sarifChange{s.artifact(e.Range.Filename), []sarifReplacement{replace}})
	}
	return out
}
