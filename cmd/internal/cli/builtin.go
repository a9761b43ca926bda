package cli

import (
	"fmt"
	"slices"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/plugins/file"
	"github.com/leat-dev/leat/plugins/http"
	"github.com/leat-dev/leat/plugins/hubspot"
	"github.com/leat-dev/leat/plugins/postgres"
	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/runtime/pluginhost"
)

// builtins makes the plugins that are part of the executable, ordered by
// type. The executable starts itself again to run one, so an install is one
// file.
var builtins = []struct {
	name string
	make func() sdk.Plugin
}{
	{"file", file.New},
	{"http", http.New},
	{"hubspot", hubspot.New},
	{"postgres", postgres.New},
}

// ServePlugin runs the built-in plugin the arguments ask for, and reports
// whether they asked for one. main calls it before anything else.
func ServePlugin(args []string) bool {
	if len(args) != 2 || args[0] != pluginhost.InternalCommand {
		return false
	}
	for _, b := range builtins {
		if b.name == args[1] {
			sdk.Serve(b.make())
			return true
		}
	}
	return false
}

// description is what a plugin type says of itself.
type description struct {
	schema *schema.Destination
	digest string
}

// descriptions describes every built-in plugin without starting one.
func descriptions() (map[string]description, error) {
	out := make(map[string]description, len(builtins))
	for _, b := range builtins {
		proto := sdk.Describe(b.make())
		s, err := pluginhost.SchemaOf(proto)
		if err != nil {
			return nil, fmt.Errorf("internal error: built-in plugin %s: %w", b.name, err)
		}
		out[b.name] = description{s, pluginhost.DescribeDigest(proto)}
	}
	return out, nil
}

func pluginNames(ds map[string]description) []string {
	names := make([]string, 0, len(ds))
	for n := range ds {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
