package selector

import (
	"encoding/json"
	"errors"

	"github.com/leat-dev/leat/compiler/ir"
)

// SavedFile is the file in which `validate --save-state` keeps the digests of
// activations, beside dbt's manifest.json.
const SavedFile = "leat_ir.json"

// savedVersion is of the format. Another first number is another format.
const savedVersion = "1.0"

type saved struct {
	FormatVersion string               `json:"format_version"`
	LeatVersion   string               `json:"leat_version"`
	Activations   map[string]ir.Digest `json:"activations"`
}

// Save encodes the digests of compiled activations: the same bytes for the
// same activations. leat is the version that compiled them.
func Save(activations []ir.Activation, leat string) []byte {
	doc := saved{FormatVersion: savedVersion, LeatVersion: leat, Activations: map[string]ir.Digest{}}
	for i := range activations {
		doc.Activations[activations[i].Name] = activations[i].Digest()
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic("internal error: " + err.Error()) // strings only
	}
	return append(b, '\n')
}

// ErrSaved says that bytes are not what [Save] writes.
var ErrSaved = errors.New("not a file of saved activations that this leat reads")

// Load decodes what [Save] wrote. The map is not nil when there is no error.
func Load(b []byte) (map[string]ir.Digest, error) {
	var doc saved
	if err := json.Unmarshal(b, &doc); err != nil || doc.FormatVersion != savedVersion || doc.Activations == nil {
		return nil, ErrSaved // a decoder's own words quote the file
	}
	return doc.Activations, nil
}
