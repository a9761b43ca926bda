package expr

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/function"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// Op is what a node does.
type Op string

// The operations. Comparisons have operands of one type; arithmetic has
// operands of one kind. Bad marks an expression with an error.
const (
	Bad     Op = "bad"
	Literal Op = "literal"
	Column  Op = "column"
	Member  Op = "member" // of a struct by Name, of a list by Index, of a json or an unknown value by either
	Call    Op = "call"
	Lookup  Op = "lookup" // the destination id of the record of another activation's row, whose id Args are
	Cast    Op = "cast"   // to the node's type; Checked when a value may not fit
	Neg     Op = "neg"
	Add     Op = "add"
	Sub     Op = "sub"
	Mul     Op = "mul"
	Div     Op = "div" // floats only
	Mod     Op = "mod" // integers only
	Eq      Op = "eq"
	Ne      Op = "ne"
	Lt      Op = "lt"
	Le      Op = "le"
	Gt      Op = "gt"
	Ge      Op = "ge"
	IsNull  Op = "is_null"
	NotNull Op = "not_null"
	And     Op = "and"
	Or      Op = "or"
	Not     Op = "not"
	If      Op = "if"
	Concat  Op = "concat"
	Secret  Op = "secret" // the value of the environment variable Name, as the key of a keyed function
)

// Node is one typed expression. It is never changed after compiling and safe
// for concurrent reading.
type Node struct {
	Op   Op
	Args []*Node
	Name string // Column: the source column, exactly as the source has it. Member: its name. Lookup: the activation, without its root. Secret: the environment variable
	// Relation is "" for a Column of `row`, else the root that its relation has.
	Relation string
	Index    int            // Member, when Indexed: its place, from 0
	Indexed  bool           // Member: found by place
	Value    value.Value    // Literal
	Func     *function.Func // Call
	Checked  bool           // Cast: a value that does not convert makes the row invalid

	info types.Info
	base types.Info // Column, Member: without what conditions around it prove
	rng  diag.Range
}

// Info returns the node's type, nullability and labels.
func (n *Node) Info() types.Info { return n.info }

// Type returns the node's type.
func (n *Node) Type() types.Type { return n.info.Type }

// Range returns the node's place in the file.
func (n *Node) Range() diag.Range { return n.rng }

// IsBad reports whether the node has an error that was reported.
func (n *Node) IsBad() bool { return n.Op == Bad }

// CallInfo returns what a Call node's function needs to know of the call.
func (n *Node) CallInfo() function.Call {
	c := function.Call{Result: n.info.Type}
	for _, a := range n.Args {
		c.Types = append(c.Types, a.info.Type)
		c.Consts = append(c.Consts, constant(a))
	}
	return c
}

func constant(n *Node) *value.Value {
	if n.Op == Literal {
		return &n.Value
	}
	return nil
}

// Columns returns the names of the source columns used, sorted.
func Columns(nodes ...*Node) []string { return ColumnsOf("", nodes...) }

// ColumnsOf returns the names of the columns used of one relation, sorted.
func ColumnsOf(relation string, nodes ...*Node) []string {
	set := map[string]bool{}
	var walk func(*Node)
	walk = func(n *Node) {
		if n.Op == Column && n.Relation == relation {
			set[n.Name] = true
		}
		for _, a := range n.Args {
			walk(a)
		}
	}
	for _, n := range nodes {
		if n != nil {
			walk(n)
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Key is a secret that an expression uses: the environment variable that holds
// it, and where that is written.
type Key struct {
	Env   string
	Range diag.Range
}

// Keys returns the secrets used, in the order of the expression.
func Keys(n *Node) []Key {
	if n.Op == Secret {
		return []Key{{n.Name, n.rng}}
	}
	var out []Key
	for _, a := range n.Args {
		out = append(out, Keys(a)...)
	}
	return out
}

// BareColumn returns the column's name when the node is a column and nothing
// else.
func BareColumn(n *Node) (name string, ok bool) {
	if n.Op != Column {
		return "", false
	}
	return n.Name, true
}

// Encode returns stable bytes for the meaning of a node: two nodes with the
// same bytes compute the same. Places, labels and nullability do not count.
func Encode(n *Node) []byte { return encode(nil, n) }

func encode(b []byte, n *Node) []byte {
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(string(n.Op))
	if n.Op == Column || n.Op == Member { // a filter that proves more changes no meaning
		text(n.base.Type.String())
	} else {
		text(n.info.Type.String())
	}
	switch n.Op {
	case Literal:
		text(n.Value.Literal())
	case Column, Lookup, Secret:
		text(n.Name)
		if n.Relation != "" {
			text(n.Relation)
		}
	case Member:
		text(n.step())
	case Call:
		text(n.Func.Name)
	}
	b = binary.AppendUvarint(b, uint64(len(n.Args)))
	for _, a := range n.Args {
		b = encode(b, a)
	}
	return b
}

// Hash returns the SHA-256 of [Encode], in hexadecimal.
func Hash(n *Node) string {
	h := sha256.Sum256(Encode(n))
	return hex.EncodeToString(h[:])
}
