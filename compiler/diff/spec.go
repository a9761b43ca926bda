package diff

import (
	"fmt"
	"strconv"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/types"
)

// Operations of a change set, as numbered in docs/formats/change-set.md. From
// Release on they change state only.
const (
	OpNone    = 0
	OpSend    = 1
	OpCreate  = 2
	OpUpdate  = 3
	OpRekey   = 4
	OpDelete  = 5
	OpArchive = 6
	OpClear   = 7
	OpAppend  = 8
	OpRelease = 20
	OpResolve = 21
	OpForget  = 22
	OpBlock   = 23
)

// OpName returns the operation's name in documents.
func OpName(op int) string { return opNames[op] }

var opNames = map[int]string{OpSend: "send", OpCreate: "create", OpUpdate: "update", OpRekey: "rekey", OpDelete: "delete",
	OpArchive: "archive", OpClear: "clear", OpAppend: "append", OpRelease: "release", OpResolve: "resolve", OpForget: "forget", OpBlock: "block"}

// Reasons for invalid rows that every activation knows; checks add their own.
const (
	NullID       = "null_id"
	NullKey      = "null_key"
	DuplicateID  = "duplicate_id"
	DuplicateKey = "duplicate_key"
	KeyTaken     = "key_taken"
)

// Reason is why rows are blocked, invalid, or held. A row counts under the
// first that applies; those that block come before the others.
type Reason struct {
	Reason, Field string
	Held          bool
	Blocked       bool
	NoID          bool // of Blocked: the row has no id
}

// Field is a mapped field with the rules of its effective payload.
type Field struct {
	Column
	Write       ir.Write
	Nulls       ir.Nulls
	EmptyIsNull bool
	Lookup      *Lookup // nil: the source gives the value
}

// Spec is everything the diff of one activation depends on. Its methods
// return SQL; the tables they name are made by the planner in the order of
// the methods in this package.
type Spec struct {
	Relation  string
	Where     string // "" is every row
	ID        []Column
	Key       []Column
	Fields    []Field
	Mode      ir.Mode
	OnRemoved ir.OnRemoved
	Withdrawn ir.OnRemoved // of records whose consent is gone; "" without Blocks
	OnUnknown ir.Unknown
	Rekey     bool
	Reasons   []Reason // number 1 is NullID; the source's "bad" column is an index+1

	idSQL, keySQL, fieldSQL, badSQL []string
	consent                         *consent // nil: none is asked for
	beside                          bool     // other activations keep records of the object: see Neighbour
	// keyHash is the hash of ids; tests weaken it to provoke collisions.
	keyHash func(salt int64, args string) string
}

// FromActivation builds the spec of an activation. Parts of the id are named
// uniquely: a repeated name gets its position appended.
func FromActivation(a *ir.Activation) *Spec {
	s := &Spec{Relation: a.Source.Relation, Mode: a.Mode, OnRemoved: a.Removed, OnUnknown: a.Deliver.OnUnknown,
		Rekey: a.Target.Schema.Rekey, keyHash: KeyHash}
	if a.Where != nil {
		s.Where = a.Where.SQL
	}
	s.reason(NullID, "", "")
	seen := map[string]bool{}
	for i, c := range a.ID {
		name := c.Name
		if seen[name] {
			name += "_" + strconv.Itoa(i+1)
		}
		seen[name] = true
		s.ID = append(s.ID, Column{name, stored(c.Type)})
		s.idSQL = append(s.idSQL, canonical(c.Expr.SQL, c.Type))
	}
	s.block(a.Consent)
	for _, m := range a.Key {
		s.Key = append(s.Key, Column{m.Field, stored(m.Type)})
		s.keySQL = append(s.keySQL, value(&m))
	}
	for i, m := range a.Key {
		s.reason(NullKey, m.Field, "k"+strconv.Itoa(i)+" IS NULL")
	}
	for _, m := range a.Fields {
		s.Fields = append(s.Fields, Field{Column{m.Field, stored(m.Type)}, m.Write, m.Nulls, m.EmptyIsNull, lookupOf(&m)})
		s.fieldSQL = append(s.fieldSQL, value(&m))
	}
	for _, ms := range [][]ir.Mapping{a.Key, a.Fields} {
		for _, m := range ms {
			for _, c := range m.Checks {
				s.reason(c.Reason, c.Field, "("+c.SQL+")")
			}
		}
	}
	s.hold(a)
	s.await()
	return s
}

// WithKeyHash returns a copy that hashes ids with another function.
func (s *Spec) WithKeyHash(f func(salt int64, args string) string) *Spec {
	c := *s
	c.keyHash = f
	return &c
}

// KeyHash is the hash of ids with a salt: SQL over a list of columns.
func KeyHash(salt int64, args string) string {
	return "hash(" + strconv.FormatInt(salt, 10) + "::BIGINT, " + args + ")"
}

func (s *Spec) reason(reason, field, sql string) {
	s.Reasons = append(s.Reasons, Reason{Reason: reason, Field: field})
	s.badSQL = append(s.badSQL, sql)
}

func stored(t types.Type) string { return t.String() }

func value(m *ir.Mapping) string {
	v := canonical(m.Expr.SQL, m.Type)
	if m.EmptyIsNull && duckType(m.Type) == "VARCHAR" {
		return "nullif(" + v + ", '')"
	}
	return v
}

// Columns returns the fields without their rules.
func (s *Spec) Columns() []Column {
	out := make([]Column, len(s.Fields))
	for i, f := range s.Fields {
		out[i] = f.Column
	}
	return out
}

// compared lists the fields that take part in the row hashes: a field that is
// only sent on creation never makes an existing row differ.
func (s *Spec) compared() []int {
	var out []int
	for i, f := range s.Fields {
		if f.Write != ir.WriteCreate {
			out = append(out, i)
		}
	}
	return out
}

// IDTag names what hashes of ids are made with.
func (s *Spec) IDTag(engine string, salt int64) string {
	tag := fmt.Sprintf("%s;%d;", engine, salt)
	for _, c := range s.ID {
		tag += strconv.Quote(c.Name) + c.Type + ","
	}
	return tag
}

// Tag names what an index was made with. Index rows made under another tag are
// never compared.
func (s *Spec) Tag(engine string, salt int64) string {
	tag := s.IDTag(engine, salt) + ";rh;"
	for _, c := range s.Key {
		tag += strconv.Quote(c.Name) + c.Type + ","
	}
	tag += ";"
	for _, i := range s.compared() {
		tag += strconv.Quote(s.Fields[i].Name) + s.Fields[i].Type + ","
		if s.Fields[i].Lookup != nil {
			tag += "lookup,"
		}
	}
	return tag
}

// hashes is the select list of kh, hk and rh over columns i*, k* and a prefix
// for field values: f of the source, b of state, which has no pending value. holds says when the row holds its key. rh builds on the
// hashes of id and key, so that long ones are not hashed twice.
func (s *Spec) hashes(salt int64, field, holds string) string {
	ids := each(len(s.ID), ", ", col("i"))
	keys := each(len(s.Key), ", ", col("k"))
	all := "kh, hk"
	for _, i := range s.compared() {
		all += ", " + field + strconv.Itoa(i)
		if s.Fields[i].Lookup != nil && field == "f" {
			all += ", x" + strconv.Itoa(i)
		} else if s.Fields[i].Lookup != nil {
			all += ", NULL::VARCHAR"
		}
	}
	hk := "NULL::UBIGINT"
	if len(s.Key) > 0 {
		hk = "CASE WHEN " + holds + " THEN hash(" + keys + ") END"
	}
	return s.keyHash(salt, ids) + " AS kh, " + hk + " AS hk, hash(" + all + ") AS rh"
}

func notNull(n int, prefix string) string {
	if n == 0 {
		return "true"
	}
	return "(" + each(n, " AND ", func(i int) string { return prefix + strconv.Itoa(i) + " IS NOT NULL" }) + ")"
}

// OfState builds the spec of rows that are copied within state.
func OfState(id, key []Column) *Spec { return &Spec{ID: id, Key: key, keyHash: KeyHash} }

// FromPlan builds the part of the spec that committing needs: a plan holds no
// expressions.
func FromPlan(a *plan.Activation) *Spec {
	s := &Spec{Mode: ir.Mode(a.Mode), OnRemoved: ir.OnRemoved(a.OnRemoved), keyHash: KeyHash}
	if a.Consent != nil {
		s.Withdrawn = ir.OnRemoved(a.Consent.OnWithdrawn)
	}
	columns := func(from []plan.Column) []Column {
		out := make([]Column, len(from))
		for i, c := range from {
			out[i] = Column{c.Name, c.Type}
		}
		return out
	}
	s.ID, s.Key = columns(a.ID), columns(a.Key)
	for _, c := range a.Fields {
		s.Fields = append(s.Fields, Field{Column: Column{c.Name, c.Type}, Write: ir.Write(c.Write), Nulls: ir.Nulls(c.Nulls), Lookup: fromPlan(c.Lookup)})
	}
	return s
}
