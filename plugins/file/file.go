package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Version is the plugin's version.
const Version = "0.1.0"

// New returns the plugin.
func New() sdk.Plugin { return plugin{} }

type plugin struct{}

func (plugin) Describe() *sdk.Schema {
	return &sdk.Schema{
		Plugin: "file", Version: Version, API: "RFC 4180, JSON Lines", Evidence: "A",
		Description: "CSV and JSON Lines files, replaced atomically",
		Config: []sdk.ConfigField{
			{Name: "directory", Type: "string", Required: true, Description: "Folder of the files, relative to the project. Created when missing."},
			{Name: "format", Type: `enum("csv", "jsonl")`, Default: "csv", Description: "csv: RFC 4180 with a header line. jsonl: one JSON object a line."},
			{Name: "delimiter", Type: "string", Default: ",", Description: "CSV: the character between fields."},
			{Name: "null", Type: "string", Default: "", Description: "CSV: how a null is written, without quotes. An empty text is always written as \"\"."},
		},
		Open: true,
		Objects: []sdk.Object{{
			Name: "*", Label: "any file", Description: "orders is the file orders.csv or orders.jsonl in the folder, by the format.",
			FieldsOpen: true, KeysOpen: true, Replace: true, Readable: sdk.ReadNone,
			Removal: []string{"delete"},
			Operations: []sdk.Operation{
				{Name: "upsert", Endpoint: "replace file", Retry: sdk.Idempotent},
				{Name: "create", Endpoint: "replace file", Retry: sdk.Idempotent},
				{Name: "update", Endpoint: "replace file", Retry: sdk.Idempotent},
				{Name: "delete", Endpoint: "replace file", Retry: sdk.Idempotent},
			},
		}},
	}
}

// ValidateConfig checks what the fields' types do not say.
func (plugin) ValidateConfig(cfg *sdk.Config) []sdk.Problem {
	var problems []sdk.Problem
	if strings.TrimSpace(cfg.Text("directory")) == "" {
		problems = append(problems, sdk.Problem{Field: "directory", Summary: "directory is empty",
			Detail: "Set directory to a folder, such as \"exports\"; \".\" is the project's own."})
	}
	delimiter := cfg.Text("delimiter")
	if utf8.RuneCountInString(delimiter) != 1 || !utf8.ValidString(delimiter) || strings.ContainsAny(delimiter, "\"\r\n\x00") {
		return append(problems, sdk.Problem{Field: "delimiter", Summary: "delimiter is not one character",
			Detail: "Set delimiter to a single character other than a quote or a line end, such as \",\" or \";\"."})
	}
	if null := cfg.Text("null"); strings.ContainsAny(null, "\"\r\n") || strings.Contains(null, delimiter) {
		problems = append(problems, sdk.Problem{Field: "null", Summary: "null would need quotes",
			Detail: "Set null to a text without the delimiter, quotes and line ends, such as \"NULL\": a quoted one is a text."})
	}
	return problems
}

// Configure implements sdk.Plugin. A relative directory stands against the
// process's working directory, which is the project.
func (p plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	if problems := p.ValidateConfig(cfg); len(problems) > 0 {
		return nil, problems
	}
	return &connection{dir: cfg.Text("directory"), format: cfg.Text("format"), delimiter: cfg.Text("delimiter"), null: cfg.Text("null")}, nil
}

type connection struct {
	dir       string
	format    string // csv, jsonl
	delimiter string // one character
	null      string
}

// Check makes the folder and proves that files can be made in it.
func (c *connection) Check(context.Context) (sdk.Account, []sdk.Problem, error) {
	probe, err := func() (*os.File, error) {
		if err := os.MkdirAll(c.dir, 0o755); err != nil {
			return nil, err
		}
		return os.CreateTemp(c.dir, ".leat-check-*")
	}()
	if err != nil {
		return sdk.Account{}, []sdk.Problem{{Field: "directory", Summary: "cannot write to the folder",
			Detail: "leat must be able to create files in " + c.dir + ". Check that the path is a folder and its permissions."}}, nil
	}
	name := probe.Name()
	if err := errors.Join(probe.Close(), os.Remove(name)); err != nil {
		return sdk.Account{}, nil, err
	}
	label := filepath.ToSlash(filepath.Clean(c.dir))
	return sdk.Account{Fingerprint: "file:" + label, Label: "folder " + label}, nil, nil
}

// Write refuses: objects of this plugin are replaced whole.
func (*connection) Write(context.Context, *sdk.Batch, *sdk.Outcomes) error {
	return &sdk.Fault{Class: sdk.FaultInternal, Code: "files are replaced whole"}
}

func (*connection) Close() error { return nil }
