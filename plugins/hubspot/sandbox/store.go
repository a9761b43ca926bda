package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// record is one record. A record in a table is never changed: a write puts another one in its place.
type record struct {
	id      int64
	created time.Time
	updated time.Time
	values  map[string]string // what has a value, without the system's properties
}

// value is the value of a property, the system's included.
func (r *record) value(o *Object, name string) (string, bool) {
	switch name {
	case "hs_object_id":
		return strconv.FormatInt(r.id, 10), true
	case "createdate":
		return instant(r.created), true
	case o.Modified:
		return instant(r.updated), true
	}
	v, ok := r.values[name]
	return v, ok
}

// table is an object with its properties and records.
type table struct {
	Object
	properties map[string]*Property
	records    map[int64]*record
	ids        []int64                     // of records, ascending
	index      map[string]map[string]int64 // unique property, value: id
}

func newTable(o Object) *table {
	t := &table{Object: o, properties: map[string]*Property{}, records: map[int64]*record{}, index: map[string]map[string]int64{}}
	for _, p := range slices.Concat(system(&o), o.Properties) {
		t.define(p)
	}
	return t
}

// define adds a property. The caller has made sure that there is none of that name.
func (t *table) define(p Property) {
	t.properties[p.Name] = &p
	if p.HasUniqueValue {
		t.index[p.Name] = map[string]int64{}
	}
}

// sorted lists the properties by name.
func (t *table) sorted() []*Property {
	return slices.SortedFunc(maps.Values(t.properties), func(a, b *Property) int { return cmp.Compare(a.Name, b.Name) })
}

// by finds a record by the value of a unique property.
func (t *table) by(property, value string) *record {
	id, ok := t.index[property][value]
	if !ok {
		return nil
	}
	return t.records[id]
}

// byID finds a record by the text of its id.
func (t *table) byID(text string) *record {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return t.records[id]
}

// put adds a record or replaces the one with its id. Unique values are the caller's to check.
func (t *table) put(r *record) {
	if old := t.records[r.id]; old != nil {
		t.unindex(old)
	} else if at, found := slices.BinarySearch(t.ids, r.id); !found {
		t.ids = slices.Insert(t.ids, at, r.id)
	}
	t.records[r.id] = r
	for name, values := range t.index {
		if v, ok := r.values[name]; ok {
			values[v] = r.id
		}
	}
}

// drop removes a record.
func (t *table) drop(r *record) {
	t.unindex(r)
	delete(t.records, r.id)
	if at, found := slices.BinarySearch(t.ids, r.id); found {
		t.ids = slices.Delete(t.ids, at, at+1)
	}
}

func (t *table) unindex(r *record) {
	for name, values := range t.index {
		if v, ok := r.values[name]; ok && values[v] == r.id {
			delete(values, v)
		}
	}
}

// taken names the first unique property, by name, whose value in r belongs to another record.
func (t *table) taken(r *record) (property string, other int64) {
	for _, name := range slices.Sorted(maps.Keys(t.index)) {
		if v, ok := r.values[name]; ok {
			if id, used := t.index[name][v]; used && id != r.id {
				return name, id
			}
		}
	}
	return "", 0
}

// crm is the account's content.
type crm struct {
	tables []*table
	next   int64 // the id of the next record
}

func newCRM(objects []Object, first int64) *crm {
	c := &crm{next: first}
	for _, o := range objects {
		c.tables = append(c.tables, newTable(o))
	}
	return c
}

// table finds an object by its name in a path: name, type id, or p<portal>_name for custom ones.
func (c *crm) table(name string, portal int64) *table {
	for _, t := range c.tables {
		if name == t.Name || name == t.TypeID || t.custom() && name == fullName(t, portal) {
			return t
		}
	}
	return nil
}

// fullName is the vendor's fully qualified name of a custom object.
func fullName(t *table, portal int64) string {
	return "p" + strconv.FormatInt(portal, 10) + "_" + t.Name
}
