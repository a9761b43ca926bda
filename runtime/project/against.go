package project

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
)

// Against is what this configuration would be compiled from with another
// manifest, such as that of the base branch: path is a manifest.json, or a
// folder with one and perhaps a catalog.json; name is how the user wrote it.
// The input is nil when there is an error among the diagnostics.
func (p *Project) Against(path, name string) (*check.Input, diag.Diagnostics) {
	unusable := func(detail string) (*check.Input, diag.Diagnostics) {
		return nil, diag.Diagnostics{diag.New(diag.AgainstUnusable, diag.Range{Filename: filepath.ToSlash(name)}, "%s", detail)}
	}
	st, err := os.Stat(path)
	if err != nil {
		return unusable("There is no such file or folder, or it cannot be read. Keep the manifest.json of the other branch, such as the one in `dbt parse`'s target folder, and name it.")
	}
	in := p.Input
	in.Catalog, in.Verdicts = nil, nil
	file, shown := path, name
	if st.IsDir() {
		file, shown = filepath.Join(path, "manifest.json"), filepath.Join(name, "manifest.json")
	}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unusable("The folder holds no manifest.json.")
	case err != nil:
		return unusable("The manifest in it cannot be read. Check its permissions.")
	}
	var ds diag.Diagnostics
	in.Manifest, ds = manifest.Read(bytes.NewReader(text), filepath.ToSlash(shown), p.manifestOptions())
	if st.IsDir() {
		catalog, shown := filepath.Join(path, "catalog.json"), filepath.ToSlash(filepath.Join(name, "catalog.json"))
		text, err := os.ReadFile(catalog)
		switch {
		case err == nil:
			var more diag.Diagnostics
			in.Catalog, more = manifest.ReadCatalog(bytes.NewReader(text), shown)
			ds.Extend(more)
		case !errors.Is(err, fs.ErrNotExist):
			ds.Append(unreadable(shown))
		}
	}
	if ds.HasErrors() {
		return nil, ds
	}
	return &in, ds
}
