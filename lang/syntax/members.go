package syntax

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// RootFile is the file whose folder is the project root.
const RootFile = "leat.hcl"

// suffix ends the names of the other files of a configuration.
const suffix = ".leat.hcl"

// Members lists the files of the configuration whose root is the root of the
// file system: leat.hcl there, and every *.leat.hcl there and below, without
// target/, dbt_packages/ and hidden folders. Names are sorted and
// slash-separated. An error is that of the file system.
func Members(fsys fs.FS) ([]string, error) {
	var out []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("listing %s: %w", name, err)
		}
		if e.IsDir() {
			if name != "." && skipped(path.Base(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if Belongs(name) {
			out = append(out, name)
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// Belongs reports whether a file, named relative to the project root and
// slash-separated, is part of the configuration.
func Belongs(name string) bool {
	dirs := strings.Split(path.Dir(name), "/")
	if slices.ContainsFunc(dirs, func(d string) bool { return d != "." && skipped(d) }) {
		return false
	}
	base := path.Base(name)
	return name == RootFile || (strings.HasSuffix(base, suffix) && !strings.HasPrefix(base, "."))
}

func skipped(dir string) bool {
	return dir == "target" || dir == "dbt_packages" || strings.HasPrefix(dir, ".")
}
