package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Encode returns the document's canonical bytes: JSON with keys in struct
// order, indented by one space, ending in a newline. The same document always
// gives the same bytes.
func Encode(d *Document) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return b.Bytes(), nil
}

// Digest names a plan by its bytes: "sha256:" and 64 hex digits. A trailing
// newline does not count.
func Digest(doc []byte) string {
	sum := sha256.Sum256(bytes.TrimRight(doc, "\n"))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ID returns the part of a digest used as a folder name: the hex digits.
func ID(digest string) string { return strings.TrimPrefix(digest, "sha256:") }
