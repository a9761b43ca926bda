package manifest

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/leat-dev/leat/lang/diag"
)

// Catalog is what `dbt docs generate` found in the warehouse: the columns of
// the relations that existed and were selected then. It is never changed after
// [ReadCatalog] made it.
type Catalog struct {
	Name      string // display name of the file it came from
	Metadata  Metadata
	relations map[string]*CatalogRelation
}

// CatalogRelation is a table or view as the warehouse described it.
type CatalogRelation struct {
	UniqueID string
	Type     string          // the warehouse's word: "BASE TABLE", "VIEW", "table", ...
	Columns  []CatalogColumn // in the order of the warehouse
}

// CatalogColumn is a column as the warehouse described it. Catalogs know
// nothing about nulls.
type CatalogColumn struct {
	Name     string // in the warehouse's own case
	DataType string // in the warehouse's own spelling; "" when it gave none
}

// Relation returns the entry of a unique id. It is missing for ephemeral,
// never built and unselected nodes. A nil catalog has no entries.
func (c *Catalog) Relation(uniqueID string) (*CatalogRelation, bool) {
	if c == nil {
		return nil, false
	}
	r, ok := c.relations[uniqueID]
	return r, ok
}

// Len returns the number of relations described.
func (c *Catalog) Len() int { return len(c.relations) }

type rawCatalogNode struct {
	Metadata object[struct {
		Type text `json:"type"`
	}] `json:"metadata"`
	Columns dict[object[rawCatalogColumn]] `json:"columns"`
}

type rawCatalogColumn struct {
	Type  text `json:"type"`
	Index text `json:"index"`
	Name  text `json:"name"`
}

// ReadCatalog reads a catalog.json. It behaves as [Read] does.
func ReadCatalog(r io.Reader, name string) (*Catalog, diag.Diagnostics) {
	a := &artifact{file: "catalog.json", schema: "catalog", min: 1, max: 1, command: "dbt docs generate", name: name}
	c := &Catalog{Name: name, relations: make(map[string]*CatalogRelation)}
	a.read(r, func(dec *jsontext.Decoder, key string) (bool, error) {
		if (key != "nodes" && key != "sources") || dec.PeekKind() != '{' {
			return false, nil
		}
		return true, eachMember(dec, func(id string) error {
			if dec.PeekKind() != '{' {
				return a.skipOdd(dec, key, id)
			}
			var raw rawCatalogNode
			if err := json.UnmarshalDecode(dec, &raw); err != nil {
				return err
			}
			c.relations[id] = raw.relation(id)
			return nil
		})
	})
	if a.diags.HasErrors() {
		return nil, a.diags
	}
	c.Metadata = a.meta
	return c, a.diags
}

func (n *rawCatalogNode) relation(id string) *CatalogRelation {
	type indexed struct {
		CatalogColumn
		index float64 // 1-based, 0-based on Spark
	}
	cols := make([]indexed, 0, len(n.Columns))
	for _, e := range n.Columns {
		i, err := strconv.ParseFloat(string(e.value.v.Index), 64)
		if err != nil {
			i = float64(len(cols))
		}
		cols = append(cols, indexed{CatalogColumn{cmp.Or(string(e.value.v.Name), e.key), string(e.value.v.Type)}, i})
	}
	slices.SortStableFunc(cols, func(x, y indexed) int { return cmp.Compare(x.index, y.index) })
	r := &CatalogRelation{UniqueID: id, Type: string(n.Metadata.v.Type)}
	for _, c := range cols {
		r.Columns = append(r.Columns, c.CatalogColumn)
	}
	return r
}

// CheckAge warns when the catalog was written more than maxGap before or after
// the manifest. Invocation ids differ even for a good pair, so only the time
// tells. Artifacts without a time are not judged.
func (c *Catalog) CheckAge(m *Manifest, maxGap time.Duration) diag.Diagnostics {
	at, other := c.Metadata.GeneratedAt, m.Metadata.GeneratedAt
	if at.IsZero() || other.IsZero() || at.Sub(other).Abs() <= maxGap {
		return nil
	}
	return diag.Diagnostics{diag.New(diag.CatalogStale, fileRange(c.Name),
		"%s was written at %s, %s at %s. Its column types may be out of date: run `dbt docs generate`.",
		c.Name, at.Format(time.RFC3339), m.Name, other.Format(time.RFC3339))}
}
