package selector

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
)

// Previous is an earlier run, as --state gives it.
type Previous struct {
	DBT         *manifest.Graph
	Activations map[string]ir.Digest // by name; nil: the folder does not say
	Results     *manifest.RunResults // nil: the folder has none
}

// modifications are the values of state:modified.PART.
var modifications = map[string]manifest.Part{
	"body": manifest.PartBody, "configs": manifest.PartConfigs, "persisted_descriptions": manifest.PartDescriptions,
	"relation": manifest.PartRelation, "contract": manifest.PartContract,
}

func stateValues() []string {
	out := []string{"new", "old", "modified", "unmodified", "modified.macros"}
	for part := range maps.Keys(modifications) {
		out = append(out, "modified."+part)
	}
	slices.Sort(out)
	return out
}

// resultValues are the statuses of dbt's run results.
var resultValues = []string{"error", "fail", "no-op", "partial success", "pass", "reused", "runtime error", "skipped", "success", "warn"}

// byState compares with the saved state. old are nodes that were there before,
// unmodified those of them that are as they were.
func byState(r *run, c Criterion) func(*node) bool {
	if r.req.Previous == nil || r.req.Previous.DBT == nil {
		r.needsState(c, "--state FOLDER, the folder with an earlier manifest.json")
		return nil
	}
	value, part, _ := strings.Cut(c.Value, ".")
	return func(n *node) bool {
		existed, modified := r.compare(n, part)
		switch value {
		case "new":
			return !existed
		case "old":
			return existed
		case "unmodified":
			return existed && !modified
		}
		return modified && (existed || part == "")
	}
}

func (r *run) needsState(c Criterion, what string) {
	r.diags.Append(diag.New(diag.SelectionNeedsState, c.Range, "%q compares with an earlier run: add %s. `leat validate --save-state FOLDER` keeps one.", c.Raw, what).
		WithSummary("%q needs a saved state", c.Raw))
}

// compare tells whether a node existed, and whether it is new or modified; with
// a part, whether that part is.
func (r *run) compare(n *node, part string) (existed, modified bool) {
	if n.activation != nil {
		return r.compareActivation(n.activation, part)
	}
	was, ok := r.req.Previous.DBT.Node(n.id)
	if !ok {
		return false, true
	}
	if part == "macros" {
		return true, r.req.Graph.dbt.MacrosModified(n.dbt, r.req.Previous.DBT)
	}
	parts := n.dbt.Modified(was)
	if part != "" {
		return true, slices.Contains(parts, modifications[part])
	}
	return true, len(parts) > 0 || r.req.Graph.dbt.MacrosModified(n.dbt, r.req.Previous.DBT)
}

func (r *run) compareActivation(a *Activation, part string) (existed, modified bool) {
	was, ok := r.req.Previous.Activations[a.Name]
	switch {
	case !ok:
		return false, true
	case a.Digest == nil:
		return true, true
	case part == "":
		return true, *a.Digest != was
	}
	now := map[string]string{"body": a.Digest.Body, "configs": a.Digest.Configs, "relation": a.Digest.Relation,
		"contract": a.Digest.Contract, "persisted_descriptions": a.Digest.Descriptions}
	before := map[string]string{"body": was.Body, "configs": was.Configs, "relation": was.Relation,
		"contract": was.Contract, "persisted_descriptions": was.Descriptions}
	return true, now[part] != before[part]
}

// byResult asks the run results of the saved state.
func byResult(r *run, c Criterion) func(*node) bool {
	if r.req.Previous == nil || r.req.Previous.Results == nil {
		r.needsState(c, "--state FOLDER, a folder with a run_results.json")
		return nil
	}
	hit := map[string]bool{}
	for _, res := range r.req.Previous.Results.Results {
		if res.Status == c.Value {
			hit[res.UniqueID] = true
		}
	}
	return func(n *node) bool { return hit[n.id] }
}

// bySelector selects what a YAML selector does.
func bySelector(r *run, c Criterion) func(*node) bool {
	def, why := r.req.Definitions.find(c.Value, c.Range)
	if r.diags.Extend(why); def == nil {
		return nil
	}
	if r.depth++; r.depth > 50 {
		return nil // reported where selectors.yml is read
	}
	defer func() { r.depth-- }()
	in := r.eval(def).direct
	return func(n *node) bool { return in[r.req.Graph.index[n.id]] }
}

// compareVersions orders versions as dbt does: as numbers when both are, else
// as text.
func compareVersions(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}
