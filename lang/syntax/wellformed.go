package syntax

import (
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/lang/diag"
)

// WellFormed returns what keeps a file from being read as HCL, sorted. What
// its blocks and attributes mean is left to [Parse].
func WellFormed(f File) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, part := range read(f) {
		ds.Extend(part.diags)
	}
	if len(ds) == 0 && !utf8.Valid(f.Bytes) { // HCL lets it pass in comments and in names without quotes
		ds.Append(diag.New(diag.InvalidEncoding, diag.Range{Filename: f.Name, Start: hcl.InitialPos, End: hcl.InitialPos}, "Save the file as UTF-8."))
	}
	return ds.Sorted()
}
