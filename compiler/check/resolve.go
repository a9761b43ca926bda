package check

import (
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/syntax"
)

// Resolve answers `from` out of a manifest.
func Resolve(m *manifest.Manifest, from *syntax.SourceRef) manifest.Resolution {
	if from.Kind == syntax.Source {
		return m.ResolveSource(from.Source, from.Name)
	}
	name := from.Name
	if from.Version != "" {
		name += ".v" + from.Version
	}
	return m.ResolveRef(from.Package, name)
}
