package http

import (
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// body is a JSON object under way: members by name, in the order in which they
// came, each a value or an object of its own.
type body struct {
	names   []string
	members map[string]*body
	value   []byte // JSON; nil for an object
}

// at returns the member of a dotted name, made where it is missing.
func (b *body) at(dotted string) *body {
	for name := range strings.SplitSeq(dotted, ".") {
		next := b.members[name]
		if next == nil {
			next = &body{}
			if b.members == nil {
				b.members = make(map[string]*body)
			}
			b.members[name] = next
			b.names = append(b.names, name)
		}
		b = next
	}
	return b
}

func (b *body) appendJSON(dst []byte) []byte {
	if b.value != nil {
		return append(dst, b.value...)
	}
	dst = append(dst, '{')
	for i, name := range b.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = sdk.AppendJSONString(dst, name)
		dst = append(dst, ':')
		dst = b.members[name].appendJSON(dst)
	}
	return append(dst, '}')
}

// record makes the body of a row: the key fields that the path does not hold,
// then the fields that are sent, each in its place.
func (r *request) record(b *sdk.Batch, row int) []byte {
	top := &body{}
	into := top
	if r.Envelope != "" {
		into = top.at(r.Envelope)
	}
	for _, k := range b.Key {
		if !r.path.names(k.Name) {
			into.at(k.Name).value = k.AppendJSON(nil, row)
		}
	}
	removes := b.Op == sdk.Delete
	for i, f := range b.Fields {
		switch {
		case removes:
		case b.Sent(row, i) && b.Op == sdk.Clear:
			into.at(f.Name).value = []byte("null")
		case b.Sent(row, i), r.Whole && b.Op != sdk.Clear && !f.Null(row):
			into.at(f.Name).value = f.AppendJSON(nil, row)
		}
	}
	return top.appendJSON(nil)
}
