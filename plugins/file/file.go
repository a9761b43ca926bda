package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

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
			{Name: "null", Type: "string", Default: "", Description: "CSV: how a null is written."},
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

func (plugin) ValidateConfig(cfg *sdk.Config) []sdk.Problem {
	if d := cfg.Text("delimiter"); len([]rune(d)) != 1 || strings.ContainsAny(d, "\"\r\n") {
		return []sdk.Problem{{Field: "delimiter", Summary: "delimiter is not one character",
			Detail: "Set delimiter to a single character other than a quote or a line end, such as \",\" or \";\"."}}
	}
	return nil
}

func (p plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	if problems := p.ValidateConfig(cfg); len(problems) > 0 {
		return nil, problems
	}
	return &connection{dir: cfg.Text("directory"), format: cfg.Text("format"), delimiter: []rune(cfg.Text("delimiter"))[0], null: cfg.Text("null")}, nil
}

type connection struct {
	dir       string
	format    string // csv, jsonl
	delimiter rune
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

// Replace begins the new content of a file.
func (c *connection) Replace(_ context.Context, t sdk.Target) (sdk.Replacement, error) {
	name := filepath.FromSlash(t.Object) + "." + c.format
	if !filepath.IsLocal(name) {
		return nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "not a file name below the folder"}
	}
	return begin(filepath.Join(c.dir, name), func(f *os.File) encoder { return formats[c.format](f, c, t) })
}
