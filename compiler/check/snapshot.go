package check

import (
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// ReadSnapshot reads the committed schema of a destination. base is what the
// plugin type says of itself. The schema is nil when there is an error.
func ReadSnapshot(text []byte, d addr.Destination, base Schema) (Schema, diag.Diagnostics) {
	file := SnapshotFile(d)
	s, name, ds := schema.DecodeSnapshot(text, file, *base.Schema)
	if s != nil && name != d.Name {
		ds.Append(diag.New(diag.SnapshotForeign, diag.Range{Filename: file}, "%s describes the destination %q, not %q. Pull it again, or rename the file.", file, name, d.Name))
		s = nil
	}
	if s == nil {
		return Schema{}, ds
	}
	return Schema{Schema: s, Digest: base.Digest, File: file}, ds
}
