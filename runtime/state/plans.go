package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
)

// Status is where a stored plan is in its life.
type Status string

// The statuses of a plan.
const (
	PlanOpen    Status = "open"
	PlanClaimed Status = "claimed"
	PlanDone    Status = "done"
)

// PlanClaim is the content of a claim or done file.
type PlanClaim struct {
	Run   string `json:"run"`
	Since string `json:"since"` // RFC 3339 UTC
}

// PlanDir is the folder of a stored plan: its plan.json, change sets, journal
// and outcomes.
func (s *Store) PlanDir(digest string) string {
	return filepath.Join(s.dir, "plans", plan.ID(digest))
}

// ChangeSetPath is the path of an activation's change set in a stored plan.
func (s *Store) ChangeSetPath(digest, activation string) string {
	return filepath.Join(s.PlanDir(digest), ChangeSetFile(activation))
}

// ChangeSetFile is the name of an activation's change set file.
func ChangeSetFile(activation string) string { return escape(activation) + ".changes.parquet" }

// Stage makes a private folder inside the state for the files of a plan being
// made. StorePlan moves it; otherwise the caller removes it.
func (s *Store) Stage() (string, error) {
	parent := filepath.Join(s.dir, "plans")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", fmt.Errorf("stage plan: %w", err)
	}
	dir, err := os.MkdirTemp(parent, ".staging-")
	if err != nil {
		return "", fmt.Errorf("stage plan: %w", err)
	}
	return dir, nil
}

// StorePlan turns a staging folder into the stored plan of a document. A plan
// that is already stored stays as it is, claim and journal included.
func (s *Store) StorePlan(doc []byte, staging string) (digest string, err error) {
	digest = plan.Digest(doc)
	dir := s.PlanDir(digest)
	if _, err := os.Stat(dir); err == nil {
		return digest, os.RemoveAll(staging)
	}
	if err := writeFile(filepath.Join(staging, "plan.json"), doc); err != nil {
		return "", err
	}
	if err := os.Rename(staging, dir); err != nil {
		return "", fmt.Errorf("store plan: %w", err)
	}
	return digest, syncDir(filepath.Dir(dir))
}

// LoadPlan returns a stored plan's bytes; nil when it is not stored. Bytes
// that do not fit the digest are the diagnostic StateDamaged.
func (s *Store) LoadPlan(digest string) ([]byte, diag.Diagnostics, error) {
	path := filepath.Join(s.PlanDir(digest), "plan.json")
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load plan: %w", err)
	}
	if plan.Digest(data) != digest {
		return nil, diag.Diagnostics{diag.New(diag.StateDamaged, diag.Range{Filename: path},
			"The stored plan does not have the digest it is stored under. Make a new plan.")}, nil
	}
	return data, nil, nil
}

// PlanStatus returns where a stored plan is in its life, and by whom it was
// claimed or done.
func (s *Store) PlanStatus(digest string) (Status, PlanClaim, error) {
	for _, f := range []struct {
		name   string
		status Status
	}{{"done", PlanDone}, {"claim", PlanClaimed}} {
		data, err := os.ReadFile(filepath.Join(s.PlanDir(digest), f.name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return "", PlanClaim{}, fmt.Errorf("plan status: %w", err)
		}
		var c PlanClaim
		_ = json.Unmarshal(data, &c) // a torn claim still claims
		return f.status, c, nil
	}
	return PlanOpen, PlanClaim{}, nil
}

// Claim claims an open plan for a run. resumed is true when it had been
// claimed before: the run goes on with that run's journal. A plan that is done
// is the diagnostic PlanDoneAlready.
func (s *Store) Claim(digest string, c PlanClaim) (resumed bool, ds diag.Diagnostics, err error) {
	status, prev, err := s.PlanStatus(digest)
	if err != nil {
		return false, nil, err
	}
	switch status {
	case PlanDone:
		return false, diag.Diagnostics{diag.New(diag.PlanDoneAlready, diag.Range{},
			"This plan was applied by run %s. A plan is applied once: make a new one with `leat plan -o FILE`.", prev.Run)}, nil
	case PlanClaimed:
		return true, nil, nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return false, nil, fmt.Errorf("claim plan: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.PlanDir(digest), "claim"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return false, nil, fmt.Errorf("claim plan: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close(), syncDir(s.PlanDir(digest)))
	if err != nil {
		return false, nil, fmt.Errorf("claim plan: %w", err)
	}
	return false, nil, nil
}

// Release gives a claimed plan back, unless it is done.
func (s *Store) Release(digest string) error {
	if err := os.Remove(filepath.Join(s.PlanDir(digest), "claim")); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("release plan: %w", err)
	}
	return syncDir(s.PlanDir(digest))
}

// Done marks a plan as applied: for good.
func (s *Store) Done(digest string, c PlanClaim) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("finish plan: %w", err)
	}
	return writeFile(filepath.Join(s.PlanDir(digest), "done"), append(data, '\n'))
}

// Unfinished returns the digests of plans that were claimed and are not done,
// in order.
func (s *Store) Unfinished() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "plans"))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		digest := "sha256:" + e.Name()
		status, _, err := s.PlanStatus(digest)
		if err != nil {
			return nil, err
		}
		if status == PlanClaimed {
			out = append(out, digest)
		}
	}
	return out, nil
}
