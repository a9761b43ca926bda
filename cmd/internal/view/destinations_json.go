package view

import (
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
)

// formatVersion is the version of every JSON document of a list or of one
// thing. Additions raise the minor, anything else the major.
const formatVersion = "1.0"

type jsonDestinationLine struct {
	Name      string   `json:"name"`
	Plugin    string   `json:"plugin"`
	Version   string   `json:"version"`
	API       string   `json:"api"`
	Evidence  string   `json:"evidence"`
	Open      bool     `json:"open"`
	NeedsPull bool     `json:"needs_pull"`
	Snapshot  string   `json:"snapshot,omitempty"`
	FetchedAt string   `json:"fetched_at,omitempty"`
	Account   string   `json:"account,omitempty"`
	Objects   []string `json:"objects"`
}

type jsonConfigField struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	Secret      bool   `json:"secret"`
	Default     string `json:"default,omitempty"`
	Description string `json:"description,omitempty"`
}

type jsonLimit struct {
	Name           string `json:"name"`
	Scope          string `json:"scope"`
	Amount         int64  `json:"amount"`
	Window         string `json:"window,omitempty"`
	Concurrent     int    `json:"concurrent,omitempty"`
	Counts         string `json:"counts,omitempty"`
	Description    string `json:"description,omitempty"`
	AmountFrom     string `json:"amount_from,omitempty"` // attributes of the config block
	ConcurrentFrom string `json:"concurrent_from,omitempty"`
}

type jsonField struct {
	Name             string   `json:"name"`
	Label            string   `json:"label,omitempty"`
	Description      string   `json:"description,omitempty"`
	Type             string   `json:"type"`
	Values           []string `json:"values,omitempty"`
	VendorType       string   `json:"vendor_type,omitempty"`
	Nullable         bool     `json:"nullable"`
	RequiredOnCreate bool     `json:"required_on_create"`
	ReadOnly         bool     `json:"read_only"`
	Unique           bool     `json:"unique"`
	Clear            string   `json:"clear"`
	Normalise        string   `json:"normalise,omitempty"`
	PII              string   `json:"pii,omitempty"`
	EnumOpen         bool     `json:"enum_open,omitempty"`
}

type jsonKey struct {
	Fields []string `json:"fields"`
	Unique bool     `json:"unique"`
}

type jsonOperation struct {
	Name          string   `json:"name"`
	Endpoint      string   `json:"endpoint,omitempty"`
	Retry         string   `json:"retry"`
	MaxRecords    int      `json:"max_records"`
	MaxBytes      int64    `json:"max_bytes"`
	CallsPerBatch int      `json:"calls_per_batch"`
	Limits        []string `json:"limits"`
}

type jsonObject struct {
	Name        string          `json:"name"`
	Label       string          `json:"label,omitempty"`
	Description string          `json:"description,omitempty"`
	FieldsOpen  bool            `json:"fields_open"`
	Fields      []jsonField     `json:"fields"`
	Keys        []jsonKey       `json:"keys"`
	KeysOpen    bool            `json:"keys_open"`
	Operations  []jsonOperation `json:"operations"`
	Readable    string          `json:"readable"`
	Removal     []string        `json:"removal"`
	Rekey       bool            `json:"rekey"`
	Replace     bool            `json:"replace"`
}

// DestinationsJSON renders the lists of [Destinations].
func DestinationsJSON(types, blocks []DestinationLine) []byte {
	return JSON(struct {
		FormatVersion string                `json:"format_version"`
		Types         []jsonDestinationLine `json:"types"`
		Destinations  []jsonDestinationLine `json:"destinations"`
	}{formatVersion, lineDocs(types), lineDocs(blocks)})
}

func lineDocs(lines []DestinationLine) []jsonDestinationLine {
	out := []jsonDestinationLine{}
	for _, l := range lines {
		d := jsonDestinationLine{Name: l.Name, Snapshot: l.File, Objects: []string{}}
		if s := l.Schema; s != nil {
			d.Plugin, d.Version, d.API, d.Evidence = s.Plugin, s.Version, s.API, string(s.Evidence)
			d.Open, d.NeedsPull, d.FetchedAt, d.Account = s.Open, s.NeedsPull, s.FetchedAt, s.Account
			for _, o := range s.Objects {
				d.Objects = append(d.Objects, o.Name)
			}
		}
		out = append(out, d)
	}
	return out
}

// DestinationJSON renders the document of [Destination].
func DestinationJSON(s *schema.Destination) []byte {
	doc := struct {
		FormatVersion string            `json:"format_version"`
		Plugin        string            `json:"plugin"`
		Version       string            `json:"version"`
		API           string            `json:"api"`
		Evidence      string            `json:"evidence"`
		Description   string            `json:"description"`
		Account       string            `json:"account,omitempty"`
		FetchedAt     string            `json:"fetched_at,omitempty"`
		Open          bool              `json:"open"`
		NeedsPull     bool              `json:"needs_pull"`
		EnvAllowed    []string          `json:"env_allowed"`
		Config        []jsonConfigField `json:"config"`
		Limits        []jsonLimit       `json:"limits"`
		Objects       []jsonObject      `json:"objects"`
	}{formatVersion, s.Plugin, s.Version, s.API, string(s.Evidence), s.Description, s.Account, s.FetchedAt, s.Open, s.NeedsPull,
		orEmpty(s.EnvAllowed), []jsonConfigField{}, []jsonLimit{}, []jsonObject{}}
	for _, c := range s.Config {
		doc.Config = append(doc.Config, jsonConfigField{c.Name, c.Type.String(), c.Required, c.Secret, c.Default, c.Description})
	}
	for _, l := range s.Limits {
		doc.Limits = append(doc.Limits, jsonLimit(l))
	}
	for i := range s.Objects {
		doc.Objects = append(doc.Objects, objectDoc(&s.Objects[i]))
	}
	return JSON(doc)
}

// ObjectJSON renders the document of [Object].
func ObjectJSON(o *schema.Object) []byte {
	return JSON(struct {
		FormatVersion string `json:"format_version"`
		jsonObject
	}{formatVersion, objectDoc(o)})
}

func objectDoc(o *schema.Object) jsonObject {
	d := jsonObject{Name: o.Name, Label: o.Label, Description: o.Description, FieldsOpen: o.FieldsOpen, KeysOpen: o.KeysOpen,
		Readable: string(o.Readable), Removal: orEmpty(o.Removal), Rekey: o.Rekey, Replace: o.Replace,
		Fields: []jsonField{}, Keys: []jsonKey{}, Operations: []jsonOperation{}}
	for _, f := range o.Fields {
		j := jsonField{Name: f.Name, Label: f.Label, Description: f.Description, Type: f.Type.String(), VendorType: f.VendorType,
			Nullable: f.Nullable, RequiredOnCreate: f.RequiredOnCreate, ReadOnly: f.ReadOnly, Unique: f.Unique,
			Clear: string(f.Clear), Normalise: f.Normalise, PII: f.PII, EnumOpen: f.EnumOpen}
		if f.Type.Kind == types.Enum {
			j.Values = f.Type.Values
		}
		d.Fields = append(d.Fields, j)
	}
	for _, k := range o.Keys {
		d.Keys = append(d.Keys, jsonKey{orEmpty(k.Fields), k.Unique})
	}
	for _, op := range o.Operations {
		d.Operations = append(d.Operations, jsonOperation{op.Name, op.Endpoint, string(op.Retry), op.MaxRecords, op.MaxBytes, max(1, op.CallsPerBatch), orEmpty(op.Limits)})
	}
	return d
}

// orEmpty makes a missing list an empty one: documents never hold null lists.
func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
