package http

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/plugins/sdk/httpx"
)

// object is a declared object: its requests by operation.
type object map[string]*request

// request is the request of one operation.
type request struct {
	sdk.DeclaredOperation
	path template
}

func objectOf(o sdk.DeclaredObject) object {
	out := object{}
	for _, op := range o.Operations {
		out[op.Name] = &request{op, parseTemplate(op.Path)}
	}
	return out
}

// serves lists, for each operation of a batch, the declared ones that can do
// it, best first. Plans choose in the same order.
var serves = map[sdk.Op][]string{
	sdk.Send: {"upsert", "create"}, sdk.Create: {"create", "upsert"}, sdk.Update: {"update", "upsert"}, sdk.Clear: {"update", "upsert"},
	sdk.Delete: {"delete"}, sdk.Append: {"append", "create"},
}

func (o object) request(op sdk.Op) *request {
	for _, name := range serves[op] {
		if r := o[name]; r != nil {
			return r
		}
	}
	return nil
}

// Write sends one request a row, in order.
func (c *connection) Write(ctx context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
	r := c.objects[b.Object].request(b.Op)
	if r == nil {
		return &sdk.Fault{Class: sdk.FaultInternal, Code: "operation not declared"}
	}
	for row := range b.Len() {
		if err := c.send(ctx, r, b, out, row); err != nil {
			return only(out, row, err)
		}
	}
	return nil
}

// only keeps a fault to the row it is about: the rows after it were not sent.
func only(out *sdk.Outcomes, row int, err error) error {
	f, ok := errors.AsType[*sdk.Fault](err)
	if !ok || !f.Sent {
		return err
	}
	out.Unknown(row)
	rest := *f
	rest.Sent = false
	return &rest
}

func (c *connection) send(ctx context.Context, r *request, b *sdk.Batch, out *sdk.Outcomes, row int) error {
	path, ok := r.path.expand(func(name string) string {
		for _, k := range b.Key {
			if k.Name == name {
				return k.Text(row)
			}
		}
		return ""
	})
	if !ok {
		out.Reject(row, sdk.Rejection{Class: sdk.InvalidValue, Code: "KEY_NOT_IN_PATH", Field: b.Key[0].Name,
			Text: "the key is empty or a step of dots, so the path would be that of something else"})
		return nil
	}
	req := httpx.Request{Method: r.Method, Path: path, Type: c.contentType}
	if r.Method != http.MethodDelete {
		req.Body = r.record(b, row)
	}
	if r.IdempotencyHeader != "" {
		req.Header = map[string]string{r.IdempotencyHeader: b.ChangeID(row)}
	}
	answer, err := c.http.Do(ctx, out, req)
	if err != nil {
		return err
	}
	if answer.Status < 300 {
		succeed(b.Op, out, row, answer.Status)
		return nil
	}
	return c.refuse(b.Op, out, row, answer)
}

// succeed records a success. Only 201 says that a record is new.
func succeed(op sdk.Op, out *sdk.Outcomes, row, status int) {
	switch {
	case op == sdk.Delete:
		out.Removed(row)
	case op == sdk.Create, op == sdk.Append, op == sdk.Send && status == http.StatusCreated:
		out.Created(row, "")
	default:
		out.Updated(row, "")
	}
}

// classes are the refusals that concern the row. Other statuses below 500 get
// the class for other reasons.
var classes = map[int]sdk.RejectClass{
	http.StatusBadRequest: sdk.InvalidValue, http.StatusUnprocessableEntity: sdk.InvalidValue,
	http.StatusNotFound: sdk.NotFound, http.StatusGone: sdk.NotFound,
	http.StatusConflict: sdk.Conflict, http.StatusPreconditionFailed: sdk.Conflict, http.StatusLocked: sdk.Conflict,
	http.StatusRequestEntityTooLarge: sdk.TooLarge, http.StatusRequestURITooLong: sdk.TooLarge, http.StatusRequestHeaderFieldsTooLarge: sdk.TooLarge,
}

func (c *connection) refuse(op sdk.Op, out *sdk.Outcomes, row int, answer *httpx.Response) error {
	code := "HTTP " + strconv.Itoa(answer.Status)
	gone := answer.Status == http.StatusNotFound || answer.Status == http.StatusGone
	switch {
	case gone && (op == sdk.Update || op == sdk.Clear || op == sdk.Delete):
		out.Absent(row)
	case op == sdk.Create && answer.Status == http.StatusConflict:
		out.Exists(row, "")
	case answer.Status == http.StatusMethodNotAllowed, answer.Status == http.StatusNotAcceptable, answer.Status == http.StatusUnsupportedMediaType:
		return &sdk.Fault{Class: sdk.FaultSchema, Code: code} // every row would meet it: the declaration is wrong
	default:
		class, ok := classes[answer.Status]
		if !ok {
			class = sdk.OtherReason
		}
		// A path that leads nowhere is most likely the declaration's, and a lock
		// passes: both may succeed with the same payload.
		out.Reject(row, sdk.Rejection{Class: class, Code: code, Text: c.text(answer.Body), Transient: gone || answer.Status == http.StatusLocked})
	}
	return nil
}

const maxText = 1000 // bytes of an answer that are kept

// text is what the API said, for state: without secrets it may have repeated.
func (c *connection) text(answer []byte) string {
	s := string(answer)
	for _, secret := range c.secrets {
		s = strings.ReplaceAll(s, secret.Reveal(), "(secret)")
	}
	s = strings.ToValidUTF8(strings.TrimSpace(s[:min(len(s), maxText)]), "")
	return s
}
