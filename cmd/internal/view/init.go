package view

import (
	"fmt"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/scaffold"
)

// Init renders what `leat init` wrote and what comes next. folder is the
// project's folder relative to the working folder; "" when they are the same.
func Init(p *scaffold.Proposal, folder string, st Style) string {
	var b strings.Builder
	what := "A leat project"
	if p.Project != "" {
		what += " for the dbt project " + p.Project
	}
	where := "here"
	if folder != "" {
		where = "in " + folder
	}
	b.WriteString(st.wrap(what+", "+where+":", "") + "\n")
	var rows [][]string
	for _, f := range p.Files {
		rows = append(rows, []string{string(f.Status), f.Name})
	}
	b.WriteString(table(rows, nil, "  "))
	if f := p.First; f != nil {
		b.WriteByte('\n')
		b.WriteString(st.wrap(fmt.Sprintf("activation.%s sends %s to %s, by %s: dbt's tests prove that unique and not null (%s). It maps %d of %d columns.",
			f.Name, f.From, f.To, strings.Join(f.Key, " and "), f.Grade, len(f.Mapped)+len(f.Key), f.Columns), ""))
		var out []string
		for _, o := range f.LeftOut {
			out = append(out, o.Column+" ("+o.Why+")")
		}
		if len(out) > 0 {
			b.WriteString(st.wrap("Left out: "+strings.Join(out, ", ")+".", ""))
		}
	}
	b.WriteString("\nNext:\n")
	rows = nil
	for _, n := range next(p, folder) {
		rows = append(rows, []string{n.command, st.dim(n.why)})
	}
	b.WriteString(table(rows, nil, "  "))
	return b.String()
}

type step struct{ command, why string }

// next lists the commands that come after init.
func next(p *scaffold.Proposal, folder string) []step {
	var out []step
	if folder != "" {
		out = append(out, step{"cd " + folder, ""})
	}
	if p.First == nil {
		return append(out,
			step{"dbt build && dbt docs generate", "# models, tests and columns"},
			step{"leat models", "# what can be activated"},
			step{"leat init", "# again: it writes a first activation"})
	}
	return append(out,
		step{"leat validate", "# offline, for every pull request"},
		step{"leat plan", "# what would be sent"},
		step{"leat models", "# what else can be activated"})
}

// InitJSON is the document of [Init]. warnings say why there is no activation.
func InitJSON(p *scaffold.Proposal, folder string, warnings diag.Diagnostics) []byte {
	type file struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	type leftOut struct {
		Column string `json:"column"`
		Why    string `json:"why"`
	}
	type first struct {
		Address string    `json:"address"`
		File    string    `json:"file"`
		From    string    `json:"from"`
		To      string    `json:"to"`
		Key     []string  `json:"key"`
		Grade   string    `json:"grade"`
		Mapped  []string  `json:"mapped"`
		LeftOut []leftOut `json:"left_out"`
	}
	type warning struct {
		Code    diag.Code `json:"code"`
		Summary string    `json:"summary"`
		Detail  string    `json:"detail"`
	}
	doc := struct {
		FormatVersion string    `json:"format_version"`
		Folder        string    `json:"folder"`
		Project       string    `json:"dbt_project"`
		Files         []file    `json:"files"`
		Activation    *first    `json:"activation"`
		Next          []string  `json:"next"`
		Warnings      []warning `json:"warnings"`
	}{FormatVersion: formatVersion, Folder: folder, Project: p.Project, Files: []file{}, Next: []string{}, Warnings: []warning{}}
	if folder == "" {
		doc.Folder = "."
	}
	for _, f := range p.Files {
		doc.Files = append(doc.Files, file{f.Name, string(f.Status)})
	}
	if f := p.First; f != nil {
		doc.Activation = &first{"activation." + f.Name, f.File, f.From, f.To, f.Key, f.Grade, orEmpty(f.Mapped), []leftOut{}}
		for _, o := range f.LeftOut {
			doc.Activation.LeftOut = append(doc.Activation.LeftOut, leftOut(o))
		}
	}
	for _, n := range next(p, folder) {
		doc.Next = append(doc.Next, n.command)
	}
	for _, d := range warnings {
		doc.Warnings = append(doc.Warnings, warning{d.Code, d.Summary, d.Detail})
	}
	return JSON(doc)
}
