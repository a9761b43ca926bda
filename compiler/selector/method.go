package selector

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// method is one way to select.
type method struct {
	args   bool     // METHOD.ARG: is allowed
	values []string // all values there are; nil for any
	form   string   // what values look like, where values is nil and valid is not
	valid  func(value string) bool
	// matcher returns what decides for a node. It is asked once a criterion. It
	// is nil for selector, which selects, and so is no entry of a table.
	matcher func(r *run, c Criterion) func(*node) bool
	// known are values that would match something, for suggestions; nil: none.
	known func(r *run) []string
}

// methods are those of dbt, and of leat: activation and destination.
var methods = methodTable()

func methodTable() map[string]method {
	out := map[string]method{
		"fqn":         {matcher: byFQN, known: names},
		"activation":  {matcher: byActivation, known: activationNames},
		"destination": {matcher: byDestination, known: destinations},
		"tag":         {matcher: byAny((*node).tags), known: each((*node).tags)},
		"path":        {matcher: byPath, known: each((*node).paths)},
		"file":        {matcher: byFile, known: each(fileNames)},
		"package":     {matcher: byPackage, known: each(packageOf)},
		"config":      {args: true, matcher: byConfig},
		"group":       {matcher: byAny(groupOf), known: each(groupOf)},
		"access":      {values: []string{"private", "protected", "public"}, matcher: byAny(accessOf)},
		"version":     {values: []string{"latest", "prerelease", "old", "none"}, matcher: byVersion},
		"resource_type": {values: resourceTypes, matcher: func(_ *run, c Criterion) func(*node) bool {
			return func(n *node) bool { return n.resource() == c.Value }
		}},
		"source": {matcher: bySource, known: each(sourceOf), form: "SOURCE, SOURCE.TABLE or PACKAGE.SOURCE.TABLE",
			valid: func(v string) bool { return strings.Count(v, ".") <= 2 }},
		"test_name": {matcher: byTestName, known: each(testNames)},
		"test_type": {values: []string{"unit", "data", "generic", "singular", "schema"}, matcher: byTestType},
		"state":     {values: stateValues(), matcher: byState},
		"result":    {values: resultValues, matcher: byResult},
		"selector":  {known: func(r *run) []string { return r.req.Definitions.Names() }},
	}
	for _, resource := range []string{"exposure", "metric", "semantic_model", "saved_query", "unit_test", "function"} {
		out[resource] = named(resource)
	}
	return out
}

// resourceTypes are dbt's, and activation.
var resourceTypes = []string{"activation", "analysis", "exposure", "function", "metric", "model", "saved_query", "seed",
	"semantic_model", "snapshot", "source", "test", "unit_test"}

// unsupported are methods of dbt that need what leat does not read.
var unsupported = map[string]string{
	"source_status": "It compares two sources.json, which leat does not read.",
	"column":        "dbt has it for internal use only.",
}

// Methods returns the names of all methods, sorted.
func Methods() []string { return slices.Sorted(maps.Keys(methods)) }

// checkMethod reports a method that does not exist, or does not take what it
// was given.
func checkMethod(c Criterion) *diag.Diagnostic {
	m, ok := methods[c.Method]
	var d diag.Diagnostic
	switch {
	case !ok && unsupported[c.Method] != "":
		d = diag.New(diag.SelectorMethodUnknown, c.Range, "leat does not select by %q. %s", c.Method, unsupported[c.Method]).
			WithSummary("Selection method %q is not supported", c.Method)
	case !ok:
		d = diag.New(diag.SelectorMethodUnknown, c.Range, "In %q, %q is not a method.%s The methods are %s.", c.Raw, c.Method,
			diag.DidYouMean(c.Method, Methods()), strings.Join(Methods(), ", ")).WithSummary("Unknown selection method %q", c.Method)
	case len(c.Args) > 0 && !m.args:
		d = diag.New(diag.SelectionInvalid, c.Range, "In %q, the method %s takes nothing after a dot. Only config does, as in config.materialized:table.", c.Raw, c.Method).
			WithSummary("%q is not a selection", c.Raw)
	case len(c.Args) == 0 && m.args || slices.Contains(c.Args, ""):
		d = diag.New(diag.SelectionInvalid, c.Range, "In %q, name the configuration after a dot, as in config.materialized:table.", c.Raw).
			WithSummary("%q is not a selection", c.Raw)
	case m.values != nil && !slices.Contains(m.values, c.Value):
		d = diag.New(diag.SelectorValueInvalid, c.Range, "%s takes one of %s.%s", c.Method, strings.Join(m.values, ", "), diag.DidYouMean(c.Value, m.values)).
			WithSummary("%s has no value %q", c.Method, c.Value)
	case m.valid != nil && !m.valid(c.Value):
		d = diag.New(diag.SelectorValueInvalid, c.Range, "%s takes %s.", c.Method, m.form).WithSummary("%s does not take %q", c.Method, c.Value)
	default:
		return nil
	}
	return &d
}

// byFQN is the method without a name.
func byFQN(_ *run, c Criterion) func(*node) bool {
	return func(n *node) bool {
		if n.activation != nil && matchActivation(n.activation.Name, c.Value) {
			return true
		}
		versioned := n.dbt != nil && n.dbt.Version != ""
		return matchFQN(n.fqn, c.Value, versioned) || len(n.fqn) > 1 && matchFQN(n.fqn[1:], c.Value, versioned)
	}
}

// matchFQN follows dbt: the last part is the name and may stand alone, of a
// versioned model as customers, customers.v2 or customers_v2; else the value is
// the beginning of the path, its first part with a wildcard taking the rest.
func matchFQN(fqn []string, value string, versioned bool) bool {
	if len(fqn) == 0 {
		return false
	}
	parts := strings.Split(value, ".")
	switch {
	case versioned && len(fqn) > 1:
		if fqn[len(fqn)-2] == value || strings.Join(fqn[len(fqn)-2:], "_") == strings.Join(parts[max(0, len(parts)-2):], "_") {
			return true
		}
	case fqn[len(fqn)-1] == value:
		return true
	}
	flat := strings.Split(strings.Join(fqn, "."), ".")
	if len(flat) < len(parts) {
		return false
	}
	for i, p := range parts {
		if wild(p) {
			return match(strings.Join(flat[i:], "."), strings.Join(parts[i:], "."))
		}
		if flat[i] != p {
			return false
		}
	}
	return true
}

// matchActivation compares the name or address of an activation. The name of
// an activation with for_each means all its instances.
func matchActivation(name, value string) bool {
	value = strings.TrimPrefix(value, "activation.")
	base, _, _ := strings.Cut(name, "[")
	return name == value || base == value
}

func byActivation(_ *run, c Criterion) func(*node) bool {
	return func(n *node) bool {
		if n.activation == nil {
			return false
		}
		base, _, _ := strings.Cut(n.activation.Name, "[")
		return matchActivation(n.activation.Name, c.Value) || match(n.activation.Name, c.Value) || match(base, c.Value)
	}
}

// byDestination takes TYPE, NAME, TYPE.NAME or TYPE.NAME.OBJECT, with or
// without "destination." before it.
func byDestination(_ *run, c Criterion) func(*node) bool {
	want := strings.SplitN(strings.TrimPrefix(c.Value, "destination."), ".", 3)
	return func(n *node) bool {
		a := n.activation
		if a == nil {
			return false
		}
		have := []string{a.Plugin, a.Destination, a.Object}
		for i, w := range want {
			if !match(have[i], w) {
				return len(want) == 1 && match(a.Destination, w)
			}
		}
		return true
	}
}

// byAny matches when one of a node's values does.
func byAny(of func(*node) []string) func(*run, Criterion) func(*node) bool {
	return func(_ *run, c Criterion) func(*node) bool {
		return func(n *node) bool {
			return slices.ContainsFunc(of(n), func(v string) bool { return match(v, c.Value) })
		}
	}
}

func groupOf(n *node) []string {
	if n.dbt == nil {
		return nil
	}
	return nonEmpty(n.dbt.Group)
}

func accessOf(n *node) []string {
	if n.dbt == nil || n.dbt.Resource != "model" {
		return nil
	}
	return nonEmpty(n.dbt.Access)
}

func packageOf(n *node) []string { return nonEmpty(n.packageName()) }

func (n *node) packageName() string {
	if n.activation != nil {
		return n.fqn[0]
	}
	return n.dbt.Package
}

// byPackage takes the word this for the root project.
func byPackage(r *run, c Criterion) func(*node) bool {
	want := c.Value
	if want == "this" && r.req.Graph.dbt != nil {
		want = r.req.Graph.dbt.Metadata.Project
	}
	return func(n *node) bool { return match(n.packageName(), want) }
}

// byPath matches a file or a folder above it.
func byPath(_ *run, c Criterion) func(*node) bool {
	return func(n *node) bool {
		return slices.ContainsFunc(n.paths(), func(p string) bool { return matchPath(p, c.Value) })
	}
}

// fileNames are the names of the file that defines a node, with and without
// what follows the dot.
func fileNames(n *node) []string {
	paths := n.paths()
	if len(paths) == 0 {
		return nil
	}
	name := path.Base(paths[0])
	return []string{name, strings.TrimSuffix(name, path.Ext(name))}
}

func byFile(r *run, c Criterion) func(*node) bool { return byAny(fileNames)(r, c) }

// byConfig descends into the configuration: config.meta.owner:sales.
func byConfig(_ *run, c Criterion) func(*node) bool {
	return func(n *node) bool {
		var v any = n.config()
		for _, arg := range c.Args {
			m, ok := v.(map[string]any)
			if !ok {
				return false
			}
			if v, ok = m[arg]; !ok {
				return false
			}
		}
		switch v := v.(type) {
		case []any:
			return slices.ContainsFunc(v, func(e any) bool { return configEqual(e, c) })
		case []string:
			return slices.Contains(v, c.Value)
		case map[string]any:
			_, ok := v[c.Value]
			return ok
		}
		return configEqual(v, c)
	}
}

// configEqual compares a value with how it is written on the command line.
// Booleans and the severity of tests are compared without case, as in dbt.
func configEqual(v any, c Criterion) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v == c.Value || len(c.Args) == 1 && c.Args[0] == "severity" && strings.EqualFold(v, c.Value)
	case bool:
		return strings.EqualFold(fmt.Sprint(v), c.Value)
	}
	return fmt.Sprint(v) == c.Value
}

// byVersion selects among models by the version's place: dbt compares numbers
// as numbers.
func byVersion(_ *run, c Criterion) func(*node) bool {
	return func(n *node) bool {
		if n.dbt == nil || n.dbt.Resource != "model" {
			return false
		}
		if n.dbt.Version == "" {
			return c.Value == "none"
		}
		switch order := compareVersions(n.dbt.Version, n.dbt.LatestVersion); c.Value {
		case "latest":
			return order == 0
		case "prerelease":
			return order > 0
		case "old":
			return order < 0
		}
		return false
	}
}

// bySource takes SOURCE, SOURCE.TABLE or PACKAGE.SOURCE.TABLE.
func bySource(_ *run, c Criterion) func(*node) bool {
	parts := strings.Split(c.Value, ".")
	pkg, source, table := "*", parts[0], "*"
	switch len(parts) {
	case 2:
		table = parts[1]
	case 3:
		pkg, source, table = parts[0], parts[1], parts[2]
	}
	return func(n *node) bool {
		return n.resource() == "source" && match(n.dbt.Package, pkg) && match(n.dbt.SourceName, source) && match(n.dbt.Name, table)
	}
}

func sourceOf(n *node) []string {
	if n.resource() != "source" {
		return nil
	}
	return []string{n.dbt.SourceName, n.dbt.SourceName + "." + n.dbt.Name}
}

// named is the method of a resource type that is selected by its name, alone
// or after its package.
func named(resource string) method {
	return method{
		form: "NAME or PACKAGE.NAME", valid: func(v string) bool { return strings.Count(v, ".") <= 1 },
		matcher: func(_ *run, c Criterion) func(*node) bool {
			pkg, name := "*", c.Value
			if p, n, ok := strings.Cut(c.Value, "."); ok {
				pkg, name = p, n
			}
			return func(n *node) bool {
				return n.resource() == resource && match(n.dbt.Package, pkg) && match(n.dbt.Name, name)
			}
		},
		known: each(func(n *node) []string {
			if n.resource() != resource {
				return nil
			}
			return []string{n.dbt.Name}
		}),
	}
}

// testNames are the name of a generic test, alone and after its package.
func testNames(n *node) []string {
	if n.dbt == nil || n.dbt.TestName == "" {
		return nil
	}
	if n.dbt.TestNamespace == "" {
		return []string{n.dbt.TestName}
	}
	return []string{n.dbt.TestName, n.dbt.TestNamespace + "." + n.dbt.TestName}
}

func byTestName(r *run, c Criterion) func(*node) bool { return byAny(testNames)(r, c) }

func byTestType(_ *run, c Criterion) func(*node) bool {
	return func(n *node) bool {
		switch {
		case !n.test():
			return false
		case n.dbt.Resource == "unit_test":
			return c.Value == "unit"
		case c.Value == "data":
			return true
		case n.dbt.TestName != "":
			return c.Value == "generic" || c.Value == "schema"
		}
		return c.Value == "singular"
	}
}

// each gathers values of every node for suggestions.
func each(of func(*node) []string) func(*run) []string {
	return func(r *run) []string {
		seen := map[string]bool{}
		for i := range r.req.Graph.nodes {
			for _, v := range of(&r.req.Graph.nodes[i]) {
				seen[v] = true
			}
		}
		return slices.Sorted(maps.Keys(seen))
	}
}

func names(r *run) []string {
	return each(func(n *node) []string {
		switch {
		case n.activation != nil:
			return []string{n.activation.Name}
		case n.test():
			return nil
		}
		return []string{n.dbt.Name}
	})(r)
}

func activationNames(r *run) []string {
	return each(func(n *node) []string {
		if n.activation == nil {
			return nil
		}
		return []string{n.activation.Name}
	})(r)
}

func destinations(r *run) []string {
	return each(func(n *node) []string {
		a := n.activation
		if a == nil || a.Plugin == "" {
			return nil
		}
		return []string{a.Plugin, a.Destination, a.Plugin + "." + a.Destination, a.Plugin + "." + a.Destination + "." + a.Object}
	})(r)
}
