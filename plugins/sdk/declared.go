package sdk

import "github.com/leat-dev/leat/plugins/protocol"

// DeclaredObject is an object that the configuration describes, because the
// destination has no schema of its own. The types of its fields come with the
// batches.
type DeclaredObject struct {
	Name       string
	Key        []string // the fields that say which record is meant
	Operations []DeclaredOperation
}

// DeclaredOperation is the request that does one operation.
type DeclaredOperation struct {
	Name     string // upsert, create, update, delete, append
	Method   string // POST, PUT, PATCH, DELETE
	Path     string // with {name} and {+name} of RFC 6570 over key fields
	Envelope string // dotted name the body stands under; may be empty
	Whole    bool   // the body is the whole record, not only what changed
	// IdempotencyHeader is the header that takes Batch.ChangeID; may be empty.
	IdempotencyHeader string
}

func declaredOf(in []*protocol.DeclaredObject) []DeclaredObject {
	var out []DeclaredObject
	for _, o := range in {
		object := DeclaredObject{Name: o.GetName(), Key: o.GetKey()}
		for _, op := range o.GetOperations() {
			object.Operations = append(object.Operations, DeclaredOperation{Name: op.GetName(), Method: op.GetMethod(), Path: op.GetPath(),
				Envelope: op.GetEnvelope(), Whole: op.GetWhole(), IdempotencyHeader: op.GetIdempotencyHeader()})
		}
		out = append(out, object)
	}
	return out
}

// Proto converts the object.
func (o DeclaredObject) Proto() *protocol.DeclaredObject {
	out := &protocol.DeclaredObject{Name: o.Name, Key: o.Key}
	for _, op := range o.Operations {
		out.Operations = append(out.Operations, &protocol.DeclaredOperation{Name: op.Name, Method: op.Method, Path: op.Path,
			Envelope: op.Envelope, Whole: op.Whole, IdempotencyHeader: op.IdempotencyHeader})
	}
	return out
}
