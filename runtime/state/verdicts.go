package state

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
)

// verdictFile is verdicts.json: what dbt's run results last said of tests and
// builds. dbt overwrites its own file with every command.
type verdictFile struct {
	FormatVersion string         `json:"format_version"`
	Environment   string         `json:"environment"`
	Verdicts      []plan.Verdict `json:"verdicts"` // by id
}

// VerdictFile is where verdicts are kept.
func (s *Store) VerdictFile() string { return filepath.Join(s.dir, "verdicts.json") }

// Verdicts returns the verdicts kept, by id; none where nothing is.
func (s *Store) Verdicts() ([]plan.Verdict, diag.Diagnostics, error) {
	path := s.VerdictFile()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read verdicts: %w", err)
	}
	var f verdictFile
	if err := json.Unmarshal(data, &f); err != nil || f.FormatVersion == "" {
		return nil, diag.Diagnostics{diag.New(diag.StateDamaged, diag.Range{Filename: path},
			"The file %s, which keeps the verdicts of dbt tests, is damaged. Restore it from a backup, or remove it: the next `dbt test` brings the verdicts back.", path)}, nil
	}
	if major, _, _ := strings.Cut(f.FormatVersion, "."); major != "1" {
		return nil, diag.Diagnostics{diag.New(diag.StateVersion, diag.Range{Filename: path},
			"The state file %s has format version %.20q; this leat reads version 1. Use the leat that wrote it, or upgrade.", path, f.FormatVersion)}, nil
	}
	if f.Environment != s.env {
		return nil, diag.Diagnostics{diag.New(diag.StateEnvironment, diag.Range{Filename: path},
			"The file %s was made for environment %q, not %q. State of one environment is never read by another.", path, f.Environment, s.env)}, nil
	}
	return f.Verdicts, nil, nil
}

// KeepVerdicts adds verdicts to those kept: of each node the newest stays.
// Those without a time are left out, as nothing could tell when they are
// outdated. Where nothing is new, nothing is written. The caller holds the
// lock.
func (s *Store) KeepVerdicts(fresh []plan.Verdict) (diag.Diagnostics, error) {
	kept, ds, err := s.Verdicts()
	if err != nil || ds.HasErrors() {
		return ds, err
	}
	next := slices.Clone(kept)
	for _, v := range fresh {
		if v.At == "" {
			continue
		}
		i, found := slices.BinarySearchFunc(next, v.ID, func(o plan.Verdict, id string) int { return cmp.Compare(o.ID, id) })
		switch {
		case !found:
			next = slices.Insert(next, i, v)
		case next[i].At <= v.At:
			next[i] = v
		}
	}
	if slices.Equal(next, kept) {
		return nil, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(verdictFile{FormatVersion, s.env, next}); err != nil {
		return nil, fmt.Errorf("encode verdicts: %w", err)
	}
	return nil, writeFile(s.VerdictFile(), b.Bytes())
}
