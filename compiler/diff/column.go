package diff

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/types"
)

// Column is an id part, key field or field with its type as users write it.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Segment describes one immutable file of state rows: which columns it has,
// and with which IDTag the hashes of ids beside its rows were made. Segments
// of older versions have no such hashes.
type Segment struct {
	File   string   `json:"file"`
	Serial int64    `json:"serial"`
	Rows   int64    `json:"rows"`
	Hashed string   `json:"hashed,omitempty"`
	ID     []Column `json:"id"`
	Key    []Column `json:"key"`
	Fields []Column `json:"fields"`
	// Stored is what the file calls columns of key fields and fields that got
	// other names since, by their names now: "f:new": "f:old".
	Stored map[string]string `json:"stored,omitempty"`
}

// RenameKey returns the segment with another name for a key field.
func (s Segment) RenameKey(from, to string) Segment {
	s.Key = s.rename(s.Key, "k:", from, to)
	return s
}

// RenameField is RenameKey for a field.
func (s Segment) RenameField(from, to string) Segment {
	s.Fields = s.rename(s.Fields, "f:", from, to)
	return s
}

func (s *Segment) rename(cs []Column, prefix, from, to string) []Column {
	out, stored := slices.Clone(cs), maps.Clone(s.Stored)
	if stored == nil {
		stored = map[string]string{}
	}
	for i, c := range cs {
		switch c.Name {
		case to:
			out[i].Name = "" // a field that had the name before: nobody asks for it
			delete(stored, prefix+to)
		case from:
			out[i].Name = to
		}
	}
	if slices.ContainsFunc(out, func(c Column) bool { return c.Name == to }) {
		stored[prefix+to] = s.stored(prefix + from)
	}
	delete(stored, prefix+from)
	s.Stored = stored
	return out
}

// stored is the name of a column in the file.
func (s *Segment) stored(column string) string {
	if old, ok := s.Stored[column]; ok {
		return old
	}
	return column
}

// duckTypes maps the kinds that have a DuckDB type of their own. All others
// are kept as text: enum and uuid values, JSON, and what has no declared type.
var duckTypes = map[types.Kind]string{
	types.Bool:        "BOOLEAN",
	types.Int:         "BIGINT",
	types.Float:       "DOUBLE",
	types.Bytes:       "BLOB",
	types.Date:        "DATE",
	types.Time:        "TIME",
	types.Timestamp:   "TIMESTAMP",
	types.TimestampTZ: "TIMESTAMPTZ",
}

// DuckType returns the DuckDB type in which values of a leat type are compared
// and stored. A decimal without digits is kept as text, so that none is lost.
func DuckType(leatType string) (string, error) {
	t, err := types.Parse(leatType)
	if err != nil {
		return "", fmt.Errorf("type %q: %w", leatType, err)
	}
	return duckType(t), nil
}

func duckType(t types.Type) string {
	if t.Kind == types.Decimal && t.Precision > 0 {
		return "DECIMAL(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")"
	}
	if d, ok := duckTypes[t.Kind]; ok {
		return d
	}
	return "VARCHAR"
}

// canonical wraps an expression so that it yields the stored form of a type.
func canonical(sql string, t types.Type) string {
	switch t.Kind {
	case types.UUID:
		return "CAST(CAST(" + sql + " AS UUID) AS VARCHAR)"
	case types.List, types.Struct:
		return "CAST(to_json(" + sql + ") AS VARCHAR)"
	}
	return "CAST(" + sql + " AS " + duckType(t) + ")"
}

func ident(name string) string   { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// each joins f(0), f(1) .. f(n-1) with a separator.
func each(n int, sep string, f func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = f(i)
	}
	return strings.Join(parts, sep)
}

// col returns a function from i to prefix and number: k0, k1.
func col(prefix string) func(int) string {
	return func(i int) string { return prefix + strconv.Itoa(i) }
}

// list is each with a comma after every part, for use amid a select list.
func list(n int, f func(i int) string) string {
	return each(n, "", func(i int) string { return f(i) + ", " })
}
