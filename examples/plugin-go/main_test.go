package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/leat-dev/leat/plugins/conformance"
	"github.com/leat-dev/leat/plugins/sdk"
)

func TestConformance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.json")
	conformance.Run(t, conformance.Harness{
		Plugin: plugin{}, Object: "records", Config: map[string]any{"path": path},
		Key:    []sdk.Column{{Name: "id", Type: "string"}},
		Fields: []sdk.Column{{Name: "name", Type: "string"}, {Name: "seen", Type: "timestamptz"}},
		Reset: func(t *testing.T) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		},
		ReadBack: func(t *testing.T) map[string]map[string]string {
			data, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			var got map[string]map[string]string
			if err == nil {
				err = json.Unmarshal(data, &got)
			}
			if err != nil {
				t.Fatal(err)
			}
			return got
		},
	})
}
