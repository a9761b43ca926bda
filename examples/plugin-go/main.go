// Command leat-plugin-jsonfile is an example of a leat destination plugin: it
// keeps records in one JSON file, an object of objects by key.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/leat-dev/leat/plugins/sdk"
)

func main() { sdk.Serve(plugin{}) }

type plugin struct{}

// Describe says what the plugin can do. It is data, and always the same.
func (plugin) Describe() *sdk.Schema {
	return &sdk.Schema{
		Plugin: "jsonfile", Version: "0.1.0", API: "1", Evidence: "A",
		Description: "Keeps records in a JSON file.",
		Config: []sdk.ConfigField{
			{Name: "path", Type: "string", Required: true, Description: "The file; made when absent."},
		},
		Objects: []sdk.Object{{
			Name: "records", Label: "Records", FieldsOpen: true, Removal: []string{"delete"},
			Keys:   []sdk.Key{{Fields: []string{"id"}, Unique: true}},
			Fields: []sdk.Field{{Name: "id", Type: "string", RequiredOnCreate: true, Unique: true}},
			Operations: []sdk.Operation{
				{Name: "upsert", Endpoint: "rewrite the file", Retry: sdk.Idempotent},
				{Name: "update", Endpoint: "rewrite the file", Retry: sdk.Idempotent},
				{Name: "delete", Endpoint: "rewrite the file", Retry: sdk.Idempotent},
			},
		}},
	}
}

// Configure makes the connection. The declared fields are checked already.
func (plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	return &file{path: cfg.Text("path")}, nil
}

// file is a connection. Batches arrive at the same time: mu serialises them.
type file struct {
	path string
	mu   sync.Mutex
}

type records map[string]map[string]json.RawMessage

// Check proves that the file can be used and names the account.
func (f *file) Check(context.Context) (sdk.Account, []sdk.Problem, error) {
	if _, err := f.load(); err != nil {
		return sdk.Account{}, []sdk.Problem{{Field: "path", Summary: "the file cannot be read as JSON records",
			Detail: "Name another file, or remove this one."}}, nil
	}
	return sdk.Account{Fingerprint: "jsonfile:" + f.path, Label: f.path}, nil, nil
}

// Write makes one attempt at a batch and says what became of every row.
func (f *file) Write(_ context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.load()
	if err != nil {
		return &sdk.Fault{Class: sdk.FaultServer} // nothing was sent
	}
	for row := range b.Len() {
		key := b.Key[0].Text(row)
		record, found := all[key]
		switch {
		case !found && b.Op != sdk.Send:
			out.Absent(row)
			continue
		case b.Op == sdk.Delete:
			delete(all, key)
			out.Removed(row)
			continue
		case !found:
			record = make(map[string]json.RawMessage)
			all[key] = record
			out.Created(row, key)
		default:
			out.Updated(row, key)
		}
		for i, value := range b.Fields {
			if b.Sent(row, i) && value.Null(row) {
				delete(record, value.Name)
			} else if b.Sent(row, i) {
				record[value.Name] = value.AppendJSON(nil, row)
			}
		}
	}
	if f.save(all) != nil {
		out.Forget() // nothing of the batch came to be
		return &sdk.Fault{Class: sdk.FaultServer}
	}
	return nil
}

// Close has nothing to release.
func (*file) Close() error { return nil }

func (f *file) load() (records, error) {
	all := make(records)
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(data, &all)
}

// save replaces the file whole, so that a crash leaves the old or the new one.
func (f *file) save(all records) error {
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.path+".next", data, 0o600); err != nil {
		return err
	}
	return os.Rename(f.path+".next", f.path)
}
