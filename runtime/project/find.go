package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/leat-dev/leat/lang/syntax"
)

// RootFile is the file whose folder is a project's root.
const RootFile = syntax.RootFile

// ErrNoProject says that no folder from the start upward holds a leat.hcl.
var ErrNoProject = errors.New("no leat.hcl here or in any folder above")

// FindRoot returns the nearest folder from dir upward that holds a leat.hcl,
// as an absolute path.
func FindRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find project: %w", err)
	}
	for {
		if isFile(filepath.Join(dir, RootFile)) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", ErrNoProject
		}
		dir = up
	}
}

// skipped reports whether a folder is never searched for files of ours: what
// dbt writes or installs, and hidden folders.
func skipped(name string) bool {
	return name == "target" || name == "dbt_packages" || (strings.HasPrefix(name, ".") && name != ".")
}

// FindDBT returns the folders of the nearest dbt_project.yml: the first one
// upward from root, else those of the nearest level downward, alphabetical.
// There are none when there is no dbt project.
func FindDBT(root string) ([]string, error) {
	for dir := root; ; dir = filepath.Dir(dir) {
		if isFile(filepath.Join(dir, "dbt_project.yml")) {
			return []string{dir}, nil
		}
		if filepath.Dir(dir) == dir {
			break
		}
	}
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && skipped(d.Name()) {
			return filepath.SkipDir
		}
		if !d.IsDir() && d.Name() == "dbt_project.yml" {
			found = append(found, filepath.Dir(path))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search for dbt_project.yml: %w", err)
	}
	depth := func(p string) int { return strings.Count(p, string(filepath.Separator)) }
	sort.Slice(found, func(i, j int) bool {
		if di, dj := depth(found[i]), depth(found[j]); di != dj {
			return di < dj
		}
		return found[i] < found[j]
	})
	for i := range found {
		if depth(found[i]) != depth(found[0]) {
			return found[:i], nil
		}
	}
	return found, nil
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// relative returns path as users see it: relative to the root where it lies
// below it or near it, with slashes.
func relative(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil && strings.Count(rel, "..") <= 3 {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}
