package manifest

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/leat-dev/leat/lang/diag"
)

// RunResults is the outcome of one dbt invocation, for the nodes it selected.
// A node that is absent did not fail: it was not selected. Messages and SQL are
// not kept, as they may hold values. It is never changed after
// [ReadRunResults] made it.
type RunResults struct {
	Name     string // display name of the file it came from
	Metadata Metadata
	Command  string   // "build", "test", "run", "generate", ...; "" when not stated
	Results  []Result // ordered by unique id
}

// Result is the outcome of one node.
type Result struct {
	UniqueID string
	// Status is dbt's word: success, error, skipped, ... for models; pass, fail,
	// warn, error, skipped for tests.
	Status      string
	CompletedAt time.Time // UTC, end of execution; zero when not stated
}

// RanTests reports whether the command executes tests. Others, such as docs
// generate and compile, list tests as a success although nothing ran.
func (r *RunResults) RanTests() bool {
	return r.Command == "build" || r.Command == "test" || r.Command == "retry"
}

// Built reports whether the command builds models.
func (r *RunResults) Built() bool {
	switch r.Command {
	case "build", "run", "seed", "snapshot", "retry":
		return true
	}
	return false
}

type rawArgs struct {
	Which      text `json:"which"`
	Invocation text `json:"invocation_command"`
}

type rawResult struct {
	UniqueID text `json:"unique_id"`
	Status   text `json:"status"`
	Timing   list[object[struct {
		Name        text `json:"name"`
		CompletedAt text `json:"completed_at"`
	}]] `json:"timing"`
}

// ReadRunResults reads a run_results.json. It behaves as [Read] does.
func ReadRunResults(r io.Reader, name string) (*RunResults, diag.Diagnostics) {
	a := &artifact{file: "run_results.json", schema: "run-results", min: 4, max: 6, command: "dbt build", name: name}
	out := &RunResults{Name: name}
	a.read(r, func(dec *jsontext.Decoder, key string) (bool, error) {
		switch key {
		case "args":
			var args object[rawArgs]
			err := json.UnmarshalDecode(dec, &args)
			out.Command = command(args.v)
			return true, err
		case "results":
			if dec.PeekKind() != '[' {
				return false, nil
			}
			var raw list[object[rawResult]]
			err := json.UnmarshalDecode(dec, &raw)
			for i := range raw {
				out.add(&raw[i].v)
			}
			return true, err
		}
		return false, nil
	})
	if a.diags.HasErrors() {
		return nil, a.diags
	}
	out.Metadata = a.meta
	slices.SortStableFunc(out.Results, func(x, y Result) int { return cmp.Compare(x.UniqueID, y.UniqueID) })
	return out, a.diags
}

func (r *RunResults) add(raw *rawResult) {
	if raw.UniqueID == "" {
		return
	}
	res := Result{UniqueID: string(raw.UniqueID), Status: strings.ToLower(string(raw.Status))}
	for _, t := range raw.Timing {
		if t.v.Name == "execute" {
			res.CompletedAt = parseTime(string(t.v.CompletedAt))
		}
	}
	r.Results = append(r.Results, res)
}

// command prefers the argument and falls back to the command line, as some
// releases write only one of them.
func command(a rawArgs) string {
	if a.Which != "" {
		return string(a.Which)
	}
	for _, w := range strings.Fields(string(a.Invocation)) {
		switch w {
		case "build", "test", "run", "retry", "seed", "snapshot", "compile", "docs", "generate":
			return w
		}
	}
	return ""
}
