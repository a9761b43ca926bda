package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Decode reads a plan's bytes. name is the file's name, for diagnostics. A
// document that comes back can be walked without further checks: its lists are
// there, its indices are in range, its graph is ordered.
func Decode(data []byte, name string) (*Document, diag.Diagnostics) {
	at := diag.Range{Filename: name}
	fail := func(code diag.Code, detail string, args ...any) (*Document, diag.Diagnostics) {
		return nil, diag.Diagnostics{diag.New(code, at, detail, args...)}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return fail(diag.PlanEmpty, "The file %s is empty. Make the plan again with `leat plan -o FILE`.", name)
	}
	var head struct {
		FormatVersion *string `json:"format_version"`
		LeatVersion   *string `json:"leat_version"`
	}
	if !json.Valid(data) {
		if c := bytes.TrimSpace(data)[0]; c != '{' {
			return fail(diag.PlanForeign, "The file %s is not JSON, so it is no plan. `leat plan -o FILE` writes one.", name)
		}
		return fail(diag.PlanDamaged, "The file %s is not complete, valid JSON. Make the plan again, or fetch the file again.", name)
	}
	if err := json.Unmarshal(data, &head); err != nil || head.FormatVersion == nil || head.LeatVersion == nil {
		return fail(diag.PlanForeign, "The file %s is JSON, but not a plan that leat wrote. `leat plan -o FILE` writes one.", name)
	}
	if major, _, _ := strings.Cut(*head.FormatVersion, "."); major != "1" {
		return fail(diag.PlanVersion, "The plan %s has format version %.20q, written by leat %.40q; this leat reads version 1. Use the leat that wrote it, or plan again.",
			name, *head.FormatVersion, *head.LeatVersion)
	}
	d := &Document{}
	if err := json.Unmarshal(data, d); err != nil {
		return fail(diag.PlanDamaged, "The file %s does not have the shape of a plan. Make the plan again.", name)
	}
	if why := d.check(); why != "" {
		return fail(diag.PlanDamaged, "The plan %s contradicts itself: %s. Make the plan again.", name, why)
	}
	return d, nil
}

// check names the first broken invariant, or "".
func (d *Document) check() string {
	for i, a := range d.Activations {
		if a.Name == "" || a.Address != "activation."+a.Name {
			return "an activation has no name"
		}
		if i > 0 && d.Activations[i-1].Address >= a.Address {
			return "the activations are not in order"
		}
		if len(a.ID) == 0 {
			return "an activation has no id"
		}
	}
	for i, n := range d.Graph {
		switch {
		case n.ID != i:
			return "the graph is not numbered"
		case n.Activation < 0 || n.Activation >= len(d.Activations):
			return "a step belongs to no activation"
		case n.Kind != Deliver && n.Kind != Commit:
			return "a step has an unknown kind"
		case n.From < 0 || n.To < n.From || n.Phase < 0 || n.Phase > 3:
			return "a step has an impossible range"
		case slices.ContainsFunc(n.After, func(id int) bool { return id < 0 || id >= i }):
			return "a step waits for a later one"
		}
	}
	return ""
}
