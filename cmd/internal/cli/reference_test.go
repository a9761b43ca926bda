package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/lang/syntax"
)

// TestReference keeps the generated pages equal to the tables they come from.
// UPDATE=1 rewrites them.
func TestReference(t *testing.T) {
	pages := diagnosticPages()
	pages["configuration.md"] = configurationPage()
	comparePages(t, pages)
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "docs", "reference", "diagnostics", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal("no pages of diagnostics", err)
	}
	for _, f := range files {
		if _, ok := pages["diagnostics/"+filepath.Base(f)]; ok {
			continue
		}
		if os.Getenv("UPDATE") == "" || os.Remove(f) != nil {
			t.Errorf("%s is the page of no code", f)
		}
	}
}

// comparePages holds generated pages of docs/reference against the files, or
// rewrites them with UPDATE=1.
func comparePages(t *testing.T, pages map[string]string) {
	t.Helper()
	for name, page := range pages {
		path := filepath.Join("..", "..", "..", "docs", "reference", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != page {
			t.Errorf("%s is not what the code says; run `make golden`", name)
		}
	}
}

const generated = "<!-- Generated from the tables in the code. `make golden` rewrites it. -->\n\n"

// areas heads the sections of the diagnostics page, by the code's hundreds.
var areas = map[string]string{
	"00": "Files and syntax", "01": "Names, blocks and references", "02": "Types and expressions", "03": "Identity, keys and proofs",
	"04": "dbt project and artifacts", "05": "Destinations and schemas", "06": "Warehouse and planning", "07": "State, saved plans and locks",
	"08": "Plugins and delivery", "09": "Command line and project files",
}

// diagnosticPages are one page a code, and an index of them.
func diagnosticPages() map[string]string {
	pages := map[string]string{}
	var b strings.Builder
	b.WriteString("# Diagnostics\n\n" + generated + "Every problem leat reports has a stable code, with a page that says what it means and what to do.\n")
	last := ""
	for _, i := range diag.All() {
		if area := string(i.Code[4:6]); area != last {
			last = area
			fmt.Fprintf(&b, "\n## %s\n\n| code | severity | |\n|---|---|---|\n", areas[area])
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", i.Code, i.Code, i.Severity, i.Summary)
		pages["diagnostics/"+string(i.Code)+".md"] = fmt.Sprintf("# %s %s\n\n%s*%s.* %s\n", i.Code, i.Summary, generated, i.Severity, i.Help) + example(i.Code)
	}
	pages["diagnostics/README.md"] = b.String()
	return pages
}

// example is the code's script in cmd/leat as a page shows it: the files that it
// brings, and what leat prints. Where no script provokes the diagnostic, it is
// what a test in Go provoked.
func example(code diag.Code) string {
	a, err := txtar.ParseFile(filepath.Join("..", "..", "leat", "testdata", "diagnostics", string(code)+".txtar"))
	if err != nil {
		d, ok := diagtest.Read(filepath.Join("..", "..", ".."), code)
		if !ok {
			return "" // TestEveryDiagnosticIsShown counts it
		}
		return "\n## Example\n\n```text\n" + strings.TrimRight(view.Diagnostics(diag.Diagnostics{d}, nil, view.Style{}), "\n") + "\n```\n"
	}
	var files, command, printed string
	for line := range strings.Lines(string(a.Comment)) {
		if _, c, ok := strings.Cut(" "+strings.TrimSpace(line), " leat "); ok {
			command = "leat " + strings.Replace(c, " --json", "", 1) // the page shows the text
		}
	}
	for _, f := range a.Files {
		kind := strings.TrimPrefix(filepath.Ext(f.Name), ".")
		switch {
		case f.Name == "want":
			printed = strings.TrimRight(string(f.Data), "\n") + "\n"
		case kind == "hcl" || kind == "yml":
			files += fmt.Sprintf("```%s\n# %s\n%s```\n\n", kind, f.Name, f.Data)
		}
	}
	return fmt.Sprintf("\n## Example\n\n%s```text\n$ %s\n%s```\n", files, command, printed)
}

func configurationPage() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" + generated + "The project root is the folder with `leat.hcl`. That file and every `*.leat.hcl` below it are one configuration; order does not matter.\nWhat the language has planned and this version does not support yet is left out here and refused with a diagnostic.\n")
	root := syntax.Root()
	b.WriteString("\n## Top level\n")
	attributes(&b, root.Attributes)
	for _, s := range root.Blocks {
		block(&b, s, "##", "")
	}
	return b.String()
}

func block(b *strings.Builder, s syntax.BlockSchema, head, prefix string) {
	if s.Since == "" {
		return
	}
	name := s.Type
	for _, l := range s.Labels {
		if len(l.Allowed) == 1 {
			name += fmt.Sprintf(" %q", l.Allowed[0])
			continue
		}
		name += ` "` + strings.ToUpper(l.Name) + `"`
	}
	fmt.Fprintf(b, "\n%s `%s%s`\n\n%s\n", head, prefix, name, s.Doc)
	if s.Free {
		b.WriteString("\nTakes attributes of any name.\n")
	}
	attributes(b, s.Attributes)
	for _, n := range s.Blocks {
		block(b, n, head+"#", prefix+s.Type+" → ")
	}
}

func attributes(b *strings.Builder, list []syntax.AttributeSchema) {
	rows := ""
	for _, a := range list {
		if a.Since == "" {
			continue
		}
		kind := "`" + string(a.Kind) + "`"
		if len(a.Allowed) > 0 {
			kind = "`\"" + strings.Join(a.Allowed, `"`+"`, `\"") + "\"`"
		}
		def := ""
		switch {
		case a.Required:
			def = "required"
		case a.Default != "":
			def = "`" + a.Default + "`"
		}
		rows += fmt.Sprintf("| `%s` | %s | %s | %s |\n", a.Name, kind, def, a.Doc)
	}
	if rows != "" {
		b.WriteString("\n| attribute | value | default | meaning |\n|---|---|---|---|\n" + rows)
	}
}
