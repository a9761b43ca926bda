package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// SnapshotVersion is the snapshot format this package writes. Readers accept
// any minor of the same major.
const SnapshotVersion = "1.0"

// Snapshot is the schema of one destination block's account, as committed.
type Snapshot struct {
	FormatVersion string      `json:"format_version"`
	Plugin        string      `json:"plugin"`
	Destination   string      `json:"destination"`
	PluginVersion string      `json:"plugin_version"`
	API           string      `json:"api"`
	Account       string      `json:"account"`
	FetchedAt     string      `json:"fetched_at"`
	Objects       []docObject `json:"objects"`
}

type docObject struct {
	Name        string         `json:"name"`
	Label       string         `json:"label,omitempty"`
	Description string         `json:"description,omitempty"`
	Keys        []docKey       `json:"keys,omitempty"`
	KeysOpen    bool           `json:"keys_open,omitempty"`
	Readable    string         `json:"readable"`
	Removal     []string       `json:"removal,omitempty"`
	Rekey       bool           `json:"rekey,omitempty"`
	Replace     bool           `json:"replace,omitempty"`
	IDs         bool           `json:"ids,omitempty"`
	Operations  []docOperation `json:"operations"`
	FieldsOpen  bool           `json:"fields_open,omitempty"`
	Fields      []docField     `json:"fields"`
}

type docKey struct {
	Fields []string `json:"fields"`
	Unique bool     `json:"unique"`
}

type docOperation struct {
	Name          string   `json:"name"`
	Endpoint      string   `json:"endpoint"`
	Retry         string   `json:"retry"`
	MaxRecords    int      `json:"max_records,omitempty"`
	MaxBytes      int64    `json:"max_bytes,omitempty"`
	CallsPerBatch int      `json:"calls_per_batch,omitempty"`
	Limits        []string `json:"limits,omitempty"`
}

type docField struct {
	Name             string `json:"name"`
	Type             string `json:"type"`
	Label            string `json:"label,omitempty"`
	Description      string `json:"description,omitempty"`
	VendorType       string `json:"vendor_type,omitempty"`
	Nullable         bool   `json:"nullable,omitempty"`
	RequiredOnCreate bool   `json:"required_on_create,omitempty"`
	ReadOnly         bool   `json:"read_only,omitempty"`
	Unique           bool   `json:"unique,omitempty"`
	Clear            string `json:"clear,omitempty"`
	Normalise        string `json:"normalise,omitempty"`
	PII              string `json:"pii,omitempty"`
	EnumOpen         bool   `json:"enum_open,omitempty"`
}

// EncodeSnapshot returns the committed form of an account's schema: the same
// schema gives the same bytes, ending in a newline. destination is the name of
// the destination block.
func EncodeSnapshot(d *Destination, destination string) ([]byte, error) {
	doc := Snapshot{FormatVersion: SnapshotVersion, Plugin: d.Plugin, Destination: destination, PluginVersion: d.Version,
		API: d.API, Account: d.Account, FetchedAt: d.FetchedAt, Objects: []docObject{}}
	for _, o := range d.Objects {
		doc.Objects = append(doc.Objects, encodeObject(o))
	}
	slices.SortFunc(doc.Objects, func(a, b docObject) int { return strings.Compare(a.Name, b.Name) })
	return encode(doc)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

func encodeObject(o Object) docObject {
	out := docObject{Name: o.Name, Label: o.Label, Description: o.Description, KeysOpen: o.KeysOpen, Readable: string(o.Readable),
		Removal: o.Removal, Rekey: o.Rekey, Replace: o.Replace, IDs: o.IDs, FieldsOpen: o.FieldsOpen, Operations: []docOperation{}, Fields: []docField{}}
	for _, k := range o.Keys {
		out.Keys = append(out.Keys, docKey(k))
	}
	for _, op := range o.Operations {
		out.Operations = append(out.Operations, docOperation{op.Name, op.Endpoint, string(op.Retry), op.MaxRecords, op.MaxBytes, op.CallsPerBatch, op.Limits})
	}
	for _, f := range o.Fields {
		out.Fields = append(out.Fields, docField{Name: f.Name, Type: f.Type.String(), Label: f.Label, Description: f.Description,
			VendorType: f.VendorType, Nullable: f.Nullable, RequiredOnCreate: f.RequiredOnCreate, ReadOnly: f.ReadOnly,
			Unique: f.Unique, Clear: string(f.Clear), Normalise: f.Normalise, PII: f.PII, EnumOpen: f.EnumOpen})
	}
	slices.SortFunc(out.Operations, func(a, b docOperation) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(out.Fields, func(a, b docField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Digest names what an object accepts, by content: "sha256:" and 64 hex
// digits. Labels and descriptions do not count.
func (o Object) Digest() string {
	doc := encodeObject(o)
	doc.Label, doc.Description = "", ""
	for i := range doc.Fields {
		doc.Fields[i].Label, doc.Fields[i].Description = "", ""
	}
	b, err := encode(doc)
	if err != nil {
		panic(fmt.Sprintf("internal error: %v", err)) // plain data: cannot fail
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// DecodeSnapshot reads a snapshot file; name is its display name. base is the
// plugin type's own description, from which config, limits and evidence come:
// a snapshot does not repeat them.
func DecodeSnapshot(data []byte, name string, base Destination) (*Destination, string, diag.Diagnostics) {
	rng := diag.Range{Filename: name}
	bad := func(code diag.Code, format string, args ...any) (*Destination, string, diag.Diagnostics) {
		return nil, "", diag.Diagnostics{diag.New(code, rng, format, args...)}
	}
	const again = "Restore it from version control, or make it again with `leat destinations schema pull`."
	var doc Snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		why := "is not a schema snapshot"
		if len(bytes.TrimSpace(data)) == 0 {
			why = "is empty"
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			why = "is cut off"
		}
		return bad(diag.SnapshotUnreadable, "%s %s. "+again, name, why)
	}
	if major, _, _ := strings.Cut(doc.FormatVersion, "."); major != "1" {
		return bad(diag.SnapshotVersion, "%s has format version %q; this leat reads 1.x. Make it again with `leat destinations schema pull`.", name, doc.FormatVersion)
	}
	if base.Plugin != "" && doc.Plugin != base.Plugin {
		return bad(diag.SnapshotForeign, "%s describes a destination of type %q, not %q. Pull it again, or rename the file.", name, doc.Plugin, base.Plugin)
	}
	out := base
	out.Account, out.FetchedAt, out.NeedsPull, out.Objects = doc.Account, doc.FetchedAt, false, nil
	for _, o := range doc.Objects {
		obj, err := decodeObject(o)
		if err != nil {
			return bad(diag.SnapshotUnreadable, "%s: object %q: %s. "+again, name, o.Name, err)
		}
		out.Objects = append(out.Objects, obj)
	}
	return &out, doc.Destination, nil
}

func decodeObject(o docObject) (Object, error) {
	out := Object{Name: o.Name, Label: o.Label, Description: o.Description, KeysOpen: o.KeysOpen, Readable: Readable(o.Readable),
		Removal: o.Removal, Rekey: o.Rekey, Replace: o.Replace, IDs: o.IDs, FieldsOpen: o.FieldsOpen}
	for _, k := range o.Keys {
		out.Keys = append(out.Keys, Key(k))
	}
	for _, op := range o.Operations {
		out.Operations = append(out.Operations, Operation{Name: op.Name, Endpoint: op.Endpoint, Retry: Retry(op.Retry),
			MaxRecords: op.MaxRecords, MaxBytes: op.MaxBytes, CallsPerBatch: op.CallsPerBatch, Limits: op.Limits})
	}
	for _, f := range o.Fields {
		t, err := types.Parse(f.Type)
		if err != nil {
			return out, fmt.Errorf("field %q has the unknown type %q", f.Name, f.Type)
		}
		out.Fields = append(out.Fields, Field{Name: f.Name, Type: t, Label: f.Label, Description: f.Description, VendorType: f.VendorType,
			Nullable: f.Nullable, RequiredOnCreate: f.RequiredOnCreate, ReadOnly: f.ReadOnly, Unique: f.Unique,
			Clear: Clear(f.Clear), Normalise: f.Normalise, PII: f.PII, EnumOpen: f.EnumOpen})
	}
	return out, nil
}
